"""Connections to a database that holds logs: opened safely, used in transactions, errors put into plain words."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, RootTransaction, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, OperationalError

from trialog.events.errors import ConflictError, DifferenceError, LogError
from trialog.log.store.postgresql import append as server_append
from trialog.log.store.postgresql import connection as server
from trialog.log.store.queries import SERVER_NOW
from trialog.log.store.sqlite import connection as sqlite

BUSY_SECONDS: Final = 20
"""How long a writer waits for others; on a slow disk many writers of single events still get their turn."""

_WRITE: Final = "trialog_write"
"""Execution option of a connection that is going to write."""

_DAMAGED: Final = ("XX001", "XX002", "22021")
"""SQLSTATE of damaged data, of a damaged index, and of text that is not in its encoding."""

_NOT_UTF8: Final = "it is damaged; it holds text that is not UTF-8"


_IS_SECRET: Final = re.compile("pass|secret|token", re.IGNORECASE)
_SECRET: Final = re.compile(r"(\b\w*(?:pass|secret|token)\w*\s*=\s*)(?:'[^']*'|[^\s&']+)", re.IGNORECASE)
_KEY_VALUE: Final = re.compile(r"(^|\s)(host|hostaddr|dbname|service|user|password)\s*=", re.IGNORECASE)
"""Distinguishes a connection in libpq's other form, ``host=... dbname=...``, from a file's name."""


def wall_clock() -> int:
    """Return microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000


class Connections:
    """Transactions on one database.

    Args:
        engine: From `open_engine`.
        place: Path or URL, for messages.
        clock: Gives microseconds since 1970-01-01 UTC; None for this machine's clock, or the server's.
    """

    def __init__(self, engine: Engine, place: str, clock: Callable[[], int] | None = None) -> None:
        self.engine = engine
        self.place = place
        self.is_file = engine.dialect.name == "sqlite"
        self._driver: Any = engine.dialect.loaded_dbapi
        self.clock = wall_clock if clock is None and self.is_file else clock

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @property
    def shown(self) -> str:
        """The log's path or URL, without any password."""
        return shown(self.place)

    def now(self) -> int:
        """Return the log's time: microseconds since 1970-01-01 UTC, by its clock or by its server's."""
        if self.clock is not None:
            return self.clock()
        with self.reading() as connection:
            return int(connection.execute(select(SERVER_NOW)).scalar_one())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one unchanging state of the log."""
        with self._translated(), self.engine.connect() as connection, _begun(connection):
            yield connection

    @contextmanager
    def writing(self, *, held: bool = True) -> Iterator[Connection]:
        """Open a connection that may write.

        Args:
            held: Open a transaction that keeps other writers out until it ends; a file always does so. Otherwise
                each statement on a server is a separate transaction.
        """
        with self._translated(), self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITE: True})
            if not held and not self.is_file:
                yield from self._unheld(connection)
                return
            with _begun(connection) as transaction:
                yield connection
                try:
                    transaction.commit()
                except BaseException as error:
                    lost = isinstance(error, OperationalError) and error.connection_invalidated
                    # The connection may still be in this transaction, which would leave the log locked.
                    connection.invalidate()
                    if not lost:
                        raise
                    raise self._unknown() from error

    def _unheld(self, connection: Connection) -> Iterator[Connection]:
        raw: Any = connection.connection.driver_connection
        try:
            yield connection
        except server_append.LostError as error:
            connection.invalidate()
            raise self._unknown() from error
        except BaseException as error:
            if raw.closed or isinstance(error, self._driver.OperationalError) or not isinstance(error, Exception):
                connection.invalidate()  # the next transaction gets a new connection
            raise

    def _unknown(self) -> LogError:
        return LogError(
            f"{self.shown}: the connection was lost while the events were being committed; whether they "
            "are in the log is not known. Send them again: what is there already is not written twice"
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn database errors into one line for the user."""
        try:
            yield
        except DBAPIError as error:
            raise self._error(error.orig) from error
        except self._driver.Error as error:  # raised by a bare cursor
            raise self._error(error) from error
        except UnicodeDecodeError as error:  # the driver's own message quotes the file's damaged text
            raise DifferenceError(f"{self.shown}: {_NOT_UTF8}") from error

    def _error(self, error: BaseException | None) -> LogError:
        """Return the meaning of a driver's error, for the user."""
        reason = server.reason(error)
        if isinstance(error, self._driver.IntegrityError):
            return ConflictError(f"{self.shown}: {reason}")
        if isinstance(error, self._driver.OperationalError):
            if "locked" in reason or "busy" in reason or "lock timeout" in reason:
                reason = f"another program has been writing to it for {BUSY_SECONDS} s; try again"
            elif "readonly" in reason or "read-only" in reason:
                reason = "it cannot be written; check the permissions of the file and of its folder"
            elif "decode to UTF-8" in reason:  # the message contains the damaged text
                return DifferenceError(f"{self.shown}: {_NOT_UTF8}")
        if "malformed" in reason or str(getattr(error, "sqlstate", None) or "").startswith(_DAMAGED):
            return DifferenceError(f"{self.shown}: it is damaged: {reason}")
        return LogError(f"{self.shown}: {reason}")


def is_url(place: str) -> bool:
    """Tell a database URL from a file's path."""
    return "://" in place


def shown(place: str) -> str:
    """Return a log's path or URL without any password, in whatever form the password was given."""
    if not is_url(place):
        return _SECRET.sub(r"\1***", place)
    try:
        return _SECRET.sub(r"\1***", make_url(place).render_as_string(hide_password=True))
    except (ArgumentError, ValueError):
        return "the database"


def sqlite_file(place: str) -> Path | None:
    """Return the file of an SQLite log, None for a log on a server.

    Raises:
        LogError: The URL is malformed, or carries a password.
    """
    if not is_url(place):
        if (_KEY_VALUE.search(place) or _SECRET.search(place)) and not Path(place).exists():
            raise LogError(
                f"{shown(place)} is not a file; a server is named by a URL such as postgresql://host/name, and its "
                "password by a password file (PGPASSFILE), a service file or PGPASSWORD"
            )
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
        engine, begin = sqlite.open_engine(file, BUSY_SECONDS), sqlite.BEGIN
        _keep_to(engine, lambda: sqlite.inode(file))
    else:
        url = _url(place)
        if url.get_backend_name() != "postgresql":
            raise LogError(f"{url.get_backend_name()} is not supported; expected a file, sqlite:/// or postgresql://")
        engine, begin = server.open_engine(url, BUSY_SECONDS), server.BEGIN
        _keep_to(engine, lambda: place)

    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin[bool(connection.get_execution_options().get(_WRITE))])

    event.listen(engine, "begin", begin_transaction)
    return engine


def _keep_to(engine: Engine, identity: Callable[[], object]) -> None:
    """Use an open connection only in the process that opened it, and only for the log that it was opened to."""

    def connected(_connection: object, record: Any) -> None:
        record.info["opened"] = os.getpid(), identity()

    def checked_out(_connection: object, record: Any, proxy: Any) -> None:
        process, opened_to = record.info["opened"]
        if process != os.getpid():
            # Do not even close it here: the connection belongs to the other process.
            record.dbapi_connection = proxy.dbapi_connection = None
            raise DisconnectionError("the connection belongs to another process")
        if opened_to != identity():
            raise DisconnectionError("another file is there now")

    event.listen(engine, "connect", connected)
    # Runs before any other check of a connection: another process's connection must not even be tested.
    event.listen(engine, "checkout", checked_out, insert=True)


def _url(place: str) -> URL:
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        raise LogError("not a database URL; expected for example postgresql://host/name") from None
    if url.password is not None or any(_IS_SECRET.search(name) for name in url.query):
        raise LogError(
            "a password in the URL of a log can be read by others; leave it out and use a password file "
            "(PGPASSFILE), a service file (postgresql:///?service=NAME) or PGPASSWORD"
        )
    return url


@contextmanager
def _begun(connection: Connection) -> Iterator[RootTransaction]:
    """Begin a transaction; it is rolled back unless it is committed."""
    transaction = connection.begin()
    try:
        yield transaction
    finally:
        if transaction.is_active:
            with suppress(DBAPIError):  # a lost connection has nothing left to roll back
                transaction.rollback()
