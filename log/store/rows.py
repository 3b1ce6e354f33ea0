"""Rows of the event table, for writing and for reading whole entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from eventsourcing.persistence import Notification, StoredEvent
from sqlalchemy import Connection, select

from trialog.events.dates import day_of_instant
from trialog.events.entry import NO_COLUMNS
from trialog.events.errors import DifferenceError, TreeError
from trialog.events.index_columns import IndexColumns
from trialog.log.store.queries import HEAD, HEADS, LOOKUPS, fetch
from trialog.log.store.schema import TRIAL
from trialog.log.trust.leaf import frame, leaf_hash
from trialog.log.trust.merkle import Frontier


@dataclass(frozen=True)
class StoredEntry(StoredEvent):
    """A stored event with what a log entry has beyond the library's four fields.

    ``position`` and ``recorded_at`` are 0 until the entry is appended.
    """

    event_id: str = ""
    actor: str = ""
    columns: IndexColumns = field(default=NO_COLUMNS)
    position: int = 0
    recorded_at: int = 0
    salt: bytes = b""
    leaf: bytes = b""

    def leaf_input(self, origin: str) -> bytes:
        """Return the entry's frame in a log with an origin."""
        return frame(
            origin=origin,
            position=self.position,
            stream=str(self.originator_id),
            version=self.originator_version,
            topic=self.topic,
            event_id=self.event_id,
            recorded_at=self.recorded_at,
            actor=self.actor,
            salt=self.salt,
            payload=self.state,
        )

    def leaf_hash(self, origin: str) -> bytes:
        """Return the leaf computed from the row."""
        return leaf_hash(self.leaf_input(origin))

    def check(self, code: str, origin: str) -> None:
        """Check that the row matches its leaf in the log of a trial.

        Raises:
            DifferenceError: It does not match: the row was changed.
        """
        if self.leaf_hash(origin) != self.leaf:
            raise DifferenceError(f"{code}: position {self.position}: the row does not have its leaf")


@dataclass(frozen=True)
class EntryNotification(Notification):
    """An entry in the form of the library's notification logs, with every field that `EventMapper` needs."""

    event_id: str = ""
    actor: str = ""
    recorded_at: int = 0

    @property
    def position(self) -> int:
        """Position in the trial's log, which is the library's notification id."""
        return self.id

    @classmethod
    def of(cls, entry: StoredEntry) -> Self:
        """Return the notification of an entry."""
        return cls(
            originator_id=entry.originator_id,
            originator_version=entry.originator_version,
            topic=entry.topic,
            state=entry.state,
            id=entry.position,
            event_id=entry.event_id,
            actor=entry.actor,
            recorded_at=entry.recorded_at,
        )


class Head(NamedTuple):
    """A trial's row, column by column: the head of its log.

    Attributes:
        number: Number of the trial in this database; 0 for a trial that the log does not hold yet.
        origin: Name of the trial's log, in every leaf and every checkpoint.
        size, recorded_at: Number of events, and the time of the last one.
        streams: Number of streams.
        frontier: Right edge of the Merkle tree.
    """

    number: int
    code: str
    origin: str
    size: int
    recorded_at: int
    streams: int
    frontier: bytes

    @property
    def root(self) -> bytes:
        """Root of the Merkle tree.

        Raises:
            DifferenceError: The edge of the tree does not fit the size.
        """
        return self.tree().root()

    def tree(self) -> Frontier:
        """Return the edge of the Merkle tree, to which leaves can be added.

        Raises:
            DifferenceError: It does not fit the size.
        """
        try:
            return Frontier(self.size, self.frontier)
        except TreeError as error:
            raise DifferenceError(f"{self.code}: the trial's row was changed or is damaged: {error}") from None


def head_of(connection: Connection, code: str) -> Head:
    """Return the head of a trial's log; all zeros for a trial that the log does not hold.

    Raises:
        DifferenceError: The edge of its tree does not fit its size.
    """
    found = fetch(connection, HEAD, code=code)
    head = Head(*found[0]) if found else no_head(code)
    head.tree()
    return head


def heads_of(connection: Connection, codes: Iterable[str]) -> list[Head]:
    """Return the heads of the given trials that the database holds, by code."""
    return [Head(*row) for row in fetch(connection, HEADS[connection.dialect.name], codes=codes)]


def no_head(code: str) -> Head:
    """Return the head of a trial that the log does not hold."""
    return Head(0, code, "", 0, 0, 0, b"")


def codes_of(connection: Connection) -> list[str]:
    """Return the code of each trial, in order."""
    return list(connection.execute(select(TRIAL.c.code).order_by(TRIAL.c.code)).scalars())


def heads(connection: Connection) -> list[Head]:
    """Return the head of each trial's log, by code."""
    return [Head(*row) for row in connection.execute(select(TRIAL).order_by(TRIAL.c.code))]


def entry_of(row: Sequence[Any]) -> StoredEntry:
    """Return the entry that a row of `select_entries` holds."""
    # Unpack by position; attribute access would double the cost.
    (name, position, version, kind, first, last, known, code, amount, instant, event_id, topic, actor, salt, leaf,
     payload) = row  # fmt: skip
    reported = None if known == day_of_instant(instant) else known
    columns = IndexColumns(kind, first, last, reported, code, amount)
    return StoredEntry(
        name, version, topic, bytes(payload), event_id, actor, columns, position, instant, bytes(salt), bytes(leaf)
    )


def stream_numbers(connection: Connection, head: Head, names: Iterable[str]) -> dict[str, int]:
    """Return the numbers of the given streams, if the trial's row counts them."""
    query = LOOKUPS[connection.dialect.name].stream_numbers
    found = fetch(connection, query, of_trial=head.number, names=names)
    return {name: number for number, name in found if 1 <= number <= head.streams}


def entries_of_streams(connection: Connection, head: Head, numbers: Mapping[str, int]) -> dict[str, list[StoredEntry]]:
    """Return the whole entries of some streams, each by version, without rows that the trial's row does not count.

    Raises:
        DifferenceError: A version is missing.
    """
    found: dict[str, list[StoredEntry]] = {name: [] for name in numbers}
    if not numbers:
        return found
    names = {number: name for name, number in numbers.items()}
    query = LOOKUPS[connection.dialect.name].entries_of_streams
    for number, *row in fetch(connection, query, of_trial=head.number, numbers=names):
        entry = entry_of((names[number], *row))
        if not 1 <= entry.position <= head.size:
            continue
        before, version = found[names[number]], entry.originator_version
        if version != (before[-1].originator_version + 1 if before else min(version, 1)):
            raise DifferenceError(
                f"{head.code}: an event of {names[number]} before its version {version} is missing; run trialog verify"
            )
        before.append(entry)
    return found


def entries_with(connection: Connection, head: Head, **wanted: Sequence[Any]) -> list[StoredEntry]:
    """Return the entries with some ``ids`` or ``positions``, without rows that the trial's row does not count."""
    ((name, values),) = wanted.items()
    if not values:
        return []
    lookups = LOOKUPS[connection.dialect.name]
    query = lookups.entries_with_ids if name == "ids" else lookups.entries_at
    found = [entry_of(row) for row in fetch(connection, query, of_trial=head.number, **wanted)]
    for entry in found:
        if entry.originator_id is None:
            raise DifferenceError(f"{head.code}: position {entry.position}: its stream is missing; run trialog verify")
    return [entry for entry in found if 1 <= entry.position <= head.size]
