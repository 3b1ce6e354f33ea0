"""The question ``cohorts``: an overview of the cohorts as of a data cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialog.application.answers.cohorts import CohortOverview, CohortsAnswer
from trialog.application.answers.common import DefinitionPart, NotePart, provenance
from trialog.application.answers.figures import group_fields
from trialog.application.arguments import Date, DefinitionLike, definition_of, last_day, optional_day
from trialog.application.figures.notes import assessments_left_out, extracts_left_out, late_cutoff
from trialog.projections.cohort_figures import group_figures

if TYPE_CHECKING:
    from trialog.projections.trial_data import TrialData


def cohorts(
    data: TrialData,
    *,
    as_of: Date | None = None,
    known_at: Date | None = None,
    definition: DefinitionLike | None = None,
) -> CohortsAnswer:
    """Give an overview of the cohorts; `trialog.application.opening.Log.cohorts` has the arguments."""
    known = optional_day(known_at, "known_at")
    described = data.trial(known)
    cutoff = data.default_cutoff(known) if as_of is None else last_day(as_of, "as_of")
    chosen = definition_of(definition, described.default_definition)
    state = data.as_of(cutoff, known)
    return CohortsAnswer(
        **provenance(data, cutoff, known),
        definition=DefinitionPart.of(chosen),
        cohorts=tuple(
            CohortOverview(
                **group_fields(group_figures(state, label, (label,), chosen)),
                opened_on=cohort.opened_on,
                closed_on=cohort.closed_on,
                planned_dose=None if cohort.planned_dose is None else str(cohort.planned_dose),
                planned_unit=cohort.planned_unit,
                planned_n=cohort.planned_n,
            )
            for label, cohort in described.cohorts.items()
        ),
        notes=(
            *_no_cohort(data, known),
            *late_cutoff(data, cutoff, known),
            *assessments_left_out(state),
            *extracts_left_out(data, known),
        ),
    )


def _no_cohort(data: TrialData, known: int | None) -> tuple[NotePart, ...]:
    """Return a note if no cohort is known, with what records one."""
    if data.trial(known).cohorts:
        return ()
    text = f"{data.code} has no cohort yet: trialog open-cohort --cohort LABEL, or import an extract"
    return (NotePart(kind="no cohort", text=text),)
