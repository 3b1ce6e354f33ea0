"""A log: a database of trials, opened for reading and appending."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from trialog.events.errors import DifferenceError, LogError
from trialog.log.store.connections import Connections, open_engine, sqlite_file
from trialog.log.store.postgresql import append as server_append
from trialog.log.store.postgresql import connection as server
from trialog.log.store.postgresql import guards as server_guards
from trialog.log.store.rows import Head, codes_of, heads
from trialog.log.store.schema import ABOUT, APPLICATION_ID, METADATA, SCHEMA_VERSION
from trialog.log.store.sqlite import connection as sqlite
from trialog.log.store.sqlite.guards import SQLITE_GUARDS, sqlite_guard
from trialog.log.store.transaction import Transaction, heads_to_append_to
from trialog.log.store.trial_log import TrialRecorder


class Database(Connections):
    """A database that holds the logs of any number of trials."""

    @classmethod
    def open(cls, place: str, clock: Callable[[], int] | None = None) -> Self:
        """Open an existing log.

        Args:
            place: Path of a file, or URL of a PostgreSQL database.
            clock: Gives microseconds since 1970-01-01 UTC; None for this machine's clock, or the server's.

        Raises:
            LogError: There is no log, or it is not a log of this version.
        """
        log = cls(open_engine(place), place, clock)
        log._check()
        return log

    @classmethod
    def create(cls, place: str, clock: Callable[[], int] | None = None) -> Self:
        """Create an empty log.

        Raises:
            LogError: The place is not empty, or it cannot be written.
        """
        file = sqlite_file(place)
        if file is None:
            return cls._made(place, clock)
        part = sqlite.unfinished(file)
        sqlite.claim(part)
        try:
            cls._made(str(part), clock).close()
            sqlite.put_in_place(part, file)
        finally:
            sqlite.remove(part)
        return cls(open_engine(place), place, clock)

    @classmethod
    def _made(cls, place: str, clock: Callable[[], int] | None) -> Self:
        log = cls(open_engine(place), place, clock)
        try:
            log._create_tables()
        except BaseException:
            log.close()
            raise
        return log

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def trials(self) -> list[Head]:
        """Return every trial's head, by code; a damaged head is included, but gives no root."""
        with self.reading() as connection:
            return heads(connection)

    def codes(self) -> list[str]:
        """Return every trial's code, in order."""
        with self.reading() as connection:
            return codes_of(connection)

    def sees_every_trial(self) -> bool:
        """Return whether row-level security hides no trial from this login."""
        if self.is_file:
            return True
        with self.reading() as connection:
            if not connection.execute(text("SELECT row_security_active('trial')")).scalar_one():
                return True
            return bool(connection.execute(text("SELECT trialog_may('*')")).scalar_one())

    def recorder(self, code: str) -> TrialRecorder:
        """Return the log of one trial; it may still be empty."""
        return TrialRecorder(self, code)

    @contextmanager
    def writing_trials(self, recorders: Sequence[TrialRecorder], *, held: bool = True) -> Iterator[list[Transaction]]:
        """Open one transaction that appends to several trials: everything is written, or nothing.

        Args:
            recorders: Logs of different trials of this database.
            held: Keep other writers out from the beginning; False is allowed with one trial only.
        """
        with self.writing(held=held) as connection:
            if len(recorders) == 1:
                transactions = [recorders[0].begun(connection)]
            else:
                heads = heads_to_append_to(connection, [recorder.code for recorder in recorders])
                transactions = [recorder.begun(connection, heads[recorder.code]) for recorder in recorders]
            yield transactions
        for recorder, transaction in zip(recorders, transactions, strict=True):
            recorder.remember(transaction)

    def _create_tables(self) -> None:
        if self.is_file:
            with self._translated(), self.engine.connect() as connection:
                sqlite.prepare(connection.connection.driver_connection, SCHEMA_VERSION)
        with self.writing() as connection:
            if not self.is_file:
                # If two processes create at once, the second finds the tables of the first.
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPLICATION_ID})
                if connection.dialect.has_table(connection, ABOUT.name):
                    raise LogError(f"{self.shown} holds a log already, or another table named {ABOUT.name!r}")
            METADATA.create_all(connection)
            for statement in _guards(is_file=self.is_file):
                connection.exec_driver_sql(statement)
            connection.execute(ABOUT.insert(), [{"name": "schema", "value": str(SCHEMA_VERSION)}])

    def _check(self) -> None:
        try:
            with self.reading() as connection:
                found = connection.execute(select(ABOUT.c.value).where(ABOUT.c.name == "schema")).scalar()
        except LogError as error:
            self.close()
            if isinstance(error.__cause__, DBAPIError) and self._is_no_log(error.__cause__):
                raise self._no_log(error.__cause__) from None
            raise
        if found != str(SCHEMA_VERSION):
            self.close()
            raise LogError(f"{self.shown} has schema {found}; this version of trialog reads schema {SCHEMA_VERSION}")

    def _is_no_log(self, error: DBAPIError) -> bool:
        """Distinguish a place without a log from one that cannot be reached."""
        if self.is_file:
            return any(sign in str(error.orig) for sign in ("no such table", "not a database", "malformed"))
        return server.is_missing(error.orig)

    def _no_log(self, error: DBAPIError) -> LogError:
        file = sqlite_file(self.place)
        if file is not None and sqlite.was_made_here(file):
            return DifferenceError(
                f"{self.shown} is damaged: {server.reason(error.orig)}; a backup of it can be verified instead"
            )
        # A file of another kind never becomes a log; a database may hold a log beside other tables.
        way = (
            "name another with --log"
            if self.is_file
            else f"create one with: trialog init {self.shown}, or ask the owner of one for a role in it"
        )
        return LogError(f"{self.shown} is not a log of trialog; {way}")


def holds_log(place: str) -> bool:
    """Return whether a place holds a log to open; False if it is empty, so that a log can be created.

    Raises:
        LogError: The place holds something else, or a server cannot be reached.
    """
    file = sqlite_file(place)
    if file is not None:
        return file.exists() and not sqlite.is_left_over(file)
    log = Database(open_engine(place), place)
    try:
        with log.reading() as connection:
            return connection.dialect.has_table(connection, ABOUT.name)
    finally:
        log.close()


def _guards(*, is_file: bool) -> Iterator[str]:
    if is_file:
        yield from map(sqlite_guard, SQLITE_GUARDS)
        return
    for statement in (*server_guards.POSTGRES_SETUP, *server_append.functions()):
        yield statement.replace("%", "%%")  # psycopg reads a lone percent sign as a placeholder
    for name in server_guards.POSTGRES_GUARDS:
        yield from server_guards.postgres_guard(name)
