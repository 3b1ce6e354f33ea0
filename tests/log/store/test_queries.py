"""Statements that are built once: the same answer from both databases, by an index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite

from tests import postgres
from tests.log.store.test_trial_log import entry
from trialog.log.store import queries as statements
from trialog.log.store.database import Database
from trialog.log.store.queries import LOOKUPS, of_each
from trialog.log.store.schema import EVENT


@pytest.fixture
def log(place: str) -> Iterator[Database]:
    with Database.create(place, clock=lambda: 1_700_000_000_000_000) as made:
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
        pytest.param(["A-1", "a-", "%", "_-1"], [], id="almost"),
    ],
)
def test_what_is_listed_is_found(log: Database, asked: list[str], found: list[str]) -> None:
    with log.reading() as connection:
        query = LOOKUPS[connection.dialect.name].known_ids
        assert sorted(connection.execute(query, {"of_trial": 1, "ids": asked}).scalars()) == sorted(found)


def test_numbers_can_be_listed_too(log: Database) -> None:
    with log.reading() as connection:
        of_trial = select(EVENT.c.event_id).where(EVENT.c.trial == 1)
        query = of_each(of_trial, EVENT.c.position, [2, 4, 9], server=not log.is_file)
        assert sorted(connection.execute(query).scalars()) == ["b'-1", "d\\-1"]


LOOKUP_NAMES = list(statements.Lookups._fields)


@pytest.mark.parametrize("name", ["HEAD", *LOOKUP_NAMES])
def test_no_statement_of_an_append_walks_the_log(tmp_path: Path, name: str) -> None:
    statement = getattr(LOOKUPS["sqlite"], name, None)
    if statement is None:
        statement = getattr(statements, name)
    sql = str(statement.compile(dialect=sqlite.dialect()))
    with Database.create(str(tmp_path / "log.db")) as log, log.reading() as connection:
        marks = ("1",) * sql.count("?")
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", marks)]

    steps = [step for step in plan if " event" in step or " stream" in step or " trial" in step]
    assert steps
    for step in steps:
        assert step.startswith("SEARCH"), plan
        assert " AND " in step or "(code=?)" in step, plan


@pytest.mark.parametrize("known", ["nothing", "one page", "all of it"])
@pytest.mark.parametrize("name", LOOKUP_NAMES)
def test_a_server_looks_up_what_is_listed_whatever_its_statistics_say(
    cluster: Any, server_place: str, name: str, known: str
) -> None:
    """A plan made for a new log, kept by a session, walked the trial: 55 ms for 100 ids of 40,000, and more each time."""
    statement = getattr(LOOKUPS["postgresql"], name)
    asked = {"ids": list("abc") * 300, "names": list("abc") * 300, "numbers": [*range(900)], "positions": [*range(900)]}
    wanted = {"of_trial": 1} | {key: value for key, value in asked.items() if key in statement.compile().params}
    schema = postgres.schema_of(server_place)
    with Database.create(server_place) as log:
        if known != "nothing":
            count = 20 if known == "one page" else 5_000
            log.recorder("T").insert_events([entry(f"s{number}", 1) for number in range(count)])
            cluster.sql("ANALYZE event, stream", schema=schema)
        with log.reading() as connection:
            compiled = statement.compile(dialect=log.engine.dialect)
            given = compiled.construct_params(wanted)
            plan = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {compiled}", given)]

    shown = "\n".join(plan)
    conditions = [line.strip() for line in plan if "Index Cond:" in line]
    assert conditions, shown
    for line in conditions:
        assert "trial = 1" in line, shown
        assert " AND " in line, shown
    assert not [line for line in plan if "Filter:" in line and "listed" not in line], shown
    assert "Seq Scan on" not in shown, shown
    assert "Sort" not in shown, shown


@pytest.mark.parametrize("batch", [1, 50])
def test_the_guards_of_a_server_take_as_long_in_a_large_log_as_in_a_small_one(
    cluster: Any, server_place: str, batch: int
) -> None:
    """A session plans them once, in a new log; planned wrongly they read each event of the trial for each append."""
    schema = postgres.schema_of(server_place)

    def read() -> int:
        (found,) = cluster.sql(
            "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes "
            "WHERE schemaname = current_schema() AND relname = 'event'",
            schema=schema,
        )
        return int(str(found[0]))

    with Database.create(server_place) as log:
        recorder = log.recorder("T")
        for number in range(0, 60 * batch, batch):
            recorder.insert_events([entry(f"s{number + each}", 1) for each in range(batch)])
        _statistics_arrive(log)
        events_read = read()

    # Two for the positions, one or two for the versions of each stream, however many events stand there already.
    assert events_read <= 60 * (4 + 4 * batch)


def _statistics_arrive(log: Database) -> None:
    """A session hands its counts over when it is idle or told to."""
    with log.reading() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
