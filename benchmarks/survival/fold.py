"""The day-bin fold, bare: NumPy only, no checks, floats decide at one half.

What `trialog.projections.history` does on top (exact decisions, tie rules, kinds of limits,
checked input) is measured against this.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.survival.cohorts import Cohort
from benchmarks.survival.others import Z


def bare_fold(of: Cohort, days: int) -> NDArray[np.float64]:
    """Return to-date median, Kaplan-Meier median and log-log limits at every cutoff, shape (days, 4)."""
    entry, end, died = of
    entering = np.bincount(entry, minlength=days)[:days]
    order = np.argsort(end, kind="stable")
    ended, began, dead = end[order], entry[order], died[order]
    bounds = np.searchsorted(ended, np.arange(days + 1))
    followed, living = np.zeros(days, np.int64), np.zeros(days, np.int64)
    seen, reached, deaths = np.zeros(days, np.int64), np.zeros(days, np.int64), np.zeros(days, np.int64)
    found = np.full((days, 4), np.nan)
    n = 0
    for day in range(days):
        youngest = days - 1 - day
        followed[youngest] = living[youngest] = entering[day]
        n += entering[day]
        seen[: day + 1] += followed[youngest:]
        reached[: day + 1] += living[youngest:]
        some = slice(bounds[day], bounds[day + 1])
        np.subtract.at(followed, days - 1 - began[some], 1)
        dying = began[some][dead[some]]
        np.subtract.at(living, days - 1 - dying, 1)
        np.add.at(deaths, day - dying, 1)
        if n:
            found[day, 0] = _middle(reached[day::-1], n, day)
        found[day, 1:] = _median(deaths, seen)
    return found


def _middle(reached: NDArray[Any], n: int, day: int) -> float:
    low, high = (day - np.searchsorted(reached, needed) for needed in (n // 2 + 1, n - n // 2))
    return float(low + high) / 2


def _median(deaths: NDArray[Any], seen: NDArray[Any]) -> list[float]:
    times = np.flatnonzero(deaths)
    if not times.size:
        return [np.nan] * 3
    at_risk, dying = seen[times], deaths[times]
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = ((at_risk - dying) / at_risk).cumprod()
        error = np.sqrt((dying / (at_risk * (at_risk - dying).astype(float))).cumsum())
        spread = np.exp(Z * error / np.log(survival))
        bands = (survival, survival ** (1 / spread), survival**spread)
        return [_crossing(times, band) for band in bands]


def _crossing(times: NDArray[Any], band: NDArray[np.float64]) -> float:
    below = np.flatnonzero(band < 0.5 + 2**-26)
    if not below.size:
        return float("nan")
    at = below[0]
    lower = np.flatnonzero(band[at:] < band[at]) if abs(band[at] - 0.5) < 2**-26 else below[:0]
    return float(times[at] + times[at + lower[0]]) / 2 if lower.size else float(times[at])
