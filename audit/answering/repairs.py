"""The smallest relaxations that would make a conflict possible, each of them shown to do so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import Any, Final, Literal, get_args

from trialog.audit.deciding.search import Auditor, Conflict
from trialog.audit.deciding.solver import Outcome
from trialog.audit.reading.claims import Claim, Rows
from trialog.audit.reading.constraints import LONGEST_LAG
from trialog.audit.reading.terms import Terms
from trialog.events.dates import iso
from trialog.events.definition import Estimator, Month

Kind = Literal[
    "earlier cutoff",
    "another estimator",
    "the definition changed",
    "one subject more",
    "another month",
    "digits cut off",
    "drop a row",
]
MONTHS: Final[tuple[Month, ...]] = ("30.4375", "30", "28")
"""Months that a repair may change to; lengths that differ less were already tried as readings."""

LONGEST_SEARCH: Final = 12
"""Steps of a search for a day: LONGEST_LAG halved this many times is less than one day."""


@dataclass(frozen=True)
class Repair:
    """A change that makes the conflict's figures, and everything tied to them, possible.

    Attributes:
        kind: What is changed.
        words: The change, in a sentence.
        rows: Rows whose reading it changes.
        details: The change as data: a release, a day, a number of days, an estimator.
    """

    kind: Kind
    words: str
    rows: Rows
    details: Mapping[str, Any] = field(default_factory=dict)


class Repairer:
    """Search for repairs of one conflict.

    Args:
        auditor: Of the series.
        conflict: Conflict to be repaired.
    """

    def __init__(self, auditor: Auditor, conflict: Conflict) -> None:
        self.auditor, self.conflict = auditor, conflict
        self.series = auditor.series
        self.terms = auditor.readings[0]
        self.claims = [claim for claim in self.series.claims if claim.row in conflict.rows]
        every = auditor.rows
        outcomes = {auditor.attempt(every - {row}, self.terms).outcome for row in sorted(conflict.rows)}
        self.rest: Outcome = "yes" if "yes" in outcomes else "unknown" if "unknown" in outcomes else "no"
        """Whether the series is possible without one of the conflict's rows."""
        self.scope = every if self.rest == "yes" else conflict.rows
        """The rows that a repair has to make possible."""

    def repairs(self) -> list[Repair]:
        """Return the repairs, each shown to work; the least intrusive kind first."""
        # Search for cheap repairs first, before the time is used up.
        found = chain(
            self._earlier_cutoffs(),
            self._dropped_row(),
            self._digits_cut_off(),
            self._another_month(),
            self._one_subject_more(),
            self._another_estimator(),
            self._changed_definition(),
        )
        return sorted(found, key=lambda repair: get_args(Kind).index(repair.kind))

    def _works(self, terms: Terms, rows: Rows | None = None) -> bool:
        if self.auditor.effort.left <= 0:
            self.auditor.effort.hurried = True
            return False
        return self.auditor.attempt(self.scope if rows is None else rows, terms).outcome == "yes"

    def _releases(self) -> list[int]:
        """Return the conflict's releases, the earliest first."""
        numbers = {self._release(claim) for claim in self.claims}
        return sorted(numbers, key=lambda number: (self._day(number), number))

    def _day(self, number: int) -> int:
        release = self.series.releases[number]
        return (release.stated or release.announced or (0, 0))[1]

    def _release(self, claim: Claim) -> int:
        return self.terms.release_of(self.series, claim)

    def _rows_of(self, number: int) -> Rows:
        return frozenset(claim.row for claim in self.claims if self._release(claim) == number)

    def _earlier_cutoffs(self) -> Iterator[Repair]:
        for number in self._releases():
            release = self.series.releases[number]
            if release.stated is not None or release.announced is None:
                continue
            found = self.latest_cutoff(number)
            if found is None:
                continue
            lag = release.announced[1] - found
            yield Repair(
                "earlier cutoff",
                f"the data cutoff behind the figures of {release.words} lies on or before {iso(found)}, at least "
                f"{lag} days before the release",
                self._rows_of(number),
                {"announced_on": release.words, "cutoff_on_or_before": iso(found), "lag_days": lag},
            )

    def latest_cutoff(self, number: int) -> int | None:
        """Return the latest cutoff of a release under which the figures are possible; None if there is none."""
        release = self.series.releases[number]
        assert release.announced is not None  # noqa: S101  # asked of dated releases
        first, last = release.announced[0] - LONGEST_LAG, release.announced[1]

        def possible(low: int, high: int) -> bool:
            return self._works(replace(self.terms, cutoff=((number, (low, high)),)))

        if self.conflict.needs_lag is not None and len(self.claims) == 2:
            other = next(self._release(claim) for claim in self.claims if self._release(claim) != number)
            lawful = self._day(other) - self.conflict.needs_lag
            # By the law no later day is possible, so if this day is possible, it is the latest.
            if first <= lawful <= last and possible(lawful, lawful):
                return lawful
        if not possible(first, last):
            return None
        low, high = first, last
        for _ in range(LONGEST_SEARCH):
            if low == high:
                break
            middle = (low + high + 1) // 2
            if possible(middle, high):
                low = middle
            else:
                high = middle - 1
        return low

    def _another_estimator(self) -> Iterator[Repair]:
        for number in self._releases():
            mine = [claim for claim in self.claims if self._release(claim) == number and claim.is_defined]
            for estimator in sorted({self.terms.estimator_of(claim) for claim in mine if not claim.not_reached}):
                other: Estimator = "kaplan-meier" if estimator == "to-date" else "to-date"
                rows = [claim.row for claim in mine if self.terms.estimator_of(claim) == estimator]
                if self._works(replace(self.terms, estimators=tuple((row, other) for row in sorted(rows)))):
                    when = self.series.releases[number].words
                    name = {"kaplan-meier": "a Kaplan-Meier median", "to-date": "a to-date median"}[other]
                    yield Repair(
                        "another estimator",
                        f"the figure of {when} is {name}{self._although(mine, other)}",
                        frozenset(rows),
                        {"announced_on": when, "estimator": other},
                    )

    def _although(self, claims: list[Claim], estimator: Estimator) -> str:
        said = {claim.estimator for claim in claims} - {None, estimator}
        return f", although its words say {said.pop()}" if said else ""

    def _changed_definition(self) -> Iterator[Repair]:
        """Yield a change of the estimator, or of the month, from one release on."""
        defined = [claim for claim in self._in_scope() if claim.is_defined and not claim.not_reached]
        days = sorted({self._day(self._release(claim)) for claim in defined})
        if len(days) <= 2:
            return
        for before, after in pairwise(days):
            for first, second in (("to-date", "kaplan-meier"), ("kaplan-meier", "to-date")):
                estimators = tuple(
                    (claim.row, first if self._day(self._release(claim)) <= before else second) for claim in defined
                )
                if any(claim.estimator not in (None, dict(estimators)[claim.row]) for claim in defined):
                    continue
                if self._works(replace(self.terms, estimators=estimators)):  # type: ignore[arg-type]
                    yield Repair(
                        "the definition changed",
                        f"{first} up to {iso(before)}, {second} from {iso(after)} on",
                        frozenset(claim.row for claim in defined),
                        {"part": "estimator", "up_to": iso(before), "since": iso(after), "values": [first, second]},
                    )
            for month in MONTHS[1:]:
                months = tuple((claim.row, month) for claim in defined if self._day(self._release(claim)) >= after)
                if self._works(replace(self.terms, months=months)):
                    usual = self.terms.definition.month
                    yield Repair(
                        "the definition changed",
                        f"months of {usual} days up to {iso(before)}, of {month} from {iso(after)} on",
                        frozenset(row for row, _ in months),
                        {
                            "part": "month",
                            "up_to": iso(before),
                            "since": iso(after),
                            "values": [usual, month],
                        },
                    )

    def _in_scope(self) -> list[Claim]:
        groups = {group for claim in self.claims for group in claim.groups}
        return [claim for claim in self.series.claims if groups.intersection(claim.groups)]

    def _one_subject_more(self) -> Iterator[Repair]:
        groups = sorted({claim.groups[0] for claim in self.claims if len(claim.groups) == 1})
        for group in groups:
            n = self.series.groups[group].n
            if n is None:
                continue
            for number in self._releases():
                when = self.series.releases[number].words
                label = self.series.groups[group].label
                rows = self._rows_of(number)
                if self._works(replace(self.terms, left_out=(group, number))):
                    yield Repair(
                        "one subject more",
                        f"cohort {label} has {n + 1} subjects, one of whom the figure of {when} leaves out",
                        rows,
                        {"announced_on": when, "cohort": label, "counted": n, "others_count": n + 1},
                    )
                if self._works(replace(self.terms, added=(group, number))):
                    yield Repair(
                        "one subject more",
                        f"the figure of {when} counts {n + 1} subjects of cohort {label}, the others {n}",
                        rows,
                        {"announced_on": when, "cohort": label, "counted": n + 1, "others_count": n},
                    )

    def _another_month(self) -> Iterator[Repair]:
        """Yield another length of the month, for rows that state one; the others were tried before."""
        stated = [claim.row for claim in self._in_scope() if claim.month is not None and claim.unit == "months"]
        for month in MONTHS if stated else ():
            if self._works(replace(self.terms, months=tuple((row, month) for row in sorted(stated)))):
                yield Repair("another month", f"months of {month} days throughout", frozenset(stated), {"month": month})

    def _digits_cut_off(self) -> Iterator[Repair]:
        rows = frozenset(claim.row for claim in self.claims if claim.quantity == "median")
        if rows and self._works(replace(self.terms, truncated=rows)):
            yield Repair("digits cut off", "the digits of these figures were cut off, not rounded", rows)

    def _dropped_row(self) -> Iterator[Repair]:
        for row in sorted(self.conflict.rows):
            if self._works(self.terms, self.scope - {row}):
                reading = self.series.readings[row]
                cells, when = reading.row, reading.announced_on or "undated"
                yield Repair(
                    "drop a row",
                    f"without row {cells.number} ({cells.get('measure')} {cells.get('value')}, {when})",
                    frozenset({row}),
                )
