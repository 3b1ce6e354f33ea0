"""One row for each subject: the days and times from which the figures are computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from trialog.events.arrays import NO_DAY
from trialog.events.dates import iso
from trialog.events.definition import Definition
from trialog.events.vocabulary import CATEGORIES, LEFT_REASONS, Evaluator
from trialog.projections.confirmation import PLAIN_RULE, ResponseRule
from trialog.projections.response import best_of, criteria_in_use
from trialog.projections.state.as_of import State
from trialog.projections.times import origins, progressions, times
from trialog.projections.visits import found_outside


def _day(value: int) -> str | None:
    return None if value == NO_DAY else iso(value)


def subject_rows(
    state: State,
    definition: Definition,
    cohorts: tuple[str, ...] | None,
    evaluator: Evaluator = "investigator",
    rule: ResponseRule = PLAIN_RULE,
) -> Iterator[dict[str, Any]]:
    """Yield each subject of some cohorts, by id, with the times from which the figures are computed.

    A subject outside the definition's population, or without its origin, has no times.

    Args:
        state: As of a cutoff and a known-at day.
        definition: Of the figures.
        cohorts: Labels; None for all.
        evaluator: Whose assessments and progressions are shown.
        rule: Rule for stable disease.
    """
    of = times(state, definition, cohorts)
    place = {int(subject): at for at, subject in enumerate(of.subject)}
    origin = origins(state, definition)
    found = found_outside(state, definition, evaluator, origin)
    best = {
        criteria: best_of(state, criteria, evaluator, rule=rule, origin=origin, found=found)
        for criteria in criteria_in_use(state, evaluator)
    }
    progressed = progressions(state, definition, evaluator)
    chosen = sorted(np.flatnonzero(state.in_cohorts(cohorts)).tolist(), key=lambda at: state.subjects[at])
    for subject in chosen:
        at = place.get(subject)
        response, response_on = next(
            (
                (CATEGORIES[criteria][each.category[subject]], _day(int(each.on[subject])))
                for criteria, each in best.items()
                if each.category[subject] >= 0
            ),
            (None, None),
        )
        reason = int(state.left_reason[subject])
        yield {
            "subject": state.subjects[subject],
            "cohort": state.cohort[subject],
            "enrolled_on": _day(int(state.enrolled[subject])),
            "first_dose_on": _day(int(state.first_dose[subject])),
            "origin_on": None if at is None else _day(int(of.origin[at])),
            "end_on": None if at is None else _day(int(of.end[at])),
            "days": None if at is None else int(of.length[at]),
            "died": bool(state.died[subject] != NO_DAY),
            "died_on": _day(int(state.died[subject])),
            "last_known_alive_on": _day(min(int(state.last_alive[subject]), state.cutoff)),
            "progressed_on": _day(int(progressed[subject])),
            "left_on": _day(int(state.left[subject])),
            "left_because": None if reason < 0 else LEFT_REASONS[reason],
            "best_response": response,
            "best_response_on": response_on,
            "prior_lines": None if np.isnan(state.prior_lines[subject]) else int(state.prior_lines[subject]),
        }
