"""Lengths of time and shares on the command line."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

from trialog.events.definition import Month
from trialog.events.errors import QuestionError
from trialog.projections.estimators.crossing import fraction_of
from trialog.projections.months import DAYS_PER_WEEK, DAYS_PER_YEAR, days_per_month

_LENGTH: Final = re.compile(r"(\d+(?:\.\d+)?)([dwmy]?)", re.ASCII)


def several(given: list[str] | None) -> list[str]:
    """Return the values of an option that may be repeated, or hold several between commas."""
    return [part.strip() for each in given or () for part in each.split(",")]


def days_of(text: str, option: str, month: Month) -> float:
    """Return a length of time in days: ``365``, ``52w``, ``12m`` or ``1y``.

    Args:
        text: As given.
        option: To name in an error.
        month: Length of a month.

    Raises:
        QuestionError: It is not such a length, or counts calendar months, which have no fixed length.
    """
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        raise QuestionError(f"{option} {text!r} is wrong; expected a length of time: 365, 52w, 12m or 1y")
    if found[2] == "m" and month == "calendar":
        raise QuestionError(f"{option} {text!r}: calendar months have no fixed length; give days")
    unit = {"": Decimal(1), "d": Decimal(1), "w": DAYS_PER_WEEK, "m": days_per_month(month), "y": DAYS_PER_YEAR}
    return float(Decimal(found[1]) * unit[found[2]])


def share_of(text: str, option: str) -> Fraction:
    """Return a share between 0 and 1, exact.

    Raises:
        QuestionError: It is not such a share.
    """
    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise QuestionError(f"{option} {text!r} is wrong; expected a share between 0 and 1, such as 0.25") from None
    return fraction_of(share)
