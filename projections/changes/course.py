"""A figure at every day: at every data cutoff, or at every known-at day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.arrays import NO_DAY
from trialog.events.errors import QuestionError
from trialog.projections.changes.events import Excerpt
from trialog.projections.estimators.history import LONGEST_HISTORY, histories
from trialog.projections.measures import MeasureQuestion, answers
from trialog.projections.state.as_of import State
from trialog.projections.state.change_points import ChangePoints
from trialog.projections.state.rows import Rows
from trialog.projections.times import origins

Axis = Literal["cutoff", "known-at"]
AXES: Final[tuple[Axis, ...]] = get_args(Axis)
Floats = NDArray[np.float64]
Watched = Callable[[Iterable[int]], Iterable[int]]
"""Pass days on; an implementation may show progress."""


@dataclass(frozen=True, eq=False)
class Course:
    """A figure at every day of one axis; one value for each day, shape (days,).

    Attributes:
        question: Which figure.
        axis: What the days are.
        fixed: The day of the other axis; None for everything in the log.
        day: Ascending without gaps.
        value, lower, upper: As in `Answer`; NaN for None.
        n, events: As in `MeasureAnswer`.
        assessed: As in `MeasureAnswer`; None if the figure rests on no assessments.
    """

    question: MeasureQuestion
    axis: Axis
    fixed: int | None
    day: NDArray[np.int64]
    value: Floats
    lower: Floats
    upper: Floats
    n: NDArray[np.int64]
    events: NDArray[np.int64]
    assessed: NDArray[np.int64] | None = None


def days_without_assessments(course: Course) -> Iterator[tuple[int, int]]:
    """Yield the first and last day of each run on which subjects count but none was assessed."""
    if course.assessed is None:
        return
    nobody = (course.assessed == 0) & (course.n > 0)
    turns = np.flatnonzero(np.diff(np.concatenate(([False], nobody, [False])).astype(np.int8)))
    for begin, end in zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True):
        yield int(course.day[begin]), int(course.day[end - 1])


def unwatched(days: Iterable[int]) -> Iterable[int]:
    """Pass days on without showing progress."""
    return days


def by_cutoff(of: Excerpt, question: MeasureQuestion, first: int, last: int, known_at: int | None) -> Course:
    """Return a figure at every data cutoff, in one pass over the moments at which a subject changes.

    Args:
        of: The events of the question's cohorts.
        question: Which figure.
        first: First cutoff.
        last: Last cutoff.
        known_at: Day up to which knowledge counts; None for everything in the log.

    Raises:
        QuestionError: The last cutoff is before the first, or too far from it.
    """
    _check_days(first, last)
    rows = of.in_force_on(known_at)
    told = _from_one_state(rows, of, question, first, last, known_at)
    if told is not None:
        return told
    return _course(question, "cutoff", known_at, first, last, of.change_points_by_cutoff(rows, first, last))


def by_known_at(of: Excerpt, question: MeasureQuestion, first: int, last: int, cutoff: int) -> Course:
    """Return a figure of one data cutoff as it was known on every day, also in one pass.

    Args:
        of: The events of the question's cohorts.
        question: Which figure.
        first: First known-at day.
        last: Last known-at day.
        cutoff: Data cutoff.

    Raises:
        QuestionError: The last day is before the first, or too far from it.
    """
    _check_days(first, last)
    return _course(question, "known-at", cutoff, first, last, of.change_points_by_known_at(cutoff, first, last))


def no_course(question: MeasureQuestion, axis: Axis, fixed: int | None) -> Course:
    """Return a course with no days."""
    days, values = np.empty(0, np.int64), np.empty(0)
    return Course(question, axis, fixed, days, values, values, values, days, days)


def _check_days(first: int, last: int) -> None:
    if last < first:
        raise QuestionError("the last day of a history is before its first")
    if last - first > LONGEST_HISTORY:
        raise QuestionError("a history spans at most 200 years")


def _course(
    question: MeasureQuestion, axis: Axis, fixed: int | None, first: int, last: int, moments: Iterable[ChangePoints]
) -> Course:
    found = answers(moments, question, first, last)
    day = np.arange(first, last + 1)
    counted = (found.n, found.events, found.assessed)
    return Course(question, axis, fixed, day, found.value, found.lower, found.upper, *counted)


def _from_one_state(
    rows: Rows, of: Excerpt, question: MeasureQuestion, first: int, last: int, known_at: int | None
) -> Course | None:
    """Return the course of a median of survival or follow-up, computed from the state at the last cutoff alone.

    That state gives the days of each subject's enrollment, death and last contact. Return None if more is needed.
    """
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
        start - 1 if definition.counting == "inclusive" else start,
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
