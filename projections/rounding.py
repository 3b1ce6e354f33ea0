"""Floats that print the same on every machine: the last bits depend on the machine, the first digits do not."""

from __future__ import annotations

import math


def significant(value: float | None, digits: int = 12) -> float | None:
    """Return a number rounded to some significant digits; None for None and for NaN."""
    return None if value is None or math.isnan(value) else float(f"{value:.{digits}g}")
