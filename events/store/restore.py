"""Putting a whole log back: entries with the salts and times that they had, so that its root is the same.

Every leaf is computed again from what the entry says, and compared; the root at the end as
well. All of it happens in one transaction: a log is restored whole or not at all. The rules of the
domain are not asked again, because what was recorded was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from sqlalchemy import func, select

from trialog.events import dates
from trialog.events.catalogue import from_payload
from trialog.events.columns import columns_of
from trialog.events.errors import ConflictError, EventError, LogError
from trialog.events.frame import frame, leaf_hash
from trialog.events.kinds import EventCorrected, EventRetracted
from trialog.events.loglines import LogHead, SealedEntry
from trialog.events.merkle import Frontier
from trialog.events.store.log import Log
from trialog.events.store.recorder import TrialRecorder
from trialog.events.store.schema import EVENT, STREAM, TRIAL

ROWS_AT_ONCE: Final = 10_000


def sealed_entries(recorder: TrialRecorder, size: int, *, salts: bool) -> Iterator[SealedEntry]:
    """Yield the first ``size`` entries of a trial's log, with or without their salts."""
    for entry in recorder.entries():
        if entry.position > size:
            return
        yield SealedEntry(
            position=entry.position,
            stream=str(entry.originator_id),
            version=entry.originator_version,
            topic=entry.topic,
            event_id=entry.event_id,
            recorded_at=entry.recorded_at,
            actor=entry.actor,
            salt=entry.salt if salts else None,
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
    if not head.salts:
        raise LogError(
            f"this export of {head.trial} was written without salts, for publication, and cannot be put back as a log; "
            "export it with salts, or append its events anew: trialog log --lines, trialog append"
        )
    with log.writing() as connection:
        if connection.execute(select(TRIAL.c.code).where(TRIAL.c.code == head.trial)).first():
            raise ConflictError(f"the log holds trial {head.trial} already; put it back into an empty log")
        number = int(connection.execute(select(func.coalesce(func.max(TRIAL.c.number), 0) + 1)).scalar_one())
        connection.execute(
            TRIAL.insert().values(number=number, code=head.trial, size=0, recorded_at=0, streams=0, frontier=b"")
        )
        work = _Restoring(number, head.trial)
        source = iter(entries)
        while some := list(islice(source, ROWS_AT_ONCE)):
            rows = [work.row(entry) for entry in some]
            if work.fresh:
                connection.execute(STREAM.insert(), work.fresh)
                work.fresh = []
            connection.execute(EVENT.insert(), rows)
        work.check(head)
        connection.execute(
            TRIAL.update()
            .where(TRIAL.c.number == number)
            .values(
                size=work.frontier.size,
                recorded_at=work.recorded_at,
                streams=len(work.streams),
                frontier=work.frontier.pack(),
            )
        )


class _Restoring:
    """Checks entries one after the other and turns them into rows.

    Attributes:
        fresh: Rows of streams that came up since they were last written.
        frontier: Edge of the tree so far.
        recorded_at: Of the last entry.
    """

    def __init__(self, trial: int, code: str) -> None:
        self._trial = trial
        self._code = code
        self.streams: dict[str, tuple[int, int]] = {}
        self._positions: dict[str, int] = {}
        self.fresh: list[dict[str, Any]] = []
        self.frontier = Frontier()
        self.recorded_at = 0

    def row(self, entry: SealedEntry) -> dict[str, Any]:
        """Return the row of the next entry.

        Raises:
            LogError: It is not the next one, or not what its leaf says.
        """
        where = f"position {entry.position} of {self._code}"
        try:
            event = from_payload(entry.topic, entry.payload)
        except EventError as error:
            raise EventError(f"{where}: {error}") from None
        stream, version = self.streams.get(entry.stream, (len(self.streams) + 1, 0))
        if entry.position != self.frontier.size + 1 or entry.version != version + 1:
            raise LogError(f"{where}: expected position {self.frontier.size + 1}, version {version + 1}")
        if entry.recorded_at < self.recorded_at:
            raise LogError(f"{where}: recorded before the entry in front of it")
        if entry.salt is None or entry.leaf != self._leaf(entry, entry.salt):
            raise LogError(f"{where}: the entry is not what its leaf says; the file was changed")
        if entry.event_id in self._positions:
            raise LogError(f"{where}: event id {entry.event_id!r} stands at {self._positions[entry.event_id]} already")
        if not version:
            self.fresh.append({"trial": self._trial, "number": stream, "name": entry.stream})
        self.streams[entry.stream] = stream, entry.version
        self._positions[entry.event_id] = entry.position
        self.recorded_at = entry.recorded_at
        self.frontier.append(entry.leaf)
        target, amends = 0, False
        if isinstance(event, EventCorrected | EventRetracted):
            target, amends = self._positions.get(event.target, 0), True
        if event.stream != entry.stream or (amends and not target):
            raise LogError(f"{where}: the event belongs to another stream, or amends none that stands before it")
        columns = columns_of(event, target)
        reported = columns.reported_on
        return {
            "trial": self._trial,
            "position": entry.position,
            "stream": stream,
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

    def _leaf(self, entry: SealedEntry, salt: bytes) -> bytes:
        return leaf_hash(
            frame(
                origin=self._code,
                position=entry.position,
                stream=entry.stream,
                version=entry.version,
                topic=entry.topic,
                event_id=entry.event_id,
                recorded_at=entry.recorded_at,
                actor=entry.actor,
                salt=salt,
                payload=entry.payload,
            )
        )

    def check(self, head: LogHead) -> None:
        """Compare what came with what the head promised.

        Raises:
            LogError: The size or the root differs.
        """
        if self.frontier.size != head.size:
            raise LogError(
                f"{self._code}: its head says {head.size} entries, and {self.frontier.size} came; the file is cut off"
            )
        if self.frontier.root() != head.root:
            raise LogError(f"{self._code}: its entries give another root than its head; the file was changed")
