"""The state of every subject on two time axes: what had happened by a data cutoff, as known on a given day.

`as_of` is a pure fold: the events in force on ``known_at`` (`rows`), then cut off after ``cutoff``. Appending an
event that becomes known later never changes an earlier answer. The day on which a partly known date counts is
chosen before the cutoff is applied (`placing`), so it is the same at every cutoff. The one exception: an assessment
or a progression whose period has begun counts on the cutoff if its chosen day lies after the cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.arrays import NO_DAY, Days, EventArrays
from trialog.events.index_columns import evaluator_code
from trialog.events.vocabulary import EVALUATORS, PROGRESSION_BASES, Evaluator
from trialog.projections.state.placing import SHOWS_ALIVE, earliest, latest
from trialog.projections.state.rows import Rows, rows_in_force

CLINICAL: Final = PROGRESSION_BASES.index("clinical")


@dataclass(frozen=True, eq=False)
class State:
    """Every subject enrolled by the cutoff, as known on a day; arrays have one value for each subject.

    Days are counted from 1970-01-01; ``NO_DAY`` means never, or not by the cutoff.

    Attributes:
        cutoff, known_at: Days of the two time axes; None for known_at means everything in the log.
        subjects: Ids.
        number: Number of each subject in the columns.
        cohort: Label of each subject's cohort.
        enrolled, randomised, first_dose, last_dose, left, died: Days.
        enrolled_last, randomised_last, first_dose_last, died_first, died_last, last_alive_first, last_alive_last:
            The first or the last day that the day of that name may mean, if it is known in part only.
        left_reason: Place in the list of reasons; -1 for none.
        last_alive: Last day on which the subject was known to be alive, even after the cutoff; a death
        after the cutoff counts, because it shows that the subject lived until then.
        doses, dose_total, dose_unit: Number, sum and unit code of the doses; unit -1 for none, -2 for mixed.
        evaluable: 1, 0, or -1 if not decided.
        prior_lines: NaN if not stated.
        contradicted: Whether the events of the subject are impossible together, such as a visit after the death.
        assessments: Response assessments by the cutoff.
        not_understood: Assessments by the cutoff whose result an import could not read.
        progressions: Progressions that were found outside an assessment, by the cutoff.
        ruled_out: Assessments by the cutoff that found no progression and gave no category.
    """

    cutoff: int
    known_at: int | None
    size: int
    root: bytes
    subjects: tuple[str, ...]
    number: NDArray[np.intp]
    cohort: NDArray[np.object_]
    enrolled: Days
    randomised: Days
    first_dose: Days
    last_dose: Days
    enrolled_last: Days
    randomised_last: Days
    first_dose_last: Days
    died_first: Days
    died_last: Days
    last_alive_first: Days
    last_alive_last: Days
    left: Days
    left_reason: NDArray[np.int32]
    died: Days
    last_alive: Days
    doses: NDArray[np.int32]
    dose_total: NDArray[np.float64]
    dose_unit: NDArray[np.int64]
    evaluable: NDArray[np.int8]
    prior_lines: NDArray[np.float64]
    contradicted: NDArray[np.bool_]
    assessments: Assessments
    not_understood: NotUnderstood
    progressions: Progressions
    ruled_out: RuledOut
    untold: frozenset[str] = frozenset()
    """Endpoints that the log cannot give, because it contains only an ADTTE without them."""

    def __len__(self) -> int:
        """Return the number of subjects."""
        return len(self.subjects)

    def in_cohorts(self, labels: tuple[str, ...] | None) -> NDArray[np.bool_]:
        """Return which subjects are in one of some cohorts; all of them for None."""
        if labels is None:
            return np.ones(len(self), bool)
        return np.isin(self.cohort, labels)


@dataclass(frozen=True, eq=False)
class Assessments:
    """Response assessments, in order of subject, day and log; shape (assessments,).

    Attributes:
        subject: Place of the subject in its state.
        day: Day on which it counts.
        code: `response_code`.
    """

    subject: NDArray[np.int32]
    day: Days
    code: NDArray[np.int64]

    def by(self, evaluator: Evaluator) -> NDArray[np.bool_]:
        """Return which assessments an evaluator made; those of others are never included."""
        mine: NDArray[np.bool_] = self.code // 10 % 10 == EVALUATORS.index(evaluator)
        return mine


@dataclass(frozen=True, eq=False)
class Progressions:
    """Progressions that were found outside an assessment; shape (progressions,).

    Attributes:
        subject: Place of the subject in its state.
        day: Day on which it counts.
        code: Who found it, and on what basis.
    """

    subject: NDArray[np.int32]
    day: Days
    code: NDArray[np.int64]

    def first(self, evaluator: Evaluator, since: Days, *, clinical: bool = True) -> Days:
        """Return the day of each subject's first progression that an evaluator found; ``NO_DAY`` for none.

        Args:
            evaluator: Who found it.
            since: Day from which on it counts, shape (subjects,).
            clinical: Whether one counts that was found clinically.
        """
        mine = (self.code // 10 == EVALUATORS.index(evaluator)) & (self.day >= since[self.subject])
        if not clinical:
            mine &= self.code % 10 != CLINICAL
        return earliest(self.subject[mine], self.day[mine], since.size)


@dataclass(frozen=True, eq=False)
class RuledOut:
    """Assessments that found no progression, in order of subject, day and log; shape (assessments,).

    Attributes:
        subject: Place of the subject in its state.
        day: Day on which it counts.
        code: `evaluator_code`.
    """

    subject: NDArray[np.int32]
    day: Days
    code: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NotUnderstood:
    """Assessments whose result an import could not read, in order of the log; shape (assessments,).

    Attributes:
        subject: Place of the subject in its state.
        day: First day that it can have.
        evaluator: `evaluator_code`; 0 if the evaluator is not known.
        row: Index into the columns.
    """

    subject: NDArray[np.int32]
    day: Days
    evaluator: NDArray[np.int64]
    row: NDArray[np.intp]

    def by(self, evaluator: Evaluator) -> NDArray[np.bool_]:
        """Return which of them an evaluator made, or may have made."""
        return np.isin(self.evaluator, (0, evaluator_code(evaluator)))


def as_of(columns: EventArrays, cutoff: int, known_at: int | None = None) -> State:
    """Return every subject enrolled by the cutoff, as known on a day.

    Args:
        columns: The trial's columns.
        cutoff: Only what occurred on or before this day counts; the day counts whole.
        known_at: Only what was known on or before this day counts; None for everything in the log.
    """
    return cut(rows_in_force(columns, known_at), columns, cutoff, known_at)


def cut(
    rows: Rows, columns: EventArrays, cutoff: int, known_at: int | None, *, alive: NDArray[np.bool_] | None = None
) -> State:
    """Return the state that events in force give at a cutoff.

    Args:
        rows: The events.
        columns: From which they are.
        cutoff: Only what occurred on or before this day counts.
        known_at: The day on which they were in force.
        alive: Which of them show a subject alive [default: by their kind].
    """
    count = len(columns.subjects)
    enrollments = rows.of(kinds.SubjectEnrolled.KIND)
    # A second enrollment may be known before the retraction of the first one; what became known last counts.
    in_order = enrollments[np.argsort(rows.known[enrollments], kind="stable")]
    enrolled = np.full(count, NO_DAY, np.int32)
    enrolled[rows.subject[in_order]] = rows.day[in_order]
    chosen = np.flatnonzero(enrolled <= cutoff)
    place = np.full(count + 1, -1, np.int32)
    place[chosen] = np.arange(chosen.size, dtype=np.int32)
    enrolled_by = np.zeros(count, np.intp)
    enrolled_by[rows.subject[in_order]] = np.searchsorted(enrollments, in_order)
    details = rows.enrollments.some(enrolled_by[chosen])
    mine = place[rows.subject] >= 0
    usable = mine & ~rows.impossible
    seen = np.flatnonzero(usable & (rows.first <= cutoff))

    deaths = rows.of(kinds.SubjectDied.KIND)
    died_first, died_last = (
        earliest(rows.subject[deaths], days[deaths], count)[chosen] for days in (rows.first, rows.last)
    )
    died_ever = np.maximum(died_first, enrolled[chosen])
    later_death = (died_ever > cutoff) & (died_ever != NO_DAY)
    enrolling = mine & (rows.kind == kinds.SubjectEnrolled.KIND)
    contacts = np.flatnonzero((usable | enrolling) & (np.isin(rows.kind, SHOWS_ALIVE) if alive is None else alive))
    shown = place[rows.subject[contacts]]
    last_alive, alive_first, alive_last = (
        latest(shown, days[contacts], chosen.size) for days in (rows.day, rows.first, rows.last)
    )
    last_alive, alive_first = (
        np.where(later_death, np.maximum(each, died_ever), each) for each in (last_alive, alive_first)
    )
    doses = seen[rows.kind[seen] == kinds.DoseAdministered.KIND]
    dosed = place[rows.subject[doses]]
    first_dose, last_dose = _extremes(dosed, rows.day[doses], chosen.size)
    left, left_reason = _departures(rows, seen, place, chosen.size)
    randomised = details.randomised <= cutoff
    return State(
        cutoff=cutoff,
        known_at=known_at,
        size=columns.size,
        root=columns.root,
        subjects=tuple(columns.subjects[number] for number in chosen.tolist()),
        number=chosen,
        cohort=details.cohort,
        enrolled=enrolled[chosen],
        randomised=np.where(randomised, details.randomised, NO_DAY),
        enrolled_last=earliest(rows.subject[enrollments], rows.last[enrollments], count)[chosen],
        randomised_last=np.where(randomised, details.randomised_last, NO_DAY),
        first_dose_last=earliest(dosed, rows.last[doses], chosen.size),
        died_first=died_first,
        died_last=died_last,
        last_alive_first=alive_first,
        last_alive_last=np.maximum(alive_last, last_alive),
        first_dose=first_dose,
        last_dose=last_dose,
        left=left,
        left_reason=left_reason,
        died=np.where(died_ever <= cutoff, died_ever, NO_DAY),
        last_alive=last_alive,
        doses=np.bincount(dosed, minlength=chosen.size).astype(np.int32),
        dose_total=np.bincount(dosed, rows.amount[doses], minlength=chosen.size).astype(float),
        dose_unit=_units(rows, doses, place, chosen.size),
        evaluable=_evaluable(rows, seen, place, details.evaluable),
        prior_lines=details.prior_lines,
        not_understood=_not_understood(rows, seen, place),
        contradicted=_contradicted(rows, mine, place, cutoff, chosen.size),
        assessments=Assessments(*_by_subject_and_day(rows, seen, place, cutoff, kinds.ResponseAssessed.KIND)),
        progressions=Progressions(*_by_subject_and_day(rows, seen, place, cutoff, kinds.ProgressionFound.KIND)),
        ruled_out=RuledOut(*_by_subject_and_day(rows, seen, place, cutoff, kinds.ProgressionRuledOut.KIND)),
    )


def _contradicted(
    rows: Rows, mine: NDArray[np.bool_], place: NDArray[np.int32], cutoff: int, count: int
) -> NDArray[np.bool_]:
    """Return which subjects have an impossible event before the cutoff."""
    wrong = np.flatnonzero(rows.impossible & mine & (rows.first <= cutoff))
    found = np.zeros(count, bool)
    found[place[rows.subject[wrong]]] = True
    return found


def _extremes(subject: NDArray[np.int32], day: Days, count: int) -> tuple[Days, Days]:
    first, last = earliest(subject, day, count), latest(subject, day, count)
    last[first == NO_DAY] = NO_DAY
    return first, last


def _in_order(rows: Rows, at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return places in the order of their days; within one day, in the order in which they became known."""
    return at[np.lexsort((rows.known[at], rows.day[at]))]


def _departures(
    rows: Rows, seen: NDArray[np.intp], place: NDArray[np.int32], count: int
) -> tuple[Days, NDArray[np.int32]]:
    at = _in_order(rows, seen[rows.kind[seen] == kinds.SubjectLeft.KIND])
    left = np.full(count, NO_DAY, np.int32)
    reason = np.full(count, -1, np.int32)
    left[place[rows.subject[at]]] = rows.day[at]
    reason[place[rows.subject[at]]] = rows.code[at]
    return left, reason


def _by_subject_and_day(
    rows: Rows, seen: NDArray[np.intp], place: NDArray[np.int32], cutoff: int, kind: int
) -> tuple[NDArray[np.int32], Days, NDArray[np.int64]]:
    """Return subjects, days and codes of the events of a kind, in order of subject, day and log."""
    at = seen[rows.kind[seen] == kind]
    subject = place[rows.subject[at]]
    day = np.minimum(rows.day[at], np.int32(cutoff))
    order = np.lexsort((day, subject))
    return subject[order], day[order], rows.code[at][order]


def _not_understood(rows: Rows, seen: NDArray[np.intp], place: NDArray[np.int32]) -> NotUnderstood:
    at = seen[rows.kind[seen] == kinds.AssessmentNotUnderstood.KIND]
    return NotUnderstood(place[rows.subject[at]], rows.first[at], rows.code[at], rows.row[at])


def _units(rows: Rows, doses: NDArray[np.intp], place: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    unit = np.full(count, -1, np.int64)
    subject = place[rows.subject[doses]]
    unit[subject] = rows.code[doses]
    mixed = unit[subject] != rows.code[doses]
    unit[subject[mixed]] = -2
    return unit


def _evaluable(
    rows: Rows, seen: NDArray[np.intp], place: NDArray[np.int32], at_enrollment: NDArray[np.int8]
) -> NDArray[np.int8]:
    decided = at_enrollment.copy()
    at = _in_order(rows, seen[rows.kind[seen] == kinds.EvaluabilityDecided.KIND])
    decided[place[rows.subject[at]]] = rows.code[at]
    return decided
