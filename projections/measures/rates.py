"""Shares of subjects by their best response, and how many subjects have one category as best response.

Subjects who were not assessed count as subjects who did not respond. If no subject was assessed, the share is 0 of n,
the answer says that none was assessed, and no limits are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from trialog.events.errors import QuestionError
from trialog.events.vocabulary import CATEGORIES, CRITERIA, Criteria, suggestion
from trialog.projections.measures.day_by_day import sums
from trialog.projections.measures.question import Answers, Counts, Flags, Floats, MeasureAnswer, MeasureQuestion
from trialog.projections.response import (
    Rate,
    Responses,
    assessed,
    assessed_by,
    best_of,
    criteria_in_use,
    responding,
    responses,
)
from trialog.projections.state.as_of import State
from trialog.projections.state.change_points import ChangePoints
from trialog.projections.times import members, origins
from trialog.projections.visits import found_outside

NOBODY = "nobody is in the population by the cutoff"


def responses_by_criteria(state: State, question: MeasureQuestion) -> tuple[Responses, ...]:
    """Return the best responses of the subjects that a question counts, by each set of criteria in use among them."""
    who = members(state, question.definition.population, question.cohorts)
    origin = origins(state, question.definition)
    return tuple(
        responses(
            state,
            who,
            criteria,
            question.evaluator,
            confirmation=question.confirmation,
            rule=question.rule,
            origin=origin,
            found=found_outside(state, question.definition, question.evaluator, origin),
            level=question.definition.level,
        )
        for criteria in criteria_in_use(state, question.evaluator, who)
    )


class ResponseRate:
    """The share of subjects whose best response is good enough for a rate."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the rate of a state."""
        found = responses_by_criteria(state, question)
        _check_one(tuple(each.criteria for each in found))
        if not found:
            n = int(members(state, question.definition.population, question.cohorts).sum())
            why = "" if n else NOBODY
            return MeasureAnswer(0.0 if n else None, None, None, n, 0, count=0, assessed=0, why=why)
        rate = found[0].every_rate[question.row.detail]
        return MeasureAnswer(
            rate.share,
            *rate.limits,
            rate.n,
            rate.responders,
            count=rate.responders,
            assessed=rate.n - found[0].not_assessed,
        )

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        """Return the rate of each day."""

        def counts(state: State, criteria: Criteria) -> Flags:
            return responding(_best(state, question, criteria), question.row.detail, criteria)

        n, seen, in_use, events = _each_day(moments, question, counts, first, last)
        for column in np.unique(in_use, axis=1).T:
            _check_one(tuple(criteria for criteria, used in zip(CRITERIA, column, strict=True) if used))
        share = np.divide(events, n, out=np.full(n.size, np.nan), where=n > 0)
        lower, upper = _limits(events, n, in_use.sum(axis=0) > 0, question)
        return Answers(share, lower, upper, n, events, seen)


class BestResponse:
    """The number of subjects whose best response is a category; their percentage has no limits."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the number of a state."""
        found = responses_by_criteria(state, question)
        _check_category([each.criteria for each in found], question.category)
        n = found[0].n if found else int(members(state, question.definition.population, question.cohorts).sum())
        count = sum(each.categories[question.category or ""] for each in found)
        who = members(state, question.definition.population, question.cohorts) & assessed(state, question.evaluator)
        return MeasureAnswer(float(count), None, None, n, count, count=count, assessed=int(who.sum()))

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        """Return the number of each day."""

        def counts(state: State, criteria: Criteria) -> Flags:
            known = CATEGORIES[criteria]
            place = known.index(question.category) if question.category in known else len(known)
            found: Flags = _best(state, question, criteria) == place
            return found

        n, seen, in_use, events = _each_day(moments, question, counts, first, last)
        ever = [criteria for criteria, days in zip(CRITERIA, in_use, strict=True) if days.any()]
        _check_category(ever, question.category)
        none = np.full(n.size, np.nan)
        return Answers(events.astype(np.float64), none, none, n, events, seen)


def _best(state: State, question: MeasureQuestion, criteria: Criteria) -> Counts:
    """Return each subject's best response by some criteria, as its place in their list of categories."""
    origin = origins(state, question.definition)
    found = found_outside(state, question.definition, question.evaluator, origin)
    return best_of(state, criteria, question.evaluator, question.confirmation, question.rule, origin, found).category


def _each_day(
    moments: Iterable[ChangePoints],
    question: MeasureQuestion,
    counts: Callable[[State, Criteria], Flags],
    first: int,
    last: int,
) -> tuple[Counts, Counts, Flags, Counts]:
    """Return for each day the subjects, the assessed subjects, the criteria in use, and the rate's count."""

    def adds(state: State) -> Iterator[Flags]:
        who = members(state, question.definition.population, question.cohorts)
        yield who
        yield who & assessed(state, question.evaluator)
        for criteria in CRITERIA:
            seen = who & assessed_by(state, criteria, question.evaluator)
            yield seen
            yield who & counts(state, criteria) if seen.any() else seen

    n, seen, *by_criteria = sums(moments, adds, 2 + 2 * len(CRITERIA), first, last)
    in_use, counted = np.array(by_criteria[::2]) > 0, np.array(by_criteria[1::2])
    return n, seen, in_use, np.where(in_use, counted, 0).sum(axis=0)


def _limits(events: Counts, n: Counts, told: Flags, question: MeasureQuestion) -> tuple[Floats, Floats]:
    """Return exact limits for each day with assessed subjects; the limits of each pair of numbers are computed once."""
    lower, upper = np.full((2, n.size), np.nan)
    counted = (n > 0) & told
    pairs, which = np.unique(np.stack((events[counted], n[counted])), axis=1, return_inverse=True)
    limits = [Rate(question.row.detail, "", k, of, question.definition.level).limits for k, of in pairs.T.tolist()]
    lower[counted], upper[counted] = np.array(limits).reshape(-1, 2).T[:, which.ravel()]
    return lower, upper


def _check_one(in_use: tuple[Criteria, ...]) -> None:
    if len(in_use) > 1:
        raise QuestionError(f"a rate needs assessments by one set of criteria; the log has {' and '.join(in_use)}")


def _check_category(in_use: Sequence[Criteria], category: str | None) -> None:
    for criteria in in_use:
        if category not in CATEGORIES[criteria]:
            known = CATEGORIES[criteria]
            raise QuestionError(f"category {category!r} is not one of {criteria}{suggestion(str(category), known)}")
