"""A few figures of plain lists of times, computed by the project's estimators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from trialog.events.definition import KAPLAN_MEIER, ConfType, Ties
from trialog.projections.estimators.crossing import QuantileRule
from trialog.projections.estimators.curve import Curve, curve

Times = Sequence[tuple[int, bool]]
"""Days from the origin, and whether they ended in the endpoint."""

HALF = Fraction(1, 2)


def curve_of(times: Times) -> Curve:
    """Return the Kaplan-Meier curve of some times."""
    return curve(np.array([days for days, _ in times], np.int64), np.array([ended for _, ended in times], bool))


def kaplan_meier_median(times: Times, ties: Ties) -> float | None:
    """Return the median in days; None if it is not reached."""
    return curve_of(times).quantile(QuantileRule.of(replace(KAPLAN_MEIER, ties=ties)))[0]


def median_limits(
    times: Times, level: float, conf_type: ConfType = "log", ties: Ties = "midpoint"
) -> tuple[float | None, float | None]:
    """Return the limits of the median.

    Args:
        times: Of the subjects.
        level: Coverage, between 0 and 1.
        conf_type: Kind of limits.
        ties: Rule for a band that equals one half over an interval.
    """
    rule = QuantileRule.of(replace(KAPLAN_MEIER, conf_type=conf_type, level=level, ties=ties))
    _, lower, upper = curve_of(times).quantile(rule)
    return lower, upper


def survival_at(found: Curve, day: float) -> Fraction:
    """Return S after the deaths of a day, exact; after the last time S stays at its last level."""
    alive = Fraction(1)
    for on, at_risk, deaths in zip(found.day.tolist(), found.at_risk.tolist(), found.deaths.tolist(), strict=True):
        if on <= day:
            alive *= Fraction(at_risk - deaths, at_risk)
    return alive


def ends_flat_at_half(found: Curve) -> bool:
    """Tell whether a curve ends at exactly one half.

    R prints the first day there as the median; SAS calls it not evaluable, and releases call it not reached.
    """
    return survival_at(found, float("inf")) == HALF
