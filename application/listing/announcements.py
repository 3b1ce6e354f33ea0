"""The question ``announcements``: what was announced of a trial, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialog.application.answers.common import LogPosition, day
from trialog.application.answers.listing import AnnouncementPart, AnnouncementsAnswer
from trialog.application.arguments import Date, optional_day
from trialog.events.version import __version__

if TYPE_CHECKING:
    from trialog.projections.trial_data import Announcement, TrialData


def announcements(data: TrialData, *, known_at: Date | None = None) -> AnnouncementsAnswer:
    """List announcements; `trialog.application.opening.Log.announcements` has the arguments."""
    known = optional_day(known_at, "known_at")
    return AnnouncementsAnswer(
        trial=data.code,
        known_at=day(known),
        log=LogPosition.of(data),
        trialog=__version__,
        announcements=tuple(map(_announcement, data.announcements(known))),
    )


def _announcement(found: Announcement) -> AnnouncementPart:
    made = found.made
    return AnnouncementPart(
        announcement=found.name,
        position=found.position,
        occurred_on=made.occurred_on,
        reported_on=made.reported_on,
        source=made.source,
        title=made.title,
        url=made.url,
        data_cutoff=made.data_cutoff,
        data_cutoff_inferred=made.data_cutoff_inferred,
        withdrawn=found.withdrawn is not None,
        withdrawn_on=None if found.withdrawn is None else found.withdrawn.occurred_on,
        figures=found.figures,
    )
