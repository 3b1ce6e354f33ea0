"""Where the columns of an axis in months are."""

from __future__ import annotations

import math
from typing import Final

_DISTANCES: Final = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600)
MOST_COLUMNS: Final = 10


def column_distance(until: float) -> float:
    """Return the distance of columns, in months, that gives at most ten of them up to a time."""
    return float(next((each for each in _DISTANCES if until <= each * (MOST_COLUMNS - 1)), _DISTANCES[-1]))


def columns(until: float, distance: float) -> list[float]:
    """Return the columns from 0 to the first one at or after a time."""
    return [round(distance * at, 6) for at in range(math.ceil(until / distance - 1e-9) + 1)]
