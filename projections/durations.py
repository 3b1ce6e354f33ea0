"""Durations of groups in any unit, as one table of estimates for each group.

Decimal times are exact: they are counted in the smallest decimal that occurs (months with
three decimals in thousandths of a month), so that every rule for whole days holds for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trialog.events.definition import KAPLAN_MEIER, Definition, FollowUpRule
from trialog.events.errors import QuestionError
from trialog.projections.estimators.bins import Floats, binned
from trialog.projections.estimators.crossing import R_TOLERANCE
from trialog.projections.estimators.curve import Landmark, RestrictedMean, curve_of
from trialog.projections.estimators.inputs import Flags
from trialog.projections.estimators.log_rank import LogRank, log_rank_of
from trialog.projections.estimators.survival import Quantile, Survival
from trialog.projections.rounding import significant

MOST_DIGITS: Final = 15
"""Digits of a decimal that a float holds exactly."""


@dataclass(frozen=True, eq=False)
class Durations:
    """Right-censored times in a unit of their own.

    Attributes:
        time: In units of 10 to the power of -decimals, shape (n,); floats where the times carry too many
            digits to be counted.
        decimals: Digits behind the point.
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
        """Return a time of the outside in the unit of ``time``."""
        return float(time.scaleb(self.decimals))

    def outside(self, time: float | None) -> float | None:
        """Return a time in the unit in which it was given."""
        return None if time is None else time / 10**self.decimals


def counted(times: Sequence[Decimal]) -> tuple[dict[Decimal, float], int]:
    """Return each time in units of the smallest decimal that occurs, and that decimal's digits.

    With more than 15 digits in all the times stay floats, as R has them, and the digits are 0. Then those
    that differ by rounding only count as equal, by the rule of R's ``aeqSurv``.

    Args:
        times: 0 or more, ascending.
    """
    decimals = max((-int(time.normalize().as_tuple().exponent) for time in times), default=0)
    decimals = max(decimals, 0)
    if any(time.scaleb(decimals) >= 10**MOST_DIGITS for time in times):
        return _without_rounding([float(time) for time in times], times), 0
    return {time: int(time.scaleb(decimals)) for time in times}, decimals


def _without_rounding(values: Sequence[float], times: Sequence[Decimal]) -> dict[Decimal, float]:
    """Return each time as a float, the first one of those that stand for one time."""
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
    """Which estimates are wanted beyond the median and the follow-up.

    Attributes:
        definition: Ties and limits.
        rule: Tie rule of the follow-up.
        quantiles: Shares.
        landmarks: Times.
        restricted_to: Time up to which the restricted mean is taken.
        log_rank: Compare the groups.
        curve: Give the whole curve.
    """

    definition: Definition = KAPLAN_MEIER
    rule: FollowUpRule = "flip"
    quantiles: tuple[Fraction, ...] = ()
    landmarks: tuple[Decimal, ...] = ()
    restricted_to: Decimal | None = None
    log_rank: bool = False
    curve: bool = False


@dataclass(frozen=True, eq=False)
class Estimate:
    """The estimates of one group, times in the unit in which they were given.

    Attributes:
        group: Values of the grouping columns.
        survival: Times as they are counted inside.
        longest: Longest time; None for nobody.
        median, follow_up: With limits.
        time_median: Plain median of the times, deaths and censorings alike.
        quantiles, landmarks, restricted_mean: As asked for.
    """

    group: Mapping[str, str]
    survival: Survival
    longest: float | None
    median: Quantile
    follow_up: Quantile
    time_median: float | None
    quantiles: tuple[Quantile, ...]
    landmarks: tuple[Landmark, ...]
    restricted_mean: RestrictedMean | None

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

    plain = replace(found, definition=replace(asked.definition, estimator="to-date"))
    mean = None
    if asked.restricted_to is not None:
        inside = found.restricted_mean(of.inside(asked.restricted_to))
        mean = replace(
            inside,
            until=float(asked.restricted_to),
            value=of.outside(inside.value),
            std_error=of.outside(inside.std_error),
            lower=of.outside(inside.lower),
            upper=of.outside(inside.upper),
        )
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
        restricted_mean=mean,
    )


def estimate_as_dict(
    every: Sequence[Estimate], number: int, of: Durations, asked: Asked, test: LogRank | None
) -> dict[str, Any]:
    """Return the estimates of one of all groups, floats with 12 significant digits."""
    found, definition = every[number], asked.definition
    given: dict[str, Any] = {
        "group": found.label,
        "by": dict(found.group),
        "n": found.survival.n,
        "deaths": found.survival.deaths,
        "longest": found.longest,
        "median": found.median.value,
        "median_lower": found.median.lower,
        "median_upper": found.median.upper,
        "time_median": found.time_median,
        "follow_up_median": found.follow_up.value,
        "follow_up_lower": found.follow_up.lower,
        "follow_up_upper": found.follow_up.upper,
        "follow_up_rule": asked.rule,
        "estimator": definition.estimator,
        "conf_type": definition.conf_type,
        "level": definition.level,
        "ties": definition.ties,
    }
    if asked.quantiles:
        given["quantiles"] = [
            {"p": each.p, "value": each.value, "lower": each.lower, "upper": each.upper, "ties": each.definition.ties}
            for each in found.quantiles
        ]
    if asked.landmarks:
        given["landmarks"] = [
            {
                "at": each.day,
                "at_risk": each.at_risk,
                "deaths": each.deaths,
                **_rounded(survival=each.survival, std_error=each.std_error, lower=each.lower, upper=each.upper),
                "beyond_last": each.beyond_last,
            }
            for each in found.landmarks
        ]
    if found.restricted_mean is not None:
        mean = found.restricted_mean
        given["rmst"] = {
            "until": mean.until,
            **_rounded(value=mean.value, std_error=mean.std_error, lower=mean.lower, upper=mean.upper),
            "beyond_last": mean.beyond_last,
        }
    if test is not None:
        mine = test.groups[number]
        given["log_rank"] = {
            "observed": mine.observed,
            **_rounded(expected=mine.expected, chi_square=test.chi_square),
            "df": test.df,
            **_rounded(p=test.p),
        }
    if asked.curve:
        given["curve"] = list(_steps(found, of, definition))
    return given


def _steps(found: Estimate, of: Durations, definition: Definition) -> list[dict[str, Any]]:
    curve = found.survival.curve
    lower, upper = curve.band(definition.conf_type, definition.level)
    error = curve.std_error
    return [
        {
            "time": of.outside(curve.day[place].item()),
            "at_risk": int(curve.at_risk[place]),
            "deaths": int(curve.deaths[place]),
            "censored": int(curve.censored[place]),
            **_rounded(
                survival=float(curve.survival[place]),
                std_error=float(error[place]),
                lower=float(lower[place]),
                upper=float(upper[place]),
            ),
        }
        for place in range(curve.day.size)
    ]


def _rounded(**values: float | None) -> dict[str, float | None]:
    return {name: significant(value, 12) for name, value in values.items()}
