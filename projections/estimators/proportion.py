"""A share of subjects with exact limits, as R's ``binom.test``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import index
from typing import Final

import numpy as np

from trialog.events.definition import check_level
from trialog.events.errors import QuestionError
from trialog.projections.estimators.bins import Floats

_NEGLIGIBLE: Final = 1e-18
_ROUNDING: Final = 1e-13
"""Bound on the effect of a tail's rounding on its logit, for 100 subjects; it grows with the root of their number."""

_TERMS: Final = 512
"""Terms added at a time."""

_FEW: Final = 2_000
"""Most responders for which the binomial coefficient is computed exactly."""


@dataclass(frozen=True)
class Proportion:
    """Responders of n, with exact limits.

    Attributes:
        responders, n: Whole numbers.
        level: Coverage.
        share: Responders of n, between 0 and 1; None without subjects.
        lower, upper: Limits; 0 and 1 without subjects.
        method: Of the limits, in words.
    """

    responders: int
    n: int
    level: float
    share: float | None
    lower: float
    upper: float
    method: str = "exact (Clopper-Pearson)"


def clopper_pearson(responders: int, n: int, level: float = 0.95) -> Proportion:
    """Return a share with its exact limits.

    The lower limit is the share for which the probability of this number of responders or more is
    (1 - level) / 2; the upper limit is the share for which that of this number or fewer is.

    Args:
        responders: From 0 to n.
        n: Subjects, 0 or more.
        level: Coverage, between 0 and 1.

    Raises:
        QuestionError: An argument is outside these bounds.

    Source:
        Clopper & Pearson 1934, Biometrika 26:404; R, ``binom.test``.
    """
    try:
        responders, n = index(responders), index(n)
    except TypeError:
        raise QuestionError(f"{responders} responders of {n} is wrong; expected two whole numbers") from None
    if not 0 <= responders <= n:
        raise QuestionError(f"{responders} responders of {n} is wrong; expected 0 to n of them")
    check_level(level)
    return Proportion(
        responders=responders,
        n=n,
        level=level,
        share=responders / n if n else None,
        lower=_share(_lower_limit(responders, n, level)),
        upper=_share(-_lower_limit(n - responders, n, level)),
    )


def _share(logit: float) -> float:
    if logit > 0:
        return 1 / (1 + math.exp(-logit))
    grown = math.exp(logit)
    return grown / (1 + grown)


def _lower_limit(responders: int, n: int, level: float) -> float:
    """Return the lower limit as a logit, which has full precision near both 0 and 1."""
    if not responders:
        return -math.inf
    tail = math.log((1 - level) / 2)
    if responders == n:
        # p to the power of n is the tail.
        return tail / n - math.log(-math.expm1(tail / n))
    upper = _UpperTail(responders, n)
    # At p = k / n the tail is one half or more, so the limit lies below.
    high = math.log(responders / (n - responders))
    sure = _ROUNDING * max(100.0, math.sqrt(n))
    near = _near(upper, tail, high, sure)

    def excess(logit: float) -> float:
        """Return a number with the sign of the tail's excess; the exact sum is computed only near the limit."""
        return logit - near if abs(logit - near) > sure else upper.at(logit)[0] - tail

    step = 1.0
    while excess(high - step) > 0:
        step *= 2
    low = high - step
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if excess(middle) < 0:
            low = middle
        else:
            high = middle


def _near(upper: _UpperTail, tail: float, start: float, enough: float) -> float:
    """Return the logit at which the log of the upper tail has a value, up to rounding, by Newton's method.

    The log is concave in the logit, so after the first step every step comes nearer, from below.
    """
    logit = start
    while True:
        value, slope = upper.at(logit)
        step = (tail - value) / slope
        logit += step
        # The next step would be about the square of this one.
        if abs(step) < math.sqrt(enough) / 100:
            return logit


class _UpperTail:
    """The probability of a number of responders or more; a sum of positive, falling terms."""

    def __init__(self, responders: int, n: int) -> None:
        self._responders, self._n = responders, n
        self._coefficient = _log_choose(n, responders)
        self._parts: list[tuple[Floats, Floats]] = []

    def at(self, logit: float) -> tuple[float, float]:
        """Return the log of the probability and its derivative, at the logit of a share."""
        responders, others = self._responders, self._n - self._responders
        first = self._coefficient - responders * math.log1p(math.exp(-logit)) - others * math.log1p(math.exp(logit))
        total = self._sum(math.exp(logit))
        return first + math.log(total), responders / (1 + math.exp(logit)) / total

    def _sum(self, odds: float) -> float:
        """Return the sum of all terms, in units of the first."""
        term = total = 1.0
        for place in range(-(-(self._n - self._responders) // _TERMS)):
            left, counted = self._part(place)
            # In sequence, as a loop would: neither the product nor the sum is computed pairwise.
            terms = np.multiply.accumulate(np.append(term, odds * left / counted))[1:]
            totals = np.add.accumulate(np.append(total, terms))[1:]
            small = terms < _NEGLIGIBLE * totals
            end = int(small.argmax())
            if small[end]:
                return float(totals[end])
            term, total = float(terms[-1]), float(totals[-1])
        return total

    def _part(self, place: int) -> tuple[Floats, Floats]:
        if place == len(self._parts):
            begin = self._responders + place * _TERMS
            more = np.arange(begin, min(begin + _TERMS, self._n), dtype=np.float64)
            self._parts.append((self._n - more, more + 1))
        return self._parts[place]


def _log_choose(n: int, k: int) -> float:
    if min(k, n - k) <= _FEW:
        return math.log(math.comb(n, k))
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
