"""Laws of limits and ranges: a number lies inside its own, and they are not narrower or wider than n allows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import NormalDist
from typing import Final

from trialog.audit.laws.figures import RowFigure, printed_window
from trialog.audit.laws.violation import LawViolation
from trialog.audit.reading.terms import LEVELS
from trialog.events.measures import MEASURES

MARGIN: Final = 5.0
"""Percentage points by which the limits of a share may lie outside those of every usual method: more than two-stage
designs and priors move them."""


def broken_limits(figures: Sequence[RowFigure]) -> Iterator[LawViolation]:
    """Yield violations: numbers outside their own limits or range, and limits that no method gives."""
    for figure in figures:
        found = _outside(figure) or _of_no_method(figure)
        if found is not None:
            yield found


def _outside(figure: RowFigure) -> LawViolation | None:
    window = figure.figure.window
    if window is None or figure.figure.comparator not in ("=", "about") or figure.figure.value is None:
        return None
    said = figure.figure
    unclear = figure.reading.value.unclear
    pairs = [(said.lower, said.upper, "limits"), (said.range_lower, said.range_upper, "range")]
    if unclear is not None and said.lower is None and said.range_lower is None:
        pairs.append((unclear.low, unclear.high, "limits or range"))
    for low, high, words in pairs:
        below = None if low is None else printed_window(low).lower
        above = None if high is None else printed_window(high).upper
        if below is not None and window.upper is not None and below > window.upper:
            return LawViolation((figure.row,), float(below - window.upper), _lies_outside(figure, words, low, high))
        if above is not None and window.lower is not None and above < window.lower:
            return LawViolation((figure.row,), float(window.lower - above), _lies_outside(figure, words, low, high))
    return None


def _lies_outside(figure: RowFigure, words: str, low: str | None, high: str | None) -> str:
    return f"{figure.said}: {figure.figure.value} lies outside its own {words}, {low or 'open'} to {high or 'open'}"


def _of_no_method(figure: RowFigure) -> LawViolation | None:
    """Return the violation if no x of n has these limits of a share by any usual method."""
    said = figure.figure
    if MEASURES[said.measure].statistic != "response rate" or said.unit != "percent" or not said.n:
        return None
    subjects = figure.subjects(said.n)
    if subjects is None or said.lower is None or said.upper is None or subjects[0] > subjects[1]:
        return None
    levels = LEVELS if said.level is None else (float(Decimal(said.level) / 100),)
    stated = (float(said.lower), float(said.upper))
    for level in levels:
        for responders in range(subjects[0], subjects[1] + 1):
            if _fits(stated, responders, said.n, level):
                return None
    low, high = _limits_by_method(subjects[0], said.n, levels[0])[0]
    return LawViolation(
        (figure.row,),
        0.0,
        f"{figure.said}: {subjects[0]} of {said.n} have exact limits {low:.1f} to {high:.1f} ({100 * levels[0]:g} %), "
        f"and no usual method gives {said.lower} to {said.upper}",
    )


def _fits(stated: tuple[float, float], responders: int, n: int, level: float) -> bool:
    """Tell whether limits lie among those that the usual methods give, two-sided or one-sided."""
    sided = [level, 2 * level - 1] if 2 * level - 1 > 0 else [level]
    found = [limits for each in sided for limits in _limits_by_method(responders, n, each)]
    for side in (0, 1):
        ends = [limits[side] for limits in found]
        if not min(ends) - MARGIN <= stated[side] <= max(ends) + MARGIN:
            return False
    return True


def _limits_by_method(responders: int, n: int, level: float) -> list[tuple[float, float]]:
    """Return exact, Wilson, Wald and Agresti-Coull limits of a share, in percent; the exact ones first."""
    from trialog.projections.estimators.proportion import clopper_pearson

    z = NormalDist().inv_cdf((1 + level) / 2)
    exact = clopper_pearson(responders, n, level)
    share = responders / n
    wald = z * math.sqrt(share * (1 - share) / n)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    wilson = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    coull = z * math.sqrt(middle * (1 - middle) / (n + z * z))
    around = [(share, wald), (middle, wilson), (middle, coull)]
    pairs = [(exact.lower, exact.upper), *((max(0.0, at - by), min(1.0, at + by)) for at, by in around)]
    return [(100 * low, 100 * high) for low, high in pairs]
