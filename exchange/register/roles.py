"""What a row can serve for, and the value of a row in its unit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from trialog.events.announced_figure import TIME_UNITS, Unit
from trialog.events.measures import MEASURES
from trialog.exchange.register.measures import Meaning, Role
from trialog.exchange.register.table import Row
from trialog.exchange.register.units import UNITS, read_heading
from trialog.exchange.register.values import AnnouncedValue
from trialog.exchange.register.wordings import says_no_median_yet

LONGEST_TIME: Final = 45_000
"""Days, about 123 years: a longer time is a typing error."""

LONGEST_DAYS: Final = {"days": 1, "weeks": 7, "months": 31, "years": 366}


def role_of(row: Row, meaning: Meaning, value: AnnouncedValue) -> tuple[Unit, Role, str]:
    """Return the unit of a row, what it can serve for, and why for nothing."""
    if meaning.role == "status":
        if value.comparator == "not reached":
            return "months", "figure", ""
        return "text", "status", "said in words"
    if meaning.measure.startswith("median-") and not value.is_number and says_no_median_yet(row.get("value")):
        return "text", "status", "said in words"
    if meaning.role in ("first entry", "opened", "closed"):
        if value.day is None:
            return "text", "words", value.why_not or "no date is given"
        return "text", meaning.role, ""
    if value.day is not None:
        return "text", "words", "a date that no figure of survival depends on"
    if meaning.role == "words":
        return "text", "words", f"no rule computes {row.get('measure')!r}"
    if not value.is_number:
        return "text", "words", value.why_not
    if MEASURES[meaning.measure].landmark and not (meaning.at or row.get("at")):
        return "text", "words", "a rate without its landmark; give it in the columns at and at_unit"
    if value.digits is None and value.comparator != "not reached" and not _may_lack_a_number(meaning):
        return "text", "words", "limits or a range without the number that they belong to"
    return _with_unit(row, meaning, value)


def _may_lack_a_number(meaning: Meaning) -> bool:
    return meaning.measure.startswith(("median-", "range-")) or meaning.role == "after cohort"


def _with_unit(row: Row, meaning: Meaning, value: AnnouncedValue) -> tuple[Unit, Role, str]:
    cell = unit_cell(row)
    unit = value.unit or UNITS.get(cell) or UNITS.get(meaning.unit or "")
    if unit is None and value.comparator == "not reached":
        unit = "months"
    if unit is None:
        return "text", "words", f"unit {row.get('unit')!r} is not known" if cell else "no unit is given"
    if unit in TIME_UNITS and (impossible := _no_time(value, unit)):
        return "text", "words", impossible
    if value.unit and cell and UNITS.get(cell) not in (value.unit, None) and value.n is None:
        return "text", "words", f"the value is written in {value.unit}, its unit says {row.get('unit')}"
    if value.share is not None and unit == "count" and MEASURES[meaning.measure].kind == "share":
        return "percent", meaning.role, ""
    if unit == "percent" and value.count is not None and MEASURES[meaning.measure].kind == "count":
        return "count", meaning.role, ""
    return unit, meaning.role, ""


def unit_cell(row: Row) -> str:
    """Return the unit that a cell gives, without what its brackets say."""
    heading = read_heading(row.get("unit"))
    words = heading.words.lower()
    return words if words in UNITS or heading.unit is None else heading.unit


def value_in_unit(value: AnnouncedValue, unit: Unit, meaning: Meaning) -> AnnouncedValue:
    """Return a value with its number in the unit of its row: ``46/124 (37.1%)`` of a rate is 37.1."""
    if unit == "percent" and value.unit == "count" and value.share is not None:
        rule = f"{value.rule}; the percentage is the figure"
        return replace(value, digits=value.share, share=None, unit="percent", rule=rule)
    if unit == "count" and value.unit == "percent" and value.count is not None:
        rule = "the number of subjects is the figure, beside its percentage"
        return replace(value, digits=str(value.count), share=value.digits, unit="count", rule=rule)
    if unit == "percent" and value.count is None and value.share is not None and value.share.isdigit():
        return replace(value, count=int(value.share), share=None)
    if value.spread is not None and value.comparator == "range" and meaning.measure.startswith("median-"):
        # A plus marks times of subjects, so these are no two ends of a median.
        return replace(value, comparator="=", lower=None, upper=None)
    return value


def _no_time(value: AnnouncedValue, unit: str) -> str:
    """Return why a value is no time that a subject can live; empty where it is one."""
    ends = [end for pair in (value.spread, value.unclear) if pair is not None for end in (pair.low, pair.high)]
    for digits in (value.digits, value.lower, value.upper, *ends):
        if digits is not None and digits.startswith("-"):
            return f"{digits} {unit}: a time cannot be below zero"
        if digits is not None and Decimal(digits) * LONGEST_DAYS[unit] > LONGEST_TIME:
            return f"{digits} {unit} are longer than anybody lives"
    return ""
