"""The to-date median: the plain median of survival so far."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from trialog.projections.estimators.inputs import whole_days


def to_date_median(durations_days: ArrayLike) -> float | None:
    """Return the plain median of times so far, the two middle ones averaged; None without subjects.

    Args:
        durations_days: Whole days from the origin to death, or to the cutoff for the living, shape (n,).

    Raises:
        QuestionError: A duration is negative, missing or not a whole number; the text names the first.
    """
    days = whole_days(durations_days, "duration")
    if not days.size:
        return None
    middle = days.size // 2
    if days.size % 2:
        return float(np.partition(days, middle)[middle])
    pair = np.partition(days, (middle - 1, middle))[middle - 1 : middle + 1]
    return (int(pair[0]) + int(pair[1])) / 2
