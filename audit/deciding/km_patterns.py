"""Kaplan-Meier figures as tables: which places of the sorted times decide them, for each pattern of deaths.

The n times of a figure, sorted with deaths before censorings of the same day, and whether each of them ended
in a death: that pattern alone tells on which of the sorted times the median and its limits stand. The tables
are made by the ordinary estimators from the days 1, 3, 9, ..., of which every mean of two tells which two.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from typing import Final

from trialog.events.definition import ConfType, Ties
from trialog.projections.curves import kaplan_meier_median, median_limits

MOST_SUBJECTS: Final = 8
"""Subjects of a Kaplan-Meier figure that is decided exactly: 256 patterns."""

Pattern = tuple[bool, ...]
Places = tuple[int, int] | None
"""The two sorted places whose times are averaged, the same twice for one time; None where not reached."""


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
    """Return for each pattern on which of the sorted times the median stands."""
    return tuple((pattern, _places(kaplan_meier_median(_times(pattern), ties), n)) for pattern in patterns(n))


@cache
def not_reached(n: int) -> tuple[Pattern, ...]:
    """Return the patterns whose median may be called not reached: S never falls below one half.

    Where S ends flat at exactly one half, R prints the first day there and SAS calls the median not evaluable;
    half of the subjects alive and "not reached" is said of just that case.
    """
    return tuple(pattern for pattern, levels in survival_after(n) if 2 * levels[-1] >= 1)


@cache
def limit_places(
    n: int, level: float, conf_type: ConfType, ties: Ties, *, upper: bool
) -> tuple[tuple[Pattern, Places], ...]:
    """Return for each pattern on which of the sorted times a limit of the median stands."""
    return tuple(
        (pattern, _places(median_limits(_times(pattern), level, conf_type, ties)[upper], n)) for pattern in patterns(n)
    )


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
    """Return the ranks of the limits of the median where nobody is censored before them, counted from 0."""
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
