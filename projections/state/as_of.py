"""The state of every subject on two time axes: what had happened by a data cutoff, as known on a given day.

`as_of` is a pure fold. First the events known by ``known_at`` are taken, with the
corrections and retractions known by then; then what occurred after ``cutoff`` is cut
off. Appending an event that becomes known later never changes an earlier answer.

Partial dates are imputed by the rule of {admiral}: a death, a dose, a contact on the
first day of the period, a response or a progression on its last; never a death before
enrollment, never a response after the death.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.arrays import NO_DAY, Days, EventArrays, corrected_days
from trialog.events.dates import span
from trialog.events.index_columns import columns_of, evaluator_code
from trialog.events.registry import BY_NUMBER, build
from trialog.events.vocabulary import CATEGORIES, CRITERIA, EVALUATORS, Evaluator

IMPUTED_LAST: Final = (kinds.ResponseAssessed.KIND, kinds.ProgressionFound.KIND)
_SHOWS_ALIVE: Final = (
    kinds.SubjectEnrolled.KIND,
    kinds.DoseAdministered.KIND,
    kinds.ResponseAssessed.KIND,
    kinds.ProgressionFound.KIND,
    kinds.SubjectSeenAlive.KIND,
    kinds.SubjectLeft.KIND,
)
_PROGRESSIVE: Final = tuple(
    place * 100 + categories.index("PD") for place, categories in enumerate(CATEGORIES[c] for c in CRITERIA)
)


@dataclass(frozen=True, eq=False)
class Rows:
    """The subjects' events that stand on a known-at day, imputed to single days, in order of the log.

    Attributes:
        row: Index into the columns.
        subject, kind, first, last, day, code, amount: One value each, shape (rows,).
        enrollments: What the enrollments among them say, in the same order.
        corrected: All fields of the events that a correction changed beyond their day, by index into the columns.
    """

    row: NDArray[np.intp]
    subject: NDArray[np.int32]
    kind: NDArray[np.uint8]
    first: Days
    last: Days
    day: Days
    code: NDArray[np.int64]
    amount: NDArray[np.float64]
    enrollments: Enrollments
    corrected: Mapping[int, Mapping[str, Any]]

    def of(self, *wanted: int) -> NDArray[np.intp]:
        """Return the places of the rows of some kinds."""
        return np.flatnonzero(np.isin(self.kind, wanted))


@dataclass(frozen=True, eq=False)
class Enrollments:
    """What enrollments say beyond their day, as corrected; one value each, in order of the log.

    Attributes:
        cohort: Label of the cohort.
        randomised, randomised_last: First and last day that the day of randomisation may mean.
        evaluable: 1, 0, or -1 where it is not stated.
        prior_lines: NaN where not stated.
    """

    cohort: NDArray[np.object_]
    randomised: Days
    randomised_last: Days
    evaluable: NDArray[np.int8]
    prior_lines: NDArray[np.float64]

    @classmethod
    def of(cls, payloads: Iterable[Mapping[str, Any]]) -> Self:
        """Return what the fields of enrollments say."""
        given = list(payloads)
        cohort = np.empty(len(given), object)
        cohort[:] = [fields["cohort"] for fields in given]
        randomised = [fields.get("randomised_on") for fields in given]
        spans = [(NO_DAY, NO_DAY) if date is None else span(date) for date in randomised]
        first, last = np.array(spans, np.int32).reshape(-1, 2).T
        evaluable = [fields.get("evaluable") for fields in given]
        lines = [fields.get("prior_lines") for fields in given]
        return cls(
            cohort,
            first,
            last,
            np.array([-1 if decided is None else decided for decided in evaluable], np.int8),
            np.array([np.nan if number is None else number for number in lines], np.float64),
        )

    @classmethod
    def recorded(cls, columns: EventArrays) -> Self:
        """Return what all enrollments of a trial said when they were recorded."""
        rows = np.flatnonzero(columns.kind == kinds.SubjectEnrolled.KIND)
        return cls.of(columns.payloads[row] for row in rows.tolist())

    def some(self, chosen: NDArray[Any]) -> Self:
        """Return some of them."""
        return type(self)(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def earlier(self, days: Days) -> Self:
        """Return them with their days some days earlier, shape (enrollments,)."""
        randomised, randomised_last = (
            np.where(each == NO_DAY, NO_DAY, each - days).astype(np.int32)
            for each in (self.randomised, self.randomised_last)
        )
        return replace(self, randomised=randomised, randomised_last=randomised_last)

    def corrected(self, places: NDArray[np.intp], by: Self) -> Self:
        """Return them with those at some places replaced."""
        parts = [getattr(self, field.name).copy() for field in fields(self)]
        for part, field in zip(parts, fields(self), strict=True):
            part[places] = getattr(by, field.name)
        return type(self)(*parts)


@dataclass(frozen=True, eq=False)
class State:
    """Every subject enrolled by the cutoff, as known on a day; arrays have one value for each subject.

    Days are counted from 1970-01-01; ``NO_DAY`` stands for never, or not by the cutoff.

    Attributes:
        cutoff, known_at: The two axes; None for known_at means everything in the log.
        subjects: Ids.
        number: Number of each subject in the columns.
        cohort: Label of each subject's cohort.
        enrolled, randomised, first_dose, last_dose, left, died: Days.
        progression_found: Day on which a progression was recorded outside an assessment.
        progressed: The earlier of that day and the investigator's first PD.
        enrolled_last, randomised_last, first_dose_last, died_first, died_last, last_alive_last: The first or
            the last day that the day of that name may mean, where it is known in part only.
        left_reason: Place in the list of reasons; -1 for none.
        last_alive: Last day on which the subject was known to be alive, whatever the cutoff; a death
            after the cutoff counts, since it shows that the subject lived till then.
        doses, dose_total, dose_unit: Number, sum and unit code of the doses; unit -1 for none, -2 for mixed.
        evaluable: 1, 0, or -1 where nobody decided.
        prior_lines: NaN where not stated.
        assessments: Response assessments by the cutoff.
        not_understood: Assessments by the cutoff whose result an import could not read.
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
    progression_found: Days
    progressed: Days
    enrolled_last: Days
    randomised_last: Days
    first_dose_last: Days
    died_first: Days
    died_last: Days
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
    assessments: Assessments
    not_understood: NotUnderstood

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
        day: Imputed day.
        code: `response_code`.
    """

    subject: NDArray[np.int32]
    day: Days
    code: NDArray[np.int64]

    def by(self, evaluator: Evaluator) -> NDArray[np.bool_]:
        """Return which of them an evaluator made; those of others are never mixed in."""
        mine: NDArray[np.bool_] = self.code // 10 % 10 == EVALUATORS.index(evaluator)
        return mine

    def first_progressions(self, evaluator: Evaluator, count: int) -> Days:
        """Return the day of each of count subjects' first PD by an evaluator; ``NO_DAY`` for none."""
        progressive = self.by(evaluator) & np.isin(self.code // 100, _PROGRESSIVE)
        return earliest(self.subject[progressive], self.day[progressive], count)


@dataclass(frozen=True, eq=False)
class NotUnderstood:
    """Assessments that were made and not understood, in order of the log; shape (assessments,).

    Attributes:
        subject: Place of the subject in its state.
        day: First day that it can have.
        evaluator: `evaluator_code`; 0 where it is not known who assessed.
        row: Index into the columns.
    """

    subject: NDArray[np.int32]
    day: Days
    evaluator: NDArray[np.int64]
    row: NDArray[np.intp]

    def by(self, evaluator: Evaluator) -> NDArray[np.bool_]:
        """Return which of them an evaluator made, or may have made."""
        return np.isin(self.evaluator, (0, evaluator_code(evaluator)))


def standing_rows(columns: EventArrays, known_at: int | None) -> Rows:
    """Return the events that stand on a known-at day, corrected by what was known then.

    Args:
        columns: The trial's columns.
        known_at: Day, counted whole; None for everything in the log.
    """
    return standing(columns, np.ones(columns.size, bool) if known_at is None else columns.known <= known_at)


def standing(columns: EventArrays, known: NDArray[np.bool_], recorded: Enrollments | None = None) -> Rows:
    """Return the events that stand when some are known, corrected by the corrections among those.

    Args:
        columns: The trial's columns.
        known: Which of its events are known, shape (columns.size,).
        recorded: `Enrollments.recorded`, where it is at hand.
    """
    void = np.zeros(columns.size, bool)
    retractions = np.flatnonzero(known & (columns.kind == kinds.EventRetracted.KIND))
    void[columns.code[retractions] - 1] = True
    corrections = np.flatnonzero(known & ~void & (columns.kind == kinds.EventCorrected.KIND))
    # What became known last wins, wherever it stands in the log.
    corrections = corrections[np.argsort(columns.known[corrections], kind="stable")]

    first, last, code, amount = columns.first, columns.last, columns.code, columns.amount
    enrolling = np.flatnonzero(columns.kind == kinds.SubjectEnrolled.KIND)
    enrollments = Enrollments.recorded(columns) if recorded is None else recorded
    rebuilt: dict[int, dict[str, Any]] = {}
    if corrections.size:
        first, last, code, amount = first.copy(), last.copy(), code.copy(), amount.copy()
        rebuilt = _correct(columns, corrections, first, last, code, amount)
        places = np.flatnonzero(np.isin(enrolling, list(rebuilt)))
        again = Enrollments.of(rebuilt[row] for row in enrolling[places].tolist())
        enrollments = enrollments.corrected(places, again)

    stands = known & ~void & (columns.subject >= 0)
    stands &= (columns.kind != kinds.EventRetracted.KIND) & (columns.kind != kinds.EventCorrected.KIND)
    row = np.flatnonzero(stands)
    kind = columns.kind[row]
    first, last = first[row], last[row]
    day = np.where(np.isin(kind, IMPUTED_LAST), last, first)
    return Rows(
        row=row,
        subject=columns.subject[row],
        kind=kind,
        first=first,
        last=last,
        day=day,
        code=code[row],
        amount=amount[row],
        enrollments=enrollments.some(stands[enrolling]),
        corrected=rebuilt,
    )


def _correct(
    columns: EventArrays,
    corrections: NDArray[np.intp],
    first: Days,
    last: Days,
    code: NDArray[np.int64],
    amount: NDArray[np.float64],
) -> dict[int, dict[str, Any]]:
    """Apply corrections, in the order given, to the columns; return the fields of what they changed, by row."""
    rebuilt: dict[int, dict[str, Any]] = {}
    for correction in corrections.tolist():
        target = int(columns.code[correction]) - 1
        changes = columns.payloads[correction]["changes"]
        moved_first, moved_last = corrected_days(changes)
        if moved_first != NO_DAY:
            first[target], last[target] = moved_first, moved_last
        if changes.keys() - {"occurred_on"}:
            rebuilt.setdefault(target, dict(columns.payloads[target])).update(changes)
    for target, given in rebuilt.items():
        event = build(
            BY_NUMBER[int(columns.kind[target])],
            {name: value for name, value in given.items() if value is not None},
        )
        plain = columns_of(event)
        code[target] = plain.code
        amount[target] = np.nan if plain.amount is None else plain.amount
    return rebuilt


def as_of(columns: EventArrays, cutoff: int, known_at: int | None = None) -> State:
    """Return every subject enrolled by the cutoff, as known on a day.

    Args:
        columns: The trial's columns.
        cutoff: Only what occurred on or before this day counts; the day counts whole.
        known_at: Only what was known on or before this day counts; None for everything in the log.
    """
    return cut(standing_rows(columns, known_at), columns, cutoff, known_at)


def cut(rows: Rows, columns: EventArrays, cutoff: int, known_at: int | None) -> State:
    """Return the state that standing rows give at a cutoff."""
    count = len(columns.subjects)
    enrollments = rows.of(kinds.SubjectEnrolled.KIND)
    enrolled = np.full(count, NO_DAY, np.int32)
    enrolled[rows.subject[enrollments]] = rows.day[enrollments]
    chosen = np.flatnonzero(enrolled <= cutoff)
    place = np.full(count + 1, -1, np.int32)
    place[chosen] = np.arange(chosen.size, dtype=np.int32)
    # A second enrollment may be known before the retraction of the first one; the later one of the log counts.
    enrolled_by = np.zeros(count, np.intp)
    enrolled_by[rows.subject[enrollments]] = np.arange(enrollments.size)
    details = rows.enrollments.some(enrolled_by[chosen])

    deaths = rows.of(kinds.SubjectDied.KIND)
    died_first, died_last = (
        earliest(rows.subject[deaths], days[deaths], count)[chosen] for days in (rows.first, rows.last)
    )
    died_ever = np.maximum(died_first, enrolled[chosen])
    later_death = (died_ever > cutoff) & (died_ever != NO_DAY)
    last_alive = latest_alive(rows, rows.first, count)[chosen]
    last_alive = np.where(later_death, np.maximum(last_alive, died_ever), last_alive).astype(np.int32)
    last_alive_last = np.maximum(latest_alive(rows, rows.last, count)[chosen], last_alive)
    died = np.where(died_ever <= cutoff, died_ever, NO_DAY).astype(np.int32)

    seen = np.flatnonzero((rows.first <= cutoff) & (place[rows.subject] >= 0))
    doses = seen[rows.kind[seen] == kinds.DoseAdministered.KIND]
    first_dose, last_dose = _extremes(place[rows.subject[doses]], rows.day[doses], chosen.size)
    first_dose_last, _ = _extremes(place[rows.subject[doses]], rows.last[doses], chosen.size)
    left, left_reason = _departures(rows, seen, place, chosen.size)
    no_later = np.minimum(died, np.int32(cutoff))
    assessments = _assessments(rows, place, cutoff, no_later)
    found = seen[rows.kind[seen] == kinds.ProgressionFound.KIND]
    found_by = place[rows.subject[found]]
    progression_found = earliest(found_by, np.minimum(rows.day[found], no_later[found_by]), chosen.size)
    return State(
        cutoff=cutoff,
        known_at=known_at,
        size=columns.size,
        root=columns.root,
        subjects=tuple(columns.subjects[number] for number in chosen.tolist()),
        number=chosen,
        cohort=details.cohort,
        enrolled=enrolled[chosen],
        randomised=np.where(details.randomised <= cutoff, details.randomised, NO_DAY).astype(np.int32),
        enrolled_last=earliest(rows.subject[enrollments], rows.last[enrollments], count)[chosen],
        randomised_last=np.where(details.randomised <= cutoff, details.randomised_last, NO_DAY).astype(np.int32),
        first_dose_last=first_dose_last,
        died_first=died_first,
        died_last=died_last,
        last_alive_last=last_alive_last,
        first_dose=first_dose,
        last_dose=last_dose,
        progression_found=progression_found,
        progressed=np.minimum(progression_found, assessments.first_progressions("investigator", chosen.size)),
        left=left,
        left_reason=left_reason,
        died=died,
        last_alive=last_alive,
        doses=np.bincount(place[rows.subject[doses]], minlength=chosen.size).astype(np.int32),
        dose_total=np.bincount(place[rows.subject[doses]], rows.amount[doses], minlength=chosen.size).astype(float),
        dose_unit=_units(rows, doses, place, chosen.size),
        evaluable=_evaluable(rows, seen, place, details.evaluable),
        prior_lines=details.prior_lines,
        assessments=assessments,
        not_understood=_not_understood(rows, seen, place),
    )


def earliest(subject: NDArray[np.int32], day: Days, count: int) -> Days:
    """Return each subject's earliest day; ``NO_DAY`` for none."""
    days = np.full(count, NO_DAY, np.int32)
    np.minimum.at(days, subject, day)
    return days


def latest_alive(rows: Rows, day: Days, count: int) -> Days:
    """Return the latest day on which any event shows each subject alive."""
    alive = rows.of(*_SHOWS_ALIVE)
    days = np.full(count, -(2**31), np.int32)
    np.maximum.at(days, rows.subject[alive], day[alive])
    return days


def _extremes(subject: NDArray[np.int32], day: Days, count: int) -> tuple[Days, Days]:
    first = np.full(count, NO_DAY, np.int32)
    last = np.full(count, -(2**31), np.int32)
    np.minimum.at(first, subject, day)
    np.maximum.at(last, subject, day)
    last[first == NO_DAY] = NO_DAY
    return first, last


def _departures(
    rows: Rows, seen: NDArray[np.intp], place: NDArray[np.int32], count: int
) -> tuple[Days, NDArray[np.int32]]:
    at = seen[rows.kind[seen] == kinds.SubjectLeft.KIND]
    left = np.full(count, NO_DAY, np.int32)
    reason = np.full(count, -1, np.int32)
    at = at[np.argsort(rows.day[at], kind="stable")]
    left[place[rows.subject[at]]] = rows.day[at]
    reason[place[rows.subject[at]]] = rows.code[at]
    return left, reason


def _assessments(rows: Rows, place: NDArray[np.int32], cutoff: int, no_later: Days) -> Assessments:
    at = rows.of(kinds.ResponseAssessed.KIND)
    at = at[(place[rows.subject[at]] >= 0) & (rows.first[at] <= cutoff)]
    subject = place[rows.subject[at]]
    day = np.minimum(rows.day[at], no_later[subject])
    order = np.lexsort((day, subject))
    return Assessments(subject[order], day[order], rows.code[at][order])


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
    at = seen[rows.kind[seen] == kinds.EvaluabilityDecided.KIND]
    at = at[np.argsort(rows.day[at], kind="stable")]
    decided[place[rows.subject[at]]] = rows.code[at]
    return decided
