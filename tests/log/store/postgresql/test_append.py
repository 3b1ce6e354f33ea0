"""An append to a server that keeps nobody waiting: one call, all of it or nothing, and never on what has changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests import postgres
from tests.builders import TRIAL, Bench, died, draft, enrolled, opened, registered, seen
from trialog.application.recording.append_session import AppendSession
from trialog.application.recording.receipt import RefusedError
from trialog.events.entry import NewEntry
from trialog.events.errors import ConflictError, LogError
from trialog.events.kinds import SubjectEnrolled
from trialog.log.checks.verify import verify_log
from trialog.log.store.checkpoints import kept_checkpoints
from trialog.log.store.database import Database
from trialog.log.store.postgresql.append import LARGEST_BYTES, LARGEST_CALL
from trialog.log.store.rows import head_of
from trialog.log.store.session import LastSeenHead
from trialog.log.store.transaction import portions
from trialog.log.store.trial_log import Transaction


@pytest.fixture
def bench(tmp_path: Path, server_place: str) -> Iterator[Bench]:
    made = Bench(tmp_path, at=server_place)
    yield made
    made.log.close()


def entry(number: int) -> NewEntry:
    return NewEntry(f"s{number}", 1, "topic/1", f"e{number}", "me", b"{}")


def size(bench: Bench) -> int:
    return bench.log.recorder(TRIAL).size()


def test_a_writer_that_judges_keeps_nobody_waiting_and_is_refused_if_it_was_too_slow(
    bench: Bench, server_place: str
) -> None:
    with Database.open(server_place) as other:
        slow = other.recorder(TRIAL)
        with pytest.raises(ConflictError, match="grown meanwhile"), slow.writing(held=False) as transaction:  # noqa: PT012
            bench.append(enrolled("faster", "2016-01-01"))
            transaction.insert([entry(1)])
        assert slow.entries_of(["s1"]) == {}
        assert slow.size() == 3
        # What that session made up in vain is forgotten: the next one begins anew.
        AppendSession(other, TRIAL, "b").append([enrolled("slower", "2016-01-01")])
        assert verify_log(other)[0].checkpoint.size == 4


def test_what_was_judged_too_early_is_judged_again(
    bench: Bench, server_place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another session records a death between the judgement of a contact and its call: the contact is refused."""
    bench.append(enrolled("a", "2016-01-01"))
    first = Transaction.insert

    def late(transaction: Transaction, entries: list[NewEntry]) -> None:
        monkeypatch.setattr(Transaction, "insert", first)
        with Database.open(server_place) as other:
            AppendSession(other, TRIAL, "b").append([died("a", "2016-05-01")])
        transaction.insert(entries)

    monkeypatch.setattr(Transaction, "insert", late)
    with pytest.raises(RefusedError, match="after the death"):
        bench.append(seen("a", "2016-06-01"))
    assert size(bench) == 4


@pytest.mark.parametrize("seconds", [5, 11])
def test_who_slept_before_the_call_records_the_time_of_its_awakening(
    cluster: postgres.Cluster, server_place: str, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    with Database.create(server_place) as log:
        tracker = AppendSession(log, TRIAL, "a")
        tracker.append([registered("2015-01-01"), opened()])
        # As if its look at the clock had been so long ago.
        monkeypatch.setattr(LastSeenHead, "now", lambda stand: stand.asked - seconds * 1_000_000)
        schema = postgres.schema_of(server_place)
        cluster.sql(*postgres.ITS_LAST_EVENT_WAS_LONG_AGO, schema=schema)

        if seconds < 10:
            with log.recorder(TRIAL).writing(held=False) as transaction:
                transaction.insert([entry(1)])
        else:
            recorder = log.recorder(TRIAL)
            with pytest.raises(ConflictError, match="not now"), recorder.writing(held=False) as transaction:
                transaction.insert([entry(1)])


@pytest.mark.parametrize("count", [LARGEST_CALL, LARGEST_CALL + 1])
def test_an_append_of_more_than_a_call_is_all_or_nothing_too(bench: Bench, count: int) -> None:
    many = [enrolled(f"{number:05}", "2016-01-01", event_id=f"e{number}") for number in range(count)]

    with pytest.raises(RefusedError, match="id 'e0' belongs to another event"):
        bench.append(*many[:-1], enrolled("another", "2016-01-01", event_id="e0"))
    assert size(bench) == 2
    bench.append(*many)

    assert verify_log(bench.log)[0].checkpoint.size == 2 + count


def test_who_does_not_hold_the_log_writes_no_more_than_a_call(bench: Bench) -> None:
    with (
        pytest.raises(ConflictError, match="needs the lock"),
        bench.log.recorder(TRIAL).writing(held=False) as transaction,
    ):
        transaction.insert([entry(number) for number in range(LARGEST_CALL + 1)])
    assert size(bench) == 2


def test_who_does_not_hold_the_log_writes_once(bench: Bench) -> None:
    recorder = bench.log.recorder(TRIAL)
    with pytest.raises(ConflictError, match="needs the lock"), recorder.writing(held=False) as transaction:  # noqa: PT012
        for number in range(2):
            transaction.insert([entry(number)])
    assert size(bench) == 3


def test_a_call_carries_no_more_than_a_server_takes() -> None:
    large, small = (NewEntry("s", 1, "t", "e", "", bytes(size)) for size in (LARGEST_BYTES // 2, 1))

    assert list(portions([])) == []
    assert list(portions([large, large, large, small])) == [(0, 2), (2, 4)]
    assert list(portions([small] * (2 * LARGEST_CALL + 1))) == [
        (0, LARGEST_CALL),
        (LARGEST_CALL, 2 * LARGEST_CALL),
        (2 * LARGEST_CALL, 2 * LARGEST_CALL + 1),
    ]


def test_what_began_a_transaction_unasked_does_not_swallow_an_append(bench: Bench) -> None:
    """Written within it the events would be rolled back at its end, acknowledged."""
    recorder = bench.log.recorder(TRIAL)
    with pytest.raises(ConflictError, match="needs the lock"), recorder.writing(held=False) as transaction:  # noqa: PT012
        transaction.payloads_of_kind(SubjectEnrolled.KIND)
        transaction.insert([entry(1)])
    assert size(bench) == 2


def test_a_trial_is_not_begun_without_holding_the_log(bench: Bench) -> None:
    with pytest.raises(ConflictError, match="no trial NCT9 yet"), bench.log.recorder("NCT9").writing(held=False):
        pass
    AppendSession(bench.log, "NCT9", "a").append([registered(), opened()])
    assert [head.code for head in bench.log.trials()] == [TRIAL, "NCT9"]


def test_an_announcement_and_its_checkpoint_stand_in_the_log_together(bench: Bench) -> None:
    receipt = bench.append(draft("announcement-made", "2017-01-01", announcement="r1", title="t"))

    with bench.log.reading() as connection:
        kept = kept_checkpoints(connection, head_of(connection, TRIAL))
    assert [(each.about, each.note) for each in kept] == [("r1", receipt.notes[0])]


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        ("held", "terminating connection"),
        ("judging", "terminating connection"),
        ("in the call", "whether they are in the log is not known"),
    ],
)
def test_a_connection_lost_within_an_append(
    cluster: postgres.Cluster, bench: Bench, when: str, complaint: str, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = bench.log.recorder(TRIAL)
    with pytest.raises(LogError, match=complaint), recorder.writing(held=when == "held") as transaction:  # noqa: PT012
        if when == "in the call":
            transaction.entries_of(["s1"])  # everything is known that there is to ask
        raw = transaction.connection.connection.driver_connection
        cluster.sql(f"SELECT pg_terminate_backend({raw.info.backend_pid})")  # type: ignore[union-attr]
        transaction.insert([entry(1)])
    assert size(bench) == 2

    bench.append(enrolled("a", "2016-01-01"))
    assert verify_log(bench.log)[0].checkpoint.size == 3
    assert caplog.messages == []  # what the pool logs would stand on the screen


def test_a_commit_whose_answer_is_lost_is_not_called_a_failure(cluster: postgres.Cluster, bench: Bench) -> None:
    with pytest.raises(LogError, match="whether they are in the log is not known"), bench.log.writing() as connection:  # noqa: PT012
        connection.execute(text("SELECT 1"))
        raw = connection.connection.driver_connection
        cluster.sql(f"SELECT pg_terminate_backend({raw.info.backend_pid})")  # type: ignore[union-attr]


def test_a_log_of_an_earlier_version_says_how_to_go_on(
    cluster: postgres.Cluster, bench: Bench, server_place: str
) -> None:
    schema = postgres.schema_of(server_place)
    names = cluster.sql(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname = 'trialog_append_one'", schema=schema
    )
    cluster.sql(*(f"DROP FUNCTION {name}" for (name,) in names), schema=schema)

    with pytest.raises(LogError, match=r"was made by an earlier version of trialog.*trialog copy"):
        bench.append(enrolled("a", "2016-01-01"))


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("and the connection is closed")])
def test_a_connection_that_was_left_in_the_middle_is_not_used_again(
    bench: Bench, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def own(connection: Any) -> int:
        return int(connection.connection.driver_connection.info.backend_pid)

    with pytest.raises(type(error)), bench.log.writing(held=False) as connection:  # noqa: PT012
        first = own(connection)
        if isinstance(error, ValueError):
            connection.connection.driver_connection.close()  # type: ignore[union-attr]
        raise error
    with bench.log.reading() as connection:
        assert own(connection) != first
    assert caplog.messages == []  # what the pool logs would stand on the screen


def test_a_login_s_own_isolation_does_not_decide(server_place: str) -> None:
    Database.create(server_place).close()
    strict = f"{server_place}%20-cdefault_transaction_isolation%3Dserializable"
    with Database.open(strict) as log, log.writing() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "read committed"
