"""The answer to ``export adtte``: the manifest of the file that was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import ConfigDict, Field

from trialog.application.answers.base import Answer, Part
from trialog.application.answers.common import LogPosition
from trialog.application.answers.moving import ExportedFilePart
from trialog.projections.adtte.rules import BY_ASSESSMENT, Parameter


class ParameterCounts(Part):
    """How many rows a parameter has, and how many of them end in the event."""

    n: int
    events: int


class AdtteRules(Part):
    """Under which rules the rows were made; parts of a definition that play a role stand beside these."""

    model_config = ConfigDict(extra="allow")

    origin: str
    evaluator: str
    criteria: str | None = Field(description="Null as long as nobody was assessed.")
    last_alive: str = Field(description="Which events show a subject alive.")
    last_alive_rule: str
    rules: dict[str, str] = Field(description="What each parameter, and each column, follows.")
    parameters: dict[str, ParameterCounts]


class AdtteExportAnswer(Answer):
    """The manifest of an ADTTE file, which stands beside it."""

    SCHEMA: ClassVar[str] = "adtte-export/1"

    manifest: str
    what: str
    trial: str
    data_cutoff: str | None = Field(description="Only what occurred by this day counts; null: everything.")
    known_at: str | None
    log: LogPosition
    parameters: tuple[Parameter, ...] = Field(description="What was asked for.")
    definition: AdtteRules
    without_origin: tuple[str, ...] = Field(description="Subjects without the origin by the cutoff, who have no row.")
    notes: tuple[str, ...] = Field(description="Parameters that could not be made, and why.")
    assessments_not_understood: dict[str, int] = Field(
        description="Subjects with assessments that an import could not read, and how many; their rows could be others."
    )
    files: tuple[ExportedFilePart, ...]
    trialog: str

    @property
    def exit_code(self) -> int:
        """3 if an assessment that was not understood could move a row, else 0."""
        by_assessment = not set(self.parameters).isdisjoint(BY_ASSESSMENT)
        return 3 if self.assessments_not_understood and by_assessment else 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each parameter."""
        for code, counts in self.definition.parameters.items():
            yield {"trial": self.trial, "parameter": code, "n": counts.n, "events": counts.events}
