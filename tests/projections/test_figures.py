"""Figures of a group, and what is said beside them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.builders import Bench, assessed, day, died, dosed, draft, enrolled, opened, seen
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.errors import QuestionError
from trialog.projections.cohort_figures import GroupFigures, Wanted, group_figures
from trialog.projections.comparison import compare
from trialog.projections.measures.doses import DoseGiven, dose_given
from trialog.projections.measures.medians import median
from trialog.projections.remarks import Remark, remarks
from trialog.projections.times import times


def figures(bench: Bench, cutoff: str, definition: Definition = KAPLAN_MEIER, **wanted: Any) -> GroupFigures:
    return group_figures(bench.data().as_of(day(cutoff)), "A", ("A",), definition, Wanted(**wanted))


THREE = [
    enrolled("a", "2016-01-01"),
    dosed("a", "2016-01-11"),
    died("a", "2016-02-10"),  # day 40
    enrolled("b", "2016-01-01"),
    seen("b", "2016-03-01"),  # day 60
    enrolled("c", "2016-01-01"),
    died("c", "2016-04-10"),  # day 100
]


def test_landmarks_restricted_means_and_quantiles_of_a_group(bench: Bench) -> None:
    bench.append_all(THREE)
    found = figures(bench, "2016-06-01", landmarks=(50, 150), restricted_to=(100,), quantiles=(Fraction(1, 4),))

    # S(50) = 2/3 and S(100) = 0: nobody is left.
    assert [(mark.survival, mark.at_risk) for mark in found.landmarks] == [(pytest.approx(2 / 3), 2), (0, 0)]
    assert found.restricted_means[0].value == pytest.approx(40 + 60 * 2 / 3)
    assert found.quantiles[0].value == 40
    assert found.kaplan_meier.value == 100


def test_the_estimator_that_is_not_named_keeps_its_usual_censoring(bench: Bench) -> None:
    bench.append_all(THREE)

    usual = figures(bench, "2016-03-31")
    at_cutoff = figures(bench, "2016-03-31", replace(KAPLAN_MEIER, censoring="cutoff"))
    by_contact = figures(bench, "2016-03-31", replace(TO_DATE, censoring="last known alive"))

    assert (usual.to_date.definition.censoring, usual.kaplan_meier.definition.censoring) == (
        "cutoff",
        "last known alive",
    )
    assert at_cutoff.kaplan_meier.definition.censoring == "cutoff"
    assert at_cutoff.longest == 90
    assert (usual.to_date.value, by_contact.to_date.value) == (90, 60)


def test_endpoints_are_given_where_anybody_was_assessed(bench: Bench) -> None:
    bench.append_all(THREE)
    assert figures(bench, "2016-06-01", confirmed=True).endpoints == ()
    bench.append(assessed("b", "2016-02-01", "PR"), assessed("b", "2016-02-20", "PR"))
    found = figures(bench, "2016-06-01", confirmed=True)

    assert [(each.name, each.n, each.events, each.words().split(", ")[1:3]) for each in found.endpoints] == [
        ("kaplan-meier median progression-free survival", 3, 2, ["from enrollment", "enrolled subjects"]),
        ("kaplan-meier median time to progression", 3, 0, ["from enrollment", "enrolled subjects"]),
        ("kaplan-meier median duration of response", 1, 0, ["from first response", "as assessed"]),
        ("kaplan-meier median duration of response", 1, 0, ["from first response", "confirmed"]),
        ("kaplan-meier median progression-free survival, confirmed", 3, 2, ["from enrollment", "enrolled subjects"]),
        ("kaplan-meier median time to progression, confirmed", 3, 0, ["from enrollment", "enrolled subjects"]),
    ]
    assert "censored at last assessment" in found.endpoints[0].words()
    assert [each.categories["PR"] for each in (*found.responses, *found.confirmed)] == [1, 1]


def said(bench: Bench, cutoff: str, definition: Definition = KAPLAN_MEIER, stale_after: int = 180) -> list[Remark]:
    state = bench.data().as_of(day(cutoff))
    return remarks(state, group_figures(state, "A", ("A",), definition), ("A",), stale_after)


def texts(found: list[Remark], kind: str) -> list[str]:
    return [f"{remark.figure}: {remark.text}" for remark in found if remark.kind == kind]


def test_few_subjects_and_what_is_not_reached_are_said(bench: Bench) -> None:
    bench.append_all(THREE)
    found = said(bench, "2016-03-31")

    assert texts(found, "few subjects") == [
        "to-date median overall survival: rests on 3 subjects",
        "kaplan-meier median overall survival: rests on 3 subjects",
    ]
    assert texts(found, "not reached") == [
        "kaplan-meier median overall survival: not reached: 1 of 3 died, survival ends at 0.67"
    ]
    bench.append_all([enrolled(f"x{number}", "2016-02-01") for number in range(7)])
    assert texts(said(bench, "2016-03-31"), "few subjects") == []


def test_other_definitions_that_would_print_another_value_are_said(bench: Bench) -> None:
    bench.append_all(THREE)
    found = [remark for remark in said(bench, "2016-06-01") if remark.kind == "other definition"]

    # To date: days 40, 152, 100: 3.3 months. At last known alive 60: 2.0. From the first dose only a: 30 days.
    assert {(each.details["part"], each.details["word"]): each.text for each in found if each.figure.startswith("to-date")} == {
        ("origin", "first dose"): "1.0 with origin first dose (n = 1)",
        ("population", "dosed"): "1.3 with population dosed (n = 1)",
        ("population", "evaluable"): "1.3 with population evaluable (n = 1)",
        ("censoring", "last known alive"): "2.0 with censoring last known alive",
        ("month", "28"): "3.6 with month 28",
    }  # fmt: skip
    # R's flip gives 60 days; here both rules agree, since no death and censoring share a day.
    assert not any(each.details["word"] == "deaths first" for each in found)


def test_a_follow_up_that_ties_decide_is_said(bench: Bench) -> None:
    """100+ 100 499+: R's flip gives day 499, deaths first (100 + 499) / 2 days, 9.8 months."""
    bench.append(
        enrolled("a", "2016-01-01"), seen("a", "2016-04-10"), enrolled("b", "2016-01-01"), died("b", "2016-04-10"),
        enrolled("c", "2016-01-01"), seen("c", "2017-05-14"),
    )  # fmt: skip
    found = [each for each in said(bench, "2018-01-01") if each.figure.startswith("median follow-up")]

    assert [(each.text, each.details["part"]) for each in found] == [("9.8 with deaths first", "follow-up")]


def test_old_contacts_of_the_living_are_named(bench: Bench) -> None:
    bench.append_all(THREE)
    bench.append(
        enrolled("d", "2016-01-05"), draft("subject-left", "2016-01-20", subject="d", reason="lost to follow-up")
    )

    assert texts(said(bench, "2016-08-01"), "stale contact") == [
        ": 1 living subject was last known alive more than 180 days before the cutoff, 1 of them left the study: "
        "d (2016-01-20)"
    ]
    assert texts(said(bench, "2016-08-01", stale_after=150), "stale contact")[0].endswith(
        "d (2016-01-20), b (2016-03-01)"
    )
    assert texts(said(bench, "2016-08-01", stale_after=400), "stale contact") == []


def test_what_partial_dates_leave_open_is_said(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01"), died("a", "2016-03"))

    assert texts(said(bench, "2016-06-01"), "partial dates") == [
        "to-date median overall survival: dates of 1 subject are known in part; it lies between 2.0 and 3.0",
        "kaplan-meier median overall survival: dates of 1 subject are known in part; it lies between 2.0 and 3.0",
    ]


def test_nobody_is_an_answer(bench: Bench) -> None:
    bench.append_all(THREE)

    assert [remark.text for remark in said(bench, "2015-06-01")] == ["nobody was enrolled by the cutoff 2015-06-01"]
    randomised = said(bench, "2016-06-01", replace(KAPLAN_MEIER, origin="randomisation"))
    assert texts(randomised, "nobody")[0].endswith("none of 3 subjects has its origin by the cutoff")


def doses(bench: Bench, *labels: str) -> DoseGiven:
    data = bench.data()
    return dose_given(data.as_of(day("2020-01-01")), data.trial().cohorts, labels)


def test_dose_given_against_dose_planned(bench: Bench) -> None:
    bench.append(
        opened("B", planned_dose="20", planned_unit="mg", fractions=2), opened("C", planned_dose="40", planned_unit="mg"),
        enrolled("a", "2016-01-01", "B"), dosed("a", "2016-01-02"), dosed("a", "2016-02-02"),
        enrolled("b", "2016-01-01", "B"), dosed("b", "2016-01-02", "7.5"),
        enrolled("c", "2016-01-01", "B"), dosed("c", "2016-01-02", "1", "g"),
        enrolled("d", "2016-01-01", "B"),
        enrolled("e", "2016-01-01", "C"), dosed("e", "2016-01-02", "30"),
        enrolled("f", "2016-01-01", "A"), dosed("f", "2016-01-02", "30"),
    )  # fmt: skip

    # a got 20, b 7.5 of 20; c in another unit.
    assert doses(bench, "B") == DoseGiven(Decimal(20), "mg", 2, 3, 4, 13.75, 7.5, 20, 68.75, 1)
    # Pooled with e, who got 30 of 40: 100 %, 37.5 % and 75 %; the plans differ, so that only shares compare.
    assert doses(bench, "B", "C") == DoseGiven(None, None, None, 4, 5, None, None, None, 70.8333333333, 1)
    assert doses(bench, "A") == DoseGiven(None, None, None, 1, 1, None, None, None, None, 1)


def test_cohorts_are_compared(bench: Bench) -> None:
    bench.append(opened("B"), *THREE, enrolled("d", "2016-01-01", "B"), died("d", "2016-01-31"))
    state = bench.data().as_of(day("2016-06-01"))
    groups = [times(state, KAPLAN_MEIER, (label,)) for label in "AB"]
    found = compare(("A", "B"), groups, [median(of, state) for of in groups])

    # Day 30: 1 of 4 at risk in B; then only A is left.
    assert [(each.group, each.observed, each.expected) for each in found.test.groups] == [
        ("A", 2, 2.75),
        ("B", 1, 0.25),
    ]
    # (1 - 1/4)^2 / (1/4 * 3/4)
    assert found.test.chi_square == pytest.approx(3)
    assert found.test.df == 1
    assert [(each.group, each.reference, each.value) for each in found.differences] == [("B", "A", -70)]
    with pytest.raises(QuestionError, match="a comparison needs two cohorts or more"):
        compare(("A",), groups[:1], [median(groups[0], state)])
