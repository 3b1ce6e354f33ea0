"""Medians of an endpoint, their limits, and the median follow-up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from trialog.projections.curves import ends_flat_at_half
from trialog.projections.estimators.crossing import QuantileRule
from trialog.projections.estimators.curve import curve
from trialog.projections.estimators.history import FollowUpReader, median_reader
from trialog.projections.estimators.to_date import to_date_median
from trialog.projections.measures.day_by_day import groups_of, read
from trialog.projections.measures.figure import Figure, figure_of
from trialog.projections.measures.question import Answers, MeasureAnswer, MeasureQuestion
from trialog.projections.measures.timed import followed, from_figure, in_days, times_of
from trialog.projections.state.as_of import State
from trialog.projections.state.change_points import ChangePoints
from trialog.projections.times import Times

NO_LIMITS = "a to-date median has no confidence limits"


def median(of: Times, state: State) -> Figure:
    """Return the median of a group's times, by the estimator of their definition."""
    definition = of.definition
    lower = upper = None
    if definition.estimator == "to-date":
        value = to_date_median(of.length)
    else:
        value, lower, upper = curve(of.length, of.ended).quantile(QuantileRule.of(definition))
    value, lower, upper = (of.in_its_unit(each) for each in (value, lower, upper))
    # For a duration of response, the words for its beginning say whether the response is confirmed.
    confirmed = of.confirmation == "confirmed" and of.endpoint in ("progression-free survival", "time to progression")
    name = f"{definition.estimator} median {of.endpoint}{', confirmed' if confirmed else ''}"
    return figure_of(name, of, state, value, lower, upper)


def median_follow_up(of: Times, state: State) -> Figure:
    """Return the reverse Kaplan-Meier median: how long subjects have been followed."""
    definition = of.definition
    value, lower, upper = curve(of.length, ~of.ended).quantile(QuantileRule.of(definition))
    value, lower, upper = (of.in_its_unit(each, reverse=True) for each in (value, lower, upper))
    found = figure_of("median follow-up, reverse Kaplan-Meier (flip)", of, state, value, lower, upper)
    return replace(found, events=of.n - of.events)


def median_of(state: State, question: MeasureQuestion) -> Figure:
    """Return the median that a question is about, with its definition, counts and days."""
    return median(times_of(state, question), state)


def follow_up_of(state: State, question: MeasureQuestion) -> Figure:
    """Return the median follow-up that a question is about, with its definition, counts and days."""
    return median_follow_up(times_of(state, question), state)


class Median:
    """The median time of an endpoint."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the median of a state."""
        return from_figure(median_of(state, question), state, question)

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        """Return the median of each day."""
        return followed(moments, question, median_reader(question.definition), first, last)


class Limit:
    """A confidence limit of a median, which sponsors announce as a separate figure."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the limit of a state."""
        found = Median().answer(state, question)
        why = NO_LIMITS if question.definition.estimator == "to-date" else found.why
        return replace(found, value=found.lower if question.row.detail == "lower" else found.upper, why=why)

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        """Return the limit of each day."""
        found = Median().answers(moments, question, first, last)
        return replace(found, value=found.lower if question.row.detail == "lower" else found.upper)


class FollowUp:
    """The reverse Kaplan-Meier median of overall survival."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the median follow-up of a state."""
        return from_figure(follow_up_of(state, question), state, question)

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        """Return the median follow-up of each day."""
        definition = question.followed
        groups = groups_of(moments, question, lambda state: times_of(state, in_days(question)))
        found = read(groups, FollowUpReader(definition), first, last, definition, reverse=True)
        return replace(found, events=found.n - found.events)


def not_reached(state: State, question: MeasureQuestion) -> tuple[float | None, bool]:
    """Return the least possible median once every subject is followed to the end, and whether its curve ends flat.

    The least possible median is the plain median of the times so far. A curve that ends at exactly one half has a
    median in R and none in SAS.
    """
    of = times_of(state, question)
    everyone = replace(of, definition=replace(of.definition, estimator="to-date"))
    return everyone.in_its_unit(to_date_median(of.length)), ends_flat_at_half(curve(of.length, of.ended))
