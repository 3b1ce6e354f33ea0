"""The question ``replay``: every cohort on a day, and the figures announced then, rebuilt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialog.application.answers.common import DefinitionPart, NotePart, provenance
from trialog.application.answers.figures import GroupPart, group_fields
from trialog.application.answers.replay import ReplayAnswer
from trialog.application.answers.verdicts import VerdictPart
from trialog.application.arguments import Date, days_of, optional_day
from trialog.application.figures.notes import assessments_left_out, extracts_left_out, late_cutoff
from trialog.events.dates import span
from trialog.events.definition import KAPLAN_MEIER
from trialog.events.errors import ArgumentError
from trialog.events.vocabulary import suggestion
from trialog.projections.announced.verdict import verdicts
from trialog.projections.cohort_figures import group_figures

if TYPE_CHECKING:
    from trialog.projections.trial_data import Announcement, TrialData


def replay(data: TrialData, announced_on: Date, *, known_at: Date | None = None) -> ReplayAnswer:
    """Go back to a day; `trialog.application.opening.Log.replay` has the arguments."""
    announced, last = _asked(data, announced_on)
    known = optional_day(known_at, "known_at")
    cohorts_known = last if known is None else known
    described = data.trial(cohorts_known)
    state = data.as_of(last, cohorts_known)
    definition = described.default_definition or KAPLAN_MEIER
    found = verdicts(data, announced, known)
    return ReplayAnswer(
        **provenance(data, last, cohorts_known),
        definition=DefinitionPart.of(definition),
        cohorts=tuple(
            GroupPart(**group_fields(group_figures(state, label, (label,), definition))) for label in described.cohorts
        ),
        announcements=tuple(each.name for each in announced),
        verdicts=tuple(map(VerdictPart.of, found)),
        notes=(
            *late_cutoff(data, last, cohorts_known),
            *assessments_left_out(state),
            *extracts_left_out(data, cohorts_known),
            *(
                NotePart(
                    kind="assessments left out", text=f"{each.announcement}, {each.figure.figure}: {each.left_out}"
                )
                for each in found
                if each.left_out
            ),
            *(() if found else (_nothing_announced(data, str(announced_on), announced),)),
        ),
    )


def _asked(data: TrialData, announced_on: Date) -> tuple[list[Announcement], int]:
    """Return the announcements that are meant, and the last day that they may be of.

    Raises:
        ArgumentError: It is neither a date nor the name of an announcement.
    """
    named = [each for each in data.announcements() if each.name == announced_on]
    try:
        first, last = days_of(announced_on, "announced_on")
    except ArgumentError:
        if not named:
            names = tuple(each.name for each in data.announcements())
            known = suggestion(str(announced_on), names) if names else ""
            rest = f": {announced_on!r} is not a date, and no announcement has that name{known}"
            raise ArgumentError("announced_on", rest) from None
        dated = named[0].made.occurred_on
        return named, data.default_cutoff() if dated is None else span(dated)[1]
    return _announced_between(data, first, last) or named, last


def _announced_between(data: TrialData, first: int, last: int) -> list[Announcement]:
    """Return the announcements whose date, as far as it is known, lies within a period."""
    found = []
    for each in data.announcements():
        if each.made.occurred_on is not None:
            begins, ends = span(each.made.occurred_on)
            if first <= begins and ends <= last:
                found.append(each)
    return found


def _nothing_announced(data: TrialData, announced_on: str, announced: list[Announcement]) -> NotePart:
    """Return a note that no figure was announced on a day, with the days on which some were."""
    if announced:
        text = f"the announcement of {announced_on} is in the log without figures"
        return NotePart(kind="nothing announced", text=text)
    dated = sorted({each.made.occurred_on for each in data.announcements() if each.made.occurred_on})
    if not dated:
        return NotePart(kind="nothing announced", text=f"nothing was announced on {announced_on}; the log holds none")
    asked = span(str(announced_on))[1]
    nearest = min(dated, key=lambda each: abs(span(each)[1] - asked))
    text = (
        f"nothing was announced on {announced_on}; the nearest announcement is of {nearest}; "
        f"the log holds announcements of: {', '.join(dated)}"
    )
    return NotePart(kind="nothing announced", text=text)
