"""Number at risk: by hand, against R, and by counting."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialog.events.errors import QuestionError
from trialog.projections.estimators.risk_table import risk_table

JASA = Path(__file__).parents[3] / "examples/jasa/jasa.csv"


def counts(length: list[int], ended: list[bool], times: list[float]) -> list[tuple[int, int, int]]:
    found = risk_table(np.array(length, np.int64), np.array(ended, bool), times)
    return list(zip(found.at_risk.tolist(), found.ended.tolist(), found.censored.tolist(), strict=True))


def test_stanford_heart_as_counted_by_hand_from_the_file() -> None:
    rows = list(csv.DictReader(JASA.read_text(encoding="utf-8").splitlines()))
    length, ended = [int(row["futime"]) for row in rows], [row["fustat"] == "1" for row in rows]

    found = counts(length, ended, [30.4375 * month for month in (0, 12, 24, 36, 48, 60)])

    assert found == [(103, 0, 0), (28, 67, 8), (16, 69, 18), (8, 74, 21), (3, 75, 25), (0, 75, 28)]


def test_a_time_on_the_day_itself_is_still_at_risk() -> None:
    # R: summary(survfit(Surv(c(5, 5, 9), c(1, 0, 1)) ~ 1), times = 5) has 3 at risk and 1 event: R counts the
    # event of day 5 already, so that its row holds 4 for 3 subjects. Ours counts it after day 5.
    assert counts([5, 5, 9], [True, False, True], [5, 6, 9, 10]) == [(3, 0, 0), (1, 1, 1), (1, 1, 1), (0, 2, 1)]


def test_nobody() -> None:
    assert counts([], [], [0, 12]) == [(0, 0, 0), (0, 0, 0)]


@pytest.mark.parametrize("time", [-1.0, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(time: float) -> None:
    with pytest.raises(QuestionError, match="0 or more"):
        counts([1], [True], [time])


@given(
    st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=30),
    st.lists(st.floats(0, 70), max_size=8),
)
def test_the_three_add_up_and_equal_a_count(subjects: list[tuple[int, bool]], times: list[float]) -> None:
    found = counts([length for length, _ in subjects], [ended for _, ended in subjects], times)

    for time, (at_risk, ended, censored) in zip(times, found, strict=True):
        assert at_risk + ended + censored == len(subjects)
        assert at_risk == sum(length >= time for length, _ in subjects)
        assert ended == sum(length < time and died for length, died in subjects)
