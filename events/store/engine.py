"""Opening a database so that what it acknowledges survives power loss."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from trialog.events.errors import LogError

BUSY_SECONDS: Final = 5
WRITE: Final = "trialog_write"
"""Execution option of a connection that is going to write."""

_WAL_REPAIRED: Final = (3, 51, 3)
"""SQLite before this version can lose committed pages of a WAL file when two connections reset it at once."""


def is_url(place: str) -> bool:
    """Tell a database URL from a file's path."""
    return "://" in place


def shown(place: str) -> str:
    """Return where a log is, without any password."""
    return make_url(place).render_as_string(hide_password=True) if is_url(place) else place


def sqlite_file(place: str) -> Path | None:
    """Return the file of an SQLite log, None for a log on a server."""
    if not is_url(place):
        return Path(place)
    url = make_url(place)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def open_engine(place: str) -> Engine:
    """Return an engine on an existing database.

    Args:
        place: Path of an SQLite file, or a URL such as ``postgresql://host/name``.

    Raises:
        LogError: There is no such file, or the URL names no database that trialog can use.
    """
    file = sqlite_file(place)
    if file is not None:
        return _sqlite_engine(file)
    return _server_engine(place)


def _sqlite_engine(file: Path) -> Engine:
    if not file.is_file():
        raise LogError(f"no log at {file}; create one with: trialog init {file}")
    mode = "rw" if os.access(file, os.W_OK) and os.access(file.parent, os.W_OK) else "ro"
    # Percent-encoded: a path may hold ? or #, which a URI would take for its own.
    address = f"file:{quote(str(file.resolve()))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=_null_pool())
    event.listen(engine, "connect", _protect_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _null_pool() -> Any:
    from sqlalchemy.pool import NullPool

    return NullPool


def _protect_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Choose the settings under which an acknowledged event survives power loss."""
    run = connection.execute
    run("PRAGMA trusted_schema = OFF")
    run("PRAGMA cell_size_check = ON")
    if sqlite3.sqlite_version_info >= _WAL_REPAIRED:
        run("PRAGMA synchronous = FULL")
    else:
        run("PRAGMA synchronous = EXTRA")
    run("PRAGMA fullfsync = ON")  # macOS: fsync alone does not reach the disk


def journal_mode() -> str:
    """Return the journal mode that is safe with the SQLite version that this Python carries."""
    return "WAL" if sqlite3.sqlite_version_info >= _WAL_REPAIRED else "DELETE"


def _begin_sqlite(connection: Any) -> None:
    # A deferred transaction that reads and then writes fails at once when another
    # writer is active; an immediate one waits its turn.
    kind = "IMMEDIATE" if connection.get_execution_options().get(WRITE) else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {kind}")


def _server_engine(place: str) -> Engine:
    try:
        url = make_url(place)
    except ArgumentError:
        raise LogError(f"{place!r} is not a database URL; expected for example postgresql://host/name") from None
    if url.get_backend_name() != "postgresql":
        raise LogError(f"{url.get_backend_name()} is not supported; expected a file, sqlite:/// or postgresql://")
    try:
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError:
        raise LogError("PostgreSQL needs its driver; install it with: pip install 'trialog[postgres]'") from None
