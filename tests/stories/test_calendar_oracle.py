"""800 read-outs at calendar cutoffs through a real log, against R."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.builders import Bench, day, died, enrolled, opened, seen
from trialog.projections.cohort_figures import GroupFigures, group_figures
from trialog.projections.trial_data import TrialData

ORACLE = Path(__file__).parents[1] / "data" / "oracle"


def rows(name: str) -> list[dict[str, str]]:
    with (ORACLE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> TrialData:
    bench = Bench(tmp_path_factory.mktemp("calendar"))
    found = rows("calendar_input.csv")
    events = [opened(case, "2010-01-01") for case in dict.fromkeys(row["case"] for row in found)]
    for row in found:
        subject = f"{row['case']}-{row['subject']}"
        events.append(enrolled(subject, row["entry_date"], row["case"]))
        if row["death_date"]:
            events.append(died(subject, row["death_date"]))
        if row["last_known_alive"]:
            # Of a dead subject it is only a visit, and may not lie after the death.
            visit = min(row["last_known_alive"], row["death_date"] or row["last_known_alive"])
            events.append(seen(subject, max(visit, row["entry_date"])))
    bench.append_all(events)
    return bench.data()


def reached(text: str) -> float | None:
    return None if text == "NA" else float(text)


@pytest.mark.parametrize("case", sorted({row["case"] for row in rows("calendar_expected.csv")}))
def test_every_cutoff_equals_r(data: TrialData, case: str) -> None:
    for row in rows("calendar_expected.csv"):
        if row["case"] == case:
            state = data.as_of(day(row["cutoff"]))
            found = group_figures(state, case, (case,))
            assert as_row(found) == {name: reached(row[name]) for name in as_row(found)}, row["cutoff"]


def as_row(found: GroupFigures) -> dict[str, float | None]:
    estimated, reverse = found.kaplan_meier, found.follow_up
    return {
        "n": estimated.n,
        "deaths": estimated.events,
        "naive_to_cutoff": found.to_date.value,
        "km_median": estimated.value,
        "lcl_log": estimated.lower,
        "ucl_log": estimated.upper,
        "fu_median": reverse.value,
        "fu_lcl_log": reverse.lower,
        "fu_ucl_log": reverse.upper,
        "max_time": found.longest,
        "total_days": None if found.longest is None else found.total,
    }
