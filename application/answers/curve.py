"""The answer to ``snapshot --curve``: Kaplan-Meier curves of cohorts with their number at risk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from trialog.application.answers.base import Part
from trialog.application.answers.common import DefinitionPart, NotePart, Provenance


class CurvePoint(Part):
    """One day on which a time ended or was censored; survival is that after the day."""

    day: int = Field(description="Days from the origin.")
    month: float = Field(description="The same in months of the definition.")
    survival: float
    std_error: float | None = Field(description="Greenwood's; null where survival is 0.")
    lower: float | None = Field(description="Pointwise limit; null where R gives NA.")
    upper: float | None
    at_risk: int = Field(description="Subjects whose time is that day or later.")
    ended: int
    censored: int


class RiskPoint(Part):
    """Number at risk at a time: the three counts add up to n."""

    month: float
    at_risk: int = Field(description="Subjects whose time is that month or later.")
    ended: int = Field(description="Subjects who ended in the endpoint before.")
    censored: int = Field(description="Subjects censored before.")


class CurveGroup(Part):
    """The curve of one group."""

    cohort: str
    n: int
    events: int
    censored: int
    left_out: int = Field(description="Subjects of the population without an origin by the cutoff.")
    median_months: float | None = Field(description="Kaplan-Meier median; null where it is not reached.")
    lower_months: float | None
    upper_months: float | None
    flat_end: bool = Field(description="The curve ends at exactly one half, so that the median is a convention.")
    points: tuple[CurvePoint, ...]
    risk: tuple[RiskPoint, ...]


class CurveAnswer(Provenance):
    """Kaplan-Meier curves of cohorts, as of a data cutoff, as known on a day."""

    SCHEMA: ClassVar[str] = "curve/1"

    endpoint: str
    ends_in: str = Field(description="What ends a time, in one word of the past tense: died, progressed or died.")
    definition: DefinitionPart
    definition_words: str = Field(description="The definition as one phrase.")
    definition_limits: str = Field(description="Level and kind of the limits.")
    reconstructed: bool = Field(description="Whether a source says that subjects are reconstructed.")
    every_months: float = Field(description="Distance between the columns of the number at risk.")
    until_months: float = Field(description="Where the last column is: not before the longest time.")
    last_known_on: str | None = Field(description="Day on which the last event became known; null if none is dated.")
    cohorts: tuple[CurveGroup, ...]
    remarks: tuple[NotePart, ...] = Field(description="What must be known beside the curves.")

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each point of each curve."""
        for group in self.cohorts:
            for point in group.points:
                yield {"trial": self.trial, "cohort": group.cohort, **point.model_dump(mode="json")}
