"""Search for numbers of deaths and censorings between the marks of a curve, moving one subject at a time."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trialog.audit.deciding.curve_task import CurveMark, CurveTask
from trialog.audit.deciding.solver import Effort
from trialog.projections.estimators.crossing import band

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Sample = list[tuple[int, bool]]
"""Days from the origin, and whether they ended in the endpoint; in order."""

MOST_STEPS: Final = 3_000
"""Number of moves of one search."""

CLOSE: Final = 1e-6
"""Margin by which a curve or a limit has to lie above or below one half."""


@dataclass
class CurveCounts:
    """How many subjects die, and how many are censored, within each segment; censorings come first in the segment."""

    deaths: list[int]
    censored: list[int]

    def copy(self) -> CurveCounts:
        """Return a copy that can be changed."""
        return CurveCounts(list(self.deaths), list(self.censored))


def search(task: CurveTask, chance: random.Random, effort: Effort) -> Sample | None:
    """Return times of subjects that fulfill a task; None if the moves are used up.

    Args:
        task: The requirements.
        chance: Random source of the start and the moves.
        effort: Time limit and counters.
    """
    if not _has_whole_numbers(task):
        return None
    counts = _begin(task, chance)
    missed = best = _missed(task, counts)
    for step in range(MOST_STEPS):
        if missed <= 0:
            return sample_of(task, counts)
        if step % 100 == 0 and effort.left <= 0:
            return None
        moved = _moved(task, counts, chance)
        if moved is None:
            continue
        score = _missed(task, moved)
        warmth = 0.05 * best * (1 - step / MOST_STEPS) + 1e-9
        if score <= missed or chance.random() < math.exp((missed - score) / warmth):
            counts, missed = moved, score
            best = min(best, missed)
    return None


def _has_whole_numbers(task: CurveTask) -> bool:
    """Tell whether the required shares are possible for subjects of whom none is censored early."""
    if task.early or task.forced:
        return True
    return all(
        math.ceil(mark.low * task.n - CLOSE) <= math.floor(mark.high * task.n + CLOSE)
        for mark in task.marks
        if mark.kind == "rate"
    )


def _begin(task: CurveTask, chance: random.Random) -> CurveCounts:
    """Return numbers near a curve through the marks, some subjects censored early and the others at the end."""
    deaths = [0] * task.segments
    most = int(min((mark.high for mark in task.marks if mark.kind == "events"), default=task.n))
    early = chance.choice((0, chance.randint(0, max(0, task.n - most)), chance.randint(0, task.n // 3)))
    forced = [task.forced_in(segment) for segment in range(task.segments)]
    early = early if task.early else 0
    counted = task.n - early - sum(forced)
    before = 1.0
    for place, height in enumerate(_heights(task)):
        deaths[place] = max(round(counted * (before - height)), int(task.marks[place].crosses))
        before = height
    while sum(deaths) > counted:
        deaths[max(range(task.segments), key=deaths.__getitem__)] -= 1
    censored = forced
    censored[0] += early
    censored[-1] += task.n - sum(deaths) - sum(censored)
    return CurveCounts(deaths, censored)


def _heights(task: CurveTask) -> Iterator[float]:
    """Yield the approximate level of the curve after each mark: as the marks require, and interpolated between them."""
    known = {-1: 1.0}
    wide = 0.5 / math.sqrt(max(task.n, 1))
    for place, mark in enumerate(task.marks):
        match mark.kind:
            case "rate":
                known[place] = (mark.low + mark.high) / 2
            case "median":
                known[place] = 0.5
            case "lower":
                known[place] = 0.5 + mark.z * wide
            case "upper":
                known[place] = max(0.02, 0.5 - mark.z * wide)
            case "events":
                known[place] = 1 - (mark.low + mark.high) / 2 / task.n
    before, day_before = 1.0, 0
    for place, mark in enumerate(task.marks):
        later = next((other for other in range(place, len(task.marks)) if other in known), None)
        if later is None:
            yield before
            continue
        target, far = min(before, known[later]), task.marks[later].day - day_before
        height = (
            before
            if far <= 0 and later != place
            else before - (before - target) * (1.0 if far <= 0 else min(1.0, (mark.day - day_before) / far))
        )
        before, day_before = (target, mark.day) if later == place else (height, mark.day)
        yield before


def _moved(task: CurveTask, counts: CurveCounts, chance: random.Random) -> CurveCounts | None:
    """Return numbers with a few subjects in another segment, or dead instead of censored; None for no move."""
    moved = counts.copy()
    draw = chance.random()
    if draw < 0.25:
        taken, given = (moved.censored, moved.deaths) if chance.random() < 0.5 else (moved.deaths, moved.censored)
    elif draw < 0.65 or not task.early:
        taken = given = moved.deaths
    else:
        taken = given = moved.censored
    where = [
        place for place, number in enumerate(taken) if number and not (_stays(task, taken is moved.censored, place))
    ]
    if not where:
        return None
    one, other = chance.choice(where), chance.randrange(task.segments)
    if given is moved.censored and not task.early:
        other = task.segments - 1
    size = chance.randint(1, max(1, taken[one] // 2)) if chance.random() < 0.2 else 1
    taken[one] -= size
    given[other] += size
    return moved


def _stays(task: CurveTask, of_the_censored: bool, place: int) -> bool:
    """Tell whether the censored of a segment are fixed: they are censored early for another endpoint too."""
    return of_the_censored and not task.early and place < task.segments - 1


def _missed(task: CurveTask, counts: CurveCounts) -> float:
    """Return by how much a curve misses its marks; 0 if it meets all of them."""
    died = np.repeat(
        np.tile(np.array([False, True]), task.segments),
        [number for pair in zip(counts.censored, counts.deaths, strict=True) for number in pair],
    )
    at_risk = np.arange(task.n, 0, -1, dtype=np.float64)
    survival: Floats = np.where(died, (at_risk - 1) / at_risk, 1.0).cumprod()
    more_than_one = np.maximum(at_risk - 1, 1.0)
    error: Floats = np.sqrt(np.where(died & (at_risk > 1), 1 / (at_risk * more_than_one), 0.0).cumsum())
    missed, end, events = 0.0, 0, 0
    for place, mark in enumerate(task.marks):
        end += counts.censored[place] + counts.deaths[place]
        events += counts.deaths[place]
        match mark.kind:
            case "rate":
                height = 1.0 if end == 0 else float(survival[end - 1])
                missed += max(0.0, mark.low - height, height - mark.high)
            case "events":
                missed += max(0.0, mark.low - events, events - mark.high) / task.n
            case "open lower" | "open upper":
                line = _line(mark, survival[:end], error[:end])[died[:end]]
                missed += max(0.0, 0.5 + CLOSE - float(line.min())) if line.size else 0.0
            case "median" | "lower" | "upper":
                missed += _crossing(mark, survival, error, died, end - 1) if counts.deaths[place] else 1.0
    if task.first is not None and not counts.censored[0] and not counts.deaths[0]:
        missed += 0.1
    return missed


def _line(mark: CurveMark, survival: Floats, error: Floats) -> Floats:
    """Return the curve, or one of its limits, after each time; 1 if a limit is not defined."""
    if mark.kind == "median":
        return survival
    side = -1 if mark.kind in ("lower", "open lower") else 1
    safe: Floats = np.clip(survival, 1e-12, 1 - 1e-12)
    edge: Floats = np.where((error == 0) | (survival <= 0), 1.0, band(mark.conf_type, mark.z, safe, error, side))
    return edge


def _crossing(mark: CurveMark, survival: Floats, error: Floats, died: Flags, at: int) -> float:
    """Return by how much a curve or limit fails to come down to one half exactly at one death."""
    if mark.kind != "median" and survival[at] <= 0:
        return 1.0
    line = _line(mark, survival[: at + 1], error[: at + 1])
    before = line[:at][died[:at]]
    high = max(0.0, 0.5 + CLOSE - float(before.min())) if before.size else 0.0
    return high + max(0.0, float(line[at]) - 0.5 + CLOSE)


def sample_of(task: CurveTask, counts: CurveCounts) -> Sample | None:
    """Return times with the given deaths and censorings in each segment; None if a segment has too few days."""
    begin = task.first if task.first is not None else 0
    found: Sample = []
    for place in range(task.segments):
        mark = task.marks[place] if place < len(task.marks) else None
        end = task.follow_up if mark is None else mark.day
        found += [(begin if mark is not None else end, False)] * counts.censored[place]
        special = mark is not None and mark.crosses
        days = _spread(begin, end - special, counts.deaths[place] - special)
        if days is None:
            return None
        found += [(day, True) for day in days]
        if special:
            found.append((end, True))
        begin = end
    found.sort()
    if task.first is not None and found[0][0] != task.first:
        found[0] = (task.first, found[0][1])
    return None if task.last is not None and found[-1][0] != task.last else sorted(found)


def _spread(begin: int, end: int, deaths: int) -> list[int] | None:
    """Return days of some deaths after one day and up to another, spread evenly."""
    if deaths <= 0:
        return []
    room = end - begin
    if room <= 0:
        return None
    if deaths == 1:
        return [begin + (room + 1) // 2]
    return [begin + 1 + (room - 1) * place // (deaths - 1) for place in range(deaths)]
