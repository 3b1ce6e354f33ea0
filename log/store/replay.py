"""Fast reading of the log's rows into columns: with the bare cursor, and only what figures need.

A log only grows, so its size identifies a state: rows up to that size never change. They are read
in many short transactions, because a long one would block writers of an SQLite log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import select

from trialog.events.errors import DifferenceError
from trialog.log.store.connections import Connections
from trialog.log.store.queries import new_cursor, of_each
from trialog.log.store.rows import Head
from trialog.log.store.schema import EVENT, STREAM

ROWS_OF_TRANSACTION: Final = 50_000
FETCH_ROWS: Final = 1_000
"""Rows at a time: few enough that they are still in the processor's cache when they become columns."""

KIND_BITS: Final = 8
DAY_BITS: Final = 18
DAY_ZERO: Final = 1 << 16
"""The packed value of 1970-01-01; it leaves room for days from 1900 to 2199, and 0 means no day."""

ReplayRow = tuple[int, int, int, float | None, bytes | None]
"""Kind and stream; first and last day of occurrence and day known; code; amount; payload or None.

The numbers of a row are packed into two, lowest bits first: each value that a driver returns costs as much as
reading it, and packed values are returned in half the time.
"""

_DAYS: Final = (
    f"coalesce(occurred_first + {DAY_ZERO}, 0)",
    f"coalesce(occurred_last + {DAY_ZERO}, 0)",
    f"known_on + {DAY_ZERO}",
)
_PACKED_DAYS: Final = " + ".join(f"(CAST({day} AS BIGINT) << {at * DAY_BITS})" for at, day in enumerate(_DAYS))
_COLUMNS: Final = f"kind + (CAST(stream AS BIGINT) << {KIND_BITS}), {_PACKED_DAYS}, code, amount"


def ranges(after: int, last: int, step: int = ROWS_OF_TRANSACTION) -> Iterator[tuple[int, int]]:
    """Yield the positions of each transaction: after the first number, up to the second."""
    for begin in range(after, last, step):
        yield begin, min(begin + step, last)


class Replay:
    """One state of a trial's log, for replay.

    Args:
        connections: Connections to the log's database.
        head: Head of the log in that state.
    """

    def __init__(self, connections: Connections, head: Head) -> None:
        self._connections = connections
        self.head = head

    @property
    def size(self) -> int:
        """Number of events of the log."""
        return self.head.size

    @property
    def root(self) -> bytes:
        """Root of its Merkle tree."""
        return self.head.root

    def chunks(self, payload_kinds: Sequence[int], after: int = 0) -> Iterator[list[ReplayRow]]:
        """Yield the rows after a position, in order and without a gap, some thousand at a time.

        Args:
            payload_kinds: Kinds whose payloads are wanted.
            after: Position.

        Raises:
            DifferenceError: Events are missing.
        """
        kinds = ", ".join(str(int(kind)) for kind in payload_kinds) or "NULL"
        columns = f"{_COLUMNS}, CASE WHEN kind IN ({kinds}) THEN payload END"
        count = 0
        for rows in self._rows(columns, after, self.size):
            count += len(rows)
            yield rows
        if count != self.size - after:
            raise DifferenceError(
                f"{self.head.code}: events are missing: {self.size - after} should follow position {after} and {count} "
                "do; run trialog verify"
            )

    def leaves(self, after: int = 0, last: int | None = None) -> Iterator[bytes]:
        """Yield the stored leaves after a position, in order, up to another one or to the end."""
        for rows in self._rows("leaf", after, self.size if last is None else last):
            for (leaf,) in rows:
                yield bytes(leaf)

    def payloads(self, positions: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Yield the payloads at some positions, each with its position."""
        with self._connections.reading() as connection:
            of_trial = select(EVENT.c.position, EVENT.c.payload).where(EVENT.c.trial == self.head.number)
            server = connection.dialect.name != "sqlite"
            for position, payload in connection.execute(of_each(of_trial, EVENT.c.position, positions, server=server)):
                yield position, bytes(payload)

    def streams(self, after: int = 0) -> list[str]:
        """Return the names of the streams after a number; a row's ``stream`` n is the n-th of all, from 1."""
        query = "SELECT name FROM stream WHERE trial = ? AND number > ? AND number <= ? ORDER BY number"
        return [name for rows in self._fetched(query, after, self.head.streams) for (name,) in rows]

    def streams_named(self, prefix: str) -> list[str]:
        """Return the names of the streams that begin with a prefix, in order of the log."""
        query = select(STREAM.c.name).where(
            STREAM.c.trial == self.head.number,
            STREAM.c.number.between(1, self.head.streams),
            STREAM.c.name >= prefix,
            STREAM.c.name.startswith(prefix, autoescape=True),
        )
        with self._connections.reading() as connection:
            return list(connection.execute(query.order_by(STREAM.c.number)).scalars())

    def _rows(self, columns: str, after: int, last: int) -> Iterator[list[Any]]:
        query = (
            f"SELECT {columns} FROM event "  # noqa: S608  # names of the schema and numbers of kinds
            "WHERE trial = ? AND position > ? AND position <= ? ORDER BY position"
        )
        for begin, end in ranges(after, last):
            yield from self._fetched(query, begin, end)

    def _fetched(self, query: str, begin: int, end: int) -> Iterator[list[Any]]:
        with self._connections.reading() as connection:
            cursor = new_cursor(connection)
            marked = query if connection.dialect.name == "sqlite" else query.replace("?", "%s")
            cursor.execute(marked, (self.head.number, begin, end))
            while rows := cursor.fetchmany(FETCH_ROWS):
                yield rows
            cursor.close()
