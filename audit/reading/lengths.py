"""Lengths of a month, ways of counting days, and the whole days that an announced time may then mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Final

from trialog.events.announced_figure import Window
from trialog.events.definition import Counting, Month
from trialog.projections.months import DAYS_PER_WEEK, DAYS_PER_YEAR

MONTHS: Final[tuple[Month, ...]] = (
    "30.4375", "30.44", "30.43", "30.42", "30.416666667", "30.4", "30", "28", "calendar",
)  # fmt: skip
"""Months that are tried if none is stated, the simplest first."""

COUNTINGS: Final[tuple[Counting, ...]] = ("elapsed", "inclusive")

CALENDAR_DAYS: Final = Fraction(Decimal("30.436875"))
"""Days of a calendar month in the long run."""

CALENDAR_SWAYS: Final = 4
"""Upper bound, in days, of the difference between a time in calendar months and its usual length."""

Range = tuple[int | None, int | None]
"""The least and the greatest whole number; None without a bound."""


@dataclass(frozen=True)
class Length:
    """How a time is measured.

    Attributes:
        month: Days of a month, or ``calendar``.
        counting: ``inclusive``: both days count, so that every time is one day longer.
        year: Days of a year; None for the usual 365.25.
        sway: Days by which a time in calendar months may differ from its usual length.
    """

    month: Month = "30.4375"
    counting: Counting = "elapsed"
    year: Fraction | None = None
    sway: int = 0


LENGTHS: Final = tuple(Length(month, counting) for counting, month in product(COUNTINGS, MONTHS))
"""Every way in which times are measured, the plainest first."""


def other_years(length: Length) -> tuple[Length, ...]:
    """Return a length combined with each possible number of days of a year, and with the sway of a month."""
    month = CALENDAR_DAYS if length.month == "calendar" else Fraction(Decimal(length.month))
    sway = CALENDAR_SWAYS if length.month == "calendar" else 0
    return tuple(Length(length.month, length.counting, year, sway) for year in (None, Fraction(365), 12 * month))


def days_in(unit: str, length: Length) -> Fraction:
    """Return the days in a unit of time; a calendar month has its usual length."""
    match unit:
        case "months":
            return CALENDAR_DAYS if length.month == "calendar" else Fraction(Decimal(length.month))
        case "years":
            return Fraction(DAYS_PER_YEAR) if length.year is None else length.year
        case "weeks":
            return Fraction(DAYS_PER_WEEK)
        case _:
            return Fraction(1)


def whole_days(window: Window, unit: str, length: Length, times: int = 1) -> Range:
    """Return the whole days that a time may mean.

    Args:
        window: The announced numbers.
        unit: Their unit.
        length: How the time was measured.
        times: Parts of a day to count in: 2 for half days, n for the sum of days over n subjects.
    """
    factor = times * days_in(unit, length)
    shift = times if length.counting == "inclusive" else 0
    sway = times * length.sway if unit in ("months", "years") else 0
    lower, upper = scaled(window, factor)
    return (None if lower is None else lower - shift - sway, None if upper is None else upper - shift + sway)


def scaled(window: Window, factor: Fraction) -> Range:
    """Return the least and the greatest whole number in a window after multiplying it; None if unbounded."""
    lower = upper = None
    if window.lower is not None:
        exact = Fraction(window.lower) * factor
        lower = -(-exact.numerator // exact.denominator)
        if window.lower_open and lower == exact:
            lower += 1
    if window.upper is not None:
        exact = Fraction(window.upper) * factor
        upper = exact.numerator // exact.denominator
        if window.upper_open and upper == exact:
            upper -= 1
    return lower, upper


def landmark_day(at: Decimal, unit: str, length: Length) -> int:
    """Return the whole days from the origin until a landmark; deaths of that day have happened by then."""
    days = Fraction(at) * days_in(unit, length)
    return days.numerator // days.denominator - (length.counting == "inclusive")


def united(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return ranges of whole numbers without the empty ones, joined where they touch, in order."""
    found: list[Range] = []
    some = [each for each in ranges if each[0] is None or each[1] is None or each[0] <= each[1]]
    for low, high in sorted(some, key=lambda each: (each[0] is not None, each[0] or 0)):
        if found and _touches(found[-1], low):
            before, upper = found[-1]
            found[-1] = (before, None if upper is None or high is None else max(upper, high))
        else:
            found.append((low, high))
    return tuple(found)


def _touches(before: Range, low: int | None) -> bool:
    return before[1] is None or low is None or low <= before[1] + 1
