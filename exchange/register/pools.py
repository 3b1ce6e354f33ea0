"""Whether ``A+B`` pools two cohorts or names an arm that gets both.

It is a pool if its members are cohorts of their own and its number of subjects is the sum of theirs. Numbered cohorts
(``1+2``) are a pool as well, unless the numbers of subjects say otherwise. Everything else is an arm of its own.
``cohorts A and B`` and ``A+B pooled`` are always a pool, ``arm A+B`` never is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final

from trialog.events.announced_figure import Inference

if TYPE_CHECKING:
    from trialog.exchange.register.row_reading import RowReading

_NUMBERED: Final = re.compile(r"[0-9]{1,3}[A-Za-z]?")

MOST_SUMS: Final = 10_000
"""Sums of members' numbers that are looked at."""


@dataclass(frozen=True)
class _Sizes:
    """Numbers of subjects that rows give for a cohort, by its label in lower case."""

    of: Mapping[str, frozenset[int]]

    def known(self, label: str) -> bool:
        return label.casefold() in self.of

    def sums(self, labels: Iterable[str]) -> frozenset[int]:
        """Return what the numbers of some cohorts can add up to; none where one of them has no number."""
        numbers = [sorted(self.of.get(label.casefold(), ())) for label in labels]
        found: set[int] = set()
        for place, some in enumerate(product(*numbers)):
            if place >= MOST_SUMS:
                break
            found.add(sum(some))
        return frozenset(found)


def resolved(readings: Sequence[RowReading], cohorts: Mapping[str, int | None] | None = None) -> list[RowReading]:
    """Return readings in which every ``A+B`` is either a pool or an arm.

    Args:
        readings: Of one file.
        cohorts: Cohorts that a log holds, with their number of subjects where it is known.
    """
    by_trial: dict[str, list[RowReading]] = {}
    for reading in readings:
        by_trial.setdefault(reading.trial.casefold(), []).append(reading)
    sizes = {trial: _sizes(some, cohorts or {}) for trial, some in by_trial.items()}
    decided: dict[tuple[str, str], tuple[bool, str]] = {}
    found = []
    for reading in readings:
        if reading.joined is None:
            found.append(reading)
            continue
        trial = reading.trial.casefold()
        key = (trial, reading.joined.casefold())
        if key not in decided:
            alike = [other for other in by_trial[trial] if (other.joined or "").casefold() == key[1]]
            decided[key] = _decided(alike, sizes[trial], cohorts or {})
        found.append(_as(reading, *decided[key]))
    return found


def _sizes(readings: Iterable[RowReading], cohorts: Mapping[str, int | None]) -> _Sizes:
    of: dict[str, set[int]] = {}
    for label, n in cohorts.items():
        of.setdefault(label.casefold(), set()).update(() if n is None else (n,))
    for reading in readings:
        if reading.joined is None and len(reading.figure.cohorts) == 1:
            of.setdefault(reading.figure.cohorts[0].casefold(), set()).update(_subjects(reading))
    return _Sizes({label: frozenset(numbers) for label, numbers in of.items()})


def _subjects(reading: RowReading) -> Iterable[int]:
    figure = reading.figure
    if figure.n is not None and "n" not in reading.doubtful:
        yield figure.n
    if reading.role == "subjects" and figure.comparator == "=" and figure.value is not None and figure.value.isdigit():
        yield int(figure.value)


def _decided(alike: Sequence[RowReading], sizes: _Sizes, cohorts: Mapping[str, int | None]) -> tuple[bool, str]:
    """Return whether some rows of the same words count a pool, and why."""
    words, labels = alike[0].joined, alike[0].figure.cohorts
    if (words or "").casefold() in {label.casefold() for label in cohorts}:
        return False, f"{words!r} is a cohort of the log"
    numbers = {n for reading in alike for n in _subjects(reading)}
    sums = sizes.sums(labels) if all(sizes.known(label) for label in labels) else frozenset()
    if numbers & sums:
        n = min(numbers & sums)
        return True, f"{words!r} counts {n} subjects, the sum of {' and '.join(labels)}: a pool"
    if numbers and sums:
        n, total = min(numbers), min(sums)
        return False, f"{words!r} counts {n} subjects, not the {total} of {' and '.join(labels)}: an arm of its own"
    if all(_NUMBERED.fullmatch(label) for label in labels):
        return True, f"{words!r}: numbered cohorts, pooled"
    return False, f"{words!r} is an arm of its own: nothing says that it pools {' and '.join(labels)}"


def _as(reading: RowReading, pooled: bool, why: str) -> RowReading:
    figure = reading.figure
    inferred = (*figure.inferred, Inference(field="cohorts", rule=why))
    labels = figure.cohorts if pooled else (reading.joined or "",)
    changed = figure.model_copy(update={"cohorts": labels, "inferred": inferred})
    return replace(reading, figure=changed, joined=None)
