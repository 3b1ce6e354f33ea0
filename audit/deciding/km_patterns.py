"""Kaplan-Meier figures as tables: the places of the sorted times that decide them, for each pattern of deaths.

Sort the n times of a figure, deaths before censorings of the same day. The pattern of deaths and censorings
alone decides at which of the sorted times the median and its limits lie. The tables are made by the project's
estimators from the days 1, 3, 9, ..., chosen because every mean of two of them is unique.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from typing import Final

import numpy as np

from trialog.events.definition import ConfType, Ties
from trialog.projections.curves import kaplan_meier_median, median_limits
from trialog.projections.estimators.crossing import R_TOLERANCE, band, normal_quantile

MOST_SUBJECTS: Final = 8
"""Most subjects of a Kaplan-Meier figure that is decided exactly: 256 patterns."""

HALF_HEIGHT: Final = 0.5

Pattern = tuple[bool, ...]
Places = tuple[int, int] | None
"""The two sorted places whose times are averaged; the same place twice for a single time; None if not reached."""


@cache
def patterns(n: int) -> tuple[Pattern, ...]:
    """Return every pattern of deaths of n sorted times."""
    return tuple(product((False, True), repeat=n))


def _times(pattern: Pattern) -> list[tuple[int, bool]]:
    return [(3**place, died) for place, died in enumerate(pattern)]


def _places(day: float | None, n: int) -> Places:
    if day is None:
        return None
    doubled = round(2 * day)
    return next((a, b) for b in range(n) for a in range(b + 1) if 3**a + 3**b == doubled)


@cache
def median_places(n: int, ties: Ties) -> tuple[tuple[Pattern, Places], ...]:
    """Return for each pattern at which of the sorted times the median lies."""
    return tuple((pattern, _places(kaplan_meier_median(_times(pattern), ties), n)) for pattern in patterns(n))


@cache
def not_reached(n: int) -> tuple[Pattern, ...]:
    """Return the patterns whose median may be called not reached: S never falls below one half.

    If S ends flat at exactly one half, R prints the first day there and SAS calls the median not evaluable;
    a release that reports half of the subjects alive and "not reached" describes exactly this case.
    """
    return tuple(pattern for pattern, levels in survival_after(n) if 2 * levels[-1] >= 1)


@cache
def limit_places(
    n: int, level: float, conf_type: ConfType, ties: Ties, *, upper: bool
) -> tuple[tuple[Pattern, Places], ...]:
    """Return for each pattern at which of the sorted times a limit of the median lies."""
    return tuple(
        (pattern, _places(median_limits(_times(pattern), level, conf_type, ties)[upper], n)) for pattern in patterns(n)
    )


@cache
def limit_may_stand(n: int, level: float, conf_type: ConfType, *, upper: bool) -> tuple[tuple[Pattern, Places], ...]:
    """Return for each pattern every place at which a limit of the median may lie, whichever deaths share a day.

    Deaths of one day count together, after the last of them, so a band that comes down and rises again on that day
    may be missed. A limit lies at a place at which the band is below one half, or between a place at which it is
    one half and a later place, or is not reached.
    """
    found: dict[tuple[Pattern, Places], None] = {}
    for pattern in patterns(n):
        found[pattern, None] = None
        heights = _band(pattern, level, conf_type, upper=upper)
        below = [place for place, height in heights if height < HALF_HEIGHT + R_TOLERANCE]
        at_half = [place for place, height in heights if abs(height - HALF_HEIGHT) <= R_TOLERANCE]
        for place in below:
            found[pattern, (place, place)] = None
        for place in at_half:
            for later in range(place + 1, n):
                found[pattern, (place, later)] = None
    return tuple(found)


def _band(pattern: Pattern, level: float, conf_type: ConfType, *, upper: bool) -> list[tuple[int, float]]:
    """Return the height of a limit of the curve after each death, while the curve is above 0."""
    n, alive, variance = len(pattern), 1.0, 0.0
    found = []
    for place, died in enumerate(pattern):
        at_risk = n - place
        if not died or at_risk == 1:
            continue
        alive *= (at_risk - 1) / at_risk
        variance += 1 / (at_risk * (at_risk - 1))
        error = np.array([variance**0.5])
        edge = band(conf_type, normal_quantile(level), np.array([alive]), error, 1 if upper else -1)
        found.append((place, float(edge[0])))
    return found


@cache
def survival_after(n: int) -> tuple[tuple[Pattern, tuple[Fraction, ...]], ...]:
    """Return for each pattern S after none, one, ... all of the sorted times, as a fraction."""
    found = []
    for pattern in patterns(n):
        alive, levels = Fraction(1), [Fraction(1)]
        for place, died in enumerate(pattern):
            if died:
                alive *= Fraction(n - place - 1, n - place)
            levels.append(alive)
        found.append((pattern, tuple(levels)))
    return tuple(found)


@cache
def ranks_without_censoring(n: int, level: float, conf_type: ConfType = "log") -> tuple[Places, Places]:
    """Return the ranks of the limits of the median if no subject is censored before them, counted from 0."""
    limits = median_limits([(4 * place, True) for place in range(1, n + 1)], level, conf_type)
    return _ranks(limits[0]), _ranks(limits[1])


def _ranks(day: float | None) -> Places:
    if day is None:
        return None
    doubled = round(2 * day)
    # Neighbours differ by four days, so the mean of two of them is even and that of one is a multiple of four.
    if doubled % 8 == 0:
        return doubled // 8 - 1, doubled // 8 - 1
    return (doubled - 4) // 8 - 1, (doubled + 4) // 8 - 1
