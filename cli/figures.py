"""Figures in the cells of a table."""

from __future__ import annotations

from typing import Final

from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.projections.figures import Figure, by_estimator
from trialog.projections.months import in_months, printed


def figure_cell(figure: Figure, digits: int = 1) -> str:
    """Return ``26.2``, ``26.2 (12.0 to NR)`` or ``not reached``; a dash where nobody counts."""
    if not figure.n:
        return "-"
    value = months_cell(figure, figure.value, digits)
    if figure.definition.estimator == "to-date":
        return value
    lower, upper = months_cell(figure, figure.lower, digits), months_cell(figure, figure.upper, digits)
    return f"{value} ({lower} to {upper})".replace("not reached to", "NR to").replace("to not reached", "to NR")


def months_cell(figure: Figure, value: float | None, digits: int = 1) -> str:
    """Return a time of a figure in months."""
    return "not reached" if value is None else printed(in_months(value, figure.definition.month), digits)


def overview_words(definition: Definition) -> tuple[str, ...]:
    """Return what each median of an overview of cohorts follows, one line for each estimator."""
    to_date, kaplan_meier = by_estimator(definition, TO_DATE), by_estimator(definition, KAPLAN_MEIER)
    return (
        f"to-date mOS: months, {to_date.words()}",
        f"Kaplan-Meier mOS: months, {kaplan_meier.words()}, {kaplan_meier.limits_words()} limits",
    )


FOLLOW_UP_WORDS: Final = "follow-up: reverse Kaplan-Meier (flip), otherwise as Kaplan-Meier mOS"


def limits_cell(lower: float | None, upper: float | None, digits: int) -> str:
    """Return ``0.123 to 0.456``; NR stands for a limit that is not reached."""
    return " to ".join("NR" if each is None else f"{each:.{digits}f}" for each in (lower, upper))
