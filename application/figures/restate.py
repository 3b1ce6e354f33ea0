"""The question ``restate``: what changed between what was known on two days, and what changed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trialog.application.answers.changes import FigureEffect, KnownEvent, event_fields, question_fields, value_part
from trialog.application.answers.common import DefinitionPart, day, provenance
from trialog.application.answers.restate import RestateAnswer, RestatedFigure, RestatedGroup
from trialog.application.arguments import Date, DefinitionLike, definition_of, groups_of, last_day
from trialog.application.figures.notes import nothing_known
from trialog.events.dates import iso
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.errors import ArgumentError
from trialog.projections.changes.events import excerpt
from trialog.projections.changes.restatement import Restatement
from trialog.projections.changes.restatement import restate as restated
from trialog.projections.measures import MeasureQuestion
from trialog.projections.measures.figure import by_estimator

if TYPE_CHECKING:
    from trialog.projections.changes.moves import Learned
    from trialog.projections.trial_data import TrialData


def restate(
    data: TrialData,
    then: Date,
    now: Date,
    *,
    as_of: Date | None = None,
    cohorts: str | Sequence[str] | None = None,
    pool: bool = False,
    definition: DefinitionLike | None = None,
    every: bool = False,
) -> RestateAnswer:
    """Say what changed between two known-at days; `trialog.application.opening.Log.restate` has the arguments."""
    first, last = last_day(then, "then"), last_day(now, "now")
    if last < first:
        raise ArgumentError("now", f" {iso(last)} is before then {iso(first)}; expected a later day", "then")
    cutoff = first if as_of is None else last_day(as_of, "as_of")
    groups = groups_of(data, cohorts, pool=pool, known_at=last)
    chosen = definition_of(definition, data.trial(last).default_definition)
    return RestateAnswer(
        **provenance(data, cutoff, last),
        definition=DefinitionPart.of(chosen),
        then=iso(first),
        cohorts=tuple(
            _group(
                group.label,
                restated(
                    excerpt(data.columns, group.cohorts, last), _questions(group.cohorts, chosen), cutoff, first, last
                ),
                every=every,
            )
            for group in groups
        ),
        notes=nothing_known(data, last),
    )


def _questions(cohorts: tuple[str, ...], definition: Definition) -> tuple[MeasureQuestion, ...]:
    return (
        MeasureQuestion("median-os", cohorts, by_estimator(definition, TO_DATE)),
        MeasureQuestion("median-os", cohorts, by_estimator(definition, KAPLAN_MEIER)),
        MeasureQuestion("count-enrolled", cohorts, definition),
        MeasureQuestion("count-dead", cohorts, definition),
    )


def _group(label: str, found: Restatement, *, every: bool) -> RestatedGroup:
    learned = found.learned
    return RestatedGroup(
        cohort=label,
        data_cutoff=iso(found.cutoff),
        then=iso(found.then),
        now=day(found.now),
        moved=found.moved,
        figures=tuple(
            RestatedFigure(
                **question_fields(question), then=value_part(before, question), now=value_part(after, question)
            )
            for question, before, after in zip(found.questions, found.before, found.after, strict=True)
        ),
        events=found.events,
        moved_by=None
        if learned is None
        else tuple(_known(each, found.questions) for each in learned if every or each.before != each.after),
    )


def _known(learned: Learned, questions: tuple[MeasureQuestion, ...]) -> KnownEvent:
    effects = zip(questions, learned.before, learned.after, strict=True)
    return KnownEvent(
        **event_fields(learned.event),
        effects=tuple(FigureEffect.of(*each) for each in effects if each[1] != each[2]),
    )
