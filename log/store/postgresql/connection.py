"""How a PostgreSQL database is opened, and what its errors mean."""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from trialog.events.errors import LogError

BEGIN: Final = {False: "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", True: "BEGIN"}
"""The statement that begins a transaction, by whether it writes. All reads of one answer see one state of the log."""

CONNECT_SECONDS: Final = 10

IDLE_SECONDS: Final = 1.0
"""A connection that was idle for so long is tested before its next transaction."""

PLAIN_PLANS: Final = ("enable_seqscan", "enable_sort", "jit")
"""Settings that are off in our sessions. Every query asks for one row, or consecutive rows, in the order of an index. A
session plans a query once: for the single page of a new log it would choose to scan and sort all of it, or use an index
that merely begins with the trial, and keep this plan when there are millions of rows. The last setting is off because
compiling such plans takes longer than running them."""

_NO_SCHEMA: Final = "3F000"
_NO_TABLE: Final = "42P01"
_NOT_ALLOWED: Final = "42501"
_NO_FUNCTION: Final = "42883"

_CONSTRAINTS: Final = {
    "event_pkey": "position is not the next one of the log",
    "event_trial_stream_version_key": "version is not the next one of the stream",
    "event_trial_event_id_key": "event id is in the log already",
    "stream_pkey": "stream is not the next one of the log",
    "stream_trial_name_key": "stream is in the log already",
    "trial_code_key": "trial is in the log already",
}
"""Messages for violated constraints, in the words of the guards of an SQLite log."""


def open_engine(url: URL, busy_seconds: float) -> Engine:
    """Return an engine on a database.

    Args:
        url: URL of a PostgreSQL database.
        busy_seconds: How long a writer waits for another.

    Raises:
        LogError: The driver is not installed.
    """
    url = url.set(drivername="postgresql+psycopg").update_query_dict(
        {"connect_timeout": str(CONNECT_SECONDS), "application_name": "trialog", **url.query}
    )
    try:
        engine = create_engine(url, pool_reset_on_return=None)
    except ModuleNotFoundError:
        raise LogError("PostgreSQL needs its driver; install it with: pip install 'trialog[postgres]'") from None

    def set_up(connection: Any, _record: object) -> None:
        # BEGIN is issued explicitly, as for a file: psycopg's implicit BEGIN would cost a round trip.
        connection.autocommit = True
        # READ COMMITTED: after waiting for a lock, a writer reads the row again.
        connection.execute("SET default_transaction_isolation = 'read committed'")
        connection.execute(f"SET lock_timeout = '{busy_seconds}s'")
        for setting in PLAIN_PLANS:
            connection.execute(f"SET {setting} = off")

    event.listen(engine, "connect", set_up)
    event.listen(engine, "reset", _end_transaction)
    event.listen(engine, "checkin", _note_time)
    event.listen(engine, "checkout", _try_idle)
    return engine


def is_missing(error: BaseException | None) -> bool:
    """Distinguish a database without a log, or with none that this login may see, from one that cannot be reached."""
    return getattr(error, "sqlstate", None) in (_NO_TABLE, _NO_SCHEMA)


def reason(error: BaseException | None) -> str:
    """Return the meaning of a driver's error, in one line."""
    said = str(error).strip().splitlines()[0]
    state = getattr(error, "sqlstate", None)
    if state == _NOT_ALLOWED:
        if "row-level security" in said:
            return "this login was not given that trial (row-level security); its owner adds a row to table access"
        if said.startswith("permission denied"):
            return f"{said}; that needs another role: a reader reads, a writer appends, the owner does the rest"
    if state == _NO_FUNCTION and "trialog_" in said:
        return "it was made by an earlier version of trialog; append to a new one that it is copied into: trialog copy"
    if state == _NO_SCHEMA:
        return f"{said}: there is no such schema; its owner makes it first: CREATE SCHEMA name"
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    return _CONSTRAINTS.get(constraint or "", said)


def _end_transaction(connection: Any, _record: object, _state: object) -> None:
    # Ask only if there is one: psycopg is slow to find out that there is none.
    if connection.info.transaction_status:
        connection.rollback()


def _note_time(_connection: object, record: Any) -> None:
    record.info["idle since"] = time.monotonic()


def _try_idle(connection: Any, record: Any, _proxy: object) -> None:
    """Test a connection that was idle; the server may have been restarted meanwhile."""
    since = record.info.get("idle since")
    if since is None or time.monotonic() - since < IDLE_SECONDS:
        return
    try:
        connection.execute("")
    except Exception as error:
        raise DisconnectionError from error
