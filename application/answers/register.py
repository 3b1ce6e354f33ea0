"""The answer to ``announce --file``: what was read from a register of announced figures, and what was appended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.application.answers.verdicts import StatedFigure


class RegisteredRow(Part):
    """One row of a register file, and the figure that was read from it."""

    row: int
    line: int | None
    announcement: str
    role: str = Field(description="What the row is taken as: a figure, a fact, words.")
    why: str | None = Field(description="Why it is kept in words.")
    figure: StatedFigure


class RegisterNote(Part):
    """What is doubtful about an accepted row."""

    rule: str
    message: str


class RegisterAnswer(Answer):
    """What registering a file did."""

    SCHEMA: ClassVar[str] = "register/1"

    trial: str
    read: int = Field(description="Rows of the file.")
    announcements: tuple[str, ...]
    appended: int = Field(description="Events that were appended, or would be in a dry run.")
    already_in_the_log: int
    dry_run: bool
    rows_read: tuple[RegisteredRow, ...] = Field(alias="rows", serialization_alias="rows")
    notes: tuple[RegisterNote, ...]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each row of the file."""
        for each in self.rows_read:
            yield each.model_dump(mode="json")
