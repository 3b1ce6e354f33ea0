"""Check times given by the user; errors name the first wrong row."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialog.events.definition import Definition
from trialog.events.errors import QuestionError

Whole = NDArray[np.signedinteger[Any]] | NDArray[np.unsignedinteger[Any]]
"""Integers of any width: narrow arrays are read faster, so they are not widened."""

Flags = NDArray[np.bool_]

LONGEST: Final = 2**53
"""Greatest number below which every whole number is exact as a float."""

_NOT_NEGATIVE: Final = "a day at or after the origin, 0 or more"
_INDICATOR: Final = "1 for died or 0 for censored"


def checked_times(durations_days: ArrayLike, died: ArrayLike, what: str = "duration") -> tuple[Whole, Flags]:
    """Return durations as whole numbers and indicators as truth values, each of shape (n,).

    Args:
        durations_days: Whole days.
        died: 1 or True, 0 or False.
        what: Name of a duration in an error.

    Raises:
        QuestionError: Unequal lengths; a duration that is negative, missing or not a whole number; an
        indicator other than 0 and 1. The text names the first wrong row, counted from 1.
    """
    days, dead = _listed(durations_days), _listed(died)
    if days.ndim != 1 or dead.ndim != 1:
        raise QuestionError(f"expected two lists of numbers, found shapes {days.shape} and {dead.shape}")
    if days.size != dead.size:
        raise QuestionError(f"{days.size} durations but {dead.size} indicators of death; expected one for each")
    return whole_days(days, what), _indicators(dead)


def whole_days(values: ArrayLike, what: str, *, signed: bool = False) -> Whole:
    """Return days as whole numbers.

    Args:
        values: Shape (n,).
        what: Name of a day in an error.
        signed: Whether days before day 0 are allowed.

    Raises:
        QuestionError: A day is missing or not a whole number, or is negative although ``signed`` is false.
    """
    days = _listed(values)
    if not days.size:
        return np.empty(0, np.int64)
    if days.dtype.kind == "O":
        _refuse_first(np.array([_is_no_number(each) for each in days]), days, what, "whole days")
        days = days.astype(np.float64)
    if days.dtype.kind == "f":
        _refuse_first(~np.isfinite(days), days, what, "a number of days")
        _refuse_first(days != np.floor(days), days, what, "whole days")
        _refuse_first(np.abs(days) > LONGEST, days, what, "whole days below 2 to the power of 53")
        days = days.astype(np.int64)
    elif days.dtype.kind not in "iu":
        raise QuestionError(f"{what}s are {days.dtype}; expected whole days")
    if not signed and days.min() < 0:
        _refuse_first(days < 0, days, what, _NOT_NEGATIVE)
    return days


def checked_definition(definition: object) -> Definition:
    """Return a definition.

    Raises:
        QuestionError: The value is not a definition but, for example, the word for one of its parts.
    """
    if not isinstance(definition, Definition):
        raise QuestionError(f"definition {definition!r} is wrong; expected a Definition, such as KAPLAN_MEIER")
    return definition


def _listed(values: ArrayLike) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        # A masked value is missing; the number under the mask must not be used.
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        return np.asarray(values)
    except ValueError:
        raise QuestionError("expected a list of numbers, found rows of unequal length") from None


def _indicators(dead: NDArray[Any]) -> Flags:
    if dead.dtype == np.bool_ or not dead.size:
        return dead.astype(bool, copy=False)
    if dead.dtype.kind == "O":
        _refuse_first(
            np.array([_is_no_number(each) and not isinstance(each, (bool, np.bool_)) for each in dead]),
            dead,
            "indicator of death",
            _INDICATOR,
        )
        dead = dead.astype(np.float64)
    if dead.dtype.kind not in "iuf":
        raise QuestionError(f"indicators of death are {dead.dtype}; expected 1 for died and 0 for censored")
    flags: Flags = dead == 1
    _refuse_first(~(flags | (dead == 0)), dead, "indicator of death", _INDICATOR)
    return flags


def _is_no_number(value: object) -> bool:
    return not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool)


def _refuse_first(wrong: Flags, values: NDArray[Any], what: str, expected: str) -> None:
    if wrong.any():
        at = int(np.argmax(wrong))
        raise QuestionError(f"row {at + 1}: {what} {values[at]} is wrong; expected {expected}")
