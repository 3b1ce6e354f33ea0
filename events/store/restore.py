"""Putting a whole log back: entries with the salts and times that they had, so that its root is the same.

Every leaf is computed again from what the entry says, and compared; the root at the end as
well (`trialog.events.loglines.checked`). All of it happens in one transaction: a log is restored whole or
not at all. The rules of the domain are not asked again, because what was recorded was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from sqlalchemy import func, select

from trialog.events import dates
from trialog.events.columns import PlainColumns
from trialog.events.errors import ConflictError, LogError
from trialog.events.loglines import LogHead, SealedEntry, checked
from trialog.events.merkle import Frontier
from trialog.events.store.log import Log
from trialog.events.store.recorder import TrialRecorder
from trialog.events.store.schema import EVENT, STREAM, TRIAL

ROWS_AT_ONCE: Final = 10_000


def head_of(recorder: TrialRecorder, *, salts: bool) -> LogHead:
    """Return the head under which a trial's log is written out."""
    size, root = recorder.head()
    return LogHead(recorder.code, recorder.code, size, root, salts)


def sealed_entries(recorder: TrialRecorder, head: LogHead) -> Iterator[SealedEntry]:
    """Yield the entries of a trial's log that a head counts, with or without their salts."""
    for entry in recorder.entries(limit=head.size):
        yield SealedEntry(
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


def restore(log: Log, head: LogHead, entries: Iterable[SealedEntry]) -> None:
    """Write a trial's log as it was.

    Args:
        log: An open log that does not hold the trial.
        head: Trial, size and root that the entries must give.
        entries: By position.

    Raises:
        ConflictError: The log holds the trial already.
        LogError: An entry is not what its leaf or its place says, or the root differs; nothing was written.
        EventError: An entry is no event of a kind that this version knows.
    """
    if head.origin != head.trial:
        raise LogError(f"{head.trial}: its origin {head.origin!r} is not one that this version can put back")
    with log.writing() as connection:
        if connection.execute(select(TRIAL.c.code).where(TRIAL.c.code == head.trial)).first():
            raise ConflictError(f"the log holds trial {head.trial} already; put it back into an empty log")
        trial = int(connection.execute(select(func.coalesce(func.max(TRIAL.c.number), 0) + 1)).scalar_one())
        connection.execute(
            TRIAL.insert().values(number=trial, code=head.trial, size=0, recorded_at=0, streams=0, frontier=b"")
        )
        streams: dict[str, int] = {}
        frontier, instant = Frontier(), 0
        source = checked(head, entries)
        while some := list(islice(source, ROWS_AT_ONCE)):
            known = len(streams)
            for entry, _ in some:
                streams.setdefault(entry.stream, len(streams) + 1)
                frontier.append(entry.leaf)
                instant = entry.recorded_at
            fresh = [{"trial": trial, "number": number, "name": name} for name, number in streams.items()][known:]
            if fresh:
                connection.execute(STREAM.insert(), fresh)
            connection.execute(EVENT.insert(), [_row(trial, streams, *each) for each in some])
        connection.execute(
            TRIAL.update()
            .where(TRIAL.c.number == trial)
            .values(size=frontier.size, recorded_at=instant, streams=len(streams), frontier=frontier.pack())
        )


def _row(trial: int, streams: dict[str, int], entry: SealedEntry, columns: PlainColumns) -> dict[str, Any]:
    reported = columns.reported_on
    return {
        "trial": trial,
        "position": entry.position,
        "stream": streams[entry.stream],
        "version": entry.version,
        "kind": columns.kind,
        "occurred_first": columns.occurred_first,
        "occurred_last": columns.occurred_last,
        "known_on": dates.day_of_instant(entry.recorded_at) if reported is None else reported,
        "code": columns.code,
        "amount": columns.amount,
        "recorded_at": entry.recorded_at,
        "event_id": entry.event_id,
        "topic": entry.topic,
        "actor": entry.actor,
        "salt": entry.salt,
        "leaf": entry.leaf,
        "payload": entry.payload,
    }
