"""Figures in the cells of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from trialog.projections.months import printed

if TYPE_CHECKING:
    from trialog.application.answers.common import NotePart
    from trialog.application.answers.figures import FigurePart, GroupPart


def figure_cell(figure: FigurePart, digits: int = 1) -> str:
    """Return ``26.2``, ``26.2 (12.0 to NR)`` or ``not reached``; a dash where nobody counts."""
    if not figure.n:
        return "-"
    value = months_cell(figure.value_months, digits)
    if figure.definition.estimator == "to-date":
        return value
    lower, upper = (months_cell(each, digits, "NR") for each in (figure.lower_months, figure.upper_months))
    return f"{value} ({lower} to {upper})"


def months_cell(value: float | None, digits: int = 1, not_reached: str = "not reached") -> str:
    """Return months with a fixed count of decimals."""
    return not_reached if value is None else printed(value, digits)


def notes(found: Iterable[NotePart]) -> list[str]:
    """Return the notes of an answer as lines."""
    return [f"note: {each.text}" for each in found]


def overview_words(groups: Sequence[GroupPart]) -> tuple[str, ...]:
    """Return what each median of an overview of cohorts follows, one line for each; nothing for no cohorts."""
    if not groups:
        return ()
    to_date, kaplan_meier = groups[0].to_date.definition, groups[0].kaplan_meier.definition
    return (
        f"to-date mOS: months, {to_date.words()}",
        f"Kaplan-Meier mOS: months, {kaplan_meier.words()}, {kaplan_meier.limits_words()} limits",
        FOLLOW_UP_WORDS,
    )


FOLLOW_UP_WORDS: Final = "follow-up: reverse Kaplan-Meier (flip), otherwise as Kaplan-Meier mOS"


def limits_cell(lower: float | None, upper: float | None, digits: int) -> str:
    """Return ``0.123 to 0.456``; NR stands for a limit that is not reached."""
    return " to ".join("NR" if each is None else f"{each:.{digits}f}" for each in (lower, upper))
