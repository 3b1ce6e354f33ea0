"""The Kaplan-Meier curve on whole days, by R's rules.

Source: Kaplan & Meier 1958, J Am Stat Assoc 53:457; R package survival (Therneau),
``survfit``, its ``print`` and its ``quantile``. Deaths come before censorings of the same
day; the number at risk on a day counts all subjects whose time is that day or later.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import SupportsFloat, get_args

import numpy as np

from trialog.events.definition import KAPLAN_MEIER, ConfType, Definition, FollowUpRule
from trialog.events.errors import QuestionError
from trialog.projections.estimators.bins import Bins, Counts, Days, Floats, binned
from trialog.projections.estimators.crossing import QuantileRule, band, crossings, normal_quantile
from trialog.projections.estimators.inputs import Flags, Whole


@dataclass(frozen=True)
class Landmark:
    """Survival at a day, after the deaths of that day.

    Attributes:
        definition: Kind and level of the limits.
        n: Subjects.
        day: Days from the origin.
        at_risk: Subjects whose time is that day or later.
        deaths: Deaths up to and including that day.
        survival: S, between 0 and 1; None without subjects.
        std_error: Greenwood's standard error; None if S is 0.
        lower, upper: Pointwise limits; None if R gives NA.
        beyond_last: Whether the day lies after the last time, so that the last level is extended.
    """

    definition: Definition
    n: int
    day: float
    at_risk: int
    deaths: int
    survival: float | None
    std_error: float | None
    lower: float | None
    upper: float | None
    beyond_last: bool


@dataclass(frozen=True)
class RestrictedMean:
    """Mean time up to a day: the area under the curve.

    Attributes:
        definition: Level of the limits.
        n, deaths: Subjects, and how many of them died on any day.
        until: That day.
        value: Days; None without subjects, as are error and limits.
        std_error: As R: no factor n / (n - 1), a day on which all subjects at risk die is skipped.
        lower, upper: Limits, value -+ z times its error.
        beyond_last: Whether the day lies after the last time, so that the last level is extended.
    """

    definition: Definition
    n: int
    deaths: int
    until: float
    value: float | None
    std_error: float | None
    lower: float | None
    upper: float | None
    beyond_last: bool


@dataclass(frozen=True, eq=False)
class Curve:
    """A Kaplan-Meier curve; one value for each day with a death or a censoring.

    Attributes:
        day: Days from the origin, ascending, shape (days,).
        at_risk: Subjects whose time is that day or later.
        deaths, censored: Subjects whose time ends that day.
    """

    day: Days
    at_risk: Counts
    deaths: Counts
    censored: Counts

    @property
    def n(self) -> int:
        """Number of subjects."""
        return int(self.deaths.sum() + self.censored.sum())

    @property
    def total_deaths(self) -> int:
        """Number of deaths."""
        return int(self.deaths.sum())

    @cached_property
    def survival(self) -> Floats:
        """S on each day, after the deaths of the day."""
        steps = np.ones(self.day.size)
        # A reversed curve can have a day with no subject at risk; such a day is not a step.
        np.divide(self.at_risk - self.deaths, self.at_risk, out=steps, where=self.deaths > 0)
        product: Floats = steps.cumprod()
        return product

    @cached_property
    def log_error(self) -> Floats:
        """Greenwood's standard error of log S; NaN if S is 0."""
        alive = (self.at_risk - self.deaths).astype(np.float64)
        terms = np.zeros(self.day.size)
        np.divide(self.deaths, self.at_risk * alive, out=terms, where=(self.deaths > 0) & (alive > 0))
        error: Floats = np.sqrt(terms.cumsum())
        error[self.survival == 0] = np.nan
        return error

    @property
    def std_error(self) -> Floats:
        """Greenwood's standard error of S; NaN if S is 0."""
        error: Floats = self.survival * self.log_error
        return error

    def band(self, conf_type: ConfType, level: float) -> tuple[Floats, Floats]:
        """Return the lower and upper pointwise limits of S on each day; NaN if R gives NA.

        If S is 1 the limits are 1: R's ``log-log`` gives NA there before version 3.8-4 of survival.
        """
        z = normal_quantile(level)
        lower, upper = np.full(self.day.size, np.nan), np.full(self.day.size, np.nan)
        lower[self.survival == 1] = upper[self.survival == 1] = 1.0
        within = (self.survival > 0) & (self.survival < 1)
        for edge, side in ((lower, -1), (upper, 1)):
            edge[within] = band(conf_type, z, self.survival[within], self.log_error[within], side)
        return lower, upper

    def quantile(self, rule: QuantileRule) -> tuple[float | None, float | None, float | None]:
        """Return the day on which S comes down to a level, and the days of its limits; None if not reached."""
        dying = np.flatnonzero(self.deaths)
        days = self.day[dying]
        last = self.day[-1].item() if self.day.size else 0
        value, lower, upper = (
            spot.day(days, last, rule.ties)
            for spot in crossings(self.at_risk[dying].astype(np.float64), self.deaths[dying].astype(np.float64), rule)
        )
        return value, lower, upper

    def at(self, day: float, definition: Definition = KAPLAN_MEIER) -> Landmark:
        """Return survival at a day.

        After the last time the last level is extended (R's ``extend=TRUE``).

        Raises:
            QuestionError: The day is before the origin.
        """
        _check_day(day, "landmark")
        if not self.day.size:
            return Landmark(definition, 0, day, 0, 0, None, None, None, None, True)
        later = int(np.searchsorted(self.day, day, side="left"))
        at_risk = int(self.at_risk[later]) if later < self.day.size else 0
        beyond = later == self.day.size
        place = int(np.searchsorted(self.day, day, side="right")) - 1
        if place < 0:
            return Landmark(definition, self.n, day, at_risk, 0, 1.0, 0.0, 1.0, 1.0, beyond)
        lower, upper = self.band(definition.conf_type, definition.level)
        return Landmark(
            definition=definition,
            n=self.n,
            day=day,
            at_risk=at_risk,
            deaths=int(self.deaths[: place + 1].sum()),
            survival=float(self.survival[place]),
            std_error=_known(self.std_error[place]),
            lower=_known(lower[place]),
            upper=_known(upper[place]),
            beyond_last=beyond,
        )

    def restricted_mean(self, until: float, definition: Definition = KAPLAN_MEIER) -> RestrictedMean:
        """Return the mean time up to a day.

        R refuses a day before the first time. No time has ended by then, so here the mean is that
        day itself, without error.

        Raises:
            QuestionError: The day is before the origin.
        """
        _check_day(until, "restricted mean")
        if not self.day.size:
            return RestrictedMean(definition, 0, 0, until, None, None, None, None, True)
        place = int(np.searchsorted(self.day, until, side="right"))
        start = np.concatenate(([0.0], self.day[:place]))
        height = np.concatenate(([1.0], self.survival[:place]))
        area = height * np.diff(start, append=until)
        ahead = area[::-1].cumsum()[::-1]
        deaths, at_risk = self.deaths[:place], self.at_risk[:place].astype(np.float64)
        counted = (deaths > 0) & (deaths < at_risk)
        terms = ahead[1:][counted] ** 2 * deaths[counted] / (at_risk[counted] * (at_risk - deaths)[counted])
        error = math.sqrt(float(terms.cumsum()[-1])) if terms.size else 0.0
        value = float(ahead[0])
        spread = normal_quantile(definition.level) * error
        return RestrictedMean(
            definition=definition,
            n=self.n,
            deaths=self.total_deaths,
            until=until,
            value=value,
            std_error=error,
            lower=value - spread,
            upper=value + spread,
            beyond_last=bool(until > self.day[-1]),
        )

    def reversed(self, rule: FollowUpRule = "flip") -> Curve:
        """Return the reverse curve: time until a subject is no longer followed; deaths count as censorings.

        Args:
            rule: ``flip`` is R's ``Surv(time, 1 - status)``: a death stays at risk for the censorings
                of its day. In ``deaths first`` (prodlim) the deaths of a day leave before them.

        Raises:
            QuestionError: The rule is neither of these.
        """
        if rule not in get_args(FollowUpRule):
            raise QuestionError(f"follow-up rule {rule!r} is not known; expected {' or '.join(get_args(FollowUpRule))}")
        at_risk = self.at_risk if rule == "flip" else self.at_risk - self.deaths
        return Curve(self.day, at_risk, self.censored, self.deaths)


def _check_day(day: float, what: str) -> None:
    if not (isinstance(day, SupportsFloat) and math.isfinite(day) and day >= 0):
        raise QuestionError(f"{what} at {day} is wrong; expected a day at or after the origin, 0 or more")


def _known(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)


def curve_of(bins: Bins) -> Curve:
    """Return the Kaplan-Meier curve of times in bins."""
    ended = bins.deaths + bins.censored
    at_risk: Counts = ended[::-1].cumsum()[::-1]
    return Curve(bins.day, at_risk, bins.deaths, bins.censored)


def curve(days: Whole | Floats, died: Flags) -> Curve:
    """Return the Kaplan-Meier curve of checked times, in O(subjects + days).

    Args:
        days: 0 or more, shape (n,); whole, unless they come in a unit of their own.
        died: Shape (n,).
    """
    return curve_of(binned(days, died))
