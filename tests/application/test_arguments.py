"""What plain Python values mean as arguments of questions."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import Any

import pytest

from trialog.application.arguments import as_labels, definition_of, last_day, length_of, number_of_days, share_of
from trialog.events.dates import iso
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.errors import ArgumentError, QuestionError


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2017-11-07", "2017-11-07"),
        ("2017-11", "2017-11-30"),
        ("2016-02", "2016-02-29"),
        ("2017", "2017-12-31"),
        (datetime.date(2017, 11, 7), "2017-11-07"),
        (datetime.datetime(2017, 11, 7, 23, 59, tzinfo=datetime.UTC), "2017-11-07"),
    ],
)
def test_a_day_as_a_limit_is_the_last_that_it_means(given: Any, day: str) -> None:
    assert iso(last_day(given, "as_of")) == day


def test_a_day_that_is_none_names_the_argument() -> None:
    with pytest.raises(ArgumentError, match=r"^known_at: 'soon' is not a date") as refused:
        last_day("soon", "known_at")
    assert refused.value.spelled(lambda name: f"--{name.replace('_', '-')}").startswith("--known-at: 'soon'")


@pytest.mark.parametrize(
    "given",
    [
        {"origin": "first dose", "level": 0.9},
        ["origin=first dose", "level=0.9"],
        ("origin = first dose", "level=0.90"),
        Definition(origin="first dose", level=0.9),
    ],
    ids=str,
)
def test_a_definition_is_given_whole_or_in_parts(given: Any) -> None:
    assert definition_of(given) == Definition(origin="first dose", level=0.9)


def test_parts_take_the_place_of_the_trial_s_own() -> None:
    assert definition_of(None, TO_DATE) == TO_DATE
    assert definition_of("origin=first dose", TO_DATE) == Definition("to-date", "first dose", censoring="cutoff")
    # An estimator brings its usual censoring, unless the censoring is given too.
    assert definition_of({"estimator": "kaplan-meier"}, TO_DATE) == KAPLAN_MEIER
    assert definition_of({"estimator": "to-date"}) == TO_DATE
    assert definition_of({"estimator": "to-date", "censoring": "last known alive"}).censoring == "last known alive"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"orign": "enrollment"}, r"^definition: 'orign' is not a part; did you mean 'origin'\?"),
        (["origin"], "^definition 'origin': expected PART=WORD"),
        (["level=high"], "^definition level=high: expected a number between 0 and 1"),
        ({"level": 95}, "level 95 must lie between 0 and 1"),
        ({"origin": "birth"}, "origin 'birth' is not known"),
    ],
)
def test_a_definition_that_is_none(given: Any, complaint: str) -> None:
    with pytest.raises(QuestionError, match=complaint):
        definition_of(given)


@pytest.mark.parametrize(
    ("given", "days"),
    [(365, 365.0), ("365", 365.0), ("52w", 364.0), ("12m", 365.25), ("1y", 365.25), ("1.5y", 547.875), (30.5, 30.5)],
)
def test_a_length_of_time_in_days(given: Any, days: float) -> None:
    assert length_of(given, "at", "30.4375") == days


@pytest.mark.parametrize("given", ["-1", "soon", "", "1h", float("nan"), "1e3"])
def test_a_length_of_time_that_is_none(given: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^at .* is wrong; expected a length of time"):
        length_of(given, "at", "30.4375")


def test_calendar_months_have_no_length() -> None:
    with pytest.raises(ArgumentError, match=r"^at '12m': calendar months have no fixed length; give days"):
        length_of("12m", "at", "calendar")


def test_a_share_is_exact() -> None:
    assert (
        share_of("0.1", "quantiles") == share_of(0.1, "quantiles") == share_of("1/10", "quantiles") == Fraction(1, 10)
    )
    with pytest.raises(ArgumentError, match=r"^quantiles 'half' is wrong; expected a share between 0 and 1"):
        share_of("half", "quantiles")


def test_labels_and_days() -> None:
    assert as_labels("1") == ("1",)
    assert as_labels(label for label in "12") == ("1", "2")
    assert as_labels(None) is as_labels([]) is None
    with pytest.raises(ArgumentError, match=r"^sd_days -1 is wrong; expected a number of days, 0 or more"):
        number_of_days(-1, "sd_days")
