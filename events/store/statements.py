"""The statements of every append, built once: building one takes ten times as long as running it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Column,
    ColumnElement,
    Dialect,
    Select,
    Text,
    TypeDecorator,
    bindparam,
    case,
    func,
    select,
    true,
)
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


def of_each(
    query: Select[Any], column: ColumnElement[Any], values: Iterable[Any] | str, *, server: bool
) -> Select[Any]:
    """Return a query for those of its rows whose column holds one of some values, however many.

    The values go to the database as one: thousands of marks would be compiled anew for each query. A server looks
    each of them up; left to choose, it would walk the whole trial as long as its statistics say that trials are small.

    Args:
        query: On a trial; the column and the trial have an index.
        column: One column of it.
        values: The values, or the name under which they are given when the statement runs.
        server: Whether it is for PostgreSQL.
    """
    kind: TypeEngine[Any] = _Listed(column.type)
    given: BindParameter[Any] = (
        bindparam(values, type_=kind) if isinstance(values, str) else bindparam(None, list(values), type_=kind)
    )
    if not server:
        return query.where(column.in_(select(func.json_each(given).table_valued("value").c.value)))
    listed = func.unnest(given).table_valued(Column("value", column.type)).render_derived(name="listed")
    found = query.where(column == listed.c.value).offset(0).lateral("found")
    return select(found).select_from(listed.join(found, true()))


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

ENTRY_AT: Final = select_entries(_TRIAL).where(EVENT.c.position == bindparam("at"))


class Lookups(NamedTuple):
    """What is looked up for many streams or ids at once.

    Attributes:
        known_ids: Those of the ids that the log has; twice, if it has one twice.
        entries_with_ids: The whole entries that have one of the ids.
        stream_numbers: Name and number of those of the named streams that the log has.
        entries_of_streams: The whole entries of streams by their numbers, each stream's by version.
        outlines: Of each event of such streams what the rules look at first.
    """

    known_ids: Select[Any]
    entries_with_ids: Select[Any]
    stream_numbers: Select[Any]
    entries_of_streams: Select[Any]
    outlines: Select[Any]


def _lookups(*, server: bool) -> Lookups:
    events = select(EVENT.c.event_id).where(EVENT.c.trial == _TRIAL)
    streams = select(STREAM.c.name, STREAM.c.number).where(STREAM.c.trial == _TRIAL)
    outlines = select(
        EVENT.c.stream,
        EVENT.c.kind,
        EVENT.c.occurred_first,
        EVENT.c.occurred_last,
        case((EVENT.c.kind == SubjectEnrolled.KIND, EVENT.c.payload)).label("enrollment"),
    ).where(EVENT.c.trial == _TRIAL)
    # By the index on stream and version: ordered by position SQLite would walk the whole log.
    ordered = (EVENT.c.stream, EVENT.c.version)
    return Lookups(
        known_ids=of_each(events, EVENT.c.event_id, "ids", server=server),
        entries_with_ids=of_each(select_entries(_TRIAL), EVENT.c.event_id, "ids", server=server),
        stream_numbers=of_each(streams, STREAM.c.name, "names", server=server),
        entries_of_streams=of_each(select_entries(_TRIAL).order_by(*ordered), EVENT.c.stream, "numbers", server=server),
        outlines=of_each(outlines.order_by(*ordered), EVENT.c.stream, "numbers", server=server),
    )


LOOKUPS: Final = {"sqlite": _lookups(server=False), "postgresql": _lookups(server=True)}
"""By the name of the database."""
