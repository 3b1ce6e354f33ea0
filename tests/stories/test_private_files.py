"""Files that hold subjects are for their owner only; nothing half-made looks like a log; no message repeats a password."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders import TRIAL, Bench, died, enrolled
from tests.conftest import Command


@pytest.fixture
def place(bench: Bench, monkeypatch: pytest.MonkeyPatch, trialog: Command) -> Path:
    bench.append(enrolled("001", "2016-01-01"), died("001", "2017-03-17"))
    bench.log.close()
    monkeypatch.setenv("TRIALOG_LOG", str(bench.place))
    return bench.place


def test_what_holds_subjects_is_for_its_owner_only(trialog: Command, place: Path) -> None:
    old = os.umask(0o022)
    try:
        trialog("export", "log", "--out", "l.jsonl")
        trialog("export", "adtte", "--out", "a.csv")
        trialog("prove", "4", "--out", "p.txt")
        trialog("backup", "b.db")
        trialog("copy", str(place), "c.db")
        trialog("project", "--to", "f.db")
    finally:
        os.umask(old)

    files = [each for each in Path().iterdir() if each.name != "log.db"]
    assert len(files) >= 8
    assert {each.name: stat.S_IMODE(each.stat().st_mode) for each in files} == {each.name: 0o600 for each in files}


def test_unfinished_files_of_others_are_left_alone(trialog: Command, place: Path) -> None:
    mine = [Path(f"b.db.unfinished{end}") for end in ("", "-wal", "-journal")]
    for each in mine:
        each.write_text("mine")

    assert trialog("backup", "b.db").code == 0

    assert [each.read_text() for each in mine] == ["mine"] * 3
    assert sorted(each.name for each in Path().glob("*.unfinished*")) == sorted(each.name for each in mine)


@pytest.mark.parametrize("size", [0, 4096])
def test_what_a_killed_init_left_becomes_a_log(trialog: Command, size: int) -> None:
    if size:
        with sqlite3.connect("x.db") as connection:
            connection.execute("PRAGMA application_id = 1414287175")
        connection.close()
    else:
        Path("x.db").touch()

    assert trialog("init", "x.db").code == 0
    assert trialog("verify", "--log", "x.db").out == "the log is empty\n"
    assert stat.S_IMODE(Path("x.db").stat().st_mode) == 0o600
    again = trialog("init", "x.db")
    assert (again.code, "x.db exists already; nothing was changed" in again.err) == (1, True)


def test_a_file_that_is_something_else_is_never_made_a_log(trialog: Command) -> None:
    Path("mine.txt").write_text("mine")
    with sqlite3.connect("other.db") as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()

    assert [trialog("init", each).code for each in ("mine.txt", "other.db")] == [1, 1]
    assert Path("mine.txt").read_text() == "mine"


def test_a_killed_init_leaves_a_whole_log_or_no_file_of_that_name(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trialog", "init"]
    begun = time.monotonic()
    subprocess.run([*command, str(tmp_path / "whole.db")], check=True, capture_output=True)  # noqa: S603
    took = time.monotonic() - begun
    for number in range(8):
        file = tmp_path / f"{number}.db"
        with subprocess.Popen([*command, str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603
            time.sleep(took * (0.6 + 0.05 * number))
            process.kill()
        if file.exists():
            connection = sqlite3.connect(file)
            assert connection.execute("SELECT value FROM log WHERE name = 'schema'").fetchone() is not None
            connection.close()


@pytest.mark.parametrize(
    "place",
    [
        "postgresql://u@127.0.0.1:1/db?sslpassword=SECRET", "postgresql://u@127.0.0.1:1/db?PASSWORD=SECRET",
        "postgresql://u:SECRET@127.0.0.1:1/db", "host=127.0.0.1 port=1 user=u password=SECRET",
        "host=127.0.0.1 password = 'SECRET with spaces'", "dbname=x PassWord=SECRET", "postgresql://u@h/db?passfile=x&password=SECRET",
        "postgresql://u:SECRET@[::1/db", "postgres//u:x?password=SECRET",
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [("log",), ("init",), ("verify",), ("backup", "b.db")], ids=" ".join)
def test_no_message_repeats_a_password(trialog: Command, place: str, command: tuple[str, ...]) -> None:
    found = trialog(*command, "--log", place)

    assert found.code == 1
    assert "SECRET" not in found.out + found.err


def test_a_healthy_trial_is_backed_up_beside_a_damaged_one(trialog: Command, place: Path) -> None:
    from tests import forging

    trialog("register", "NCT2", "--title", "T", "--on", "2016-01-01", "--source", "s")
    forging.unguarded(place, "UPDATE trial SET frontier = x'00' WHERE number = 1")

    whole, one = trialog("backup", "all.db"), trialog("backup", "one.db", "--trial", "NCT2")

    assert (whole.code, one.code) == (1, 0)
    assert TRIAL in whole.err
    assert not Path("all.db").exists()
    for command in (
        ("verify", "--trial", "NCT2"),
        ("log", "--trial", "NCT2"),
        ("copy", str(place), "c.db", "--trial", "NCT2"),
    ):
        assert trialog(*command).code == 0
    assert "NCT2: 1 events verified" in trialog("verify").out
