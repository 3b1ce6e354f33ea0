"""Rows that no trial counts: refused by the database, named by verify, read by no answer, taken along by no copy."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from tests.builders import TRIAL, Bench, died, enrolled, registered, seen
from tests.conftest import Command
from tests.forging import ungoverned
from trialog.application.recording.append_session import AppendSession
from trialog.log.store.database import Database
from trialog.log.store.schema import ABOUT, CHECKPOINT, EVENT, STREAM
from trialog.log.store.schema import TRIAL as TRIALS

SECOND = "NCT00000002"


@pytest.fixture
def at(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trialog: Command) -> str:
    """A log of two trials, the first with a death, an announcement and a kept checkpoint."""
    bench = Bench(tmp_path, at=place)
    bench.append(enrolled("001", "2016-01-01"), enrolled("002", "2016-02-01"), seen("001", "2016-06-01"))
    bench.append(died("001", "2017-03-17"))
    AppendSession(bench.log, SECOND, "tester").append([registered()])
    bench.log.close()
    monkeypatch.setenv("TRIALOG_LOG", place)
    monkeypatch.setenv("TRIALOG_SOURCE", "test")
    announced = (
        "announce",
        "2017-06-01",
        "--measure",
        "count-dead",
        "--value",
        "1",
        "--unit",
        "count",
        "--cohort",
        "A",
    )
    assert trialog(*announced, "--title", "t", "--words", "one death", "--trial", TRIAL).code == 0
    return place


ANSWERS = (
    ("log",),
    ("log", "--lines"),
    ("show", "001"),
    ("cohorts", "--json"),
    ("snapshot", "--as-of", "2017-06-01", "--json"),
    ("replay", "2017-06-01", "--json"),
    ("announcements", "--json"),
    ("checkpoint", "show", "--json"),
    ("prove", "4"),
)


def answers(trialog: Command) -> dict[tuple[str, ...], tuple[int, str]]:
    return {each: (done.code, done.out) for each in ANSWERS for done in [trialog(*each, "--trial", TRIAL)]}


def row_of(connection: Connection, topic: str) -> dict[str, Any]:
    row = connection.execute(select(EVENT).where(EVENT.c.trial == 1, EVENT.c.topic.startswith(topic))).first()
    assert row is not None
    return dict(row._mapping)


def next_version(connection: Connection, stream: int) -> int:
    last = select(func.max(EVENT.c.version)).where(EVENT.c.trial == 1, EVENT.c.stream == stream)
    return int(connection.execute(last).scalar_one()) + 1


def ghost_definition(connection: Connection) -> None:
    """A correction of the trial, at position -1: months of 28 days."""
    row = row_of(connection, "trial-registered")
    said = {
        "occurred_on": "2014-10-30", "reported_on": "2014-10-30", "source": "s", "target": row["event_id"],
        "target_stream": "trial", "reason": "r", "changes": {"default_definition": {
            "estimator": "to-date", "origin": "enrollment", "population": "enrolled", "censoring": "cutoff",
            "month": "28", "ties": "midpoint", "conf_type": "log", "level": 0.95}},
    }  # fmt: skip
    row |= {
        "position": -1, "version": next_version(connection, row["stream"]), "kind": 12, "code": 1, "event_id": "ghost",
        "topic": "event-corrected/1", "occurred_first": 16_000, "occurred_last": 16_000,
        "payload": json.dumps(said, separators=(",", ":")).encode(),
    }  # fmt: skip
    connection.execute(EVENT.insert().values(row))


def ghost_figure(connection: Connection) -> None:
    """One announced figure more, at position -1."""
    row = row_of(connection, "figure-announced")
    payload = bytes(row["payload"]).replace(b'"figure":"', b'"figure":"g-', 1)
    version = next_version(connection, row["stream"])
    connection.execute(
        EVENT.insert().values(row | {"position": -1, "version": version, "event_id": "ghost", "payload": payload})
    )


def event_at(position: int) -> Any:
    def put(connection: Connection) -> None:
        row = row_of(connection, "subject-seen-alive")
        version = next_version(connection, row["stream"])
        connection.execute(EVENT.insert().values(row | {"position": position, "version": version, "event_id": "x"}))

    return put


def stream(trial: int, number: int, name: str) -> Any:
    return lambda connection: connection.execute(STREAM.insert().values(trial=trial, number=number, name=name))


def event_of_no_trial(connection: Connection) -> None:
    row = row_of(connection, "subject-seen-alive")
    connection.execute(EVENT.insert().values(row | {"trial": 77}))


def checkpoint_of_no_trial(connection: Connection) -> None:
    row = connection.execute(select(CHECKPOINT)).first()
    assert row is not None
    connection.execute(CHECKPOINT.insert().values(dict(row._mapping) | {"trial": 77}))


def row_in_the_log_table(connection: Connection) -> None:
    connection.execute(ABOUT.insert().values(name="verified_by", value="somebody"))


STRAYS = [
    pytest.param(ghost_definition, "position -1 comes before the first one", id="ghost-definition"),
    pytest.param(ghost_figure, "position -1 comes before the first one", id="ghost-figure"),
    pytest.param(event_at(0), "position 0 comes before the first one", id="event-at-position-0"),
    pytest.param(event_at(99), "position 99 stands behind the head", id="event-behind-the-head"),
    pytest.param(stream(1, 0, "subject/003"), "stream 0 comes before the first one", id="stream-0"),
    pytest.param(stream(1, 99, "subject/003"), "stream 99 stands behind the head", id="stream-behind-the-head"),
    pytest.param(stream(77, 1, "trial"), "streams of a trial that the log does not list (number 77)", id="stream-of-no-trial"),
    pytest.param(event_of_no_trial, "events of a trial that the log does not list (number 77)", id="event-of-no-trial"),
    pytest.param(checkpoint_of_no_trial, "checkpoints of a trial that the log does not list (number 77)", id="checkpoint-of-no-trial"),
    pytest.param(row_in_the_log_table, "the log says of itself 'verified_by' = 'somebody'", id="row-in-the-log-table"),
]  # fmt: skip


@pytest.mark.parametrize(("put", "difference"), STRAYS)
def test_a_row_that_no_trial_counts_is_named_and_never_read(
    trialog: Command, at: str, put: Any, difference: str
) -> None:
    before = answers(trialog)
    with ungoverned(at) as connection:
        put(connection)

    verified = trialog("verify", "--json")

    assert verified.code == 1
    assert any(difference in each for each in json.loads(verified.out)["differences"])
    assert SECOND in [each["trial"] for each in json.loads(verified.out)["trials"]]
    assert answers(trialog) == before


@pytest.mark.parametrize(("put", "difference"), STRAYS)
def test_what_a_copy_would_drop_is_refused(trialog: Command, at: str, put: Any, difference: str) -> None:
    with ungoverned(at) as connection:
        put(connection)

    for command in (("backup", "b.db"), ("copy", at, "c.db")):
        refused = trialog(*command)
        assert (refused.code, refused.out) == (1, "")
        assert difference in refused.err
        assert list(Path().glob(f"{command[-1]}*")) == []


@pytest.mark.parametrize(
    ("put", "difference"), [each for each in STRAYS if each.id not in ("event-behind-the-head", "row-in-the-log-table")]
)
def test_the_database_refuses_it_itself(at: str, put: Any, difference: str) -> None:
    with Database.open(at) as log, pytest.raises(DBAPIError), log.engine.begin() as connection:
        put(connection)


@pytest.mark.parametrize("column", ["code", "origin"])
def test_two_trials_of_one_name_are_named(trialog: Command, at: str, column: str) -> None:
    with ungoverned(at) as connection:
        if connection.dialect.name == "sqlite":
            pytest.skip("the key of an SQLite table cannot be dropped")
        connection.exec_driver_sql(f"ALTER TABLE trial DROP CONSTRAINT trial_{column}_key")
        value = connection.execute(select(TRIALS.c[column]).where(TRIALS.c.number == 1)).scalar_one()
        connection.execute(TRIALS.update().where(TRIALS.c.number == 2).values({column: value}))

    assert f"two trials have the {column}" in trialog("verify").err


def test_a_view_in_the_place_of_a_table_is_named(trialog: Command, bench: Bench) -> None:
    bench.log.close()
    with sqlite3.connect(bench.place) as connection:
        connection.execute("ALTER TABLE checkpoint RENAME TO elsewhere")
        connection.execute("CREATE VIEW checkpoint AS SELECT * FROM elsewhere")
    connection.close()

    assert "'checkpoint' is not a plain table" in trialog("verify", "--log", str(bench.place)).err


def test_a_table_with_another_column_is_named(trialog: Command, at: str) -> None:
    with ungoverned(at) as connection:
        connection.exec_driver_sql("ALTER TABLE stream ADD COLUMN more integer")

    assert "the table 'stream' has other columns than it should: more" in trialog("verify").err
