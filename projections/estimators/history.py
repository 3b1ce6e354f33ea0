"""A median at every data cutoff, in one pass: O(subjects + days x distinct times).

Going from one cutoff to the next, everybody who is still followed gets one day older: one
vector addition. Then those whose time ends that day stop. So nothing is counted twice, and
the history of ten years costs little more than a few single figures.

Source: the at-risk process of survival analysis (Andersen, Borgan, Gill & Keiding 1993),
kept by calendar time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import index
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialog.events.definition import KAPLAN_MEIER, Definition
from trialog.events.errors import QuestionError
from trialog.projections.estimators.bins import Counts, Floats
from trialog.projections.estimators.crossing import Rule, Spot, crossings
from trialog.projections.estimators.inputs import checked_definition, checked_times, whole_days

LONGEST_HISTORY: Final = 73_000
"""Days between the first entry and the last cutoff: 200 years. Above it a day is no day."""

_SLACK: Final = 16


@dataclass(frozen=True, eq=False)
class History:
    """A median at every data cutoff; one value for each day, shape (days,).

    Attributes:
        definition: Under which it is computed.
        day: Cutoffs, ascending without gaps, counted as the entry days are.
        n, deaths: Subjects who have entered, and how many of them have died.
        median: Days; NaN where it is not reached, or nobody has entered.
        lower, upper: Limits; NaN where not reached, and for a to-date median, which has none.
    """

    definition: Definition
    day: Counts
    n: Counts
    deaths: Counts
    median: Floats
    lower: Floats
    upper: Floats

    def __len__(self) -> int:
        """Return the number of cutoffs."""
        return int(self.day.size)


def history(
    entry_days: ArrayLike,
    end_days: ArrayLike,
    died: ArrayLike,
    definition: Definition = KAPLAN_MEIER,
    *,
    first: int | None = None,
    last: int | None = None,
) -> History:
    """Return a group's median at every data cutoff.

    At a cutoff those count who have entered by it. A death after the cutoff, or a last contact after it,
    shows that the subject was alive there.

    Args:
        entry_days: Calendar day on which each time begins, as a whole number from any origin, shape (n,).
        end_days: Day of death, or the day last known alive, not before the entry, shape (n,).
        died: 1 or True where the end is a death, shape (n,).
        definition: Estimator, censoring (whether the living count at the cutoff or at the day last known
            alive), ties and limits.
        first: First cutoff [default: the first entry].
        last: Last cutoff [default: the last day in the arrays].

    Raises:
        QuestionError: The input is not that; the text names the first wrong row.
    """
    return histories(entry_days, end_days, died, (definition,), first=first, last=last)[0]


def histories(
    entry_days: ArrayLike,
    end_days: ArrayLike,
    died: ArrayLike,
    definitions: tuple[Definition, ...],
    *,
    first: int | None = None,
    last: int | None = None,
    counted_from: ArrayLike | None = None,
    follow_up: bool = False,
) -> tuple[History, ...]:
    """Return a group's medians under several definitions at every data cutoff, in one pass.

    Args:
        entry_days: As in `history`, like everything that is not said here.
        end_days: As there.
        died: As there.
        definitions: Each gives one history.
        first: As there.
        last: As there.
        counted_from: Cutoff from which each subject belongs to the group, between entry and end
            [default: the entry], shape (n,).
        follow_up: Return the reverse Kaplan-Meier median of follow-up in place of the median.

    Raises:
        QuestionError: The input is not that; the text names the first wrong row.
    """
    first, last = _cutoff(first, "first"), _cutoff(last, "last")
    moves = _Moves.of(entry_days, end_days, died, counted_from, last)
    begins = moves.begin if first is None else first
    ends = moves.begin + moves.days - 1
    if ends < begins - 1:
        raise QuestionError(f"the last cutoff {ends} is before the first cutoff {begins}")
    if ends - begins > LONGEST_HISTORY:
        raise QuestionError(f"{ends - begins} days lie between the first cutoff and the last; at most 200 years can")
    readers = [_reader(checked_definition(definition), follow_up) for definition in definitions]
    count = ends - begins + 1
    n, deaths = np.zeros(count, np.int64), np.zeros(count, np.int64)
    found = np.full((len(definitions), 3, count), np.nan)
    risk_set = _RiskSet(moves)
    for offset in risk_set.days_passing():
        place = moves.begin + offset - begins
        if place < 0:
            continue
        n[place], deaths[place] = risk_set.n, risk_set.deaths
        for reader, values in zip(readers, found, strict=True):
            values[:, place] = reader.read(risk_set, offset)
    day = np.arange(begins, ends + 1)
    return tuple(
        History(definition, day, n, deaths, *values) for definition, values in zip(definitions, found, strict=True)
    )


def _cutoff(day: int | None, which: str) -> int | None:
    try:
        return None if day is None else index(day)
    except TypeError:
        raise QuestionError(f"{which} cutoff {day!r} is wrong; expected a whole day") from None


@dataclass(frozen=True, eq=False)
class _Ends:
    """Subjects whose time ends alike, counted together, by day.

    Attributes:
        first: Place of each day's first row, and of the row behind the last, shape (days + 1,).
        entry, day, number: Day of entry, day of the end, subjects; shape (rows,).
    """

    first: list[int]
    entry: NDArray[np.int64]
    day: NDArray[np.int64]
    number: Floats

    @classmethod
    def of(cls, day: NDArray[np.int64], entry: NDArray[np.int64], number: NDArray[np.int64], days: int) -> _Ends:
        """Return rows that come sorted by day, those after the last day left out."""
        first = np.searchsorted(day, np.arange(days + 1)).tolist()
        rows = slice(0, first[-1])
        return cls(first, entry[rows], day[rows], number[rows].astype(np.float64))

    def of_day(self, day: int) -> slice:
        """Return the rows of a day."""
        return slice(self.first[day], self.first[day + 1])


@dataclass(frozen=True, eq=False)
class _Moves:
    """Who enters and whose time ends on which day; days are counted from the first entry.

    Attributes:
        begin: The first entry.
        days: Cutoffs from there to the last.
        entering: Subjects who enter and count at once, by day, shape (days,).
        joining: Subjects who begin to count only after their entry.
        dying, leaving: Deaths, and last contacts of the living.
    """

    begin: int
    days: int
    entering: list[int]
    joining: _Ends
    dying: _Ends
    leaving: _Ends

    @classmethod
    def of(
        cls,
        entry_days: ArrayLike,
        end_days: ArrayLike,
        died: ArrayLike,
        counted_from: ArrayLike | None,
        last: int | None,
    ) -> _Moves:
        entry = whole_days(entry_days, "entry day", signed=True).astype(np.int64, copy=False)
        end = whole_days(end_days, "end day", signed=True).astype(np.int64, copy=False)
        if entry.size != end.size:
            raise QuestionError(f"{entry.size} entry days but {end.size} end days; expected one for each")
        _, dead = checked_times(end - entry, died, "time from entry to end")
        begin = int(entry.min()) if entry.size else 0 if last is None else last + 1
        until = begin - 1 if not entry.size else int(end.max()) if last is None else last
        days = max(until - begin + 1, 0)
        if days > LONGEST_HISTORY:
            raise QuestionError(f"{days} days lie between the first entry and the last cutoff; at most 200 years can")
        # What happens after the last cutoff is all one day.
        started, ended = (np.minimum(each - begin, days) for each in (entry, end))
        at_once = np.ones(entry.size, bool)
        joining = _Ends.of(*_tallied(started[:0], started[:0], days), days)
        if counted_from is not None:
            counted = whole_days(counted_from, "day", signed=True).astype(np.int64, copy=False) - begin
            counted = np.minimum(counted, days)
            at_once = counted == started
            joining = _Ends.of(*_tallied(counted[~at_once], started[~at_once], days), days)
        return cls(
            begin=begin,
            days=days,
            entering=np.bincount(started[at_once], minlength=days + 1)[:days].tolist(),
            joining=joining,
            dying=_Ends.of(*_tallied(ended[dead], started[dead], days), days),
            leaving=_Ends.of(*_tallied(ended[~dead], started[~dead], days), days),
        )


def _tallied(
    day: NDArray[np.int64], entry: NDArray[np.int64], days: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return each pair of days that occurs, in order, and how often."""
    width = days + 1
    keys = day * width + entry
    if width * width < 2**31:
        # Half as wide is sorted in less than half the time.
        keys = keys.astype(np.int32)
    found, number = np.unique(keys, return_counts=True)
    first, second = np.divmod(found.astype(np.int64), width)
    return first, second, number


class _RiskSet:
    """Everybody's times at a cutoff, carried on from one cutoff to the next.

    Counts are kept as floats, in which they are whole and exact: the curve divides them.

    Attributes:
        n, deaths: Subjects who count, and how many of them have died.
        reached: Subjects whose time is u days or more, by u; censored at the day last known alive.
        died, lost: Subjects who died, or were last known alive, after exactly u days, by u.
        dying: Times after which somebody died, ascending.
    """

    def __init__(self, moves: _Moves) -> None:
        self._moves = moves
        self.n = self.deaths = 0
        self.reached, self.died, self.lost = (np.zeros(moves.days) for _ in range(3))
        self.dying: NDArray[np.int64] = np.empty(0, np.int64)
        # By entry day, the last one first, so that at each cutoff the ages 0, 1, 2, ... are one slice.
        self._followed, self._unseen = np.zeros(moves.days), np.zeros(moves.days)
        self._unseen_reached = np.zeros(moves.days)
        self._somebody_unseen = False

    def days_passing(self) -> Iterator[int]:
        """Yield each cutoff as days from the first entry, everything here brought up to it."""
        moves = self._moves
        for day, entering in enumerate(moves.entering):
            youngest = moves.days - 1 - day
            self._followed[youngest] += entering
            self.n += entering
            self._join(day)
            self.reached[: day + 1] += self._followed[youngest:]
            if self._somebody_unseen:
                self._unseen_reached[: day + 1] += self._unseen[youngest:]
            self._die(day)
            self._leave(day)
            yield day

    def _join(self, day: int) -> None:
        """Take in subjects who are older than a day when they begin to count."""
        rows = self._moves.joining.of_day(day)
        if rows.start == rows.stop:
            return
        entry, number = self._moves.joining.entry[rows], self._moves.joining.number[rows]
        self._followed[self._moves.days - 1 - entry] += number
        self.n += int(number.sum())
        # Today's age is added with everybody's; the ages that they have passed are added here.
        passed = np.bincount(day - entry, number, minlength=day + 1)
        self.reached[:day] += passed[:0:-1].cumsum()[::-1]

    def _die(self, day: int) -> None:
        rows = self._moves.dying.of_day(day)
        if rows.start == rows.stop:
            return
        entry, number = self._moves.dying.entry[rows], self._moves.dying.number[rows]
        self._followed[self._moves.days - 1 - entry] -= number
        known = self.died[day - entry].all()
        self.died[day - entry] += number
        self.deaths += int(number.sum())
        if not known:
            self.dying = np.flatnonzero(self.died)

    def _leave(self, day: int) -> None:
        rows = self._moves.leaving.of_day(day)
        if rows.start == rows.stop:
            return
        entry, number = self._moves.leaving.entry[rows], self._moves.leaving.number[rows]
        at = self._moves.days - 1 - entry
        self._followed[at] -= number
        self._unseen[at] += number
        self.lost[day - entry] += number
        self._somebody_unseen = True

    def times(self, day: int, at_cutoff: bool) -> Floats:
        """Return how many have reached each time, the living counted at the cutoff or at their last contact."""
        reached = self.reached[: day + 1]
        if not (at_cutoff and self._somebody_unseen):
            return reached
        every: Floats = reached + self._unseen_reached[: day + 1]
        return every

    def censored(self, day: int, at_cutoff: bool) -> Floats:
        """Return how many are censored after each time, at the cutoff or at their last contact."""
        ages = slice(self._moves.days - 1 - day, None)
        every: Floats = self._followed[ages] + (self._unseen[ages] if at_cutoff else self.lost[: day + 1])
        return every


Reading = tuple[float, float, float]
"""Median, lower and upper limit; NaN where not reached."""

NOTHING: Final[Reading] = (np.nan, np.nan, np.nan)


class _Reader(Protocol):
    def read(self, risk_set: _RiskSet, day: int) -> Reading: ...


def _reader(definition: Definition, follow_up: bool) -> _Reader:
    if follow_up:
        return _FollowUp(definition)
    return _ToDate(definition) if definition.estimator == "to-date" else _KaplanMeier(definition)


class _ToDate:
    def __init__(self, definition: Definition) -> None:
        self._at_cutoff = definition.censoring == "cutoff"
        self._likely = 0

    def read(self, risk_set: _RiskSet, day: int) -> Reading:
        n = risk_set.n
        if not n:
            return NOTHING
        times = risk_set.times(day, self._at_cutoff)
        low = self._time(times, n // 2 + 1)
        high = low if n % 2 else self._time(times, n // 2)
        return (low + high) / 2, np.nan, np.nan

    def _time(self, times: Floats, needed: int) -> int:
        """Return the longest time that so many subjects have reached; seldom far from the day before."""
        for guess in (self._likely + 1, self._likely):
            if guess < times.size and times[guess] >= needed and (guess + 1 == times.size or times[guess + 1] < needed):
                self._likely = guess
                return guess
        self._likely = _longest(times, needed)
        return self._likely


def _longest(times: Floats, needed: int) -> int:
    """Return the longest time that so many subjects have reached."""
    return bisect_right(range(times.size), -needed, key=lambda time: -times[time]) - 1


class _KaplanMeier:
    def __init__(self, definition: Definition) -> None:
        self._rule = Rule.of(definition)
        self._at_cutoff = definition.censoring == "cutoff"
        self._likely = _SLACK

    def read(self, risk_set: _RiskSet, day: int) -> Reading:
        dying = risk_set.dying
        if not dying.size:
            return NOTHING
        times = risk_set.times(day, self._at_cutoff)
        # R's quantile looks at the whole band, the other rules at its beginning.
        length = dying.size if self._rule.ties == "midpoint to end" else min(self._likely, dying.size)
        while True:
            # Where somebody died on each of the first days, a slice saves gathering them.
            some: slice | NDArray[np.int64] = dying[:length]
            if dying[length - 1] == length - 1:
                some = slice(0, length)
            spots = crossings(times[some], risk_set.died[some], self._rule)
            if length == dying.size or all(spot.below is not None for spot in spots):
                break
            length = min(2 * length, dying.size)
        self._likely = (length if spots[2].below is None else spots[2].below) + _SLACK
        return _reading(spots, dying, times, self._rule)


def _reading(spots: tuple[Spot, Spot, Spot], days: NDArray[np.int64], times: Floats, rule: Rule) -> Reading:
    flat = rule.ties == "midpoint to end" and any(spot.below is None for spot in spots)
    last = _longest(times, 1) if flat else 0
    value, lower, upper = (spot.day(days, last, rule.ties) for spot in spots)
    return _or_nan(value), _or_nan(lower), _or_nan(upper)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


class _FollowUp:
    def __init__(self, definition: Definition) -> None:
        self._rule = Rule.of(definition)
        self._at_cutoff = definition.censoring == "cutoff"

    def read(self, risk_set: _RiskSet, day: int) -> Reading:
        if not risk_set.n:
            return NOTHING
        times, censored = risk_set.times(day, self._at_cutoff), risk_set.censored(day, self._at_cutoff)
        ending = np.flatnonzero(censored)
        spots = crossings(times[ending], censored[ending], self._rule)
        return _reading(spots, ending, times, self._rule)


__all__ = ["History", "histories", "history"]
