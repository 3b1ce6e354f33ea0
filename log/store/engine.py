"""Opening a database so that what it acknowledges survives power loss."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import QueuePool

from trialog.events.errors import LogError

BUSY_SECONDS: Final = 20
"""How long a writer waits for another; on a slow disk many writers with an event each take their turns within it."""
CONNECT_SECONDS: Final = 10
CACHE_KIBIBYTES: Final = 65_536
"""Pages that a writer keeps; SQLite's own two megabytes make every append to a large index read the disk."""

IDLE_SECONDS: Final = 1.0
"""A connection to a server that was idle for so long is tried before a transaction begins on it."""

PLAIN_PLANS: Final = ("enable_seqscan", "enable_sort", "jit")
"""What PostgreSQL does without for us. What is asked is a place or a run of places in the order of an index. A session
plans its questions once: for the single page of a new log it would read all of it, or an index that begins with the
trial, and sort; and do so still when there are millions. Compiling such plans takes longer than running them."""

WRITE: Final = "trialog_write"
"""Execution option of a connection that is going to write."""

WAL_REPAIRED: Final = (3, 51, 3)
"""SQLite before this version can lose committed pages of a WAL file when two connections reset it at once."""

_WAL_BACKPORTS: Final = ((3, 44, 6), (3, 50, 7))
"""Earlier versions, with those after them in the same series, that have the repair too."""


def is_url(place: str) -> bool:
    """Tell a database URL from a file's path."""
    return "://" in place


def shown(place: str) -> str:
    """Return where a log is, without any password."""
    try:
        return make_url(place).render_as_string(hide_password=True) if is_url(place) else place
    except ArgumentError:
        return "the database"


def sqlite_file(place: str) -> Path | None:
    """Return the file of an SQLite log, None for a log on a server.

    Raises:
        LogError: The URL is malformed, or carries a password.
    """
    if not is_url(place):
        return Path(place)
    url = _url(place)
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


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Tell whether a version of SQLite keeps what it wrote to a WAL file, whatever others do."""
    if version >= WAL_REPAIRED:
        return True
    return any(version[:2] == repaired[:2] and version >= repaired for repaired in _WAL_BACKPORTS)


def journal_mode() -> str:
    """Return the journal mode that is safe with the SQLite version that this Python carries."""
    return "WAL" if wal_is_safe() else "DELETE"


def synchronous() -> str:
    """Return the setting of ``synchronous`` that loses nothing at power loss with that journal mode."""
    return "FULL" if wal_is_safe() else "EXTRA"


def _sqlite_engine(file: Path) -> Engine:
    if file.is_dir():
        raise LogError(f"{file} is a folder; expected a log, for example {file / 'trial.db'}")
    if not file.is_file():
        raise LogError(f"no log at {file}; create one with: trialog init {file}")
    writable = os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
    # Percent-encoded: a path may hold ? or #, which a URI would take for its own.
    address = f"file:{quote(str(file.resolve()))}?mode={'rw' if writable else 'ro'}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    # Kept open between transactions: to open a file, its settings and its schema anew costs more than an append.
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=-1)
    event.listen(engine, "connect", _protect_writable if writable else _protect_sqlite)
    _keep_to(engine, lambda: _inode(file))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _inode(file: Path) -> tuple[int, int] | None:
    """Return what stands at a path; a file that was restored there is another one."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _keep_to(engine: Engine, what_stands_there: Callable[[], object]) -> None:
    """Use a connection that was kept open only in the process that opened it, and to what it was opened to."""

    def connected(_connection: object, record: Any) -> None:
        record.info["opened"] = os.getpid(), what_stands_there()

    def checked_out(_connection: object, record: Any, proxy: Any) -> None:
        process, stood_there = record.info["opened"]
        if process != os.getpid():
            # Not even closed here: it is the other process' connection.
            record.dbapi_connection = proxy.dbapi_connection = None
            raise DisconnectionError("the connection belongs to another process")
        if stood_there != what_stands_there():
            raise DisconnectionError("another file stands there now")

    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", checked_out)


def _protect_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Choose the settings under which an acknowledged event survives power loss."""
    run = connection.execute
    run("PRAGMA trusted_schema = OFF")
    run("PRAGMA cell_size_check = ON")
    run(f"PRAGMA synchronous = {synchronous()}")
    run("PRAGMA fullfsync = ON")  # macOS: fsync alone does not reach the disk


def _protect_writable(connection: sqlite3.Connection, record: object) -> None:
    _protect_sqlite(connection, record)
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
    if not wal_is_safe():
        leave_wal(connection)


def leave_wal(connection: sqlite3.Connection) -> None:
    """Bring a file that a later SQLite left in WAL mode back to the mode that is safe here."""
    try:
        if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error:
        # Not a database, or others are connected in WAL mode: opening says the first, doctor the second.
        return


def _begin_sqlite(connection: Any) -> None:
    # A deferred transaction that reads and then writes fails at once when another
    # writer is active; an immediate one waits its turn.
    if connection.get_execution_options().get(WRITE):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")


def _url(place: str) -> URL:
    try:
        url = make_url(place)
    except ArgumentError:
        raise LogError("not a database URL; expected for example postgresql://host/name") from None
    if url.password is not None or "password" in url.query:
        raise LogError(
            "a password in the URL of a log can be read by others; leave it out and use a password file "
            "(PGPASSFILE), a service file (postgresql:///?service=NAME) or PGPASSWORD"
        )
    return url


def _server_engine(place: str) -> Engine:
    url = _url(place)
    if url.get_backend_name() != "postgresql":
        raise LogError(f"{url.get_backend_name()} is not supported; expected a file, sqlite:/// or postgresql://")
    url = url.set(drivername="postgresql+psycopg").update_query_dict(
        {"connect_timeout": str(CONNECT_SECONDS), "application_name": "trialog", **url.query}
    )
    try:
        engine = create_engine(url, pool_reset_on_return=None)
    except ModuleNotFoundError:
        raise LogError("PostgreSQL needs its driver; install it with: pip install 'trialog[postgres]'") from None
    event.listen(engine, "connect", _set_up_server)
    _keep_to(engine, lambda: place)
    event.listen(engine, "reset", _end_transaction)
    event.listen(engine, "checkin", _note_time)
    event.listen(engine, "checkout", _try_idle)
    event.listen(engine, "begin", _begin_server)
    return engine


def _set_up_server(connection: Any, _record: object) -> None:
    # Transactions are begun by name, as in a file: the driver would begin one for each question, and ask twice.
    connection.autocommit = True
    # Whoever waited for a lock goes by what stands there then.
    connection.execute("SET default_transaction_isolation = 'read committed'")
    connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    for setting in PLAIN_PLANS:
        connection.execute(f"SET {setting} = off")


def _end_transaction(connection: Any, _record: object, _state: object) -> None:
    # Only where there is one: the driver takes a while to find out that there is not.
    if connection.info.transaction_status:
        connection.rollback()


def _note_time(_connection: object, record: Any) -> None:
    record.info["idle since"] = time.monotonic()


def _try_idle(connection: Any, record: Any, _proxy: object) -> None:
    """Ask a connection that was idle for an answer; a server may have been restarted meanwhile."""
    since = record.info.get("idle since")
    if since is None or time.monotonic() - since < IDLE_SECONDS:
        return
    try:
        connection.execute("")
    except Exception as error:
        raise DisconnectionError from error


def _begin_server(connection: Any) -> None:
    if connection.get_execution_options().get(WRITE):
        connection.exec_driver_sql("BEGIN")
    else:
        # One state of the log for all the reads of one answer.
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
