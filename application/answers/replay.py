"""The answer to ``replay``: every cohort on a day, and the figures announced then, rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from trialog.application.answers.common import ANSWERED_WITH_A_GAP, DefinitionPart, NotePart, Provenance, exit_code_of
from trialog.application.answers.figures import GroupPart
from trialog.application.answers.verdicts import VerdictPart


class ReplayAnswer(Provenance):
    """The cohorts on a day, and a verdict on each figure announced on it."""

    SCHEMA: ClassVar[str] = "replay/1"

    definition: DefinitionPart = Field(description="Of the cohorts' figures; each verdict has its own.")
    cohorts: tuple[GroupPart, ...]
    announcements: tuple[str, ...] = Field(description="Names of the announcements of that day.")
    verdicts: tuple[VerdictPart, ...]
    notes: tuple[NotePart, ...]

    @property
    def exit_code(self) -> int:
        """1 if a figure is not reproduced; 3 if nothing was announced, or a note says that a figure could be other."""
        if not all(verdict.confirmed for verdict in self.verdicts):
            return 1
        return exit_code_of(self.notes) if self.verdicts else ANSWERED_WITH_A_GAP

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each announced figure with its verdict."""
        for verdict in self.verdicts:
            figure = verdict.figure
            yield {
                "trial": self.trial,
                "announcement": verdict.announcement,
                "announced_on": verdict.announced_on,
                "figure": figure.figure,
                "measure": figure.measure,
                "cohorts": "+".join(figure.cohorts),
                "comparator": figure.comparator,
                "announced": figure.value,
                "announced_lower": figure.lower,
                "announced_upper": figure.upper,
                "unit": figure.unit,
                "rebuilt": verdict.rebuilt,
                "rebuilt_low": verdict.rebuilt_low,
                "verdict": verdict.verdict,
                "why": verdict.why,
                "n": verdict.n,
                "events": verdict.events,
                "data_cutoff": verdict.data_cutoff,
                "known_at": verdict.known_at,
                "log_size": self.log.size,
                "log_root": self.log.root,
            }
