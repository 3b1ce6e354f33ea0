from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import TRIAL, Bench, corrected, died, dosed, draft, enrolled, retracted, seen
from trialog.application.recording.append_session import AppendSession
from trialog.application.recording.receipt import RefusedError
from trialog.events.entry import Draft
from trialog.events.errors import HistoryError
from trialog.log.private.key_folder import FolderKeys


def test_saying_it_twice_is_saying_it_once(bench: Bench) -> None:
    first = bench.append(enrolled("a", "2016-01-01"), died("a", "2017-03-17"))
    again = bench.append(died("a", "2017-03-17"), enrolled("a", "2016-01-01"))

    assert again.appended == ()
    assert [duplicate.position for duplicate in again.duplicates] == [4, 3]
    assert (again.size, again.root) == (first.size, first.root)


def test_saying_it_twice_in_one_breath_is_saying_it_once(bench: Bench) -> None:
    receipt = bench.append(enrolled("a", "2016-01-01"), enrolled("a", "2016-01-01"))

    assert len(receipt.appended) == 1
    assert receipt.duplicates[0].position == receipt.appended[0].position


def test_amendments_are_recognised_as_well(bench: Bench) -> None:
    lines = [
        enrolled("a", "2016-01-01", event_id="e1"),
        died("a", "2017-03-17", event_id="d1"),
        corrected("d1", {"occurred_on": "2017-03-18"}),
        corrected("#4", {"cause": "disease"}),
        retracted("d1"),
    ]

    assert len(bench.append_all(lines[:3]).appended) == 3
    assert len(bench.append_all(lines).appended) == 2
    assert len(bench.append_all(lines).appended) == 0


def test_an_id_means_one_event(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01", event_id="x"))

    with pytest.raises(RefusedError, match="id 'x' belongs to another event, subject-enrolled/1 at position 3"):
        bench.append(enrolled("b", "2016-01-01", event_id="x"))


def test_every_refused_line_is_named(bench: Bench) -> None:
    with pytest.raises(RefusedError) as refused:
        bench.append(
            enrolled("a", "2016-01-01", where="f:1"),
            died("b", "2017-01-01", where="f:2"),
            died("a", "2015-01-01", where="f:3"),
            enrolled("c", "2016-01-01", where="f:4"),
        )

    assert [line.split(":")[1] for line in refused.value.lines] == ["2", "3"]
    assert bench.log.recorder(TRIAL).size() == 2


def test_a_dry_run_judges_and_writes_nothing(bench: Bench) -> None:
    receipt = bench.tracker.append([enrolled("a", "2016-01-01")], dry_run=True)

    assert [entry.position for entry in receipt.appended] == [3]
    assert bench.log.recorder(TRIAL).size() == 2
    with pytest.raises(HistoryError):
        bench.tracker.append([died("z", "2016-01-01")], dry_run=True)


def test_what_another_session_appended_is_judged_too(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01"))
    other = AppendSession(bench.log, TRIAL, "another")
    other.append([died("a", "2017-03-17")])

    with pytest.raises(RefusedError, match="is after the death"):
        bench.append(seen("a", "2017-04-01"))
    assert bench.append(seen("a", "2017-03-01")).appended[0].version == 3


def test_a_correction_leaves_the_earlier_event_visible(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01"), dosed("a", "2016-01-02", "10", event_id="x"))
    bench.append(corrected("x", {"amount": "12", "dose_number": 1}))

    fact = bench.tracker.history("subject/a").facts[1]

    assert fact.entry.event.model_dump()["amount"] == "10"
    assert fact.event.model_dump()["amount"] == "12"
    assert fact.event.model_dump()["dose_number"] == 1
    assert [entry.event_id for entry in fact.corrections] == [bench.tracker.history("subject/a").entries[2].event_id]


def test_what_became_known_last_wins(bench: Bench) -> None:
    """A correction that was reported earlier may be loaded later; it does not undo the newer one."""
    bench.append(enrolled("a", "2016-01-01"), died("a", "2017-01-01", event_id="d", reported_on="2017-01-05"))
    bench.append(corrected("d", {"occurred_on": "2017-03-03"}, "2017-03-01", reported_on="2017-03-01"))
    bench.append(corrected("d", {"occurred_on": "2017-02-02"}, "2017-02-01", reported_on="2017-02-01"))

    assert bench.tracker.history("subject/a").facts[1].event.occurred_on == "2017-03-03"


def test_nothing_to_append_is_no_mistake(bench: Bench) -> None:
    assert bench.append().appended == ()


def test_the_actor_of_a_line_goes_before_the_session(bench: Bench) -> None:
    line = Draft(enrolled("a", "2016-01-01").event, actor="j.doe")
    bench.append(line, draft("subject-seen-alive", "2016-02-01", subject="a"))

    assert [entry.actor for entry in bench.tracker.history("subject/a").entries] == ["j.doe", "tester"]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("keys", ["none", "other", "destroyed"])
def test_private_texts_that_were_sent_are_duplicates_whatever_became_of_their_keys(
    bench: Bench, tmp_path: Path, keys: str, count: int
) -> None:
    texts = [
        enrolled(f"{number}", "2016-01-01", event_id=f"e{number}")._replace(private={"note": "lives alone"})
        for number in range(count)
    ]
    folder = FolderKeys(tmp_path / "keys", lambda: None)
    first = AppendSession(bench.log, TRIAL, "me", keys=folder).append(texts)
    if keys == "destroyed":
        for number in range(count):
            folder.destroy(bench.tracker.recorder.checkpoint().origin, f"{number}")
    given = {"none": None, "other": FolderKeys(tmp_path / "others", lambda: None), "destroyed": folder}[keys]

    again = AppendSession(bench.log, TRIAL, "me", keys=given).append(texts)

    assert (len(first.appended), len(again.duplicates), again.size) == (count, count, first.size)
    assert not (tmp_path / "others").exists()
