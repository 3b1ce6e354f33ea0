"""The subjects' events in force on a known-at day: recorded by then, not retracted, as corrected by then.

First select the events known by a day, with the corrections and retractions known by then. Then give each
partly known date the days that it can mean and the day on which it counts (`placing`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.arrays import Days, EventArrays
from trialog.events.dates import DAYS_IN_LONGEST_MONTH
from trialog.projections.state.corrections import Decoded, correct_codes, correct_enrollments, decoded
from trialog.projections.state.enrollments import Enrollments
from trialog.projections.state.placing import placed

AMENDMENTS: Final = (kinds.EventCorrected.KIND, kinds.EventRetracted.KIND)


@dataclass(frozen=True, eq=False)
class Rows:
    """Events of subjects in force on a known-at day, in order of the log.

    Attributes:
        row: Index into the columns.
        subject, kind, code, amount: One value each, shape (rows,).
        first, last: The days that the date can mean, given everything else that is known of the subject.
        day: The one of them on which the event counts.
        known: Day on which it became known.
        by_year: Whether only a year is known of its date.
        corrected: Whether a correction of it is in force.
        impossible: Whether its date contradicts the other events of the subject: a period without any
        possible day, or a day after the death.
        enrollments: What the enrollments among them say, in the same order.
    """

    row: NDArray[np.intp]
    subject: NDArray[np.int32]
    kind: NDArray[np.uint8]
    first: Days
    last: Days
    day: Days
    known: Days
    by_year: NDArray[np.bool_]
    corrected: NDArray[np.bool_]
    impossible: NDArray[np.bool_]
    code: NDArray[np.int64]
    amount: NDArray[np.float64]
    enrollments: Enrollments

    def of(self, *wanted: int) -> NDArray[np.intp]:
        """Return the places of the rows of some kinds."""
        return np.flatnonzero(np.isin(self.kind, wanted))


def some_rows(rows: Rows, chosen: NDArray[np.bool_]) -> Rows:
    """Return some events; the enrollments must be among them."""
    kept = {field.name: getattr(rows, field.name)[chosen] for field in fields(rows) if field.name != "enrollments"}
    return Rows(**kept, enrollments=rows.enrollments)


def rows_in_force(columns: EventArrays, known_at: int | None) -> Rows:
    """Return the events in force on a known-at day.

    Args:
        columns: The trial's columns.
        known_at: Day, counted whole; None for everything in the log.
    """
    return in_force(columns, np.ones(columns.size, bool) if known_at is None else columns.known <= known_at)


def in_force(columns: EventArrays, known: NDArray[np.bool_], said: Decoded | None = None) -> Rows:
    """Return the events in force if some are known, corrected by the corrections among those.

    Args:
        columns: The trial's columns.
        known: Which of its events are known, shape (columns.size,).
        said: What the payloads of the columns say [default: decoded from them].
    """
    said = decoded(columns) if said is None else said
    retracted = np.zeros(columns.size, bool)
    retractions = np.flatnonzero(known & (columns.kind == kinds.EventRetracted.KIND))
    retracted[columns.code[retractions] - 1] = True
    used = known & ~retracted
    first, last, code, amount, limit = columns.first, columns.last, columns.code, columns.amount, columns.known
    enrollments, corrected = said.enrollments, np.zeros(columns.size, bool)
    if said.patches:
        first, last, code, amount, limit = first.copy(), last.copy(), code.copy(), amount.copy(), limit.copy()
        if "day" in said.patches:
            patches = said.patches["day"].known(used)
            first[patches.target], last[patches.target] = patches.value.T
            limit[patches.target] = columns.known[patches.row]
        if "amount" in said.patches:
            patches = said.patches["amount"].known(used)
            amount[patches.target] = patches.value
        correct_codes(said, used, code)
        enrollments = correct_enrollments(said, used)
        for each in said.patches.values():
            corrected[each.known(used).target] = True
    row = np.flatnonzero(used & (columns.subject >= 0) & ~np.isin(columns.kind, AMENDMENTS))
    kind, subject = columns.kind[row], columns.subject[row]
    where = placed(
        kind, subject, first[row], last[row], limit[row], enrollments.some(used[said.enrolling]), len(columns.subjects)
    )
    return Rows(
        row=row,
        subject=subject,
        kind=kind,
        first=where.first,
        last=where.last,
        day=where.day,
        known=columns.known[row],
        by_year=last[row] - first[row] >= DAYS_IN_LONGEST_MONTH,
        corrected=corrected[row],
        impossible=where.impossible,
        code=code[row],
        amount=amount[row],
        enrollments=where.enrollments,
    )
