"""An append on a server: one call that writes everything, or nothing if the log has grown meanwhile.

Over a network each query costs a round trip. A writer therefore reads the head, judges without holding a lock, and
names in its one call the size of the log that its judgment is based on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Column, Connection

from trialog.log.store.queries import run_text
from trialog.log.store.rows import Head
from trialog.log.store.schema import EVENT

_OF_EVENT: Final = tuple(column for column in EVENT.columns if column.name not in ("trial", "position"))
_NUMERIC: Final = tuple(issubclass(column.type.python_type, (int, float)) for column in _OF_EVENT)

LARGEST_CALL: Final = 10_000
"""Events in one call; their values are in memory twice, here and on the server."""

PROMPT_SECONDS: Final = 10
"""Seconds between reading the server's clock and the call."""

LARGEST_BYTES: Final = 64 << 20
"""Bytes of all payloads in one call."""

_SHUT_DOWN: Final = "57P"
"""Prefix of the SQLSTATE with which a server ends a session."""


class LostError(Exception):
    """The connection was lost, so it is unknown whether the append was committed."""


def functions() -> Iterator[str]:
    """Yield the statements that make the functions of an append: of a single event, and of many.

    They run with the caller's rights: a login may append only what it may insert.
    """
    columns, given, fields = (", ".join(f"{mark}{column.name}" for column in _OF_EVENT) for mark in ("", "_", "fresh."))
    of_many = f"{fields} FROM unnest({given}) WITH ORDINALITY AS fresh ({columns}, nth)"
    for many, source in ((False, f"of_trial, expected + 1, {given}"), (True, f"of_trial, expected + nth, {of_many}")):
        parameters = ", ".join(f"_{column.name} {_kind(column)}{'[]' * many}" for column in _OF_EVENT)
        yield f"""
        CREATE FUNCTION {_name(many=many)}(
          of_trial integer, expected bigint, edge bytea, new_streams integer[], new_names text[], {parameters},
          new_size bigint, new_recorded_at bigint, streams_now integer, new_frontier bytea, prompt boolean
        ) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM FROM trial WHERE number = of_trial AND size = expected AND frontier = edge FOR UPDATE;
          IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
              MESSAGE = 'the log has grown meanwhile';
          END IF;
          IF prompt AND new_recorded_at < trialog_microseconds(clock_timestamp() - interval '{PROMPT_SECONDS} s') THEN
            RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
              MESSAGE = 'the time of recording is not now';
          END IF;
          IF cardinality(new_streams) > 0 THEN
            INSERT INTO stream (trial, number, name)
              SELECT of_trial, fresh.number, fresh.name FROM unnest(new_streams, new_names) AS fresh (number, name);
          END IF;
          INSERT INTO event (trial, position, {columns}) SELECT {source};
          UPDATE trial SET size = new_size, recorded_at = new_recorded_at, streams = streams_now,
                           frontier = new_frontier
           WHERE number = of_trial;
        END $$
        """  # noqa: S608  # names of the schema


def append(
    connection: Connection,
    head: Head,
    streams: Sequence[tuple[int, str]],
    rows: Sequence[Sequence[Any]],
    after: Head,
    *,
    prompt: bool,
) -> None:
    """Write events and move the trial's head.

    Args:
        connection: In a transaction, or outside of one; then the call itself is a transaction.
        head: The head that the log must have.
        streams: Number and name of the streams that are new to the log.
        rows: At least one, in the order of the table's columns.
        after: The head after the append.
        prompt: Refuse a recording time more than some seconds old; this process may have been suspended.

    Raises:
        Exception: The driver's own error; its IntegrityError if the log has another head.
        LostError: The call was a transaction, and the connection was lost during it.
    """
    many = len(rows) > 1
    columns = list(zip(*rows, strict=True) if many else rows[0])[2:]
    made = _array if many else _scalar
    values = [
        str(head.number),
        str(head.size),
        head.frontier,
        _array([number for number, _ in streams], numeric=True),
        [name for _, name in streams] or "{}",
        *[made(value, numeric=numeric) for value, numeric in zip(columns, _NUMERIC, strict=True)],
        str(after.size),
        str(after.recorded_at),
        str(after.streams),
        after.frontier,
        prompt,
    ]
    try:
        run_text(connection, _call(many=many), values)
    except Exception as error:
        raw: Any = connection.connection.driver_connection
        lost = raw.closed or str(getattr(error, "sqlstate", "")).startswith(_SHUT_DOWN)
        if lost and not connection.in_transaction():
            raise LostError from error
        raise


@lru_cache
def _call(*, many: bool) -> str:
    listed = "[]" if many else ""
    given = (
        f"%{'t' if numeric else 'b'}::{_kind(column)}{listed}"
        for column, numeric in zip(_OF_EVENT, _NUMERIC, strict=True)
    )
    return (
        f"SELECT {_name(many=many)}(%t::integer, %t::bigint, %b, %t::integer[], %t::text[], {', '.join(given)}, "
        "%t::bigint, %t::bigint, %t::integer, %b, %b)"
    )


def _scalar(value: Any, *, numeric: bool) -> Any:
    # Pass the number as text: the driver would choose its width by size, and the server plan once for each width.
    return str(value) if numeric and value is not None else value


def _array(values: Iterable[Any], *, numeric: bool) -> Any:
    # Pass numbers as text: the driver would check the type of each item of a list.
    return f"{{{str(list(values))[1:-1].replace('None', 'NULL')}}}" if numeric else list(values)


def _kind(column: Column[Any]) -> str:
    from sqlalchemy.dialects import postgresql

    return str(column.type.compile(postgresql.dialect()))  # type: ignore[no-untyped-call]


def _name(*, many: bool) -> str:
    return "trialog_append" if many else "trialog_append_one"
