"""The library's own recorder tests, and what our recorder promises beyond them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import eventsourcing.tests.persistence as library
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from trialog.log.store.database import Database
from trialog.log.store.trial_log import StoredEntry, TrialRecorder
from trialog.log.trust.leaf import frame, leaf_hash
from trialog.log.trust.merkle import root_of


class TestAsTheLibraryAsks(library.ApplicationRecorderTestCase[TrialRecorder]):
    def new_originator_id(self) -> str:
        return str(uuid4())

    def create_recorder(self) -> TrialRecorder:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Database.create(str(Path(folder.name) / "log.db")).recorder("T")


class TestAsTheLibraryAsksOfAServer(TestAsTheLibraryAsks):
    @pytest.fixture(autouse=True)
    def _on_a_server(self, server_place: str) -> None:
        self.place = server_place

    def create_recorder(self) -> TrialRecorder:
        log = Database.create(self.place)
        self.addCleanup(_close_when_idle, log)
        return log.recorder("T")


def _close_when_idle(log: Database) -> None:
    """The library's throughput test leaves its threads behind; what they hold would stay open."""
    pool: Any = log.engine.pool
    while pool.checkedout():
        time.sleep(0.01)
    log.close()


@pytest.fixture
def log(place: str) -> Iterator[Database]:
    with Database.create(place, clock=lambda: 1_700_000_000_000_000) as made:
        yield made


def entry(stream: str, version: int, text: bytes = b"{}") -> StoredEntry:
    return StoredEntry(stream, version, "topic/1", text, event_id=f"{stream}-{version}", actor="me")


def test_positions_have_no_gaps_for_each_trial(log: Database) -> None:
    one, two = log.recorder("ONE"), log.recorder("TWO")

    assert one.insert_events([entry("a", 1), entry("b", 1)]) == [1, 2]
    assert two.insert_events([entry("a", 1)]) == [1]
    with pytest.raises(IntegrityError):
        one.insert_events([entry("a", 2), entry("b", 1)])
    assert one.insert_events([entry("a", 2)]) == [3]
    assert (one.max_notification_id(), two.max_notification_id()) == (3, 1)


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        pytest.param([entry("a", 1)], "version is not the next one", id="version taken"),
        pytest.param([entry("a", 3)], "version is not the next one", id="version left out"),
        pytest.param([StoredEntry("b", 1, "t", b"", event_id="a-1")], "event id is in the log", id="id taken"),
    ],
)
def test_a_conflict_writes_nothing(log: Database, second: list[StoredEvent], complaint: str) -> None:
    recorder = log.recorder("T")
    recorder.insert_events([entry("a", 1)])
    before = recorder.head()

    with pytest.raises(IntegrityError, match=complaint):
        recorder.insert_events([entry("c", 1), *second])

    assert recorder.head() == before


def test_the_root_is_the_tree_over_what_is_stored(log: Database) -> None:
    recorder = log.recorder("T")
    recorder.insert_events([entry("a", 1, b"one"), entry("a", 2, b"two")])
    recorder.insert_events([entry("b", 1, b"three")])

    stored = list(recorder.entries())
    leaves = [
        leaf_hash(
            frame(
                origin=recorder.checkpoint().origin,
                position=row.position,
                stream=str(row.originator_id),
                version=row.originator_version,
                topic=row.topic,
                event_id=row.event_id,
                recorded_at=row.recorded_at,
                actor=row.actor,
                salt=row.salt,
                payload=row.state,
            )
        )
        for row in stored
    ]

    assert [row.leaf for row in stored] == leaves
    assert recorder.head() == (3, root_of(leaves))
    assert len({row.salt for row in stored}) == 3


def test_the_time_of_recording_never_goes_back(place: str) -> None:
    instants = iter([2_000, 1_000, 3_000])
    with Database.create(place, clock=lambda: next(instants)) as log:
        recorder = log.recorder("T")

        for number in (1, 2, 3):
            recorder.insert_events([entry("a", number)])

        assert [row.recorded_at for row in recorder.entries()] == [2_000, 2_000, 3_000]


def test_streams_come_back_in_order(log: Database) -> None:
    recorder = log.recorder("T")
    recorder.insert_events([entry("b", 1), entry("a", 1), entry("b", 2)])

    found = recorder.entries_of(["a", "b", "none"])

    assert {stream: [row.originator_version for row in rows] for stream, rows in found.items()} == {
        "a": [1],
        "b": [1, 2],
    }


def test_there_are_no_subscriptions(log: Database) -> None:
    with pytest.raises(NotImplementedError, match="read the log in batches"):
        log.recorder("T").subscribe()
