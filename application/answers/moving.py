"""Answers about whole logs that were written elsewhere: new ones, copies, backups, exports, imports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.application.answers.common import LogPosition


class CreatedAnswer(Answer):
    """A log that was made, or got its roles."""

    SCHEMA: ClassVar[str] = "created/1"

    log: str = Field(description="File or URL, without any password.")
    created: bool = Field(description="Whether it was not there before.")
    roles: bool = Field(description="Whether the roles of writers and readers were set up.")


class CopiedTrialPart(Part):
    """A trial's log that was copied and verified."""

    trial: str
    origin: str
    size: int
    root: str


class CopyAnswer(Answer):
    """Where a log was copied to, and what was verified there."""

    SCHEMA: ClassVar[str] = "copy/1"

    to: str = Field(description="File or URL, without any password.")
    trials: list[CopiedTrialPart]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each trial."""
        for each in self.trials:
            yield each.model_dump()


class LogFormPart(Part):
    """How a log was written out."""

    format: str
    salts: bool = Field(description="Whether each entry carries its salt.")


class ExportedFilePart(Part):
    """A file of an export."""

    file: str
    form: str
    records: int
    bytes: int
    sha256: str


class LogExportAnswer(Answer):
    """The manifest of an exported log."""

    SCHEMA: ClassVar[str] = "log-export/1"

    manifest: str
    what: str
    trial: str
    data_cutoff: None = None
    known_at: None = None
    log: LogPosition
    definition: LogFormPart
    files: list[ExportedFilePart]
    trialog: str


class LogImportAnswer(Answer):
    """A log that was put back."""

    SCHEMA: ClassVar[str] = "log-import/1"

    trial: str
    restored: int = Field(description="Number of events.")
    log: LogPosition
