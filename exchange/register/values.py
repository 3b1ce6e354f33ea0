"""The value of an announced figure as people write it: numbers, bounds, ranges, "not reached"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from trialog.events.announced_figure import Comparator, Unit
from trialog.events.dates import span

UNITS: Final[dict[str, Unit]] = {
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "weeks"),
    **dict.fromkeys(("m", "mo", "mos", "month", "months"), "months"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "years"),
    **dict.fromkeys(("%", "percent", "per cent", "pct"), "percent"),
    **dict.fromkeys(("count", "n", "subjects", "patients", "number"), "count"),
    "mci/m2": "mCi/m2",
    "text": "text",
}
"""Units by the words that are used for them, in lower case."""

_NUMBER: Final = r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?"
_UNIT: Final = r"(?:\s*(?P<unit>%|percent|per cent|[a-z]+))?"

_BOUNDS: Final[tuple[tuple[str, Comparator], ...]] = (
    (r">=|=>|at least|no less than|not less than|minimum(?: of)?", ">="),
    (r"<=|=<|at most|no more than|not more than|up to|maximum(?: of)?", "<="),
    (r">|more than|over|greater than|longer than|in excess of", ">"),
    (r"<|less than|under|fewer than|below", "<"),
    (r"about|approximately|approx\.?|around|circa|ca\.?|roughly|nearly", "about"),
    (r"=", "="),
)
_NOT_REACHED: Final = re.compile(
    r"(?:median\s+)?(?:not\s+(?:yet\s+)?(?:been\s+)?(?:reached|known|attained|estimable)|n\.?[re]\.?|nyr)(?![a-z])[\s;,:.]*(?P<rest>.*)"
)
_BOUNDED: Final = tuple(
    (re.compile(rf"(?:{words})\s*(?P<number>{_NUMBER}){_UNIT}"), comparator) for words, comparator in _BOUNDS
)
_OR_MORE: Final = re.compile(rf"(?P<number>{_NUMBER}){_UNIT}\s*(?:\+|or\s+(?:longer|more|higher|better|greater))")
_OR_LESS: Final = re.compile(rf"(?P<number>{_NUMBER}){_UNIT}\s*or\s+(?:less|shorter|fewer|lower)")
_PLAIN: Final = re.compile(rf"(?P<number>{_NUMBER}){_UNIT}")
_RANGE: Final = re.compile(
    rf"(?P<lower>[0-9]{{1,12}}(?:\.[0-9]{{1,9}})?)(?P<living>\+?)\s*(?:-|to|through)\s*"
    rf"(?P<upper>{_NUMBER})(?P<growing>\+?){_UNIT}"
)
_WITH_LIMITS: Final = re.compile(
    rf"(?P<number>{_NUMBER}){_UNIT}\s*[(\[](?:[0-9]+\s*%\s*ci[:,]?\s*)?(?P<lower>{_NUMBER})\s*(?:-|to|,|;)\s*"
    rf"(?P<upper>{_NUMBER}|n\.?[re]\.?|not (?:reached|estimable))[)\]]"
)
_OF: Final = re.compile(
    r"(?P<number>[0-9]{1,9})\s*(?:/|of|out of)\s*(?P<n>[0-9]{1,9})(?:\s*\((?P<share>[0-9.]+)\s*%\))?"
)
_TOTAL: Final = re.compile(rf"[0-9]+\s*x\s*{_NUMBER}\s*\(total\s+(?P<number>{_NUMBER})\)")
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_DECIMAL_COMMA: Final = re.compile(r"[0-9]+,[0-9]{1,2}(?:[0-9]{2,})?")
_MARKS: Final = str.maketrans(
    {
        "\u2265": ">=",
        "\u2264": "<=",
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u00a0\u2009\u202f", " "),
        "~": "about ",
    }
)


@dataclass(frozen=True)
class AnnouncedValue:
    """What the words of a value say.

    Attributes:
        comparator: How the number is meant.
        digits: The number as printed; None where there is none.
        lower, upper: Ends of a range, or confidence limits written behind the number.
        reached: False where "not reached" stands beside a bound.
        n: Subjects, of "3 of 8".
        unit: Unit written inside the value; None where none is.
        day: A clinical date, where the value is one.
        rule: How it was read, where it is more than a plain number or date.
        why_not: Why nothing was read, where nothing was.
    """

    comparator: Comparator = "="
    digits: str | None = None
    lower: str | None = None
    upper: str | None = None
    reached: bool | None = None
    n: int | None = None
    unit: Unit | None = None
    day: str | None = None
    rule: str = ""
    why_not: str = ""

    @property
    def is_number(self) -> bool:
        """Whether a number, a range or "not reached" was read."""
        return self.digits is not None or self.comparator in ("range", "not reached")


def read_value(text: str, unit: str) -> AnnouncedValue:  # noqa: PLR0912  # one branch for each way of writing
    """Return what the words of a value say.

    Args:
        text: The cell, for example ``26.2``, ``not reached; >=18.2``, ``about 50``, ``9-12``.
        unit: The cell beside it.
    """
    plain = " ".join(text.translate(_MARKS).lower().split())
    if not plain:
        return AnnouncedValue(why_not="no value is given")
    if unit.strip().lower() == "date":
        return _date(plain)
    if unit.strip().lower() == "text":
        return (
            AnnouncedValue(comparator="not reached")
            if _says_only_not_reached(plain)
            else AnnouncedValue(why_not="said in words")
        )
    if _THOUSANDS.fullmatch(plain):
        plain, comma = plain.replace(",", ""), f"{text!r}: the comma separates thousands"
    else:
        comma = ""
    if _DECIMAL_COMMA.fullmatch(plain):
        return AnnouncedValue(why_not=f"{text!r} has a comma; write decimals with a point")
    if (found := _PLAIN.fullmatch(plain)) and _unit_fits(found["unit"]):
        return AnnouncedValue(digits=found["number"], unit=_unit(found["unit"]), rule=comma)
    if found := _NOT_REACHED.fullmatch(plain):
        if not found["rest"]:
            return AnnouncedValue(comparator="not reached", rule=f"{text!r}: the median is not reached")
        bound = read_value(found["rest"].strip("() "), unit)
        if bound.comparator in (">", ">=") and bound.digits is not None:
            return replace(bound, reached=False, rule=f"{text!r}: not reached, and a bound for what it will be")
        return AnnouncedValue(why_not=f"{text!r}: not reached, and words beside it that are no bound")
    for form, comparator in _BOUNDED:
        if (found := form.fullmatch(plain)) and _unit_fits(found["unit"]):
            rule = f"{text!r} is a number with {comparator!r}"
            return AnnouncedValue(comparator, found["number"], unit=_unit(found["unit"]), rule=rule)
    for form, comparator in ((_OR_MORE, ">="), (_OR_LESS, "<=")):
        if (found := form.fullmatch(plain)) and _unit_fits(found["unit"]):
            return AnnouncedValue(comparator, found["number"], unit=_unit(found["unit"]), rule=f"{text!r} is a bound")
    if (found := _RANGE.fullmatch(plain)) and _unit_fits(found["unit"]):
        rule = f"{text!r} is a range from {found['lower']} to {found['upper']}"
        if found["living"] or found["growing"]:
            rule += "; a plus marks the time so far of a living subject"
        return AnnouncedValue("range", lower=found["lower"], upper=found["upper"], unit=_unit(found["unit"]), rule=rule)
    if (found := _WITH_LIMITS.fullmatch(plain)) and _unit_fits(found["unit"]):
        upper = found["upper"] if found["upper"][0].isdigit() else None
        rule = f"{text!r}: the numbers in brackets are its limits"
        return AnnouncedValue(
            digits=found["number"], lower=found["lower"], upper=upper, unit=_unit(found["unit"]), rule=rule
        )
    if found := _OF.fullmatch(plain):
        return AnnouncedValue(
            digits=found["number"], n=int(found["n"]), unit="count", rule=f"{text!r} counts some of n"
        )
    if found := _TOTAL.fullmatch(plain):
        return AnnouncedValue(digits=found["number"], rule=f"{text!r}: the total is taken")
    return AnnouncedValue(why_not=f"{text!r} is not a number, a bound, a range or 'not reached'")


def _date(plain: str) -> AnnouncedValue:
    by = plain.removeprefix("by ").removeprefix("on ")
    try:
        span(by)
    except ValueError as error:
        return AnnouncedValue(why_not=str(error))
    rule = f"{plain!r}: on or before that day" if plain.startswith("by ") else ""
    return AnnouncedValue(comparator="<=" if rule else "=", day=by, rule=rule)


def _says_only_not_reached(plain: str) -> bool:
    found = _NOT_REACHED.fullmatch(plain)
    return found is not None and not found["rest"]


def _unit_fits(word: str | None) -> bool:
    return word is None or word in UNITS


def _unit(word: str | None) -> Unit | None:
    return None if word is None else UNITS[word]
