"""The state on two time axes: what had happened, as known on a day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.builders import (
    Bench,
    assessed,
    corrected,
    day,
    died,
    dosed,
    draft,
    enrolled,
    opened,
    progressed,
    retracted,
    seen,
)
from trialog.events.arrays import NO_DAY
from trialog.events.dates import iso
from trialog.events.definition import KAPLAN_MEIER
from trialog.projections.state.as_of import State
from trialog.projections.times import progressions


def of(state: State, subject: str, *names: str) -> Any:
    """Return some values of one subject, days as text."""
    at = state.subjects.index(subject)
    found = [
        progressions(state, KAPLAN_MEIER)[at] if name == "progressed" else getattr(state, name)[at] for name in names
    ]
    shown = [iso(int(value)) if isinstance(value, np.int32) and value not in (NO_DAY, -1) else value for value in found]
    shown = [None if isinstance(value, np.int32) else value for value in shown]
    return shown[0] if len(shown) == 1 else tuple(shown)


def test_a_subject_counts_from_the_day_of_enrollment(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01"), enrolled("b", "2016-02-01"))

    assert bench.data().as_of(day("2015-12-31")).subjects == ()
    assert bench.data().as_of(day("2016-01-01")).subjects == ("a",)
    assert bench.data().as_of(day("2016-02-01")).subjects == ("a", "b")


def test_the_cutoff_day_counts_whole(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01"), dosed("a", "2016-01-08"), died("a", "2016-05-01"))

    assert of(bench.data().as_of(day("2016-04-30")), "a", "died") is None
    assert of(bench.data().as_of(day("2016-05-01")), "a", "died") == "2016-05-01"
    assert of(bench.data().as_of(day("2016-01-07")), "a", "first_dose") is None
    assert of(bench.data().as_of(day("2016-01-08")), "a", "first_dose") == "2016-01-08"


def test_a_late_report_changes_todays_answer_and_not_the_earlier_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "2016-06-01")
    bench.append(enrolled("a", "2016-01-01"), seen("a", "2016-05-20"))
    bench.today("2016-09-01")
    bench.append(died("a", "2016-05-25"))

    assert of(bench.data().as_of(day("2016-06-01"), day("2016-08-31")), "a", "died") is None
    assert of(bench.data().as_of(day("2016-06-01"), day("2016-09-01")), "a", "died") == "2016-05-25"
    assert of(bench.data().as_of(day("2016-06-01")), "a", "died") == "2016-05-25"


def test_reported_on_goes_before_the_day_of_recording(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01", reported_on="2016-01-03"))

    assert bench.data().as_of(day("2016-06-01"), day("2016-01-02")).subjects == ()
    assert bench.data().as_of(day("2016-06-01"), day("2016-01-03")).subjects == ("a",)


def test_corrections_and_retractions_hold_from_the_day_they_are_known(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "2016-06-01")
    bench.append(enrolled("a", "2016-01-01"), died("a", "2016-05-25", event_id="d"))
    bench.today("2016-07-01")
    bench.append(corrected("d", {"occurred_on": "2016-05-15"}, "2016-07-01"))
    bench.today("2016-08-01")
    bench.append(retracted("d", "2016-08-01"))

    known = [(when, of(bench.data().as_of(day("2016-06-01"), day(when)), "a", "died")) for when in
             ("2016-06-01", "2016-06-30", "2016-07-01", "2016-07-31", "2016-08-01")]  # fmt: skip
    assert known == [
        ("2016-06-01", "2016-05-25"),
        ("2016-06-30", "2016-05-25"),
        ("2016-07-01", "2016-05-15"),
        ("2016-07-31", "2016-05-15"),
        ("2016-08-01", None),
    ]


def test_a_retracted_correction_no_longer_corrects(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01"), died("a", "2016-05-25", event_id="d"))
    bench.append(corrected("d", {"occurred_on": "2016-05-15"}, event_id="c"), retracted("c"))

    assert of(bench.data().as_of(day("2016-06-01")), "a", "died") == "2016-05-25"


def test_every_corrected_field_reaches_the_state(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01", prior_lines=3, event_id="e"),
        dosed("a", "2016-01-08", "10", event_id="x"),
        assessed("a", "2016-02-08", "SD", event_id="r"),
        draft("cohort-opened", "2015-02-01", cohort="B"),
    )
    bench.append(
        corrected("e", {"cohort": "B", "prior_lines": 5, "occurred_on": "2016-01-02"}),
        corrected("x", {"amount": "12.5"}),
        corrected("x", {"occurred_on": "2016-01-09"}),
        corrected("r", {"category": "PR"}),
    )
    state = bench.data().as_of(day("2016-06-01"))

    assert of(state, "a", "enrolled", "first_dose", "cohort") == ("2016-01-02", "2016-01-09", "B")
    assert (state.prior_lines[0], state.dose_total[0]) == (5, 12.5)
    assert state.assessments.code.tolist() == [300]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([seen("a", "2016-03-01")], "2016-03-01", id="contact"),
        pytest.param([dosed("a", "2016-03-01")], "2016-03-01", id="dose"),
        pytest.param([progressed("a", "2016-03-01")], "2016-03-01", id="progression"),
        pytest.param([seen("a", "2016-03")], "2016-03-01", id="a contact known in part counts on its first day"),
        pytest.param(
            [assessed("a", "2016-03", "SD")], "2016-03-31", id="an assessment on its last, as in every figure"
        ),
        pytest.param([seen("a", "2016-07-01")], "2016-07-01", id="a contact after the cutoff"),
        pytest.param([died("a", "2016-08-01")], "2016-08-01", id="a death after the cutoff"),
        pytest.param([], "2016-01-01", id="enrollment alone"),
    ],
)
def test_what_proves_a_subject_alive(bench: Bench, events: list[Any], expected: str) -> None:
    bench.append(enrolled("a", "2016-01-01"), *events)

    assert of(bench.data().as_of(day("2016-06-01")), "a", "last_alive") == expected


@pytest.mark.parametrize(
    ("events", "name", "expected"),
    [
        pytest.param([died("a", "2016-03")], "died", "2016-03-01", id="death: first day of the month"),
        pytest.param([died("a", "2016")], "died", "2016-01-15", id="death: never before enrollment"),
        pytest.param([progressed("a", "2016-03")], "progressed", "2016-03-31", id="progression: last day of the month"),
        pytest.param([progressed("a", "2016-06")], "progressed", "2016-06-10", id="progression: not after the cutoff"),
        pytest.param([assessed("a", "2016-03", "PD"), died("a", "2016-03-20")], "progressed", "2016-03-20",
                     id="progression: not after the death"),
        pytest.param([dosed("a", "2016-03")], "first_dose", "2016-03-01", id="dose: first day of the month"),
    ],
)  # fmt: skip
def test_partial_dates_are_imputed_as_documented(bench: Bench, events: list[Any], name: str, expected: str) -> None:
    bench.append(enrolled("a", "2016-01-15"), *events)

    assert of(bench.data().as_of(day("2016-06-10")), "a", name) == expected


def test_evaluability_is_the_last_decision_by_the_cutoff(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01", evaluable=True),
        draft("evaluability-decided", "2016-05-01", subject="a", evaluable=False),
        draft("evaluability-decided", "2016-03-01", subject="a", evaluable=True),
    )

    assert bench.data().as_of(day("2016-04-01")).evaluable.tolist() == [1]
    assert bench.data().as_of(day("2016-05-01")).evaluable.tolist() == [0]


def test_an_empty_cohort_is_an_answer(bench: Bench) -> None:
    state = bench.data().as_of(day("2016-06-01"))

    assert len(state) == 0
    assert state.in_cohorts(("A",)).tolist() == []


def test_a_second_enrollment_known_before_the_first_is_retracted_leaves_others_in_their_cohorts(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "2016-06-01")
    bench.append(
        opened("B"),
        enrolled("a", "2016-01-05", event_id="ea", reported_on="2016-01-10"),
        retracted("ea", "2016-05-01", reported_on="2016-05-01"),
        enrolled("a", "2016-01-06", cohort="B", reported_on="2016-02-01"),
        enrolled("b", "2016-01-05", cohort="A", reported_on="2016-01-10"),
        enrolled("c", "2016-01-05", cohort="B", reported_on="2016-01-10"),
    )

    def cohorts(known: str) -> list[str]:
        state = bench.data().as_of(day("2016-06-01"), day(known))
        return [of(state, subject, "cohort") for subject in ("a", "b", "c")]

    assert [cohorts(known) for known in ("2016-01-20", "2016-03-01", "2016-05-01")] == [
        ["A", "A", "B"],
        ["B", "A", "B"],
        ["B", "A", "B"],
    ]
