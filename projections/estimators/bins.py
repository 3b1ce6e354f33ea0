"""Count times in bins of whole days: how many deaths and how many censorings fall on each day.

Every estimator starts here. Only this step costs time in proportion to the number of
subjects: one pass over the arrays, in blocks that fit in the processor's cache.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trialog.projections.estimators.inputs import Flags, Whole

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Days = Counts | Floats
"""Times, ascending: whole days, or decimals of another unit."""

_BLOCK: Final = 1 << 16
"""Subjects counted in one block."""

_ROOM: Final = 100_000
"""Number of bins that is always allowed; above it, at most four bins for each subject."""


class Bins(NamedTuple):
    """Times by the day on which they ended; one value for each day, shape (days,).

    Attributes:
        day: Ascending.
        deaths, censored: Subjects whose time ended that day.
    """

    day: Days
    deaths: Counts
    censored: Counts


def binned(days: Whole | Floats, died: Flags) -> Bins:
    """Return the days on which times ended, in O(subjects + days).

    Args:
        days: 0 or more, shape (n,); whole numbers, unless they are decimals of another unit.
        died: Shape (n,).
    """
    if not days.size:
        nothing = np.empty(0, np.int64)
        return Bins(nothing, nothing, nothing)
    longest = int(days.max())
    if days.dtype.kind == "f" or longest > 4 * days.size + _ROOM:
        # If times are far longer than the number of subjects, sorting is cheaper than a bin for each day.
        found, place = np.unique(days, return_inverse=True)
        counted = _counted(place, died, found.size)
        day: Days = found.astype(np.float64) if days.dtype.kind == "f" else found.astype(np.int64)
        return Bins(day, counted[:, 1], counted[:, 0])
    counted = _counted(days, died, longest + 1)
    used = np.flatnonzero(counted.any(axis=1))
    return Bins(used, counted[used, 1], counted[used, 0])


def _counted(place: NDArray[Any], died: Flags, size: int) -> Counts:
    """Return how many were censored (column 0) and died (column 1) at each place, shape (size, 2)."""
    counts = np.zeros(2 * size, np.int64)
    code_type: type[np.signedinteger[Any]] = np.int32 if 2 * size < 2**31 else np.int64
    for start in range(0, place.size, _BLOCK):
        code: NDArray[np.signedinteger[Any]] = place[start : start + _BLOCK].astype(code_type)
        code += code
        code += died[start : start + _BLOCK]
        some = np.bincount(code)
        counts[: some.size] += some
    return counts.reshape(-1, 2)
