"""Percentages and counts: x of n gives the percentage, x is a whole number, and x is at most n."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from trialog.audit.laws.figures import RowFigure, by_release, printed_window
from trialog.audit.laws.violation import LawViolation
from trialog.audit.reading.constraints import whole_numbers
from trialog.events.announced_figure import Window
from trialog.events.measures import MEASURES
from trialog.projections.months import printed

MOST_SUBJECTS: Final = 1_000
"""Greatest denominator that is tried if none is stated."""


def broken_shares(figures: Sequence[RowFigure]) -> Iterator[LawViolation]:
    """Yield violations: percentages that do not fit their numbers of subjects, and counts above these."""
    for figure in figures:
        found = _more_than_all(figure) or _against_its_fraction(figure) or _of_no_whole_number(figure)
        if found is not None:
            yield found
    for release in by_release(figures):
        yield from _of_the_enrolled(release)


def _share(figure: RowFigure) -> Window | None:
    """Return the percentage of a row, either its figure or one stated beside its number of subjects."""
    if figure.figure.unit == "percent" and figure.figure.comparator in ("=", "about"):
        return figure.figure.window
    beside = figure.reading.value.share
    return printed_window(beside) if beside is not None and figure.figure.unit == "count" else None


def _more_than_all(figure: RowFigure) -> LawViolation | None:
    value, n = figure.reading.value, figure.figure.n
    count = value.count if value.count is not None else None
    of = value.n if count is not None and value.n is not None else n
    if count is None and figure.figure.unit == "count" and MEASURES[figure.figure.measure].kind == "count":
        window = figure.figure.window
        count = None if window is None or window.lower is None else math.ceil(window.lower)
    if count is None or of is None or count <= of or figure.reading.role == "subjects":
        return None
    return LawViolation((figure.row,), float(count - of), f"{figure.said}: {count} subjects of {of}")


def _against_its_fraction(figure: RowFigure) -> LawViolation | None:
    """Return the violation of a row that states a share twice, with different values."""
    value, share = figure.reading.value, _share(figure)
    count = value.count if value.count is not None else figure.figure.count
    if count is None and value.share is not None and figure.figure.unit == "count" and value.digits is not None:
        count = int(value.digits) if value.digits.isdigit() else None
    if count is None or share is None:
        return None
    n = value.n if value.n is not None else figure.figure.n
    if n:
        exact = Decimal(100 * count) / n
        if share.holds(exact):
            return None
        return LawViolation((figure.row,), 0.0, f"{figure.said}: {count} of {n} are {printed(exact, 1)} %")
    if any(share.holds(Decimal(100 * count) / of) for of in range(max(count, 1), MOST_SUBJECTS)):
        return None
    return LawViolation((figure.row,), 0.0, f"{figure.said}: {count} are that percentage of no number of subjects")


def _is_share_of_subjects(figure: RowFigure) -> bool:
    measure = MEASURES[figure.figure.measure]
    plain = figure.figure.unit == "percent" and figure.figure.comparator in ("=", "about")
    return measure.kind == "share" and not measure.landmark and plain and figure.figure.count is None


def _of_no_whole_number(figure: RowFigure) -> LawViolation | None:
    """Return the violation if no whole number of n subjects gives a percentage."""
    n, window = figure.figure.n, figure.figure.window
    if not _is_share_of_subjects(figure) or not n or window is None:
        return None
    low, high = whole_numbers(window, "percent", n)
    if low <= high:
        return None
    below = int((window.lower or Decimal(0)) * n / 100)
    near = " nor ".join(f"{printed(Decimal(100 * k) / n, 1)} ({k})" for k in (below, below + 1) if k <= n)
    return LawViolation(
        (figure.row,), 0.0, f"{figure.said}: no whole number of {n} subjects gives that percentage: neither {near}"
    )


def _of_the_enrolled(release: Sequence[RowFigure]) -> Iterator[LawViolation]:
    """Yield violations: percentages without n that are impossible for every number of subjects up to those enrolled."""
    for share in release:
        window = share.figure.window
        if not _is_share_of_subjects(share) or share.figure.n is not None or window is None:
            continue
        enrolled = [
            (other, count[1])
            for other in release
            if other.figure.measure == "count-enrolled" and other.bases == share.bases
            and (count := other.subjects(None)) is not None
        ]  # fmt: skip
        if len({n for _, n in enrolled}) != 1:
            continue
        said, most = enrolled[0]
        spans = (whole_numbers(window, "percent", n) for n in range(1, most + 1))
        if all(least > greatest for least, greatest in spans):
            reason = (
                f"{share.said}: no number of subjects from 1 to the {most} enrolled (row {said.reading.row.number}) "
                "has a share that prints so"
            )
            yield LawViolation(tuple(sorted((share.row, said.row))), 0.0, reason)
