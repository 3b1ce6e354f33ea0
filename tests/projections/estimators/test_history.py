"""A median at every cutoff is the median at each cutoff."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialog.events.errors import QuestionError
from trialog.projections import KAPLAN_MEIER, TO_DATE, Definition, Survival, history, survival
from trialog.projections.estimators.history import MedianHistory, histories

DEFINITIONS = (
    TO_DATE,
    KAPLAN_MEIER,
    replace(TO_DATE, censoring="last known alive"),
    replace(KAPLAN_MEIER, censoring="cutoff", ties="midpoint to end", conf_type="plain"),
    replace(KAPLAN_MEIER, ties="first day", conf_type="log-log", level=0.8),
)

subjects = st.lists(
    st.tuples(st.integers(5, 25), st.integers(0, 20), st.booleans(), st.integers(0, 20)), min_size=1, max_size=14
)
"""Entry, time, whether it ended in death, and days after the entry from which the subject counts."""


def at(
    cutoff: int, entry: np.ndarray, end: np.ndarray, died: np.ndarray, counted: np.ndarray, definition: Definition
) -> Survival:
    """The times at one cutoff, counted from scratch."""
    dead = died & (end <= cutoff)
    living = np.full(end.shape, cutoff) if definition.censoring == "cutoff" else np.minimum(end, cutoff)
    within = counted <= cutoff
    return survival((np.where(dead, end, living) - entry)[within], dead[within], definition)


def reading(found: MedianHistory, place: int) -> list[float | None]:
    return [
        None if np.isnan(value) else value
        for value in (each[place] for each in (found.median, found.lower, found.upper))
    ]


@given(subjects, st.booleans())
def test_every_day_is_that_days_figure(rows: list[tuple[int, int, bool, int]], later: bool) -> None:
    entry, time, died, wait = (np.array(column) for column in zip(*rows, strict=True))
    end = entry + time
    counted = entry + np.minimum(wait, time) if later else entry
    ask: dict[str, Any] = {"first": 3, "last": 50, "counted_from": counted if later else None}
    medians = histories(entry, end, died, DEFINITIONS, **ask)
    followed = histories(entry, end, died, DEFINITIONS, follow_up=True, **ask)

    for place, cutoff in enumerate(range(3, 51)):
        for definition, median, follow_up in zip(DEFINITIONS, medians, followed, strict=True):
            one = at(cutoff, entry, end, died, counted, definition)
            assert (median.day[place], median.n[place], median.deaths[place]) == (cutoff, one.n, one.deaths)
            assert reading(median, place) == [one.median, one.median_lower, one.median_upper]
            assert reading(follow_up, place) == [one.follow_up.value, one.follow_up.lower, one.follow_up.upper]


@pytest.mark.parametrize("n", [100, 5_000])
def test_larger_groups_at_some_days(n: int) -> None:
    """Long enough that only the part of the curve that matters is looked at."""
    rng = np.random.default_rng(n)
    entry = rng.integers(0, 500, n)
    end = entry + rng.exponential(300, n).astype(int)
    died = rng.random(n) < 0.8
    found = histories(entry, end, died, DEFINITIONS)

    for cutoff in (int(entry.min()), 250, 500, 700, 1100, int(end.max())):
        for definition, each in zip(DEFINITIONS, found, strict=True):
            one = at(cutoff, entry, end, died, entry, definition)
            assert reading(each, cutoff - int(entry.min())) == [one.median, one.median_lower, one.median_upper]


@given(subjects)
def test_the_to_date_median_of_fixed_subjects_never_falls_and_never_outruns_the_calendar(
    rows: list[tuple[int, int, bool, int]],
) -> None:
    entry, time, died, _ = (np.array(column) for column in zip(*rows, strict=True))
    found = history(entry, entry + time, died, TO_DATE, first=int(entry.max()), last=60)

    steps = np.diff(found.median)
    assert ((steps >= 0) & (steps <= 1)).all()


def test_nobody_entered_is_an_answer() -> None:
    before = history([10, 12], [20, 22], [1, 0], first=5, last=9)
    nobody = history([], [], [], first=1, last=3)

    assert before.n.tolist() == [0] * 5
    assert np.isnan(before.median).all()
    assert (nobody.day.tolist(), nobody.n.tolist()) == ([1, 2, 3], [0, 0, 0])
    assert len(history([], [], [])) == 0


def test_the_cutoffs_run_from_the_first_entry_to_the_last_day() -> None:
    found = history([-3, 12], [20, 22], [1, 0])

    assert (found.day[0], found.day[-1], len(found)) == (-3, 22, 26)
    assert found.definition == KAPLAN_MEIER


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda: history([1, 5], [2, 4], [1, 1]), "row 2: time from entry to end -1 is wrong"),
        (lambda: history([1], [2, 4], [1, 1]), "1 entry days but 2 end days; expected one for each"),
        (lambda: history([1.5], [2], [1]), "row 1: entry day 1.5 is wrong; expected whole days"),
        (lambda: history([1], [float("nan")], [1]), "row 1: end day nan is wrong"),
        (lambda: history([1], [2], [3]), "row 1: indicator of death 3 is wrong"),
        (lambda: history([1], [10**6], [1]), "1000000 days lie between the first entry and the last cutoff"),
        (lambda: history([1], [2], [1], first=9, last=3), "the last cutoff 3 is before the first cutoff 9"),
    ],
)
def test_wrong_days_are_named(ask: object, complaint: str) -> None:
    with pytest.raises(QuestionError, match=complaint):
        ask()  # type: ignore[operator]
