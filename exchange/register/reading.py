"""A row of a register file as a typed figure, with a mark on everything that its words do not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, get_args

from pydantic import ValidationError

from trialog.events.announced_figure import TIME_UNITS, AnnouncedFigure, Comparator, Inference, Written
from trialog.events.dates import span
from trialog.events.definition import CHOICES, month_of
from trialog.events.errors import EventError, QuestionError
from trialog.events.vocabulary import CONFIRMATIONS, EVALUATORS, suggestion
from trialog.exchange.register.cohorts import Cohorts, read_cohort
from trialog.exchange.register.measures import Meaning, Role, origin_of, read_measure
from trialog.exchange.register.table import Complaints, Row
from trialog.exchange.register.values import UNITS, AnnouncedValue, read_value
from trialog.exchange.register.wordings import (
    approximately,
    estimator_said,
    origin_said,
    says_no_median_yet,
    subjects_said,
)

_STATED: Final = {
    "estimator": ("estimator", CHOICES["estimator"]),
    "origin": ("origin", CHOICES["origin"]),
    "censoring": ("censoring", CHOICES["censoring"]),
    "ties": ("ties", CHOICES["ties"]),
    "counting": ("counting", CHOICES["counting"]),
    "comparator": ("comparator", get_args(Comparator)),
    "at_unit": ("at_unit", TIME_UNITS),
    "evaluator": ("evaluator", EVALUATORS),
    "confirmation": ("confirmation", CONFIRMATIONS),
}
"""Columns of closed lists: the field, and its words."""

LONGEST_TIME: Final = 45_000
"""Days, about 123 years: a longer time is a typing error."""

LONGEST_DAYS: Final = {"days": 1, "weeks": 7, "months": 31, "years": 366}

_YES: Final = ("yes", "true", "1", "y")
_NO: Final = ("no", "false", "0", "n")


@dataclass(frozen=True)
class RowReading:
    """What was read from one row.

    Attributes:
        row: As written.
        figure: As an announced figure; its name is not yet unique.
        role: What the row can serve for.
        day: Clinical date of the roles that are days.
        other_cohort: The earlier cohort of ``after cohort``.
        why: Why nothing is computed of the row, for the role ``words``.
    """

    row: Row
    figure: AnnouncedFigure
    role: Role
    day: str | None = None
    other_cohort: str | None = None
    why: str = ""

    @property
    def trial(self) -> str:
        """The trial, as worded."""
        return self.row.get("trial")

    @property
    def announced_on(self) -> str | None:
        """Clinical date of the announcement; None where it is not known."""
        return self.row.get("date_announced") or None

    @property
    def data_cutoff(self) -> str | None:
        """Clinical date of the stated data cutoff."""
        return self.row.get("data_cutoff") or None


@dataclass
class _Draft:
    """The fields of a figure while its row is read, and the rules that supplied some of them."""

    fields: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: Any, rule: str = "") -> None:
        if value is None or name in self.fields:
            return
        self.fields[name] = value
        if rule:
            self.rules[name] = rule


def read_rows(rows: Sequence[Row], place: str) -> tuple[RowReading, ...]:
    """Return what each row says, in the order of the file.

    Raises:
        EventError: A cell is wrong (a date that is none, a word that is not of its list); one line for each.
    """
    complaints = Complaints(place)
    found = []
    for row in rows:
        try:
            found.append(_read_row(row))
        except (EventError, ValidationError, ValueError) as error:
            complaints.add(row.number, row.line, _in_words(error))
    complaints.refuse_if_any()
    return tuple(_with_release(found))


def _in_words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        complaint = error.errors()[0]
        place = ".".join(str(part) for part in complaint["loc"])
        return f"{place}: {complaint['msg']}" if place else str(complaint["msg"])
    return str(error)


def _read_row(row: Row) -> RowReading:
    for column in ("date_announced", "data_cutoff"):
        if row.get(column):
            try:
                span(row.get(column))
            except ValueError as error:
                raise EventError(f"{column}: {error}") from None
    _refuse_later_cutoff(row)
    if not row.get("measure"):
        raise EventError("measure: expected what is measured, for example mOS")
    meaning, value = read_measure(row.get("measure")), read_value(row.get("value"), row.get("unit"))
    cohorts = read_cohort(row.get("cohort"))
    draft = _Draft()
    draft.fields |= _stated(row)
    unit, role, why = _role(row, meaning, value)
    draft.fields["unit"] = unit
    draft.fields["measure"] = meaning.measure if role in ("figure", "subjects") else "other"
    _put_cohorts(draft, row, cohorts)
    # The number of a row that nothing is computed of stays in its cells.
    if role in ("figure", "subjects", "after cohort"):
        _put_value(draft, row, meaning, value)
    else:
        draft.fields.pop("comparator", None)
    if role == "figure" and meaning.measure.startswith(("median-", "os-rate", "pfs-rate")):
        _put_definition(draft, row, meaning)
    draft.fields["figure"] = "row"
    draft.fields["words"] = row.get("quote")
    draft.put("url", row.get("url") or None)
    draft.put("data_cutoff", row.get("data_cutoff") or None)
    draft.fields["written"] = Written(
        measure=row.get("measure"), value=row.get("value"), unit=row.get("unit"), cohort=row.get("cohort")
    )
    draft.fields["inferred"] = tuple(
        Inference(field=name, rule=rule[:500]) for name, rule in sorted(draft.rules.items())
    )
    figure = AnnouncedFigure.model_validate(draft.fields)
    return RowReading(row, figure, role, value.day, meaning.cohort, why)


def _refuse_later_cutoff(row: Row) -> None:
    announced, cutoff = row.get("date_announced"), row.get("data_cutoff")
    if announced and cutoff and span(cutoff)[0] > span(announced)[1]:
        raise EventError(f"data_cutoff: {cutoff} is after the announcement of {announced}")


def _month(word: str) -> str:
    try:
        return month_of(word)
    except QuestionError as error:
        raise EventError(str(error)) from None


def _stated(row: Row) -> dict[str, Any]:
    """Return the fields that the row's own columns state."""
    stated: dict[str, Any] = {"month": _month(row.get("month"))} if row.get("month") else {}
    for column, (name, words) in _STATED.items():
        word = row.get(column)
        if word:
            if word not in words:
                raise EventError(f"{column}: {word!r} is not known{suggestion(word, words)}")
            stated[name] = word
    for column in ("n", "deaths"):
        if row.get(column):
            if not (row.get(column).isascii() and row.get(column).isdigit()):
                raise EventError(f"{column}: {row.get(column)!r} is not a whole number of subjects")
            stated[column] = int(row.get(column))
    if stated.get("n") == 0:
        raise EventError("n: 0 subjects have no figure; leave it empty where it is not stated")
    for column in ("lower", "upper", "level", "at", "category", "population", "arm"):
        if row.get(column):
            stated[column] = row.get(column)
    for column in ("ongoing", "external"):
        word = row.get(column).lower()
        if word and word not in (*_YES, *_NO):
            raise EventError(f"{column}: {word!r} is not known; expected yes or no")
        if word in _YES:
            stated[column] = True
    return stated


def _role(row: Row, meaning: Meaning, value: AnnouncedValue) -> tuple[str, Role, str]:  # noqa: PLR0912  # one branch for each way to be of no use
    """Return the unit of a row, what it can serve for, and why for nothing."""
    cell = row.get("unit").lower()
    unit = value.unit or UNITS.get(cell)
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
    if unit is None and value.comparator == "not reached":
        unit = "months"
    if meaning.measure in ("os-rate", "pfs-rate") and not (meaning.at or row.get("at")):
        return "text", "words", "a rate without its landmark; give it in the columns at and at_unit"
    if unit is None:
        return "text", "words", f"unit {row.get('unit')!r} is not known" if cell else "no unit is given"
    if unit in TIME_UNITS and (impossible := _no_time(value, unit)):
        return "text", "words", impossible
    if value.unit and cell and UNITS.get(cell) not in (value.unit, None) and value.n is None:
        return "text", "words", f"the value is written in {value.unit}, its unit says {row.get('unit')}"
    return unit, meaning.role, ""


def _no_time(value: AnnouncedValue, unit: str) -> str:
    """Return why a value is no time that a subject can live; empty where it is one."""
    for digits in (value.digits, value.lower, value.upper):
        if digits is not None and digits.startswith("-"):
            return f"{digits} {unit}: a time cannot be below zero"
        if digits is not None and Decimal(digits) * LONGEST_DAYS[unit] > LONGEST_TIME:
            return f"{digits} {unit} are longer than anybody lives"
    return ""


def _put_cohorts(draft: _Draft, row: Row, cohorts: Cohorts) -> None:
    rules = cohorts.rules
    draft.put("cohorts", cohorts.labels or None, rules.get("cohorts", ""))
    draft.put("population", cohorts.population)
    draft.put("external", cohorts.external or None, rules.get("external", ""))
    draft.put("everyone", cohorts.everyone or None, rules.get("everyone", ""))
    named = row.get("population")
    if named:
        of_population = read_cohort(named)
        draft.put("counted", of_population.counted, of_population.rules.get("counted", ""))
    draft.put("counted", cohorts.counted, rules.get("counted", ""))


def _put_value(draft: _Draft, row: Row, meaning: Meaning, value: AnnouncedValue) -> None:
    draft.put("value", value.digits)
    draft.put("lower", value.lower, value.rule)
    draft.put("upper", value.upper, value.rule)
    draft.put("reached", value.reached, value.rule)
    draft.put("n", value.n, value.rule)
    if meaning.role == "figure" and (subjects := subjects_said(row.get("quote"))) is not None:
        draft.put("n", subjects[0], f"the words give it: {subjects[1]!r}")
    if value.comparator != "=":
        draft.put("comparator", value.comparator, value.rule)
    if meaning.comparator is not None and not draft.fields.get("external"):
        draft.put("comparator", meaning.comparator, meaning.rule)
    if value.digits and approximately(row.get("quote"), value.digits):
        draft.put("comparator", "about", f"the words qualify {value.digits}")
    draft.put("at", meaning.at, meaning.rule)
    draft.put("at_unit", meaning.at_unit, meaning.rule)
    draft.put("category", meaning.category)
    draft.put("evaluator", meaning.evaluator)
    draft.put("confirmation", meaning.confirmation)
    draft.put("level", meaning.level)


def _put_definition(draft: _Draft, row: Row, meaning: Meaning) -> None:
    draft.put("origin", meaning.origin)
    draft.put("origin_words", meaning.origin_words)
    if "origin" not in draft.fields and "origin_words" not in draft.fields:
        named = origin_said(row.get("quote"))
        for name, word in origin_of(named).items():
            draft.put(name, word, f"the words name it: 'from {named}'")
    fields = draft.fields
    if fields.get("comparator") == "not reached" or fields.get("reached") is False:
        draft.put("estimator", "kaplan-meier", "not reached: a plain median of times so far always has a value")
    if fields["measure"].endswith(("-lower", "-upper")) or (
        fields.get("comparator") != "range" and (fields.get("lower") or fields.get("upper"))
    ):
        draft.put("estimator", "kaplan-meier", "confidence limits belong to a Kaplan-Meier median")
    said = estimator_said(row.get("quote"))
    draft.put("estimator", said.estimator, said.rule)
    draft.put("ongoing", said.ongoing or None, said.rule)


def _with_release(readings: Iterable[RowReading]) -> list[RowReading]:
    """Return readings with what other rows of the same release say of their figures.

    Limits of a figure that stand in rows of their own make it a Kaplan-Meier median; a release that calls the
    median of a cohort "not yet evaluable" beside a number means a plain median of times so far.
    """
    readings = list(readings)
    found = []
    for reading in readings:
        figure = reading.figure
        if reading.role == "figure" and figure.measure.startswith("median-") and figure.estimator is None:
            beside = [other for other in readings if other is not reading and _same_release(reading, other)]
            if any(
                other.figure.measure in (f"{figure.measure}-lower", f"{figure.measure}-upper")
                and _same_subjects(reading, other)
                for other in beside
            ):
                reading = _inferred(reading, "kaplan-meier", "the release gives confidence limits for it")  # noqa: PLW2901
            elif any(
                other.role == "status"
                and says_no_median_yet(f"{other.row.get('value')} {other.row.get('quote')}")
                and set(figure.cohorts) <= set(other.figure.cohorts)
                for other in beside
            ):
                rule = "the release calls the median not yet evaluable, so the number is a plain median of times so far"
                reading = _inferred(reading, "to-date", rule)  # noqa: PLW2901
        found.append(reading)
    return found


def _same_release(one: RowReading, other: RowReading) -> bool:
    return one.announced_on is not None and (one.trial, one.announced_on) == (other.trial, other.announced_on)


def _same_subjects(one: RowReading, other: RowReading) -> bool:
    return one.row.get("cohort") == other.row.get("cohort") and one.row.get("arm") == other.row.get("arm")


def _inferred(reading: RowReading, estimator: str, rule: str) -> RowReading:
    inferred = (*reading.figure.inferred, Inference(field="estimator", rule=rule))
    return replace(reading, figure=reading.figure.model_copy(update={"estimator": estimator, "inferred": inferred}))
