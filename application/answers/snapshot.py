"""The answer to ``snapshot``: cohorts' figures as of a data cutoff, with everything that they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Self

from pydantic import Field

from trialog.application.answers.base import Part
from trialog.application.answers.common import DefinitionPart, NotePart, Provenance, exit_code_of
from trialog.application.answers.curve import CurveGroup
from trialog.application.answers.figures import GroupPart, days_and_months, figure_row
from trialog.application.answers.remarks import RemarkPart
from trialog.events.vocabulary import LeftReason
from trialog.projections.comparison import Difference, GroupComparison
from trialog.projections.estimators.log_rank import LogRankGroup
from trialog.projections.rounding import significant


class DosePart(Part):
    """Dose given to the dosed subjects of a group against their cohorts' plans."""

    planned: str | None = Field(description="Total planned dose, with the digits of the plan.")
    unit: str | None
    fractions: int | None = Field(description="Doses over which it is divided.")
    dosed: int
    doses: int
    mean: float | None
    least: float | None
    most: float | None
    percent: float | None = Field(description="Mean of the totals given, in percent of each subject's own plan.")
    left_out: int = Field(description="Dosed subjects who are not in the totals.")


class SnapshotGroup(GroupPart):
    """Everything about one group."""

    dose: DosePart
    remarks: tuple[RemarkPart, ...]


class ComparedGroup(Part):
    """One group of a log-rank test."""

    cohort: str
    n: int
    observed: int
    expected: float | None

    @classmethod
    def of(cls, group: LogRankGroup) -> Self:
        """Return a group of a test as a part of an answer."""
        return cls(cohort=group.group, n=group.n, observed=group.observed, expected=significant(group.expected))


class DifferencePart(Part):
    """Median of one group minus the median of another."""

    cohort: str
    reference: str
    difference_days: float | None
    difference_months: float | None

    @classmethod
    def of(cls, difference: Difference, found: GroupComparison) -> Self:
        """Return a difference as a part of an answer."""
        times = days_and_months("difference", difference.value, found.definition.month)
        return cls(cohort=difference.group, reference=difference.reference, **times)


class ComparisonPart(Part):
    """How groups differ in one endpoint."""

    endpoint: str
    method: str
    groups: tuple[ComparedGroup, ...]
    chi_square: float | None
    df: int
    p: float | None = Field(description="Two-sided; null where nothing is left to compare.")
    differences: tuple[DifferencePart, ...]

    @classmethod
    def of(cls, found: GroupComparison) -> Self:
        """Return a comparison as a part of an answer."""
        test = found.test
        return cls(
            endpoint=found.endpoint,
            method=test.method,
            groups=tuple(map(ComparedGroup.of, test.groups)),
            chi_square=significant(test.chi_square),
            df=test.df,
            p=significant(test.p),
            differences=tuple(DifferencePart.of(each, found) for each in found.differences),
        )


class SubjectPart(Part):
    """A subject with the times behind the figures; who does not count or has no origin has no times."""

    subject: str
    cohort: str
    enrolled_on: str | None
    first_dose_on: str | None
    origin_on: str | None
    end_on: str | None
    days: int | None
    died: bool
    died_on: str | None
    last_known_alive_on: str | None
    progressed_on: str | None
    left_on: str | None
    left_because: LeftReason | None
    best_response: str | None
    best_response_on: str | None = Field(description="First day on which that response was found.")
    prior_lines: int | None


class SnapshotAnswer(Provenance):
    """Cohorts' figures as of a data cutoff."""

    SCHEMA: ClassVar[str] = "snapshot/1"
    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset({"comparison", "curves", "subjects"})

    definition: DefinitionPart
    cohorts: tuple[SnapshotGroup, ...]
    notes: tuple[NotePart, ...] = Field(description="What must be known beside all figures.")
    comparison: ComparisonPart | None = None
    curves: tuple[CurveGroup, ...] | None = Field(
        default=None, description="Kaplan-Meier curves of overall survival with their number at risk."
    )
    subjects: tuple[SubjectPart, ...] | None = None

    @property
    def exit_code(self) -> int:
        """3 if a note or a remark says that a figure could be other."""
        return exit_code_of([*self.notes, *(remark for group in self.cohorts for remark in group.remarks)])

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each median of each group; if subjects were asked for, one for each of them instead."""
        if self.subjects is not None:
            for subject in self.subjects:
                yield subject.model_dump(mode="json")
            return
        for group in self.cohorts:
            for figure in (*group.figures, *group.endpoints):
                yield {
                    "trial": self.trial,
                    "cohort": group.cohort,
                    **figure_row(figure),
                    "log_size": self.log.size,
                    "log_root": self.log.root,
                }
