"""Means and medians of whole numbers: n of them add up to a whole number (GRIM, Brown & Heathers 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from trialog.audit.laws.figures import RowFigure
from trialog.audit.laws.violation import LawViolation
from trialog.audit.reading.lengths import scaled
from trialog.events.measures import MEASURES
from trialog.projections.months import printed


def broken_means(figures: Sequence[RowFigure]) -> Iterator[LawViolation]:
    """Yield violations: means of prior lines that no whole numbers have, medians that are not whole or half numbers."""
    for figure in figures:
        said = figure.figure
        plain = said.comparator in ("=", "about") and said.window is not None
        if MEASURES[said.measure].statistic != "prior lines" or not plain:
            continue
        found = _mean(figure) if said.measure == "mean-prior-lines" else _median(figure)
        if found is not None:
            yield found


def _mean(figure: RowFigure) -> LawViolation | None:
    n, window = figure.figure.n, figure.figure.window
    assert window is not None  # noqa: S101  # asked of plain numbers
    if not n or _whole(figure, n):
        return None
    below = int((window.lower or 0) * n)
    near = " and ".join(f"{printed(k / n, 2)} ({k}/{n})" for k in (below, below + 1))
    return LawViolation(
        (figure.row,), 0.0, f"{figure.said}: {n} whole numbers have no such mean; the nearest are {near}"
    )


def _median(figure: RowFigure) -> LawViolation | None:
    n = figure.figure.n
    parts = 2 if n is None or n % 2 == 0 else 1
    if _whole(figure, parts):
        return None
    numbers = "whole numbers" if n is None else f"{n} whole numbers"
    return LawViolation((figure.row,), 0.0, f"{figure.said}: {numbers} have no such median")


def _whole(figure: RowFigure, times: int) -> bool:
    window = figure.figure.window
    assert window is not None  # noqa: S101  # asked of plain numbers
    low, high = scaled(window, Fraction(times))
    return low is None or high is None or low <= high
