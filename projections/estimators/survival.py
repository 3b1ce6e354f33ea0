"""Survival of one group under one definition, and how long it has been followed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from trialog.events.definition import KAPLAN_MEIER, Definition, FollowUpRule
from trialog.projections.estimators.bins import binned
from trialog.projections.estimators.crossing import QuantileRule, fraction_of
from trialog.projections.estimators.curve import Curve, Landmark, RestrictedMean, curve_of
from trialog.projections.estimators.inputs import checked_definition, checked_times
from trialog.projections.estimators.to_date import to_date_median


@dataclass(frozen=True)
class Quantile:
    """The day by which a share of subjects has died.

    Attributes:
        definition: Ties and limits.
        n, deaths: Subjects, and how many of them have died.
        p: The share.
        value: Days; None if it is not reached.
        lower, upper: Limits; None if not reached.
    """

    definition: Definition
    n: int
    deaths: int
    p: float
    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, eq=False)
class Survival:
    """Survival of one group.

    Every figure follows ``definition``: its estimator and its tie rule for the median, its kind and
    level of limits. Origin, population and censoring describe how the caller obtained the times.

    Attributes:
        definition: Under which every figure here is computed.
        curve: The Kaplan-Meier curve: ``day``, ``at_risk``, ``deaths``, ``censored``, ``survival``,
            ``std_error``, ``band()``; one value for each day on which a time ended.
        rule: The tie rule of the follow-up: ``flip`` or ``deaths first``.
    """

    definition: Definition
    curve: Curve
    rule: FollowUpRule = "flip"

    @property
    def n(self) -> int:
        """Number of subjects."""
        return self.curve.n

    @property
    def deaths(self) -> int:
        """Number of deaths."""
        return self.curve.total_deaths

    @property
    def median(self) -> float | None:
        """Median in days by the definition's estimator; None if it is not reached."""
        return self._median[0]

    @property
    def median_lower(self) -> float | None:
        """Lower limit of the median; None if not reached, and for a to-date median, which has none."""
        return self._median[1]

    @property
    def median_upper(self) -> float | None:
        """Upper limit of the median; None if not reached, and for a to-date median, which has none."""
        return self._median[2]

    @cached_property
    def _median(self) -> tuple[float | None, float | None, float | None]:
        if self.definition.estimator == "to-date":
            return _plain_median(self.curve), None, None
        return self.curve.quantile(QuantileRule.of(self.definition))

    @cached_property
    def follow_up(self) -> Quantile:
        """Median follow-up by the reverse Kaplan-Meier method, with limits."""
        return self._quantile(0.5, self.curve.reversed(self.rule), QuantileRule.of(self.definition))

    def _quantile(self, p: float, curve: Curve, rule: QuantileRule) -> Quantile:
        return Quantile(replace(self.definition, ties=rule.ties), self.n, self.deaths, p, *curve.quantile(rule))

    @property
    def follow_up_median(self) -> float | None:
        """Median follow-up in days; None if it is not reached."""
        return self.follow_up.value

    def quantile(self, p: Fraction | float) -> Quantile:
        """Return the day by which a share p has died, with limits, by R's ``quantile``.

        If the curve ends flat at exactly 1 - p, the quantile is the middle between the first day there and the
        last day observed, while the median follows R's ``print``; the rule "first day" holds for both.

        Raises:
            QuestionError: p does not lie between 0 and 1.
        """
        share = fraction_of(p)
        rule = QuantileRule.of(self.definition, share)
        if rule.ties == "midpoint":
            rule = replace(rule, ties="midpoint to end")
        return self._quantile(float(share), self.curve, rule)

    def at(self, day: float) -> Landmark:
        """Return survival at a day with Greenwood's error, limits and the number at risk.

        Raises:
            QuestionError: The day is before the origin.
        """
        return self.curve.at(day, self.definition)

    def restricted_mean(self, until: float) -> RestrictedMean:
        """Return the mean time up to a day, with its error.

        Raises:
            QuestionError: The day is before the origin.
        """
        return self.curve.restricted_mean(until, self.definition)


def _plain_median(curve: Curve) -> float | None:
    """Return the plain median of the times from which a curve was computed."""
    if not curve.day.size:
        return None
    ended = (curve.deaths + curve.censored).cumsum()
    n = int(ended[-1])
    low, high = np.searchsorted(ended, ((n + 1) // 2, n // 2 + 1))
    return float(curve.day[low].item() + curve.day[high].item()) / 2


def survival(durations_days: ArrayLike, died: ArrayLike, definition: Definition = KAPLAN_MEIER) -> Survival:
    """Return survival of one group from right-censored times, in O(subjects + days).

    Args:
        durations_days: Whole days from the origin, shape (n,).
        died: 1 or True if the time ended in death, 0 or False if it was censored, shape (n,).
        definition: Estimator, ties, limits; stated in the result.

    Raises:
        QuestionError: The input is not that; the text names the first wrong row.
    """
    return Survival(checked_definition(definition), curve_of(binned(*checked_times(durations_days, died))))


def follow_up(
    durations_days: ArrayLike,
    died: ArrayLike,
    definition: Definition = KAPLAN_MEIER,
    rule: FollowUpRule = "flip",
) -> Quantile:
    """Return the median follow-up by the reverse Kaplan-Meier method: deaths are censored.

    Args:
        durations_days: Whole days from the origin, shape (n,).
        died: 1 or True if the time ended in death, shape (n,).
        definition: Ties and limits.
        rule: ``flip`` (R) or ``deaths first`` (prodlim): whether a death stays at risk for the
            censorings of its day.

    Raises:
        QuestionError: The input is not that; the text names the first wrong row.
    """
    found = survival(durations_days, died, definition)
    return Survival(found.definition, found.curve, rule).follow_up


def restricted_mean(
    durations_days: ArrayLike, died: ArrayLike, until: float, definition: Definition = KAPLAN_MEIER
) -> RestrictedMean:
    """Return the mean time up to a day, with its error and limits.

    Raises:
        QuestionError: The input is wrong, or the day is before the origin.
    """
    return survival(durations_days, died, definition).restricted_mean(until)


__all__ = ["Quantile", "Survival", "follow_up", "restricted_mean", "survival", "to_date_median"]
