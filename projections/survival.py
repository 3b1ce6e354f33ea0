"""The Kaplan-Meier estimate on whole days, by R's rules.

Source: Kaplan & Meier 1958, J Am Stat Assoc 53:457; R package survival (Therneau),
``survfit`` and its ``print``. Deaths come before censorings of the same day; the number
at risk on a day counts everybody whose time is that day or later. Whether S stands at
exactly one half is decided in whole numbers: with floats six subjects who die on days
1 to 6 have S(3) = 0.5000000000000001 and the median slips to the next death.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from statistics import NormalDist
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialog.events.definition import ConfType, Ties
from trialog.events.errors import QuestionError

R_TOLERANCE: Final = 2.0**-26
"""Within this of one half a band counts as one half (R's ``.Machine$double.eps^.5``)."""

_DOUBTFUL: Final = 1e-9
"""Floats decide a comparison only when they differ by more than this; rounding stays far below it."""

Floats = NDArray[np.float64]
FlatEnd = Literal["first day", "midpoint"]


def checked_times(durations_days: ArrayLike, died: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return durations and indicators as arrays of whole days and truth values.

    Raises:
        QuestionError: Unequal lengths; a duration that is negative, missing or no whole number; an
            indicator other than 0 and 1. The text names the first wrong row, counted from 1.
    """
    days = np.asarray(durations_days)
    dead = np.asarray(died)
    if days.ndim != 1 or dead.ndim != 1:
        raise QuestionError(f"expected two lists of numbers, found shapes {days.shape} and {dead.shape}")
    if days.size != dead.size:
        raise QuestionError(f"{days.size} durations but {dead.size} indicators of death; expected one for each")
    if dead.dtype != np.bool_:
        if dead.dtype.kind not in "iuf":
            raise QuestionError(f"indicators of death are {dead.dtype}; expected 1 for died and 0 for censored")
        _refuse_first(~np.isin(dead, (0, 1)), dead, "indicator of death", "1 for died or 0 for censored")
        dead = dead.astype(bool)
    if days.dtype.kind == "f":
        _refuse_first(~np.isfinite(days), days, "duration", "a number of days")
        _refuse_first(days != np.floor(days), days, "duration", "whole days")
        _refuse_first(days < 0, days, "duration", "a day at or after the origin, 0 or more")
    elif days.dtype.kind in "iu":
        if days.size and days.min() < 0:
            _refuse_first(days < 0, days, "duration", "a day at or after the origin, 0 or more")
    elif days.size:
        raise QuestionError(f"durations are {days.dtype}; expected whole days")
    return days.astype(np.int64, copy=False), dead


def _refuse_first(wrong: NDArray[np.bool_], values: NDArray[np.generic], what: str, expected: str) -> None:
    if wrong.any():
        at = int(np.argmax(wrong))
        raise QuestionError(f"row {at + 1}: {what} {values[at]} is wrong; expected {expected}")


@dataclass(frozen=True)
class Landmark:
    """Survival at a day.

    Attributes:
        day: Days from the origin.
        at_risk: Subjects whose time is that day or later.
        deaths: Deaths up to and including that day.
        survival: S, between 0 and 1.
        std_error: Greenwood's standard error; None where S is 0.
        lower, upper: Pointwise limits; None where R gives NA.
    """

    day: int
    at_risk: int
    deaths: int
    survival: float
    std_error: float | None
    lower: float | None
    upper: float | None


def _known(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)


@dataclass(frozen=True, eq=False)
class Curve:
    """A Kaplan-Meier curve; one value for each day on which somebody died or was censored.

    Attributes:
        day: Days from the origin, ascending.
        at_risk: Subjects whose time is that day or later.
        deaths, censored: Subjects whose time ends that day.
    """

    day: NDArray[np.int64]
    at_risk: NDArray[np.int64]
    deaths: NDArray[np.int64]
    censored: NDArray[np.int64]

    @property
    def n(self) -> int:
        """Number of subjects."""
        return int(self.at_risk[0]) if self.at_risk.size else 0

    @property
    def total_deaths(self) -> int:
        """Number of deaths."""
        return int(self.deaths.sum())

    @cached_property
    def survival(self) -> Floats:
        """S on each day, after the deaths of the day."""
        steps: Floats = (self.at_risk - self.deaths) / self.at_risk
        return steps.cumprod()

    @cached_property
    def log_error(self) -> Floats:
        """Greenwood's standard error of log S; NaN where S is 0."""
        alive = self.at_risk - self.deaths
        with np.errstate(divide="ignore", invalid="ignore"):
            terms: Floats = np.where(alive > 0, self.deaths / (self.at_risk * alive.astype(np.float64)), np.nan)
        error: Floats = np.sqrt(terms.cumsum())
        return error

    @property
    def std_error(self) -> Floats:
        """Greenwood's standard error of S; NaN where S is 0."""
        error: Floats = self.survival * self.log_error
        return error

    def band(self, conf_type: ConfType, level: float) -> tuple[Floats, Floats]:
        """Return the lower and upper pointwise limits of S; NaN where R gives NA.

        Args:
            conf_type: ``plain`` S -+ z S s, ``log`` S exp(-+ z s), ``log-log`` S ** exp(-+ z s / log S).
            level: Coverage.
        """
        z = NormalDist().inv_cdf((1 + level) / 2)
        s, error = self.survival, self.log_error
        lower: Floats
        upper: Floats
        with np.errstate(divide="ignore", invalid="ignore"):
            match conf_type:
                case "plain":
                    lower, upper = s - z * s * error, s + z * s * error
                case "log":
                    lower, upper = s * np.exp(-z * error), s * np.exp(z * error)
                case "log-log":
                    spread = z * error / np.log(s)
                    lower, upper = s ** np.exp(-spread), s ** np.exp(spread)
        cut: tuple[Floats, Floats] = np.maximum(lower, 0.0), np.minimum(upper, 1.0)
        return cut

    def quantile(
        self, p: Fraction | float = Fraction(1, 2), ties: Ties = "midpoint", flat_end: FlatEnd = "first day"
    ) -> float | None:
        """Return the day by which a share p of subjects has died; None when it is not reached.

        Args:
            p: Share, between 0 and 1; a float stands for the decimal number that it prints as.
            ties: Where S stands at exactly 1 - p and drops later: the middle of that interval, or its
                first day.
            flat_end: Where S ends at exactly 1 - p: the first day there (R's ``print``) or the middle
                between it and the last day (R's ``quantile``).
        """
        level = 1 - (p if isinstance(p, Fraction) else Fraction(repr(float(p))))
        below, at_level = self._first_below(level)
        if at_level is not None:
            first = float(self.day[at_level])
            if ties == "first day":
                return first
            if below is not None:
                return (first + float(self.day[below])) / 2
            return first if flat_end == "first day" else (first + float(self.day[-1])) / 2
        return None if below is None else float(self.day[below])

    def _first_below(self, level: Fraction) -> tuple[int | None, int | None]:
        """Return the first place with S < level, and the first with S exactly level; None where there is none."""
        distance = self.survival - float(level)
        doubtful = np.flatnonzero(np.abs(distance) <= _DOUBTFUL)
        clear = np.flatnonzero(distance < -_DOUBTFUL)
        below = int(clear[0]) if clear.size else None
        at_level = None
        if doubtful.size:
            numerator, denominator = self._exact_ratio(int(doubtful[0]))
            for place in doubtful.tolist():
                if place > doubtful[0]:
                    numerator *= int(self.at_risk[place] - self.deaths[place])
                    denominator *= int(self.at_risk[place])
                difference = numerator * level.denominator - level.numerator * denominator
                if difference < 0:
                    return place, at_level
                if difference == 0 and at_level is None:
                    at_level = place
        return below, at_level

    def _exact_ratio(self, place: int) -> tuple[int, int]:
        """Return S at a place as a ratio of whole numbers."""
        dying = np.flatnonzero(self.deaths[: place + 1])
        return (
            math.prod((self.at_risk[dying] - self.deaths[dying]).tolist()),
            math.prod(self.at_risk[dying].tolist()),
        )

    def at(self, day: int, conf_type: ConfType = "log", level: float = 0.95) -> Landmark:
        """Return survival at a day, after the deaths of that day.

        Beyond the last time the last level goes on (R's ``extend=TRUE``); look at ``at_risk``.
        """
        place = int(np.searchsorted(self.day, day, side="right")) - 1
        at_risk = int(self.censored[place + 1 :].sum() + self.deaths[place + 1 :].sum())
        if place >= 0 and self.day[place] == day:
            at_risk = int(self.at_risk[place])
        if place < 0:
            return Landmark(day, at_risk, 0, 1.0, 0.0, 1.0, 1.0)
        lower, upper = self.band(conf_type, level)
        return Landmark(
            day=day,
            at_risk=at_risk,
            deaths=int(self.deaths[: place + 1].sum()),
            survival=float(self.survival[place]),
            std_error=_known(self.std_error[place]),
            lower=_known(lower[place]),
            upper=_known(upper[place]),
        )

    def limits(self, conf_type: ConfType, level: float, p: float = 0.5) -> tuple[float | None, float | None]:
        """Return the limits of the quantile: its rule applied to the lower and to the upper band."""
        lower, upper = self.band(conf_type, level)
        return self._band_crossing(lower, 1 - p), self._band_crossing(upper, 1 - p)

    def _band_crossing(self, band: Floats, level: float) -> float | None:
        with np.errstate(invalid="ignore"):
            reached = np.flatnonzero(band < level + R_TOLERANCE)
            if not reached.size:
                return None
            at = reached[0]
            if abs(band[at] - level) < R_TOLERANCE:
                lower = np.flatnonzero(band[at:] < band[at])
                if lower.size:
                    return float(self.day[at] + self.day[at + lower[0]]) / 2
        return float(self.day[at])


def curve(days: NDArray[np.int64], died: NDArray[np.bool_]) -> Curve:
    """Return the Kaplan-Meier curve of checked times, in O(subjects + days).

    Args:
        days: Whole days, 0 or more, shape (n,).
        died: Shape (n,).
    """
    if not days.size:
        nothing = np.empty(0, np.int64)
        return Curve(nothing, nothing, nothing, nothing)
    if days.max() > 4 * days.size + 100_000:
        # Times far longer than there are subjects: sorting them is cheaper than a bin for each day.
        found, place = np.unique(days, return_inverse=True)
    else:
        found, place = None, days
    bins = np.bincount(place * 2 + died)
    bins = np.append(bins, np.zeros(bins.size % 2, np.int64)).reshape(-1, 2)
    ended = bins.sum(axis=1)
    at_risk = ended[::-1].cumsum()[::-1]
    used = np.flatnonzero(ended)
    return Curve(used if found is None else found[used], at_risk[used], bins[used, 1], bins[used, 0])


def survival(durations_days: ArrayLike, died: ArrayLike) -> Curve:
    """Return the Kaplan-Meier curve of any right-censored times.

    Args:
        durations_days: Whole days from the origin, shape (n,).
        died: 1 or True where the time ended in death, 0 or False where it was censored, shape (n,).

    Raises:
        QuestionError: The input is not that; the text names the first wrong row.
    """
    return curve(*checked_times(durations_days, died))


def follow_up(durations_days: ArrayLike, died: ArrayLike) -> Curve:
    """Return the reverse Kaplan-Meier curve: time until a subject is no longer followed, deaths censored.

    R's flipped status, named "flip": a death stays at risk for the censorings of its day.
    """
    days, dead = checked_times(durations_days, died)
    return curve(days, ~dead)


def to_date_median(durations_days: ArrayLike) -> float | None:
    """Return the plain median of times so far, the two middle ones averaged; None for nobody.

    Args:
        durations_days: Whole days, shape (n,).
    """
    days = np.asarray(durations_days)
    if not days.size:
        return None
    middle = days.size // 2
    if days.size % 2:
        return float(np.partition(days, middle)[middle])
    pair = np.partition(days, (middle - 1, middle))[middle - 1 : middle + 1]
    return float(int(pair[0]) + int(pair[1])) / 2
