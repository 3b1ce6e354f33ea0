"""Each subject's course as a lane: from its origin to its last contact and its end, with what happened on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from trialog.events import kinds
from trialog.events.arrays import NO_DAY, EventArrays
from trialog.events.definition import Definition
from trialog.events.vocabulary import EVALUATORS, LEFT_REASONS, Evaluator, response_of_code
from trialog.projections.state.as_of import State
from trialog.projections.state.rows import Rows
from trialog.projections.times import members, origins

MarkKind = Literal["dose", "response", "progression", "left", "death"]
Ended = Literal["died", "lost", "left", "open"]

_KINDS: Final[dict[int, MarkKind]] = {
    kinds.DoseAdministered.KIND: "dose",
    kinds.ResponseAssessed.KIND: "response",
    kinds.ProgressionFound.KIND: "progression",
    kinds.SubjectLeft.KIND: "left",
    kinds.SubjectDied.KIND: "death",
}


@dataclass(frozen=True)
class LaneMark:
    """Something that happened to a subject.

    Attributes:
        kind: Kind of event.
        first, last: First and last day that its date may mean.
        day: The day on which figures count it.
        code: Category of a response, reason of a departure; else empty.
        position: Of the event in the log.
        corrected: Whether a correction of it is in force.
    """

    kind: MarkKind
    first: int
    last: int
    day: int
    code: str
    position: int
    corrected: bool


@dataclass(frozen=True)
class Lane:
    """One subject.

    Attributes:
        subject, cohort: Its id and its cohort.
        origin: Day from which its time runs.
        last_contact: Last day on which it was known to be alive, not after the cutoff.
        end: Day of death, else the last contact.
        ended: ``died``, ``lost`` to follow-up, ``left`` for another reason, or ``open`` at the cutoff.
        marks: In order of their days.
    """

    subject: str
    cohort: str
    origin: int
    last_contact: int
    end: int
    ended: Ended
    marks: tuple[LaneMark, ...]


def lanes(
    state: State,
    rows: Rows,
    columns: EventArrays,
    definition: Definition,
    cohorts: tuple[str, ...] | None = None,
    evaluator: Evaluator = "investigator",
) -> list[Lane]:
    """Return the lanes of the subjects who count, in the order of the state.

    Args:
        state: As of a cutoff and a known-at day.
        rows: The events in force from which the state was made.
        columns: The trial's events.
        definition: Its origin and population say who has a lane, and from where.
        cohorts: Labels; None for all.
        evaluator: Evaluator whose assessments are shown as marks.
    """
    origin = origins(state, definition)
    chosen = np.flatnonzero(members(state, definition.population, cohorts) & (origin != NO_DAY))
    marks = _marks(state, rows, columns, evaluator)
    found = []
    for at in chosen.tolist():
        contact = max(min(int(state.last_alive[at]), state.cutoff), int(origin[at]))
        died = int(state.died[at])
        found.append(
            Lane(
                subject=state.subjects[at],
                cohort=str(state.cohort[at]),
                origin=int(origin[at]),
                last_contact=contact if died == NO_DAY else min(contact, died),
                end=contact if died == NO_DAY else died,
                ended=_ended(state, at),
                marks=tuple(sorted(marks.get(at, ()), key=lambda mark: (mark.day, mark.position))),
            )
        )
    return found


def _ended(state: State, at: int) -> Ended:
    if state.died[at] != NO_DAY:
        return "died"
    if state.left[at] == NO_DAY:
        return "open"
    return "lost" if LEFT_REASONS[int(state.left_reason[at])] == "lost to follow-up" else "left"


def _marks(state: State, rows: Rows, columns: EventArrays, evaluator: Evaluator) -> dict[int, list[LaneMark]]:
    """Return the marks of each subject by its place in the state."""
    place = np.full(len(columns.subjects) + 1, -1, np.int64)
    place[state.number] = np.arange(len(state))
    found: dict[int, list[LaneMark]] = {}
    wanted = np.flatnonzero(np.isin(rows.kind, list(_KINDS)) & (rows.first <= state.cutoff))
    for row in wanted.tolist():
        at = int(place[rows.subject[row]])
        if at < 0:
            continue
        for mark in _mark(rows, row, evaluator):
            # A figure never uses a day after the cutoff or after the death.
            day = min(mark.day, state.cutoff, int(state.died[at]))
            found.setdefault(at, []).append(
                LaneMark(mark.kind, mark.first, mark.last, day, mark.code, mark.position, mark.corrected)
            )
    return found


def _mark(rows: Rows, row: int, evaluator: Evaluator) -> Iterator[LaneMark]:
    kind, code = _KINDS[int(rows.kind[row])], ""
    if kind == "response":
        _, code, by, _ = response_of_code(int(rows.code[row]))
        if by != evaluator:
            return
    elif kind == "progression":
        if EVALUATORS[int(rows.code[row]) // 10] != evaluator:
            return
    elif kind == "left":
        code = LEFT_REASONS[int(rows.code[row])]
    first, last, day = int(rows.first[row]), int(rows.last[row]), int(rows.day[row])
    source = int(rows.row[row])
    yield LaneMark(kind, first, last, day, code, source + 1, bool(rows.corrected[row]))
