"""The event of the log that shows the day on which a time begins or ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.arrays import EventArrays
from trialog.events.measures import Endpoint
from trialog.events.vocabulary import CATEGORIES, CRITERIA, EVALUATORS
from trialog.projections.adtte.rules import Rules
from trialog.projections.state.as_of import CLINICAL, State
from trialog.projections.state.rows import Rows

SubjectDay = tuple[int, int]
"""Place of a subject in its state, and a day."""


@dataclass(frozen=True, eq=False)
class Ends:
    """Rows of the log, by the subject and the day that they show.

    Attributes:
        enrolled, died: Row of each subject's enrollment and death.
        doses, visits, progressions, contacts: Rows that show a day: the first row of the day; for assessments
        the last of the worst of the day.
        last_contact: Row of what shows the last day on which each subject is known to be alive.
        origin_kind: From which day times run.
        age, sex: As stated at enrollment, -1 if not, shape (subjects,).
    """

    enrolled: Mapping[int, int]
    died: Mapping[int, int]
    doses: Mapping[SubjectDay, int]
    visits: Mapping[SubjectDay, int]
    progressions: Mapping[SubjectDay, int]
    contacts: Mapping[SubjectDay, int]
    last_contact: Mapping[int, int]
    origin_kind: str
    age: NDArray[np.int16]
    sex: NDArray[np.int8]

    @classmethod
    def of(cls, rows: Rows, state: State, columns: EventArrays, alive: NDArray[np.bool_], rules: Rules) -> Self:
        """Return the rows from which a state was computed, by what they show.

        Args:
            rows: The events.
            state: Computed from these events, up to a cutoff.
            columns: Columns that contain the events.
            alive: Which events show a subject alive.
            rules: Rules that name the evaluator whose assessments count.
        """
        place = np.full(len(columns.subjects) + 1, -1, np.int64)
        place[state.number] = np.arange(len(state))
        evaluator = EVALUATORS.index(rules.evaluator)
        found = _Finder(state.cutoff, evaluator, clinical=rules.definition.clinical_progression == "counts")
        days = np.minimum(rows.day, np.int32(state.cutoff))
        said = (place[rows.subject], rows.row, rows.kind, rows.first, days, rows.day, rows.code, alive, rows.impossible)
        for event in map(_Event._make, zip(*(each.tolist() for each in said), strict=True)):
            if event.subject >= 0:
                found.take(event)
        found.progressions.update(found.progressive())
        enrolling = rows.of(kinds.SubjectEnrolled.KIND)
        age, sex = np.full(len(state), -1, np.int16), np.full(len(state), -1, np.int8)
        mine = place[rows.subject[enrolling]]
        known = mine >= 0
        age[mine[known]], sex[mine[known]] = rows.enrollments.age[known], rows.enrollments.sex[known]
        return cls(
            found.enrolled, found.died, found.doses, {key: row for key, (_, row) in found.worst.items()},
            found.progressions, found.contacts, {subject: row for subject, (_, row) in found.last_contact.items()},
            rules.origin, age, sex,
        )  # fmt: skip

    def origin(self, subject: int, day: int, endpoint: Endpoint) -> int:
        """Return the row that shows a time origin."""
        if endpoint == "duration of response":
            return self.visits[subject, day]
        if self.origin_kind == "first dose":
            return self.doses[subject, day]
        return self.enrolled[subject]

    def progression(self, subject: int, day: int) -> int | None:
        """Return the row that shows a progression, if there is one on a day."""
        return self.progressions.get((subject, day))

    def assessment(self, subject: int, day: int) -> int:
        """Return the row that shows an assessment."""
        return self.visits[subject, day]

    def alive(self, subject: int, day: int) -> int:
        """Return the row that shows a subject alive on a day, or later if that lies after the cutoff."""
        return self.contacts.get((subject, day), self.last_contact.get(subject, self.enrolled[subject]))

    def death(self, subject: int) -> int:
        """Return the row of a death."""
        return self.died[subject]

    def is_enrollment(self, subject: int, row: int) -> bool:
        """Tell whether a row is a subject's enrollment."""
        return self.enrolled[subject] == row


class _Event(NamedTuple):
    """An event, its day up to the cutoff, and its day regardless of the cutoff."""

    subject: int
    row: int
    kind: int
    first: int
    day: int
    ever: int
    code: int
    shows_alive: bool
    impossible: bool


class _Finder:
    """Notes events one after the other."""

    def __init__(self, cutoff: int, evaluator: int, *, clinical: bool) -> None:
        self._cutoff, self._evaluator, self._clinical = cutoff, evaluator, clinical
        self.enrolled: dict[int, int] = {}
        self.died: dict[int, int] = {}
        self.doses: dict[SubjectDay, int] = {}
        self.worst: dict[SubjectDay, tuple[int, int]] = {}
        self.progressions: dict[SubjectDay, int] = {}
        self.contacts: dict[SubjectDay, int] = {}
        self.last_contact: dict[int, tuple[int, int]] = {}
        self._progressive: dict[SubjectDay, bool] = {}
        self._death_on: dict[int, int] = {}

    def take(self, event: _Event) -> None:
        """Note an event."""
        subject, row, kind, first, day, ever, code, shows, impossible = event
        dying = kind == kinds.SubjectDied.KIND
        if kind == kinds.SubjectEnrolled.KIND:
            self.enrolled[subject] = row
        elif impossible and not dying:
            return
        if shows or (dying and ever > self._cutoff):
            self.contacts.setdefault((subject, day), row)
            if subject not in self.last_contact or ever > self.last_contact[subject][0]:
                self.last_contact[subject] = ever, row
        if first > self._cutoff:
            return
        if dying:
            if ever <= self._cutoff and (subject not in self._death_on or ever < self._death_on[subject]):
                self._death_on[subject], self.died[subject] = ever, row
        elif kind == kinds.DoseAdministered.KIND:
            self.doses.setdefault((subject, day), row)
        elif kind == kinds.ProgressionFound.KIND and code // 10 == self._evaluator:
            if self._clinical or code % 10 != CLINICAL:
                self.progressions.setdefault((subject, day), row)
        elif kind == kinds.ProgressionRuledOut.KIND and code == self._evaluator + 1:
            self.worst.setdefault((subject, day), (-1, row))
        elif kind == kinds.ResponseAssessed.KIND and code // 10 % 10 == self._evaluator:
            self._assess(subject, row, day, code)

    def _assess(self, subject: int, row: int, day: int, code: int) -> None:
        categories: tuple[str, ...] = CATEGORIES[CRITERIA[code // 10_000]]
        category = categories[code // 100 % 100]
        badness = 0 if category == "NE" else 1 + categories.index(category)
        key = subject, day
        if key not in self.worst or badness >= self.worst[key][0]:
            self.worst[key] = badness, row
            self._progressive[key] = category == "PD"

    def progressive(self) -> dict[SubjectDay, Any]:
        """Return the rows of the assessments that are the worst of their day and a progression."""
        return {key: self.worst[key][1] for key, found in self._progressive.items() if found}
