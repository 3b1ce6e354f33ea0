"""Functions shared by all measures of times: the times that a question is about, and figures as answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from trialog.events.arrays import NO_DAY
from trialog.events.definition import Definition
from trialog.projections.estimators.history import Reader
from trialog.projections.measures.day_by_day import Tally, groups_of, read, tallied
from trialog.projections.measures.figure import Figure
from trialog.projections.measures.question import Answers, Flags, MeasureAnswer, MeasureQuestion
from trialog.projections.response import assessed
from trialog.projections.state.as_of import State
from trialog.projections.state.change_points import ChangePoints
from trialog.projections.times import Times, members, progressions, times


def times_of(state: State, question: MeasureQuestion, definition: Definition | None = None) -> Times:
    """Return the times that a question is about, under the definition that it follows or another one."""
    endpoint = question.row.endpoint
    assert endpoint is not None  # noqa: S101  # measures without one are not made of times
    return times(
        state,
        definition or question.followed,
        question.cohorts,
        endpoint,
        evaluator=question.evaluator,
        confirmation=question.confirmation,
        rule=question.rule,
    )


def in_days(question: MeasureQuestion) -> MeasureQuestion:
    """Return the question with times in days, regardless of its month."""
    return replace(question, definition=replace(question.definition, month="30.4375"))


def nobody(question: MeasureQuestion) -> str:
    """Return why there is no figure if no subject has a time."""
    if question.row.endpoint == "duration of response":
        return "nobody has responded by the cutoff"
    return "nobody has a time by the cutoff"


def no_times(state: State, question: MeasureQuestion, definition: Definition) -> MeasureAnswer:
    """Return the answer if no subject has a time."""
    seen = assessed_among(state, question)
    return MeasureAnswer(None, None, None, 0, 0, assessed=seen, why=nobody(question), definition=definition)


def from_figure(found: Figure, state: State, question: MeasureQuestion) -> MeasureAnswer:
    """Return a figure of times as an answer."""
    return MeasureAnswer(
        found.value,
        found.lower,
        found.upper,
        found.n,
        found.events,
        assessed=assessed_among(state, question),
        why="" if found.n else nobody(question),
        definition=found.definition,
    )


def assessed_among(state: State, question: MeasureQuestion) -> int | None:
    """Return how many subjects that a question counts were assessed; None if it rests on no assessments."""
    if not question.row.assessed:
        return None
    return int(assessed_flags(state, question).sum())


def assessed_flags(state: State, question: MeasureQuestion) -> Flags:
    """Return which subjects that a question counts were assessed, or found to have progressed."""
    everybody = question.row.population == "cohort"
    who = members(state, "enrolled" if everybody else question.definition.population, question.cohorts)
    seen = assessed(state, question.evaluator) | (
        progressions(state, question.definition, question.evaluator) != NO_DAY
    )
    flags: Flags = who & seen
    return flags


def followed(
    moments: Iterable[ChangePoints], question: MeasureQuestion, reader: Reader, first: int, last: int
) -> Answers:
    """Return a reader's result on each day of a history, and how many subjects were assessed by then."""
    tally = Tally(1, first, last)
    if question.row.assessed:
        moments = tallied(moments, tally, lambda state: assessed_flags(state, question))
    groups = groups_of(moments, question, lambda state: times_of(state, in_days(question)))
    found = read(groups, reader, first, last, question.followed)
    return replace(found, assessed=tally.each_day()[0] if question.row.assessed else None)
