"""Statements that are built once: the same answer from both databases, by an index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Select, select
from sqlalchemy.dialects import sqlite

from tests.events.store.test_recorder import entry
from trialog.events.store import statements
from trialog.events.store.log import Log
from trialog.events.store.schema import EVENT
from trialog.events.store.statements import among


@pytest.fixture
def log(place: str) -> Iterator[Log]:
    with Log.create(place, clock=lambda: 1_700_000_000_000_000) as made:
        made.recorder("T").insert_events([entry(name, 1) for name in ("a", "b'", 'c"', "d\\", "e,{}", "µ")])
        yield made


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param([], [], id="none"),
        pytest.param(["a-1"], ["a-1"], id="one"),
        pytest.param(
            ["b'-1", 'c"-1', "d\\-1", "e,{}-1", "µ-1"], ["b'-1", 'c"-1', "d\\-1", "e,{}-1", "µ-1"], id="signs"
        ),
        pytest.param([*map(str, range(40_000)), "a-1"], ["a-1"], id="more than a statement has marks"),
        pytest.param(["a-1", "a-1"], ["a-1"], id="twice"),
        pytest.param(["A-1", "a-", "%", "_-1"], [], id="almost"),
    ],
)
def test_among_finds_what_is_listed(log: Log, asked: list[str], found: list[str]) -> None:
    with log.reading() as connection:
        given = {"of_trial": 1, "ids": asked}
        assert sorted(connection.execute(statements.KNOWN_IDS, given).scalars()) == sorted(found)


def test_among_takes_numbers_too(log: Log) -> None:
    with log.reading() as connection:
        query = select(EVENT.c.event_id).where(EVENT.c.trial == 1, among(EVENT.c.position, [2, 4, 9]))
        assert sorted(connection.execute(query).scalars()) == ["b'-1", "d\\-1"]


@pytest.mark.parametrize(
    "name", ["HEAD", "KNOWN_IDS", "ENTRIES_WITH_IDS", "ENTRY_AT", "STREAM_NUMBERS", "ENTRIES_OF_STREAMS", "OUTLINES"]
)
def test_no_statement_of_an_append_walks_the_log(tmp_path: Any, name: str) -> None:
    statement: Select[Any] = getattr(statements, name)
    text = str(statement.compile(dialect=sqlite.dialect()))
    with Log.create(str(tmp_path / "log.db")) as log, log.reading() as connection:
        marks = ("1",) * text.count("?")
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", marks)]

    steps = [step for step in plan if " event" in step or " stream" in step or " trial" in step]
    assert steps
    for step in steps:
        assert step.startswith("SEARCH"), plan
        assert " AND " in step or "(code=?)" in step, plan
