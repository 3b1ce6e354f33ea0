"""One figure by its name: the measures whose history can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from trialog.events.definition import KAPLAN_MEIER, Definition
from trialog.events.errors import QuestionError
from trialog.events.vocabulary import Evaluator, suggestion
from trialog.projections.asof import State
from trialog.projections.columns import NO_DAY
from trialog.projections.confirmation import PLAIN_RULE, Confirmation, ResponseRule
from trialog.projections.estimators.curve import curve
from trialog.projections.figures import by_estimator, median, median_follow_up
from trialog.projections.response import criteria_in_use, responses
from trialog.projections.times import Endpoint, ends_in_words, members, origins, times

Kind = Literal["time", "share", "count"]


@dataclass(frozen=True)
class Question:
    """Which figure, of whom, under which definition.

    Attributes:
        measure: Its name, as announcements use it.
        cohorts: Labels, pooled; None for all.
        definition: Estimator, origin, population, censoring, month, ties, limits.
        at: Day of a landmark; only rates of survival have one.
        evaluator: Whose assessments count.
        confirmation: Whether responses must be confirmed.
        rule: What that means.
    """

    measure: str = "median-os"
    cohorts: tuple[str, ...] | None = None
    definition: Definition = KAPLAN_MEIER
    at: float | None = None
    evaluator: Evaluator = "investigator"
    confirmation: Confirmation = "as assessed"
    rule: ResponseRule = PLAIN_RULE

    def __post_init__(self) -> None:
        """Refuse a measure that nobody computes, and a landmark too many or too few."""
        if self.measure not in MEASURES:
            raise QuestionError(f"figure {self.measure!r} is not known{suggestion(self.measure, tuple(MEASURES))}")
        needs = self.measure in ("os-rate", "pfs-rate")
        if needs and self.at is None:
            raise QuestionError(f"figure {self.measure!r} is survival at a time; name it with --at, for example 12m")
        if self.at is not None and not needs:
            raise QuestionError(f"figure {self.measure!r} has no landmark; --at goes with os-rate and pfs-rate")

    @property
    def followed(self) -> Definition:
        """The definition that its figure follows: follow-up and rates of survival are Kaplan-Meier estimates."""
        by_curve = self.measure in ("median-follow-up", "os-rate", "pfs-rate")
        return by_estimator(self.definition, KAPLAN_MEIER) if by_curve else self.definition

    @property
    def ends(self) -> tuple[str, str]:
        """From which day its times run, and where an open one ends, in words."""
        return ends_in_words(self.followed, _ENDPOINTS.get(self.measure, "overall survival"), self.confirmation)

    def words(self) -> str:
        """Return everything that its figure follows, as one phrase; the cutoff and the log are not in it."""
        if self.kind == "count":
            return "subjects of the cohort"
        if self.measure in _ENDPOINTS:
            followed = self.followed
            reverse = "reverse Kaplan-Meier (flip), " if self.measure == "median-follow-up" else ""
            at = "" if self.at is None else f" at day {self.at:g}"
            limits = f", {followed.limits_words()} limits" if followed.limits_words() else ""
            return f"{_ENDPOINTS[self.measure]}{at}, {reverse}{followed.words(*self.ends)}{limits}"
        return (
            f"share of {self.definition.population} subjects, best response {self.confirmation} by the "
            f"{self.evaluator}, {100 * self.definition.level:.10g} % exact limits (Clopper-Pearson)"
        )

    @property
    def kind(self) -> Kind:
        """Whether it is a time, a share or a count."""
        return MEASURES[self.measure][0]


@dataclass(frozen=True)
class Answer:
    """A figure at one cutoff, as known on one day.

    Attributes:
        value: Days (thousandths of a month where the definition counts calendar months), a share between
            0 and 1, or a count; None where it is not reached or nobody counts.
        lower, upper: Limits; None where not reached or where there are none.
        n, events: Subjects, and how many of them died, progressed or responded.
    """

    value: float | None
    lower: float | None
    upper: float | None
    n: int
    events: int


def answer(state: State, question: Question) -> Answer:
    """Return a figure.

    Raises:
        QuestionError: A rate was asked for, but several sets of criteria are in use.
    """
    return MEASURES[question.measure][1](state, question)


Rule = Callable[[State, Question], Answer]


def _median_of(endpoint: Endpoint) -> Rule:
    def rule(state: State, question: Question) -> Answer:
        of = times(
            state,
            question.definition,
            question.cohorts,
            endpoint,
            evaluator=question.evaluator,
            confirmation=question.confirmation,
            rule=question.rule,
        )
        found = median(of, state)
        return Answer(found.value, found.lower, found.upper, found.n, found.events)

    return rule


def _follow_up(state: State, question: Question) -> Answer:
    found = median_follow_up(times(state, question.followed, question.cohorts), state)
    return Answer(found.value, found.lower, found.upper, found.n, found.events)


def _survival_of(endpoint: Endpoint) -> Rule:
    def rule(state: State, question: Question) -> Answer:
        # A landmark is a number of days, so times are counted in days whatever the month.
        definition = replace(question.followed, month="30.4375")
        of = times(state, definition, question.cohorts, endpoint, evaluator=question.evaluator)
        if not of.n or question.at is None:
            return Answer(None, None, None, 0, 0)
        mark = curve(of.length, of.ended).at(question.at, definition)
        return Answer(mark.survival, mark.lower, mark.upper, of.n, of.events)

    return rule


def _rate(name: str) -> Rule:
    def rule(state: State, question: Question) -> Answer:
        definition = question.definition
        who = members(state, definition.population, question.cohorts)
        in_use = criteria_in_use(state, question.evaluator)
        if len(in_use) > 1:
            raise QuestionError(f"a rate needs assessments by one set of criteria; the log has {' and '.join(in_use)}")
        if not in_use:
            # Nobody was assessed yet, so nobody responded.
            n = int(who.sum())
            return Answer(0.0 if n else None, None, None, n, 0)
        found = responses(
            state,
            who,
            in_use[0],
            question.evaluator,
            confirmation=question.confirmation,
            rule=question.rule,
            origin=origins(state, definition),
            level=definition.level,
        )
        rate = next(rate for rate in found.rates if rate.name == name)
        lower, upper = rate.limits if rate.n else (None, None)
        return Answer(rate.share, lower, upper, rate.n, rate.responders)

    return rule


def _count_of(population: str) -> Rule:
    def rule(state: State, question: Question) -> Answer:
        return _count(members(state, population, question.cohorts), state, question)

    return rule


def _alive(state: State, question: Question) -> Answer:
    return _count(state.in_cohorts(question.cohorts) & (state.died == NO_DAY), state, question)


def _dead(state: State, question: Question) -> Answer:
    return _count(state.in_cohorts(question.cohorts) & (state.died != NO_DAY), state, question)


def _count(who: np.ndarray[tuple[int], np.dtype[np.bool_]], state: State, question: Question) -> Answer:
    count = int(who.sum())
    return Answer(float(count), None, None, int(state.in_cohorts(question.cohorts).sum()), count)


_ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    "median-os": "overall survival",
    "median-pfs": "progression-free survival",
    "median-ttp": "time to progression",
    "median-dor": "duration of response",
    "median-follow-up": "overall survival",
    "os-rate": "overall survival",
    "pfs-rate": "progression-free survival",
}
"""The endpoint whose times a measure of time takes."""

MEASURES: Final[Mapping[str, tuple[Kind, Rule]]] = {
    "median-os": ("time", _median_of("overall survival")),
    "median-pfs": ("time", _median_of("progression-free survival")),
    "median-ttp": ("time", _median_of("time to progression")),
    "median-dor": ("time", _median_of("duration of response")),
    "median-follow-up": ("time", _follow_up),
    "os-rate": ("share", _survival_of("overall survival")),
    "pfs-rate": ("share", _survival_of("progression-free survival")),
    "orr": ("share", _rate("ORR")),
    "cbr": ("share", _rate("CBR")),
    "dcr": ("share", _rate("DCR")),
    "count-enrolled": ("count", _count_of("enrolled")),
    "count-dosed": ("count", _count_of("dosed")),
    "count-evaluable": ("count", _count_of("evaluable")),
    "count-alive": ("count", _alive),
    "count-dead": ("count", _dead),
}
