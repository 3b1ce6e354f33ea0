"""The question ``history``: a figure from day to day, and what moved it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from trialog.application.answers.changes import effect_part, question_fields, value_fields, value_part
from trialog.application.answers.common import LogPosition, day
from trialog.application.answers.history import HistoryAnswer, HistoryGroup, MovePart, NumberDay, StalePart, TimeDay
from trialog.application.arguments import (
    Date,
    DefinitionLike,
    Group,
    Length,
    definition_of,
    evaluator_of,
    groups_of,
    last_day,
    length_of,
    number_of_days,
    optional_day,
)
from trialog.application.figures.notes import nothing_known
from trialog.application.progress import OnProgress
from trialog.events.dates import iso
from trialog.events.errors import ArgumentError
from trialog.events.measures import MEASURES
from trialog.events.version import __version__
from trialog.events.vocabulary import suggestion
from trialog.projections.changes.course import (
    AXES,
    Axis,
    Course,
    by_cutoff,
    by_known_at,
    days_without_assessments,
    no_course,
)
from trialog.projections.changes.events import Excerpt, excerpt
from trialog.projections.changes.moves import MOST_EXPLAINED, Move, count_of_events, moves
from trialog.projections.changes.staleness import staleness
from trialog.projections.defaults import STALE_AFTER
from trialog.projections.measures import MeasureAnswer, MeasureQuestion

if TYPE_CHECKING:
    from trialog.projections.trial_data import TrialData


def history(
    data: TrialData,
    *,
    figure: str = "median-os",
    cohorts: str | Sequence[str] | None = None,
    pool: bool = False,
    at: Length | None = None,
    confirmed: bool = False,
    category: str | None = None,
    axis: str = "cutoff",
    first: Date | None = None,
    last: Date | None = None,
    as_of: Date | None = None,
    known_at: Date | None = None,
    definition: DefinitionLike | None = None,
    evaluator: str = "investigator",
    stale_after: int = STALE_AFTER,
    explain: bool = True,
    on_progress: OnProgress | None = None,
) -> HistoryAnswer:
    """Follow a figure from day to day; `trialog.application.opening.Log.history` has the arguments."""
    moving = _axis(axis)
    _refuse_other_axis(moving, as_of, known_at)
    number_of_days(stale_after, "stale_after")
    known = optional_day(known_at, "known_at")
    groups = groups_of(data, cohorts, pool=pool, known_at=known)
    chosen = definition_of(definition, data.trial(known).default_definition)
    question = MeasureQuestion(
        measure=figure,
        definition=chosen,
        at=None if at is None else length_of(at, "at", chosen.month),
        evaluator=evaluator_of(evaluator),
        confirmation="confirmed" if confirmed else "as assessed",
        category=category,
    )
    found = []
    for group in groups:
        # Who comes into the cohort by what becomes known later is not looked at: it never changes an earlier answer.
        until = known if moving == "cutoff" or last is None else last_day(last, "last")
        mine = excerpt(data.columns, group.cohorts, until)
        days = _days(data, mine, moving, first, last, known)
        asked = replace(question, cohorts=group.cohorts)
        cutoff = data.default_cutoff() if as_of is None else last_day(as_of, "as_of")
        if days is None:
            course = no_course(asked, moving, known if moving == "cutoff" else cutoff)
        elif moving == "cutoff":
            course = by_cutoff(mine, asked, *days, known)
        else:
            course = by_known_at(mine, asked, *days, cutoff)
        stale = _stale(data, course, stale_after) if moving == "cutoff" else None
        found.append(_group(group, mine, course, stale, explain=explain, on_progress=on_progress))
    return HistoryAnswer(
        **question_fields(question),
        trial=data.code,
        log=LogPosition.of(data),
        trialog=__version__,
        axis=moving,
        cohorts=tuple(found),
        notes=nothing_known(data, known),
    )


def _axis(word: str) -> Axis:
    for axis in AXES:
        if word == axis:
            return axis
    raise ArgumentError("axis", f" {word!r} is not known{suggestion(word, AXES)}")


def _refuse_other_axis(axis: Axis, as_of: Date | None, known_at: Date | None) -> None:
    """Refuse a fixed day for the axis that moves."""
    if axis == "cutoff" and as_of is not None:
        rest = " goes with axis known-at; with axis cutoff the days run from first to last"
        raise ArgumentError("as_of", rest, "axis", "first", "last")
    if axis == "known-at" and known_at is not None:
        rest = " goes with axis cutoff; with axis known-at the days run from first to last"
        raise ArgumentError("known_at", rest, "axis", "first", "last")


def _days(
    data: TrialData, mine: Excerpt, axis: Axis, first: Date | None, last: Date | None, known: int | None
) -> tuple[int, int] | None:
    """Return first and last day: as given, else from the first event of the cohorts to the last day of the log.

    None if there is no day: nobody was enrolled, or not by the last day.
    """
    if axis == "cutoff":
        days, ends = mine.in_force_on(known).first, data.default_cutoff(known)
    else:
        days, ends = mine.columns.known, int(mine.columns.known.max(initial=0))
    ends = ends if last is None else last_day(last, "last")
    if first is not None:
        begins = last_day(first, "first")
        ends = max(ends, begins) if last is None else ends
        if ends < begins:
            rest = f" {iso(ends)} is before first {iso(begins)}; expected a later day, or the same"
            raise ArgumentError("last", rest, "first")
        return begins, ends
    if not days.size or (last is not None and ends < days.min()):
        return None
    return int(days.min()), max(ends, int(days.min()))


def _stale(data: TrialData, course: Course, stale_after: int) -> StalePart | None:
    """Return from when on a history of times rests on old contacts; None if it does not, or is no history of times."""
    question = course.question
    if MEASURES[question.measure].endpoint is None or not course.day.size:
        return None
    state = data.as_of(int(course.day[-1]), course.fixed)
    found = staleness(state, question.followed, question.cohorts, stale_after)
    return None if found is None else StalePart.of(found, stale_after)


def _group(
    group: Group,
    mine: Excerpt,
    course: Course,
    stale: StalePart | None,
    *,
    explain: bool,
    on_progress: OnProgress | None,
) -> HistoryGroup:
    events = count_of_events(mine, course)
    question = course.question
    kind = TimeDay if question.kind == "time" else NumberDay
    explained = None
    if explain and events <= MOST_EXPLAINED:
        explained = tuple(_move(move, question) for move in moves(mine, course, lambda days: _told(days, on_progress)))
    return HistoryGroup(
        cohort=group.label,
        data_cutoff=day(course.fixed) if course.axis == "known-at" else None,
        known_at=day(course.fixed) if course.axis == "cutoff" else None,
        days=tuple(kind(day=iso(number), **value_fields(value, question)) for number, value in _each_day(course)),
        events=events,
        caveats=tuple(_caveats(course)),
        moves=explained,
        stale=stale,
    )


def _told(days: Iterable[int], on_progress: OnProgress | None) -> Iterator[int]:
    """Yield days, and tell after each how many are done."""
    listed = list(days)
    for number, each in enumerate(listed, 1):
        yield each
        if on_progress is not None:
            on_progress(number, len(listed))


def _each_day(course: Course) -> Iterator[tuple[int, MeasureAnswer]]:
    for at, number in enumerate(course.day.tolist()):
        value, lower, upper = (
            None if np.isnan(each[at]) else float(each[at]) for each in (course.value, course.lower, course.upper)
        )
        assessed = None if course.assessed is None else int(course.assessed[at])
        yield number, MeasureAnswer(value, lower, upper, int(course.n[at]), int(course.events[at]), assessed=assessed)


def _caveats(course: Course) -> Iterator[str]:
    """Yield what must be known beside the figure: on which days it is one of subjects whom nobody assessed."""
    for first, last in days_without_assessments(course):
        days = f"on {iso(first)}" if first == last else f"from {iso(first)} to {iso(last)}"
        yield f"nobody had been assessed by the {course.question.evaluator} {days}"


def _move(move: Move, question: MeasureQuestion) -> MovePart:
    return MovePart(
        since=iso(move.since),
        day=iso(move.day),
        before=value_part(move.before, question),
        after=value_part(move.after, question),
        moved_by=tuple(effect_part(effect, question) for effect in move.effects),
    )
