"""The answer to ``explain``: which definitions and data cutoffs reproduce an announced figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from trialog.application.answers.base import Part
from trialog.application.answers.common import DefinitionPart, Provenance, day
from trialog.application.answers.verdicts import StatedFigure
from trialog.events.dates import iso

if TYPE_CHECKING:
    from trialog.audit.answering.explain import DefinitionMatch, Explained, Printed


class CutoffRun(Part):
    """Data cutoffs without a gap that a reading allows."""

    lag_days: tuple[int, int] = Field(description="Days before the figure's own cutoff, the fewest first.")
    first: str | None = Field(serialization_alias="from")
    last: str | None = Field(serialization_alias="to")


class ReadingPart(Part):
    """A definition, a way to round, and the data cutoffs under which the figure is reproduced."""

    definition: DefinitionPart | None = Field(description="Null for a figure that needs none.")
    rounding: Literal["rounded", "cut off"]
    distance: int = Field(description="How far it is from the figure's own definition; the plainest comes first.")
    cutoffs: tuple[CutoffRun, ...]

    @classmethod
    def of(cls, match: DefinitionMatch, cutoff: int | None) -> Self:
        """Return a reading as a part of an answer.

        Args:
            match: The reading.
            cutoff: The figure's own data cutoff.
        """
        return cls(
            definition=None if match.definition is None else DefinitionPart.of(match.definition),
            rounding=match.rounding,
            distance=match.distance,
            cutoffs=tuple(
                CutoffRun(
                    lag_days=(fewest, most),
                    first=None if cutoff is None else iso(cutoff - most),
                    last=None if cutoff is None else iso(cutoff - fewest),
                )
                for fewest, most in match.lags
            ),
        )


class PrintedPart(Part):
    """What one definition would print at the figure's own data cutoff."""

    definition: DefinitionPart
    value: float | None = Field(description="In the announced unit; null if it is not reached.")
    prints: str = Field(description="The value with one digit more than was announced.")
    reproduces: bool
    announced_digits_by: tuple[str, ...] = Field(description="Ways to round that print exactly the announced digits.")
    halfway: bool = Field(description="Whether two ways to round print different digits.")
    n: int
    events: int | None
    other_subjects: bool = Field(description="Whether the figure states another number of subjects.")

    @classmethod
    def of(cls, found: Printed) -> Self:
        """Return what a definition would print as a part of an answer."""
        return cls(
            definition=DefinitionPart.of(found.definition),
            value=None if found.value is None else float(found.value),
            prints=found.text,
            reproduces=found.reproduces,
            announced_digits_by=tuple(found.by),
            halfway=found.tie,
            n=found.n,
            events=found.events,
            other_subjects=found.other_subjects,
        )


class FigureExplained(Part):
    """One announced figure: what reproduces it, and what other definitions would print."""

    figure: StatedFigure
    own_definition: DefinitionPart = Field(description="Stated, else the trial's default, else Kaplan-Meier.")
    own_cutoff: str | None
    why_not: str | None = Field(description="Why nothing was tried.")
    reproduced_by: tuple[ReadingPart, ...]
    at_own_cutoff: tuple[PrintedPart, ...]

    @classmethod
    def of(cls, found: Explained) -> Self:
        """Return a figure as a part of an answer."""
        return cls(
            figure=found.figure,
            own_definition=DefinitionPart.of(found.plainest),
            own_cutoff=day(found.cutoff),
            why_not=found.why_not or None,
            reproduced_by=tuple(ReadingPart.of(match, found.cutoff) for match in found.readings),
            at_own_cutoff=tuple(map(PrintedPart.of, found.printed)),
        )


class ExplainAnswer(Provenance):
    """Which definitions and data cutoffs reproduce the figures of an announcement."""

    SCHEMA: ClassVar[str] = "explain/1"

    announcement: str
    longest_lag_days: int = Field(description="How many days before each figure's own cutoff were tried.")
    readings_tried: int
    figures: tuple[FigureExplained, ...]
    together: tuple[ReadingPart, ...] = Field(description="What reproduces all figures that anything reproduces.")

    @property
    def exit_code(self) -> int:
        """1 if nothing reproduces a figure that could be tried, else 0."""
        return 0 if all(each.why_not or each.reproduced_by for each in self.figures) else 1

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each figure and each definition tried at its own cutoff."""
        for each in self.figures:
            for printed in each.at_own_cutoff:
                row = printed.model_dump(mode="json", exclude={"definition", "announced_digits_by"})
                yield {
                    "announcement": self.announcement,
                    "figure": each.figure.figure,
                    "measure": each.figure.measure,
                    "announced": each.figure.value,
                    "unit": each.figure.unit,
                    **row,
                    **printed.definition.model_dump(mode="json"),
                }
