"""The log of one trial, behind the recorder interface of the eventsourcing library.

Positions (the library's notification ids) are consecutive within the trial, even if others
write at the same time, so there are no gaps and a reader never skips one. Recording times
never decrease either, so that "as known at" an instant is a prefix of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    JSONTranscoder,
    Mapper,
    Notification,
    StoredEvent,
    Subscription,
)
from sqlalchemy import Connection

from trialog.events import registry
from trialog.events.entry import NO_COLUMNS, LogEntry, NewEntry
from trialog.events.errors import ConflictError, DifferenceError
from trialog.events.index_columns import columns_of
from trialog.log.store.connections import Connections
from trialog.log.store.queries import select_entries
from trialog.log.store.replay import Replay, ranges
from trialog.log.store.rows import (
    EntryNotification,
    StoredEntry,
    entries_of_streams,
    entry_of,
    head_of,
    stream_numbers,
)
from trialog.log.store.schema import EVENT, STREAM
from trialog.log.store.session import LastSeenHead, SessionCache
from trialog.log.store.transaction import Transaction, head_to_append_to
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.merkle import EMPTY_ROOT

__all__ = ["StoredEntry", "Transaction", "TrialRecorder"]

ENTRIES_OF_TRANSACTION: Final = 2_000


class EventMapper(Mapper[str]):
    """The library's mapper, with our topics and our bytes.

    The library's own mapper restores events without checking them and imports any code that a topic names.
    """

    def __init__(self) -> None:
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Return the row of an entry; the log adds position, time, salt and leaf."""
        entry = cast("LogEntry", domain_event)
        return StoredEntry(
            originator_id=entry.stream,
            originator_version=entry.version,
            topic=entry.event.TOPIC,
            state=registry.to_payload(entry.event),
            event_id=entry.event_id,
            actor=entry.actor,
            columns=columns_of(entry.event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> LogEntry:
        """Return the entry of a row.

        Raises:
            EventError: The row is not an event of a known kind.
        """
        stored = cast("StoredEntry | EntryNotification", stored_event)
        return LogEntry(
            position=stored.position,
            stream=str(stored.originator_id),
            version=stored.originator_version,
            event_id=stored.event_id,
            recorded_at=stored.recorded_at,
            actor=stored.actor,
            event=registry.from_payload(stored.topic, stored.state),
        )


class TrialRecorder(ApplicationRecorder):
    """Reads and appends the log of one trial.

    Args:
        connections: Connections to the database.
        code: The trial's code; its head row is made by the first append.
    """

    def __init__(self, connections: Connections, code: str) -> None:
        self.connections = connections
        self.code = code
        self._memory = SessionCache()

    # -- the library's interface ------------------------------------------------

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Append events in one transaction and return their positions.

        Raises:
            IntegrityError: A version is not the next of its stream, or an event id is in the log already.
        """
        try:
            with self.writing() as transaction:
                before = transaction.size
                transaction.insert([_new_entry(stored) for stored in stored_events])
                return list(range(before + 1, transaction.size + 1))
        except ConflictError as error:
            raise IntegrityError(str(error)) from error

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return the events of one stream, by version."""
        with self.connections.reading() as connection:
            query = select_entries(head_of(connection, self.code).number).where(STREAM.c.name == str(originator_id))
            if gt is not None:
                query = query.where(EVENT.c.version > gt)
            if lte is not None:
                query = query.where(EVENT.c.version <= lte)
            query = query.order_by(EVENT.c.version.desc() if desc else EVENT.c.version).limit(limit)
            return [entry_of(row) for row in connection.execute(query)]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return up to ``limit`` events from position ``start`` on."""
        with self.connections.reading() as connection:
            query = select_entries(head_of(connection, self.code).number)
            if start is not None:
                query = query.where(EVENT.c.position >= start if inclusive_of_start else EVENT.c.position > start)
            if stop is not None:
                query = query.where(EVENT.c.position <= stop)
            if topics:
                query = query.where(EVENT.c.topic.in_(topics))
            rows = connection.execute(query.order_by(EVENT.c.position).limit(limit)).all()
        return [EntryNotification.of(entry_of(row)) for row in rows]

    def max_notification_id(self) -> int | None:
        """Return the last position, None for an empty log."""
        return self.size() or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Refuse subscriptions: projections here read batches, and nothing waits for single events."""
        raise NotImplementedError("read the log in batches with `replay`; there are no subscriptions")

    # -- what trialog adds ------------------------------------------------------

    @contextmanager
    def writing(self, *, held: bool = True) -> Iterator[Transaction]:
        """Open a transaction that appends.

        Args:
            held: Keep other writers out from the beginning. If False, a server does not make them wait, and the
                insert is refused if another writer appended first.
        """
        with self.connections.writing(held=held) as connection:
            transaction = self.begun(connection)
            yield transaction
        self.remember(transaction)

    def begun(self, connection: Connection, found: LastSeenHead | None = None) -> Transaction:
        """Return an append to this trial.

        Args:
            connection: Open for writing.
            found: The head of the log, if it was already looked up.
        """
        if found is None and not connection.in_transaction():
            found = self._memory.recall()
        head = found or head_to_append_to(connection, self.code)
        return Transaction(connection, head, self.connections.clock, self._memory)

    def remember(self, transaction: Transaction) -> None:
        """Remember the head that a committed transaction left."""
        self._memory.keep(transaction.found, transaction.left, transaction.new_streams)

    def size(self) -> int:
        """Return the number of events."""
        return self.head()[0]

    def head(self) -> tuple[int, bytes]:
        """Return the size of the log and the root of its Merkle tree."""
        with self.connections.reading() as connection:
            head = head_of(connection, self.code)
        return (head.size, head.root) if head.number else (0, EMPTY_ROOT)

    def checkpoint(self) -> Checkpoint:
        """Return the log's origin, size and root."""
        with self.connections.reading() as connection:
            head = head_of(connection, self.code)
        return Checkpoint(head.origin, head.size, head.root)

    def entries(self, after: int = 0, limit: int | None = None) -> Iterator[StoredEntry]:
        """Yield whole entries by position: those that the log has now, without later ones."""
        with self.connections.reading() as connection:
            head = head_of(connection, self.code)
        last = head.size if limit is None else min(head.size, after + limit)
        # Use short transactions: a reader that pages through the log must not block its writers.
        for begin, end in ranges(after, last, ENTRIES_OF_TRANSACTION):
            query = select_entries(head.number).where(EVENT.c.position > begin, EVENT.c.position <= end)
            with self.connections.reading() as connection:
                rows = connection.execute(query.order_by(EVENT.c.position)).all()
            if len(rows) != end - begin:
                raise DifferenceError(
                    f"{self.code}: events are missing: {end - begin} should follow position {begin} "
                    f"and {len(rows)} do; run trialog verify"
                )
            yield from map(entry_of, rows)

    def entries_of(self, streams: Iterable[str]) -> dict[str, list[StoredEntry]]:
        """Return the whole entries of the given streams that the log has, each by version."""
        with self.connections.reading() as connection:
            head = head_of(connection, self.code)
            return entries_of_streams(connection, head, stream_numbers(connection, head, streams))

    def history(self, stream: str) -> tuple[LogEntry, ...]:
        """Return the entries of one stream, by version; none if the log does not have it.

        Raises:
            EventError: A row is not an event of a known kind.
        """
        mapped = EventMapper().to_domain_event
        return tuple(mapped(entry) for entry in self.entries_of([stream]).get(stream, ()))

    def replay(self) -> Replay:
        """Return the present state of the log, for replay."""
        with self.connections.reading() as connection:
            return Replay(self.connections, head_of(connection, self.code))


def _new_entry(stored: StoredEvent) -> NewEntry:
    stream, version = str(stored.originator_id), stored.originator_version
    given = stored if isinstance(stored, StoredEntry) else None
    return NewEntry(
        stream=stream,
        version=version,
        topic=stored.topic,
        event_id=(given.event_id if given else "") or f"{stream}:{version}",
        actor=given.actor if given else "",
        payload=stored.state,
        columns=given.columns if given else NO_COLUMNS,
    )
