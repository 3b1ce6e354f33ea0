"""Number at risk: how many subjects are still followed at some times, how many ended, how many are censored.

At a time t a subject is at risk if its own time is t or later, ended if it ended in the endpoint before t,
and censored if it was censored before t. The three add up to all subjects at every t.

R's ``summary(survfit, times=)`` counts at risk in the same way, but the events up to and including t, so that
its columns do not add up to n. `tests/projections/estimators/test_risk_table.py` shows both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialog.events.errors import QuestionError
from trialog.projections.estimators.inputs import Flags

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RiskTable:
    """Counts at some times; one value for each time, shape (times,).

    Attributes:
        time: Times since the origin, in the unit of the lengths.
        at_risk: Subjects whose own time is that time or later.
        ended: Subjects who ended in the endpoint before it.
        censored: Subjects who were censored before it.
    """

    time: NDArray[np.float64]
    at_risk: Counts
    ended: Counts
    censored: Counts


def risk_table(length: NDArray[np.int64] | NDArray[np.float64], ended: Flags, times: Sequence[float]) -> RiskTable:
    """Return the number at risk at some times.

    Args:
        length: Each subject's time, 0 or more, shape (n,).
        ended: Whether it ended in the endpoint, shape (n,).
        times: At which to count, in the unit of the lengths, 0 or more.

    Raises:
        QuestionError: A time is negative or not a number.
    """
    at = np.asarray(times, np.float64)
    if at.size and not (np.isfinite(at).all() and (at >= 0).all()):
        raise QuestionError("a number at risk is asked at a time of 0 or more")
    before = [np.searchsorted(np.sort(length[chosen]), at, side="left") for chosen in (ended, ~ended)]
    return RiskTable(at, length.size - before[0] - before[1], *before)
