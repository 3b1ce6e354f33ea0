"""Data cutoffs under which the figures of a release are possible, if the release does not state its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from trialog.audit.deciding import to_date_solver as paths
from trialog.audit.deciding.decide import is_exact
from trialog.audit.deciding.model import HistoryModel
from trialog.audit.deciding.search import Auditor
from trialog.audit.deciding.solver import Effort, Outcome, installed
from trialog.audit.reading.claims import Days, Rows
from trialog.audit.reading.constraints import (
    LONGEST_LAG,
    Component,
    ConstraintProblem,
    components,
    question,
    undated,
)
from trialog.audit.reading.terms import Terms


@dataclass(frozen=True)
class CutoffWindow:
    """The earliest and the latest possible cutoff of a release; those of all other releases are taken as stated.

    Attributes:
        release: Place in the series.
        rows: The figures of the release.
        earliest, latest: Days; None if none was found. Days between them need not all be possible.
        decided: If no days were found: whether it was shown that no cutoff is possible.
        open_before, open_after: The search ended there without finding an end.
        without: A conflicting row that was left out to find this window.
    """

    release: int
    rows: Rows
    earliest: int | None
    latest: int | None
    decided: bool = True
    open_before: bool = False
    open_after: bool = False
    without: int | None = None


def cutoff_windows(
    auditor: Auditor, terms: Terms, rows: Rows, *, conflict: Rows = frozenset()
) -> Iterator[CutoffWindow]:
    """Yield the window of each release that states no cutoff and shares subjects with another release.

    Only releases with to-date medians, and undated releases, get a window. A Kaplan-Meier median can jump, so its
    window is wide, tells little, and takes long to find.

    Args:
        auditor: Auditor of the series.
        terms: Terms under which the rows are read.
        rows: Rows that count.
        conflict: Rows that cannot all be true. For releases outside the conflict the window is computed with one of
        these rows left out, for each of them in turn.
    """
    series = auditor.series
    of_release: dict[int, set[int]] = {}
    for claim in series.claims:
        number = terms.release_of(series, claim)
        dated = series.releases[number].announced is not None
        if claim.is_defined and terms.estimator_of(claim) == "kaplan-meier" and dated:
            continue
        if claim.row in rows and claim.quantity == "median":
            of_release.setdefault(number, set()).add(claim.row)
    tied = _tied(auditor, terms, rows)
    for number in sorted(of_release):
        if series.releases[number].stated is not None or number not in tied:
            continue
        mine = frozenset(of_release[number])
        if not conflict or mine & conflict:
            yield _window(auditor, terms, rows, number, mine)
            continue
        for row in sorted(conflict):
            if auditor.attempt(rows - {row}, terms).outcome == "yes":
                yield replace(_window(auditor, terms, rows - {row}, number, mine), without=row)


def _tied(auditor: Auditor, terms: Terms, rows: Rows) -> set[int]:
    """Return the releases that share subjects with another release."""
    found: set[int] = set()
    for component in components(auditor.series, terms, rows):
        releases = {terms.release_of(auditor.series, claim) for claim in component.claims}
        if len(releases) > 1:
            found |= releases
    return found


def _window(auditor: Auditor, terms: Terms, rows: Rows, number: int, mine: Rows) -> CutoffWindow:
    low, high = _domain(auditor, terms, rows, number)
    said = auditor.series.releases[number].announced
    latest: int | None = None
    if said is not None and auditor.attempt(rows, terms).outcome == "yes":
        latest = said[1]
    else:
        latest = _end(auditor, terms, rows, number, (low, high), "latest")
    if latest is None:
        anywhere = auditor.attempt(rows, replace(terms, cutoff=((number, (low, high)),)))
        return CutoffWindow(number, mine, None, None, decided=anywhere.outcome == "no")
    earliest = _end(auditor, terms, rows, number, (low, latest), "earliest")
    return CutoffWindow(
        number, mine, earliest, latest, open_before=earliest == low, open_after=latest == high and said is None
    )


def _domain(auditor: Auditor, terms: Terms, rows: Rows, number: int) -> Days:
    """Return the days to search: not before the stated cutoff of the previous release."""
    series = auditor.series
    announced = series.releases[number].announced
    if announced is None:
        return undated(series, late=True)
    released = {terms.release_of(series, claim) for claim in series.claims if claim.row in rows}
    used = released - {number}
    before = [
        days[1]
        for days in (series.releases[other].stated or series.releases[other].announced for other in used)
        if days is not None and days[1] <= announced[0]
    ]
    return max([announced[0] - LONGEST_LAG, *before]), announced[1]


def _end(
    auditor: Auditor, terms: Terms, rows: Rows, number: int, domain: Days, which: Literal["earliest", "latest"]
) -> int | None:
    """Return the earliest or the latest possible cutoff of a release; None if none was found."""
    low, high = domain
    open_ = replace(terms, cutoff=((number, domain),))
    for component in components(auditor.series, open_, rows):
        if number not in {terms.release_of(auditor.series, claim) for claim in component.claims}:
            continue
        asked = question(auditor.series, component, open_)
        if not installed() or auditor.effort.left <= 0:
            return None
        outcome, found = _farthest(asked, number, which, auditor.effort)
        if outcome == "unknown":
            found = _halving(auditor, component, open_, number, domain, which)
        if found is None:
            return None
        low, high = max(low, found) if which == "earliest" else low, min(high, found) if which == "latest" else high
    return low if which == "earliest" else high


def _farthest(
    asked: ConstraintProblem, number: int, which: Literal["earliest", "latest"], effort: Effort
) -> tuple[Outcome, int | None]:
    """Ask a model that is exact and quick for this question; "unknown" if there is no such model."""
    if None in asked.numbers.values():
        return "unknown", None
    (group, *others) = asked.numbers
    if not others and paths.is_alone(asked, group):
        return paths.farthest(asked, group, number, which, effort)
    if is_exact(asked):
        return HistoryModel(asked).farthest(number, which, effort)
    return "unknown", None


def _halving(
    auditor: Auditor,
    component: Component,
    terms: Terms,
    number: int,
    domain: Days,
    which: Literal["earliest", "latest"],
) -> int | None:
    """Find an end of the window by bisection: a wider window allows everything that a narrower one allows."""

    def possible(first: int, last: int) -> bool:
        return auditor.decide(component, replace(terms, cutoff=((number, (first, last)),))).outcome == "yes"

    low, high = domain
    if not possible(low, high):
        return None
    while low < high:
        if which == "latest":
            middle = (low + high + 1) // 2
            low, high = (middle, high) if possible(middle, high) else (low, middle - 1)
        else:
            middle = (low + high) // 2
            low, high = (low, middle) if possible(low, middle) else (middle + 1, high)
    return low
