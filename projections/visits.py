"""Summary of an evaluator's visits: the first progression that counts, and the days of the assessments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialog.events.arrays import NO_DAY, Days
from trialog.events.definition import Definition
from trialog.events.index_columns import evaluator_code
from trialog.events.vocabulary import CATEGORIES, Confirmation, Evaluator
from trialog.projections.confirmation import PLAIN_RULE, ResponseRule
from trialog.projections.response import best_of, criteria_in_use
from trialog.projections.state.as_of import State

_MOST_DAYS = np.int64(2**32)


@dataclass(frozen=True, eq=False)
class AssessedDays:
    """The days on which subjects were assessed, in order of subject and day; shape (visits,).

    Attributes:
        subject: Place of the subject in its state.
        day: Of the visit.
    """

    subject: NDArray[np.int64]
    day: NDArray[np.int64]

    def last(self, subjects: NDArray[np.intp], by: NDArray[np.integer], none: Days) -> Days:
        """Return each subject's last visit by a day.

        Args:
            subjects: Places of the subjects, shape (n,).
            by: The days, shape (n,).
            none: Value for a subject without visits, shape (n,).
        """
        if not self.subject.size:
            return none
        place = np.searchsorted(self.subject * _MOST_DAYS + self.day, subjects * _MOST_DAYS + by, side="right") - 1
        found = (place >= 0) & (self.subject[place] == subjects)
        return np.where(found, self.day[place], none).astype(np.int32)


@dataclass(frozen=True, eq=False)
class VisitCourse:
    """Course of each subject's disease, by one evaluator.

    Attributes:
        progressed: Day of the first progression, shape (subjects,); ``NO_DAY`` for none.
        response_on: Day of the first partial response or better, in the same form.
        visits: Days of assessments.
    """

    progressed: Days
    response_on: Days
    visits: AssessedDays


def found_outside(state: State, definition: Definition, evaluator: Evaluator, since: Days) -> Days:
    """Return the first progression of each subject that an evaluator found outside an assessment and that counts."""
    return state.progressions.first(evaluator, since, clinical=definition.clinical_progression == "counts")


def course_of(
    state: State,
    definition: Definition,
    evaluator: Evaluator,
    since: Days,
    confirmation: Confirmation = "as assessed",
    rule: ResponseRule = PLAIN_RULE,
) -> VisitCourse:
    """Return the course of each subject's disease from a day on.

    Args:
        state: As of a cutoff and a known-at day.
        definition: Which assessments and which progressions count.
        evaluator: Whose.
        since: Time origin of each subject, shape (subjects,); earlier findings are baseline.
        confirmation: Whether responses and progressions must be confirmed, as far as the criteria ask for it.
        rule: What that means.
    """
    found = found_outside(state, definition, evaluator, since)
    progressed, response_on = found.copy(), np.full(len(state), NO_DAY, np.int32)
    subjects, days = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for criteria in criteria_in_use(state, evaluator):
        best = best_of(state, criteria, evaluator, confirmation, rule, since, found)
        progressed = np.minimum(progressed, best.progressed_on)
        response_on = np.minimum(response_on, best.response_on)
        counted = best.visits
        if definition.assessments == "adequate":
            counted = counted.some(counted.category != CATEGORIES[criteria].index("NE"))
        subjects.append(counted.subject.astype(np.int64))
        days.append(counted.day.astype(np.int64))
    without = state.ruled_out
    mine = (without.code == evaluator_code(evaluator)) & (without.day >= since[without.subject])
    subjects.append(without.subject[mine].astype(np.int64))
    days.append(without.day[mine].astype(np.int64))
    subject, day = np.concatenate(subjects), np.concatenate(days)
    order = np.lexsort((day, subject))
    return VisitCourse(progressed, response_on, AssessedDays(subject[order], day[order]))
