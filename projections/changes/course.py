"""A figure at every day: at every data cutoff, or at every known-at day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.errors import QuestionError
from trialog.projections.asof import Rows, State
from trialog.projections.changes.events import Excerpt
from trialog.projections.columns import NO_DAY
from trialog.projections.estimators.history import LONGEST_HISTORY, histories
from trialog.projections.measures import Answer, Question, answer
from trialog.projections.times import origins

Axis = Literal["cutoff", "known-at"]
Floats = NDArray[np.float64]
Watched = Callable[[Iterable[int]], Iterable[int]]
"""Passes days on, and may show how far they are."""

_IMPUTED: Final = (kinds.ResponseAssessed.KIND, kinds.ProgressionFound.KIND)


@dataclass(frozen=True, eq=False)
class Course:
    """A figure at every day of one axis; one value for each day, shape (days,).

    Attributes:
        question: Which figure.
        axis: What the days are.
        fixed: The day of the other axis; None for everything in the log.
        day: Ascending without gaps.
        value, lower, upper: As in `Answer`; NaN for None.
        n, events: As in `Answer`.
    """

    question: Question
    axis: Axis
    fixed: int | None
    day: NDArray[np.int64]
    value: Floats
    lower: Floats
    upper: Floats
    n: NDArray[np.int64]
    events: NDArray[np.int64]


def unwatched(days: Iterable[int]) -> Iterable[int]:
    """Pass days on."""
    return days


def by_cutoff(
    of: Excerpt, question: Question, first: int, last: int, known_at: int | None, watched: Watched = unwatched
) -> Course:
    """Return a figure at every data cutoff.

    Medians of overall survival and of follow-up come from one pass over the days; other figures are
    computed again on each day on which anything can have changed.

    Args:
        of: The events of the question's cohorts.
        question: Which figure.
        first: First cutoff.
        last: Last cutoff.
        known_at: Day up to which knowledge counts; None for everything in the log.
        watched: Shows progress.

    Raises:
        QuestionError: The last cutoff is before the first, or too far from it.
    """
    _check_days(first, last)
    rows = of.standing_at(known_at)
    quick = _in_one_pass(rows, of, question, first, last, known_at)
    if quick is not None:
        return quick
    changing = _changing(rows, first, last, every=question.followed.censoring == "cutoff" or _grows(question))
    found = {day: answer(of.cut(rows, day, known_at), question) for day in watched(changing)}
    return _course(question, "cutoff", known_at, first, last, found)


def by_known_at(
    of: Excerpt, question: Question, first: int, last: int, cutoff: int, watched: Watched = unwatched
) -> Course:
    """Return a figure of one data cutoff as it was known on every day.

    Args:
        of: The events of the question's cohorts.
        question: Which figure.
        first: First known-at day.
        last: Last known-at day.
        cutoff: Data cutoff.
        watched: Shows progress.

    Raises:
        QuestionError: The last day is before the first, or too far from it.
    """
    _check_days(first, last)
    known = of.columns.known
    days = sorted({first, *known[(known > first) & (known <= last)].tolist()})
    found = {day: answer(of.cut(of.standing_at(day), cutoff, day), question) for day in watched(days)}
    return _course(question, "known-at", cutoff, first, last, found)


def _check_days(first: int, last: int) -> None:
    if last < first:
        raise QuestionError("the last day of a history is before its first")
    if last - first > LONGEST_HISTORY:
        raise QuestionError("a history spans at most 200 years")


def _course(
    question: Question, axis: Axis, fixed: int | None, first: int, last: int, found: dict[int, Answer]
) -> Course:
    """Return the answers of some days, each holding until the next."""
    days = np.arange(first, last + 1)
    known = np.array(sorted(found))
    at = np.searchsorted(known, days, side="right") - 1
    answers = [found[day] for day in known.tolist()]

    def each(name: str, dtype: type) -> NDArray[np.generic]:
        values = [getattr(one, name) for one in answers]
        return np.array([np.nan if value is None else value for value in values], dtype)[at]

    value, lower, upper = (each(name, np.float64).astype(np.float64) for name in ("value", "lower", "upper"))
    n, events = (each(name, np.int64).astype(np.int64) for name in ("n", "events"))
    return Course(question, axis, fixed, days, value, lower, upper, n, events)


def _grows(question: Question) -> bool:
    """Tell whether a figure of living subjects grows from day to day although nothing happens."""
    return question.measure in ("median-os", "median-follow-up", "os-rate")


def _changing(rows: Rows, first: int, last: int, *, every: bool) -> list[int]:
    """Return the days on which a figure can differ from the day before, the first day among them."""
    if every:
        return list(range(first, last + 1))
    days = {first, *rows.first.tolist(), *rows.last.tolist()}
    # An assessment of which only the month is known counts on its last day, or on the cutoff before it.
    partial = np.isin(rows.kind, _IMPUTED) & (rows.first < rows.last)
    for begin, end in zip(rows.first[partial].tolist(), rows.last[partial].tolist(), strict=True):
        days.update(range(max(begin, first), min(end, last) + 1))
    return sorted(day for day in days if first <= day <= last)


def _in_one_pass(
    rows: Rows, of: Excerpt, question: Question, first: int, last: int, known_at: int | None
) -> Course | None:
    """Return the course of a median of survival or follow-up, None where one pass cannot give it."""
    follow_up = question.measure == "median-follow-up"
    definition = question.followed
    decided = rows.of(kinds.EvaluabilityDecided.KIND).size > 0
    if (
        question.measure not in ("median-os", "median-follow-up")
        or definition.month == "calendar"
        or definition.population not in ("enrolled", "dosed", "evaluable")
        or (definition.population == "evaluable" and decided)
    ):
        return None
    state = of.cut(rows, last, known_at)
    origin, counted_from = origins(state, definition), _counted_from(state, definition.population)
    who = state.in_cohorts(question.cohorts) & (origin != NO_DAY) & (counted_from != NO_DAY)
    start = origin[who]
    died = state.died[who] != NO_DAY
    end = np.maximum(np.where(died, state.died[who], state.last_alive[who]), start)
    counted = np.maximum(counted_from[who], start)
    if (counted > end).any():
        return None
    (found,) = histories(
        start,
        end,
        died,
        (replace(definition, month="30.4375"),),
        first=first,
        last=last,
        counted_from=counted,
        follow_up=follow_up,
    )
    events = found.n - found.deaths if follow_up else found.deaths
    return Course(question, "cutoff", known_at, found.day, found.median, found.lower, found.upper, found.n, events)


def _counted_from(state: State, population: str) -> NDArray[np.int32]:
    """Return the cutoff from which each subject belongs to a population; ``NO_DAY`` for never."""
    if population == "enrolled":
        return state.enrolled
    dosed: NDArray[np.int32] = np.maximum(state.enrolled, state.first_dose)
    if population == "dosed":
        return dosed
    decided_in = np.where(state.evaluable == 1, state.enrolled, NO_DAY)
    return np.where(state.evaluable == -1, dosed, decided_in).astype(np.int32)
