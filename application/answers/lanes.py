"""The answer behind the swimmer plot: each subject's course with its doses, responses, progression and end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from trialog.application.answers.base import Part
from trialog.application.answers.common import DefinitionPart, NotePart, Provenance


class MarkPart(Part):
    """Something that happened to a subject."""

    kind: Literal["dose", "response", "progression", "left", "death"]
    code: str = Field(description="Category of a response, reason of a departure; else empty.")
    first_on: str = Field(description="First day that its date may mean.")
    last_on: str = Field(description="Last day that its date may mean.")
    used_on: str = Field(description="Day that figures use.")
    month: float = Field(description="That day in months from the subject's origin.")
    until_month: float = Field(description="The last day that its date may mean, not after the cutoff, in months.")
    position: int = Field(description="Of the event in the log.")
    corrected: bool


class LanePart(Part):
    """One subject."""

    subject: str
    cohort: str
    origin_on: str
    last_contact_on: str
    end_on: str
    cutoff_month: float = Field(description="From the origin to the data cutoff, in months.")
    contact_month: float
    end_month: float
    ended: Literal["died", "lost", "left", "open"]
    marks: tuple[MarkPart, ...]


class LanesAnswer(Provenance):
    """Each subject's course, as of a data cutoff, as known on a day."""

    SCHEMA: ClassVar[str] = "lanes/1"

    definition: DefinitionPart
    definition_words: str
    evaluator: str
    reconstructed: bool = Field(description="Whether a source says that subjects are reconstructed.")
    last_known_on: str | None
    left_out: int = Field(description="Subjects of the population without an origin by the cutoff.")
    every_months: float = Field(description="Distance between the columns of an axis in months.")
    until_months: float = Field(description="Where the last column is: not before the longest time to the cutoff.")
    subjects: tuple[LanePart, ...]
    remarks: tuple[NotePart, ...]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each mark, and one for each subject without any."""
        for lane in self.subjects:
            about = lane.model_dump(mode="json", exclude={"marks"})
            for mark in lane.marks or (None,):
                fields = MarkPart.model_fields
                said = dict.fromkeys(fields) if mark is None else mark.model_dump(mode="json")
                yield {**about, **{f"mark_{name}": value for name, value in said.items()}}
