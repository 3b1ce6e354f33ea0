"""The statements of every append, built once: building one takes ten times as long as running it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, Self

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Boolean,
    ColumnElement,
    Dialect,
    Select,
    Text,
    TypeDecorator,
    bindparam,
    case,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from trialog.events.kinds import SubjectEnrolled
from trialog.events.store.schema import EVENT, STREAM, TRIAL


class _Listed(TypeDecorator[Any]):
    """Many values as one value of a statement: an array, or JSON in a database that has no arrays."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.item))

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        given = list(value or ())
        return json.dumps(given) if dialect.name == "sqlite" else given


class _Among(FunctionElement[bool]):
    """That a column holds one of the values of a list."""

    type = Boolean()
    inherit_cache = True
    name = "among"

    def self_group(self, against: object = None) -> Self:
        # A database without booleans would be asked for `... = 1`, and use no index.
        return self


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, given = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({given}))"  # noqa: S608  # a column and a mark


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, given = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({given})"


def among(column: ColumnElement[Any], values: Iterable[Any] | str) -> ColumnElement[bool]:
    """Return the condition that a column holds one of some values, however many.

    They go to the database as one value: thousands of marks would be compiled anew for each query.

    Args:
        column: Any.
        values: The values, or the name under which they are given when the statement runs.
    """
    kind: TypeEngine[Any] = _Listed(column.type)
    given: BindParameter[Any] = (
        bindparam(values, type_=kind) if isinstance(values, str) else bindparam(None, list(values), type_=kind)
    )
    return _Among(column, given)


def select_entries(trial: int | BindParameter[int]) -> Select[Any]:
    """Return the query for whole entries of a trial, in no order."""
    wanted = [column for column in EVENT.columns if column.name not in ("trial", "stream")]
    return (
        select(STREAM.c.name.label("stream_name"), *wanted)
        .join(STREAM, (STREAM.c.trial == EVENT.c.trial) & (STREAM.c.number == EVENT.c.stream))
        .where(EVENT.c.trial == trial)
    )


_TRIAL: Final = bindparam("of_trial", type_=TRIAL.c.number.type)

HEAD: Final = select(TRIAL).where(TRIAL.c.code == bindparam("code"))

SERVER_NOW: Final = func.trialog_microseconds(func.clock_timestamp())

HEAD_LOCKED_AND_NOW: Final = HEAD.with_for_update().add_columns(SERVER_NOW.label("now"))
"""On a server: row and clock in one answer. A row that another writer changed is read anew, clock and all."""

HEAD_MOVED: Final = (
    TRIAL.update()
    .where(TRIAL.c.number == _TRIAL)
    .values({name: bindparam(name) for name in ("size", "recorded_at", "streams", "frontier")})
)

KNOWN_IDS: Final = select(EVENT.c.event_id).where(EVENT.c.trial == _TRIAL, among(EVENT.c.event_id, "ids"))

ENTRIES_WITH_IDS: Final = select_entries(_TRIAL).where(among(EVENT.c.event_id, "ids"))

ENTRY_AT: Final = select_entries(_TRIAL).where(EVENT.c.position == bindparam("at"))

STREAM_NUMBERS: Final = select(STREAM.c.name, STREAM.c.number).where(
    STREAM.c.trial == _TRIAL, among(STREAM.c.name, "names")
)

# By the index on stream and version: ordered by position SQLite would walk the whole log.
ENTRIES_OF_STREAMS: Final = (
    select_entries(_TRIAL).where(among(EVENT.c.stream, "numbers")).order_by(EVENT.c.stream, EVENT.c.version)
)

OUTLINES: Final = (
    select(
        EVENT.c.stream,
        EVENT.c.kind,
        EVENT.c.occurred_first,
        EVENT.c.occurred_last,
        case((EVENT.c.kind == SubjectEnrolled.KIND, EVENT.c.payload)),
    )
    .where(EVENT.c.trial == _TRIAL, among(EVENT.c.stream, "numbers"))
    .order_by(EVENT.c.stream, EVENT.c.version)
)
"""Of each event of some streams what the rules look at first."""
