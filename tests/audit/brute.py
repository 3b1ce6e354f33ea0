"""Every history of a tiny cohort, one by one: the slow answer that the deciders are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement, product

from trialog.audit.deciding.history import ExampleHistory, ExampleSubject, gives
from trialog.audit.reading.claims import Endpoint
from trialog.audit.reading.constraints import ConstraintProblem

ENDPOINTS: tuple[Endpoint, ...] = ("os", "pfs")


def histories(question: ConstraintProblem) -> Iterator[ExampleHistory]:
    """Yield a history of one group for each set of subjects that figures can tell apart.

    Every entry within the days of a question's facts and cutoffs, every day of death, of loss or none, and, where the
    living count until they were last known alive, every day of that for each release.
    """
    (n,) = question.numbers.values()
    assert n is not None
    cutoffs = {release: days[0] for release, days in question.cutoffs.items()}
    opened = max(start.days[0] for start in question.starts)
    told_apart: dict[object, ExampleSubject] = {}
    for subject in _subjects(question, cutoffs, opened):
        seen = [
            subject.time(cutoff, endpoint, release, counted_to_date=to_date)
            for release, cutoff in cutoffs.items()
            for endpoint in ENDPOINTS
            for to_date in (False, True)
        ]
        dead = [subject.dead(cutoff) for cutoff in cutoffs.values()]
        told_apart.setdefault((subject.entry, tuple(seen), tuple(dead)), subject)
    for people in combinations_with_replacement(told_apart.values(), n):
        yield ExampleHistory({0: people}, cutoffs, {0: opened})


def _subjects(question: ConstraintProblem, cutoffs: dict[int, int], opened: int) -> Iterator[ExampleSubject]:
    last = max(cutoffs.values())
    curves = any(part.may_be_kaplan_meier for part in question.parts)
    plain = any(part.may_be_to_date for part in question.parts)
    for entry in range(opened, min(cutoffs.values()) + 1):
        for end in [*range(entry, last + 1), None]:
            losses = (False, True) if question.lost and plain and end is not None else (False,)
            for lost in losses:
                alive = [release for release, cutoff in cutoffs.items() if end is None or lost or end > cutoff]
                contacts = [range(entry, cutoffs[release] + 1) for release in alive]
                for days in product(*contacts) if question.lost and curves else [()]:
                    if list(days) == sorted(days):
                        yield ExampleSubject(entry, end, lost, seen=tuple(zip(alive, days, strict=bool(days))))


def possible(question: ConstraintProblem) -> bool:
    """Tell whether any history gives every figure."""
    return any(all(gives(history, part) for part in question.parts) for history in histories(question))
