"""Measures: one implementation of each quantity in the table `trialog.events.measures`.

`answer` gives a measure of one state, `answers` gives it on every day of a history. Snapshot, history, replay,
restate and explain ask here. A new measure of a statistic that is listed below is a row in the table; a new
statistic is a row in the table and a file here.
May import the rest of `projections`, `domain` and `events`. Arrays in, numbers out belongs to `projections/estimators`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from trialog.domain.trial import Trial
from trialog.events.errors import QuestionError
from trialog.events.measures import WITH_HISTORY, Statistic
from trialog.events.vocabulary import suggestion
from trialog.projections.measures.counts import Count
from trialog.projections.measures.doses import planned_dose
from trialog.projections.measures.landmarks import SurvivalAtTime
from trialog.projections.measures.medians import FollowUp, Limit, Median
from trialog.projections.measures.observed import Extreme, Mean
from trialog.projections.measures.prior_lines import PriorLines
from trialog.projections.measures.question import Answers, MeasureAnswer, MeasureQuestion
from trialog.projections.measures.rates import BestResponse, ResponseRate
from trialog.projections.state.as_of import State
from trialog.projections.state.change_points import ChangePoints

__all__ = ["Answers", "MeasureAnswer", "MeasureQuestion", "answer", "answers"]


class OfState(Protocol):
    """Computes a statistic of one state."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the figure of a state."""
        ...


class OfDays(OfState, Protocol):
    """Computes a statistic of one state and of every day of a history."""

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        """Return the figure of each day."""
        ...


WITH_DAYS: Final[Mapping[Statistic, OfDays]] = {
    "median": Median(),
    "median limit": Limit(),
    "follow-up": FollowUp(),
    "survival at a time": SurvivalAtTime(),
    "response rate": ResponseRate(),
    "best response": BestResponse(),
    "count": Count(),
}
"""The statistics that can be followed from day to day."""

_OF_STATE: Final[Mapping[Statistic, OfState]] = {
    **WITH_DAYS,
    "mean": Mean(),
    "shortest": Extreme(),
    "longest": Extreme(),
    "range": Extreme(),
    "prior lines": PriorLines(),
}


def answer(state: State, question: MeasureQuestion, trial: Trial | None = None) -> MeasureAnswer:
    """Return a figure.

    Args:
        state: As of a cutoff and a known-at day.
        question: Which figure.
        trial: The trial as known on that day; only a planned dose needs it.

    Raises:
        QuestionError: A rate was asked for, but several sets of criteria are in use.
    """
    if question.row.statistic == "planned dose":
        return planned_dose(trial, question.cohorts)
    return _OF_STATE[question.row.statistic].answer(state, question)


def answers(moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
    """Return a figure on each day of a history, in one pass.

    Args:
        moments: Of all subjects.
        question: Which figure.
        first: First day.
        last: Last day.

    Raises:
        QuestionError: The figure has no history, or a rate was asked for, but several sets of criteria are in use on
            a day.
    """
    if not question.row.history:
        raise QuestionError(f"figure {question.measure!r} has no history{suggestion(question.measure, WITH_HISTORY)}")
    return WITH_DAYS[question.row.statistic].answers(moments, question, first, last)
