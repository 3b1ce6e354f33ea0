"""The two time axes: what becomes known later never changes an earlier answer, in any command.

The logs of `tests/data/axes` are appended in two steps; each question is asked before and after the second.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command

CASES = Path(__file__).parents[1] / "data" / "axes"


def begin(trialog: Command, case: str) -> None:
    assert trialog("init").code == 0
    assert trialog("append", "--by", "me", str(CASES / f"{case}.jsonl")).code == 0


def asked(trialog: Command, *question: str) -> Any:
    done = trialog(*question, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    del found["log"]
    return found


@pytest.mark.parametrize(
    ("case", "more", "question"),
    [
        pytest.param(
            "later-enrollment", "later-enrollment.more",
            ("history", "--known-at", "2020-06-01", "--to", "2020-06-01"), id="the first day of a history",
        ),
        pytest.param(
            "later-move", "later-move.more",
            ("history", "--known-at", "2018-12-31", "--figure", "orr", "--cohort", "B", "--to", "2018-12-31"),
            id="the limits of a rate",
        ),
        pytest.param(
            "later-move", "later-move.more",
            ("restate", "2018-03-01", "2018-12-31", "--as-of", "2018-12-31", "--cohort", "B", "--all"),
            id="what became known",
        ),
    ],
)  # fmt: skip
def test_an_earlier_answer_stays(trialog: Command, case: str, more: str, question: tuple[str, ...]) -> None:
    begin(trialog, "later-cohort" if case == "later-enrollment" else case)
    before = asked(trialog, *question)

    assert trialog("append", "--by", "me", str(CASES / f"{more}.jsonl")).code == 0

    assert asked(trialog, *question) == before


def test_a_history_before_one_cohorts_first_enrollment_answers_for_the_others(trialog: Command) -> None:
    question = ("history", "--axis", "known-at", "--as-of", "2020-06-01", "--to", "2020-06-01")
    begin(trialog, "later-cohort")
    before = asked(trialog, *question)["cohorts"]

    assert trialog("append", "--by", "me", str(CASES / "later-cohort.more.jsonl")).code == 0

    after = asked(trialog, *question)["cohorts"]
    assert after[0] == before[0]
    assert (after[1]["cohort"], after[1]["days"]) == ("2", [])
    assert trialog(*question).code == 0


@pytest.mark.parametrize("case", ["evaluability-order-1", "evaluability-order-2"])
def test_of_two_decisions_for_one_day_the_one_known_last_counts(trialog: Command, case: str) -> None:
    begin(trialog, case)

    assert asked(trialog, "snapshot", "--as-of", "2018-12-31")["cohorts"][0]["counts"]["evaluable"] == 0


def rows(trialog: Command, *options: str) -> dict[str, tuple[str, int, int]]:
    assert trialog("export", "adtte", "--out", "adtte.csv", *options).code == 0
    with Path("adtte.csv").open(encoding="utf-8") as file:
        return {row["PARAMCD"]: (row["ADT"], int(row["AVAL"]), int(row["CNSR"])) for row in csv.DictReader(file)}


def test_a_partial_progression_is_not_after_the_death(trialog: Command) -> None:
    begin(trialog, "ttp-after-death-2018")

    assert rows(trialog, "--as-of", "2019-12-31")["TTP"][::2] == ("2018-07-20", 0)
    shown = asked(trialog, "snapshot", "--as-of", "2019-12-31", "--subjects")
    assert shown["subjects"][0]["progressed_on"] == "2018-07-20"


def test_a_partial_progression_is_not_after_its_report(trialog: Command) -> None:
    begin(trialog, "progression-after-report")

    for known in ((), ("--known-at", "2018-09-12")):
        shown = asked(trialog, "snapshot", "--as-of", "2019-12-31", "--subjects", *known)
        assert shown["subjects"][0]["progressed_on"] == "2018-09-12"
    assert rows(trialog)["PFS"][0] == "2018-09-12"


def test_progression_free_survival_is_never_longer_than_survival(trialog: Command) -> None:
    begin(trialog, "pfs-longer-than-os")

    found = rows(trialog)

    assert found["PFS"] == found["OS"] == ("2018-08-31", 45, 1)


@pytest.mark.parametrize(
    ("case", "question"),
    [
        ("two-deaths", ("--to", "2018-09-01", "--cohort", "B")),
        ("empty-cohort", ("--cohort", "2")),
    ],
)
def test_a_cohort_without_subjects_has_no_history(trialog: Command, case: str, question: tuple[str, ...]) -> None:
    begin(trialog, case)

    assert asked(trialog, "history", "--axis", "known-at", *question)["cohorts"][0]["days"] == []
    shown = trialog("history", "--axis", "known-at", *question)
    assert (shown.code, "1970" in shown.out) == (0, False)


def test_a_cohort_that_somebody_was_moved_into_cannot_be_taken_back(trialog: Command) -> None:
    begin(trialog, "lost-subject")
    assert trialog("correct", "4", "--by", "me", "--set", "cohort=B", "--reason", "x", "--source", "s").code == 0
    before = asked(trialog, "snapshot", "--pool", "--as-of", "2020-12-31")["cohorts"][0]["counts"]

    refused = trialog("retract", "3", "--by", "me", "--reason", "x", "--source", "s")

    assert refused.code == 1
    assert "cohort 'B' has enrolled subjects and cannot be taken back" in refused.err
    assert asked(trialog, "snapshot", "--pool", "--as-of", "2020-12-31")["cohorts"][0]["counts"] == before


def test_rows_of_subjects_show_the_death_of_somebody_outside_the_population(trialog: Command) -> None:
    begin(trialog, "lost-subject")

    shown = asked(trialog, "snapshot", "--as-of", "2020-12-31", "--subjects", "-d", "population=dosed")

    row = next(each for each in shown["subjects"] if each["subject"] == "1")
    assert (row["days"], row["died"], row["died_on"]) == (None, True, "2020-05-01")
