"""Constructed histories: who entered when, until when, how it ended, and which figures this gives.

The figures here are computed from plain lists, independently of the solver that proposed the history, so
that each proposal is checked before it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

import numpy as np

from trialog.audit.reading.claims import Endpoint
from trialog.audit.reading.constraints import ConstraintProblem, NumericClaim
from trialog.events.definition import Estimator
from trialog.projections.curves import (
    Times,
    curve_of,
    ends_flat_at_half,
    kaplan_meier_median,
    median_limits,
    survival_at,
)
from trialog.projections.estimators.to_date import to_date_median


@dataclass(frozen=True)
class ExampleSubject:
    """A constructed subject.

    Attributes:
        entry: Day of enrollment, first dose and randomisation alike.
        end: Day of death, or of being lost to follow-up; None for a subject who lives on.
        lost: Whether ``end`` is the day of being lost.
        progressed: Day of progression; None for none.
        skips: Releases that leave the subject out.
        seen: Day on which the living subject was last known alive, for releases that censor there: pairs
        of a release and a day.
        assessed: The last assessment without a progression, as such pairs too.
    """

    entry: int
    end: int | None = None
    lost: bool = False
    progressed: int | None = None
    skips: frozenset[int] = frozenset()
    seen: tuple[tuple[int, int], ...] = ()
    assessed: tuple[tuple[int, int], ...] = ()

    def time(
        self, cutoff: int, endpoint: Endpoint, release: int | None = None, *, counted_to_date: bool = False
    ) -> tuple[int, bool]:
        """Return the days from entry as of a cutoff, and whether they ended in the endpoint.

        Args:
            cutoff: Data cutoff.
            endpoint: What ends a time.
            release: Release whose last contacts count; None if the living count to the cutoff.
            counted_to_date: Count the living to the cutoff regardless of their last contact.
        """
        ended = None if self.end is None or self.end > cutoff else self.end
        progressed = None
        if endpoint == "pfs" and self.progressed is not None and self.progressed <= cutoff:
            progressed = self.progressed
        last = min(cutoff, *(day for day in (ended, progressed) if day is not None), cutoff)
        event = progressed is not None or (ended is not None and not self.lost)
        if not event and release is not None and not counted_to_date:
            contacts = dict(self.seen if endpoint == "os" else self.assessed or self.seen)
            last = min(last, contacts.get(release, last))
        return last - self.entry, event

    def dead(self, cutoff: int) -> bool:
        """Whether the subject is known to have died by a day."""
        return self.end is not None and not self.lost and self.end <= cutoff


@dataclass(frozen=True)
class ExampleHistory:
    """Constructed subjects by group, and the data cutoff of each release."""

    people: Mapping[int, tuple[ExampleSubject, ...]]
    cutoffs: Mapping[int, int]
    starts: Mapping[int, int] = field(default_factory=dict)

    def merged(self, other: ExampleHistory) -> ExampleHistory:
        """Return both histories together."""
        return ExampleHistory(
            {**self.people, **other.people}, {**self.cutoffs, **other.cutoffs}, {**self.starts, **other.starts}
        )

    def counted(self, part: NumericClaim) -> list[ExampleSubject]:
        """Return the subjects whom a figure counts."""
        return [person for group in part.groups for person in self.people[group] if part.release not in person.skips]


def gives(history: ExampleHistory, part: NumericClaim) -> bool:
    """Tell whether a history gives a figure under some definition that it may have."""
    cutoff = history.cutoffs[part.release]
    people = history.counted(part)
    if any(person.entry > cutoff for person in people):
        return False
    if part.quantity in ("alive", "dead"):
        dead = sum(person.dead(cutoff) for person in people)
        return part.holds(dead if part.quantity == "dead" else len(people) - dead)
    return any(_gives(_times(history, part, estimator), part, estimator) for estimator in part.estimators)


def _times(history: ExampleHistory, part: NumericClaim, estimator: Estimator) -> Times:
    cutoff = history.cutoffs[part.release]
    to_date = estimator == "to-date" or not part.last_known_alive
    return [
        person.time(cutoff, part.endpoint, part.release, counted_to_date=to_date) for person in history.counted(part)
    ]


def _gives(times: Times, part: NumericClaim, estimator: Estimator) -> bool:
    if part.deaths is not None and sum(ended for _, ended in times) != part.deaths:
        return False
    match part.quantity:
        case "progression-free":
            return part.holds(sum(not ended for _, ended in times))
        case "mean":
            return part.holds(sum(days for days, _ in times))
        case "shortest":
            return part.holds(min(days for days, _ in times))
        case "longest":
            return part.holds(max(days for days, _ in times))
        case "rate":
            return any(_gives_rate(times, part, landmark, estimator) for landmark in part.landmarks)
        case "lower limit" | "upper limit":
            return _gives_limit(times, part)
    return _gives_median(times, part, estimator)


def _gives_limit(times: Times, part: NumericClaim) -> bool:
    for conf_type, level in product(part.conf_types, part.levels):
        limit = median_limits(times, level, conf_type, part.ties)[part.quantity == "upper limit"]
        if limit is None if part.not_reached else _half_days(limit, part):
            return True
    return False


def _gives_median(times: Times, part: NumericClaim, estimator: Estimator) -> bool:
    so_far = to_date_median(np.array([days for days, _ in times], np.int64))
    if estimator == "to-date":
        return _half_days(so_far, part)
    value = kaplan_meier_median(times, part.ties)
    if part.not_reached:
        # The final median is at least the plain median of the times so far.
        open_ = value is None or ends_flat_at_half(curve_of(times))
        return open_ and (part.low is None or _half_days(so_far, part))
    return part.high is None if value is None else _half_days(value, part)


def _gives_rate(times: Times, part: NumericClaim, landmark: int, estimator: Estimator) -> bool:
    assert part.window is not None  # noqa: S101  # a rate has it
    if estimator == "to-date":
        return part.holds(survivors(times, landmark))
    percent = 100 * survival_at(curve_of(times), landmark)
    return part.window.holds(Decimal(percent.numerator) / Decimal(percent.denominator))


def survivors(times: Times, landmark: int) -> int:
    """Return how many are known to be alive (progression-free) after the deaths on the day of a landmark."""
    return sum(days > landmark or (days == landmark and not ended) for days, ended in times)


def _half_days(value: float | None, part: NumericClaim) -> bool:
    return value is not None and part.holds(round(2 * value))


def satisfies(history: ExampleHistory, question: ConstraintProblem) -> bool:
    """Tell whether a history gives every figure and every fact of a question."""
    for release, (first, last) in question.cutoffs.items():
        if not first <= history.cutoffs[release] <= last:
            return False
    for group, people in history.people.items():
        if group in question.numbers and len(people) != question.size(group):
            return False
    for start in question.starts:
        entries = [person.entry for person in history.people[start.group]]
        first, last = start.days
        ok = {
            "first entry": first <= min(entries) <= last,
            "opened": min(entries) >= first and history.starts.get(start.group, min(entries)) <= last,
            "closed": max(entries) <= last,
        }[start.kind]
        if not ok:
            return False
    for gap in question.gaps:
        between = history.starts[gap.group] - history.starts[gap.other]
        if (gap.low is not None and between < gap.low) or (gap.high is not None and between > gap.high):
            return False
    return all(gives(history, part) for part in question.parts)
