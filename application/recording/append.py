"""Appending events that are at hand: one, or several of one or more trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from trialog.application.answers.entries import EntryPart
from trialog.application.answers.recording import AppendAnswer, RecordAnswer
from trialog.application.arguments import who_records
from trialog.application.keys import keys_if_named, sign_if_possible
from trialog.application.recording.append_session import AppendSession
from trialog.application.recording.batch import Batch, BatchAppend
from trialog.application.recording.near_subjects import with_advice
from trialog.application.recording.receipt import RefusedError
from trialog.domain.judging import Duplicate
from trialog.events.entry import Draft, LogEntry
from trialog.events.errors import HistoryError
from trialog.events.kinds import EventRetracted, TrialEvent
from trialog.exchange.json_lines import draft_of_fields

if TYPE_CHECKING:
    from trialog.log.store.database import Database

EventLike = TrialEvent | Mapping[str, Any]
"""An event, or the fields of one as in a line of JSON Lines: ``event`` names its kind, ``trial`` may name its trial."""


def record(
    database: Database, trial: str, event: EventLike, *, event_id: str | None = None, by: str | None = None
) -> RecordAnswer:
    """Append one event.

    Args:
        database: An open log.
        trial: The trial's code.
        event: The event, or its fields.
        event_id: Its id; derived from what it says if None, so that saying it twice is once.
        by: Who records; the login name if None.

    Raises:
        RefusedError: The event would make a history that cannot have happened.
        HistoryError: The log holds the same event and its retraction.
        LogError: The log cannot be written.
    """
    given, draft = _draft(event, "")
    draft = draft._replace(event_id=event_id or draft.event_id)
    code = given or trial
    session = AppendSession(database, code, who_records(by), sign=sign_if_possible(), keys=keys_if_named())
    try:
        receipt = session.append([draft])
    except RefusedError as refused:
        raise RefusedError(with_advice(session.recorder, refused.lines)) from None
    entry = _held(session, receipt.duplicates[0]) if receipt.duplicates else receipt.appended[0]
    return RecordAnswer(
        **dict(EntryPart.of(entry, code)),
        appended=not receipt.duplicates,
        warnings=tuple(each.message for each in receipt.doubts),
    )


def append(
    database: Database,
    events: EventLike | Iterable[EventLike],
    *,
    trial: str | None = None,
    by: str | None = None,
    dry_run: bool = False,
) -> AppendAnswer:
    """Append events in one transaction, or refuse all of them; they may be of several trials, in any order.

    Args:
        database: An open log.
        events: Events, or their fields.
        trial: Of the events that name none.
        by: Who records, for events that do not say; the login name if None.
        dry_run: Judge only.

    Raises:
        EventError: The fields of some are not those of an event.
        RefusedError: At least one event cannot be appended; the text has a line for each.
        LogError: The log cannot be written.
    """
    batch = Batch(trial)
    if isinstance(events, TrialEvent | Mapping):
        batch.add(*_draft(events, ""))
    else:
        for number, event in enumerate(events, 1):
            batch.add(*_draft(event, f"event {number}"))
    work = BatchAppend(database, by, dry_run=dry_run)
    receipts = work.append(batch, warnings=True)
    return AppendAnswer(
        **work.answer_fields(),
        entries=tuple(EntryPart.of(entry, code) for code, each in receipts.items() for entry in each.appended),
    )


def _draft(event: EventLike, where: str) -> tuple[str | None, Draft]:
    if isinstance(event, TrialEvent):
        return None, Draft(event, where=where)
    return draft_of_fields(event, where)


def _held(session: AppendSession, duplicate: Duplicate) -> LogEntry:
    """Return the entry that a draft repeats.

    Raises:
        HistoryError: It was retracted, so that saying it again would not bring it back.
    """
    stored = next(session.recorder.entries(duplicate.position - 1, 1))
    history = session.history(str(stored.originator_id)).entries
    held = next(entry for entry in history if entry.position == duplicate.position)
    for entry in history:
        if isinstance(entry.event, EventRetracted) and entry.event.target == held.event_id:
            raise HistoryError(
                f"this same event is in the log at position {duplicate.position} and was retracted at "
                f"position {entry.position}; to record it anew give it an --id of its own"
            )
    return held
