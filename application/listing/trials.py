"""The question ``trials``: which trials does the log hold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialog.application.answers.listing import TrialPart, TrialsAnswer
from trialog.domain.history import StreamHistory
from trialog.events.dates import instant_text
from trialog.events.errors import DifferenceError, EventError
from trialog.events.kinds import TRIAL_STREAM
from trialog.events.version import __version__
from trialog.log.store.trial_log import EventMapper

if TYPE_CHECKING:
    from trialog.log.store.database import Database
    from trialog.log.store.rows import Head


def trials(database: Database) -> TrialsAnswer:
    """List the trials of a log, by code."""
    return TrialsAnswer(
        trials=tuple(_trial(database, head) for head in database.trials()),
        sees_every_trial=database.sees_every_trial(),
        trialog=__version__,
    )


def _trial(database: Database, head: Head) -> TrialPart:
    title, root, damage = None, None, None
    try:
        root = head.root.hex()
        title = _title(database, head)
    except (DifferenceError, EventError) as error:
        damage = str(error)
    return TrialPart(
        trial=head.code,
        title=title,
        size=head.size,
        root=root,
        recorded_at=instant_text(head.recorded_at) if head.size else None,
        damage=damage,
    )


def _title(database: Database, head: Head) -> str | None:
    mapper = EventMapper()
    stored = database.recorder(head.code).entries_of([TRIAL_STREAM]).get(TRIAL_STREAM, [])
    entries = tuple(mapper.to_domain_event(row) for row in stored if row.position <= head.size)
    registration = StreamHistory(TRIAL_STREAM, entries).trial.registration
    return None if registration is None else registration.title
