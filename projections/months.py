"""Convert days into months, once, before printing; and numbers into printed digits."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from trialog.events.definition import Month

CALENDAR_UNIT: Final = Decimal(1000)
"""A time that counts calendar months is given in thousandths of a month."""

DAYS_PER_WEEK: Final = Decimal(7)
DAYS_PER_YEAR: Final = Decimal("365.25")


def days_per_month(month: Month) -> Decimal:
    """Return the divisor that converts a time into months; for ``calendar`` it converts thousandths."""
    return CALENDAR_UNIT if month == "calendar" else Decimal(month)


def in_months(time: float, month: Month) -> Decimal:
    """Return a time as months, exact to 28 digits.

    Args:
        time: Days; thousandths of a month if the month is ``calendar``.
        month: Which month.
    """
    return Decimal(repr(float(time))) / days_per_month(month)


def in_unit(time: float, unit: str, month: Month) -> Decimal:
    """Return a time in ``days``, ``weeks``, ``months`` or ``years``.

    Raises:
        ValueError: The unit is not one of time, or days are asked of calendar months.
    """
    if unit == "months":
        return in_months(time, month)
    if month == "calendar":
        if unit == "years":
            return in_months(time, month) / 12
        raise ValueError(f"calendar months cannot be given in {unit}")
    days = Decimal(repr(float(time)))
    match unit:
        case "days":
            return days
        case "weeks":
            return days / DAYS_PER_WEEK
        case "years":
            return days / DAYS_PER_YEAR
        case _:
            raise ValueError(f"{unit!r} is not a unit of time")


def printed(value: Decimal | float, digits: int) -> str:
    """Return a number with a fixed count of decimals, halves away from zero, as people round."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return str(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


_DISTANCES: Final = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600)
MOST_COLUMNS: Final = 10


def column_distance(until: float) -> float:
    """Return the spacing of columns, in months, that gives at most ten columns up to a time."""
    return float(next((each for each in _DISTANCES if until <= each * (MOST_COLUMNS - 1)), _DISTANCES[-1]))


def column_months(until: float, distance: float) -> list[float]:
    """Return the months of columns from 0 to the first one at or after a time."""
    return [round(distance * at, 6) for at in range(math.ceil(until / distance - 1e-9) + 1)]
