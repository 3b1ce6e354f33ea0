"""The question ``snapshot``: cohorts' figures as of a data cutoff, with everything that they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from trialog.application.answers.common import DefinitionPart, provenance
from trialog.application.answers.figures import group_fields
from trialog.application.answers.remarks import remark_fields
from trialog.application.answers.snapshot import (
    ComparisonPart,
    DosePart,
    SnapshotAnswer,
    SnapshotGroup,
    SubjectPart,
)
from trialog.application.arguments import (
    Date,
    DefinitionLike,
    Group,
    Length,
    definition_of,
    evaluator_of,
    given_parts,
    groups_of,
    last_day,
    length_of,
    number_of_days,
    optional_day,
    share_of,
)
from trialog.application.figures.curves import curves
from trialog.application.figures.notes import extracts_left_out, nothing_known
from trialog.events.dates import iso
from trialog.projections.cohort_figures import GroupFigures, Wanted, group_figures
from trialog.projections.comparison import compare as compared
from trialog.projections.confirmation import ResponseRule
from trialog.projections.defaults import STALE_AFTER
from trialog.projections.measures.doses import dose_given
from trialog.projections.measures.medians import median
from trialog.projections.remarks import remarks
from trialog.projections.subject_rows import subject_rows
from trialog.projections.times import times

if TYPE_CHECKING:
    from trialog.application.answers.curve import CurveGroup
    from trialog.domain.trial import Trial
    from trialog.events.definition import Definition
    from trialog.events.vocabulary import Evaluator
    from trialog.projections.state.as_of import State
    from trialog.projections.trial_data import TrialData


def snapshot(
    data: TrialData,
    *,
    as_of: Date | None = None,
    known_at: Date | None = None,
    cohorts: str | Sequence[str] | None = None,
    pool: bool = False,
    compare: bool = False,
    curve: bool = False,
    definition: DefinitionLike | None = None,
    at: Sequence[Length] = (),
    rmst: Sequence[Length] = (),
    quantiles: Sequence[str | float | Fraction] = (),
    evaluator: str = "investigator",
    confirm_days: int = 28,
    sd_days: int = 0,
    stale_after: int = STALE_AFTER,
    subjects: bool = False,
) -> SnapshotAnswer:
    """Give cohorts' figures as of a data cutoff; `trialog.application.opening.Log.snapshot` has the arguments."""
    known = optional_day(known_at, "known_at")
    cutoff = data.default_cutoff(known) if as_of is None else last_day(as_of, "as_of")
    rule = ResponseRule(
        confirm_days=number_of_days(confirm_days, "confirm_days"), sd_days=number_of_days(sd_days, "sd_days")
    )
    number_of_days(stale_after, "stale_after")
    groups = groups_of(data, cohorts, pool=pool, known_at=known)
    described = data.trial(known)
    chosen = definition_of(definition, described.default_definition)
    wanted = Wanted(
        landmarks=tuple(length_of(each, "at", chosen.month) for each in at),
        restricted_to=tuple(length_of(each, "rmst", chosen.month) for each in rmst),
        quantiles=tuple(share_of(each, "quantiles") for each in quantiles),
        confirmed=True,
        evaluator=evaluator_of(evaluator),
        rule=rule,
    )
    state = data.as_of(cutoff, known)
    figures = [
        group_figures(state, group.label, group.cohorts, chosen, wanted, given_parts(definition)) for group in groups
    ]
    labels = tuple(label for group in groups for label in group.cohorts)
    return SnapshotAnswer(
        **provenance(data, cutoff, known),
        definition=DefinitionPart.of(chosen),
        cohorts=tuple(
            _group(state, described, group, found, stale_after, wanted.evaluator)
            for group, found in zip(groups, figures, strict=True)
        ),
        notes=(*nothing_known(data, known), *extracts_left_out(data, known)),
        comparison=_comparison(state, groups, figures) if compare else None,
        curves=_curves(data, groups, cutoff, known, chosen) if curve else None,
        subjects=_subjects(state, chosen, labels, wanted) if subjects else None,
    )


def _group(
    state: State, trial: Trial, group: Group, figures: GroupFigures, stale_after: int, evaluator: Evaluator
) -> SnapshotGroup:
    dose = dose_given(state, trial.cohorts, group.cohorts)
    planned = None if dose.planned is None else str(dose.planned)
    said: Any = [remark_fields(each) for each in remarks(state, figures, group.cohorts, stale_after, evaluator)]
    return SnapshotGroup(**group_fields(figures), dose=DosePart(**{**asdict(dose), "planned": planned}), remarks=said)


def _curves(
    data: TrialData, groups: Sequence[Group], cutoff: int, known: int | None, definition: Definition
) -> tuple[CurveGroup, ...]:
    labels = [label for group in groups for label in group.cohorts]
    pooled = any(len(group.cohorts) != 1 for group in groups)
    known_at = None if known is None else iso(known)
    return curves(
        data, as_of=iso(cutoff), known_at=known_at, cohorts=labels, pool=pooled, definition=definition
    ).cohorts


def _subjects(state: State, chosen: Definition, labels: tuple[str, ...], wanted: Wanted) -> tuple[SubjectPart, ...]:
    return tuple(SubjectPart(**row) for row in subject_rows(state, chosen, labels, wanted.evaluator, wanted.rule))


def _comparison(state: State, groups: Sequence[Group], figures: Sequence[GroupFigures]) -> ComparisonPart:
    taken = [
        times(state, found.kaplan_meier.definition, group.cohorts) for group, found in zip(groups, figures, strict=True)
    ]
    found = compared([group.label for group in groups], taken, [median(of, state) for of in taken])
    return ComparisonPart.of(found)
