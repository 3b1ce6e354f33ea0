"""From when on a history rests on old contacts, and where it ends."""

from __future__ import annotations

import json

from tests.builders import TRIAL, Bench, day, died, draft, enrolled, seen
from tests.conftest import Command
from trialog.events.definition import TO_DATE
from trialog.projections.changes.staleness import staleness


def test_a_time_is_stale_the_day_after_its_contact_is_too_old(bench: Bench) -> None:
    bench.append(enrolled("1", "2020-01-01"), seen("1", "2020-03-01"))
    bench.append(enrolled("2", "2020-01-01"), seen("2", "2020-06-01"))
    bench.append(enrolled("3", "2020-01-01"), died("3", "2020-02-01"))

    found = staleness(bench.data().as_of(day("2020-09-01")), TO_DATE, ("A",), 100)

    # 2020-03-01 and 100 days are 2020-06-09, the last day that is not too far; subject 2 is fine until 2020-09-09.
    assert found is not None
    assert (found.since, found.stale, found.running, found.subjects) == (day("2020-06-10"), 1, 2, ("1",))


def test_nobody_is_stale_if_everybody_was_seen_or_died(bench: Bench) -> None:
    bench.append(enrolled("1", "2020-01-01"), died("1", "2021-02-01"))
    bench.append(enrolled("2", "2020-01-01"), seen("2", "2022-06-01"))

    # A contact after the last day shows that subject 2 was alive there.
    assert staleness(bench.data().as_of(day("2022-01-01")), TO_DATE, ("A",), 30) is None


def test_a_history_goes_to_the_last_announcement_and_says_what_it_rests_on(trialog: Command, bench: Bench) -> None:
    bench.append(enrolled("1", "2020-01-01"), seen("1", "2020-02-01"))
    bench.append(draft("announcement-made", "2021-01-01", announcement="a", title="t", data_cutoff="2020-12-31"))

    done = trialog("history", "--log", str(bench.place), "--json")

    (group,) = json.loads(done.out)["cohorts"]
    assert group["days"][-1]["day"] == "2021-01-01"
    # 2020-02-01 and 180 days are 2020-07-30.
    assert (group["stale"]["since"], group["stale"]["stale"], group["stale"]["running"]) == ("2020-07-31", 1, 1)
    assert "from 2020-07-31 on" in trialog("history", "--log", str(bench.place), "--trial", TRIAL).out


def test_without_old_contacts_nothing_is_said(trialog: Command, bench: Bench) -> None:
    bench.append(enrolled("1", "2020-01-01"), seen("1", "2020-02-01"))

    done = trialog("history", "--log", str(bench.place), "--json")

    assert json.loads(done.out)["cohorts"][0]["stale"] is None
