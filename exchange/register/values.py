"""The value of an announced figure as people write it: numbers, bounds, ranges, "not reached"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from trialog.events.announced_figure import Comparator, Unit
from trialog.events.dates import span
from trialog.exchange.register.brackets import NOTHING, NUMBER, Behind, BracketEnds, read_behind
from trialog.exchange.register.units import UNITS

LONGEST_CELL: Final = 300
"""Characters; a longer cell is a sentence, not a value."""

_WORD_UNIT: Final = r"(?:\s*(?P<unit>%|percent|per cent|[a-z]+)(?=$|[^a-z%])\.?)?"
_HEAD_NUMBER: Final = rf"(?P<number>{NUMBER})"

_BOUNDS: Final[tuple[tuple[str, Comparator], ...]] = (
    (r">=|=>|at least|no less than|not less than|minimum(?: of)?", ">="),
    (r"<=|=<|at most|no more than|not more than|up to|maximum(?: of)?", "<="),
    (r">|more than|over|greater than|longer than|in excess of|beyond", ">"),
    (r"<|less than|under|fewer than|below", "<"),
    (r"about|approximately|approx\.?|around|circa|ca\.?|roughly|nearly", "about"),
    (r"=", "="),
)
_NOT_REACHED: Final = re.compile(
    r"(?:median\s+)?(?:not\s+(?:yet\s+)?(?:been\s+)?(?:reached|known|attained|estimable)|n\.?[re]\.?|nyr)"
    r"(?![a-z])[\s;,:.]*(?P<rest>.*)"
)
_BOUNDED: Final = tuple(
    (re.compile(rf"(?:{words})\s*{_HEAD_NUMBER}(?P<plus>\+?){_WORD_UNIT}(?P<rest>.*)"), comparator)
    for words, comparator in _BOUNDS
)
_OR_MORE: Final = re.compile(
    rf"{_HEAD_NUMBER}{_WORD_UNIT}\s*(?:\+|or\s+(?:longer|more|higher|better|greater)\b)(?P<rest>.*)"
)
_OR_LESS: Final = re.compile(rf"{_HEAD_NUMBER}{_WORD_UNIT}\s*or\s+(?:less|shorter|fewer|lower)\b(?P<rest>.*)")
_PLAIN: Final = re.compile(rf"{_HEAD_NUMBER}{_WORD_UNIT}(?P<rest>(?:[\s(\[;].*|,\s.*)?)")
_RANGE: Final = re.compile(
    r"(?P<lower>[0-9]{1,12}(?:\.[0-9]{1,9})?)(?P<living>\+?)\s*(?:-|to|through)\s*"
    rf"(?P<upper>{NUMBER})(?P<growing>\+?){_WORD_UNIT}"
)
_OF: Final = re.compile(
    r"(?P<number>[0-9]{1,6})\s*(?:/|of|out of)\s*(?P<n>[0-9]{1,6})(?:\s+(?:patients|subjects))?"
    r"(?P<rest>(?:[\s(\[;:].*|,\s.*)?)"
)
_TOTAL: Final = re.compile(rf"[0-9]+\s*x\s*{NUMBER}\s*\(total\s+(?P<number>{NUMBER})\)")
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9,])")
_DECIMAL_COMMA: Final = re.compile(r"(?P<whole>[0-9]{1,6}),(?P<decimals>[0-9]{1,2})(?![0-9])")
_STARTS_WITH_COMMA: Final = re.compile(r"\D{0,12}[0-9]{1,6},[0-9]{1,2}(?![0-9,])")
_FOOTNOTE: Final = re.compile(r"(?<=[0-9a-z%)\]])\s*[*\u2020\u2021\u00a7\u00b6#^]+(?=$|[\s(\[,;])")
_MARKS: Final = str.maketrans(
    {
        "\u2265": ">=",
        "\u2264": "<=",
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u00a0\u2009\u202f", " "),
        "\u00b7": ".",
        "~": "about ",
    }
)


@dataclass(frozen=True)
class AnnouncedValue:
    """What the words of a value say.

    Attributes:
        comparator: How the number is meant.
        digits: The number as printed; None where there is none.
        lower, upper: Ends of a bare range (``9-12``), or confidence limits written behind the number.
        reached: False where "not reached" stands beside a bound.
        n: Subjects, of "3 of 8" or "(n=8)".
        unit: Unit written inside the value; None where none is.
        day: A clinical date, where the value is one.
        level: Coverage of the limits, in percent.
        spread: The least and the greatest value beside the number, ``16.5 (range 12 to 35)``.
        unclear: Two numbers in brackets of which the cell does not say whether they are limits or a range.
        count: Subjects of whom the number is a percentage, ``71.4% (5/7)``.
        share: The percentage beside a number of subjects, ``3 (5.4)``.
        deaths: Deaths or events behind the figure.
        ongoing: "14 months and climbing".
        kaplan_meier: The cell names the estimator.
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
    level: str | None = None
    spread: BracketEnds | None = None
    unclear: BracketEnds | None = None
    count: int | None = None
    share: str | None = None
    deaths: int | None = None
    ongoing: bool = False
    kaplan_meier: bool = False
    rule: str = ""
    why_not: str = ""

    @property
    def is_number(self) -> bool:
        """Whether a number, a range, limits or "not reached" was read."""
        return (
            self.digits is not None
            or self.comparator in ("range", "not reached")
            or any(part is not None for part in (self.lower, self.upper, self.spread))
        )


UNREAD: Final = AnnouncedValue()
"""A cell of which nothing is known."""


def read_value(text: str, unit: str) -> AnnouncedValue:
    """Return what the words of a value say.

    Args:
        text: The cell, for example ``26.2``, ``not reached; >=18.2``, ``71.4% (5/7)``, ``10.0 (95% CI 6.9-12.1)``.
        unit: The cell beside it.
    """
    plain = " ".join(text.translate(_MARKS).lower().split())
    if not plain:
        return AnnouncedValue(why_not="no value is given")
    if len(plain) > LONGEST_CELL:
        return AnnouncedValue(why_not=f"a value of more than {LONGEST_CELL} characters")
    if unit.strip().lower() == "date":
        return _date(plain)
    if unit.strip().lower() == "text":
        return (
            AnnouncedValue(comparator="not reached")
            if _says_only_not_reached(plain)
            else AnnouncedValue(why_not="said in words")
        )
    plain, notes = _numbers_in_points(plain, text)
    found = _read(plain, text, unit)
    if found is None:
        return AnnouncedValue(why_not=f"{text!r} is not a number, a bound, a range or 'not reached'")
    return replace(found, rule="; ".join(part for part in (found.rule, *notes) if part)) if notes else found


def _numbers_in_points(plain: str, text: str) -> tuple[str, list[str]]:
    """Return a cell without footnote marks and with decimal points, and what was changed."""
    notes = []
    unmarked = _FOOTNOTE.sub("", plain)
    if unmarked != plain:
        notes.append(f"{text!r}: a mark points to a footnote")
    if thousands := _THOUSANDS.match(unmarked):
        whole = thousands[0].replace(",", "") + unmarked[thousands.end() :]
        return whole, [*notes, f"{text!r}: the comma separates thousands"]
    if _STARTS_WITH_COMMA.match(unmarked):
        pointed = _DECIMAL_COMMA.sub(r"\g<whole>.\g<decimals>", unmarked)
        return pointed, [*notes, f"{text!r}: the comma is read as a decimal point"]
    return unmarked, notes


def _read(plain: str, text: str, unit: str) -> AnnouncedValue | None:
    for reader in (_read_of, _read_bound, _read_range, _read_number, _read_total):
        found = reader(plain, text)
        if found is not None:
            return found
    return _read_not_reached(plain, text, unit) or _read_ends(plain)


def _read_of(plain: str, text: str) -> AnnouncedValue | None:
    found = _OF.fullmatch(plain)
    if found is None or (behind := read_behind(found["rest"])) is None:
        return None
    value = AnnouncedValue(digits=found["number"], n=int(found["n"]), unit="count", count=int(found["number"]))
    return _with_behind(value, behind, f"{text!r} counts some of n")


def _read_bound(plain: str, text: str) -> AnnouncedValue | None:
    for form, comparator in _BOUNDED:
        if (found := form.fullmatch(plain)) and _unit_fits(found["unit"]):
            behind = read_behind(found["rest"])
            if behind is None:
                return None
            value = AnnouncedValue(comparator, found["number"], unit=_unit(found["unit"]))
            return _with_behind(value, behind, f"{text!r} is a number with {comparator!r}")
    forms: tuple[tuple[re.Pattern[str], Comparator], ...] = ((_OR_MORE, ">="), (_OR_LESS, "<="))
    for form, comparator in forms:
        if (found := form.fullmatch(plain)) and _unit_fits(found["unit"]):
            rest = found["rest"].strip()
            unit = found["unit"]
            if rest and unit is None and (word := re.match(r"([a-z%]+)\b\.?", rest)) and word[1] in UNITS:
                unit, rest = word[1], rest[word.end() :]
            behind = read_behind(rest)
            if behind is None:
                return None
            value = AnnouncedValue(comparator, found["number"], unit=_unit(unit))
            return _with_behind(value, behind, f"{text!r} is a bound")
    return None


def _read_range(plain: str, text: str) -> AnnouncedValue | None:
    found = _RANGE.fullmatch(plain)
    if found is None or not _unit_fits(found["unit"]):
        return None
    rule = f"{text!r} is a range from {found['lower']} to {found['upper']}"
    living, growing = bool(found["living"]), bool(found["growing"])
    if living or growing:
        rule += "; a plus marks the time so far of a living subject"
    ends = BracketEnds(found["lower"], found["upper"], living, growing)
    return AnnouncedValue(
        "range", lower=ends.low, upper=ends.high, unit=_unit(found["unit"]), spread=ends if living or growing else None,
        rule=rule,
    )  # fmt: skip


def _read_number(plain: str, text: str) -> AnnouncedValue | None:
    found = _PLAIN.fullmatch(plain)
    if found is None:
        return None
    rest, unit = found["rest"], found["unit"]
    if not _unit_fits(unit):
        # A word behind a number that is no unit belongs to what stands behind: "14 and climbing".
        rest, unit = f"{unit}{found['rest']}", None
    behind = read_behind(rest)
    if behind is None:
        return None
    value = AnnouncedValue(digits=found["number"], unit=_unit(unit))
    return value if behind == NOTHING else _with_behind(value, behind, "")


def _read_total(plain: str, text: str) -> AnnouncedValue | None:
    found = _TOTAL.fullmatch(plain)
    return found and AnnouncedValue(digits=found["number"], rule=f"{text!r}: the total is taken")


def _read_ends(plain: str) -> AnnouncedValue | None:
    """Read limits, or the least and the greatest value, without a number before them: ``8.3-NE``."""
    behind = read_behind(plain)
    if behind is None or (behind.limits is None and behind.spread is None):
        return None
    if behind.limits is not None and behind.limits.low is None and behind.limits.high is None:
        return None
    return _with_behind(AnnouncedValue(), behind, "")


def _read_not_reached(plain: str, text: str, unit: str) -> AnnouncedValue | None:
    found = _NOT_REACHED.fullmatch(plain)
    if found is None:
        return None
    rule = f"{text!r}: the median is not reached"
    if not found["rest"]:
        return AnnouncedValue(comparator="not reached", rule=rule)
    behind = read_behind(found["rest"])
    if behind is not None:
        return _with_behind(AnnouncedValue(comparator="not reached"), behind, rule)
    bound = read_value(found["rest"].strip("() "), unit)
    if bound.comparator in (">", ">=") and bound.digits is not None:
        return replace(bound, reached=False, rule=f"{text!r}: not reached, and a bound for what it will be")
    return AnnouncedValue(why_not=f"{text!r}: not reached, and words beside it that are no bound")


def _with_behind(value: AnnouncedValue, behind: Behind, rule: str) -> AnnouncedValue:
    """Return a value with what stands behind its number; `_of_a_share` joins a share and its fraction."""
    rules = [rule] if rule else []
    if behind.limits is not None:
        value = replace(value, lower=behind.limits.low, upper=behind.limits.high, level=behind.level)
        rules.append("the numbers behind it are its limits")
    if behind.spread is not None:
        value = replace(value, spread=behind.spread)
        rules.append("the numbers behind it are its range")
    if behind.not_reached and value.comparator in (">", ">="):
        value = replace(value, reached=False)
    n = value.n if behind.n is None else behind.n
    count = value.count if behind.count is None else behind.count
    if (value.n, value.count) != (None, None) and (n, count) != (value.n, value.count):
        return AnnouncedValue(why_not="the cell gives two numbers of subjects")
    value = replace(
        value,
        unclear=behind.unclear,
        n=n,
        count=count,
        share=behind.share,
        deaths=behind.deaths,
        ongoing=behind.ongoing,
        kaplan_meier=behind.kaplan_meier,
    )
    rules += [f"{remark!r} plays no part" for remark in behind.remarks]
    return replace(value, rule="; ".join(rules) or value.rule)


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
