"""Histories of any number of subjects: all enter on one day, and one curve meets every announced figure.

The announced days (lower limit, median, upper limit, each landmark) cut the time axis into segments. For the curve it
only matters how many subjects die and how many are censored within each segment. The search is over these numbers: it
starts from the announced curve and improves it by moving one subject at a time. Later releases see more of the same
curve. In a single release, subjects who are followed to the cutoff but censored early have entered late.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from trialog.audit.deciding.curve_counts import Sample, search
from trialog.audit.deciding.curve_task import CurveTask, longest_day, task_of, whole_day
from trialog.audit.deciding.history import ExampleHistory, ExampleSubject, satisfies
from trialog.audit.deciding.solver import Effort
from trialog.audit.reading.claims import Endpoint
from trialog.audit.reading.constraints import ConstraintProblem, NumericClaim

RESTARTS: Final = 16
"""Number of starts of the search for each day of entry."""

MARGIN: Final = 30
"""Days before the longest announced time by which subjects have entered."""

ENDPOINTS: Final[tuple[Endpoint, ...]] = ("os", "pfs")
FEW: Final = 60
"""Most subjects for which segments are divided further: with fewer subjects the order within a segment matters more."""


def try_curves(question: ConstraintProblem, effort: Effort, share: float = 1.0) -> ExampleHistory | None:
    """Return a history whose curves give every figure; None if none was found.

    Args:
        question: Question about groups that nothing ties together.
        effort: Time limit and counters.
        share: Share of the remaining time.
    """
    if question.gaps or question.left_out or question.added or any(len(part.groups) > 1 for part in question.parts):
        return None
    cutoffs = {release: days[1] for release, days in question.cutoffs.items()}
    people: dict[int, tuple[ExampleSubject, ...]] = {}
    with effort.within(share):
        for group in question.numbers:
            made = _group(question, group, cutoffs, effort)
            if made is None:
                return None
            people[group] = made
    starts = {group: min(person.entry for person in some) for group, some in people.items()}
    history = ExampleHistory(people, cutoffs, starts)
    return history if satisfies(history, question) else None


def _group(
    question: ConstraintProblem, group: int, cutoffs: Mapping[int, int], effort: Effort
) -> tuple[ExampleSubject, ...] | None:
    """Return subjects of one group that give its figures, trying several days of entry and several random starts."""
    n, parts = question.size(group), question.of_group(group)
    releases = sorted({part.release for part in parts})
    alone = ConstraintProblem(
        {group: n},
        {release: (cutoffs[release], cutoffs[release]) for release in releases},
        parts,
        tuple(start for start in question.starts if start.group == group),
    )
    entries = list(dict.fromkeys(_entries(question, group, parts, {release: cutoffs[release] for release in releases})))
    for draw in range(RESTARTS):
        for entry in entries:
            if effort.left <= 0:
                effort.hurried = True
                return None
            seed = (effort.seed * RESTARTS + draw) * len(entries) + entries.index(entry)
            chance = random.Random(seed)  # noqa: S311  # no secret
            for people in _draw(alone, group, entry, draw, chance, effort):
                starts = {group: min(person.entry for person in people)}
                if satisfies(ExampleHistory({group: people}, dict(cutoffs), starts), alone):
                    return people
    return None


def _entries(
    question: ConstraintProblem, group: int, parts: Sequence[NumericClaim], cutoffs: Mapping[int, int]
) -> Iterator[int]:
    """Yield days on which all subjects may have entered: as facts say, or some time before the longest announced time.

    While a median is not reached, subjects are followed for less than the median of a later release.
    """
    opened = [start.days[0] for start in question.starts if start.group == group and start.kind != "closed"]
    longest = {release: longest_day([part for part in parts if part.release == release]) for release in cutoffs}
    latest = min(cutoff - longest[release] for release, cutoff in cutoffs.items())
    if opened:
        yield min(max(opened), *cutoffs.values())
        return
    medians = [whole_day(part) for part in parts if part.quantity == "median" and not part.not_reached]
    open_ = [part.release for part in parts if part.quantity == "median" and part.not_reached]
    for release in open_:
        for day in (day for day in medians if day is not None):
            for early in (1, day // 3, day // 2):
                if cutoffs[release] - (day - early) <= latest:
                    yield cutoffs[release] - (day - early)
    yield latest - MARGIN
    yield latest


def _draw(
    question: ConstraintProblem, group: int, entry: int, draw: int, chance: random.Random, effort: Effort
) -> Iterator[tuple[ExampleSubject, ...]]:
    """Yield subjects from one random start of the search."""
    n = question.size(group)
    follow_up = {release: days[1] - entry for release, days in question.cutoffs.items()}
    early = question.lost or len(follow_up) == 1
    parted = (2 - draw % 3) if n <= FEW else draw % 2
    samples: dict[Endpoint, Sample] = {}
    tasks: dict[Endpoint, CurveTask] = {}
    for endpoint in ENDPOINTS:
        mine = [part for part in question.parts if part.endpoint == endpoint]
        if not mine:
            continue
        censored = [time for time, ended in samples.get("os", ()) if not ended]
        task = task_of(mine, n, follow_up, early=early, parted=parted, censored=censored)
        found = None if task is None else search(task, chance, effort)
        if task is None or found is None:
            return
        tasks[endpoint], samples[endpoint] = task, found
    cutoff = max(days[1] for days in question.cutoffs.values())
    if "pfs" not in samples:
        yield tuple(_subject(one, None, entry, cutoff, lost=question.lost) for one in samples["os"])
    elif "os" not in samples:
        yield tuple(_progressing(one, entry, cutoff, lost=question.lost) for one in samples["pfs"])
    else:
        paired = _paired(samples["os"], samples["pfs"], tasks["pfs"])
        if paired is not None:
            yield tuple(_subject(one, free, entry, cutoff, lost=question.lost) for one, free in paired)


def _progressing(one: tuple[int, bool], entry: int, cutoff: int, *, lost: bool) -> ExampleSubject:
    time, ended = one
    if ended:
        return ExampleSubject(entry, None, progressed=entry + time)
    return _subject(one, None, entry, cutoff, lost=lost)


def _subject(
    survival: tuple[int, bool], progressed_on: int | None, entry: int, cutoff: int, *, lost: bool
) -> ExampleSubject:
    """Return a subject with a survival, and a day from entry of progression.

    A subject who is censored early is lost to follow-up, or else entered late.
    """
    time, died = survival
    followed = cutoff - entry
    begins = entry if died or lost or time >= followed else cutoff - time
    progressed = None if progressed_on is None or (died and progressed_on >= time) else begins + progressed_on
    if died:
        return ExampleSubject(begins, begins + time, progressed=progressed)
    if time >= followed or not lost:
        return ExampleSubject(begins, None, progressed=progressed)
    return ExampleSubject(begins, begins + time, lost=True, progressed=progressed)


def _paired(survival: Sample, free: Sample, task: CurveTask) -> list[tuple[tuple[int, bool], int | None]] | None:
    """Return for each subject a survival time and the day of progression, not after death; None without progression.

    Args:
        survival: Survival times.
        free: Progression-free times; a subject censored there only at the end need not progress at all.
        task: Requirements of the progression-free times.
    """
    events = sorted(time for time, ended in free if ended)
    left = sorted(survival)
    pairs: list[tuple[tuple[int, bool], int | None]] = []
    for day in task.forced:
        if (day, False) not in left:
            return None
        left.remove((day, False))
        pairs.append(((day, False), None))
    for one, event in zip(left, events, strict=False):
        if event > one[0]:
            return None
        pairs.append((one, event))
    rest = left[len(events) :]
    if len(events) > len(left) or any(time < task.last_mark + died for time, died in rest):
        return None
    return [*pairs, *((one, None) for one in rest)]
