"""Plain figures of the times so far: mean, shortest, longest, and the range between these."""

from __future__ import annotations

from dataclasses import replace

from trialog.projections.calendar_months import calendar_months
from trialog.projections.measures.figure import Figure, figure_of
from trialog.projections.measures.question import MeasureAnswer, MeasureQuestion
from trialog.projections.measures.timed import assessed_among, from_figure, no_times, times_of
from trialog.projections.months import CALENDAR_UNIT
from trialog.projections.state.as_of import State
from trialog.projections.times import Times


def mean(of: Times, state: State) -> Figure:
    """Return the plain mean of a group's times so far."""
    value = float(of.length.mean()) if of.n else None
    if of.n and of.definition.month == "calendar":
        value = float(CALENDAR_UNIT) * float(calendar_months(of.origin, of.origin + of.length).mean())
    return figure_of(f"mean {of.endpoint} so far", of, state, value)


class Mean:
    """The plain mean of the times so far."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the mean of a state."""
        return from_figure(mean(times_of(state, question), state), state, question)


class Extreme:
    """The shortest or the longest time so far; for a range, both: the value is the longest, ``lower`` the shortest."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the extreme time of a state."""
        of = times_of(state, question)
        if not of.n:
            return no_times(state, question, of.definition)
        # Such a time is the time of one subject, so the estimator does not matter.
        everyone = replace(of, definition=replace(of.definition, estimator="to-date"))
        shortest, longest = (everyone.in_its_unit(float(days)) for days in (of.length.min(), of.length.max()))
        ends = (shortest, longest) if question.row.statistic == "range" else (None, None)
        return MeasureAnswer(
            shortest if question.row.statistic == "shortest" else longest,
            *ends,
            of.n,
            of.events,
            assessed=assessed_among(state, question),
            definition=of.definition,
        )
