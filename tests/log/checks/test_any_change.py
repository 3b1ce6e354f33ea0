"""Whatever is changed in an open log: verify finds it, or no answer of any question changes.

Left out is what docs/format.md says of kept checkpoints: four columns that no hash covers, and how many there are.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Table, select

import trialog as package
from tests.builders import TRIAL, Bench, assessed, corrected, died, dosed, draft, enrolled, registered, seen
from tests.forging import ungoverned
from trialog.application.recording.append_session import AppendSession
from trialog.events.errors import TrialogError
from trialog.log.store.schema import METADATA

NOT_COVERED = {("checkpoint", name) for name in ("note", "stamp", "about", "kept_at")}
SECOND = "NCT00000002"


def made(folder: Path, at: str) -> None:
    """A log of two trials with events of many kinds, an announcement, a correction and kept checkpoints."""
    bench = Bench(folder, at=at)
    figure = {
        "figure": "f1", "measure": "median-os", "value": "10", "unit": "months", "cohorts": ["A"], "words": "10 months",
    }  # fmt: skip
    bench.append(
        enrolled("001", "2016-01-01"), enrolled("002", "2016-02-01"), dosed("001", "2016-01-02"),
        seen("001", "2016-06-01", event_id="s"), assessed("002", "2016-08-01", "PR"), died("001", "2017-03-17"),
        draft("announcement-made", "2017-06-01", announcement="r1", title="t"),
        draft("figure-announced", "2017-06-01", announcement="r1", figure=figure),
        corrected("s", {"occurred_on": "2016-07-01"}),
    )  # fmt: skip
    AppendSession(bench.log, SECOND, "tester").append([registered()])
    bench.log.close()
    with package.open_log(at) as log:
        log.create_checkpoint(TRIAL)


def answers(place: str) -> list[str]:
    """What each question answers, or why it does not."""
    questions: list[Callable[[package.Log], Any]] = [
        lambda log: log.trials(),
        lambda log: log.events(),
        lambda log: log.timeline("001"),
        lambda log: log.timeline("002"),
        lambda log: log.announcements(),
        lambda log: log.cohorts(),
        lambda log: log.snapshot(as_of="2017-06-01"),
        lambda log: log.replay("2017-06-01"),
        lambda log: log.checkpoints(),
        lambda log: log.prove(6),
    ]
    found = []
    for question in questions:
        try:
            with package.open_log(place, trial=TRIAL) as log:
                found.append(question(log).to_json())
        except TrialogError as error:
            found.append(f"{type(error).__name__}")
    return found


def is_found(place: str) -> bool:
    try:
        with package.open_log(place) as log:
            return log.verify().exit_code != 0
    except TrialogError:
        return True


COLUMNS = [
    (table, column)
    for table in METADATA.sorted_tables
    for column in table.columns
    if (table.name, column.name) not in NOT_COVERED
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("log")
    if request.param == "sqlite":
        made(folder, str(folder / "log.db"))
        yield str(folder / "log.db"), answers(str(folder / "log.db"))
        return
    cluster = request.getfixturevalue("cluster")
    with cluster.schema() as schema:
        made(folder, cluster.url(schema=schema))
        yield cluster.url(schema=schema), answers(cluster.url(schema=schema))


def other(column: Column[Any], value: Any) -> Any:
    """Another value of a column's type."""
    kind = column.type.python_type
    if value is None:
        return 1 if kind is not str else "x"
    if kind is bytes:
        return bytes([value[0] ^ 1]) + bytes(value[1:]) if value else b"\0" * 32
    if kind is str:
        return f"{value[:-1]}{'b' if value[-1:] == 'a' else 'a'}" if value else "x"
    return value + 1


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{table.name}.{column.name}" for table, column in COLUMNS])
def test_another_value_in_any_column_is_found_or_changes_no_answer(
    module_log: tuple[str, list[str]], table: Table, column: Column[Any]
) -> None:
    place, before = module_log
    with ungoverned(place) as connection:
        row = list(connection.execute(select(table).order_by(*table.primary_key.columns)))[-1]
        key = [each == row._mapping[each.name] for each in table.primary_key.columns]
        value = row._mapping[column.name]
        changed = other(column, value)
        connection.execute(table.update().where(*key).values({column.name: changed}))
    try:
        assert is_found(place) or answers(place) == before
    finally:
        with ungoverned(place) as connection:
            again = [
                each == (changed if each.name == column.name else row._mapping[each.name])
                for each in table.primary_key.columns
            ]
            connection.execute(table.update().where(*again).values({column.name: value}))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("original")
    made(folder, str(folder / "log.db"))
    return folder / "log.db", answers(str(folder / "log.db"))


_NUMBERS = count()


def some_value(chosen: random.Random) -> Any:
    """Any value that a column can be given."""
    number = chosen.choice([0, 1, -1, chosen.randrange(-(2**63), 2**63)])
    return chosen.choice([None, number, "", "x", "subject/002", "trial", chosen.randbytes(32), b"", number / 7])


@pytest.mark.parametrize("seed", range(40))
def test_any_change_of_rows_is_found_or_changes_no_answer(
    original: tuple[Path, list[str]], tmp_path: Path, seed: int
) -> None:
    place, before = original
    copy = tmp_path / "changed.db"
    shutil.copyfile(place, copy)
    chosen = random.Random(seed)  # noqa: S311  # no secret
    table = METADATA.sorted_tables[seed % len(METADATA.sorted_tables)]
    names = [column.name for column in table.columns if (table.name, column.name) not in NOT_COVERED]
    values = {name: some_value(chosen) for name in chosen.sample(names, min(2, len(names)))}
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        row = chosen.choice(connection.execute(f"SELECT rowid, * FROM {table.name}").fetchall())  # noqa: S608
        try:
            # That there was a last checkpoint more, or less, nothing else in the log says.
            ways = ["update"] if table.name == "checkpoint" else ["update", "delete", "insert"]
            match chosen.choice(ways):
                case "delete":
                    connection.execute(f"DELETE FROM {table.name} WHERE rowid = ?", (row[0],))  # noqa: S608
                case "update":
                    marks = ", ".join(f"{name} = ?" for name in values)
                    connection.execute(f"UPDATE {table.name} SET {marks} WHERE rowid = ?", (*values.values(), row[0]))  # noqa: S608
                case _:
                    columns = [column.name for column in table.columns]
                    new = dict(zip(columns, row[1:], strict=True)) | values
                    marks = ", ".join("?" * len(new))
                    connection.execute(f"INSERT INTO {table.name} VALUES ({marks})", list(new.values()))  # noqa: S608
        except sqlite3.Error:
            return  # refused by the table itself, which nobody can take away from an open file

    assert is_found(str(copy)) or answers(str(copy)) == before


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_bytes_is_found_or_changes_no_answer(
    original: tuple[Path, list[str]], tmp_path: Path, data: st.DataObject
) -> None:
    place, before = original
    content = bytearray(place.read_bytes())
    header = data.draw(st.booleans())
    at = data.draw(st.integers(0, 99 if header else len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    copy = tmp_path / f"changed-{next(_NUMBERS)}.db"
    copy.write_bytes(content)

    assert is_found(str(copy)) or answers(str(copy)) == before or _is_beside_a_hash(place, at)


def _is_beside_a_hash(place: Path, at: int) -> bool:
    """Tell whether a byte belongs to the columns of a kept checkpoint that no hash covers."""
    content = place.read_bytes()
    note = content.find(b"trialog/", 0)
    while note != -1:
        if note - 120 <= at <= note + 400:
            return True
        note = content.find(b"trialog/", note + 1)
    return False
