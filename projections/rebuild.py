"""Rebuilding an announced figure: the number that the subjects give under one definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trialog.domain.trial import Trial
from trialog.events.definition import Definition
from trialog.events.errors import QuestionError
from trialog.events.figures import AnnouncedFigure
from trialog.projections.asof import State
from trialog.projections.columns import NO_DAY
from trialog.projections.figures import Figure, mean, median, median_follow_up
from trialog.projections.months import in_unit
from trialog.projections.response import criteria_in_use, responses
from trialog.projections.times import Endpoint, members, times

Flags = NDArray[np.bool_]
Lengths = NDArray[np.int64]

CATEGORY_RATE: Final = {"orr": "ORR", "cbr": "CBR", "dcr": "DCR"}


class NotComputableError(QuestionError):
    """An announced figure that the log cannot give; the text says why."""


@dataclass(frozen=True)
class Rebuilt:
    """A rebuilt number.

    Attributes:
        value: In the announced unit, exact; None where the figure is not reached.
        n: Subjects behind it.
        events: Deaths (progressions, responders) among them; None where that means nothing.
        definition: Under which it was computed; None for figures that need none.
    """

    value: Decimal | None
    n: int
    events: int | None
    definition: Definition | None


@dataclass(frozen=True)
class Setting:
    """What an announced figure is rebuilt from."""

    state: State
    trial: Trial
    cohorts: tuple[str, ...]
    definition: Definition


def rebuild(announced: AnnouncedFigure, setting: Setting) -> Rebuilt:
    """Return the number that the subjects give for an announced figure.

    Raises:
        NotComputableError: The log does not hold what the figure counts.
    """
    rule = _RULES.get(announced.measure)
    if rule is None:
        raise NotComputableError(f"no rule computes {announced.measure!r}")
    return rule(announced, setting)


def needs_definition(announced: AnnouncedFigure) -> bool:
    """Tell whether the figure depends on estimator, origin and censoring."""
    return announced.measure in _TIMED


def _median_of(endpoint: Endpoint) -> Callable[[AnnouncedFigure, Setting], Rebuilt]:
    def rule(announced: AnnouncedFigure, setting: Setting) -> Rebuilt:
        of = times(setting.state, setting.definition, setting.cohorts, endpoint)
        return _time(announced, median(of, setting.state))

    return rule


def _mean_of(endpoint: Endpoint) -> Callable[[AnnouncedFigure, Setting], Rebuilt]:
    def rule(announced: AnnouncedFigure, setting: Setting) -> Rebuilt:
        of = times(setting.state, setting.definition, setting.cohorts, endpoint)
        return _time(announced, mean(of, setting.state))

    return rule


def _follow_up(announced: AnnouncedFigure, setting: Setting) -> Rebuilt:
    of = times(setting.state, setting.definition, setting.cohorts)
    return _time(announced, median_follow_up(of, setting.state))


def _extreme(pick: Callable[[Lengths], np.int64]) -> Callable[..., Rebuilt]:
    def rule(announced: AnnouncedFigure, setting: Setting) -> Rebuilt:
        of = times(setting.state, setting.definition, setting.cohorts)
        if not of.n:
            raise NotComputableError("nobody has a time by the cutoff")
        value = in_unit(float(pick(of.length)), announced.unit, of.definition.month)
        return Rebuilt(value, of.n, of.events, of.definition)

    return rule


def _time(announced: AnnouncedFigure, figure: Figure) -> Rebuilt:
    if not figure.n:
        raise NotComputableError("nobody has a time by the cutoff")
    value = None
    if figure.value is not None:
        try:
            value = in_unit(figure.value, announced.unit, figure.definition.month)
        except ValueError as error:
            raise NotComputableError(str(error)) from None
    return Rebuilt(value, figure.n, figure.events, figure.definition)


def _count(who: Callable[[Setting], Flags]) -> Callable[..., Rebuilt]:
    def rule(announced: AnnouncedFigure, setting: Setting) -> Rebuilt:
        chosen = who(setting)
        return _share_or_count(announced, int(chosen.sum()), int(setting.state.in_cohorts(setting.cohorts).sum()))

    return rule


def _share_or_count(announced: AnnouncedFigure, count: int, n: int) -> Rebuilt:
    if announced.unit == "percent":
        if not n:
            raise NotComputableError("nobody is in the population by the cutoff")
        return Rebuilt(Decimal(100 * count) / n, n, count, None)
    return Rebuilt(Decimal(count), n, count, None)


def _alive(setting: Setting) -> Flags:
    alive: Flags = setting.state.in_cohorts(setting.cohorts) & (setting.state.died == NO_DAY)
    return alive


def _dead(setting: Setting) -> Flags:
    return setting.state.in_cohorts(setting.cohorts) & ~_alive(setting)


def _progression_free(setting: Setting) -> Flags:
    free: Flags = _alive(setting) & (setting.state.progressed == NO_DAY)
    return free


def _in_population(population: str) -> Callable[[Setting], Flags]:
    return lambda setting: members(setting.state, population, setting.cohorts)


def _best_response(announced: AnnouncedFigure, setting: Setting) -> Rebuilt:
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


def _rate(announced: AnnouncedFigure, setting: Setting) -> Rebuilt:
    who = members(setting.state, setting.definition.population, setting.cohorts)
    in_use = criteria_in_use(setting.state)
    if len(in_use) != 1:
        found = " and ".join(in_use) or "no criteria"
        raise NotComputableError(f"a rate needs assessments by one set of criteria; the log has {found}")
    name = CATEGORY_RATE.get(announced.measure)
    result = responses(setting.state, who, in_use[0])
    if name is None:
        complete = [category for category in result.categories if category in ("sCR", "CR")]
        return _share_or_count(announced, sum(result.categories[c] for c in complete), result.rates[0].n)
    rate = next(rate for rate in result.rates if rate.name == name)
    return _share_or_count(announced, rate.responders, rate.n)


def _prior_lines(pick: Callable[..., np.floating]) -> Callable[..., Rebuilt]:
    def rule(_: AnnouncedFigure, setting: Setting) -> Rebuilt:
        lines = setting.state.prior_lines[setting.state.in_cohorts(setting.cohorts)]
        lines = lines[~np.isnan(lines)]
        if not lines.size:
            raise NotComputableError("nobody's prior lines are stated")
        return Rebuilt(Decimal(repr(float(pick(lines)))), int(lines.size), None, None)

    return rule


def _planned_dose(announced: AnnouncedFigure, setting: Setting) -> Rebuilt:
    planned = {setting.trial.cohorts[label].planned_dose for label in setting.cohorts}
    units = {setting.trial.cohorts[label].planned_unit for label in setting.cohorts}
    if len(planned) != 1 or None in planned:
        raise NotComputableError("the cohort has no planned dose in the log")
    if units != {announced.unit}:
        raise NotComputableError(
            f"the dose is planned in {min(str(unit) for unit in units)}, announced in {announced.unit}"
        )
    return Rebuilt(next(iter(planned)), 0, None, None)


_RULES: Final[Mapping[str, Callable[[AnnouncedFigure, Setting], Rebuilt]]] = {
    "median-os": _median_of("overall survival"),
    "median-pfs": _median_of("progression-free survival"),
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

_TIMED: Final = (
    "median-os",
    "median-pfs",
    "median-follow-up",
    "mean-os",
    "mean-pfs",
    "shortest-os",
    "longest-os",
)
