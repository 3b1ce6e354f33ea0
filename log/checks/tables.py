"""Check that a log's tables have the expected form, and that every row belongs to a listed trial.

No answer reads other rows, but their presence shows that somebody added them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Table, func, select, text

from trialog.log.store.database import Database
from trialog.log.store.rows import Head
from trialog.log.store.schema import ABOUT, CHECKPOINT, EVENT, METADATA, SCHEMA_VERSION, STREAM, TRIAL

_LOGIN: Final = "login"
"""Column of ``event`` that exists on a server only: who was connected. No leaf covers it."""


def unlisted(log: Database, connection: Connection, found: Sequence[Head]) -> Iterator[str]:
    """Yield what is wrong with the tables as a whole.

    Args:
        log: An open log.
        connection: Connection of the transaction that read the heads.
        found: The head of every trial.
    """
    yield from _shapes(log, connection)
    yield from _about(connection)
    yield from _heads(found)
    numbers = [head.number for head in found]
    for table, counted, what in (
        (EVENT, sum(head.size for head in found), "events"),
        (STREAM, sum(head.streams for head in found), "streams"),
        (CHECKPOINT, None, "checkpoints"),
    ):
        # Counting is much faster than checking the trial of each row. The check of each trial finds missing rows.
        total = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if total != counted:
            stray = select(func.min(table.c.trial)).where(table.c.trial.not_in(numbers))
            number = connection.execute(stray).scalar()
            if number is not None:
                yield f"{what} of a trial that the log does not list (number {number})"


def outside(log: Database, head: Head) -> str | None:
    """Return a row of a trial that its head does not count, or None.

    No answer reads such a row and no copy includes it, but it may prevent appends.
    """
    for what, trial, number, counted in (
        ("position", EVENT.c.trial, EVENT.c.position, TRIAL.c.size),
        ("stream", STREAM.c.trial, STREAM.c.number, TRIAL.c.streams),
    ):
        # One statement, because a concurrent append also moves the head.
        last = select(counted).where(TRIAL.c.number == head.number).scalar_subquery()
        query = select(number).where(trial == head.number).order_by(number).limit(1)
        with log.reading() as connection:
            before = connection.execute(query.where(number < 1)).scalar()
            behind = connection.execute(query.where(number > last)).scalar()
        if before is not None:
            return f"{what} {before} comes before the first one and is no part of the log"
        if behind is not None:
            return f"{what} {behind} stands behind the head of the trial, which does not know it"
    return None


def _about(connection: Connection) -> Iterator[str]:
    expected = {"schema": str(SCHEMA_VERSION)}
    for name, value in connection.execute(select(ABOUT.c.name, ABOUT.c.value).order_by(ABOUT.c.name)):
        if expected.get(name) != value:
            yield f"the log says of itself {name[:60]!r} = {value[:60]!r}, which trialog does not write"


def _heads(found: Sequence[Head]) -> Iterator[str]:
    for name in ("code", "origin", "number"):
        values = [getattr(head, name) for head in found]
        twice = {value for value in values if values.count(value) > 1} if len(set(values)) < len(values) else set()
        for value in sorted(twice):
            yield f"two trials have the {name} {value!r}"
    for head in found:
        if head.number < 1:
            yield f"{head.code}: the trial has the number {head.number}; expected 1 or more"


def _shapes(log: Database, connection: Connection) -> Iterator[str]:
    """Yield tables that are not plain tables with our columns: a view in place of a table could show anything."""
    look = _sqlite_columns if log.is_file else _postgresql_columns
    dialect = connection.dialect
    for table in METADATA.sorted_tables:
        expected = {column.name: _type(column.type, dialect) for column in table.columns}
        found = look(connection, table)
        if found is None:
            yield f"{table.name!r} is not a plain table"
        elif {name: kind for name, kind in found.items() if (table, name) != (EVENT, _LOGIN)} != expected:
            wrong = sorted(found.items() ^ expected.items())
            yield f"the table {table.name!r} has other columns than it should: {wrong[0][0]}"


def _type(kind: Any, dialect: Dialect) -> str:
    return str(kind.compile(dialect=dialect)).lower()


def _sqlite_columns(connection: Connection, table: Table) -> dict[str, str] | None:
    """Return name and type of each column; None for a view or a table that is not strict."""
    kinds = connection.exec_driver_sql(f"PRAGMA main.table_list('{table.name}')").all()
    if [(row.type, row.strict) for row in kinds if row.schema == "main"] != [("table", 1)]:
        return None
    rows = connection.exec_driver_sql(f"PRAGMA main.table_xinfo('{table.name}')")
    # A computed column is marked as hidden.
    return {row.name: f"{row.type.lower()}{' computed' if row.hidden else ''}" for row in rows}


def _postgresql_columns(connection: Connection, table: Table) -> dict[str, str] | None:
    """Return name and type of each column; None for a view, or a table with rules or child tables."""
    plain = connection.execute(
        text(
            "SELECT relkind = 'r' AND NOT relhasrules AND NOT relhassubclass FROM pg_class "
            "WHERE relname = :name AND relnamespace = current_schema()::regnamespace"
        ),
        {"name": table.name},
    ).scalar()
    if not plain:
        return None
    rows = connection.execute(
        text(
            "SELECT attname, format_type(atttypid, atttypmod) "
            "|| CASE attgenerated WHEN '' THEN '' ELSE ' computed' END AS kind "
            "FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relname = :name "
            "AND relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped"
        ),
        {"name": table.name},
    )
    return {row.attname: row.kind for row in rows}
