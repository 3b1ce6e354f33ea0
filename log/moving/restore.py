"""Restoring a whole log: entries with their original salts and times, so that its root is the same.

Every leaf is recomputed from its entry and compared, and so is the root at the end
(`trialog.log.moving.log_export.checked`). One transaction restores the whole log or nothing. The rules of the
domain are not applied again: entries that were recorded stay recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from trialog.events.entry import NewEntry
from trialog.events.errors import ConflictError, ExportError
from trialog.events.index_columns import IndexColumns
from trialog.log.moving.log_export import ExportedEntry, LogHead, checked
from trialog.log.store.database import Database
from trialog.log.store.trial_log import TrialRecorder
from trialog.log.trust.checkpoint import code_of_origin

ROWS_AT_ONCE: Final = 10_000


def head_of(recorder: TrialRecorder, *, salts: bool) -> LogHead:
    """Return the head line of a trial's exported log."""
    stands = recorder.checkpoint()
    return LogHead(recorder.code, stands.origin, stands.size, stands.root, salts)


def sealed_entries(recorder: TrialRecorder, head: LogHead) -> Iterator[ExportedEntry]:
    """Yield the entries of a trial's log up to the size in a head, with or without their salts.

    Raises:
        DifferenceError: An entry does not have its leaf.
    """
    for entry in recorder.entries(limit=head.size):
        entry.check(head.trial, head.origin)
        yield ExportedEntry(
            position=entry.position,
            stream=str(entry.originator_id),
            version=entry.originator_version,
            topic=entry.topic,
            event_id=entry.event_id,
            recorded_at=entry.recorded_at,
            actor=entry.actor,
            salt=entry.salt if head.salts else None,
            leaf=entry.leaf,
            payload=entry.state,
        )


def restore(log: Database, head: LogHead, entries: Iterable[ExportedEntry]) -> None:
    """Write a trial's log as it was.

    Args:
        log: An open log that does not hold the trial.
        head: Trial, origin, size and root that the entries must give.
        entries: By position.

    Raises:
        ConflictError: The log holds the trial already.
        ExportError: An entry does not match its leaf or its position, or the root differs; nothing was written.
        EventError: An entry is no event of a kind that this version knows.
    """
    if code_of_origin(head.origin) != head.trial:
        raise ExportError(f"{head.trial}: its head names the origin {head.origin!r}, which is of another trial")
    with log.recorder(head.trial).writing() as transaction:
        if transaction.exists:
            raise ConflictError(f"the log holds trial {head.trial} already; put it back into an empty log")
        transaction.begin(head.origin)
        source = checked(head, entries)
        while some := list(islice(source, ROWS_AT_ONCE)):
            transaction.write(
                [_new(entry, columns) for entry, columns in some],
                [(entry.recorded_at, entry.salt or b"", entry.leaf) for entry, _ in some],
            )


def _new(entry: ExportedEntry, columns: IndexColumns) -> NewEntry:
    return NewEntry(entry.stream, entry.version, entry.topic, entry.event_id, entry.actor, entry.payload, columns)
