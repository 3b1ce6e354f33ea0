"""What somebody who owns the database can do: change rows behind the guards, or rewrite a log consistently."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from trialog.events.entry import NewEntry
from trialog.log.store.connections import Connections, open_engine
from trialog.log.store.database import Database
from trialog.log.store.postgresql.guards import POSTGRES_GUARDS
from trialog.log.store.rows import StoredEntry


def unguarded(place: Path, *statements: str) -> None:
    """Take the guards and conditions of an SQLite log away, run statements, and put the guards back."""
    with sqlite3.connect(place, isolation_level=None) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        guards = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in guards:
            connection.execute(sql)
    connection.close()


@contextmanager
def ungoverned(place: str) -> Iterator[Connection]:
    """Open a log on either database without its guards and conditions, which are put back at the end."""
    with closing(Connections(open_engine(place), place)) as log, log.writing() as connection:
        run = connection.exec_driver_sql
        take, put = _of_file(connection) if log.is_file else _of_server(connection)
        for statement in take:
            run(statement)
        yield connection
        for statement in put:
            run(statement)


def _of_file(connection: Connection) -> tuple[list[str], list[str]]:
    guards = connection.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all()
    take = ["PRAGMA ignore_check_constraints = ON", *(f"DROP TRIGGER {name}" for name, _ in guards)]
    return take, [*(sql for _, sql in guards), "PRAGMA ignore_check_constraints = OFF"]


def _of_server(connection: Connection) -> tuple[list[str], list[str]]:
    conditions = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' "
        "AND conrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
    ).all()
    tables = {name.partition("_")[0] for name in POSTGRES_GUARDS}
    take = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
    take += [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _ in conditions]
    put = [f"ALTER TABLE {name.partition('_')[0]} ENABLE ALWAYS TRIGGER {name}" for name in POSTGRES_GUARDS]
    put += [f"ALTER TABLE {table} ADD CONSTRAINT {name} {sql} NOT VALID" for table, name, sql in conditions]
    return take, [statement.replace("%", "%%") for statement in put]


def rewritten(source: Database, place: str, change: Callable[[StoredEntry], StoredEntry | None]) -> Database:
    """Return a new log of the same origin in which entries were changed or left out and all hashes made to fit.

    Args:
        source: The true log.
        place: Where the forged one is written.
        change: Returns what stands there instead; None leaves the entry out.
    """
    forged = Database.create(place)
    for head in source.trials():
        versions: dict[str, int] = {}
        with forged.recorder(head.code).writing() as transaction:
            transaction.begin(head.origin)
            for entry in source.recorder(head.code).entries():
                new = change(entry)
                if new is None:
                    continue
                stream = str(new.originator_id)
                versions[stream] = versions.get(stream, 0) + 1
                new = replace(new, position=transaction.size + 1, originator_version=versions[stream])
                row = NewEntry(stream, versions[stream], new.topic, new.event_id, new.actor, new.state, new.columns)
                transaction.write([row], [(new.recorded_at, new.salt, new.leaf_hash(head.origin))])
    return forged
