"""Requirements of a Kaplan-Meier curve, by day, that make it give some announced figures."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, Literal

from trialog.audit.reading.constraints import HALVED, NumericClaim
from trialog.events.definition import ConfType

MarkKind = Literal["median", "lower", "upper", "rate", "events", "open lower", "open upper", "free"]
CROSSINGS: Final = ("median", "lower", "upper")
SLACK: Final = 1e-9


@dataclass(frozen=True)
class CurveMark:
    """A day on which a curve has to meet a requirement.

    Attributes:
        day: Days from the origin.
        kind: ``median``, ``lower``, ``upper``: the curve or its limit comes down to one half with a death on this day.
            ``rate``: the curve is between ``low`` and ``high`` after the deaths of this day. ``events``: this many
            have ended by this day. ``open lower``, ``open upper``: a limit has not come down to one half by this day.
            ``free``: nothing; it only divides a segment.
        low, high: Share of the subjects, or number of events.
        conf_type, z: Kind and width of a limit.
    """

    day: int
    kind: MarkKind
    low: float = 0.0
    high: float = 1.0
    conf_type: ConfType = "log"
    z: float = 0.0

    @property
    def crosses(self) -> bool:
        """Whether a subject has to die on exactly this day."""
        return self.kind in CROSSINGS


@dataclass(frozen=True)
class CurveTask:
    """Requirements of one endpoint of a group.

    Attributes:
        n: Subjects.
        marks: In the order of their days.
        first, last: Days of the first and the last of all times; None if nothing states them.
        follow_up: Longest time that a subject can have.
        early: Whether subjects may be censored before the end of their follow-up.
        forced: Days on which subjects are censored because another endpoint has them censored then.
    """

    n: int
    marks: tuple[CurveMark, ...]
    first: int | None
    last: int | None
    follow_up: int
    early: bool
    forced: tuple[int, ...] = ()

    @property
    def segments(self) -> int:
        """Segments between the marks, and one after the last."""
        return len(self.marks) + 1

    @property
    def last_mark(self) -> int:
        """The last day with a requirement."""
        return max((mark.day for mark in self.marks if mark.kind != "free"), default=0)

    def forced_in(self, segment: int) -> int:
        """Return how many subjects must be censored at the beginning of a segment."""
        begin = self.marks[segment - 1].day if segment else self.first or 0
        again = segment > 1 and self.marks[segment - 2].day == begin
        return 0 if again else self.forced.count(begin)


def longest_day(parts: Sequence[NumericClaim]) -> int:
    """Return the longest time that figures name, in whole days."""
    return max((day for part in parts for day in _days(part)), default=1)


def _days(part: NumericClaim) -> Iterator[int]:
    halves = 2 if part.quantity in HALVED else 1
    if part.quantity in (*HALVED, "longest", "shortest"):
        yield from (bound // halves for bound in (part.low, part.high) if bound)
    yield from part.landmarks


def task_of(
    parts: Sequence[NumericClaim],
    n: int,
    follow_up: Mapping[int, int],
    *,
    early: bool,
    parted: int,
    censored: Sequence[int] = (),
) -> CurveTask | None:
    """Return the requirements of one endpoint; None if a curve cannot express one of them.

    Args:
        parts: The figures of the endpoint.
        n: Subjects.
        follow_up: Days from entry to the cutoff, by release.
        early: Whether subjects may be censored before the end of their follow-up.
        parted: Number of days that divide each segment further, so that deaths and censorings may alternate.
        censored: Days on which another endpoint has subjects censored.
    """
    marks: list[CurveMark] = []
    ends: dict[str, int | None] = {"shortest": None, "longest": None}
    for part in parts:
        if part.quantity in ends:
            ends[part.quantity] = whole_day(part)
            continue
        found = list(_marks(part, n, follow_up[part.release]))
        if not found and not (part.quantity == "median" and part.low is None and part.high is None):
            return None
        marks += found
    last = ends["longest"]
    most = max(follow_up.values()) if last is None else last
    if any(mark.day > most or (mark.kind == "events" and mark.low > mark.high) for mark in marks):
        return None
    last_mark = max((mark.day for mark in marks), default=0)
    forced = tuple(sorted(day for day in censored if day < last_mark))
    marks = [
        *marks,
        *_parting(marks, ends["shortest"] or 0, most, parted),
        *(CurveMark(day, "free") for day in set(forced)),
    ]
    marks.sort(key=lambda mark: (mark.day, not mark.crosses, mark.kind))
    return CurveTask(n, tuple(marks), ends["shortest"], last, most, early and not censored, forced)


def _parting(marks: Sequence[CurveMark], first: int, last: int, parted: int) -> Iterator[CurveMark]:
    days = sorted({first, last, *(mark.day for mark in marks)})
    for begin, end in itertools.pairwise(days):
        for place in range(1, parted + 1):
            day = begin + (end - begin) * place // (parted + 1)
            if begin < day < end - 1:
                yield CurveMark(day, "free")


def _marks(part: NumericClaim, n: int, follow_up: int) -> Iterator[CurveMark]:
    """Yield the requirements of a figure; nothing if a curve cannot express it."""
    match part.quantity:
        case "median" | "lower limit" | "upper limit" if part.is_kaplan_meier:
            yield from _crossing(part, follow_up)
        case "rate" if part.is_kaplan_meier and part.window is not None:
            low, high = part.window.lower, part.window.upper
            share = (float(low or 0) / 100, 1.0 if high is None else float(high) / 100)
            yield CurveMark(min(part.landmarks[0], follow_up), "rate", *share)
        case "alive" | "progression-free":
            fewest = n - (n if part.high is None else part.high)
            yield CurveMark(follow_up, "events", fewest, n - (part.low or 0))
        case "dead":
            yield CurveMark(follow_up, "events", part.low or 0, n if part.high is None else part.high)
    if part.deaths is not None:
        yield CurveMark(follow_up, "events", part.deaths, part.deaths)


def _crossing(part: NumericClaim, follow_up: int) -> Iterator[CurveMark]:
    kinds: dict[str, MarkKind] = {"median": "median", "lower limit": "lower", "upper limit": "upper"}
    kind, day = kinds[part.quantity], whole_day(part)
    z = NormalDist().inv_cdf((1 + part.levels[0]) / 2)
    if part.not_reached:
        if kind == "median":
            yield CurveMark(follow_up, "rate", 0.5 + SLACK, 1.0)
        else:
            yield CurveMark(follow_up, "open lower" if kind == "lower" else "open upper", 0, 1, part.conf_types[0], z)
    elif day is not None:
        yield CurveMark(day, kind, 0, 1, part.conf_types[0], z)


def whole_day(part: NumericClaim) -> int | None:
    """Return a whole day that a time may mean, the middle one if there are several; None if there is none."""
    halves = 2 if part.quantity in HALVED else 1
    for low, high in part.ranges:
        least = None if low is None else -(-low // halves)
        most = None if high is None else high // halves
        if least is None and most is None:
            continue
        if least is None or most is None:
            return most if least is None else least
        if least <= most:
            return (least + most) // 2
    return None
