"""``holds``: every announced figure, as it was rebuilt from what was known then, and from what is known now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trialog.portfolio.questions.common import Row, day, in_order, log_fields
from trialog.portfolio.request import Request
from trialog.projections.announced.verdict import verdict
from trialog.projections.trial_data import TrialData


def rows_of(data: TrialData, request: Request) -> Iterator[Row]:
    """Yield a row for each announced figure of the trial itself."""
    columns = data.columns
    now = request.known_days[0]
    if now is None:
        now = int(columns.known.max()) if columns.size else 0
    for announcement in data.announcements(now):
        for figure in announcement.figures:
            if figure.external:
                continue
            then = verdict(data, announcement, figure, None)
            today = verdict(data, announcement, figure, now)
            yield {
                "trial": data.code,
                "announcement": announcement.name,
                "announced_on": announcement.made.occurred_on,
                "withdrawn": announcement.withdrawn is not None,
                "figure": figure.figure,
                "measure": figure.measure,
                "cohorts": "+".join(figure.cohorts),
                "comparator": figure.comparator,
                "announced": figure.value,
                "unit": figure.unit,
                "verdict_then": then.status,
                "rebuilt_then": None if then.rebuilt is None else then.rebuilt_text,
                "verdict_now": today.status,
                "rebuilt_now": None if today.rebuilt is None else today.rebuilt_text,
                "holds": today.confirmed,
                "why": today.why or None,
                "data_cutoff": day(today.cutoff),
                "known_at": day(now),
                **log_fields(data),
            }


def answer_of(rows: Iterable[Row], request: Request) -> list[Row]:
    """Return the rows of all trials in order."""
    return in_order(rows, "trial", "announced_on", "announcement", "figure")
