"""A figure on a day, and what an event did to it, as parts of an answer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from trialog.application.answers.base import Part
from trialog.application.answers.common import DefinitionPart
from trialog.application.answers.figures import days_and_months
from trialog.events.vocabulary import Confirmation, Evaluator
from trialog.projections.changes.events import Described
from trialog.projections.changes.moves import Effect
from trialog.projections.measures import MeasureAnswer, MeasureQuestion
from trialog.projections.rounding import significant


class QuestionPart(Part):
    """Which figure is followed, and under which definition."""

    figure: str
    kind: Literal["time", "share", "count"]
    at_day: float | None = Field(description="Landmark, in days; null for figures that have none.")
    evaluator: Evaluator
    confirmation: Confirmation
    definition: DefinitionPart
    words: str = Field(description="Everything that the figure follows, as one phrase.")


def question_fields(question: MeasureQuestion) -> dict[str, Any]:
    """Return the fields of `QuestionPart`."""
    return {
        "figure": question.measure,
        "kind": question.kind,
        "at_day": question.at,
        "evaluator": question.evaluator,
        "confirmation": question.confirmation,
        "definition": DefinitionPart.of(question.followed, *question.ends),
        "words": question.words(),
    }


Assessed = Annotated[
    int | None, Field(description="How many of n were assessed; left out of figures that rest on no assessments.")
]


class TimeValue(Part):
    """A time with its limits; null: not reached, or nobody counts."""

    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset({"assessed"})

    value_days: float | None
    value_months: float | None
    lower_days: float | None
    lower_months: float | None
    upper_days: float | None
    upper_months: float | None
    n: int
    events: int
    assessed: Assessed = None


class NumberValue(Part):
    """A share between 0 and 1, or a count; a count has no limits."""

    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset({"assessed"})

    value: int | float | None
    lower: float | None
    upper: float | None
    n: int
    events: int
    assessed: Assessed = None


Value = TimeValue | NumberValue


def value_fields(found: MeasureAnswer, question: MeasureQuestion) -> dict[str, Any]:
    """Return the fields of `TimeValue`, or of `NumberValue` if the figure is no time."""
    counted = {"n": found.n, "events": found.events, "assessed": found.assessed}
    fields: dict[str, Any] = {}
    for name in ("value", "lower", "upper"):
        fields |= _in_units(name, getattr(found, name), question)
    return fields | counted


def _in_units(name: str, value: float | None, question: MeasureQuestion) -> dict[str, Any]:
    if question.kind == "time":
        return days_and_months(name, value, question.definition.month)
    if question.kind == "count":
        return {name: None if value is None else int(value)}
    return {name: significant(value)}


def value_part(found: MeasureAnswer, question: MeasureQuestion) -> Value:
    """Return a figure with its limits as a part of an answer."""
    fields = value_fields(found, question)
    return TimeValue(**fields) if question.kind == "time" else NumberValue(**fields)


class EventPart(Part):
    """An event as a reader knows it; of the calendar alone only ``event`` is set."""

    position: int | None
    event: str = Field(description="Kind of event, or ``calendar``.")
    change: str | None = Field(description="Whether it is new, or what it did to an earlier event.")
    subject: str | None
    occurred_on: str | None
    known_on: str | None
    what: str | None = Field(description="What it says beyond that.")

    @property
    def sentence(self) -> str:
        """The event in one phrase."""
        if self.position is None:
            return "the calendar"
        when = f" on {self.occurred_on}" if self.occurred_on and self.change == "new" else ""
        said = f": {self.what}" if self.what else ""
        return f"{self.event} {self.subject}{when}{said} (#{self.position})"


def event_fields(event: Described | None) -> dict[str, Any]:
    """Return the fields of `EventPart`; None means the calendar alone."""
    if event is not None:
        return asdict(event)
    return {**dict.fromkeys(EventPart.model_fields), "event": "calendar"}


class TimeEffect(EventPart):
    """What one event, or the calendar, did to a time."""

    before_days: float | None
    before_months: float | None
    after_days: float | None
    after_months: float | None


class NumberEffect(EventPart):
    """What one event, or the calendar, did to a share or a count."""

    before: int | float | None
    after: int | float | None


def effect_part(effect: Effect, question: MeasureQuestion) -> TimeEffect | NumberEffect:
    """Return what one event did as a part of an answer."""
    fields = {
        **event_fields(effect.event),
        **_in_units("before", effect.before, question),
        **_in_units("after", effect.after, question),
    }
    return TimeEffect(**fields) if question.kind == "time" else NumberEffect(**fields)


class FigureEffect(Part):
    """What one event did to one figure."""

    figure: str
    estimator: str
    before: Value
    after: Value

    @classmethod
    def of(cls, question: MeasureQuestion, before: MeasureAnswer, after: MeasureAnswer) -> Self:
        """Return an effect as a part of an answer."""
        return cls(
            figure=question.measure,
            estimator=question.definition.estimator,
            before=value_part(before, question),
            after=value_part(after, question),
        )


class KnownEvent(EventPart):
    """An event that became known, with its effects."""

    effects: tuple[FigureEffect, ...]
