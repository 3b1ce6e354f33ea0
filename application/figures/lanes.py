"""The question behind the swimmer plot: each subject's course as of a data cutoff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from trialog.application.answers.common import DefinitionPart, NotePart, provenance
from trialog.application.answers.lanes import LanePart, LanesAnswer, MarkPart
from trialog.application.arguments import (
    Date,
    DefinitionLike,
    as_labels,
    definition_of,
    evaluator_of,
    last_day,
    optional_day,
)
from trialog.application.figures.notes import is_reconstructed, last_known_on, late_cutoff
from trialog.events.dates import iso
from trialog.projections.calendar_months import calendar_months
from trialog.projections.defaults import STALE_AFTER
from trialog.projections.lanes import Lane, lanes
from trialog.projections.months import column_distance, column_months, in_months
from trialog.projections.remarks import old_contacts
from trialog.projections.state.as_of import cut
from trialog.projections.state.rows import rows_in_force
from trialog.projections.times import times

if TYPE_CHECKING:
    from trialog.events.definition import Definition, Month
    from trialog.projections.trial_data import TrialData


def subject_lanes(
    data: TrialData,
    *,
    as_of: Date | None = None,
    known_at: Date | None = None,
    cohorts: str | Sequence[str] | None = None,
    definition: DefinitionLike | None = None,
    evaluator: str = "investigator",
    stale_after: int = STALE_AFTER,
) -> LanesAnswer:
    """Give each subject's course; `trialog.application.opening.Log.lanes` has the arguments."""
    known = optional_day(known_at, "known_at")
    cutoff = data.default_cutoff(known) if as_of is None else last_day(as_of, "as_of")
    labels = data.cohort_labels(as_labels(cohorts), known)
    chosen = definition_of(definition, data.trial(known).default_definition)
    who = evaluator_of(evaluator)
    rows = rows_in_force(data.columns, known)
    state = cut(rows, data.columns, cutoff, known)
    counted = times(state, chosen, labels)
    stated = DefinitionPart.of(chosen, counted.begins, counted.open_until)
    found = tuple(_lane(lane, cutoff, chosen) for lane in lanes(state, rows, data.columns, chosen, labels, who))
    longest = max((lane.cutoff_month for lane in found), default=0.0) or 1.0
    every = column_distance(longest)
    return LanesAnswer(
        **provenance(data, cutoff, known),
        definition=stated,
        definition_words=stated.words(),
        evaluator=who,
        reconstructed=is_reconstructed(data),
        last_known_on=last_known_on(data),
        left_out=counted.left_out,
        every_months=every,
        until_months=column_months(longest, every)[-1],
        subjects=found,
        remarks=(
            *late_cutoff(data, cutoff, known),
            *(NotePart(kind=each.kind, text=each.text) for each in old_contacts(state, labels, stale_after)),
        ),
    )


def _lane(lane: Lane, cutoff: int, definition: Definition) -> LanePart:
    def months(day: int) -> float:
        return _months_between(lane.origin, day, definition.month)

    return LanePart(
        subject=lane.subject,
        cohort=lane.cohort,
        origin_on=iso(lane.origin),
        last_contact_on=iso(lane.last_contact),
        end_on=iso(lane.end),
        cutoff_month=months(cutoff),
        contact_month=months(lane.last_contact),
        end_month=months(lane.end),
        ended=lane.ended,
        marks=tuple(
            MarkPart(
                kind=mark.kind,
                code=mark.code,
                first_on=iso(mark.first),
                last_on=iso(mark.last),
                used_on=iso(mark.day),
                month=months(mark.day),
                until_month=months(min(mark.last, cutoff)),
                position=mark.position,
                corrected=mark.corrected,
            )
            for mark in lane.marks
        ),
    )


def _months_between(origin: int, day: int, month: Month) -> float:
    """Return the elapsed months from an origin to a day; less than 0 before the origin."""
    if month != "calendar":
        return float(in_months(day - origin, month))
    first, last = np.array([min(origin, day)]), np.array([max(origin, day)])
    length = float(calendar_months(first, last)[0])
    return length if day >= origin else -length
