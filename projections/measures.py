"""One figure by its name, of one state or of every day of a history.

A measure says what each subject adds to the figure, and how the figure is made of that. The figure of
one state takes the subjects of the state; its history takes them at each of their moments, and carries
what they add on from day to day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from trialog.events.arrays import NO_DAY
from trialog.events.definition import KAPLAN_MEIER, Definition
from trialog.events.errors import QuestionError
from trialog.events.measures import MEASURES, WITH_HISTORY, Endpoint
from trialog.events.vocabulary import CRITERIA, Confirmation, Criteria, Evaluator, suggestion
from trialog.projections.cohort_figures import Figure, by_estimator, median, median_follow_up
from trialog.projections.confirmation import PLAIN_RULE, ResponseRule
from trialog.projections.estimators.curve import curve
from trialog.projections.estimators.history import (
    FollowUpReader,
    HistoryGroup,
    LandmarkReader,
    Reader,
    Spells,
    each_day,
    median_reader,
)
from trialog.projections.response import Rate, assessed_by, best_of, criteria_in_use, responding
from trialog.projections.state.as_of import State
from trialog.projections.state.change_points import ChangePoints
from trialog.projections.times import (
    Times,
    as_calendar,
    ends_in_words,
    lengths,
    members,
    origins,
    times,
)

Kind = Literal["time", "share", "count"]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MeasureQuestion:
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
        if self.measure not in WITH_HISTORY:
            raise QuestionError(f"figure {self.measure!r} is not known{suggestion(self.measure, WITH_HISTORY)}")
        needs = MEASURES[self.measure].landmark
        if needs and self.at is None:
            raise QuestionError(f"figure {self.measure!r} is survival at a time; name it with --at, for example 12m")
        if self.at is not None and not needs:
            raise QuestionError(f"figure {self.measure!r} has no landmark; --at goes with os-rate and pfs-rate")

    @property
    def followed(self) -> Definition:
        """The definition that its figure follows: follow-up and rates of survival are Kaplan-Meier estimates."""
        by_curve = MEASURES[self.measure].by_curve
        return by_estimator(self.definition, KAPLAN_MEIER) if by_curve else self.definition

    @property
    def ends(self) -> tuple[str, str]:
        """From which day its times run, and where an open one ends, in words."""
        return ends_in_words(self.followed, MEASURES[self.measure].endpoint or "overall survival", self.confirmation)

    def words(self) -> str:
        """Return everything that its figure follows, as one phrase; the cutoff and the log are not in it."""
        if self.kind == "count":
            return "subjects of the cohort"
        endpoint = MEASURES[self.measure].endpoint
        if endpoint is not None:
            followed = self.followed
            reverse = "reverse Kaplan-Meier (flip), " if self.measure == "median-follow-up" else ""
            at = "" if self.at is None else f" at day {self.at:g}"
            limits = f", {followed.limits_words()} limits" if followed.limits_words() else ""
            return f"{endpoint}{at}, {reverse}{followed.words(*self.ends)}{limits}"
        return (
            f"share of {self.definition.population} subjects, best response {self.confirmation} by the "
            f"{self.evaluator}, {100 * self.definition.level:.10g} % exact limits (Clopper-Pearson)"
        )

    @property
    def kind(self) -> Kind:
        """Whether it is a time, a share or a count."""
        return IMPLEMENTATIONS[self.measure].kind


@dataclass(frozen=True)
class MeasureAnswer:
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


@dataclass(frozen=True, eq=False)
class Answers:
    """A figure on each day of a history, shape (days,).

    Attributes:
        value, lower, upper: As in `MeasureAnswer`; NaN for None.
        n, events: As in `MeasureAnswer`.
    """

    value: Floats
    lower: Floats
    upper: Floats
    n: Counts
    events: Counts


def answer(state: State, question: MeasureQuestion) -> MeasureAnswer:
    """Return a figure.

    Raises:
        QuestionError: A rate was asked for, but several sets of criteria are in use.
    """
    return IMPLEMENTATIONS[question.measure].answer(state, question)


def answers(moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
    """Return a figure on each day of a history, in one pass.

    Args:
        moments: Of all subjects.
        question: Which figure.
        first: First day.
        last: Last day.

    Raises:
        QuestionError: A rate was asked for, but several sets of criteria are in use on a day.
    """
    return IMPLEMENTATIONS[question.measure].answers(moments, question, first, last)


class Implementation(Protocol):
    """How a figure is made of what each subject adds to it."""

    @property
    def kind(self) -> Kind:
        """Whether the figure is a time, a share or a count."""
        ...

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the figure of a state."""
        ...

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        """Return the figure of each day."""
        ...


@dataclass(frozen=True)
class _Median:
    """The median time of an endpoint."""

    endpoint: Endpoint
    kind: Kind = "time"

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        return _of_figure(median(self._times(state, question, question.definition), state))

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        definition = question.definition
        groups = _groups(moments, definition, lambda state: self._times(state, question, _in_days(definition)))
        return _read(groups, median_reader(definition), first, last, definition)

    def _times(self, state: State, question: MeasureQuestion, definition: Definition) -> Times:
        return times(
            state,
            definition,
            question.cohorts,
            self.endpoint,
            evaluator=question.evaluator,
            confirmation=question.confirmation,
            rule=question.rule,
        )


@dataclass(frozen=True)
class _FollowUp:
    """The reverse Kaplan-Meier median of overall survival."""

    kind: Kind = "time"

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        return _of_figure(median_follow_up(times(state, question.followed, question.cohorts), state))

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        definition = question.followed
        groups = _groups(moments, definition, lambda state: times(state, _in_days(definition), question.cohorts))
        found = _read(groups, FollowUpReader(definition), first, last, definition, reverse=True)
        return replace(found, events=found.n - found.events)


@dataclass(frozen=True)
class _Survival:
    """Survival at a landmark."""

    endpoint: Endpoint
    kind: Kind = "share"

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        of = self._times(state, question)
        if not of.n or question.at is None:
            return MeasureAnswer(None, None, None, 0, 0)
        mark = curve(of.length, of.ended).at(question.at, of.definition)
        return MeasureAnswer(mark.survival, mark.lower, mark.upper, of.n, of.events)

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        definition = _in_days(question.followed)
        groups = _groups(moments, definition, lambda state: self._times(state, question))
        return _read(groups, LandmarkReader(question.at or 0.0, definition), first, last, definition)

    def _times(self, state: State, question: MeasureQuestion) -> Times:
        # A landmark is a number of days, so times are counted in days whatever the month.
        definition = _in_days(question.followed)
        return times(state, definition, question.cohorts, self.endpoint, evaluator=question.evaluator)


def _in_days(definition: Definition) -> Definition:
    return replace(definition, month="30.4375")


def _of_figure(found: Figure) -> MeasureAnswer:
    return MeasureAnswer(found.value, found.lower, found.upper, found.n, found.events)


def _groups(
    moments: Iterable[ChangePoints], definition: Definition, taken: Callable[[State], Times]
) -> Iterator[HistoryGroup]:
    """Yield the times that hold from moment to moment."""
    for some in moments:
        of = taken(some.state)
        since, until, shift = (each[of.subject] for each in (some.since, some.until, some.shift))
        start, end = of.origin + shift, of.end + shift
        length = lengths(start, end, definition)
        counted = end - length  # the day before the origin, if both days count
        running = of.running & some.moving
        censored = ~(running | of.ended)
        yield HistoryGroup(
            running=Spells(since[running], until[running], counted[running], start[running]),
            ended=Spells(since[of.ended], until[of.ended], length[of.ended], start[of.ended]),
            censored=Spells(since[censored], until[censored], length[censored], start[censored]),
        )


def _read(
    groups: Iterable[HistoryGroup],
    reader: Reader,
    first: int,
    last: int,
    definition: Definition,
    *,
    reverse: bool = False,
) -> Answers:
    """Return what a reader of times finds on each day; times of calendar months in thousandths of them."""
    group = HistoryGroup.joined(groups)
    n, ended, (found,) = each_day(group, (reader,), first, last)
    if definition.month == "calendar":
        found = _calendar_each_day(group, found, first, definition, reverse=reverse)
    value, lower, upper = found
    return Answers(value, lower, upper, n, ended)


def _calendar_each_day(
    group: HistoryGroup, found: Floats, first: int, definition: Definition, *, reverse: bool
) -> Floats:
    """Return times in days as thousandths of calendar months, shape (figures, days)."""
    parts = (group.running, group.ended, group.censored)
    since, until, place, start = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("since", "until", "place", "start")
    )
    runs, ended, _ = (np.repeat(which, [part.since.size for part in parts]) for which in np.eye(3, dtype=bool))
    ends = np.ones_like(ended) if definition.estimator == "to-date" else ended != reverse
    months = found.copy()
    for column in np.flatnonzero(~np.isnan(found).all(axis=0)).tolist():
        day = first + column
        here = (since <= day) & (day < until)
        length = np.where(runs[here], day - place[here], place[here])
        for row in np.flatnonzero(~np.isnan(found[:, column])).tolist():
            months[row, column] = as_calendar(float(found[row, column]), start[here], length, ends[here])
    return months


@dataclass(frozen=True)
class _Rate:
    """The share of subjects who responded."""

    name: str
    kind: Kind = "share"

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        definition = question.definition
        who = members(state, definition.population, question.cohorts)
        in_use = criteria_in_use(state, question.evaluator)
        _check_criteria(in_use)
        if not in_use:
            # Nobody was assessed yet, so nobody responded.
            n = int(who.sum())
            return MeasureAnswer(0.0 if n else None, None, None, n, 0)
        responders = who & self._responding(state, question, in_use[0])
        rate = Rate(self.name, "", int(responders.sum()), int(who.sum()), definition.level)
        lower, upper = rate.limits if rate.n else (None, None)
        return MeasureAnswer(rate.share, lower, upper, rate.n, rate.responders)

    def _responding(self, state: State, question: MeasureQuestion, criteria: Criteria) -> Flags:
        best = best_of(
            state,
            criteria,
            question.evaluator,
            question.confirmation,
            question.rule,
            origins(state, question.definition),
        )
        return responding(best.category, self.name, criteria)

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        def adds(state: State) -> Iterator[Flags]:
            who = members(state, question.definition.population, question.cohorts)
            yield who
            for criteria in CRITERIA:
                assessed = assessed_by(state, criteria, question.evaluator)
                yield assessed
                yield who & self._responding(state, question, criteria) if assessed.any() else assessed

        n, *by_criteria = _sums(moments, adds, 1 + 2 * len(CRITERIA), first, last)
        in_use, responders = np.array(by_criteria[::2]) > 0, np.array(by_criteria[1::2])
        for day in np.flatnonzero(in_use.sum(axis=0) > 1)[:1]:
            _check_criteria(tuple(criteria for criteria, used in zip(CRITERIA, in_use[:, day], strict=True) if used))
        events = np.where(in_use, responders, 0).sum(axis=0)
        share = np.divide(events, n, out=np.full(n.size, np.nan), where=n > 0)
        lower, upper = np.full((2, n.size), np.nan)
        counted = (n > 0) & in_use.any(axis=0)
        pairs, which = np.unique(np.stack((events[counted], n[counted])), axis=1, return_inverse=True)
        level = question.definition.level
        limits = [Rate(self.name, "", k, of, level).limits for k, of in pairs.T.tolist()]
        lower[counted], upper[counted] = np.array(limits).reshape(-1, 2).T[:, which.ravel()]
        return Answers(share, lower, upper, n, events)


def _check_criteria(in_use: tuple[Criteria, ...]) -> None:
    if len(in_use) > 1:
        raise QuestionError(f"a rate needs assessments by one set of criteria; the log has {' and '.join(in_use)}")


@dataclass(frozen=True)
class _Count:
    """How many subjects of the cohorts belong to some."""

    who: Callable[[State, tuple[str, ...] | None], Flags]
    kind: Kind = "count"

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        count = int(self.who(state, question.cohorts).sum())
        return MeasureAnswer(float(count), None, None, int(state.in_cohorts(question.cohorts).sum()), count)

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        def adds(state: State) -> Iterator[Flags]:
            yield self.who(state, question.cohorts)
            yield state.in_cohorts(question.cohorts)

        count, n = _sums(moments, adds, 2, first, last)
        none = np.full(count.size, np.nan)
        return Answers(count.astype(np.float64), none, none, n, count)


def _sums(
    moments: Iterable[ChangePoints], adds: Callable[[State], Iterable[Flags]], number: int, first: int, last: int
) -> Counts:
    """Return how many subjects add to each of some sums on each day, shape (sums, days)."""
    days = last - first + 1
    changes = np.zeros((number, days + 1), np.int64)
    for some in moments:
        for place, flags in enumerate(adds(some.state)):
            for turn, sign in ((some.since, 1), (some.until, -1)):
                changes[place] += sign * np.bincount(turn[flags] - first, minlength=days + 1)
    sums: Counts = changes.cumsum(axis=1)[:, :days]
    return sums


def _members(population: str) -> _Count:
    return _Count(lambda state, cohorts: members(state, population, cohorts))


IMPLEMENTATIONS: Final[Mapping[str, Implementation]] = {
    "median-os": _Median("overall survival"),
    "median-pfs": _Median("progression-free survival"),
    "median-ttp": _Median("time to progression"),
    "median-dor": _Median("duration of response"),
    "median-follow-up": _FollowUp(),
    "os-rate": _Survival("overall survival"),
    "pfs-rate": _Survival("progression-free survival"),
    "orr": _Rate("ORR"),
    "cbr": _Rate("CBR"),
    "dcr": _Rate("DCR"),
    "count-enrolled": _members("enrolled"),
    "count-dosed": _members("dosed"),
    "count-evaluable": _members("evaluable"),
    "count-alive": _Count(lambda state, cohorts: state.in_cohorts(cohorts) & (state.died == NO_DAY)),
    "count-dead": _Count(lambda state, cohorts: state.in_cohorts(cohorts) & (state.died != NO_DAY)),
}
