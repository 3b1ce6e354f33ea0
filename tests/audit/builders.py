"""Series as short as the thought they show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from trialog.application.audit import recompute_figures
from trialog.audit.answering.answer import AuditRequest, AuditResult, audit
from trialog.audit.deciding.search import Auditor
from trialog.audit.deciding.solver import Effort
from trialog.audit.reading.claims import Series
from trialog.audit.reading.constraints import ConstraintProblem, NumericClaim
from trialog.audit.reading.lengths import united
from trialog.audit.reading.series import series_of
from trialog.events.dates import iso
from trialog.events.definition import Definition
from trialog.exchange.register.reading import read_rows
from trialog.exchange.register.row_reading import RowReading
from trialog.exchange.register.table import Row

TO_DATE: dict[str, Any] = {
    "definition": Definition(estimator="to-date", censoring="cutoff"),
    "given": frozenset({"estimator", "month"}),
}
"""A request for to-date medians in months of 30.4375 days, whatever else might fit."""


def said(value: str, on: str | int | None, measure: str = "mOS", **cells: Any) -> dict[str, str]:
    """Return a row: what was announced, on which day (a date, or a day number)."""
    day = iso(on) if isinstance(on, int) else on or ""
    unit = {"n": "count", "alive_share": "percent", "count": "count"}.get(measure.split("_", maxsplit=1)[0], "months")
    given = {"date_announced": day, "cohort": "A", "measure": measure, "value": value, "unit": unit, "n": "4", **cells}
    return {name: str(cell) for name, cell in given.items() if cell is not None}


def rows_of(cells: Iterable[dict[str, str]]) -> list[Row]:
    return [
        Row(number, number + 1, {name: cell for name, cell in row.items() if cell})
        for number, row in enumerate(cells, 1)
    ]


def readings_of(cells: Iterable[dict[str, str]]) -> tuple[RowReading, ...]:
    return read_rows(rows_of(cells), "series")


def series(*cells: dict[str, str]) -> Series:
    return series_of(readings_of(cells))


def auditor(*cells: dict[str, str], seconds: float = 60, **request: Any) -> Auditor:
    return Auditor(series(*cells), Effort(seconds), **request)


def answered(*cells: dict[str, str], seconds: float = 60, **request: Any) -> AuditResult:
    return audit(readings_of(cells), AuditRequest(**request), Effort(seconds), recompute_figures)


def asked(
    n: int, figures: Sequence[tuple[int, int, int]], *, opened: int | None = None, **part: Any
) -> ConstraintProblem:
    """Return a question of one group.

    Args:
        n: Subjects.
        figures: Cutoff, least and greatest median in half days; a release each.
        opened: Nobody entered before this day.
        part: Further fields of every part.
    """
    from trialog.audit.reading.constraints import Start

    fields: dict[str, Any] = {"quantity": "median", "endpoint": "os", "estimators": ("to-date",), "ties": "midpoint"}
    parts = tuple(
        NumericClaim(row=place + 1, groups=(0,), release=place, ranges=united([(low, high)]), **{**fields, **part})
        for place, (_, low, high) in enumerate(figures)
    )
    starts = () if opened is None else (Start(99, 0, "opened", (opened, opened)),)
    cutoffs = {place: (cutoff, cutoff) for place, (cutoff, _, _) in enumerate(figures)}
    return ConstraintProblem(numbers={0: n}, cutoffs=cutoffs, parts=parts, starts=starts)
