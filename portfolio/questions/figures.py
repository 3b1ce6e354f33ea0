"""``figures``: measures of every cohort of every trial, at one cutoff, as known on some days."""

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
from trialog.portfolio.request import Request
from trialog.projections.measures import answer
from trialog.projections.trial_data import TrialData


def rows_of(data: TrialData, request: Request) -> Iterator[Row]:
    """Yield a row for each figure of each cohort and known-at day."""
    for known in request.known_days:
        trial = data.trial(known)
        cutoff = request.cutoff_of(data, known)
        state = data.as_of(cutoff, known)
        definition = request.definition_of(trial.default_definition)
        for cohort in trial.cohorts:
            for question in questions_of(request, definition):
                found = answer(state, replace(question, cohorts=(cohort,)))
                yield {
                    "trial": data.code,
                    "cohort": cohort,
                    **figure_fields(question),
                    **answer_fields(found, question),
                    "data_cutoff": day(cutoff),
                    "known_at": day(known),
                    **log_fields(data),
                }


def answer_of(rows: Iterable[Row], request: Request) -> list[Row]:
    """Return the rows of all trials in order."""
    return in_order(rows, "trial", "cohort", "figure", "estimator", "known_at")
