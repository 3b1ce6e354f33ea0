"""Survival at a time: S(t) of the Kaplan-Meier curve, even if the trial's definition has another estimator.

Only a release that says that its figure is to date is compared with the plain share, `known_survivors`: of
all subjects, those who are known to have survived the time. A subject who was not followed that long counts there
as not surviving, so the share is too small while subjects are still followed.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import floor

from trialog.projections.curves import survival_at
from trialog.projections.estimators.curve import Landmark, curve
from trialog.projections.estimators.history import LandmarkReader
from trialog.projections.measures.question import Answers, MeasureAnswer, MeasureQuestion
from trialog.projections.measures.timed import assessed_among, followed, in_days, no_times, times_of
from trialog.projections.state.as_of import State
from trialog.projections.state.change_points import ChangePoints
from trialog.projections.times import Times


def mark_of(state: State, question: MeasureQuestion) -> tuple[Landmark, Times]:
    """Return survival at the landmark of a question, and the times that it was taken from."""
    assert question.at is not None  # noqa: S101  # a question about such a measure has a landmark
    # A landmark is a number of days, so times are counted in days for every kind of month.
    of = times_of(state, in_days(question))
    return curve(of.length, of.ended).at(question.at, of.definition), of


def known_survivors(state: State, question: MeasureQuestion) -> MeasureAnswer:
    """Return the share of all subjects who are known to have survived the landmark, to date."""
    assert question.at is not None  # noqa: S101  # a question about such a measure has a landmark
    of = times_of(state, in_days(question), in_days(question).definition)
    if not of.n:
        return no_times(state, question, question.definition)
    count = _survivors(of, question.at)
    return MeasureAnswer(
        count / of.n,
        None,
        None,
        of.n,
        of.events,
        count=count,
        assessed=assessed_among(state, question),
        definition=question.definition,
    )


def _survivors(of: Times, at: float) -> int:
    """Return how many have survived the last day before a landmark; a subject who died on that day has not."""
    day = floor(at)
    return int(((of.length > day) | ((of.length == day) & ~of.ended)).sum())


class SurvivalAtTime:
    """The share of subjects who survive a time; as a number, how many are known to have survived it."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return survival at the landmark, of a state."""
        mark, of = mark_of(state, question)
        if not of.n:
            return no_times(state, question, question.followed)
        return MeasureAnswer(
            mark.survival,
            mark.lower,
            mark.upper,
            of.n,
            of.events,
            count=_survivors(of, mark.day),
            assessed=assessed_among(state, question),
            definition=question.followed,
            exactly=lambda: survival_at(curve(of.length, of.ended), mark.day),
        )

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        """Return survival at the landmark, of each day."""
        asked = in_days(question)
        return followed(moments, asked, LandmarkReader(question.at or 0.0, asked.followed), first, last)
