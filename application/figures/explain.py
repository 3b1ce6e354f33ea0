"""Explain an announced figure: which definitions and data cutoffs reproduce it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialog.events.dates import span
from trialog.events.errors import QuestionError
from trialog.projections.defaults import LONGEST_LAG

if TYPE_CHECKING:
    from trialog.audit.answering.explain import Explanation
    from trialog.projections.trial_data import Announcement, TrialData


def explain_announcement(
    data: TrialData,
    announcement: Announcement,
    figure: str | None = None,
    *,
    known_at: int | None = None,
    longest_lag: int = LONGEST_LAG,
) -> Explanation:
    """Return which readings reproduce the figures of an announcement.

    Args:
        data: The trial.
        announcement: Which one.
        figure: Name of one of its figures; all of them if None.
        known_at: Day up to which knowledge counts; None for the day of the release.
        longest_lag: How many days before each figure's own cutoff are tried.

    Raises:
        QuestionError: The announcement has no such figure.
    """
    from trialog.audit.answering.explain import FigureQuestion, explain
    from trialog.projections.announced.verdict import cutoff_of

    wanted = [each for each in announcement.figures if figure is None or each.figure == figure]
    if figure is not None and not wanted:
        names = ", ".join(each.figure for each in announcement.figures) or "none"
        raise QuestionError(f"announcement {announcement.name!r} has no figure {figure!r}; it has: {names}")
    on = announcement.made.occurred_on
    if known_at is None and on is not None:
        known_at = span(on)[1]
    questions = [FigureQuestion(each, *cutoff_of(announcement, each)) for each in wanted]
    return explain(data.columns, data.trial(known_at), questions, known_at=known_at, longest_lag=longest_lag)
