"""``restated``: figures that what became known between two days changed, at one data cutoff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from trialog.portfolio.questions.common import (
    Row,
    answer_fields,
    day,
    figure_fields,
    in_order,
    log_fields,
    questions_of,
)
from trialog.portfolio.request import LAST, Request
from trialog.projections.measures import answer
from trialog.projections.trial_data import TrialData


def rows_of(data: TrialData, request: Request) -> Iterator[Row]:
    """Yield a row for each figure of each cohort: as known on the first day, and as known on the second."""
    before, after = request.day("before"), request.day("after")
    if before is None:
        return
    cutoff = before if request.as_of == LAST else request.cutoff_of(data, before)
    states = [data.as_of(cutoff, known) for known in (before, after)]
    trial = data.trial(before)
    definition = request.definition_of(trial.default_definition)
    for cohort in trial.cohorts:
        for question in questions_of(request, definition):
            then, now = (answer(state, replace(question, cohorts=(cohort,))) for state in states)
            yield {
                "trial": data.code,
                "cohort": cohort,
                **figure_fields(question),
                **answer_fields(then, question, "then_"),
                **answer_fields(now, question, "now_"),
                "moved": then != now,
                "data_cutoff": day(cutoff),
                "then": day(before),
                "now": day(after),
                **log_fields(data),
            }


def answer_of(rows: Iterable[Row], request: Request) -> list[Row]:
    """Return the rows of all trials in order."""
    return in_order(rows, "trial", "cohort", "figure", "estimator")
