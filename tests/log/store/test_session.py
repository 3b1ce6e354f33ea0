"""What a session remembers of a log, and that it never goes by what is no longer so."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests import postgres
from tests.builders import TRIAL, Bench, died, enrolled, opened, registered, seen
from trialog.application.recording.append_session import AppendSession
from trialog.application.recording.receipt import RefusedError
from trialog.log.checks.verify import verify_log
from trialog.log.store import queries
from trialog.log.store.database import Database
from trialog.log.store.rows import Head
from trialog.log.store.session import LastSeenHead, SessionCache


def head(size: int, frontier: bytes = b"x") -> Head:
    return Head(1, "T", "o", size, 0, size, frontier)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("trialog.log.store.session.time.monotonic", lambda: now[0])
    monkeypatch.setattr("trialog.log.store.session.time.time", lambda: now[0])
    return now


def test_a_server_s_time_goes_on_with_this_machine_s_clock(clock: list[float]) -> None:
    stand = LastSeenHead.at(head(1), 5_000_000)
    clock[0] += 0.25

    assert (stand.now(), stand.is_fresh()) == (5_250_000, True)
    clock[0] += 0.75
    assert not stand.is_fresh()


@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_machine_that_slept_or_whose_clock_was_set_asks_again(monkeypatch: pytest.MonkeyPatch, jump: int) -> None:
    stand = LastSeenHead.at(head(1), 5_000_000)
    assert stand.is_fresh()
    then = stand.dated + jump
    monkeypatch.setattr("trialog.log.store.session.time.time", lambda: then)

    assert not stand.is_fresh()


def test_only_who_found_the_log_where_it_was_left_is_alone(clock: list[float]) -> None:
    memory = SessionCache()
    one, two, three = (LastSeenHead.at(head(size), 0) for size in (1, 2, 3))

    assert memory.recall() is None
    memory.keep(one, two, {"a": 1})
    assert memory.recall() is None  # it was not seen yet whether others write
    memory.keep(two, three, {})
    assert memory.recall() == three
    clock[0] += 1
    assert memory.recall() is None  # the server's time is wanted
    memory.keep(two, three, {})
    assert memory.recall() is None  # somebody else wrote


def test_numbers_of_streams_are_those_of_exactly_that_log() -> None:
    memory = SessionCache()
    left = LastSeenHead.at(head(2), 0)
    memory.keep(left, left, {"a": 1})

    assert memory.numbers_at(head(2)) == {"a": 1}
    assert memory.numbers_at(head(2, b"another tree")) == {}
    assert memory.numbers_at(head(2)) == {}


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Statements that appends fetch answers to."""
    found: list[object] = []
    fetch = queries.fetch

    def spy(connection: Any, statement: Any, **values: Any) -> list[tuple[Any, ...]]:
        found.append(statement)
        return fetch(connection, statement, **values)

    monkeypatch.setattr("trialog.log.store.transaction.fetch", spy)
    return found


def test_a_session_alone_asks_a_server_nothing(
    tmp_path: Path, server_place: str, questions: list[object], clock: list[float]
) -> None:
    bench = Bench(tmp_path, at=server_place)
    days = (f"2016-01-{number:02}" for number in count(1))

    def asks() -> int:
        questions.clear()
        bench.append(seen("a", next(days)))
        return len(questions)

    bench.append(enrolled("a", "2016-01-01"))
    bench.append(enrolled("b", "2016-01-01"))

    assert [asks(), asks(), asks()] == [0, 0, 0]
    with Database.open(server_place) as other:
        AppendSession(other, TRIAL, "b").append([seen("b", "2016-02-01")])
    assert asks() > 0  # the log refused, and was asked
    bench.append(seen("a", next(days)))
    assert asks() == 0
    clock[0] += 1
    assert asks() == 1
    assert asks() == 0
    assert verify_log(bench.log)[0].checkpoint.size == 2 + 2 + 8 + 1
    bench.log.close()


def test_the_time_of_recording_is_never_ahead_of_the_server_s(cluster: postgres.Cluster, server_place: str) -> None:
    schema = postgres.schema_of(server_place)
    with Database.create(server_place) as log:
        tracker = AppendSession(log, TRIAL, "a")
        tracker.append([registered(), opened(), enrolled("a", "2016-01-01")])
        # Beside the row itself, by the server's clock.
        cluster.sql(
            "CREATE TABLE stood (behind bigint)",
            "CREATE FUNCTION compare() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO stood VALUES "
            "(trialog_microseconds(clock_timestamp()) - NEW.recorded_at); RETURN NEW; END $$",
            "CREATE TRIGGER compared BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION compare()",
            schema=schema,
        )
        for number in range(1, 29):
            tracker.append([seen("a", f"2016-02-{number:02}")])
        behind = cluster.sql("SELECT count(*), min(behind) >= 0, max(behind) < 1000000 FROM stood", schema=schema)
        assert behind == [(28, True, True)]


@pytest.mark.parametrize("store", ["file", "server"])
def test_another_log_in_its_place_is_not_taken_for_the_one_that_was_left(
    store: str, cluster: postgres.Cluster, tmp_path: Path, server_place: str
) -> None:
    """As large, and with the same subjects, but in another order: each has another number there."""
    place = server_place if store == "server" else None
    some = [enrolled("a", "2016-01-01"), enrolled("b", "2016-01-01")]
    bench = Bench(tmp_path, at=place)
    for each in some:
        bench.append(each)
    if place:
        schema = postgres.schema_of(place)
        cluster.sql(f"DROP SCHEMA {schema} CASCADE", f"CREATE SCHEMA {schema}")
    other = Bench(tmp_path, name="other.db", at=place)
    for each in reversed(some):
        other.append(each)
    other.log.close()
    if not place:
        other.place.replace(bench.place)

    bench.append(died("b", "2016-05-01"))

    with Database.open(place or str(bench.place)) as log:
        assert verify_log(log)[0].checkpoint.size == 5
        assert AppendSession(log, TRIAL, "b").history("subject/b").version == 2
    bench.log.close()


def test_a_subject_is_judged_by_where_it_stands_in_the_log_that_is_there(tmp_path: Path) -> None:
    """The other log is as large, but its subject is dead."""
    bench, other = Bench(tmp_path), Bench(tmp_path, name="other.db")
    bench.tracker.append([enrolled("a", "2016-01-01"), seen("a", "2016-02-01")], doubts=False)
    other.append(enrolled("a", "2016-01-01"), died("a", "2016-02-01"))
    other.log.close()
    other.place.replace(bench.place)

    with pytest.raises(RefusedError, match="after the death"):
        bench.tracker.append([seen("a", "2016-03-01")], doubts=False)


def test_what_a_dry_run_saw_is_not_believed_of_an_older_log(tmp_path: Path) -> None:
    """A backup is put back; the cohort that was opened after it was made is gone."""
    bench = Bench(tmp_path)
    bench.append(enrolled("a", "2016-01-01"))
    backup = bench.place.read_bytes()
    with Database.open(str(bench.place)) as other:
        AppendSession(other, TRIAL, "b").append([opened("B")])
    bench.tracker.append([enrolled("b", "2016-01-01", "B")], dry_run=True)
    (tmp_path / "backup.db").write_bytes(backup)
    (tmp_path / "backup.db").replace(bench.place)

    with pytest.raises(RefusedError, match="unknown cohort 'B'"):
        bench.append(enrolled("b", "2016-01-01", "B"))
