"""Rebuilding an announced figure: the number that the subjects give under one definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from trialog.domain.trial import Trial
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.arrays import NO_DAY
from trialog.events.definition import Definition
from trialog.events.errors import QuestionError
from trialog.events.measures import MEASURES, Endpoint
from trialog.projections.cohort_figures import Figure, mean, median, median_follow_up
from trialog.projections.curves import ends_flat_at_half, survival_at
from trialog.projections.estimators.curve import curve
from trialog.projections.estimators.to_date import to_date_median
from trialog.projections.months import DAYS_PER_WEEK, DAYS_PER_YEAR, days_per_month, in_unit
from trialog.projections.response import criteria_in_use, responses
from trialog.projections.state.as_of import State
from trialog.projections.times import Times, members, times

Flags = NDArray[np.bool_]
Lengths = NDArray[np.int64]


class NotComputableError(QuestionError):
    """An announced figure that the log cannot give; the text says why."""


@dataclass(frozen=True)
class RecomputedFigure:
    """A rebuilt number.

    Attributes:
        value: In the announced unit, exact; None where the figure is not reached.
        n: Subjects behind it.
        events: Deaths (progressions, responders) among them; None where that means nothing.
        definition: Under which it was computed; None for figures that need none.
        low: The lower end, where the figure is a range and ``value`` its upper end.
        at_least: For a Kaplan-Meier median: the least that it will be when everybody has been followed to
            the end, which is the plain median of the times so far.
        flat_end: Whether the curve ends at exactly one half, so that R prints a median and SAS does not.
    """

    value: Decimal | None
    n: int
    events: int | None
    definition: Definition | None
    low: Decimal | None = None
    at_least: Decimal | None = None
    flat_end: bool = False


@dataclass(frozen=True)
class RecomputeInput:
    """What an announced figure is rebuilt from."""

    state: State
    trial: Trial
    cohorts: tuple[str, ...]
    definition: Definition


def rebuild(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
    """Return the number that the subjects give for an announced figure.

    Raises:
        NotComputableError: The log does not hold what the figure counts.
    """
    rule = _RULES.get(announced.measure)
    if rule is None:
        raise NotComputableError(f"no rule computes {announced.measure!r}")
    if announced.evaluator == "independent" or announced.confirmation == "confirmed":
        raise NotComputableError("figures by independent review, or of confirmed responses, are not recomputed yet")
    return rule(announced, setting)


def needs_definition(announced: AnnouncedFigure) -> bool:
    """Tell whether the figure depends on estimator, origin and censoring."""
    return MEASURES[announced.measure].endpoint is not None


def _median_of(endpoint: Endpoint) -> Callable[[AnnouncedFigure, RecomputeInput], RecomputedFigure]:
    def rule(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
        of = times(setting.state, setting.definition, setting.cohorts, endpoint)
        rebuilt = _time(announced, median(of, setting.state))
        if not announced.says_not_reached or setting.definition.estimator == "to-date":
            return rebuilt
        so_far = to_date_median(of.length)
        assert so_far is not None  # noqa: S101  # somebody has a time, or there were no median
        return replace(
            rebuilt,
            at_least=_in_unit(_scaled(so_far, of), announced, of),
            flat_end=ends_flat_at_half(curve(of.length, of.ended)),
        )

    return rule


def _limit_of(
    endpoint: Endpoint, side: Literal["lower", "upper"]
) -> Callable[[AnnouncedFigure, RecomputeInput], RecomputedFigure]:
    def rule(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
        definition = setting.definition
        if definition.estimator == "to-date":
            raise NotComputableError("a to-date median has no confidence limits")
        if announced.level is not None:
            definition = replace(definition, level=float(Decimal(announced.level) / 100))
        figure = median(times(setting.state, definition, setting.cohorts, endpoint), setting.state)
        return _time(announced, replace(figure, value=figure.lower if side == "lower" else figure.upper))

    return rule


def _landmark_of(endpoint: Endpoint) -> Callable[[AnnouncedFigure, RecomputeInput], RecomputedFigure]:
    def rule(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
        of = times(setting.state, setting.definition, setting.cohorts, endpoint)
        if not of.n:
            raise NotComputableError("nobody has a time by the cutoff")
        landmark = _landmark(announced, setting.definition)
        if setting.definition.estimator == "to-date":
            # Living to a landmark is living through its day: a death on it is none.
            living = int(((of.length > landmark) | ((of.length == landmark) & ~of.ended)).sum())
            return replace(_share_or_count(announced, living, of.n), definition=of.definition)
        if announced.unit != "percent":
            raise NotComputableError("a Kaplan-Meier rate is a percentage, not a number of subjects")
        percent = 100 * survival_at(curve(of.length, of.ended), landmark)
        return RecomputedFigure(Decimal(percent.numerator) / percent.denominator, of.n, of.events, of.definition)

    return rule


def _landmark(announced: AnnouncedFigure, definition: Definition) -> int:
    """Return the whole days of a landmark that have passed when it comes; a calendar month has 30.4375."""
    if announced.at is None or announced.at_unit is None:
        raise NotComputableError("the rate has no landmark")
    at = Decimal(announced.at)
    months = days_per_month("30.4375" if definition.month == "calendar" else definition.month)
    days = {"days": Decimal(1), "weeks": DAYS_PER_WEEK, "months": months, "years": DAYS_PER_YEAR}
    return int(at * days[announced.at_unit])


def _mean_of(endpoint: Endpoint) -> Callable[[AnnouncedFigure, RecomputeInput], RecomputedFigure]:
    def rule(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
        of = times(setting.state, setting.definition, setting.cohorts, endpoint)
        return _time(announced, mean(of, setting.state))

    return rule


def _follow_up(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
    of = times(setting.state, setting.definition, setting.cohorts)
    return _time(announced, median_follow_up(of, setting.state))


def _extreme(pick: Callable[[Lengths], np.int64]) -> Callable[..., RecomputedFigure]:
    def rule(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
        of = times(setting.state, setting.definition, setting.cohorts)
        if not of.n:
            raise NotComputableError("nobody has a time by the cutoff")
        value = _in_unit(_scaled(float(pick(of.length)), of), announced, of)
        return RecomputedFigure(value, of.n, of.events, of.definition)

    return rule


def _scaled(days: float, of: Times) -> float:
    """Return a time that is some subject's own in the unit of the definition."""
    everyone = replace(of, definition=replace(of.definition, estimator="to-date"))
    scaled = everyone.in_its_unit(days)
    assert scaled is not None  # noqa: S101  # narrows the type: days were given
    return scaled


def _range(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
    shortest, longest = (_extreme(pick)(announced, setting) for pick in (np.min, np.max))
    return replace(longest, low=shortest.value)


def _time(announced: AnnouncedFigure, figure: Figure) -> RecomputedFigure:
    if not figure.n:
        raise NotComputableError("nobody has a time by the cutoff")
    value = None if figure.value is None else _in_unit(figure.value, announced, figure)
    return RecomputedFigure(value, figure.n, figure.events, figure.definition)


def _in_unit(days: float, announced: AnnouncedFigure, of: Times | Figure) -> Decimal:
    try:
        return in_unit(days, announced.unit, of.definition.month)
    except ValueError as error:
        raise NotComputableError(str(error)) from None


def _count(who: Callable[[RecomputeInput], Flags]) -> Callable[..., RecomputedFigure]:
    def rule(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
        chosen = who(setting)
        return _share_or_count(announced, int(chosen.sum()), int(setting.state.in_cohorts(setting.cohorts).sum()))

    return rule


def _share_or_count(announced: AnnouncedFigure, count: int, n: int) -> RecomputedFigure:
    if announced.unit == "percent":
        if not n:
            raise NotComputableError("nobody is in the population by the cutoff")
        return RecomputedFigure(Decimal(100 * count) / n, n, count, None)
    return RecomputedFigure(Decimal(count), n, count, None)


def _alive(setting: RecomputeInput) -> Flags:
    alive: Flags = setting.state.in_cohorts(setting.cohorts) & (setting.state.died == NO_DAY)
    return alive


def _dead(setting: RecomputeInput) -> Flags:
    return setting.state.in_cohorts(setting.cohorts) & ~_alive(setting)


def _progression_free(setting: RecomputeInput) -> Flags:
    free: Flags = _alive(setting) & (setting.state.progressed == NO_DAY)
    return free


def _in_population(population: str) -> Callable[[RecomputeInput], Flags]:
    return lambda setting: members(setting.state, population, setting.cohorts)


def _best_response(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
    who = members(setting.state, setting.definition.population, setting.cohorts)
    in_use = criteria_in_use(setting.state)
    if not in_use:
        raise NotComputableError("nobody was assessed by the cutoff")
    count = 0
    for criteria in in_use:
        found = responses(setting.state, who, criteria)
        if announced.category is None or announced.category not in found.categories:
            raise NotComputableError(f"category {announced.category!r} is not one of {criteria}")
        count += found.categories[announced.category]
    return _share_or_count(announced, count, int(who.sum()))


def _rate(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
    who = members(setting.state, setting.definition.population, setting.cohorts)
    in_use = criteria_in_use(setting.state)
    if len(in_use) != 1:
        found = " and ".join(in_use) or "no criteria"
        raise NotComputableError(f"a rate needs assessments by one set of criteria; the log has {found}")
    name = MEASURES[announced.measure].detail
    result = responses(setting.state, who, in_use[0])
    if name == "CR":
        complete = [category for category in result.categories if category in ("sCR", "CR")]
        return _share_or_count(announced, sum(result.categories[c] for c in complete), result.rates[0].n)
    rate = next(rate for rate in result.rates if rate.name == name)
    return _share_or_count(announced, rate.responders, rate.n)


def _prior_lines(pick: Callable[..., np.floating]) -> Callable[..., RecomputedFigure]:
    def rule(_: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
        lines = setting.state.prior_lines[setting.state.in_cohorts(setting.cohorts)]
        lines = lines[~np.isnan(lines)]
        if not lines.size:
            raise NotComputableError("nobody's prior lines are stated")
        return RecomputedFigure(Decimal(repr(float(pick(lines)))), int(lines.size), None, None)

    return rule


def _planned_dose(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
    planned = {setting.trial.cohorts[label].planned_dose for label in setting.cohorts}
    units = {setting.trial.cohorts[label].planned_unit for label in setting.cohorts}
    if len(planned) != 1 or None in planned:
        raise NotComputableError("the cohort has no planned dose in the log")
    if units != {announced.unit}:
        raise NotComputableError(
            f"the dose is planned in {min(str(unit) for unit in units)}, announced in {announced.unit}"
        )
    return RecomputedFigure(next(iter(planned)), 0, None, None)


_RULES: Final[Mapping[str, Callable[[AnnouncedFigure, RecomputeInput], RecomputedFigure]]] = {
    "median-os": _median_of("overall survival"),
    "median-pfs": _median_of("progression-free survival"),
    "median-os-lower": _limit_of("overall survival", "lower"),
    "median-os-upper": _limit_of("overall survival", "upper"),
    "median-pfs-lower": _limit_of("progression-free survival", "lower"),
    "median-pfs-upper": _limit_of("progression-free survival", "upper"),
    "os-rate": _landmark_of("overall survival"),
    "pfs-rate": _landmark_of("progression-free survival"),
    "range-os": _range,
    "median-follow-up": _follow_up,
    "mean-os": _mean_of("overall survival"),
    "mean-pfs": _mean_of("progression-free survival"),
    "shortest-os": _extreme(np.min),
    "longest-os": _extreme(np.max),
    "orr": _rate,
    "cbr": _rate,
    "dcr": _rate,
    "cr-rate": _rate,
    "alive-share": _count(_alive),
    "dead-share": _count(_dead),
    "count-enrolled": _count(_in_population("enrolled")),
    "count-dosed": _count(_in_population("dosed")),
    "count-evaluable": _count(_in_population("evaluable")),
    "count-alive": _count(_alive),
    "count-dead": _count(_dead),
    "count-progression-free": _count(_progression_free),
    "count-best-response": _best_response,
    "mean-prior-lines": _prior_lines(np.mean),
    "median-prior-lines": _prior_lines(np.median),
    "planned-dose": _planned_dose,
}
