"""One row for each subject: the days and times behind the figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from trialog.events.arrays import NO_DAY
from trialog.events.dates import iso
from trialog.events.definition import Definition
from trialog.events.vocabulary import CATEGORIES, LEFT_REASONS
from trialog.projections.response import best_responses
from trialog.projections.state.as_of import State
from trialog.projections.times import times


def _day(value: int) -> str | None:
    return None if value == NO_DAY else iso(value)


def subject_rows(state: State, definition: Definition, cohorts: tuple[str, ...] | None) -> Iterator[dict[str, Any]]:
    """Yield each subject of some cohorts with the times that stand behind the figures, by id.

    A subject outside the definition's population, or without its origin, has no times.
    """
    of = times(state, definition, cohorts)
    place = {int(subject): at for at, subject in enumerate(of.subject)}
    best = {criteria: best_responses(state, criteria) for criteria in CATEGORIES}
    chosen = sorted(np.flatnonzero(state.in_cohorts(cohorts)).tolist(), key=lambda at: state.subjects[at])
    for subject in chosen:
        at = place.get(subject)
        response = next(
            (CATEGORIES[criteria][places[subject]] for criteria, places in best.items() if places[subject] >= 0),
            None,
        )
        reason = int(state.left_reason[subject])
        yield {
            "subject": state.subjects[subject],
            "cohort": state.cohort[subject],
            "enrolled_on": _day(int(state.enrolled[subject])),
            "first_dose_on": _day(int(state.first_dose[subject])),
            "origin_on": None if at is None else _day(int(of.origin[at])),
            "end_on": None if at is None else _day(int(of.end[at])),
            "days": None if at is None else int(of.end[at]) - int(of.origin[at]),
            "died": None if at is None else bool(of.ended[at]),
            "last_known_alive_on": _day(min(int(state.last_alive[subject]), state.cutoff)),
            "progressed_on": _day(int(state.progressed[subject])),
            "left_on": _day(int(state.left[subject])),
            "left_because": None if reason < 0 else LEFT_REASONS[reason],
            "best_response": response,
            "prior_lines": None if np.isnan(state.prior_lines[subject]) else int(state.prior_lines[subject]),
        }
