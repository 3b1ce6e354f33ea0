"""The events that can move a figure: those of some cohorts, and each of them in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds, words
from trialog.events.arrays import NO_DAY, EventArrays
from trialog.events.dates import iso, span
from trialog.events.registry import BY_NUMBER, name_of
from trialog.events.vocabulary import LEFT_REASONS, response_of_code
from trialog.projections.state.as_of import State, cut
from trialog.projections.state.change_points import ChangePoints, by_cutoff, by_known_at
from trialog.projections.state.corrections import Decoded, decoded
from trialog.projections.state.rows import AMENDMENTS, Rows, in_force


@dataclass(frozen=True, eq=False)
class Excerpt:
    """The events of the subjects who were ever in some cohorts.

    Attributes:
        columns: Their rows, in order of the log.
        position: Position in the log of each row, shape (rows,).
        said: What their payloads say.
    """

    columns: EventArrays
    position: NDArray[np.int64]
    said: Decoded

    def in_force(self, known: NDArray[np.bool_]) -> Rows:
        """Return the events in force if some are known, shape (rows,)."""
        return in_force(self.columns, known, self.said)

    def in_force_on(self, known_at: int | None) -> Rows:
        """Return the events in force on a known-at day; None for everything in the log."""
        every = np.ones(self.columns.size, bool)
        return self.in_force(every if known_at is None else self.columns.known <= known_at)

    def change_points_by_cutoff(self, rows: Rows, first: int, last: int) -> Iterator[ChangePoints]:
        """Return the moments between two days at which the cutoff passes an event in force."""
        return by_cutoff(rows, self.columns, first, last)

    def change_points_by_known_at(self, cutoff: int, first: int, last: int) -> Iterator[ChangePoints]:
        """Return the moments between two days at which something became known, as of a cutoff."""
        return by_known_at(self.columns, self.said, first, last, cutoff)

    def cut(self, rows: Rows, cutoff: int, known_at: int | None) -> State:
        """Return the state that events in force give at a cutoff."""
        return cut(rows, self.columns, cutoff, known_at)


def excerpt(columns: EventArrays, cohorts: tuple[str, ...] | None, known_at: int | None = None) -> Excerpt:
    """Return the events that can affect a figure of some cohorts, as far as they are known on a day.

    Args:
        columns: The trial's columns.
        cohorts: Labels; None for all subjects.
        known_at: The last known-at day for which the figure is wanted; None for everything in the log. Subjects
        who are moved into a cohort by an event known later are left out.
    """
    said = decoded(columns)
    if cohorts is None:
        wanted = np.ones(len(columns.subjects), bool)
    else:
        wanted = np.zeros(len(columns.subjects), bool)
        placed_by = [(said.enrolling, said.enrollments.cohort)]
        if "cohort" in said.patches:
            # A correction may move a subject into a cohort, or out of it.
            placed_by.append((said.patches["cohort"].row, said.patches["cohort"].value))
        for row, label in placed_by:
            known = True if known_at is None else columns.known[row] <= known_at
            wanted[columns.subject[row[np.isin(label, cohorts) & known]]] = True
    # Rows that are not about a subject have the number -1, which no subject has.
    kept = np.flatnonzero(np.append(wanted, False)[columns.subject])
    place = np.full(columns.size + 1, -1, np.int64)
    place[kept] = np.arange(kept.size)
    code = columns.code[kept].copy()
    amending = np.isin(columns.kind[kept], AMENDMENTS)
    # An amendment is in the stream of its target, so selecting a stream selects both.
    code[amending] = place[code[amending] - 1] + 1
    chosen: dict[str, Any] = {
        name: getattr(columns, name)[kept] for name in ("kind", "stream", "first", "last", "known", "amount", "subject")
    }
    payloads = {int(place[row]): fields for row, fields in columns.payloads.items() if place[row] >= 0}
    mine = replace(columns, size=kept.size, code=code, payloads=payloads, **chosen)
    return Excerpt(mine, kept + 1, said.some(kept, place))


@dataclass(frozen=True)
class Described:
    """An event as a reader knows it.

    Attributes:
        position: Place in the log.
        event: Name of its kind.
        change: ``new``, ``corrected`` or ``retracted``.
        subject: Subject that it is about.
        occurred_on: Its clinical date, as far as it was known when recorded.
        known_on: Day on which it became known.
        what: The rest of what it says.
    """

    position: int
    event: str
    change: str
    subject: str
    occurred_on: str | None
    known_on: str | None
    what: str

    @property
    def sentence(self) -> str:
        """The event in one phrase."""
        when = f" on {self.occurred_on}" if self.occurred_on and self.change == "new" else ""
        said = f": {self.what}" if self.what else ""
        return f"{self.event} {self.subject}{when}{said} (#{self.position})"


def described(of: Excerpt, row: int) -> Described:
    """Return a row of an excerpt in words."""
    columns = of.columns
    kind = int(columns.kind[row])
    target = int(columns.code[row]) - 1 if kind in AMENDMENTS else row
    change = {kinds.EventCorrected.KIND: "corrected", kinds.EventRetracted.KIND: "retracted"}.get(kind, "new")
    known = int(columns.known[row])
    return Described(
        position=int(of.position[row]),
        event=name_of(BY_NUMBER[kind]),
        change=change,
        subject=columns.subjects[int(columns.subject[row])],
        occurred_on=_clinical(int(columns.first[target]), int(columns.last[target])),
        known_on=None if known == NO_DAY else iso(known),
        what=_what(of, row, target),
    )


def _clinical(first: int, last: int) -> str | None:
    """Return the clinical date that spans some days."""
    if first == NO_DAY:
        return None
    day = iso(first)
    return next((text for text in (day[:4], day[:7]) if span(text) == (first, last)), day)


def _what(of: Excerpt, row: int, target: int) -> str:
    columns = of.columns
    kind = int(columns.kind[row])
    if kind in AMENDMENTS:
        about = f"{name_of(BY_NUMBER[int(columns.kind[target])])} (#{int(of.position[target])})"
        if kind == kinds.EventRetracted.KIND:
            return about
        return f"{about} {words.changes(columns.payloads[row]['changes'])}"
    make = _WORDS.get(kind)
    return "" if make is None else make(columns, row)


def _response(columns: EventArrays, row: int) -> str:
    criteria, category, evaluator, confirmed = response_of_code(int(columns.code[row]))
    return words.assessed(category, criteria, evaluator, confirmed)


_WORDS: Final[dict[int, Callable[[EventArrays, int], str]]] = {
    kinds.SubjectEnrolled.KIND: lambda columns, row: words.enrolled(columns.payloads[row]["cohort"]),
    kinds.DoseAdministered.KIND: lambda columns, row: f"{columns.amount[row]:g}",
    kinds.ResponseAssessed.KIND: _response,
    kinds.SubjectLeft.KIND: lambda columns, row: LEFT_REASONS[int(columns.code[row])],
    kinds.EvaluabilityDecided.KIND: lambda columns, row: words.evaluability(bool(columns.code[row])),
}
