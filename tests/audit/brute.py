"""Every history of a tiny cohort, one by one: the slow answer that the deciders are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

from trialog.audit.deciding.history import ExampleHistory, ExampleSubject, gives
from trialog.audit.reading.constraints import ConstraintProblem


def histories(question: ConstraintProblem, *, lost: bool = False) -> Iterator[ExampleHistory]:
    """Yield every history of one group within the days of a question's facts and cutoffs."""
    (n,) = question.numbers.values()
    assert n is not None
    cutoffs = {release: days[0] for release, days in question.cutoffs.items()}
    opened = max(start.days[0] for start in question.starts)
    last = max(cutoffs.values())
    kinds = [
        ExampleSubject(entry, end, was_lost)
        for entry in range(opened, min(cutoffs.values()) + 1)
        for end in [*range(entry, last + 1), None]
        for was_lost in ((False, True) if lost and end is not None else (False,))
    ]
    for people in combinations_with_replacement(kinds, n):
        yield ExampleHistory({0: people}, cutoffs, {0: opened})


def possible(question: ConstraintProblem, *, lost: bool = False) -> bool:
    """Tell whether any history gives every figure."""
    return any(all(gives(history, part) for part in question.parts) for history in histories(question, lost=lost))
