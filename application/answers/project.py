"""The answer to ``project``: tables of figures that were brought up to date."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from trialog.application.answers.common import DefinitionPart, Provenance


class ProjectAnswer(Provenance):
    """Which state of the log the tables show."""

    SCHEMA: ClassVar[str] = "project/1"

    to: str = Field(description="Where the tables are.")
    definition: DefinitionPart
    written: bool = Field(description="False if the tables were up to date.")
    subjects: int = Field(description="Rows written to ``follow_up``.")
    figures: int = Field(description="Rows written to ``figure``.")
