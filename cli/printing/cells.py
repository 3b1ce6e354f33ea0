"""Figures in the cells of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trialog.events.dates import iso
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.projections.cohort_figures import Figure, by_estimator
from trialog.projections.defaults import STALE_AFTER
from trialog.projections.months import in_months, printed

if TYPE_CHECKING:
    from trialog.projections.trial_data import TrialData


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


def late_cutoff(data: TrialData, cutoff: int, known_at: int | None) -> tuple[str, ...]:
    """Return a note where a cutoff lies long after everything that was known: the living are only taken to live."""
    if unknown := nothing_known(data, known_at):
        return unknown
    last = data.last_day(known_at)
    if cutoff - last <= STALE_AFTER:
        return ()
    return (
        f"note: nothing is known after {iso(last)}, {cutoff - last} days before the cutoff; a to-date median that "
        "counts the living at the cutoff takes them to be alive there",
    )


def nothing_known(data: TrialData, known_at: int | None) -> tuple[str, ...]:
    """Return a note where nothing at all was known by a day, so that a figure's absence is no finding."""
    first = data.first_known_on()
    if known_at is None or first is None or first <= known_at:
        return ()
    return (
        f"note: nothing was known by {iso(known_at)}; what the log holds became known from {iso(first)} on "
        "(--reported-on says when, else the day of recording)",
    )


def limits_cell(lower: float | None, upper: float | None, digits: int) -> str:
    """Return ``0.123 to 0.456``; NR stands for a limit that is not reached."""
    return " to ".join("NR" if each is None else f"{each:.{digits}f}" for each in (lower, upper))
