"""An append to a file, within its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection

from trialog.log.store.queries import HEAD_MOVED, run, run_for_each
from trialog.log.store.rows import Head
from trialog.log.store.schema import EVENT

_STREAM: Final = "INSERT INTO stream (number, name, trial) VALUES (?, ?, ?)"
_EVENT: Final = f"INSERT INTO event ({', '.join(EVENT.columns.keys())}) VALUES ({', '.join('?' * len(EVENT.columns))})"  # noqa: S608  # names of the schema


def append(
    connection: Connection, head: Head, streams: Sequence[tuple[int, str]], rows: Sequence[Sequence[Any]], after: Head
) -> None:
    """Write events and move the trial's head.

    Args:
        connection: In a transaction.
        head: The head before the append.
        streams: Number and name of the streams that are new to the log.
        rows: At least one, in the order of the table's columns.
        after: The head after the append.

    Raises:
        sqlite3.Error: The error of SQLite.
    """
    run_for_each(connection, _STREAM, [(*stream, head.number) for stream in streams])
    run_for_each(connection, _EVENT, rows)
    run(
        connection,
        HEAD_MOVED,
        of_trial=head.number,
        size=after.size,
        recorded_at=after.recorded_at,
        streams=after.streams,
        frontier=after.frontier,
    )
