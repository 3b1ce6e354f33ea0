"""What a reader of small numbers must know beside them, one form for each kind of remark."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from trialog.application.answers.base import Part
from trialog.events.vocabulary import Evaluator
from trialog.projections.remarks import Remark

_About = Annotated[str | None, Field(description="Which figure it is about; null for the group.")]


class NobodyRemark(Part):
    """Nobody is counted."""

    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset({"left_out"})

    kind: Literal["nobody"]
    figure: _About
    text: str
    left_out: int | None = None


class NotAssessedRemark(Part):
    """Nobody was assessed, so that nobody counts as having responded."""

    kind: Literal["not assessed"]
    figure: _About
    text: str
    n: int
    evaluator: Evaluator


class FewSubjectsRemark(Part):
    """A median rests on few subjects."""

    kind: Literal["few subjects"]
    figure: _About
    text: str
    n: int


class NotReachedRemark(Part):
    """A median is not reached."""

    kind: Literal["not reached"]
    figure: _About
    text: str
    n: int
    events: int
    survival: float = Field(description="Level at which the curve ends.")


class OtherDefinitionRemark(Part):
    """Another definition in use would print another value."""

    kind: Literal["other definition"]
    figure: _About
    text: str
    part: str = Field(description="The part of the definition that is changed.")
    word: str = Field(description="What it is changed to.")
    value_months: float | None = Field(description="Null: not reached.")
    n: int


class PartialDatesRemark(Part):
    """Dates that are known in part leave a figure open between two values."""

    kind: Literal["partial dates"]
    figure: _About
    text: str
    subjects: int
    lower_months: float | None
    upper_months: float | None
    exact: bool = Field(description="Whether both ends occur; else the figure lies within them.")


class StaleContact(Part):
    """A living subject who was not seen for long."""

    subject: str
    last_known_alive_on: str


class StaleContactRemark(Part):
    """Living subjects were not seen for long."""

    kind: Literal["stale contact"]
    figure: _About
    text: str
    stale_after_days: int
    left: int = Field(description="How many of them left the study.")
    subjects: tuple[StaleContact, ...]


class AssessmentsLeftOutRemark(Part):
    """Assessments that an import did not understand could move figures."""

    kind: Literal["assessments left out"]
    figure: _About
    text: str
    assessments: int
    subjects: tuple[str, ...] = Field(description="Whose they are.")


class NamedSubjectsRemark(Part):
    """Facts about some subjects that a reader of the figures must know of."""

    kind: Literal["contradiction", "may be alive", "progression before the origin"]
    figure: _About
    text: str
    subjects: tuple[str, ...] = Field(description="Whom it is about.")


RemarkPart = Annotated[
    NobodyRemark
    | NotAssessedRemark
    | FewSubjectsRemark
    | NotReachedRemark
    | OtherDefinitionRemark
    | PartialDatesRemark
    | StaleContactRemark
    | AssessmentsLeftOutRemark
    | NamedSubjectsRemark,
    Field(discriminator="kind"),
]


def remark_fields(remark: Remark) -> dict[str, Any]:
    """Return a remark as the fields of its form."""
    return {"kind": remark.kind, "figure": remark.figure or None, "text": remark.text, **remark.details}
