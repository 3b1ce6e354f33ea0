"""Histories that need no search: every subject of a group enters on one day, long before the only cutoff.

Then no subject is censored before the times that matter, a Kaplan-Meier curve is the plain share of survivors,
and each figure fixes some of the sorted times. The other times are filled in between, for any number of subjects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trialog.audit.deciding import km_patterns as kaplan
from trialog.audit.deciding.history import ExampleHistory, ExampleSubject, satisfies
from trialog.audit.reading.claims import Endpoint
from trialog.audit.reading.constraints import ConstraintProblem, NumericClaim

ENDPOINTS: Final[tuple[Endpoint, ...]] = ("os", "pfs")

Times = list[int | None]
"""Days to the endpoint, ascending; None for those who do not reach it."""


@dataclass
class Rank:
    """Least and greatest value of one of the sorted times; ``high`` is None if the endpoint need not have occurred."""

    low: int = 0
    high: int | None = None

    def narrow(self, low: int | None, high: int | None) -> bool:
        """Add further bounds; return False if no value is left between them."""
        if low is not None:
            self.low = max(self.low, low)
        if high is not None:
            self.high = high if self.high is None else min(self.high, high)
        return self.high is None or self.low <= self.high


def try_simple(question: ConstraintProblem) -> ExampleHistory | None:
    """Return a history of subjects who all entered on one day; None if that does not give the figures."""
    people: dict[int, tuple[ExampleSubject, ...]] = {}
    cutoffs = {release: days[1] for release, days in question.cutoffs.items()}
    if question.gaps or question.left_out or question.added:
        return None
    for group in question.numbers:
        parts = question.of_group(group)
        releases = {part.release for part in parts}
        if len(releases) != 1 or any(group in part.groups and len(part.groups) > 1 for part in question.parts):
            return None
        made = _group(question, group, parts, cutoffs[releases.pop()])
        if made is None:
            return None
        people[group] = made
    history = ExampleHistory(people, cutoffs, {group: some[0].entry for group, some in people.items()})
    return history if satisfies(history, question) else None


def _group(
    question: ConstraintProblem, group: int, parts: tuple[NumericClaim, ...], cutoff: int
) -> tuple[ExampleSubject, ...] | None:
    n = question.size(group)
    for entry in _entries(question, group, parts, cutoff):
        ends: dict[Endpoint, Times] = {}
        for endpoint in ENDPOINTS:
            mine = [part for part in parts if part.endpoint == endpoint]
            found = _sorted_times(mine, n, cutoff - entry)
            if found is None:
                break
            ends[endpoint] = found
        else:
            return tuple(
                ExampleSubject(
                    entry,
                    None if death is None else entry + death,
                    progressed=None if free is None or (death is not None and free >= death) else entry + free,
                )
                for death, free in zip(ends["os"], ends["pfs"], strict=True)
            )
    return None


def _entries(question: ConstraintProblem, group: int, parts: tuple[NumericClaim, ...], cutoff: int) -> Iterator[int]:
    """Yield days on which all subjects may have entered: the earliest that facts allow, or long before the cutoff."""
    opened = [start.days[0] for start in question.starts if start.group == group and start.kind != "closed"]
    if opened:
        yield max(opened)
        return
    longest = max((bound for part in parts for bound in (part.low, part.high, *part.landmarks) if bound), default=1)
    yield cutoff - longest - 1
    # If the living count at the cutoff, the figures may require exactly that time.
    for part in parts:
        if part.quantity == "median" and part.low is not None:
            yield cutoff - part.low // 2


def _sorted_times(parts: list[NumericClaim], n: int, follow_up: int) -> Times | None:
    """Return the sorted days to the endpoint, None for subjects who do not reach it; None in all if impossible."""
    ranks = [Rank() for _ in range(n)]
    for part in parts:
        if not _fix(ranks, part, n, follow_up):
            return None
    times: Times = []
    least = 0
    for rank in ranks:
        least = max(least, rank.low)
        if rank.high is not None and least > rank.high:
            return None
        times.append(least)
    # Subjects for whom no figure requires a death stay alive.
    dying = max((place + 1 for place, rank in enumerate(ranks) if rank.high is not None), default=0)
    return [
        time if place < dying and time is not None and time <= follow_up else None for place, time in enumerate(times)
    ]


def _fix(ranks: list[Rank], part: NumericClaim, n: int, follow_up: int) -> bool:
    """Narrow the sorted times to a figure's values; return False if that is impossible."""
    match part.quantity:
        case "median" | "lower limit" | "upper limit" if part.not_reached:
            return True
        case "median":
            return _middle(ranks, ((n - 1) // 2, n // 2), part)
        case "lower limit" | "upper limit":
            found = kaplan.ranks_without_censoring(n, part.levels[0], part.conf_types[0])[
                part.quantity == "upper limit"
            ]
            return found is not None and _middle(ranks, found, part)
        case "shortest":
            return ranks[0].narrow(part.low, part.high)
        case "longest":
            return ranks[-1].narrow(part.low, part.high)
        case "dead":
            return all(rank.narrow(None, follow_up) for rank in ranks[: part.low or 0])
        case "alive" | "progression-free":
            return all(rank.narrow(None, follow_up) for rank in ranks[: n - (n if part.high is None else part.high)])
        case "rate" if part.landmarks:
            dead = n - (n if part.high is None else part.high)
            return all(rank.narrow(None, part.landmarks[0]) for rank in ranks[:dead]) and all(
                rank.narrow(part.landmarks[0] + 1, None) for rank in ranks[dead:]
            )
    return False


def _middle(ranks: list[Rank], places: tuple[int, int], part: NumericClaim) -> bool:
    low = None if part.low is None else -(-part.low // 2)
    high = None if part.high is None else part.high // 2
    if low is not None and high is not None and low > high:
        # Only a half day fits: the two middle times differ by one day.
        return places[0] != places[1] and ranks[places[0]].narrow(high, high) and ranks[places[1]].narrow(low, low)
    return all(ranks[place].narrow(low, high) for place in places)
