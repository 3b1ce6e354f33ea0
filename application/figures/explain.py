"""The question ``explain``: which definitions and data cutoffs reproduce an announced figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialog.application.answers.common import provenance
from trialog.application.answers.explain import ExplainAnswer, FigureExplained, ReadingPart
from trialog.application.arguments import Date, number_of_days, optional_day
from trialog.events.dates import span
from trialog.events.errors import QuestionError
from trialog.projections.defaults import LONGEST_LAG

if TYPE_CHECKING:
    from trialog.events.announced_figure import AnnouncedFigure
    from trialog.projections.trial_data import Announcement, TrialData


def explain(
    data: TrialData,
    announcement: str,
    *,
    known_at: Date | None = None,
    longest_lag: int = LONGEST_LAG,
) -> ExplainAnswer:
    """Find what reproduces announced figures; `trialog.application.opening.Log.explain` has the arguments."""
    from trialog.audit.answering.explain import FigureQuestion
    from trialog.audit.answering.explain import explain as explained
    from trialog.projections.announced.verdict import cutoff_of

    known, longest_lag = optional_day(known_at, "known_at"), number_of_days(longest_lag, "longest_lag")
    chosen, name = _named(data, announcement)
    figures = _figures_of(chosen, name)
    if known is None and chosen.made.occurred_on is not None:
        known = span(chosen.made.occurred_on)[1]
    questions = [FigureQuestion(each, *cutoff_of(chosen, each)) for each in figures]
    found = explained(data.columns, data.trial(known), questions, known_at=known, longest_lag=longest_lag)
    cutoff = max((each.cutoff for each in found.figures if each.cutoff is not None), default=data.last_day())
    own = next((each.cutoff for each in found.figures if each.readings), None)
    return ExplainAnswer(
        **provenance(data, cutoff, found.known_at),
        announcement=chosen.name,
        longest_lag_days=found.longest_lag,
        readings_tried=found.combinations,
        figures=tuple(map(FigureExplained.of, found.figures)),
        together=tuple(ReadingPart.of(match, own) for match in found.together),
    )


def _named(data: TrialData, text: str) -> tuple[Announcement, str | None]:
    """Return the announcement that a text names, by its name or its day, and the figure's name after a slash.

    Raises:
        QuestionError: There is none, or several were made on that day.
    """
    announcements = data.announcements()
    for name, _, figure in ((text, "", ""), text.rpartition("/")):
        if not name:
            continue
        found = [each for each in announcements if each.name == name]
        found = found or [each for each in announcements if each.made.occurred_on == name]
        if len(found) == 1:
            return found[0], figure or None
        if found:
            names = ", ".join(repr(each.name) for each in found)
            raise QuestionError(f"{len(found)} announcements were made on {name}: {names}; say which")
    known = ", ".join(each.name for each in announcements) or "none"
    raise QuestionError(f"no announcement {text!r} in trial {data.code}; it has: {known}")


def _figures_of(announcement: Announcement, name: str | None) -> list[AnnouncedFigure]:
    """Return the figure of that name, or all of them.

    Raises:
        QuestionError: The announcement has no such figure.
    """
    wanted = [each for each in announcement.figures if name is None or each.figure == name]
    if name is not None and not wanted:
        names = ", ".join(each.figure for each in announcement.figures) or "none"
        raise QuestionError(f"announcement {announcement.name!r} has no figure {name!r}; it has: {names}")
    return wanted
