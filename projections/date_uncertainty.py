"""The span of a median over the days that partly known dates may mean.

A death dated "2017-03" may have happened on any day of March. The other modules compute figures from
imputed days; this module gives the bounds of the median over all days that the dates may mean,
for the same subjects.

The to-date median rises with every time, so its bounds are exact. The Kaplan-Meier median
does not always rise: a later death takes over the weight of those censored before it. But S(t)
at one day t has known extremes. It is least if every subject who may be dead by t died as late
as possible but by t, and the living were censored as early as possible. It is greatest if every
subject who may live beyond t does, the others died as early as possible and the living were censored late. (Let
a death move from day u to a later day v <= t: the factors of u to v change from a/(a+1) and
so on to their shares with one more at risk, and since (x+1)/x falls in x the product can
only fall. If the death moves beyond t, the product can only rise.) Both extremes fall as t grows, so
the first days on which they pass one half are found by bisection.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trialog.events.arrays import NO_DAY, Days
from trialog.events.definition import Definition
from trialog.projections.calendar_months import calendar_months
from trialog.projections.estimators.crossing import QuantileRule, crossings
from trialog.projections.estimators.curve import curve
from trialog.projections.estimators.inputs import Flags
from trialog.projections.estimators.to_date import to_date_median
from trialog.projections.months import CALENDAR_UNIT
from trialog.projections.state.as_of import State
from trialog.projections.times import lengths, members, origins

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class MedianRange:
    """Bounds of a median.

    Attributes:
        lower, upper: In the unit of its times; None if not reached.
        exact: Whether both bounds can be attained; otherwise the median lies within them.
        partial: Subjects whose origin, death or last contact is known in part only.
    """

    lower: float | None
    upper: float | None
    exact: bool
    partial: int


@dataclass(frozen=True, eq=False)
class Uncertain:
    """Times for which only bounds are known; one value for each subject.

    Attributes:
        shortest, longest: Bounds of the time.
        died: Whether it certainly ended in death by the cutoff.
        living: Whether it certainly did not.
    """

    shortest: Whole
    longest: Whole
    died: Flags
    living: Flags


def span(state: State, definition: Definition, cohorts: tuple[str, ...] | None = None) -> MedianRange | None:
    """Return the span of a group's median overall survival; None when every date is complete.

    Args:
        state: As of a cutoff and a known-at day.
        definition: Estimator, origin, population, censoring, month, ties.
        cohorts: Labels, pooled; None for all.
    """
    uncertain, partial, starts = _uncertain(state, definition, cohorts)
    if not partial:
        return None
    if definition.estimator == "to-date":
        found = MedianRange(to_date_median(uncertain.shortest), to_date_median(uncertain.longest), True, partial)
    else:
        lower, upper, exact = kaplan_meier_span(uncertain, QuantileRule.of(definition))
        found = MedianRange(lower, upper, exact, partial)
    if definition.month != "calendar":
        return found
    return replace(
        found,
        lower=None if found.lower is None else _calendar(math.floor(found.lower), starts).min().item(),
        upper=None if found.upper is None else _calendar(math.ceil(found.upper), starts).max().item(),
        exact=False,
    )


def _calendar(days: int, starts: Days) -> NDArray[np.float64]:
    """Return a number of days after each start as thousandths of calendar months."""
    return float(CALENDAR_UNIT) * calendar_months(starts, starts + days)


def _uncertain(state: State, definition: Definition, cohorts: tuple[str, ...] | None) -> tuple[Uncertain, int, Days]:
    """Return the bounds of each time, how many subjects have unequal bounds, and the days on which times may begin."""
    first, last = origins(state, definition), _last_origins(state, definition)
    chosen = np.flatnonzero(members(state, definition.population, cohorts) & (first != NO_DAY))
    cutoff = np.int32(state.cutoff)
    first, last = first[chosen], np.minimum(last[chosen], cutoff)
    died = state.died[chosen] != NO_DAY
    death, last_death = state.died_first[chosen], state.died_last[chosen]
    contact, last_contact = (np.minimum(each[chosen], cutoff) for each in (state.last_alive, state.last_alive_last))
    if definition.censoring == "cutoff":
        contact = last_contact = np.full(chosen.size, cutoff)
    shortest = np.maximum(np.where(died, death, contact), last)
    longest = np.maximum(np.where(died, np.minimum(last_death, cutoff), last_contact), first)
    partial = (first != last) | np.where(died, death != last_death, contact != last_contact)
    uncertain = Uncertain(
        shortest=lengths(last, shortest, definition),
        longest=lengths(first, longest, definition),
        died=died & (last_death <= cutoff),
        living=~died,
    )
    return uncertain, int(partial.sum()), np.append(first, last)


def _last_origins(state: State, definition: Definition) -> Days:
    match definition.origin:
        case "first dose":
            return state.first_dose_last
        case "randomisation":
            return state.randomised_last
        case _:
            return state.enrolled_last


def kaplan_meier_span(of: Uncertain, rule: QuantileRule) -> tuple[float | None, float | None, bool]:
    """Return the least and the greatest Kaplan-Meier median, and whether both can be attained.

    A bound may be unattainable only if a curve can equal the level over an interval: then the midpoint may
    combine the end of one extreme with the beginning of another.

    Args:
        of: The times.
        rule: Level and ties.
    """
    first_low, first_below = (_first(of, rule, _lowest, place) for place in (0, 1))
    last_low, last_below = (_first(of, rule, _highest, place) for place in (0, 1))
    if rule.ties == "first day":
        return first_low, last_low, True
    exact = first_low == first_below and last_low == last_below
    return first_low, last_below, exact


Extreme = Callable[[Uncertain, int], tuple[Whole, Flags]]


def _lowest(of: Uncertain, day: int) -> tuple[Whole, Flags]:
    """Return the times under which S(day) is least."""
    may_be_dead = ~of.living & (of.shortest <= day)
    # A subject who cannot be dead by then is at risk on all days that matter here.
    return np.where(may_be_dead, np.minimum(of.longest, day), of.shortest), may_be_dead


def _highest(of: Uncertain, day: int) -> tuple[Whole, Flags]:
    """Return the times under which S(day) is greatest."""
    must_be_dead = of.died & (of.longest <= day)
    return np.where(must_be_dead, of.shortest, of.longest), must_be_dead


def _first(of: Uncertain, rule: QuantileRule, extreme: Extreme, place: int) -> float | None:
    """Return the first day on which an extreme of S is at the level or below (place 0), or below it (place 1)."""

    def passed(day: int) -> bool:
        times, died = extreme(of, day)
        estimated = curve(times, died)
        dying = np.flatnonzero(estimated.deaths)
        spot = crossings(estimated.at_risk[dying].astype(float), estimated.deaths[dying].astype(float), rule)[0]
        found = spot.at if place == 0 and spot.at is not None else spot.below
        return found is not None and int(estimated.day[dying[found]]) <= day

    low, high = 0, int(of.longest.max()) if of.longest.size else 0
    if not of.longest.size or not passed(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if passed(middle):
            high = middle
        else:
            low = middle + 1
    return float(low)
