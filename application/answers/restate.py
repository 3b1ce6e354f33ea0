"""The answer to ``restate``: what changed between what was known on two days, and what changed it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from trialog.application.answers.base import Part
from trialog.application.answers.changes import KnownEvent, QuestionPart, Value
from trialog.application.answers.common import DefinitionPart, NotePart, Provenance


class RestatedFigure(QuestionPart):
    """A figure as it was known on two days."""

    then: Value
    now: Value


class RestatedGroup(Part):
    """The figures of one group, and the events that became known."""

    cohort: str
    data_cutoff: str
    then: str
    now: str | None
    moved: bool
    figures: tuple[RestatedFigure, ...]
    events: int = Field(description="How many events became known between the two days.")
    moved_by: tuple[KnownEvent, ...] | None = Field(
        description="Those that moved a figure, or all if these were asked for; null if they are too many."
    )


class RestateAnswer(Provenance):
    """What changed between two days."""

    SCHEMA: ClassVar[str] = "restate/1"

    definition: DefinitionPart
    then: str
    cohorts: tuple[RestatedGroup, ...]
    notes: tuple[NotePart, ...]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each figure of each group."""
        for group in self.cohorts:
            for figure in group.figures:
                then, now = (each.model_dump(mode="json") for each in (figure.then, figure.now))
                for name in ("value_days", "value_months", "value"):
                    then.setdefault(name, None)
                    now.setdefault(name, None)
                yield {
                    "trial": self.trial,
                    "cohort": group.cohort,
                    "figure": figure.figure,
                    "estimator": figure.definition.estimator,
                    "data_cutoff": group.data_cutoff,
                    "then": group.then,
                    "now": group.now,
                    **{f"then_{name}": then[name] for name in _COLUMNS},
                    **{f"now_{name}": now[name] for name in _COLUMNS},
                    "log_size": self.log.size,
                    "log_root": self.log.root,
                }


_COLUMNS = ("value_days", "value_months", "value", "n", "events")
