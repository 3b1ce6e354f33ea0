"""Floats that print alike everywhere: their last bits depend on the machine, their first digits do not."""

from __future__ import annotations

import math


def significant(value: float | None, digits: int = 12) -> float | None:
    """Return a number with so many significant digits; None for None and for what is not a number."""
    return None if value is None or math.isnan(value) else float(f"{value:.{digits}g}")
