"""Events as they are stored in a log, and as they are in force, as parts of an answer."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import Field, GetJsonSchemaHandler, model_serializer
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from trialog.application.answers.base import Part
from trialog.domain.timeline import EventInForce
from trialog.events.dates import instant_text
from trialog.events.entry import LogEntry
from trialog.events.kinds import EventCorrected, EventRetracted, TrialEvent
from trialog.events.registry import BY_NUMBER, name_of


class _WithEvent(Part):
    """An event whose own fields stand in JSON beside those of the part."""

    HIDDEN: ClassVar[frozenset[str]] = frozenset()

    event: TrialEvent

    def _fields(self) -> dict[str, Any]:
        return self.event.model_dump(mode="json", exclude_none=True, exclude=set(self.HIDDEN))

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the fields that every event has; each kind adds its own."""
        found = handler(core_schema)
        schema = handler.resolve_ref_schema(found)
        schema["properties"] |= {
            "event": {"description": "Kind of event.", "enum": [name_of(kind) for kind in BY_NUMBER.values()]},
            "occurred_on": {"description": "Day it happened, as far as it is known.", "type": "string"},
            "reported_on": {"description": "Day the source knew it.", "type": "string"},
            "source": {"description": "Where it is written.", "type": "string"},
        }
        schema["additionalProperties"] = True
        return found


class EntryPart(_WithEvent):
    """An event as it was recorded, with its place and time in the log."""

    HIDDEN: ClassVar[frozenset[str]] = frozenset({"target_stream"})

    trial: str
    id: str
    by: str = Field(description="Who recorded it.")
    position: int
    recorded_at: str = Field(description="UTC instant.")
    target_position: int | None = Field(
        default=None, description="Of a correction or retraction: position of the event that it is about."
    )

    @classmethod
    def of(cls, entry: LogEntry, trial: str, target_position: int | None = None) -> Self:
        """Return an entry of a trial's log as a part of an answer."""
        return cls(
            event=entry.event,
            trial=trial,
            id=entry.event_id,
            by=entry.actor,
            position=entry.position,
            recorded_at=instant_text(entry.recorded_at),
            target_position=target_position if isinstance(entry.event, EventCorrected | EventRetracted) else None,
        )

    def line(self) -> dict[str, Any]:
        """Return the fields of a line of JSON Lines."""
        return {
            "event": name_of(self.event),
            "trial": self.trial,
            **self._fields(),
            "id": self.id,
            "by": self.by,
            "position": self.position,
            "recorded_at": self.recorded_at,
        }

    @model_serializer(mode="wrap")
    def _flat(self, _: Any) -> dict[str, Any]:
        target = {} if self.target_position is None else {"target_position": self.target_position}
        return {**self.line(), **target}


class RetractedCorrection(Part):
    """A correction that was taken back."""

    correction: EntryPart
    retraction: EntryPart


class FactPart(_WithEvent):
    """An event as it is in force, with what changed it."""

    stands: bool = Field(description="Whether it has not been retracted.")
    as_recorded: EntryPart
    corrections: tuple[EntryPart, ...]
    retraction: EntryPart | None
    retracted_corrections: tuple[RetractedCorrection, ...]

    @classmethod
    def of(cls, fact: EventInForce, trial: str, taken_back: tuple[tuple[LogEntry, LogEntry], ...] = ()) -> Self:
        """Return an event in force as a part of an answer.

        Args:
            fact: The event.
            trial: Code of its trial.
            taken_back: Corrections of it that were retracted, each with its retraction.
        """
        target = fact.entry.position
        return cls(
            event=fact.event,
            stands=fact.stands,
            as_recorded=EntryPart.of(fact.entry, trial),
            corrections=tuple(EntryPart.of(each, trial, target) for each in fact.corrections),
            retraction=None if fact.retraction is None else EntryPart.of(fact.retraction, trial, target),
            retracted_corrections=tuple(
                RetractedCorrection(
                    correction=EntryPart.of(correction, trial, target),
                    retraction=EntryPart.of(retraction, trial, correction.position),
                )
                for correction, retraction in taken_back
            ),
        )

    @model_serializer(mode="wrap")
    def _flat(self, _: Any) -> dict[str, Any]:
        return {
            "event": name_of(self.event),
            **self._fields(),
            "stands": self.stands,
            "as_recorded": self.as_recorded.model_dump(),
            "corrections": [each.model_dump() for each in self.corrections],
            "retraction": None if self.retraction is None else self.retraction.model_dump(),
            "retracted_corrections": [each.model_dump() for each in self.retracted_corrections],
        }
