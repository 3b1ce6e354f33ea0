"""A map: what a table's columns mean. Read from YAML, checked before a row is read.

Every scalar of the YAML is a text (no ``NO`` that becomes false, no date that becomes a number), an
alias is refused, and so is a key that stands twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from trialog.events.errors import EventError
from trialog.events.kinds import ClinicalDate, Label, ShortText
from trialog.events.registry import NAMES, kind_named
from trialog.events.vocabulary import suggestion
from trialog.exchange.yaml_text import plain_yaml

LONGEST: Final = 1_000_000
EVENTS: Final = tuple(
    name for name in NAMES if name.startswith(("subject-", "dose-", "response-", "progression-", "evaluability-"))
)
"""Kinds that a map may make: everything that happens to a subject."""

TODO: Final = "TODO"
"""What a drafted map leaves to a person."""

NAME_FORM: Final = r"^[a-z][a-z0-9-]{2,39}$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


Words = Annotated[tuple[str, ...], BeforeValidator(_list), Field(min_length=1)]


class Condition(_Part):
    """What a row must say for a rule to apply: one of ``is``, ``is_not``, ``present``."""

    column: str
    equals: Words | None = Field(default=None, alias="is")
    differs: Words | None = Field(default=None, alias="is_not")
    present: bool | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(part is not None for part in (self.equals, self.differs, self.present)) != 1:
            raise ValueError(f"a condition on {self.column!r} needs one of: is, is_not, present")
        return self


def _conditions(given: Any) -> Any:
    return [given] if isinstance(given, dict) else given


Conditions = Annotated[tuple[Condition, ...], BeforeValidator(_conditions)]


class FieldSource(_Part):
    """Where a field's value comes from.

    Attributes:
        column: Column that holds it.
        constant: The value itself.
        values: Words of the table and what each means.
        otherwise: Meaning of every word that ``values`` does not list; without it such a row is left out.
        as_: ``text``, ``whole`` (a whole number), ``floor`` (the whole part of a number), ``truth``.
        form: Python format of a text, for example ``jasa-{:0>3}``.
        record: The record's number in the file instead of a column.
    """

    column: str | None = None
    constant: str | None = None
    values: dict[str, str] | None = None
    otherwise: str | None = None
    as_: Literal["text", "whole", "floor", "truth"] = Field(default="text", alias="as")
    form: str | None = None
    record: bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum((self.column is not None, self.constant is not None, self.record)) != 1:
            raise ValueError("a value needs one of: column, constant, record")
        if self.form is not None:
            _check_form(self.form)
        return self


def _check_form(form: str) -> None:
    """Refuse forms that reach into the value: only plain ``{}`` with a width is meant."""
    import string

    for _, name, _, conversion in string.Formatter().parse(form):
        if (name is not None and name != "") or conversion is not None:
            raise ValueError(f"form {form!r}: expected text around one {{}}, for example jasa-{{:0>3}}")
    if sum(name is not None for _, name, _, _ in string.Formatter().parse(form)) != 1:
        raise ValueError(f"form {form!r}: expected text around one {{}}, for example jasa-{{:0>3}}")


class Day(_Part):
    """Where a day comes from.

    Attributes:
        column: Column that holds it: ISO 8601, possibly partial, unless ``formats`` or ``unit`` say otherwise.
        formats: Formats of ``strptime``, tried in order; one without a day gives a partial date.
        unit: The column holds a time in this unit, counted from ``start``.
        start: Day 0 of such times.
        constant: The day itself.
    """

    column: str | None = None
    formats: Words | None = Field(default=None, alias="format")
    unit: Literal["days", "weeks", "months", "years"] | None = None
    start: ClinicalDate | None = Field(default=None, alias="from")
    constant: ClinicalDate | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError("a day needs one of: column, constant")
        if (self.unit is None) != (self.start is None):
            raise ValueError("a time needs both its unit and the day that it counts from: unit, from")
        if self.start is not None and len(self.start) != len("2000-01-01"):
            raise ValueError(f"from: {self.start} must be a complete date")
        return self


class EventRule(_Part):
    """One kind of event, made of each row that its conditions fit.

    Attributes:
        event: Name of the kind, for example ``subject-died``.
        when: Conditions, all of which must hold.
        on: When it occurred.
        set_: Its other fields.
        key: Columns that tell two such events of a subject apart; the day does when empty.
    """

    event: str
    when: Conditions = ()
    on: Day
    set_: dict[str, FieldSource] = Field(default_factory=dict, alias="set")
    key: Words | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.event not in EVENTS:
            raise ValueError(f"event {self.event!r} is not one that a map can make{suggestion(self.event, EVENTS)}")
        known = [
            name
            for name in kind_named(self.event).model_fields
            if name not in ("occurred_on", "reported_on", "source", "subject")
        ]
        for name in self.set_:
            if name not in known:
                raise ValueError(f"{self.event} has no field {name!r}{suggestion(name, known)}")
        for name in known:
            if kind_named(self.event).model_fields[name].is_required() and name not in self.set_:
                raise ValueError(f"{self.event} needs field {name!r} under 'set'")
        return self


class Skip(_Part):
    """Rows that are left out on purpose."""

    when: Conditions
    reason: ShortText


class MapTrial(_Part):
    """The trial that the table belongs to."""

    code: Label
    title: ShortText
    on: ClinicalDate

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if TODO in (self.code, self.title):
            raise ValueError(f"{TODO} still stands in this draft; name the trial's code and its title")
        return self


class MapCohort(_Part):
    """A cohort that is opened whoever is in it."""

    cohort: Label
    on: ClinicalDate
    arm: ShortText | None = None
    planned_dose: str | None = None
    planned_unit: str | None = None


class Map(_Part):
    """A whole map.

    Attributes:
        name: Short; part of the ids of its events.
        about: What table it is for, and what it had to decide.
        source: Where the data come from; stands in every event's source before file and record.
        columns: Columns that the table must have.
        missing: Texts that mean nothing is known.
        trial: The trial, unless --trial names another.
        known: Whether each fact counts as known on its own day, or since the day of the extract.
        subject: Of each row.
        cohorts: Opened before anybody is enrolled; others are opened on their first enrollment.
        skip: Rows left out on purpose, with the reason.
        questions: What a proposal leaves to a person; a map with TODO anywhere is refused.
        events: What each row becomes.
    """

    name: str = Field(alias="map", pattern=NAME_FORM)
    about: str = ""
    source: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    columns: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)
    trial: MapTrial | None = None
    known: Literal["extract", "own day"] = "extract"
    subject: FieldSource
    cohorts: tuple[MapCohort, ...] = ()
    skip: tuple[Skip, ...] = ()
    questions: tuple[str, ...] = ()
    events: tuple[EventRule, ...] = Field(min_length=1)

    def all_columns(self) -> list[str]:
        """Return every column that the map names, in order, once."""
        found = dict.fromkeys(self.columns)
        parts: list[FieldSource | Day | Condition] = [self.subject]
        for skip in self.skip:
            parts.extend(skip.when)
        for rule in self.events:
            parts.extend((*rule.when, rule.on, *rule.set_.values()))
            found.update(dict.fromkeys(rule.key or ()))
        found.update((part.column, None) for part in parts if part.column is not None)
        return list(found)


def map_of(text: str, where: str) -> Map:
    """Return the map that a YAML text holds.

    Args:
        text: The YAML.
        where: Name of the file, for messages.

    Raises:
        EventError: It is not YAML, uses an alias, or is not a map; one line says where and what was expected.
    """
    if len(text) > LONGEST:
        raise EventError(f"{where}: {len(text)} characters; a map has at most {LONGEST}")
    given = plain_yaml(text, where, "a map")
    if not isinstance(given, dict):
        raise EventError(f"{where}: expected a map with the keys map, subject, events; trialog import table --suggest")
    try:
        found = Map.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        message = str(first["ctx"]["error"]) if first["type"] == "value_error" else _in_words(first)
        raise EventError(f"{where}: {place}: {message}" if place else f"{where}: {message}") from None
    open_question = next(_open_questions(given), None)
    if open_question is not None:
        raise EventError(f"{where}: {open_question}")
    return found


def _open_questions(given: Any, place: str = "") -> Iterator[str]:
    """Yield each place of a map at which TODO still stands."""
    if isinstance(given, dict):
        for name, value in given.items():
            if place or name != "trial":  # the trial has words of its own
                yield from _open_questions(value, f"{place}.{name}" if place else str(name))
    elif isinstance(given, list):
        for number, value in enumerate(given):
            yield from _open_questions(value, f"{place}.{number}")
    elif isinstance(given, str) and TODO in given and place != "about":
        yield f"{place}: an open question of the draft: {given}; answer it, and take TODO out"


def _in_words(complaint: Any) -> str:
    if complaint["type"] == "extra_forbidden":
        return "this key is not known here"
    if complaint["type"] == "missing":
        return "this key is missing"
    if complaint["type"] == "string_pattern_mismatch":
        return f"{complaint['input']!r} is not allowed; expected the form {complaint['ctx']['pattern']}"
    message: str = complaint["msg"]
    return f"{message[0].lower()}{message[1:]}, found {str(complaint['input'])[:60]!r}"
