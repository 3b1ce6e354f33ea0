"""The answer to ``cohorts``: an overview of the cohorts as of a data cutoff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from trialog.application.answers.common import DefinitionPart, NotePart, Provenance, exit_code_of
from trialog.application.answers.figures import GroupPart


class CohortOverview(GroupPart):
    """A cohort with its plan and its figures."""

    opened_on: str
    closed_on: str | None
    planned_dose: str | None = Field(description="With the digits of the plan.")
    planned_unit: str | None
    planned_n: int | None


class CohortsAnswer(Provenance):
    """An overview of the cohorts."""

    SCHEMA: ClassVar[str] = "cohorts/1"

    definition: DefinitionPart
    cohorts: tuple[CohortOverview, ...]
    notes: tuple[NotePart, ...]

    @property
    def exit_code(self) -> int:
        """3 if a note says that a figure could be other."""
        return exit_code_of(self.notes)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each cohort: its plan, its counts and its medians in months."""
        for cohort in self.cohorts:
            yield {
                "trial": self.trial,
                "cohort": cohort.cohort,
                "opened_on": cohort.opened_on,
                "closed_on": cohort.closed_on,
                "planned_dose": cohort.planned_dose,
                "planned_unit": cohort.planned_unit,
                "planned_n": cohort.planned_n,
                **cohort.counts.model_dump(),
                "follow_up_months": cohort.follow_up.value_months,
                "to_date_months": cohort.to_date.value_months,
                "kaplan_meier_months": cohort.kaplan_meier.value_months,
                "data_cutoff": self.data_cutoff,
                "known_at": self.known_at,
                "log_size": self.log.size,
                "log_root": self.log.root,
            }
