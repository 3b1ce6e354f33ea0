"""The answer to ``announce``: what was recorded of an announcement."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from trialog.application.answers.base import Answer
from trialog.application.answers.common import LogPosition
from trialog.application.answers.entries import EntryPart


class AnnounceAnswer(Answer):
    """An announcement, a figure of it, or both, as the log holds them."""

    SCHEMA: ClassVar[str] = "announce/1"

    events: tuple[EntryPart, ...] = Field(description="New events; none if the log held them already.")
    log: LogPosition
    checkpoint: str | None = Field(description="The checkpoint that is kept with the announcement, as a signed note.")
