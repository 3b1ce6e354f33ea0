"""The unit of an announced value, and what a heading says of the numbers in brackets: ``months (95% CI)``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from trialog.events.announced_figure import Unit

UNITS: Final[dict[str, Unit]] = {
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "weeks"),
    **dict.fromkeys(("m", "mo", "mos", "month", "months", "mth", "mths"), "months"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "years"),
    **dict.fromkeys(("%", "percent", "per cent", "pct"), "percent"),
    **dict.fromkeys(("count", "n", "subjects", "patients", "number"), "count"),
    "mci/m2": "mCi/m2",
    "text": "text",
}
"""Units by the words that are used for them, in lower case."""

_LIMITS: Final = re.compile(
    r"(?:([0-9]{2}(?:\.[0-9]{1,2})?)\s*%?\s*)?(?:ci|confidence (?:interval|limits?))(?:\s*([0-9]{2})\s*%?)?"
)
_SPREAD: Final = re.compile(r"(?:min(?:imum)?\s*[-,/ ]?\s*max(?:imum)?|range)")
_PLAIN: Final = re.compile(r"(?:n\s*/\s*n|n|%|no\.?|sd|se|median|mean|iqr|days?|weeks?|months?|mos?\.?|years?)?")
_HEADING: Final = re.compile(r"(?P<head>[^(\[]*)[(\[]\s*(?P<inside>[^()\[\]]*)[)\]]\s*")


@dataclass(frozen=True)
class Heading:
    """A name or a unit with what its brackets say.

    Attributes:
        words: Without the brackets.
        pair: What two numbers in brackets behind a value are; None where the heading does not say.
        level: Coverage of limits, in percent.
        unit: A unit that stands between the name and the brackets.
    """

    words: str
    pair: Literal["limits", "range"] | None = None
    level: str | None = None
    unit: str | None = None


def read_heading(text: str) -> Heading:
    """Return a name or a unit without its brackets, and what they say; brackets of other words stay in the name.

    Args:
        text: For example ``months (95% CI)``, ``mOS, months (range)``, ``ORR, n (%)``, ``mCi/m2``.
    """
    found = _HEADING.fullmatch(text)
    if found is None:
        name, unit = _without_unit(text)
        return Heading(name, unit=unit)
    name, unit = _without_unit(found["head"].strip(" ,"))
    inside = " ".join(found["inside"].lower().split())
    if limits := _LIMITS.fullmatch(inside):
        return Heading(name, "limits", limits[1] or limits[2], unit)
    if _SPREAD.fullmatch(inside):
        return Heading(name, "range", None, unit)
    if _PLAIN.fullmatch(inside):
        return Heading(name, unit=unit or (inside if inside in UNITS and inside != "n" else None))
    return Heading(text)


def _without_unit(text: str) -> tuple[str, str | None]:
    """Return a name without the unit behind its last comma, and that unit."""
    name, comma, unit = text.rpartition(",")
    plain = unit.strip().lower()
    return (name.strip(), plain) if comma and (plain in UNITS or plain == "n/n") else (text, None)
