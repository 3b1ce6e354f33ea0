"""Announced figures against rebuilt ones, as parts of an answer."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, PlainSerializer

from trialog.application.answers.base import Part
from trialog.application.answers.common import DefinitionPart, day
from trialog.events.announced_figure import AnnouncedFigure
from trialog.projections.announced.verdict import CONFIRMING, DefinitionFrom, Status, Verdict

StatedFigure = Annotated[
    AnnouncedFigure, PlainSerializer(lambda figure: figure.model_dump(mode="json", exclude_none=True))
]
"""A figure as announced, its numbers with the digits that were printed; what it does not state is left out."""


class PrintedBy(Part):
    """What another definition in use would print."""

    definition: DefinitionPart
    prints: str


class VerdictPart(Part):
    """What became of one announced figure, and what it was compared with."""

    announcement: str
    announced_on: str | None
    figure: StatedFigure
    verdict: Status
    rebuilt: float | None = Field(description="In the announced unit; null: not reached, or nothing was rebuilt.")
    rebuilt_low: float | None = Field(description="Lower end, where the figure is a range.")
    prints: str | None = Field(description="The rebuilt number with more digits than were announced, or in words.")
    n: int | None
    events: int | None
    assessed: int | None = Field(description="How many of n were assessed; null: it rests on no assessments.")
    caveat: str | None = Field(description="What must be known beside the rebuilt number.")
    definition: DefinitionPart | None
    definition_from: DefinitionFrom | None
    data_cutoff: str | None
    data_cutoff_from: str
    known_at: str | None
    why: str | None = Field(description="Why it is not computable.")
    reproduced_by: tuple[DefinitionPart, ...]
    not_reproduced_by: tuple[PrintedBy, ...]

    @classmethod
    def of(cls, found: Verdict) -> Self:
        """Return a verdict as a part of an answer."""
        rebuilt = found.rebuilt
        value, low = (None, None) if rebuilt is None else (rebuilt.value, rebuilt.low)
        definition = None if rebuilt is None else rebuilt.definition
        return cls(
            announcement=found.announcement,
            announced_on=found.announced_on,
            figure=found.figure,
            verdict=found.status,
            rebuilt=None if value is None else float(value),
            rebuilt_low=None if low is None else float(low),
            prints=None if rebuilt is None else found.rebuilt_text,
            n=None if rebuilt is None else rebuilt.n,
            events=None if rebuilt is None else rebuilt.events,
            assessed=None if rebuilt is None else rebuilt.assessed,
            caveat=found.caveat or None,
            definition=None if definition is None else DefinitionPart.of(definition),
            definition_from=found.definition_from or None,
            data_cutoff=day(found.cutoff),
            data_cutoff_from=found.cutoff_words,
            known_at=day(found.known_at),
            why=found.why or None,
            reproduced_by=tuple(map(DefinitionPart.of, found.reproducing)),
            not_reproduced_by=tuple(
                PrintedBy(definition=DefinitionPart.of(definition), prints=text) for definition, text in found.printing
            ),
        )

    @property
    def confirmed(self) -> bool:
        """Whether nothing speaks against the announced figure."""
        return self.verdict in CONFIRMING
