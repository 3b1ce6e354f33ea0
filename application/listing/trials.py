"""The question ``trials``: which trials does the log hold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialog.application.answers.listing import TrialPart, TrialsAnswer
from trialog.domain.history import StreamHistory
from trialog.events.dates import instant_text
from trialog.events.kinds import TRIAL_STREAM
from trialog.events.version import __version__
from trialog.log.store.trial_log import EventMapper

if TYPE_CHECKING:
    from trialog.log.store.database import Database, TrialHead


def trials(database: Database) -> TrialsAnswer:
    """List the trials of a log, by code."""
    return TrialsAnswer(
        trials=tuple(_trial(database, head) for head in database.trials()),
        sees_every_trial=database.sees_every_trial(),
        trialog=__version__,
    )


def _trial(database: Database, head: TrialHead) -> TrialPart:
    mapper = EventMapper()
    stored = database.recorder(head.code).entries_of([TRIAL_STREAM]).get(TRIAL_STREAM, [])
    entries = tuple(mapper.to_domain_event(row) for row in stored if row.position <= head.size)
    registration = StreamHistory(TRIAL_STREAM, entries).trial.registration
    return TrialPart(
        trial=head.code,
        title=None if registration is None else registration.title,
        size=head.size,
        root=head.root.hex(),
        recorded_at=instant_text(head.recorded_at) if head.size else None,
    )
