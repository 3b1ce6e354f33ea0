"""A measure on each day of a history: each subject's contribution at each moment, carried forward from day to day.

A subject changes on few days. At each of these moments the rules of a measure give the subject's contribution, just
as they do for a single state; so no rule is written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from trialog.events.definition import Definition
from trialog.projections.estimators.history import GroupSpells, Reader, Spells, each_day
from trialog.projections.measures.question import Answers, Counts, Flags, Floats, MeasureQuestion
from trialog.projections.state.as_of import State
from trialog.projections.state.change_points import ChangePoints
from trialog.projections.times import Times, as_calendar, lengths


def groups_of(
    moments: Iterable[ChangePoints], question: MeasureQuestion, taken: Callable[[State], Times]
) -> Iterator[GroupSpells]:
    """Yield the times in effect from moment to moment."""
    for some in moments:
        of = taken(some.state)
        since, until, shift = (each[of.subject] for each in (some.since, some.until, some.shift))
        start, end = of.origin + shift, of.end + shift
        length = lengths(start, end, question.definition)
        counted = end - length  # the day before the origin, if both days count
        running = of.running & some.moving
        censored = ~(running | of.ended)
        yield GroupSpells(
            running=Spells(since[running], until[running], counted[running], start[running]),
            ended=Spells(since[of.ended], until[of.ended], length[of.ended], start[of.ended]),
            censored=Spells(since[censored], until[censored], length[censored], start[censored]),
        )


def read(
    groups: Iterable[GroupSpells],
    reader: Reader,
    first: int,
    last: int,
    definition: Definition,
    *,
    reverse: bool = False,
) -> Answers:
    """Return a reader's result on each day; times in calendar months are in thousandths of a month."""
    group = GroupSpells.joined(groups)
    n, ended, (found,) = each_day(group, (reader,), first, last)
    if definition.month == "calendar":
        found = _calendar_each_day(group, found, first, definition, reverse=reverse)
    value, lower, upper = found
    return Answers(value, lower, upper, n, ended)


def _calendar_each_day(
    group: GroupSpells, found: Floats, first: int, definition: Definition, *, reverse: bool
) -> Floats:
    """Return times in days as thousandths of calendar months, shape (figures, days)."""
    parts = (group.running, group.ended, group.censored)
    since, until, place, start = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("since", "until", "place", "start")
    )
    runs, ended, _ = (np.repeat(which, [part.since.size for part in parts]) for which in np.eye(3, dtype=bool))
    ends = np.ones_like(ended) if definition.estimator == "to-date" else ended != reverse
    months = found.copy()
    for column in np.flatnonzero(~np.isnan(found).all(axis=0)).tolist():
        day = first + column
        here = (since <= day) & (day < until)
        length = np.where(runs[here], day - place[here], place[here])
        for row in np.flatnonzero(~np.isnan(found[:, column])).tolist():
            months[row, column] = as_calendar(float(found[row, column]), start[here], length, ends[here])
    return months


class Tally:
    """How many subjects are in each of some groups on each day, added up from their moments."""

    def __init__(self, groups: int, first: int, last: int) -> None:
        self._first, self._days = first, last - first + 1
        self._changes = np.zeros((groups, self._days + 1), np.int64)

    def add(self, some: ChangePoints, flags: Iterable[Flags]) -> None:
        """Count the flagged subjects of some moments, one flag for each group."""
        for place, chosen in enumerate(flags):
            for turn, sign in ((some.since, 1), (some.until, -1)):
                change = np.bincount(turn[chosen] - self._first, minlength=self._days + 1)
                self._changes[place] += sign * change

    def each_day(self) -> Counts:
        """Return the counts, shape (groups, days)."""
        counts: Counts = self._changes.cumsum(axis=1)[:, : self._days]
        return counts


def sums(
    moments: Iterable[ChangePoints], adds: Callable[[State], Iterable[Flags]], number: int, first: int, last: int
) -> Counts:
    """Return how many subjects contribute to each sum on each day, shape (sums, days)."""
    tally = Tally(number, first, last)
    for some in moments:
        tally.add(some, adds(some.state))
    return tally.each_day()


def tallied(moments: Iterable[ChangePoints], tally: Tally, adds: Callable[[State], Flags]) -> Iterator[ChangePoints]:
    """Pass moments on, and count the subjects that a function flags."""
    for some in moments:
        tally.add(some, (adds(some.state),))
        yield some
