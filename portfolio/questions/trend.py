"""``trend``: how often a figure was announced, and how its announced value moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise

from trialog.portfolio.questions.common import Row, in_order, log_fields
from trialog.portfolio.request import Request
from trialog.projections.trial_data import TrialData


def rows_of(data: TrialData, request: Request) -> Iterator[Row]:
    """Yield a row for each measure of each group of cohorts that was announced with a number."""
    series: dict[tuple[str, str, str, str], list[tuple[str, Decimal]]] = {}
    for announcement in data.announcements(request.known_days[0]):
        for figure in announcement.figures:
            if figure.external or figure.value is None or figure.comparator not in ("=", "about"):
                continue
            key = (figure.measure, figure.category or "", "+".join(figure.cohorts), figure.unit)
            series.setdefault(key, []).append((announcement.made.occurred_on or "", Decimal(figure.value)))
    for (measure, category, cohorts, unit), announced in series.items():
        values = [value for _, value in announced]
        steps = [later - earlier for earlier, later in pairwise(values)]
        yield {
            "trial": data.code,
            "measure": measure,
            "category": category or None,
            "cohorts": cohorts,
            "unit": unit,
            "announcements": len(values),
            "first_on": announced[0][0] or None,
            "first": str(values[0]),
            "last_on": announced[-1][0] or None,
            "last": str(values[-1]),
            "change": str(values[-1] - values[0]),
            "rises": sum(step > 0 for step in steps),
            "falls": sum(step < 0 for step in steps),
            "largest_step": str(max(steps, key=abs)) if steps else None,
            **log_fields(data),
        }


def answer_of(rows: Iterable[Row], request: Request) -> list[Row]:
    """Return the rows of all trials in order."""
    return in_order(rows, "trial", "measure", "category", "cohorts", "unit")
