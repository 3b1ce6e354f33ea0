"""Events in the words of a table."""

from __future__ import annotations

from trialog.events import kinds
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.registry import name_of


def about(event: kinds.TrialEvent) -> str:
    """Return what an event is about: a subject, a cohort, an announcement, another event."""
    for name in ("subject", "cohort", "announcement", "target"):
        value = getattr(event, name, None)
        if value is not None:
            return str(value)
    return ""


def details(event: kinds.TrialEvent) -> str:  # noqa: PLR0912  # one branch for each kind
    """Return what an event says beyond its kind, its date and what it is about."""
    match event:
        case kinds.TrialRegistered():
            return event.title
        case kinds.CohortOpened(planned_dose=str()):
            fractions = f" in {event.fractions} fractions" if event.fractions else ""
            planned = f", {event.planned_n} subjects planned" if event.planned_n else ""
            return f"{event.planned_dose} {event.planned_unit}{fractions}{planned}"
        case kinds.SubjectEnrolled():
            lines = "" if event.prior_lines is None else f", {event.prior_lines} prior lines"
            return f"cohort {event.cohort}{lines}"
        case kinds.DoseAdministered():
            duration = f" in {event.duration_minutes} min" if event.duration_minutes else ""
            return f"{event.amount} {event.unit}{duration}"
        case kinds.ResponseAssessed():
            confirmed = {True: ", confirmed", False: ", not confirmed", None: ""}[event.confirmed]
            return f"{event.category} by {event.criteria} ({event.evaluator}){confirmed}"
        case kinds.AssessmentNotUnderstood():
            return event.why
        case kinds.ProgressionFound():
            return event.basis
        case kinds.SubjectSeenAlive():
            return event.contact
        case kinds.SubjectLeft():
            return event.reason
        case kinds.SubjectDied():
            return event.cause
        case kinds.EvaluabilityDecided():
            why = f": {event.why}" if event.why else ""
            return ("evaluable" if event.evaluable else "not evaluable") + why
        case kinds.EventCorrected():
            changed = ", ".join(_change(name, value) for name, value in event.changes.items())
            return f"{changed} ({event.reason})"
        case kinds.EventRetracted() | kinds.AnnouncementWithdrawn():
            return event.reason
        case kinds.AnnouncementMade():
            return event.title
        case kinds.FigureAnnounced():
            return figure_words(event.figure)
        case _:
            return ""


def _change(field: str, value: object) -> str:
    """Return a correction as ``cohort = 1``; a field that was emptied is said to be so."""
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
    """Return what a figure measures, in the file's own word where no rule computes it."""
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
    """Return cohorts as ``1`` or ``1+2``; a dash where the release does not say."""
    return "+".join(cohorts) if cohorts else "-"
