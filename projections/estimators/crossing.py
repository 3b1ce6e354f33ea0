"""The place at which a curve and its band come down to a level; every quantile follows from it.

S is compared with the level in whole numbers, because float errors would move the median for one
even n in four; the bands are compared as R compares them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trialog.events.definition import ConfType, Definition, Ties
from trialog.events.errors import QuestionError
from trialog.projections.estimators.bins import Days, Floats

HALF: Final = Fraction(1, 2)

R_TOLERANCE: Final = 2.0**-26
"""A band within this distance of its level counts as equal to it (R's ``.Machine$double.eps^.5``)."""

_DOUBTFUL: Final = 1e-9
"""Floats decide the comparison of S with its level only if the difference is greater than this."""


def normal_quantile(level: float) -> float:
    """Return the number of standard errors on each side for a coverage: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def fraction_of(p: Fraction | float) -> Fraction:
    """Return a share as the exact fraction that it prints as: 0.9 is 9/10.

    Raises:
        QuestionError: It does not lie between 0 and 1.
    """
    try:
        exact = p if isinstance(p, Fraction) else Fraction(repr(float(p)))
    except (TypeError, ValueError):
        exact = Fraction(0)
    if not 0 < exact < 1:
        shown = f"{float(p):g}" if isinstance(p, Fraction) else p
        raise QuestionError(f"quantile {shown} is wrong; expected a share between 0 and 1, for example 0.5")
    return exact


@dataclass(frozen=True)
class QuantileRule:
    """Definition of a quantile.

    Attributes:
        level: S at the quantile, exact.
        height: The same as a float.
        conf_type, z: Kind of band, and its width in standard errors.
        ties: Rule for S equal to the level; see `Definition`. ``midpoint to end`` follows R's ``quantile``
        in everything, including how it finds the limits.
    """

    level: Fraction
    height: float
    conf_type: ConfType
    z: float
    ties: Ties

    @classmethod
    def of(cls, definition: Definition, p: Fraction = HALF) -> QuantileRule:
        """Return the rule that a definition gives for the share p."""
        level = 1 - p
        return cls(level, float(level), definition.conf_type, normal_quantile(definition.level), definition.ties)


class Spot(NamedTuple):
    """The place at which a curve or a band comes down to its level.

    Attributes:
        below: The first place below the level, after ``at`` if there is one; None if there is none.
        at: The first place equal to the level; None if there is no such place.
    """

    below: int | None
    at: int | None

    def day(self, days: Days, last: float, ties: Ties) -> float | None:
        """Return the day that a tie rule names.

        Args:
            days: Day of each place.
            last: Last day observed.
            ties: The rule.
        """
        if self.at is None:
            return None if self.below is None else float(days[self.below])
        first: float = days[self.at].item()
        if ties == "first day" or (self.below is None and ties == "midpoint"):
            return float(first)
        second: float = last if self.below is None else days[self.below].item()
        return (first + second) / 2.0


NOWHERE: Final = Spot(None, None)


def band(conf_type: ConfType, z: float, survival: Floats, log_error: Floats, side: int) -> Floats:
    """Return one side of the pointwise band of S, cut to [0, 1].

    Args:
        conf_type: ``plain`` S -+ z S s, ``log`` S exp(-+ z s), ``log-log`` S ** exp(-+ z s / log S).
        z: Width in standard errors.
        survival: S, between 0 and 1, both excluded for ``log-log``.
        log_error: Greenwood's standard error s of log S.
        side: -1 for the lower limit, 1 for the upper.
    """
    edge: Floats
    match conf_type:
        case "plain":
            edge = survival + side * z * survival * log_error
        case "log":
            edge = survival * np.exp(side * z * log_error)
        case "log-log":
            edge = survival ** np.exp(side * z * log_error / np.log(survival))
    cut: Floats = np.maximum(edge, 0.0) if side < 0 else np.minimum(edge, 1.0)
    return cut


def crossings(at_risk: Floats, deaths: Floats, rule: QuantileRule) -> tuple[Spot, Spot, Spot]:
    """Return the places at which S, its lower and its upper limit come down to a level.

    Args:
        at_risk: On each day with a death, ascending, shape (days,); whole numbers.
        deaths: On the same days.
        rule: Level and band.
    """
    if not deaths.size:
        return NOWHERE, NOWHERE, NOWHERE
    left = at_risk - deaths
    survival = (left / at_risk).cumprod()
    middle = _exact_spot(survival, at_risk, left, rule)
    # At S = 0 R's band is NA; no subject is at risk later, so only the last place can have S = 0.
    size = survival.size - bool(left[-1] == 0)
    survival = survival[:size]
    error = np.sqrt((deaths[:size] / (at_risk[:size] * left[:size])).cumsum())

    def edge(side: int, places: slice = slice(None)) -> Floats:
        return band(rule.conf_type, rule.z, survival[places], error[places], side)

    if rule.ties == "midpoint to end":
        ends_at_zero = size < deaths.size
        if middle.below is None and not ends_at_zero and 1 - survival[-1] < float(1 - rule.level):
            # R first checks, without its tolerance, whether the curve comes down far enough at all: in R a
            # flat end at 0.9 is 1 - 0.9 = 0.09999999999999998, so the quantile is not reached.
            middle = NOWHERE
        return middle, _spot_by_height(edge(-1), rule, ends_at_zero), _spot_by_height(edge(1), rule, ends_at_zero)
    # The lower limit comes down no later than S, and the upper one no earlier.
    near = _first(survival < rule.height + 2 * R_TOLERANCE)
    if near is None:
        return middle, _spot(edge(-1), rule.height), NOWHERE
    lower = _spot(edge(-1, slice(near + 1)), rule.height)
    if lower.below is None:
        lower = _spot(edge(-1), rule.height)
    return middle, lower, _spot(edge(1, slice(near, None)), rule.height, near)


def _exact_spot(survival: Floats, at_risk: Floats, left: Floats, rule: QuantileRule) -> Spot:
    # Each factor is rounded twice, so the error grows with the number of factors.
    doubt = max(_DOUBTFUL, 4 * float(np.finfo(float).eps) * survival.size)
    below = _first(survival < rule.height + doubt)
    if below is None or survival[below] < rule.height - doubt:
        return Spot(below, None)
    numerator, denominator = _exact_ratio(at_risk[: below + 1], left[: below + 1])
    level, at = rule.level, None
    for place in range(below, survival.size):
        if survival[place] < rule.height - doubt:
            return Spot(place, at)
        if place > below:
            numerator *= int(left[place])
            denominator *= int(at_risk[place])
        difference = numerator * level.denominator - level.numerator * denominator
        if difference < 0:
            return Spot(place, at)
        if difference == 0:
            at = place
    return Spot(None, at)


def _exact_ratio(at_risk: Floats, left: Floats) -> tuple[int, int]:
    """Return S at the last place as a ratio of whole numbers."""
    # Without a censoring between two deaths, the number left equals the next number at risk, and they cancel.
    kept = left[:-1] != at_risk[1:]
    over = [*left[:-1][kept].astype(np.int64).tolist(), int(left[-1])]
    under = [int(at_risk[0]), *at_risk[1:][kept].astype(np.int64).tolist()]
    return _product(over), _product(under)


def _product(factors: list[int]) -> int:
    """Return a product, multiplying pairs: numbers of equal length multiply far faster than a long by a short one."""
    while len(factors) > 16:
        factors = [math.prod(factors[at : at + 8]) for at in range(0, len(factors), 8)]
    return math.prod(factors)


def _spot(heights: Floats, level: float, start: int = 0) -> Spot:
    """Return the place at which a band comes down to a level; places are counted from ``start``."""
    at = _first(heights < level + R_TOLERANCE)
    if at is None:
        return NOWHERE
    if abs(heights[at] - level) >= R_TOLERANCE:
        return Spot(start + at, None)
    lower = _first(heights[at:] < heights[at])
    return Spot(None if lower is None else start + at + lower, start + at)


def _spot_by_height(heights: Floats, rule: QuantileRule, ends_at_zero: bool) -> Spot:
    """Return the place at which a band comes down to a level, as R's ``quantile`` finds it.

    R looks up the level among the heights, regardless of the order of their days. The result differs from
    the first crossing if the upper limit rises again after it.
    """
    fallen, share = 1 - heights, float(1 - rule.level)
    if not (fallen >= share).any():
        return NOWHERE
    at, below = (_least(fallen, fallen + slack >= share) for slack in (R_TOLERANCE, -R_TOLERANCE))
    if at is None or below is not None:
        return Spot(below, None if at == below else at)
    last = np.unique(fallen, return_index=True)[1].max()
    flat = not ends_at_zero and abs(share - fallen[last]) < R_TOLERANCE
    return Spot(None, at) if flat else NOWHERE


def _least(values: Floats, among: NDArray[np.bool_]) -> int | None:
    """Return the place of the least value, the first place if several are equal."""
    places = np.flatnonzero(among)
    return int(places[values[places].argmin()]) if places.size else None


def _first(holds: NDArray[np.bool_]) -> int | None:
    """Return the first place at which a flag is set."""
    if not holds.size:
        return None
    place = int(holds.argmax())
    return place if holds[place] else None
