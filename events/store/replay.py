"""The fast way from the log's rows to columns: the bare cursor, and only what figures need.

SQLAlchemy's row objects would double the time of a replay of a million events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from trialog.events.store.rows import Head, among
from trialog.events.store.schema import EVENT, STREAM

FETCH_ROWS: Final = 1_000
"""Rows at a time: few enough that they are still in the processor's cache when they become columns."""

FETCH_ROWS_OF_SERVER: Final = 10_000

ReplayRow = tuple[int, int, int, int | None, int | None, int, int, float | None, bytes | None]
"""Position, kind, stream, first and last day of occurrence, day known, code, amount, payload or None."""

_COLUMNS: Final = "position, kind, stream, occurred_first, occurred_last, known_on, code, amount"


class Replay:
    """One state of a trial's log, as replay reads it; open while its transaction is.

    Attributes:
        head: Where the log stands.
    """

    def __init__(self, connection: Connection, head: Head) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
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
        """Yield the rows behind a position, in order, some thousand at a time.

        Args:
            payload_kinds: Kinds whose payloads are wanted.
            after: Position.
        """
        kinds = ", ".join(str(int(kind)) for kind in payload_kinds) or "NULL"
        yield from self._fetched(
            f"SELECT {_COLUMNS}, CASE WHEN kind IN ({kinds}) THEN payload END "  # noqa: S608  # numbers of kinds
            "FROM event WHERE trial = ? AND position > ? ORDER BY position",
            (self.head.number, after),
        )

    def leaves(self, after: int = 0) -> Iterator[bytes]:
        """Yield the stored leaves behind a position, in order."""
        query = "SELECT leaf FROM event WHERE trial = ? AND position > ? ORDER BY position"
        for rows in self._fetched(query, (self.head.number, after)):
            for (leaf,) in rows:
                yield bytes(leaf)

    def payloads(self, positions: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Yield the payloads at some positions, each with its position."""
        query = select(EVENT.c.position, EVENT.c.payload).where(
            EVENT.c.trial == self.head.number, among(self._connection, EVENT.c.position, positions)
        )
        for position, payload in self._connection.execute(query) if positions else ():
            yield position, bytes(payload)

    def streams(self, after: int = 0) -> list[str]:
        """Return the names of the streams behind a number; a row's ``stream`` n is the n-th of all, from 1."""
        query = "SELECT name FROM stream WHERE trial = ? AND number > ? ORDER BY number"
        return [name for rows in self._fetched(query, (self.head.number, after)) for (name,) in rows]

    def streams_named(self, prefix: str) -> list[str]:
        """Return the names of the streams that begin with a prefix, in order of the log."""
        return list(
            self._connection.execute(
                select(STREAM.c.name)
                .where(STREAM.c.trial == self.head.number, STREAM.c.name.between(prefix, prefix + chr(0x10FFFF)))
                .where(STREAM.c.name.startswith(prefix, autoescape=True))
                .order_by(STREAM.c.number)
            ).scalars()
        )

    def _fetched(self, query: str, values: tuple[Any, ...]) -> Iterator[list[Any]]:
        raw: Any = self._connection.connection.driver_connection
        # On a server a named cursor, so that the rows do not all come at once.
        cursor = raw.cursor() if self._sqlite else raw.cursor("replay", binary=True)
        try:
            cursor.execute(query if self._sqlite else query.replace("?", "%s"), values)
            while rows := cursor.fetchmany(FETCH_ROWS if self._sqlite else FETCH_ROWS_OF_SERVER):
                yield rows
        finally:
            cursor.close()
