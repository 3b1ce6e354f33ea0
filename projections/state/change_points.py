"""All moments at which subjects may change, in one state: the input for the history of a figure.

A history needs the state on each day, but a subject changes on few days: when an event of the subject
occurs or becomes known. Each of these moments is treated as a separate subject that has the events of
the subject, with days counted from the moment's cutoff, so that all of them have the cutoff day 0. A
function that computes a figure from a state then gives each subject's contribution at each moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.arrays import EventArrays
from trialog.projections.state.as_of import State, cut
from trialog.projections.state.corrections import Copies, Decoded
from trialog.projections.state.placing import SHOWS_ALIVE, earliest, latest
from trialog.projections.state.rows import AMENDMENTS, Rows, in_force, some_rows

Counts = NDArray[np.int64]

_OFTEN: Final = (kinds.DoseAdministered.KIND, kinds.SubjectSeenAlive.KIND, kinds.SubjectLeft.KIND)

_ROWS_AT_ONCE: Final = 1 << 17
"""Most rows of moments in one state: enough to make calls cheap, few enough to need only 50 MB."""


@dataclass(frozen=True, eq=False)
class ChangePoints:
    """Moments of some subjects; one value for each subject of the state.

    Attributes:
        state: Each moment as a subject; only those at which the subject is enrolled.
        since, until: First day of the history in which the moment is in effect, and first day after that.
        shift: Days by which a day of the state is later than the day that it represents.
        moving: Whether the days of the history are cutoffs, so that times of the living grow between two moments.
    """

    state: State
    since: Counts
    until: Counts
    shift: Counts
    moving: bool


def by_cutoff(rows: Rows, columns: EventArrays, first: int, last: int) -> Iterator[ChangePoints]:
    """Yield the moments at which the cutoff passes an event, some subjects at a time.

    Args:
        rows: The events in force.
        columns: From which they are.
        first: First cutoff.
        last: Last cutoff.
    """
    count = len(columns.subjects)
    rows = _telling(rows, count)
    every = _Moments.of(*_passing(rows, count, first, last), first, last)
    number = np.cumsum(rows.kind == kinds.SubjectEnrolled.KIND) - 1
    for some, row, moment in every.with_rows(rows.subject):
        enrolling = rows.kind[row] == kinds.SubjectEnrolled.KIND
        back = some.day.astype(np.int32)[moment]
        shifted = Rows(
            row=row,
            subject=moment.astype(np.int32),
            kind=rows.kind[row],
            first=rows.first[row] - back,
            last=rows.last[row] - back,
            day=rows.day[row] - back,
            known=rows.known[row],
            by_year=rows.by_year[row],
            corrected=rows.corrected[row],
            impossible=rows.impossible[row],
            code=rows.code[row],
            amount=rows.amount[row],
            enrollments=rows.enrollments.some(number[row[enrolling]]).earlier(back[enrolling]),
        )
        state = cut(shifted, replace(columns, subjects=some.names(columns)), 0, None)
        yield some.moments(state, some.day, moving=True)


def by_known_at(columns: EventArrays, said: Decoded, first: int, last: int, cutoff: int) -> Iterator[ChangePoints]:
    """Yield the moments at which something became known, some subjects at a time.

    Args:
        columns: All rows are about subjects.
        said: What their payloads say.
        first: First known-at day.
        last: Last known-at day.
        cutoff: The same for all of them.
    """
    every = _Moments.of(columns.subject, columns.known, first, last)
    amending = np.isin(columns.kind, AMENDMENTS)
    copies = Copies(said, columns.size)
    for some, row, moment in every.with_rows(columns.subject):
        # Position of each row among the rows of its moment.
        place = np.empty(columns.size, np.int64)
        begins = np.searchsorted(moment, np.arange(some.day.size))
        place[row] = np.arange(row.size) - begins[moment]
        code = columns.code[row]
        mine = amending[row]
        code[mine] = begins[moment[mine]] + place[code[mine] - 1] + 1
        chosen: dict[str, Any] = {
            name: getattr(columns, name)[row] for name in ("kind", "stream", "first", "last", "known", "amount")
        }
        copied = replace(
            columns,
            size=row.size,
            code=code,
            subject=moment.astype(np.int32),
            subjects=some.names(columns),
            **chosen,
        )
        known = copied.known <= some.day[moment]
        rows = in_force(copied, known, copies.at(row, code, copied.known))
        yield some.moments(cut(rows, copied, cutoff, None), np.zeros_like(some.day), moving=False)


def _telling(rows: Rows, count: int) -> Rows:
    """Return the rows except doses after the first and contacts before the last.

    A subject may have hundreds of them, and no figure that has a history reads them.
    """
    doses, alive = rows.of(kinds.DoseAdministered.KIND), rows.of(*SHOWS_ALIVE)
    doses, alive = (places[~rows.impossible[places]] for places in (doses, alive))
    first_dose = earliest(rows.subject[doses], rows.day[doses], count)
    last_alive = latest(rows.subject[alive], rows.day[alive], count)
    edge = (rows.day == first_dose[rows.subject]) | (rows.day == last_alive[rows.subject])
    kept = edge | ~np.isin(rows.kind, _OFTEN)
    return some_rows(rows, kept)


def _passing(rows: Rows, count: int, first: int, last: int) -> tuple[Counts, Counts]:
    """Return subjects and the cutoffs at which they may differ from the day before."""
    enrollments = rows.of(kinds.SubjectEnrolled.KIND)
    # An assessment of which only the month is known counts on its last day, or on the cutoff before it.
    partial = np.flatnonzero(rows.first < rows.day)
    begin, end = np.maximum(rows.first[partial], first), np.minimum(rows.day[partial], last)
    open_days = np.maximum(end - begin + 1, 0)
    subject = (rows.subject, rows.subject[enrollments], np.repeat(rows.subject[partial], open_days))
    day = (rows.first, rows.enrollments.randomised, np.repeat(begin, open_days) + _counted(open_days))
    return np.concatenate(subject), np.concatenate(day)


def _counted(sizes: Counts) -> Counts:
    """Return 0, 1, 2, ... for each group of rows, one group after the other."""
    ends = sizes.cumsum()
    return np.arange(ends[-1] if ends.size else 0) - np.repeat(ends - sizes, sizes)


@dataclass(frozen=True, eq=False)
class _Moments:
    """Days of subjects, in order of subject and day, and the day of the next moment; shape (moments,)."""

    subject: Counts
    day: Counts
    until: Counts

    @classmethod
    def of(cls, subject: NDArray[Any], day: NDArray[Any], first: int, last: int) -> _Moments:
        """Return the days of each subject within a history; earlier days become its first day."""
        within = day <= last
        width = last - first + 1
        keys = subject[within].astype(np.int64) * width + np.maximum(day[within].astype(np.int64) - first, 0)
        # Several times faster than `numpy.unique`, which uses a hash table.
        keys.sort()
        subjects, days = np.divmod(keys[np.diff(keys, prepend=-1) > 0], width)
        same = np.append(subjects, -1)[1:] == subjects
        until = np.where(same, np.append(days, 0)[1:], width)
        return cls(subjects, days + first, until + first)

    def with_rows(self, subject: NDArray[np.int32]) -> Iterator[tuple[_Moments, Counts, Counts]]:
        """Yield some moments, the rows of their subjects, and the moment of each of these.

        Args:
            subject: Of each row.
        """
        order = np.argsort(subject, kind="stable")
        bounds = np.searchsorted(subject[order], np.arange(self.subject.max(initial=0) + 2))
        sizes = (bounds[self.subject + 1] - bounds[self.subject]).astype(np.int64)
        ends = sizes.cumsum()
        begin = 0
        while begin < sizes.size:
            rows_before = ends[begin] - sizes[begin]
            end = max(int(np.searchsorted(ends, rows_before + _ROWS_AT_ONCE, "right")), begin + 1)
            some = _Moments(self.subject[begin:end], self.day[begin:end], self.until[begin:end])
            mine = sizes[begin:end]
            moment = np.repeat(np.arange(end - begin), mine)
            yield some, order[bounds[some.subject][moment] + _counted(mine)], moment
            begin = end

    def names(self, columns: EventArrays) -> tuple[str, ...]:
        """Return the id of each moment's subject."""
        return tuple(columns.subjects[number] for number in self.subject.tolist())

    def moments(self, state: State, shift: Counts, *, moving: bool) -> ChangePoints:
        """Return the moments with their state, without those that are not in it."""
        kept = state.number
        return ChangePoints(state, self.day[kept], self.until[kept], shift[kept], moving)
