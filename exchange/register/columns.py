"""What the columns of a row state by themselves: parts of the definition, n, limits and their level."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final, get_args

from trialog.events.announced_figure import TIME_UNITS, Comparator
from trialog.events.definition import CHOICES, month_of
from trialog.events.errors import EventError, QuestionError
from trialog.events.vocabulary import CONFIRMATIONS, EVALUATORS, suggestion
from trialog.exchange.register.brackets import NOT_ESTIMABLE
from trialog.exchange.register.table import Row

_STATED: Final = {
    "estimator": ("estimator", CHOICES["estimator"]),
    "origin": ("origin", CHOICES["origin"]),
    "censoring": ("censoring", CHOICES["censoring"]),
    "ties": ("ties", CHOICES["ties"]),
    "counting": ("counting", CHOICES["counting"]),
    "conf_type": ("conf_type", CHOICES["conf_type"]),
    "comparator": ("comparator", get_args(Comparator)),
    "at_unit": ("at_unit", TIME_UNITS),
    "evaluator": ("evaluator", EVALUATORS),
    "confirmation": ("confirmation", CONFIRMATIONS),
}
"""Columns of closed lists: the field, and its words."""

_YES: Final = ("yes", "true", "1", "y")
_NO: Final = ("no", "false", "0", "n")
_LEVEL: Final = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,4})?)\s*(?:%|percent)?|(0?\.[0-9]{1,6})")
_OPEN_END: Final = re.compile(rf"{NOT_ESTIMABLE}|[-\u2013\u2014]", re.IGNORECASE)

LOWEST_LEVEL: Final = Decimal(50)
"""Percent; limits of a lower coverage are not announced, and a number below it is a typing error."""


def stated_fields(row: Row) -> dict[str, Any]:
    """Return the fields that the row's own columns state.

    Raises:
        EventError: A cell is not of its kind.
    """
    stated: dict[str, Any] = {**_words(row), **_subjects(row), **_flags(row)}
    for column in ("at", "category", "population", "arm"):
        if row.get(column):
            stated[column] = row.get(column)
    for column in ("lower", "upper"):
        if row.get(column) and not _OPEN_END.fullmatch(row.get(column)):
            stated[column] = row.get(column)
    if row.get("level"):
        stated["level"] = level_in_percent(row.get("level"))
    return stated


def _words(row: Row) -> dict[str, str]:
    found = {"month": _month(row.get("month"))} if row.get("month") else {}
    for column, (name, words) in _STATED.items():
        word = row.get(column)
        if word:
            if word not in words:
                raise EventError(f"{column}: {word!r} is not known{suggestion(word, words)}")
            found[name] = word
    return found


def _month(word: str) -> str:
    try:
        return month_of(word)
    except QuestionError as error:
        raise EventError(str(error)) from None


def _subjects(row: Row) -> dict[str, int]:
    found = {}
    for column in ("n", "deaths"):
        if row.get(column):
            if not (row.get(column).isascii() and row.get(column).isdigit()):
                raise EventError(f"{column}: {row.get(column)!r} is not a whole number of subjects")
            found[column] = int(row.get(column))
    if found.get("n") == 0:
        raise EventError("n: 0 subjects have no figure; leave it empty where it is not stated")
    return found


def _flags(row: Row) -> dict[str, bool]:
    found = {}
    for column in ("ongoing", "external"):
        word = row.get(column).lower()
        if word and word not in (*_YES, *_NO):
            raise EventError(f"{column}: {word!r} is not known; expected yes or no")
        if word in _YES:
            found[column] = True
    return found


def level_in_percent(word: str) -> str:
    """Return a coverage in percent: ``80``, ``0.8`` and ``80%`` are the same.

    Raises:
        EventError: It is none.
    """
    found = _LEVEL.fullmatch(word.strip())
    if found is not None:
        level = Decimal(found[1] or found[2])
        if level < 1 and not word.strip().endswith(("%", "percent")):
            level = (100 * level).normalize()
        if LOWEST_LEVEL <= level < 100:
            return f"{level:f}"
    raise EventError(f"level: {word!r} is not a coverage of limits; expected for example 95, 0.95 or 95%")
