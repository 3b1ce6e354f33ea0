"""What moved a figure: the events between two days, each with its effect.

The effects within one step are computed one after the other and add up to the whole: first the
effect of the calendar alone (times of living subjects grow), then each event in order, on top of
the events before it. An event that has not happened yet counts as happening after the
cutoff: a subject who has not died yet is alive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.measures import MEASURES
from trialog.projections.changes.course import Course, Watched, unwatched
from trialog.projections.changes.events import Described, Excerpt, described
from trialog.projections.measures import MeasureAnswer, MeasureQuestion, answer
from trialog.projections.state.rows import Rows

MOST_EXPLAINED: Final = 5_000
"""Most events between two days for which the effect of each is listed; more would not be read."""

_BY_SUBJECT: Final = (
    kinds.SubjectEnrolled.KIND,
    kinds.DoseAdministered.KIND,
    kinds.SubjectDied.KIND,
    kinds.EvaluabilityDecided.KIND,
)
_BY_ASSESSMENT: Final = (kinds.ResponseAssessed.KIND, kinds.ProgressionFound.KIND)


@dataclass(frozen=True)
class Effect:
    """What one event did to a figure.

    Attributes:
        event: The event; None for the calendar alone.
        before, after: The figure without and with it.
    """

    event: Described | None
    before: float | None
    after: float | None

    @property
    def moved(self) -> bool:
        """Whether it changed the figure."""
        return self.before != self.after


@dataclass(frozen=True)
class Move:
    """A step from one day to a later one on which a figure moved.

    Attributes:
        since, day: The step leads from ``since`` to ``day``; days on which only the calendar moved the
            figure are one step.
        before, after: The figure at its ends.
        effects: What moved it, in order; they add up.
    """

    since: int
    day: int
    before: MeasureAnswer
    after: MeasureAnswer
    effects: tuple[Effect, ...]


def moves(of: Excerpt, course: Course, watched: Watched = unwatched) -> Iterator[Move]:
    """Yield each step on which a figure moved, with what moved it.

    Args:
        of: The events of the question's cohorts.
        course: The figure at every day.
        watched: Shows progress.
    """
    if not course.day.size:
        return
    steps = _ByKnowledge(of, course) if course.axis == "known-at" else _ByCalendar(of, course)
    first, last = int(course.day[0]), int(course.day[-1])
    days = sorted(day for day in steps.days() if first < day <= last)
    since = first
    for day in watched(days):
        moving = tuple(effect for effect in steps.effects(day) if effect.moved)
        if any(effect.event is not None for effect in moving):
            yield from _quiet(course, since, day - 1)
            yield Move(day - 1, day, _answer_at(course, day - 1), _answer_at(course, day), moving)
            since = day
    yield from _quiet(course, since, last)


def count_of_events(of: Excerpt, course: Course) -> int:
    """Return how many events `moves` would have to explain."""
    if not course.day.size:
        return 0
    first, last = int(course.day[0]), int(course.day[-1])
    if course.axis == "known-at":
        days = of.columns.known
    else:
        rows = of.in_force_on(course.fixed)
        days = rows.first[_moving(rows, course.question)]
    return int(((days > first) & (days <= last)).sum())


def _moving(rows: Rows, question: MeasureQuestion) -> NDArray[np.bool_]:
    """Return which events can move a figure on their day.

    A contact cannot: it shows that a subject is alive on a day until which the subject counts as alive anyway.
    """
    kinds_of = (*_BY_SUBJECT, *_BY_ASSESSMENT) if MEASURES[question.measure].assessed else _BY_SUBJECT
    chosen: NDArray[np.bool_] = np.isin(rows.kind, kinds_of)
    return chosen


def _quiet(course: Course, since: int, day: int) -> Iterator[Move]:
    """Yield the move of days on which only the calendar moved the figure, if it did."""
    before, after = _answer_at(course, since), _answer_at(course, day)
    if before.value != after.value:
        yield Move(since, day, before, after, (Effect(None, before.value, after.value),))


def _answer_at(course: Course, day: int) -> MeasureAnswer:
    at = day - int(course.day[0])
    value, lower, upper = (
        None if np.isnan(each[at]) else float(each[at]) for each in (course.value, course.lower, course.upper)
    )
    return MeasureAnswer(value, lower, upper, int(course.n[at]), int(course.events[at]))


class _ByCalendar:
    """Steps from one cutoff to the next."""

    def __init__(self, of: Excerpt, course: Course) -> None:
        self._of = of
        self._question = course.question
        self._known_at = course.fixed
        self._rows = of.in_force_on(course.fixed)
        self._moving = _moving(self._rows, course.question)

    def days(self) -> list[int]:
        days: list[int] = np.unique(self._rows.first[self._moving]).tolist()
        return days

    def effects(self, day: int) -> list[Effect]:
        happening = np.flatnonzero(self._moving & (self._rows.first == day))
        happening = happening[np.lexsort((self._rows.row[happening], self._rows.day[happening]))]
        found = []
        before = self._answer(self._rows, day - 1)
        waiting = self._answer(_postponed(self._rows, happening, day), day)
        found.append(Effect(None, before.value, waiting.value))
        for number, place in enumerate(happening.tolist(), 1):
            after = self._answer(_postponed(self._rows, happening[number:], day), day)
            event = described(self._of, int(self._rows.row[place]))
            found.append(Effect(event, waiting.value, after.value))
            waiting = after
        return found

    def _answer(self, rows: Rows, cutoff: int) -> MeasureAnswer:
        return answer(self._of.cut(rows, cutoff, self._known_at), self._question)


def _postponed(rows: Rows, places: NDArray[np.intp], day: int) -> Rows:
    """Return rows of which some happen only on the day after."""
    if not places.size:
        return rows
    first, last, imputed = rows.first.copy(), rows.last.copy(), rows.day.copy()
    first[places] = day + 1
    last[places] = np.maximum(last[places], day + 1)
    imputed[places] = np.maximum(imputed[places], day + 1)
    return replace(rows, first=first, last=last, day=imputed)


class _ByKnowledge:
    """Steps from one known-at day to the next, at one cutoff."""

    def __init__(self, of: Excerpt, course: Course) -> None:
        self._of = of
        self._course = course

    def days(self) -> list[int]:
        days: list[int] = np.unique(self._of.columns.known).tolist()
        return days

    def effects(self, day: int) -> list[Effect]:
        assert self._course.fixed is not None  # noqa: S101  # narrows the type: a known-at course has a cutoff
        return [
            Effect(step.event, step.before[0].value, step.after[0].value)
            for step in learned(self._of, (self._course.question,), self._course.fixed, day - 1, day)
        ]


@dataclass(frozen=True)
class Learned:
    """What one event did to several figures when it became known.

    Attributes:
        event: The event.
        before, after: The figures without and with it, in the order of the questions.
    """

    event: Described
    before: tuple[MeasureAnswer, ...]
    after: tuple[MeasureAnswer, ...]


def learned(
    of: Excerpt, questions: Sequence[MeasureQuestion], cutoff: int, then: int, now: int | None
) -> Iterator[Learned]:
    """Yield what became known between two days, in order, with its effect on figures of one cutoff.

    Args:
        of: The events of the questions' cohorts.
        questions: Which figures.
        cutoff: Data cutoff of the figures.
        then: Known-at day after which the steps begin.
        now: Known-at day on which they end; None for everything in the log.
    """
    columns = of.columns
    known = columns.known <= then
    later = np.flatnonzero(~known if now is None else ~known & (columns.known <= now))
    later = later[np.argsort(columns.known[later], kind="stable")]
    known = known.copy()

    def answers() -> tuple[MeasureAnswer, ...]:
        state = of.cut(of.in_force(known), cutoff, now)
        return tuple(answer(state, question) for question in questions)

    before = answers()
    for row in later.tolist():
        known[row] = True
        after = answers()
        yield Learned(described(of, row), before, after)
        before = after
