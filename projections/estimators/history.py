"""A figure of times at every day, in one pass: O(subjects + days x distinct times).

The time of a subject is a sequence of spells: during a spell it either grows with the days or is
fixed at a length. From one day to the next, only the spells that begin or end are processed; all
running times become one day longer because ages are read from an array shifted by one place. So no
work is repeated, and the history of ten years costs little more than a few single figures.

Source: the at-risk process of survival analysis (Andersen, Borgan, Gill & Keiding 1993),
indexed by calendar time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import index
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialog.events.definition import KAPLAN_MEIER, Definition
from trialog.events.errors import QuestionError
from trialog.projections.estimators.bins import Bins, Counts, Floats
from trialog.projections.estimators.crossing import QuantileRule, Spot, crossings
from trialog.projections.estimators.curve import curve_of
from trialog.projections.estimators.inputs import Flags, checked_definition, checked_times, whole_days

LONGEST_HISTORY: Final = 73_000
"""Most days between the first entry and the last cutoff: 200 years. A greater number is not a plausible day."""

_SLACK: Final = 16


@dataclass(frozen=True, eq=False)
class MedianHistory:
    """A median at every data cutoff; one value for each day, shape (days,).

    Attributes:
        definition: Under which it is computed.
        day: Cutoffs, ascending without gaps, counted as the entry days are.
        n, deaths: Subjects who have entered, and how many of them have died.
        median: Days; NaN if it is not reached, or no subject has entered.
        lower, upper: Limits; NaN if not reached, and for a to-date median, which has none.
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
) -> MedianHistory:
    """Return a group's median at every data cutoff.

    At a cutoff the subjects who have entered by then count. A death or a last contact after the cutoff
    shows that the subject was alive at the cutoff.

    Args:
        entry_days: Calendar day on which each time begins, as a whole number from any origin, shape (n,).
        end_days: Day of death, or the day last known alive, not before the entry, shape (n,).
        died: 1 or True if the end is a death, shape (n,).
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
) -> tuple[MedianHistory, ...]:
    """Return a group's medians under several definitions at every data cutoff, in one pass.

    Args:
        entry_days: As in `history`.
        end_days: As in `history`.
        died: As in `history`.
        definitions: Each gives one history.
        first: As in `history`.
        last: As in `history`.
        counted_from: Cutoff from which each subject belongs to the group, between entry and end
            [default: the entry], shape (n,).
        follow_up: Return the reverse Kaplan-Meier median of follow-up instead of the median.

    Raises:
        QuestionError: The input is not that; the text names the first wrong row.
    """
    first, last = _cutoff(first, "first"), _cutoff(last, "last")
    entry, end = (
        whole_days(days, what, signed=True).astype(np.int64, copy=False)
        for days, what in ((entry_days, "entry day"), (end_days, "end day"))
    )
    if entry.size != end.size:
        raise QuestionError(f"{entry.size} entry days but {end.size} end days; expected one for each")
    _, dead = checked_times(end - entry, died, "time from entry to end")
    counted = entry if counted_from is None else whole_days(counted_from, "day", signed=True).astype(np.int64)
    begin = int(entry.min()) if entry.size else 0 if last is None else last + 1
    until = last if last is not None else int(end.max()) if entry.size else begin - 1
    if until - begin >= LONGEST_HISTORY:
        raise QuestionError(
            f"{until - begin + 1} days lie between the first entry and the last cutoff; at most 200 years can"
        )
    since = begin if first is None else first
    until = max(until, begin - 1)
    if until < since - 1:
        raise QuestionError(f"the last cutoff {until} is before the first cutoff {since}")
    if until - since > LONGEST_HISTORY:
        raise QuestionError(f"{until - since} days lie between the first cutoff and the last; at most 200 years can")
    readers = [
        FollowUpReader(definition) if follow_up else median_reader(definition)
        for definition in map(checked_definition, definitions)
    ]
    found: dict[Definition, MedianHistory] = {}
    for at_cutoff in (False, True):
        # Definitions under which times end on the same days share a pass.
        alike = [place for place, each in enumerate(definitions) if (each.censoring == "cutoff") == at_cutoff]
        if alike:
            group = _group(entry, end, dead, counted, at_cutoff=at_cutoff)
            n, deaths, figures = each_day(group, [readers[place] for place in alike], since, until)
            for place, values in zip(alike, figures, strict=True):
                day = np.arange(since, until + 1)
                found[definitions[place]] = MedianHistory(definitions[place], day, n, deaths, *values)
    return tuple(found[definition] for definition in definitions)


def _cutoff(day: int | None, which: str) -> int | None:
    try:
        return None if day is None else index(day)
    except TypeError:
        raise QuestionError(f"{which} cutoff {day!r} is wrong; expected a whole day") from None


def _group(entry: Counts, end: Counts, dead: Flags, counted: Counts, *, at_cutoff: bool) -> GroupSpells:
    """Return the spells of subjects who each have one day of death or of last contact."""

    def standing(who: Flags) -> Spells:
        since = end[who]
        return Spells(since, np.full_like(since, FOR_EVER), since - entry[who], entry[who])

    # Subjects censored at the cutoff accrue time after their last contact.
    until = np.where(dead, end, FOR_EVER) if at_cutoff else end
    return GroupSpells(
        running=Spells(counted, until, entry, entry),
        ended=standing(dead),
        censored=standing(np.zeros_like(dead) if at_cutoff else ~dead),
    )


FOR_EVER: Final = 2**62
"""A day that never comes."""


@dataclass(frozen=True, eq=False)
class Spells:
    """Parts of subjects' times, each from one day to another; shape (spells,).

    Attributes:
        since, until: The first day of a part, and the first day after it.
        place: The day from which a running time is counted, not after ``since``; or the length of a fixed
        time.
        start: The time origin.
    """

    since: Counts
    until: Counts
    place: Counts
    start: Counts


@dataclass(frozen=True, eq=False)
class GroupSpells:
    """The times of subjects.

    Attributes:
        running: Spells during which times grow with the days.
        ended: Spells during which times are fixed because a death, or another endpoint, has occurred.
        censored: Spells during which times are fixed for another reason.
    """

    running: Spells
    ended: Spells
    censored: Spells

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Return the subjects of several groups."""
        every = list(parts)

        def joined(name: str) -> Spells:
            spells = [getattr(part, name) for part in every]
            since, until, place, start = (
                np.concatenate([np.empty(0, np.int64), *(getattr(each, column) for each in spells)])
                for column in ("since", "until", "place", "start")
            )
            return Spells(since, until, place, start)

        return cls(joined("running"), joined("ended"), joined("censored"))


Reading = tuple[float, float, float]
"""A figure, its lower and its upper limit; NaN if not reached."""

NOTHING: Final[Reading] = (np.nan, np.nan, np.nan)


class Reader(Protocol):
    """Compute a figure from the times of a day; days are given one after the other."""

    def read(self, risk_set: RiskSet) -> Reading:
        """Return the figure."""
        ...


def each_day(group: GroupSpells, readers: Sequence[Reader], first: int, last: int) -> tuple[Counts, Counts, Floats]:
    """Return the figures of a group at every day.

    Args:
        group: The times of its subjects.
        readers: One for each figure.
        first: First day.
        last: Last day.

    Returns:
        Subjects, and how many of their times have ended, shape (days,); the figures and their limits,
        shape (readers, 3, days).
    """
    risk_set = RiskSet(group, first, last)
    found = np.full((len(readers), 3, risk_set.n_each_day.size), np.nan)
    for place in risk_set.days_passing():
        if place and risk_set.as_before:
            found[:, :, place] = found[:, :, place - 1]
            continue
        for reader, values in zip(readers, found, strict=True):
            values[:, place] = reader.read(risk_set)
    return risk_set.n_each_day, risk_set.ended_each_day, found


@dataclass(frozen=True, eq=False)
class _ByDay:
    """Places, grouped by the day on which they change.

    Attributes:
        first: Number of each day's first row, and of the row after the last, shape (days + 1,).
        place: Shape (rows,).
    """

    first: list[int]
    place: Counts

    @classmethod
    def of(cls, day: Counts, place: Counts, days: int) -> Self:
        """Return places by day, counted from day 0; changes after the last day are left out."""
        if day.size and day.min() >= days:
            day = place = day[:0]
        day = np.clip(day, 0, days)
        # NumPy sorts 16-bit numbers in linear time.
        order = np.argsort(day.astype(np.int16 if days < 2**15 else np.int32), kind="stable")
        bounds = np.append(0, np.bincount(day, minlength=days + 1).cumsum()[:days])
        return cls(bounds.tolist(), place[order[: bounds[-1]]])

    def at(self, day: int) -> Counts:
        """Return the places of a day."""
        return self.place[self.first[day] : self.first[day + 1]]


class _Turns:
    """Numbers that begin and cease to count at some places, from day to day.

    Attributes:
        count: How many count at each place on the current day.
        each_day: How many count on each day.
        turning: Whether anything begins or ceases to count, by day.
    """

    def __init__(self, spells: Spells, place: Counts, room: int, first: int, days: int) -> None:
        begins, ceases = (_ByDay.of(each - first, place, days) for each in (spells.since, spells.until))
        self._begins, self._ceases = begins, ceases
        self.count = np.zeros(room, np.int64)
        self.each_day = np.array(begins.first[1:]) - np.array(ceases.first[1:])
        self.turning = (np.diff(begins.first) > 0) | (np.diff(ceases.first) > 0)

    def turn(self, day: int) -> None:
        """Move on to the next day."""
        np.add.at(self.count, self._begins.at(day), 1)
        np.subtract.at(self.count, self._ceases.at(day), 1)


class RiskSet:
    """Times of all subjects on a day, updated from one day to the next.

    Attributes:
        n_each_day, ended_each_day: Subjects who count, and how many of their times have ended, shape (days,).
        n: Subjects who count on the day.
        as_before: Whether everything equals the day before.
        ending: Lengths at which at least one time ended, ascending.
        ended: How many times have ended after each time, from 0 to the longest.
        censored: How many are censored after each time, running times included.
        reached: How many have reached each time.
    """

    def __init__(self, group: GroupSpells, first: int, last: int) -> None:
        running, ended, censored = group.running, group.ended, group.censored
        self._days = np.arange(first, last + 1)
        # In descending order of entry days, so that the ages 0, 1, 2, ... of each day are one slice.
        self._entries = np.arange(last, running.place.min(initial=last + 1) - 1, -1)
        self._rooms = self._rooms_for(ended, censored)
        days, room = self._days.size, self._rooms.max(initial=0)
        self._runs = _Turns(running, last - running.place, self._entries.size, first, days)
        self._ends = _Turns(ended, ended.place, room, first, days)
        self._leaves = _Turns(censored, censored.place, room, first, days)
        self.ended_each_day = self._ends.each_day
        self.n_each_day = self._runs.each_day + self._ends.each_day + self._leaves.each_day
        self.n = 0
        self.as_before = False
        self.ending: NDArray[np.intp] = np.empty(0, np.intp)
        self.ended, self.censored, self.reached = (np.zeros(0, np.int64) for _ in range(3))

    def _rooms_for(self, *standing: Spells) -> Counts:
        """Return one more than the longest time up to each day."""
        rooms = np.zeros(self._days.size + 1, np.int64)
        for spells in standing:
            day = np.clip(spells.since - self._days[0], 0, self._days.size) if self._days.size else spells.since[:0]
            np.maximum.at(rooms, day, spells.place[: day.size] + 1)
        rooms = rooms[:-1]
        if self._entries.size:
            rooms = np.maximum(rooms, self._days - self._entries[-1] + 1)
        return np.maximum.accumulate(rooms)

    def days_passing(self) -> Iterator[int]:
        """Yield the number of each day after updating all attributes to it."""
        runs, ends, leaves = self._runs, self._ends, self._leaves
        ending, leaving = ends.turning.tolist(), leaves.turning.tolist()
        running, somebody_runs = runs.turning.tolist(), (runs.each_day > 0).tolist()
        rooms = self._rooms.tolist()
        for place, n in enumerate(self.n_each_day.tolist()):
            self.n = n
            if running[place]:
                runs.turn(place)
            if ending[place]:
                ends.turn(place)
                self.ending = np.flatnonzero(ends.count > 0)
            if leaving[place]:
                leaves.turn(place)
            self.as_before = not (running[place] or ending[place] or leaving[place] or somebody_runs[place])
            if not self.as_before:
                self._count(place, rooms[place], somebody_runs[place])
            yield place

    def _count(self, place: int, room: int, somebody_runs: bool) -> None:
        self.ended, self.censored = self._ends.count[:room], self._leaves.count[:room]
        if somebody_runs:
            ages = slice(self._days.size - 1 - place, None)
            running = self._runs.count[ages]
            self.censored = self.censored.copy()
            self.censored[: running.size] += running
        every = self.ended + self.censored
        self.reached = self.n + every - every.cumsum()


def median_reader(definition: Definition) -> Reader:
    """Return a reader of the median by the estimator of a definition."""
    return _ToDate() if definition.estimator == "to-date" else _KaplanMeier(definition)


class _ToDate:
    """Compute the plain median of times so far; it has no limits."""

    def __init__(self) -> None:
        self._likely = 0

    def read(self, risk_set: RiskSet) -> Reading:
        n = risk_set.n
        if not n:
            return NOTHING
        low = self._time(risk_set.reached, n // 2 + 1)
        high = low if n % 2 else self._time(risk_set.reached, n // 2)
        return (low + high) / 2, np.nan, np.nan

    def _time(self, reached: Counts, needed: int) -> int:
        """Return the longest time that a number of subjects have reached; search near that of the day before."""
        for guess in (self._likely + 1, self._likely):
            if (
                guess < reached.size
                and reached[guess] >= needed
                and (guess + 1 == reached.size or reached[guess + 1] < needed)
            ):
                self._likely = guess
                return guess
        self._likely = _longest(reached, needed)
        return self._likely


def _longest(reached: Counts, needed: int) -> int:
    """Return the longest time that a number of subjects have reached."""
    return bisect_right(range(reached.size), -needed, key=lambda time: -reached[time]) - 1


class _KaplanMeier:
    """Compute the median of the curve, with its limits."""

    def __init__(self, definition: Definition) -> None:
        self._rule = QuantileRule.of(definition)
        self._likely = _SLACK

    def read(self, risk_set: RiskSet) -> Reading:
        ending = risk_set.ending
        if not ending.size:
            return NOTHING
        reached, ended = risk_set.reached, risk_set.ended
        # R's quantile needs the whole band, the other rules only its beginning.
        length = ending.size if self._rule.ties == "midpoint to end" else min(self._likely, ending.size)
        while True:
            # If each of the first days has a death, a slice is enough and nothing must be gathered.
            some: slice | NDArray[np.intp] = ending[:length]
            if ending[length - 1] == length - 1:
                some = slice(0, length)
            spots = crossings(reached[some].astype(np.float64), ended[some].astype(np.float64), self._rule)
            if length == ending.size or all(spot.below is not None for spot in spots):
                break
            length = min(2 * length, ending.size)
        self._likely = (length if spots[2].below is None else spots[2].below) + _SLACK
        return _reading(spots, ending, reached, self._rule)


class FollowUpReader:
    """Compute the reverse Kaplan-Meier median, with its limits: deaths stay at risk for the censorings of their day."""

    def __init__(self, definition: Definition) -> None:
        self._rule = QuantileRule.of(definition)

    def read(self, risk_set: RiskSet) -> Reading:
        """Return the figure."""
        if not risk_set.n:
            return NOTHING
        censored = risk_set.censored
        leaving = np.flatnonzero(censored)
        at_risk = risk_set.reached[leaving].astype(np.float64)
        spots = crossings(at_risk, censored[leaving].astype(np.float64), self._rule)
        return _reading(spots, leaving, risk_set.reached, self._rule)


def _reading(spots: tuple[Spot, Spot, Spot], days: NDArray[np.intp], reached: Counts, rule: QuantileRule) -> Reading:
    flat = rule.ties == "midpoint to end" and any(spot.below is None for spot in spots)
    last = _longest(reached, 1) if flat else 0
    value, lower, upper = (_or_nan(spot.day(days, last, rule.ties)) for spot in spots)
    return value, lower, upper


class LandmarkReader:
    """Compute survival at a time, with its limits."""

    def __init__(self, at: float, definition: Definition) -> None:
        self._at, self._definition = at, definition

    def read(self, risk_set: RiskSet) -> Reading:
        """Return the figure."""
        if not risk_set.n:
            return NOTHING
        ended, censored = risk_set.ended, risk_set.censored
        used = np.flatnonzero(ended + censored)
        bins = Bins(used, ended[used], censored[used])
        mark = curve_of(bins).at(self._at, self._definition)
        return _or_nan(mark.survival), _or_nan(mark.lower), _or_nan(mark.upper)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


__all__ = ["MedianHistory", "histories", "history"]
