"""The answers of ``portfolio``: an export, the rows of a question, a verification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from trialog.application.answers.base import Answer, Part


class ExportedTrial(Part):
    """What the export holds of one trial."""

    trial: str
    log: str = Field(description="Where its log is.")
    size: int = Field(description="Events in the export.")
    root: str = Field(description="Root of the log at that size, 64 hexadecimal digits.")
    new_events: int = Field(description="Events that this export added.")


class PortfolioExportAnswer(Answer):
    """What an export wrote."""

    SCHEMA: ClassVar[str] = "portfolio-export/1"

    folder: str
    checked: bool = Field(description="Whether the logs were verified; else roots are as stored.")
    trials: tuple[ExportedTrial, ...]
    files_written: int
    bytes: int = Field(description="Of all files of the portfolio.")

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each trial."""
        yield from (trial.model_dump(mode="json") for trial in self.trials)


class PortfolioAnswer(Answer):
    """The rows of a question to all trials."""

    SCHEMA: ClassVar[str] = "portfolio/1"

    question: str
    folder: str
    trialog: str
    found: tuple[dict[str, Any], ...] = Field(description="Rows; each has the size and the root that it rests on.")

    @property
    def exit_code(self) -> int:
        """1 if an announced figure does not hold as known now."""
        return 1 if self.question == "holds" and not all(row["holds"] for row in self.found) else 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows."""
        yield from self.found


class VerifiedTrial(Part):
    """How one trial of a portfolio was verified."""

    trial: str
    size: int
    root: str
    by: Literal["log", "file hashes"]
    log: str | None


class PortfolioVerifyAnswer(Answer):
    """Whether a portfolio is what was exported, and what its logs hold."""

    SCHEMA: ClassVar[str] = "portfolio-verify/1"

    folder: str
    verified: bool
    faults: tuple[str, ...]
    trials: tuple[VerifiedTrial, ...]

    @property
    def exit_code(self) -> int:
        """0 verified from the logs, 1 damaged, 3 if some trials were checked by the hashes of their files alone."""
        if self.faults:
            return 1
        return 3 if any(trial.by != "log" for trial in self.trials) else 0
