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
)
from sqlalchemy.types import TypeEngine

from trialog.events.kinds import SubjectEnrolled
from trialog.log.store.schema import EVENT, STREAM, TRIAL


class ValueList(TypeDecorator[Any]):
    """Many values as one value of a statement: an array, or JSON in a database that has no arrays."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the kind of the one value."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.item))

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        """Return the one value."""
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
    """Return a query for those of its rows whose column holds one of some values, however many.

    The values go to the database as one: thousands of marks would be compiled anew for each query.

    A server looks each of them up by ORDER BY. Left to choose, it walks the whole trial for them, as long as its
    statistics say that trials are small: then any index that begins with the trial seems as good as the right one.
    Only the right one gives the order.

    Args:
        query: On a trial.
        column: Stands behind the trial in an index.
        values: The values, or the name under which they are given when the statement runs.
        server: Whether it is for PostgreSQL.
        then_by: Stands behind the column in its index, and orders the rows of a value; None where a value has one row.
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
        # Two, so that a value that stands twice, as it never may, is not overlooked.
        each = at.where(column >= listed.c.value).order_by(column).limit(2).lateral("found")
    else:
        each = at.where(column == listed.c.value).order_by(then_by).offset(0).lateral("found")
    wanted = [found for found in each.c if found.name != "at"]
    return select(*wanted).select_from(listed.join(each, each.c.at == listed.c.value))


_OF_ENTRY: Final = tuple(column for column in EVENT.columns if column.name not in ("trial", "stream"))


def select_entries(trial: int | BindParameter[int]) -> Select[Any]:
    """Return the query for whole entries of a trial, in no order."""
    return (
        select(STREAM.c.name.label("stream_name"), *_OF_ENTRY)
        .join(STREAM, (STREAM.c.trial == EVENT.c.trial) & (STREAM.c.number == EVENT.c.stream))
        .where(EVENT.c.trial == trial)
    )


_TRIAL: Final = bindparam("of_trial", type_=TRIAL.c.number.type)

HEAD: Final = select(TRIAL).where(TRIAL.c.code == bindparam("code"))

SERVER_NOW: Final = func.trialog_microseconds(func.clock_timestamp())

HEAD_AND_NOW: Final = HEAD.add_columns(SERVER_NOW.label("now"))
"""On a server: row and clock in one answer."""

HEAD_LOCKED_AND_NOW: Final = HEAD_AND_NOW.with_for_update()
"""A row that another writer changed is read anew, clock and all."""

HEAD_MOVED: Final = (
    TRIAL.update()
    .where(TRIAL.c.number == _TRIAL)
    .values({name: bindparam(name) for name in ("size", "recorded_at", "streams", "frontier")})
)


class Lookups(NamedTuple):
    """What is looked up for many events or streams at once.

    Entries have the number of their stream in the place of its name: a server that joins may walk all streams.

    Attributes:
        known_ids: Those of the ids that the log has; twice, if it has one twice.
        entries_with_ids: The entries that have one of the ids.
        entries_at: The entries at some positions.
        entries_of_streams: The entries of streams by their numbers, each stream's by version.
        outlines: Of each event of such streams what the rules look at first.
        stream_numbers: Number and name of those of the named streams that the log has.
        stream_names: Number and name of those of the numbered streams that the log has.
    """

    known_ids: Select[Any]
    entries_with_ids: Select[Any]
    entries_at: Select[Any]
    entries_of_streams: Select[Any]
    outlines: Select[Any]
    stream_numbers: Select[Any]
    stream_names: Select[Any]


def _lookups(*, server: bool) -> Lookups:
    ids = select(EVENT.c.event_id).where(EVENT.c.trial == _TRIAL)
    entries = select(EVENT.c.stream, *_OF_ENTRY).where(EVENT.c.trial == _TRIAL)
    outlines = select(
        EVENT.c.stream,
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
        entries_with_ids=look_up(entries, EVENT.c.event_id, "ids"),
        entries_at=look_up(entries, EVENT.c.position, "positions"),
        entries_of_streams=look_up(entries, EVENT.c.stream, "numbers", EVENT.c.version),
        outlines=look_up(outlines, EVENT.c.stream, "numbers", EVENT.c.version),
        stream_numbers=look_up(streams, STREAM.c.name, "names"),
        stream_names=look_up(streams, STREAM.c.number, "numbers"),
    )


LOOKUPS: Final = {"sqlite": _lookups(server=False), "postgresql": _lookups(server=True)}
"""By the name of the database."""
