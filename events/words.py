"""Events in words, for tables and sentences: what each kind says besides its day and its subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from trialog.events import kinds
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.registry import name_of


def about(event: kinds.TrialEvent) -> str:
    """Return the subject, cohort, announcement or other event that an event is about."""
    for name in ("subject", "cohort", "announcement", "target"):
        value = getattr(event, name, None)
        if value is not None:
            return str(value)
    return ""


def details(event: kinds.TrialEvent) -> str:
    """Return the content of an event besides its kind, its date and what it is about."""
    make = _DETAILS.get(type(event))
    return "" if make is None else make(event)


def enrolled(cohort: str, prior_lines: int | None = None) -> str:
    """Return the content of an enrollment."""
    return f"cohort {cohort}" if prior_lines is None else f"cohort {cohort}, {prior_lines} prior lines"


def assessed(category: str, criteria: str, evaluator: str, confirmed: bool | None = None) -> str:
    """Return the content of an assessment."""
    said = {True: ", confirmed", False: ", not confirmed", None: ""}[confirmed]
    return f"{category} by {criteria} ({evaluator}){said}"


def evaluability(evaluable: bool, why: str | None = None) -> str:
    """Return the content of a decision on evaluability."""
    return ("evaluable" if evaluable else "not evaluable") + (f": {why}" if why else "")


def changes(fields: Mapping[str, object]) -> str:
    """Return what a correction changes."""
    return ", ".join(_change(name, value) for name, value in fields.items())


def extract_words(event: kinds.ExtractImported) -> str:
    """Return how many subjects of an extract an import took in."""
    used = event.subjects - len(event.left_out)
    return f"{event.what}: {used} of {event.subjects} subjects, {sum(event.records.values())} records left out"


def _opened(event: kinds.CohortOpened) -> str:
    if event.planned_dose is None:
        return ""
    fractions = f" in {event.fractions} fractions" if event.fractions else ""
    planned = f", {event.planned_n} subjects planned" if event.planned_n else ""
    return f"{event.planned_dose} {event.planned_unit}{fractions}{planned}"


def _dose(event: kinds.DoseAdministered) -> str:
    duration = f" in {event.duration_minutes} min" if event.duration_minutes else ""
    return f"{event.amount} {event.unit}{duration}"


_DETAILS: Final[Mapping[type[kinds.TrialEvent], Callable[[Any], str]]] = {
    kinds.TrialRegistered: lambda event: event.title,
    kinds.CohortOpened: _opened,
    kinds.SubjectEnrolled: lambda event: enrolled(event.cohort, event.prior_lines),
    kinds.DoseAdministered: _dose,
    kinds.ResponseAssessed: lambda event: assessed(event.category, event.criteria, event.evaluator, event.confirmed),
    kinds.AssessmentNotUnderstood: lambda event: event.why,
    kinds.ProgressionRuledOut: lambda event: event.evaluator,
    kinds.ProgressionFound: lambda event: event.basis,
    kinds.SubjectSeenAlive: lambda event: event.contact,
    kinds.SubjectLeft: lambda event: event.reason,
    kinds.SubjectDied: lambda event: event.cause,
    kinds.EvaluabilityDecided: lambda event: evaluability(event.evaluable, event.why),
    kinds.EventCorrected: lambda event: f"{changes(event.changes)} ({event.reason})",
    kinds.EventRetracted: lambda event: event.reason,
    kinds.AnnouncementWithdrawn: lambda event: event.reason,
    kinds.ExtractImported: extract_words,
    kinds.SubjectRedacted: lambda event: event.reason,
    kinds.AnnouncementMade: lambda event: event.title,
    kinds.FigureAnnounced: lambda event: figure_words(event.figure),
}


def _change(field: str, value: object) -> str:
    """Return a correction as ``cohort = 1``; an emptied field is reported as such."""
    if value is None:
        return f"{field} removed"
    return f"{field} = {str(value).lower() if isinstance(value, bool) else value}"


def sentence(event: kinds.TrialEvent) -> str:
    """Return an event as one phrase."""
    when = f" on {event.occurred_on}" if event.occurred_on else ""
    said = details(event)
    return f"{name_of(event)} {about(event)}{when}{': ' + said if said else ''}".replace("  ", " ")


def figure_words(figure: AnnouncedFigure) -> str:
    """Return an announced figure as ``median-os cohort 1 = 26.2 months``."""
    return f"{measure_words(figure)} {whose(figure)} {announced_value(figure)}".replace("  ", " ")


def measure_words(figure: AnnouncedFigure) -> str:
    """Return what a figure measures, in the file's own word if no rule computes it."""
    measure = figure.written.measure if figure.written is not None and figure.measure == "other" else figure.measure
    at = "" if figure.at is None else f" at {figure.at} {figure.at_unit}"
    stated = [word for word in (figure.confirmation, figure.evaluator) if word is not None]
    return measure + at + (f" ({', '.join(stated)})" if stated else "")


def whose(figure: AnnouncedFigure) -> str:
    """Return whom a figure counts: cohorts, pooled ones joined, else the population as worded."""
    if figure.external:
        return "other trials"
    return pooled(figure.cohorts) if figure.cohorts or not figure.population else figure.population


def announced_value(figure: AnnouncedFigure) -> str:
    """Return comparator, digits and unit of an announced figure."""
    if figure.comparator == "not reached":
        return "not reached"
    unit = {"percent": " %", "count": "", "text": ""}.get(figure.unit, f" {figure.unit}")
    if figure.comparator == "range":
        return f"{figure.lower} to {figure.upper}{unit}"
    if figure.value is None:
        return "in words" if figure.written is None else f"in words: {figure.written.value}"
    not_reached = "not reached, " if figure.reached is False else ""
    sign = "" if figure.comparator == "=" else f"{figure.comparator} "
    category = f" {figure.category}" if figure.category else ""
    limits = ""
    if figure.lower is not None or figure.upper is not None:
        limits = f" ({figure.lower or 'NR'} to {figure.upper or 'NR'})"
    return f"{not_reached}{sign}{figure.value}{unit}{category}{limits}"


def pooled(cohorts: tuple[str, ...]) -> str:
    """Return cohorts as ``1`` or ``1+2``; a dash if the release does not say."""
    return "+".join(cohorts) if cohorts else "-"
