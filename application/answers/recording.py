"""Answers of what puts something into a log: one event, several, a file."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, model_serializer

from trialog.application.answers.base import Answer
from trialog.application.answers.entries import EntryPart


class RecordAnswer(EntryPart, Answer):
    """One event that was appended, as the log holds it, or that the log held already."""

    SCHEMA: ClassVar[str] = "record/1"

    appended: bool = Field(description="False if the log held the same event already.")
    warnings: tuple[str, ...] = Field(default=(), description="What is odd about the event, and was accepted.")

    @model_serializer(mode="wrap")
    def _flat(self, _: Any) -> dict[str, Any]:
        return {**self.line(), "appended": self.appended, "warnings": list(self.warnings)}


class AppendFileAnswer(Answer):
    """What an append of a file of events did, or would do."""

    SCHEMA: ClassVar[str] = "append/1"

    read: int = Field(description="Events read.")
    appended: int = Field(description="Events that were new.")
    already_in_the_log: int = Field(description="Events that the log held already, or that the file has twice.")
    by_trial: dict[str, int] = Field(description="New events by trial.")
    notes: int = Field(description="How many warnings there are.")
    dry_run: bool = Field(description="Whether nothing was written.")
    warnings: tuple[str, ...] = Field(description="The first few warnings: what is odd, and was accepted.")


class AppendAnswer(AppendFileAnswer):
    """What an append of some events did, or would do."""

    SCHEMA: ClassVar[str] = "append-events/1"

    entries: tuple[EntryPart, ...] = Field(description="The new events, as the log holds them.")
