"""Durations of groups in any unit, as one table of estimates for each group.

Decimal times are exact: they are counted in the smallest decimal that occurs (months with
three decimals in thousandths of a month), so that every rule for whole days holds for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from trialog.events.definition import KAPLAN_MEIER, Definition, FollowUpRule
from trialog.events.errors import QuestionError
from trialog.projections.estimators.bins import Floats, binned
from trialog.projections.estimators.crossing import R_TOLERANCE
from trialog.projections.estimators.curve import Curve, Landmark, RestrictedMean, curve_of
from trialog.projections.estimators.inputs import Flags
from trialog.projections.estimators.log_rank import LogRank, log_rank_of
from trialog.projections.estimators.survival import Quantile, Survival

MOST_DIGITS: Final = 15
"""Digits of a decimal number that a float represents exactly."""

Missing = Literal["NR", "NE"]
"""Why a time has no value. ``NR``, not reached: the curve or its limit never falls to the level. ``NE``, not
estimable: it falls to it only when survival is 0, which has no limits; or there are no subjects."""


@dataclass(frozen=True, eq=False)
class Durations:
    """Right-censored times in the smallest decimal unit that they need.

    Attributes:
        time: In units of 10 to the power of -decimals, shape (n,); floats if the times have too many
        digits for whole numbers.
        decimals: Digits after the decimal point.
        died: Whether the time ended in death, shape (n,).
        group: Place in ``groups``, shape (n,).
        groups: Values of the grouping columns, for each group.
    """

    time: NDArray[np.int64] | Floats
    decimals: int
    died: Flags
    group: NDArray[np.int64]
    groups: tuple[Mapping[str, str], ...]

    def inside(self, time: Decimal) -> float:
        """Return a time given by the user, in the unit of ``time``."""
        return float(time.scaleb(self.decimals))

    def outside(self, time: float | None) -> float | None:
        """Return a time in the unit in which it was given."""
        return None if time is None else time / 10**self.decimals


def durations_of(
    times: Sequence[Decimal],
    time: Sequence[int],
    ended: Sequence[bool],
    group: Sequence[int],
    groups: Sequence[Mapping[str, str]],
) -> Durations:
    """Return the durations of some rows.

    Args:
        times: The distinct times, 0 or more, in any order; one may occur twice.
        time: Of each row, its place in ``times``.
        ended: Of each row, whether the time ended in death.
        group: Of each row, its place in ``groups``.
        groups: Values of the grouping columns of each group.
    """
    inside, decimals = counted(sorted(set(times)))
    exact = [inside[each] for each in times]
    unscaled = any(isinstance(value, float) for value in exact)
    values = np.array(exact, np.float64) if unscaled else np.array(exact, np.int64)
    return Durations(
        time=values[np.array(time, np.int64)],
        decimals=decimals,
        died=np.array(ended, bool),
        group=np.array(group, np.int64),
        groups=tuple(groups),
    )


def counted(times: Sequence[Decimal]) -> tuple[dict[Decimal, float], int]:
    """Return each time in units of the smallest decimal that occurs, and that decimal's digits.

    If more than 15 digits are needed, the times stay floats, as in R, and the number of digits is 0. Then times
    that differ only by rounding count as equal, by the rule of R's ``aeqSurv``.

    Args:
        times: 0 or more, ascending.
    """
    decimals = max((-int(time.normalize().as_tuple().exponent) for time in times), default=0)
    decimals = max(decimals, 0)
    if any(time.scaleb(decimals) >= 10**MOST_DIGITS for time in times):
        return _without_rounding([float(time) for time in times], times), 0
    return {time: int(time.scaleb(decimals)) for time in times}, decimals


def _without_rounding(values: Sequence[float], times: Sequence[Decimal]) -> dict[Decimal, float]:
    """Return each time as a float; times that count as equal all get the first of their values."""
    mean = sum(set(values)) / len(set(values))
    found: dict[Decimal, float] = {}
    first = before = values[0]
    for time, value in zip(times, values, strict=True):
        if value - before > R_TOLERANCE * max(mean, 1.0):
            first = value
        found[time] = first
        before = value
    return found


@dataclass(frozen=True)
class Asked:
    """Estimates wanted in addition to the median and the follow-up.

    Attributes:
        definition: Ties and limits.
        rule: Tie rule of the follow-up.
        quantiles: Shares.
        landmarks: Times.
        restricted_to: Times up to which restricted means are taken.
        log_rank: Compare the groups.
        curve: Give the whole curve.
    """

    definition: Definition = KAPLAN_MEIER
    rule: FollowUpRule = "flip"
    quantiles: tuple[Fraction, ...] = ()
    landmarks: tuple[Decimal, ...] = ()
    restricted_to: tuple[Decimal, ...] = ()
    log_rank: bool = False
    curve: bool = False


@dataclass(frozen=True, eq=False)
class Estimate:
    """The estimates of one group, times in the unit in which they were given.

    Attributes:
        group: Values of the grouping columns.
        survival: Survival in the internal unit of `Durations.time`.
        longest: Longest time; None without subjects.
        median, follow_up: With limits.
        time_median: Plain median of the times, deaths and censorings alike.
        quantiles, landmarks, restricted_means: As asked for.
        missing: What None means in the median and the quantiles.
        follow_up_missing: What None means in the follow-up.
    """

    group: Mapping[str, str]
    survival: Survival
    longest: float | None
    median: Quantile
    follow_up: Quantile
    time_median: float | None
    quantiles: tuple[Quantile, ...]
    landmarks: tuple[Landmark, ...]
    restricted_means: tuple[RestrictedMean, ...]
    missing: Missing
    follow_up_missing: Missing

    @property
    def label(self) -> str:
        """The group in one word; ``all`` without grouping columns."""
        return ", ".join(self.group.values()) or "all"


def estimates(of: Durations, asked: Asked) -> tuple[list[Estimate], LogRank | None]:
    """Return the estimates of each group, and the test that compares them.

    Raises:
        QuestionError: A log-rank test was asked for without groups to compare.
    """
    if asked.log_rank and len(of.groups) < 2:
        raise QuestionError(f"a log-rank test compares two groups or more, found {len(of.groups)}; name --group")
    order = np.argsort(of.group, kind="stable")
    bounds = np.searchsorted(of.group[order], np.arange(len(of.groups) + 1))
    found = []
    for number, group in enumerate(of.groups):
        rows = order[bounds[number] : bounds[number + 1]]
        curve = curve_of(binned(of.time[rows], of.died[rows]))
        found.append(_estimate(of, asked, group, Survival(asked.definition, curve, asked.rule)))
    labels = tuple(each.label for each in found)
    test = log_rank_of(of.time, of.died, of.group, labels) if asked.log_rank else None
    return found, test


def _estimate(of: Durations, asked: Asked, group: Mapping[str, str], found: Survival) -> Estimate:
    def outside(quantile: Quantile) -> Quantile:
        value, lower, upper = (of.outside(each) for each in (quantile.value, quantile.lower, quantile.upper))
        return replace(quantile, value=value, lower=lower, upper=upper)

    def mean_until(time: Decimal) -> RestrictedMean:
        mean = found.restricted_mean(of.inside(time))
        value, error, lower, upper = (of.outside(each) for each in (mean.value, mean.std_error, mean.lower, mean.upper))
        return replace(mean, until=float(time), value=value, std_error=error, lower=lower, upper=upper)

    plain = replace(found, definition=replace(asked.definition, estimator="to-date"))
    days = found.curve.day
    return Estimate(
        group=group,
        survival=found,
        longest=of.outside(days[-1].item()) if days.size else None,
        median=outside(
            Quantile(found.definition, found.n, found.deaths, 0.5, found.median, found.median_lower, found.median_upper)
        ),
        follow_up=outside(found.follow_up),
        time_median=of.outside(plain.median),
        quantiles=tuple(outside(found.quantile(p)) for p in asked.quantiles),
        landmarks=tuple(replace(found.at(of.inside(at)), day=float(at)) for at in asked.landmarks),
        restricted_means=tuple(map(mean_until, asked.restricted_to)),
        missing=missing_of(found.curve),
        follow_up_missing=missing_of(found.curve.reversed(found.rule)),
    )


def missing_of(curve: Curve) -> Missing:
    """Return why a quantile of a curve, or a limit of one, has no value."""
    return "NE" if not curve.day.size or curve.survival[-1] == 0 else "NR"
