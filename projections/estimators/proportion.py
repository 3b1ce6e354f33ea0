"""A share of subjects with exact limits, as R's ``binom.test``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import index
from typing import Final

from trialog.events.definition import check_level
from trialog.events.errors import QuestionError

_NEGLIGIBLE: Final = 1e-18
_FEW: Final = 2_000
"""Up to so many responders the binomial coefficient is worth having exactly."""


@dataclass(frozen=True)
class Proportion:
    """Responders of n, with exact limits.

    Attributes:
        responders, n: Whole numbers.
        level: Coverage.
        share: Responders of n, between 0 and 1; None for nobody.
        lower, upper: Limits; 0 and 1 for nobody.
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

    The lower limit is the share under which so many responders or more have a probability of
    (1 - level) / 2, the upper one the share under which so many or fewer have it.

    Args:
        responders: From 0 to n.
        n: Subjects, 0 or more.
        level: Coverage, between 0 and 1.

    Raises:
        QuestionError: Not such numbers.

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
    """Return the logit of the lower limit: as a logit, because both ends keep their digits."""
    if not responders:
        return -math.inf
    tail = math.log((1 - level) / 2)
    if responders == n:
        # p to the power of n is the tail.
        return tail / n - math.log(-math.expm1(tail / n))
    coefficient = _log_choose(n, responders)
    # At p = k / n the tail is one half or more, so the limit lies below.
    high = math.log(responders / (n - responders))
    step = 1.0
    while _log_tail(high - step, responders, n, coefficient) > tail:
        step *= 2
    low = high - step
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if _log_tail(middle, responders, n, coefficient) < tail:
            low = middle
        else:
            high = middle


def _log_tail(logit: float, responders: int, n: int, coefficient: float) -> float:
    """Return the log of the probability of so many responders or more; a sum of positive, falling terms."""
    first = coefficient - responders * math.log1p(math.exp(-logit)) - (n - responders) * math.log1p(math.exp(logit))
    odds = math.exp(logit)
    term = total = 1.0
    for more in range(responders, n):
        term *= odds * (n - more) / (more + 1)
        total += term
        if term < _NEGLIGIBLE * total:
            break
    return first + math.log(total)


def _log_choose(n: int, k: int) -> float:
    if min(k, n - k) <= _FEW:
        return math.log(math.comb(n, k))
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
