"""The log-rank test, as R's ``survdiff``."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialog.events.errors import QuestionError
from trialog.projections.estimators.bins import Floats
from trialog.projections.estimators.inputs import Flags, Whole, checked_times


@dataclass(frozen=True)
class LogRankGroup:
    """One group of a log-rank test.

    Attributes:
        group: Its label.
        n: Subjects.
        observed: Deaths.
        expected: Deaths expected under the common curve of all groups.
    """

    group: Any
    n: int
    observed: int
    expected: float


@dataclass(frozen=True)
class LogRank:
    """A log-rank test: Mantel-Haenszel, all days weighted alike, hypergeometric variance.

    Attributes:
        method: In words.
        groups: In order of first appearance.
        chi_square, df: The statistic and its degrees of freedom; a group in which no death is expected
            counts in neither.
        p: Two-sided; None if fewer than two groups are left to compare.
    """

    groups: tuple[LogRankGroup, ...]
    chi_square: float
    df: int
    p: float | None
    method: str = "log-rank (Mantel-Haenszel), hypergeometric variance, two-sided"


def log_rank(durations_days: ArrayLike, died: ArrayLike, group: Sequence[Hashable] | NDArray[Any]) -> LogRank:
    """Compare the survival of groups.

    Args:
        durations_days: Whole days from the origin, shape (n,).
        died: 1 or True if the time ended in death, 0 or False if it was censored, shape (n,).
        group: Label of each subject's group, shape (n,).

    Raises:
        QuestionError: The input is not that; the text names the first wrong row.

    Source:
        Mantel 1966, Cancer Chemother Rep 50:163; Peto & Peto 1972, J R Stat Soc A 135:185.
    """
    days, dead = checked_times(durations_days, died)
    try:
        labels = group.tolist() if isinstance(group, np.ndarray) else list(group)
    except TypeError:
        raise QuestionError(f"group {group!r} is wrong; expected the name of a group for each duration") from None
    if len(labels) != days.size:
        raise QuestionError(f"{days.size} durations but {len(labels)} groups; expected one for each")
    for row, label in enumerate(labels, 1):
        # NaN is not equal to itself: each NaN would be a separate group.
        if label is None or not isinstance(label, Hashable) or label != label:  # noqa: PLR0124
            raise QuestionError(f"row {row}: group {label} is wrong; expected the name of a group")
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    place = np.fromiter((numbers[label] for label in labels), np.int64, len(labels))
    return log_rank_of(days, dead, place, tuple(numbers))


def log_rank_of(
    days: Whole | Floats,
    died: Flags,
    group: NDArray[np.int64],
    labels: tuple[Any, ...],
    strata: NDArray[np.int64] | None = None,
) -> LogRank:
    """Compare groups of checked times, as R's ``survdiff``.

    Args:
        days: Times, shape (n,).
        died: Whether they ended, shape (n,).
        group: Places in ``labels``, shape (n,).
        labels: Of the groups.
        strata: Number of each subject's stratum, shape (n,): groups are compared within strata, and observed
        deaths, expected deaths and covariances are added up (R's ``strata()``). None for one stratum.
    """
    if not days.size:
        return LogRank((), 0.0, 0, None)
    parts = [np.ones(days.size, bool)] if strata is None else [strata == each for each in np.unique(strata)]
    each = [_of_stratum(days[part], died[part], group[part], len(labels)) for part in parts]
    ended, observed, expected, variance = (np.sum([found[at] for found in each], axis=0) for at in range(4))
    groups = tuple(
        LogRankGroup(label, int(ended[number]), int(observed[number]), float(expected[number]))
        for number, label in enumerate(labels)
    )
    compared = np.flatnonzero(expected > 0)
    if compared.size < 2:
        return LogRank(groups, 0.0, 0, None)
    beyond = observed[compared] - expected[compared]
    spread = variance[np.ix_(compared, compared)]
    solved = np.linalg.lstsq(spread[1:, 1:], beyond[1:], rcond=None)[0]
    chi_square = float(beyond[1:] @ solved)
    df = int(compared.size) - 1
    return LogRank(groups, chi_square, df, chi_square_upper(chi_square, df))


def _of_stratum(
    days: Whole | Floats, died: Flags, group: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Return subjects, observed and expected deaths of each group, and the covariance of the observed."""
    found, place = np.unique(days, return_inverse=True)
    shape = (count, found.size)
    at = group * found.size + place
    ended = np.bincount(at, minlength=math.prod(shape)).reshape(shape)
    deaths = np.bincount(at[died], minlength=math.prod(shape)).reshape(shape)
    at_risk = ended[:, ::-1].cumsum(axis=1)[:, ::-1]
    dying = np.flatnonzero(deaths.sum(axis=0))
    at_risk, deaths = at_risk[:, dying].astype(np.float64), deaths[:, dying]
    all_at_risk, all_deaths = at_risk.sum(axis=0), deaths.sum(axis=0).astype(np.float64)
    expected = (at_risk * (all_deaths / all_at_risk)).cumsum(axis=1)[:, -1] if dying.size else np.zeros(count)
    share = at_risk / all_at_risk
    # A single subject at risk has no variance: the factor is 0 / 0 there, and is set to 0.
    weight = all_deaths * (all_at_risk - all_deaths) / np.maximum(all_at_risk - 1, 1)
    variance = np.diag((weight * share).sum(axis=1)) - (weight * share) @ share.T
    return ended.sum(axis=1), deaths.sum(axis=1), expected, variance


def chi_square_upper(x: float, df: int) -> float:
    """Return the probability that a chi-square variable exceeds x: R's ``pchisq(x, df, lower.tail = FALSE)``.

    A finite sum of positive terms (Abramowitz & Stegun 26.4.4 and 26.4.5), so no digits cancel.

    Args:
        x: Any number.
        df: Degrees of freedom, 1 or more.
    """
    if x <= 0:
        return 1.0
    half = x / 2
    total, order = (math.erfc(math.sqrt(half)), 0.5) if df % 2 else (math.exp(-half), 1.0)
    while order < df / 2:
        total += math.exp(order * math.log(half) - half - math.lgamma(order + 1))
        order += 1
    return min(total, 1.0)
