"""The statements of every append, built once and run by the database's driver itself.

Building a statement takes ten times as long as running it, and running one through SQLAlchemy takes longer than a
database takes to answer. So SQLAlchemy writes the text of each statement once, and the driver's cursor runs it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    Select,
    Text,
    TypeDecorator,
    Update,
    and_,
    bindparam,
    case,
    func,
    select,
)
from sqlalchemy.dialects import registry
from sqlalchemy.types import TypeEngine

from trialog.events.kinds import SubjectEnrolled
from trialog.log.store.schema import EVENT, STREAM, TRIAL


class ValueList(TypeDecorator[Any]):
    """Many values in one parameter of a statement: an array, or JSON in a database that has no arrays."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the SQL type of the parameter."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.item))

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        """Return the parameter's value."""
        given = list(value or ())
        return json.dumps(given) if dialect.name == "sqlite" else given


def of_each(
    query: Select[Any],
    column: ColumnElement[Any],
    values: Iterable[Any] | str,
    *,
    server: bool,
    then_by: ColumnElement[Any] | None = None,
) -> Select[Any]:
    """Return a query for the rows whose column holds one of some values, however many values there are.

    The values are passed as one value: with thousands of placeholders each query would be compiled again.

    On a server, ORDER BY forces the index. Without statistics the planner assumes small trials and scans the whole
    trial: any index that begins with the trial seems as good as the right one, but only the right one gives the order.

    Args:
        query: A query on a trial.
        column: The column after the trial in an index.
        values: The values, or the name under which they are given when the statement runs.
        server: Whether it is for PostgreSQL.
        then_by: The column after that one in the index, which orders the rows of a value; None if a value has one row.
    """
    kind: TypeEngine[Any] = ValueList(column.type)
    given: BindParameter[Any] = (
        bindparam(values, type_=kind) if isinstance(values, str) else bindparam(None, list(values), type_=kind)
    )
    if not server:
        found = query.where(column.in_(select(func.json_each(given).table_valued("value").c.value)))
        return found if then_by is None else found.order_by(column, then_by)
    listed = func.unnest(given).table_valued(Column("value", column.type)).render_derived(name="listed")
    at = query.add_columns(column.label("at"))
    if then_by is None:
        # LIMIT 2, so that an impossible duplicate is detected.
        each = at.where(column >= listed.c.value).order_by(column).limit(2).lateral("found")
    else:
        each = at.where(column == listed.c.value).order_by(then_by).offset(0).lateral("found")
    wanted = [found for found in each.c if found.name != "at"]
    return select(*wanted).select_from(listed.join(each, each.c.at == listed.c.value))


def counted_events(trial: int | BindParameter[int]) -> ColumnElement[bool]:
    """Return the condition for the events of a trial that its row counts: those at the positions 1 to size.

    Any other row is not part of the log, and no answer reads it. Adding 0 prevents a database from using the index
    of the positions instead of the index of the column that is asked for.
    """
    last = select(TRIAL.c.size).where(TRIAL.c.number == trial).scalar_subquery()
    return and_(EVENT.c.trial == trial, (EVENT.c.position + 0).between(1, last))


_OF_ENTRY: Final = tuple(column for column in EVENT.columns if column.name not in ("trial", "stream"))


def select_entries(trial: int | BindParameter[int]) -> Select[Any]:
    """Return the query for whole entries of a trial, in no particular order."""
    return (
        select(STREAM.c.name.label("stream_name"), *_OF_ENTRY)
        .join(STREAM, (STREAM.c.trial == EVENT.c.trial) & (STREAM.c.number == EVENT.c.stream))
        .where(counted_events(trial))
    )


_TRIAL: Final = bindparam("of_trial", type_=TRIAL.c.number.type)

HEAD: Final = select(TRIAL).where(TRIAL.c.code == bindparam("code"))

SERVER_NOW: Final = func.trialog_microseconds(func.clock_timestamp())

HEAD_AND_NOW: Final = HEAD.add_columns(SERVER_NOW.label("now"))
"""On a server: the trial's row and the time in one query."""

_CODES: Final = {
    "sqlite": TRIAL.c.code.in_(
        select(func.json_each(bindparam("codes", type_=ValueList(TRIAL.c.code.type))).table_valued("value").c.value)
    ),
    "postgresql": TRIAL.c.code == func.any(bindparam("codes", type_=ValueList(TRIAL.c.code.type))),
}

HEADS: Final = {database: select(TRIAL).where(listed).order_by(TRIAL.c.code) for database, listed in _CODES.items()}
"""By the name of the database."""

HEADS_LOCKED_AND_NOW: Final = HEADS["postgresql"].add_columns(SERVER_NOW.label("now")).with_for_update()
"""On a server: rows locked in the order of their codes, each with the time; after waiting for another writer a row and
its time are read again."""

NEXT_TRIAL_NUMBERS: Final = {
    "sqlite": select(func.coalesce(func.max(TRIAL.c.number), 0) + 1),
    # A writer may not see every trial, so it cannot count them.
    "postgresql": select(func.nextval("trial_number")).select_from(
        func.generate_series(1, bindparam("count", type_=TRIAL.c.number.type)).table_valued("value")
    ),
}
"""By the name of the database: in a file, the first free number; on a server, as many numbers as are needed."""

TRIAL_ADDED: Final = TRIAL.insert()

HEAD_MOVED: Final = (
    TRIAL.update()
    .where(TRIAL.c.number == _TRIAL)
    .values({name: bindparam(name) for name in ("size", "recorded_at", "streams", "frontier")})
)


class Lookups(NamedTuple):
    """Queries that look up many events or streams at once.

    The name of a stream is read by a subquery: a join may make a server scan all streams. The caller must leave
    out rows that the trial's row does not count: positions and numbers below 1 or after the last one.

    Attributes:
        known_ids: The given ids that the log has; an id twice if the log has a duplicate.
        entries_with_ids: The entries that have one of the ids.
        entries_at: The entries at some positions.
        entries_of_streams: The entries of streams by their numbers, each stream's by version, with the number of the
            stream instead of its name.
        outlines: For each event of such streams, the columns that a subject's summary needs.
        stream_numbers: Number and name of each named stream that the log has.
    """

    known_ids: Select[Any]
    entries_with_ids: Select[Any]
    entries_at: Select[Any]
    entries_of_streams: Select[Any]
    outlines: Select[Any]
    stream_numbers: Select[Any]


def _lookups(*, server: bool) -> Lookups:
    ids = select(EVENT.c.event_id).where(EVENT.c.trial == _TRIAL)
    entries = select(EVENT.c.stream, *_OF_ENTRY).where(EVENT.c.trial == _TRIAL)
    name = select(STREAM.c.name).where(STREAM.c.trial == _TRIAL, STREAM.c.number == EVENT.c.stream)
    named = select(name.scalar_subquery().label("stream_name"), *_OF_ENTRY).where(EVENT.c.trial == _TRIAL)
    outlines = select(
        EVENT.c.stream,
        EVENT.c.position,
        EVENT.c.kind,
        EVENT.c.occurred_first,
        EVENT.c.occurred_last,
        case((EVENT.c.kind == SubjectEnrolled.KIND, EVENT.c.payload)).label("enrollment"),
    ).where(EVENT.c.trial == _TRIAL)
    streams = select(STREAM.c.number, STREAM.c.name).where(STREAM.c.trial == _TRIAL)

    def look_up(
        query: Select[Any], column: ColumnElement[Any], given: str, then_by: ColumnElement[Any] | None = None
    ) -> Select[Any]:
        return of_each(query, column, given, server=server, then_by=then_by)

    return Lookups(
        known_ids=look_up(ids, EVENT.c.event_id, "ids"),
        entries_with_ids=look_up(named, EVENT.c.event_id, "ids"),
        entries_at=look_up(named, EVENT.c.position, "positions"),
        entries_of_streams=look_up(entries, EVENT.c.stream, "numbers", EVENT.c.version),
        outlines=look_up(outlines, EVENT.c.stream, "numbers", EVENT.c.version),
        stream_numbers=look_up(streams, STREAM.c.name, "names"),
    )


LOOKUPS: Final = {"sqlite": _lookups(server=False), "postgresql": _lookups(server=True)}
"""By the name of the database."""


_DIALECTS: Final = {"sqlite": ("sqlite", "qmark"), "postgresql": ("postgresql.psycopg", "format")}
"""For each database SQLAlchemy's name of its driver, and the driver's style of placeholders."""


def fetch(connection: Connection, statement: Select[Any], **values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query that is built once.

    Args:
        connection: In a transaction.
        statement: A constant of this module.
        values: By the names of the statement's parameters.

    Raises:
        Exception: The driver's own error.
    """
    cursor = _cursor(connection)
    try:
        cursor.execute(*_given(connection, statement, values))
        return cursor.fetchall()  # type: ignore[no-any-return]
    except BaseException:
        # A partly read cursor stays open and keeps the file locked.
        del connection.info["cursor"]
        cursor.close()
        raise


def run(connection: Connection, statement: Update | Insert, **values: Any) -> None:
    """Run a statement that is built once and returns no rows; everything else is as with `fetch`."""
    _cursor(connection).execute(*_given(connection, statement, values))


def run_text(connection: Connection, text: str, values: Sequence[Any]) -> None:
    """Run a statement given as SQL text."""
    _cursor(connection).execute(text, values)


def run_for_each(connection: Connection, text: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run a statement given as SQL text once for each row of values."""
    _cursor(connection).executemany(text, rows)


def _cursor(connection: Connection) -> Any:
    """Return the connection's one cursor: making one for each statement would take as long as some statements."""
    info = connection.info
    cursor = info.get("cursor")
    if cursor is None:
        cursor = info["cursor"] = new_cursor(connection)
    return cursor


def new_cursor(connection: Connection) -> Any:
    """Return a cursor of the driver; a server's returns rows in binary form, not as text."""
    raw: Any = connection.connection.driver_connection
    return raw.cursor() if connection.dialect.name == "sqlite" else raw.cursor(binary=True)


def _given(
    connection: Connection, statement: Select[Any] | Update | Insert, values: Mapping[str, Any]
) -> tuple[str, list[Any]]:
    text, wanted = _written(statement, connection.dialect.name)
    return text, [
        fixed if name not in values else make(values[name]) if make else values[name] for name, fixed, make in wanted
    ]


class _Value(NamedTuple):
    """The value of one placeholder: always the same one, or the one given under a name, converted if need be."""

    name: str
    fixed: Any
    make: Callable[[Any], Any] | None


@lru_cache
def _written(statement: Select[Any] | Update | Insert, database: str) -> tuple[str, tuple[_Value, ...]]:
    """Return the SQL text of a statement and the values of its placeholders."""
    driver, marks = _DIALECTS[database]
    dialect = registry.load(driver)(paramstyle=marks)
    compiled: Any = statement.compile(dialect=dialect)
    return str(compiled), tuple(
        _Value(name, compiled.params[name], _maker(compiled.binds[name].type, dialect)) for name in compiled.positiontup
    )


def _maker(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return the function that converts a value for the driver; None if the driver takes it unchanged."""
    return kind.bind_processor(dialect) if isinstance(kind, ValueList) else None
