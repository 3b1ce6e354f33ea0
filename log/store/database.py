"""A log: a database of trials, opened for reading and appending."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Connection, Engine, RootTransaction, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from trialog.events.errors import ConflictError, DifferenceError, LogError, TreeError
from trialog.log.store import engine as engines
from trialog.log.store.guards import POSTGRES_GUARDS, POSTGRES_SETUP, SQLITE_GUARDS, postgres_guard, sqlite_guard
from trialog.log.store.postgresql import append as server
from trialog.log.store.queries import SERVER_NOW
from trialog.log.store.rows import Head, heads
from trialog.log.store.schema import ABOUT, APPLICATION_ID, METADATA, SCHEMA_VERSION
from trialog.log.store.trial_log import TrialRecorder


def wall_clock() -> int:
    """Return microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000


@dataclass(frozen=True)
class TrialHead:
    """Where a trial's log stands: its size and the root of its Merkle tree."""

    code: str
    size: int
    recorded_at: int
    root: bytes
    origin: str


class Database:
    """A database that holds the logs of any number of trials.

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

    @classmethod
    def open(cls, place: str, clock: Callable[[], int] | None = None) -> Self:
        """Open an existing log.

        Raises:
            LogError: There is none, or what is there is not a log of this version.
        """
        log = cls(engines.open_engine(place), place, clock)
        log._check()
        return log

    @classmethod
    def create(cls, place: str, clock: Callable[[], int] | None = None) -> Self:
        """Create an empty log.

        Raises:
            LogError: Something is there already, or the place cannot be written.
        """
        file = engines.sqlite_file(place)
        if file is not None:
            _claim(file)
        log = cls(engines.open_engine(place), place, clock)
        try:
            log._create_tables()
        except BaseException:
            log.close()
            if file is not None:
                file.unlink(missing_ok=True)
            raise
        return log

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def now(self) -> int:
        """Return the log's time: microseconds since 1970-01-01 UTC, by its clock or by its server's."""
        if self.clock is not None:
            return self.clock()
        with self.reading() as connection:
            return int(connection.execute(select(SERVER_NOW)).scalar_one())

    def trials(self) -> list[TrialHead]:
        """Return every trial's head, by code.

        Raises:
            DifferenceError: The row of a trial does not fit itself.
        """
        with self.reading() as connection:
            return [_head(head) for head in heads(connection)]

    def sees_every_trial(self) -> bool:
        """Tell whether no trial is hidden from this login by row-level security."""
        if self.is_file:
            return True
        with self.reading() as connection:
            if not connection.execute(text("SELECT row_security_active('trial')")).scalar_one():
                return True
            return bool(connection.execute(text("SELECT trialog_may('*')")).scalar_one())

    def recorder(self, code: str) -> TrialRecorder:
        """Return the log of one trial; it may be empty still."""
        return TrialRecorder(self, code)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the log throughout."""
        with self._translated(), self.engine.connect() as connection, _begun(connection):
            yield connection

    @contextmanager
    def writing(self, *, held: bool = True) -> Iterator[Connection]:
        """Open a connection that may write.

        Args:
            held: Within a transaction that no other writer can enter until it ends, as always in a file. Otherwise
                each statement on a server is a transaction of its own.
        """
        with self._translated(), self.engine.connect() as plain:
            connection = plain.execution_options(**{engines.WRITE: True})
            if not held and not self.is_file:
                yield from self._unheld(connection)
                return
            with _begun(connection) as transaction:
                yield connection
                try:
                    transaction.commit()
                except BaseException as error:
                    lost = isinstance(error, OperationalError) and error.connection_invalidated
                    connection.invalidate()  # it may stand in the middle of this transaction, and keep the log locked
                    if not lost:
                        raise
                    raise self._unknown() from error

    def _unheld(self, connection: Connection) -> Iterator[Connection]:
        raw: Any = connection.connection.driver_connection
        try:
            yield connection
        except server.LostError as error:
            connection.invalidate()
            raise self._unknown() from error
        except BaseException as error:
            if raw.closed or isinstance(error, self._driver.OperationalError) or not isinstance(error, Exception):
                connection.invalidate()  # whatever is wrong with it, the next transaction gets another one
            raise

    def _unknown(self) -> LogError:
        return LogError(
            f"{self.shown}: the connection was lost while the events were being committed; whether they "
            "stand in the log is not known. Send them again: what stands there is not written twice"
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the database's errors into one line for the person who asked."""
        try:
            yield
        except DBAPIError as error:
            raise self._error(error.orig) from error
        except self._driver.Error as error:  # of a bare cursor
            raise self._error(error) from error
        except UnicodeDecodeError as error:  # the driver's own message quotes the file's damaged text
            raise LogError(f"{self.shown}: {_NOT_UTF8}") from error

    def _error(self, error: BaseException | None) -> LogError:
        """Return what a driver's error means to the person who asked."""
        reason = _reason(error)
        if isinstance(error, self._driver.IntegrityError):
            return ConflictError(f"{self.shown}: {reason}")
        if isinstance(error, self._driver.OperationalError):
            if "locked" in reason or "busy" in reason or "lock timeout" in reason:
                reason = f"another program has been writing to it for {engines.BUSY_SECONDS} s; try again"
            elif "readonly" in reason or "read-only" in reason:
                reason = "it cannot be written; check the permissions of the file and of its folder"
            elif "decode to UTF-8" in reason:  # with the damaged text itself
                reason = _NOT_UTF8
        return LogError(f"{self.shown}: {reason}")

    @property
    def shown(self) -> str:
        """Where the log is, without any password."""
        return engines.shown(self.place)

    def _create_tables(self) -> None:
        if self.is_file:
            with self._translated(), self.engine.connect() as connection:
                raw: Any = connection.connection.driver_connection
                raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                raw.execute(f"PRAGMA journal_mode = {engines.journal_mode()}")
        with self.writing() as connection:
            if not self.is_file:
                # Two that create at once: the second finds what the first one made.
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPLICATION_ID})
                if connection.dialect.has_table(connection, ABOUT.name):
                    raise LogError(f"{self.shown} holds a log already, or another table named {ABOUT.name!r}")
            METADATA.create_all(connection)
            for statement in _guards(sqlite=self.is_file):
                connection.exec_driver_sql(statement)
            connection.execute(ABOUT.insert(), [{"name": "schema", "value": str(SCHEMA_VERSION)}])

    def _check(self) -> None:
        try:
            with self.reading() as connection:
                found = connection.execute(select(ABOUT.c.value).where(ABOUT.c.name == "schema")).scalar()
        except LogError as error:
            self.close()
            if isinstance(error.__cause__, DBAPIError) and _is_foreign(error.__cause__, is_file=self.is_file):
                file = engines.sqlite_file(self.place)
                if file is not None and _was_made_here(file):
                    raise DifferenceError(
                        f"{self.shown} is damaged: {_reason(error.__cause__.orig)}; "
                        "a backup of it can be verified instead"
                    ) from None
                # A file that is something else is never made a log; a database may hold one beside other tables.
                way = (
                    "name another with --log"
                    if self.is_file
                    else f"create one with: trialog init {self.shown}, or ask the owner of one for a role in it"
                )
                raise LogError(f"{self.shown} is not a log of trialog; {way}") from None
            raise
        if found != str(SCHEMA_VERSION):
            self.close()
            raise LogError(f"{self.shown} has schema {found}; this version of trialog reads schema {SCHEMA_VERSION}")


@contextmanager
def _begun(connection: Connection) -> Iterator[RootTransaction]:
    """Begin a transaction; it is rolled back unless it was committed."""
    transaction = connection.begin()
    try:
        yield transaction
    finally:
        if transaction.is_active:
            with suppress(DBAPIError):  # a lost connection has nothing left to roll back
                transaction.rollback()


def _head(head: Head) -> TrialHead:
    try:
        return TrialHead(head.code, head.size, head.recorded_at, head.root, head.origin)
    except TreeError as error:
        raise DifferenceError(f"{head.code}: the trial's row was changed or is damaged: {error}") from None


def holds_log(place: str) -> bool:
    """Tell whether there is a log at a place already, to be opened, or nothing, so that one can be made.

    Raises:
        LogError: Something else is there, or a server cannot be reached.
    """
    file = engines.sqlite_file(place)
    if file is not None:
        return file.exists()
    log = Database(engines.open_engine(place), place)
    try:
        with log.reading() as connection:
            return connection.dialect.has_table(connection, ABOUT.name)
    finally:
        log.close()


def _guards(*, sqlite: bool) -> Iterator[str]:
    if sqlite:
        yield from map(sqlite_guard, SQLITE_GUARDS)
        return
    # psycopg takes a lone per cent sign for a place of a value.
    yield from (statement.replace("%", "%%") for statement in (*POSTGRES_SETUP, *server.functions()))
    for name in POSTGRES_GUARDS:
        yield from postgres_guard(name)


def _claim(file: Path) -> None:
    """Create an empty file, or refuse where something is there already."""
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise LogError(f"{file} exists already; nothing was changed") from None
    except OSError as error:
        raise LogError(f"cannot create {file}: {error.strerror}") from None


def _is_foreign(error: DBAPIError, *, is_file: bool) -> bool:
    """Tell a place that holds no log from one that cannot be reached."""
    if is_file:
        return any(sign in str(error.orig) for sign in ("no such table", "not a database", "malformed"))
    return getattr(error.orig, "sqlstate", None) in _NOT_THERE


def _was_made_here(file: Path) -> bool:
    """Tell whether a file begins as a log does: SQLite's mark, and our own number where it keeps it."""
    try:
        with file.open("rb") as begun:
            header = begun.read(_HEADER_BYTES)
    except OSError:
        return False
    return header.startswith(b"SQLite format 3\0") and header[68:72] == APPLICATION_ID.to_bytes(4, "big")


_NOT_UTF8: Final = "it is damaged; it holds text that is not UTF-8"

_HEADER_BYTES: Final = 100
"""Of an SQLite file; its bytes 68 to 71 are the application's number."""

_NO_SCHEMA: Final = "3F000"
_NOT_THERE: Final = ("42P01", _NO_SCHEMA)
"""SQLSTATE of a table, and of a schema, that is not there or not to be seen."""

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
"""What a server's constraints refuse, in the words of the guards of an SQLite log."""


def _reason(error: BaseException | None) -> str:
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
