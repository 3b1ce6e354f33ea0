"""Calendar months as lubridate counts them, and figures that are printed in them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.builders import Bench, day, died, enrolled, seen
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.projections.calendar_months import calendar_months
from trialog.projections.measures.medians import median, median_follow_up
from trialog.projections.measures.observed import mean
from trialog.projections.months import in_months
from trialog.projections.times import times

CALENDAR = replace(KAPLAN_MEIER, month="calendar")


def test_calendar_months_are_those_of_lubridate() -> None:
    """Reference: calendar_months.csv, computed by R and lubridate; its script stands beside it."""
    with Path("tests/data/calendar_months.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    start, end = (np.array([day(row[name]) for row in rows]) for name in ("start", "end"))

    found = calendar_months(start, end)

    assert found == pytest.approx([float(row["months"]) for row in rows], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("definition", [KAPLAN_MEIER, TO_DATE], ids=lambda each: each.estimator)
def test_the_rest_of_a_month_counts_against_that_month(bench: Bench, definition: Definition) -> None:
    """2020-01-01 to 2020-03-27: two months to 1 March, then 26 of the 31 days of March."""
    bench.append(enrolled("a", "2020-01-01"), died("a", "2020-03-27"))
    state = bench.data().as_of(day("2020-12-31"))

    found = median(times(state, replace(definition, month="calendar")), state)

    assert float(found.months or 0) == pytest.approx(2 + 26 / 31, rel=1e-12)


def test_the_order_of_times_is_that_of_their_days(bench: Bench) -> None:
    """59 days from 1 January are two months, 60 days from 1 July are not; the median is the middle of 59 and 60 days.

    By hand: 1 January to 1 March are 2 months; 1 July to 30 August are 1 month and 29 of 31 days.
    """
    bench.append(
        enrolled("a", "2021-01-01"), died("a", "2021-03-01"), enrolled("b", "2021-07-01"), died("b", "2021-08-30")
    )
    state = bench.data().as_of(day("2021-12-31"))

    found = median(times(state, CALENDAR), state)

    assert float(found.months or 0) == pytest.approx((2 + 1 + 29 / 31) / 2, rel=1e-12)


def test_subjects_who_end_on_the_same_day_share_the_mean_of_their_months(bench: Bench) -> None:
    """By hand: 59 days are 2 months from 1 January, and 1 month and 28 of 31 days from 1 July."""
    bench.append(
        enrolled("a", "2021-01-01"), died("a", "2021-03-01"), enrolled("b", "2021-07-01"), died("b", "2021-08-29")
    )
    state = bench.data().as_of(day("2021-12-31"))
    of = times(state, CALENDAR)

    assert float(median(of, state).months or 0) == pytest.approx((2 + 1 + 28 / 31) / 2, rel=1e-12)
    assert float(mean(of, state).months or 0) == pytest.approx((2 + 1 + 28 / 31) / 2, rel=1e-12)


def test_follow_up_counts_the_months_of_those_who_are_censored(bench: Bench) -> None:
    """By hand: 1 February to 15 March 2021 is 1 month and 14 of 31 days."""
    bench.append(
        enrolled("a", "2021-02-01"), seen("a", "2021-03-15"), enrolled("b", "2021-01-01"), died("b", "2021-01-05")
    )
    state = bench.data().as_of(day("2021-12-31"))

    found = median_follow_up(times(state, CALENDAR), state)

    assert float(found.months or 0) == pytest.approx(1 + 14 / 31, rel=1e-12)


@pytest.mark.parametrize(
    ("word", "value", "months"), [("30", 60.0, "2"), ("30.44", 60.0, "1.97"), ("31", 60.0, "1.94")]
)
def test_a_month_may_have_any_number_of_days(word: str, value: float, months: str) -> None:
    definition = Definition(month=word)

    assert str(round(in_months(value, definition.month), 2)).rstrip("0").rstrip(".") == months
    assert Definition(month=f"{word}.0" if "." not in word else f"{word}0") == definition


@pytest.mark.parametrize("word", ["0", "-3", "365", "nan", "Infinity", "a month", ""])
def test_what_no_month_can_be_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="expected a number of days from 20 to 40, or calendar"):
        Definition(month=word)


@pytest.mark.parametrize("estimator", ["kaplan-meier", "to-date"])
def test_counting_both_days_makes_every_time_one_day_longer(bench: Bench, estimator: str) -> None:
    """CDISC's AVAL = ADT - STARTDT + 1. By hand: deaths after 10, 20 and 30 days, the middle one counted as 21."""
    for number, end in enumerate(("2021-01-11", "2021-01-21", "2021-01-31")):
        bench.append(enrolled(f"s{number}", "2021-01-01"), died(f"s{number}", end))
    state = bench.data().as_of(day("2021-12-31"))
    definition = Definition(estimator=estimator, counting="inclusive")  # type: ignore[arg-type]

    assert median(times(state, definition), state).value == 21
    assert median(times(state, replace(definition, counting="elapsed")), state).value == 20
    assert "both days counted" in median(times(state, definition), state).words()
