from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.builders import TRIAL, Bench, enrolled
from trialog.application.recording.append_session import AppendSession
from trialog.events.entry import LogEntry
from trialog.events.errors import LogError
from trialog.log.checks.verify import verify_log
from trialog.log.store.database import Database
from trialog.log.store.trial_log import EventMapper


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    place = tmp_path / "log.db"
    place.write_text("mine")

    with pytest.raises(LogError, match=r"log\.db exists already; nothing was changed"):
        Database.create(str(place))

    assert place.read_text() == "mine"


def test_a_missing_log_is_never_made_by_asking(tmp_path: Path) -> None:
    place = tmp_path / "none.db"

    with pytest.raises(LogError, match=r"no log at .*none\.db; create one with: trialog init"):
        Database.open(str(place))

    assert not place.exists()


@pytest.mark.parametrize("content", [b"", b"not a database at all, but longer than a header" * 40])
def test_another_file_is_no_log(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "other.db"
    place.write_bytes(content)

    with pytest.raises(LogError, match=r"other\.db is not a log of trialog"):
        Database.open(str(place))


def test_another_database_is_no_log(tmp_path: Path) -> None:
    place = tmp_path / "other.db"
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()

    with pytest.raises(LogError, match="is not a log of trialog"):
        Database.open(str(place))


def test_a_log_is_for_its_owner_only(tmp_path: Path) -> None:
    Database.create(str(tmp_path / "log.db")).close()

    assert stat.S_IMODE((tmp_path / "log.db").stat().st_mode) == 0o600


def test_a_path_may_hold_what_a_url_gives_a_meaning(tmp_path: Path) -> None:
    place = str(tmp_path / "a #1?mode=memory.db")
    Database.create(place).close()

    assert Database.open(place).trials() == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"cannot create .*: No such file or directory"):
        Database.create(str(tmp_path / "none" / "log.db"))


def test_other_databases_are_refused_by_name() -> None:
    with pytest.raises(LogError, match="mysql is not supported; expected a file, sqlite:/// or postgresql://"):
        Database.open("mysql://host/name")


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE event SET payload = x'00' WHERE position = 1",
        "DELETE FROM event WHERE position = 1",
        "DELETE FROM event",
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE position = 1",
        "INSERT INTO event SELECT * FROM event WHERE position = 1 ON CONFLICT DO UPDATE SET actor = 'x'",
        "UPDATE stream SET name = 'x'",
        "DELETE FROM stream",
        "INSERT OR REPLACE INTO stream SELECT trial, number, 'x' FROM stream WHERE number = 1",
        "DELETE FROM trial",
        "UPDATE trial SET size = size - 1",
        "UPDATE trial SET recorded_at = 0",
        "UPDATE trial SET code = 'x'",
        "UPDATE trial SET origin = 'x'",
        "UPDATE trial SET size = size + 1",
        "UPDATE trial SET recorded_at = recorded_at + 1",
        "INSERT INTO trial VALUES (2, 'y', 'y', 1, 0, 0, x'')",
        "INSERT INTO trial VALUES (2, 'y', 'y', 0, 1, 0, x'')",
        "INSERT INTO trial VALUES (2, 'y', 'y', 0, 0, 1, x'')",
        "INSERT INTO trial VALUES (2, 'y', 'y', 0, 0, 0, x'00')",
        "UPDATE trial SET streams = streams + 1",
        "INSERT OR REPLACE INTO trial SELECT number, 'x', 'x', 0, 0, 0, x'' FROM trial",
        "INSERT OR REPLACE INTO log VALUES ('schema', '3')",
        "UPDATE log SET value = '3'",
        "DELETE FROM log",
    ],
)
def test_raw_sql_cannot_rewrite_a_log(bench: Bench, attempt: str) -> None:
    bench.append(enrolled("a", "2016-01-01"))
    before = bench.log.recorder(bench.tracker.trial).head()
    connection = sqlite3.connect(bench.place)

    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(attempt)

    connection.close()
    assert bench.log.recorder(bench.tracker.trial).head() == before


def test_a_row_that_cannot_be_read_keeps_no_writer_waiting(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialog.log.store.connections.BUSY_SECONDS", 0.05)
    names = [f"{number}" for number in range(4)]
    bench.append(*(enrolled(name, "2016-01-01") for name in names))
    raw = sqlite3.connect(bench.place)
    raw.execute("DROP TRIGGER event_not_changed")
    raw.execute("UPDATE event SET actor = CAST(x'ff41' AS TEXT) WHERE position = 4")
    raw.commit()
    raw.close()

    with pytest.raises(LogError, match="damaged"):
        bench.log.recorder(TRIAL).entries_of([f"subject/{name}" for name in names])
    with Database.open(str(bench.place)) as other:
        assert AppendSession(other, TRIAL, "b").append([enrolled("b", "2016-01-01")]).appended


def test_a_session_writes_to_the_file_that_stands_there(bench: Bench, tmp_path: Path) -> None:
    """A file was put in the place of the one that a session had open: no event may go into the one that is gone."""
    other = Bench(tmp_path, name="other.db")
    other.log.close()
    bench.append(enrolled("a", "2016-01-01"))
    other.place.replace(bench.place)

    bench.append(enrolled("b", "2016-01-01"))

    with Database.open(str(bench.place)) as log:
        assert [entry.event.subject for entry in _subjects(log)] == ["b"]  # type: ignore[attr-defined]


def test_a_session_whose_file_is_gone_says_so(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01"))
    bench.place.unlink()

    with pytest.raises(LogError, match="unable to open database file"):
        bench.append(enrolled("b", "2016-01-01"))
    assert not bench.place.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
def test_a_process_that_forked_has_connections_of_its_own(place: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path, at=place)
    bench.append(enrolled("a", "2016-01-01"))
    child = os.fork()
    if not child:
        code = 1
        try:
            for number in range(20):
                AppendSession(bench.log, TRIAL, "child").append([enrolled(f"c{number}", "2016-01-01")])
            code = 0
        finally:
            os._exit(code)
    for number in range(20):
        AppendSession(bench.log, TRIAL, "parent").append([enrolled(f"p{number}", "2016-01-01")])
    _, status = os.waitpid(child, 0)

    assert status == 0
    assert verify_log(bench.log)[0].checkpoint.size == 2 + 1 + 40
    bench.log.close()


def _subjects(log: Database) -> list[LogEntry]:
    mapper = EventMapper()
    return [mapper.to_domain_event(entry) for entry in log.recorder(TRIAL).entries(after=2)]


def test_a_second_writer_is_told_to_wait(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialog.log.store.connections.BUSY_SECONDS", 0.05)
    patient = Database.open(str(bench.place))
    other = sqlite3.connect(bench.place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(LogError, match=r"another program has been writing to it"), patient.writing():
        pass

    other.execute("ROLLBACK")
    other.close()
