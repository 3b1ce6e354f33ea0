"""Statements of every append, run by the database's driver itself.

SQLAlchemy writes them, once. To run one through it each time takes longer than a database takes to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Dialect, Select, Update
from sqlalchemy.dialects import registry
from sqlalchemy.types import TypeEngine

from trialog.log.store.queries import ValueList

_DIALECTS: Final = {"sqlite": ("sqlite", "qmark"), "postgresql": ("postgresql.psycopg", "format")}
"""Of each database: SQLAlchemy's name of its driver, and how that driver wants the places of values marked."""


def fetch(connection: Connection, statement: Select[Any], **values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query that is built once.

    Args:
        connection: In a transaction.
        statement: One that stays as long as the program does.
        values: By the names under which the statement wants them.

    Raises:
        Exception: The driver's own error.
    """
    cursor = _cursor(connection)
    try:
        cursor.execute(*_given(connection, statement, values))
        return cursor.fetchall()  # type: ignore[no-any-return]
    except BaseException:
        # Half read it would stay open, and with it the file's lock.
        del connection.info["cursor"]
        cursor.close()
        raise


def run(connection: Connection, statement: Update, **values: Any) -> None:
    """Run a statement that is built once and has no rows; everything else is as with `fetch`."""
    _cursor(connection).execute(*_given(connection, statement, values))


def run_text(connection: Connection, text: str, values: Sequence[Any]) -> None:
    """Run a statement in the database's own words."""
    _cursor(connection).execute(text, values)


def run_for_each(connection: Connection, text: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run a statement in the database's own words for each of some rows of values."""
    _cursor(connection).executemany(text, rows)


def _cursor(connection: Connection) -> Any:
    """Return the cursor of a connection; making one for each statement would take as long as some of them."""
    info = connection.info
    cursor = info.get("cursor")
    if cursor is None:
        cursor = info["cursor"] = new_cursor(connection)
    return cursor


def new_cursor(connection: Connection) -> Any:
    """Return a cursor of the driver; a server's gives its rows as they are stored, not as text."""
    raw: Any = connection.connection.driver_connection
    return raw.cursor() if connection.dialect.name == "sqlite" else raw.cursor(binary=True)


def _given(connection: Connection, statement: Select[Any] | Update, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    text, wanted = _written(statement, connection.dialect.name)
    return text, [
        fixed if name not in values else make(values[name]) if make else values[name] for name, fixed, make in wanted
    ]


class _Value(NamedTuple):
    """What belongs to one mark of a statement: a value that it always has, or one that is given under a name."""

    name: str
    fixed: Any
    make: Callable[[Any], Any] | None


@lru_cache
def _written(statement: Select[Any] | Update, database: str) -> tuple[str, tuple[_Value, ...]]:
    """Return a statement in a database's own words, and what belongs to its marks."""
    driver, marks = _DIALECTS[database]
    dialect = registry.load(driver)(paramstyle=marks)
    compiled: Any = statement.compile(dialect=dialect)
    return str(compiled), tuple(
        _Value(name, compiled.params[name], _maker(compiled.binds[name].type, dialect)) for name in compiled.positiontup
    )


def _maker(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what makes a value one that the driver takes; the plain kinds it takes as they are."""
    return kind.bind_processor(dialect) if isinstance(kind, ValueList) else None
