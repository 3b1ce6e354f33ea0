"""Fields that several questions share, under the names that the answers for one log have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from trialog.events.arrays import NO_DAY
from trialog.events.dates import iso
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.measures import MEASURES
from trialog.portfolio.request import Request
from trialog.projections.measures import MeasureAnswer, MeasureQuestion
from trialog.projections.months import in_months
from trialog.projections.rounding import significant
from trialog.projections.trial_data import TrialData

Row = dict[str, Any]


def day(number: int | None) -> str | None:
    """Return a day as ISO text; None for none."""
    return None if number is None or number == NO_DAY else iso(number)


def log_fields(data: TrialData) -> Row:
    """Return the size and the root that a row rests on."""
    return {"log_size": data.size, "log_root": data.root}


def questions_of(request: Request, definition: Definition) -> Iterator[MeasureQuestion]:
    """Yield the figures that are asked of a cohort: medians of survival by both estimators, unless one is named."""
    for measure in request.measures:
        at = request.at if MEASURES[measure].landmark else None
        both = measure == "median-os" and "estimator" not in request.definition
        for estimator in (TO_DATE, KAPLAN_MEIER) if both else (definition,):
            chosen = definition
            if estimator.estimator != definition.estimator:
                chosen = replace(definition, estimator=estimator.estimator, censoring=estimator.censoring)
            yield MeasureQuestion(measure=measure, definition=chosen, at=at)


def figure_fields(question: MeasureQuestion) -> Row:
    """Return which figure a row is about."""
    begins, open_until = question.ends
    return {
        "figure": question.measure,
        "at_day": question.at,
        **question.followed.as_dict(),
        "origin": begins,
        "censoring": open_until,
    }


def value_fields(name: str, value: float | None, question: MeasureQuestion) -> Row:
    """Return one value in the units of its kind; those of the other kinds are null, so that all rows are alike."""
    days = months = share = None
    if value is not None and question.kind == "time":
        month = question.definition.month
        days = None if month == "calendar" else value
        months = float(in_months(value, month))
    elif value is not None:
        share = significant(value)
    return {f"{name}_days": days, f"{name}_months": months, name: share}


def answer_fields(found: MeasureAnswer, question: MeasureQuestion, prefix: str = "") -> Row:
    """Return a figure with its limits, subjects and events."""
    return {
        **value_fields(f"{prefix}value", found.value, question),
        **value_fields(f"{prefix}lower", found.lower, question),
        **value_fields(f"{prefix}upper", found.upper, question),
        f"{prefix}n": found.n,
        f"{prefix}events": found.events,
    }


def in_order(rows: Iterable[Row], *keys: str) -> list[Row]:
    """Return rows sorted by some of their fields, missing ones first."""
    return sorted(
        rows, key=lambda row: tuple((row[key] is not None, row[key] if row[key] is not None else "") for key in keys)
    )
