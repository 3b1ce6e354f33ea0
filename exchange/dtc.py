"""Dates as SDTM writes them (--DTC, ISO 8601): the part that is known, as a clinical date."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from trialog.events import dates

_FORM: Final = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2}|-)(?:-(?P<day>\d{2}|-))?)?(?:[T ].*)?", re.ASCII)


@lru_cache(maxsize=65_536)
def clinical_date(text: str) -> str | None:
    """Return the date of a --DTC value as far as it is known; None where it says nothing.

    A time of day is cut off, and what stands behind a missing part is not used: ``2003---15`` (month unknown)
    gives ``2003``. An interval keeps both ends, ``2003-12-15/2003-12-20``; within one day it is that day.

    Raises:
        ValueError: It is not such a date, its year is missing, there is no such day, or an interval ends before
            it begins or has no end.
    """
    text = text.strip()
    if not text:
        return None
    begin, slash, end = text.partition("/")
    if not slash:
        return _known_part(text)
    first, last = _known_part(begin.strip()), _known_part(end.strip())
    if first == last:
        return first
    found = f"{first}/{last}"
    dates.span(found)
    return found


def _known_part(text: str) -> str:
    form = _FORM.fullmatch(text)
    if form is None:
        year_unknown = re.fullmatch(r"-[-T:0-9]*", text)
        raise ValueError(
            f"{text!r} has no year" if year_unknown else f"{text!r} is not an ISO 8601 date such as 2017-03-17"
        )
    found = form["year"]
    for part in ("month", "day"):
        if form[part] is None or form[part] == "-":
            break
        found += f"-{form[part]}"
    dates.span(found)
    return found
