"""Clinical dates: calendar days as the clinic wrote them, possibly partial.

A clinical date is text: ``2017-03-17``, ``2017-03`` or ``2017`` (ISO 8601, the
SDTM --DTC form, cut off at the first unknown part), or an interval with both
of its ends, ``2017-03-02/2017-03-20``. It is stored as given. For arithmetic it spans
whole days, numbered from 1970-01-01 as day 0.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
"""Dates outside these years are typing errors; no trial needs them."""

EXPECTED: Final = "expected YYYY-MM-DD, or YYYY-MM or YYYY where only that is known"

_EPOCH: Final = date(1970, 1, 1).toordinal()
_FORM: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_AHEAD: Final = timedelta(hours=14)
_MICROSECONDS_PER_DAY: Final = 86_400_000_000
DAYS_IN_LONGEST_MONTH: Final = 31


@lru_cache(maxsize=65_536)
def span(text: str) -> tuple[int, int]:
    """Return the first and the last day that a clinical date can mean.

    Raises:
        ValueError: The text is not a calendar date, its year is before 1900 or after 2199, or an interval ends
            before it begins.
    """
    begin, slash, end = text.partition("/")
    if slash:
        ends = span(begin)[0], span(end)[1]
        if "/" in end or ends[0] > ends[1]:
            raise ValueError(f"{text!r} is not an interval of days; expected its first and its last day")
        return ends
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"{text!r} is not a date; {EXPECTED}")
    year, month, day = (int(part) if part else 0 for part in form.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{text!r} lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    try:
        if form[3]:
            first = last = date(year, month, day)
        elif form[2]:
            first = date(year, month, 1)
            last = (first + timedelta(days=DAYS_IN_LONGEST_MONTH)).replace(day=1) - timedelta(days=1)
        else:
            first, last = date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the calendar; {EXPECTED}") from None
    return first.toordinal() - _EPOCH, last.toordinal() - _EPOCH


def day_number(text: str) -> int:
    """Return the day that a complete date means, counted from 1970-01-01.

    Raises:
        ValueError: The text is not a complete calendar date.
    """
    first, last = span(text)
    if len(text) != len("2017-03-17"):
        raise ValueError(f"{text!r} is not a complete date; expected YYYY-MM-DD")
    return first if first == last else last


def iso(day: int) -> str:
    """Return a day number as ``YYYY-MM-DD``."""
    return date.fromordinal(int(day) + _EPOCH).isoformat()


def day_of_instant(microseconds: int) -> int:
    """Return the UTC day of an instant given in microseconds since 1970-01-01."""
    return microseconds // _MICROSECONDS_PER_DAY


def latest_calendar_day(microseconds: int) -> int:
    """Return the latest local calendar day anywhere on Earth at an instant.

    Clinical dates are local and the log's clock is UTC, so a visit in Kiritimati
    (UTC+14) may carry tomorrow's date; nothing can carry the day after that.
    """
    return day_of_instant(microseconds + int(_AHEAD.total_seconds()) * 1_000_000)


def instant_text(microseconds: int) -> str:
    """Return an instant as ``2026-11-22T19:32:00.000000Z``."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant_of(text: str) -> int:
    """Return the microseconds since 1970-01-01 of an instant written by `instant_text`.

    Raises:
        ValueError: The text is not such an instant.
    """
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
