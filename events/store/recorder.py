"""The log of one trial, behind the recorder interface of the eventsourcing library.

Positions (the library's notification ids) are chosen under the trial's lock, so
they have no gaps and a reader never skips one. The time of recording is chosen there
too and never goes back, so that "as known at" an instant is a prefix of the log.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
    Subscription,
)
from sqlalchemy import Connection, Row, Select, func, select

from trialog.events.columns import PlainColumns
from trialog.events.dates import day_of_instant
from trialog.events.errors import ConflictError
from trialog.events.frame import HASH_BYTES, SALT_BYTES, frame, leaf_hash
from trialog.events.kinds import EventCorrected
from trialog.events.merkle import EMPTY_ROOT, Frontier
from trialog.events.store.schema import EVENT, EVENT_COLUMNS, STREAM, TRIAL

FETCH_ROWS: Final = 20_000
_NO_COLUMNS: Final = PlainColumns(0, None, None, None, 0)
_ASKED_AT_ONCE: Final = 500
"""Values in one IN list; SQLite allows 32,766 variables, and short lists are planned faster."""


@dataclass(frozen=True)
class StoredEntry(StoredEvent):
    """A stored event with what a log entry has beyond the library's four fields.

    ``position`` and ``recorded_at`` are 0 until the log has taken the entry in.
    """

    event_id: str = ""
    actor: str = ""
    columns: PlainColumns = field(default=_NO_COLUMNS)
    position: int = 0
    recorded_at: int = 0
    salt: bytes = b""
    leaf: bytes = b""


class ReplayRow(NamedTuple):
    """What replay reads of an event.

    ``payload`` is None unless its kind was asked for, or a correction is about it.
    """

    position: int
    kind: int
    stream: int
    occurred_first: int | None
    occurred_last: int | None
    known_on: int
    code: int
    amount: float | None
    payload: bytes | None


class Database(Protocol):
    """What a recorder needs of the log that it belongs to."""

    @property
    def clock(self) -> Callable[[], int]:
        """Gives microseconds since 1970-01-01 UTC."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction that sees one state of the log throughout."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that no other writer can enter until it ends."""


class TrialRecorder(ApplicationRecorder):
    """Reads and appends the log of one trial.

    Args:
        log: The database.
        code: The trial's code; its head row is made by the first append.
    """

    def __init__(self, log: Database, code: str) -> None:
        self.log = log
        self.code = code

    # -- the library's interface ------------------------------------------------

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Append events in one transaction and return their positions.

        Raises:
            IntegrityError: A version is not the next of its stream, or an event id is in the log already.
        """
        try:
            with self.writing() as transaction:
                return [entry.position for entry in transaction.insert(stored_events)]
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
        query = _full_select().where(TRIAL.c.code == self.code, STREAM.c.name == str(originator_id))
        if gt is not None:
            query = query.where(EVENT.c.version > gt)
        if lte is not None:
            query = query.where(EVENT.c.version <= lte)
        query = query.order_by(EVENT.c.version.desc() if desc else EVENT.c.version).limit(limit)
        with self.log.reading() as connection:
            return [_entry_of(row) for row in connection.execute(query)]

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
        query = _full_select().where(TRIAL.c.code == self.code)
        if start is not None:
            query = query.where(EVENT.c.position >= start if inclusive_of_start else EVENT.c.position > start)
        if stop is not None:
            query = query.where(EVENT.c.position <= stop)
        if topics:
            query = query.where(EVENT.c.topic.in_(topics))
        with self.log.reading() as connection:
            rows = connection.execute(query.order_by(EVENT.c.position).limit(limit)).all()
        return [
            Notification(
                originator_id=row.stream_name,
                originator_version=row.version,
                topic=row.topic,
                state=row.payload,
                id=row.position,
            )
            for row in rows
        ]

    def max_notification_id(self) -> int | None:
        """Return the last position, None for an empty log."""
        return self.size() or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Refuse: projections here read batches; nothing waits for single events."""
        raise NotImplementedError("read the log in batches with `replay_rows`; there are no subscriptions")

    # -- what trialog adds ------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Hold the trial's lock: judge what is there, then insert, in one transaction."""
        with self.log.writing() as connection:
            yield Transaction(connection, self.code, self.log.clock())

    def size(self) -> int:
        """Return the number of events."""
        return self.head()[0]

    def head(self) -> tuple[int, bytes]:
        """Return the size of the log and the root of its Merkle tree."""
        with self.log.reading() as connection:
            return _head(connection, self.code)

    def entries(self, after: int = 0, limit: int | None = None) -> Iterator[StoredEntry]:
        """Yield whole entries by position, as one state of the log."""
        query = _full_select().where(TRIAL.c.code == self.code, EVENT.c.position > after)
        with self.log.reading() as connection:
            found = connection.execution_options(yield_per=FETCH_ROWS).execute(
                query.order_by(EVENT.c.position).limit(limit)
            )
            for row in found:
                yield _entry_of(row)

    def entries_of(self, streams: Iterable[str]) -> dict[str, list[StoredEntry]]:
        """Return the whole entries of some streams, each by version."""
        with self.log.reading() as connection:
            return _entries_of(connection, self.code, streams)

    @contextmanager
    def replaying(self, payload_kinds: Sequence[int], after: int = 0) -> Iterator[Replay]:
        """Read what replay needs, as one state of the log, in chunks of rows.

        Args:
            payload_kinds: Kinds whose payloads are wanted.
            after: Read only what stands behind this position.
        """
        with self.log.reading() as connection:
            size, root = _head(connection, self.code)
            trial = connection.execute(select(TRIAL.c.number).where(TRIAL.c.code == self.code)).scalar()
            streams = connection.execute(
                select(STREAM.c.name).where(STREAM.c.trial == trial).order_by(STREAM.c.number)
            ).scalars()
            yield Replay(size, root, list(streams), _replay_rows(connection, trial or 0, payload_kinds, after))


class Replay(NamedTuple):
    """One state of a trial's log, as replay reads it.

    Attributes:
        streams: Names of the streams; a row's ``stream`` n is the n-th of them, from 1.
        chunks: Rows by position, some thousand at a time, while the state is held open.
    """

    size: int
    root: bytes
    streams: list[str]
    chunks: Iterator[list[ReplayRow]]


class Transaction:
    """An open transaction on one trial's log; nobody else appends to it meanwhile.

    Attributes:
        size: Events in the log.
        recorded_at: The instant that every event of this transaction gets.
    """

    def __init__(self, connection: Connection, code: str, now: int) -> None:
        self._connection = connection
        self._code = code
        query = select(TRIAL).where(TRIAL.c.code == code)
        if connection.dialect.name != "sqlite":
            query = query.with_for_update()
        head = connection.execute(query).one_or_none()
        self.exists = head is not None
        self._number = head.number if head else _next_trial_number(connection)
        self.size: int = head.size if head else 0
        self._streams: int = head.streams if head else 0
        self._frontier = Frontier(head.size, head.frontier) if head else Frontier()
        # The clock may jump back; what the log says of its own order may not.
        self.recorded_at: int = max(now, head.recorded_at if head else 0)

    @property
    def root(self) -> bytes:
        """Root of the Merkle tree, including what this transaction inserted."""
        return self._frontier.root()

    def entries_of(self, streams: Iterable[str]) -> dict[str, list[StoredEntry]]:
        """Return the whole entries of some streams, each by version."""
        return _entries_of(self._connection, self._code, streams)

    def entries_with_ids(self, event_ids: Iterable[str]) -> dict[str, StoredEntry]:
        """Return the entries that have one of these ids."""
        found = {}
        for some in _in_lists(event_ids):
            query = _full_select().where(TRIAL.c.code == self._code, EVENT.c.event_id.in_(some))
            found.update({row.event_id: _entry_of(row) for row in self._connection.execute(query)})
        return found

    def known_ids(self, event_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that the log has already."""
        found: set[str] = set()
        for some in _in_lists(event_ids):
            query = select(EVENT.c.event_id).where(EVENT.c.trial == self._number, EVENT.c.event_id.in_(some))
            found.update(self._connection.execute(query).scalars())
        return found

    def entry_at(self, position: int) -> StoredEntry | None:
        """Return the entry at a position, None where the log does not reach."""
        query = _full_select().where(TRIAL.c.code == self._code, EVENT.c.position == position)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _entry_of(row)

    def payloads_of_kind(self, kind: int) -> list[bytes]:
        """Return the payloads of every event of a kind, by position."""
        query = select(EVENT.c.payload).where(EVENT.c.trial == self._number, EVENT.c.kind == kind)
        return [bytes(payload) for payload in self._connection.execute(query.order_by(EVENT.c.position)).scalars()]

    def insert(self, stored_events: Sequence[StoredEvent]) -> list[StoredEntry]:
        """Seal events and insert them behind the last one.

        Raises:
            sqlalchemy.exc.IntegrityError: A version or an event id is taken.
        """
        if not stored_events:
            return []
        if not self.exists:
            self._connection.execute(
                TRIAL.insert().values(
                    number=self._number, code=self._code, size=0, recorded_at=0, streams=0, frontier=b""
                )
            )
            self.exists = True
        numbers = self._stream_numbers([str(stored.originator_id) for stored in stored_events])
        salts = secrets.token_bytes(SALT_BYTES * len(stored_events))
        known_on = day_of_instant(self.recorded_at)
        entries, rows = [], []
        for at, stored in enumerate(stored_events):
            entry = self._sealed(stored, salts[at * SALT_BYTES : (at + 1) * SALT_BYTES])
            entries.append(entry)
            columns = entry.columns
            rows.append(
                (
                    self._number,
                    entry.position,
                    numbers[str(entry.originator_id)],
                    entry.originator_version,
                    columns.kind,
                    columns.occurred_first,
                    columns.occurred_last,
                    known_on if columns.reported_on is None else columns.reported_on,
                    columns.code,
                    columns.amount,
                    entry.recorded_at,
                    entry.event_id,
                    entry.topic,
                    entry.actor,
                    entry.salt,
                    entry.leaf,
                    entry.state,
                )
            )
        # Plain tuples through the driver: building a statement for each row would cost half the time.
        self._connection.exec_driver_sql(_insert_sql(self._connection), rows)
        self._connection.execute(
            TRIAL.update()
            .where(TRIAL.c.number == self._number)
            .values(
                size=self.size,
                recorded_at=self.recorded_at,
                streams=self._streams,
                frontier=self._frontier.pack(),
            )
        )
        return entries

    def _sealed(self, stored: StoredEvent, salt: bytes) -> StoredEntry:
        self.size += 1
        given = stored if isinstance(stored, StoredEntry) else None
        stream, version = str(stored.originator_id), stored.originator_version
        event_id = (given.event_id if given else "") or f"{stream}:{version}"
        actor = given.actor if given else ""
        leaf = leaf_hash(
            frame(
                origin=self._code,
                position=self.size,
                stream=stream,
                version=version,
                topic=stored.topic,
                event_id=event_id,
                recorded_at=self.recorded_at,
                actor=actor,
                salt=salt,
                payload=stored.state,
            )
        )
        self._frontier.append(leaf)
        return StoredEntry(
            originator_id=stream,
            originator_version=version,
            topic=stored.topic,
            state=stored.state,
            event_id=event_id,
            actor=actor,
            columns=given.columns if given else _NO_COLUMNS,
            position=self.size,
            recorded_at=self.recorded_at,
            salt=salt,
            leaf=leaf,
        )

    def _stream_numbers(self, names: Sequence[str]) -> Mapping[str, int]:
        wanted = dict.fromkeys(names)
        numbers: dict[str, int] = {}
        for some in _in_lists(wanted):
            query = select(STREAM.c.name, STREAM.c.number).where(
                STREAM.c.trial == self._number, STREAM.c.name.in_(some)
            )
            numbers.update({row.name: row.number for row in self._connection.execute(query)})
        fresh = [name for name in wanted if name not in numbers]
        if fresh:
            rows = []
            for name in fresh:
                self._streams += 1
                numbers[name] = self._streams
                rows.append({"trial": self._number, "number": self._streams, "name": name})
            self._connection.execute(STREAM.insert(), rows)
        return numbers


def _next_trial_number(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(TRIAL.c.number), 0) + 1)).scalar_one())


def _head(connection: Connection, code: str) -> tuple[int, bytes]:
    row = connection.execute(select(TRIAL.c.size, TRIAL.c.frontier).where(TRIAL.c.code == code)).one_or_none()
    return (0, EMPTY_ROOT) if row is None else (row.size, Frontier(row.size, row.frontier).root())


def _full_select() -> Select[Any]:
    wanted = [column for column in EVENT.columns if column.name not in ("trial", "stream")]
    return (
        select(STREAM.c.name.label("stream_name"), *wanted)
        .join(TRIAL, EVENT.c.trial == TRIAL.c.number)
        .join(STREAM, (STREAM.c.trial == EVENT.c.trial) & (STREAM.c.number == EVENT.c.stream))
    )


def _entry_of(row: Row[Any]) -> StoredEntry:
    reported = None if row.known_on == day_of_instant(row.recorded_at) else row.known_on
    return StoredEntry(
        originator_id=row.stream_name,
        originator_version=row.version,
        topic=row.topic,
        state=bytes(row.payload),
        event_id=row.event_id,
        actor=row.actor,
        columns=PlainColumns(row.kind, row.occurred_first, row.occurred_last, reported, row.code, row.amount),
        position=row.position,
        recorded_at=row.recorded_at,
        salt=bytes(row.salt),
        leaf=bytes(row.leaf)[:HASH_BYTES],
    )


def _entries_of(connection: Connection, code: str, streams: Iterable[str]) -> dict[str, list[StoredEntry]]:
    found: dict[str, list[StoredEntry]] = {}
    for some in _in_lists(streams):
        query = _full_select().where(TRIAL.c.code == code, STREAM.c.name.in_(some)).order_by(EVENT.c.position)
        for row in connection.execute(query):
            found.setdefault(row.stream_name, []).append(_entry_of(row))
    return found


def _replay_rows(
    connection: Connection, trial: int, payload_kinds: Sequence[int], after: int
) -> Iterator[list[ReplayRow]]:
    kinds = ", ".join(str(int(kind)) for kind in payload_kinds) or "NULL"
    sqlite = connection.dialect.name == "sqlite"
    mark = "?" if sqlite else "%s"
    raw: Any = connection.connection.driver_connection
    # The bare cursor: SQLAlchemy's row objects would double the time of a replay of a million
    # events. On a server a named cursor, so that the rows do not all come at once.
    cursor = raw.cursor() if sqlite else raw.cursor("replay")
    try:
        cursor.execute(
            "SELECT position, kind, stream, occurred_first, occurred_last, known_on, code, amount, "  # noqa: S608
            f"CASE WHEN kind IN ({kinds}) OR position IN "
            f"(SELECT code FROM event WHERE trial = {mark} AND kind = {EventCorrected.KIND}) THEN payload END "
            f"FROM event WHERE trial = {mark} AND position > {mark} ORDER BY position",
            (trial, trial, after),
        )
        while rows := cursor.fetchmany(FETCH_ROWS):
            yield rows
    finally:
        cursor.close()


def _insert_sql(connection: Connection) -> str:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(EVENT_COLUMNS))
    return f"INSERT INTO event ({', '.join(EVENT_COLUMNS)}) VALUES ({marks})"  # noqa: S608  # names of the schema


def _in_lists(values: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(values)
    for at in range(0, len(wanted), _ASKED_AT_ONCE):
        yield wanted[at : at + _ASKED_AT_ONCE]
