"""What the arguments of questions mean: days, definitions, lengths of time, cohorts."""

from __future__ import annotations

import datetime
import getpass
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from trialog.events import dates
from trialog.events.definition import KAPLAN_MEIER, PARTS, RULE_SETS, TO_DATE, Definition, Month
from trialog.events.errors import ArgumentError
from trialog.events.vocabulary import EVALUATORS, Evaluator, suggestion

if TYPE_CHECKING:
    from trialog.projections.trial_data import TrialData

Date = str | datetime.date
"""A day as ISO text, ``2017-11-07``, ``2017-11`` or ``2017``, or as a date."""

Length = str | float
"""A length of time: a number of days, or ``365``, ``52w``, ``12m``, ``1y``."""

DefinitionLike = Definition | Mapping[str, Any] | Sequence[str]
"""A whole definition, or parts in place of the trial's default: a mapping, or texts such as ``origin=enrollment``."""

_LENGTH: Final = re.compile(r"(\d+(?:\.\d+)?)([dwmy]?)", re.ASCII)


class Group(NamedTuple):
    """Subjects that are counted together.

    Attributes:
        label: Name of the group.
        cohorts: Its cohorts, pooled.
    """

    label: str
    cohorts: tuple[str, ...]


def who_records(given: str | None) -> str:
    """Return who records: the name given, else the login name."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def days_of(value: Date, argument: str) -> tuple[int, int]:
    """Return the first and the last day that a date means.

    Raises:
        ArgumentError: It is not a date.
    """
    try:
        return dates.span(value.isoformat()[:10] if isinstance(value, datetime.date) else value)
    except ValueError as error:
        raise ArgumentError(argument, f": {error}") from None


def last_day(value: Date, argument: str) -> int:
    """Return the day that a date means as a limit: the last one of a partial date.

    Raises:
        ArgumentError: It is not a date.
    """
    return days_of(value, argument)[1]


def optional_day(value: Date | None, argument: str) -> int | None:
    """Return the day that a date means as a limit, None for None."""
    return None if value is None else last_day(value, argument)


def number_of_days(value: int, argument: str) -> int:
    """Return a number of days that may not be negative.

    Raises:
        ArgumentError: It is.
    """
    if value < 0:
        raise ArgumentError(argument, f" {value} is wrong; expected a number of days, 0 or more")
    return value


def definition_of(given: DefinitionLike | None, default: Definition | None = None) -> Definition:
    """Return a definition: the one given, or the default with some parts replaced.

    A new estimator brings its usual censoring with it, unless the censoring is given too.

    Args:
        given: A whole definition, or parts of one.
        default: The trial's own; if None, Kaplan-Meier, or to-date where that estimator is given.

    Raises:
        QuestionError: A part or a word is unknown.
    """
    if isinstance(given, Definition):
        return given
    parts = parts_of(given)
    for name in parts:
        if name not in PARTS:
            raise ArgumentError("definition", f": {name!r} is not a part{suggestion(name, PARTS)}")
    base = default or (TO_DATE if parts.get("estimator") == "to-date" else KAPLAN_MEIER)
    if "estimator" in parts and parts["estimator"] != base.estimator and "censoring" not in parts:
        parts["censoring"] = (TO_DATE if parts["estimator"] == "to-date" else KAPLAN_MEIER).censoring
    return replace(base, **parts)


def given_parts(given: DefinitionLike | None) -> tuple[str, ...]:
    """Return the parts of a definition that were asked for one by one; they hold for every estimator."""
    return () if isinstance(given, Definition) else tuple(parts_of(given))


def parts_of(given: Mapping[str, Any] | Sequence[str] | None) -> dict[str, Any]:
    """Return the parts that were given, those of a named set of rules among them."""
    parts = dict(given) if isinstance(given, Mapping) else definition_parts(given or ())
    named = parts.pop("rules", None)
    if named is None:
        return parts
    if named not in RULE_SETS:
        raise ArgumentError("definition", f": rules {named!r} are not known{suggestion(str(named), tuple(RULE_SETS))}")
    return {**RULE_SETS[named], **parts}


def definition_parts(given: str | Iterable[str]) -> dict[str, Any]:
    """Return the parts of a definition that texts such as ``origin=enrollment`` name."""
    parts: dict[str, Any] = {}
    for each in (given,) if isinstance(given, str) else given:
        name, equals, word = each.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise ArgumentError("definition", f" {each!r}: expected PART=WORD, for example estimator=to-date")
        parts[name] = _level(word) if name == "level" else word.strip()
    return parts


def _level(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ArgumentError("definition", f" level={word}: expected a number between 0 and 1") from None


def length_of(value: Length, argument: str, month: Month) -> float:
    """Return a length of time in days: ``365``, ``52w``, ``12m`` or ``1y``.

    Args:
        value: As given.
        argument: To name in an error.
        month: Length of a month.

    Raises:
        ArgumentError: It is not such a length, or counts calendar months, which have no fixed length.
    """
    found = _LENGTH.fullmatch(str(value).strip())
    if found is None:
        raise ArgumentError(argument, f" {value!r} is wrong; expected a length of time: 365, 52w, 12m or 1y")
    if found[2] == "m" and month == "calendar":
        raise ArgumentError(argument, f" {value!r}: calendar months have no fixed length; give days")
    from trialog.projections.months import DAYS_PER_WEEK, DAYS_PER_YEAR, days_per_month

    unit = {"": Decimal(1), "d": Decimal(1), "w": DAYS_PER_WEEK, "m": days_per_month(month), "y": DAYS_PER_YEAR}
    return float(Decimal(found[1]) * unit[found[2]])


def share_of(value: str | float | Fraction, argument: str) -> Fraction:
    """Return a share between 0 and 1, exact.

    Raises:
        QuestionError: It is not such a share.
    """
    from trialog.projections.estimators.crossing import fraction_of

    try:
        share = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise ArgumentError(argument, f" {value!r} is wrong; expected a share between 0 and 1, such as 0.25") from None
    return fraction_of(share)


def evaluator_of(word: str) -> Evaluator:
    """Return the evaluator that a word names.

    Raises:
        ArgumentError: There is no such evaluator.
    """
    for evaluator in EVALUATORS:
        if word == evaluator:
            return evaluator
    raise ArgumentError("evaluator", f" {word!r} is not known{suggestion(word, EVALUATORS)}")


def as_labels(given: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """Return labels as a tuple; one alone may be given as text, and none means all."""
    if isinstance(given, str):
        return (given,)
    return tuple(given) or None if given is not None else None


def groups_of(data: TrialData, cohorts: str | Iterable[str] | None, *, pool: bool, known_at: int | None) -> list[Group]:
    """Return the groups that a question is about: each cohort, or some cohorts as one group.

    Raises:
        QuestionError: A cohort is not in the log.
    """
    labels = data.cohort_labels(as_labels(cohorts), known_at)
    if pool:
        return [Group("+".join(labels), labels)]
    return [Group(label, (label,)) for label in labels]
