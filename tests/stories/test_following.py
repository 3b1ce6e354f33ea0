"""Another eventsourcing application follows a trial's log through the library's own interfaces, on both databases."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from eventsourcing.application import LocalNotificationLog
from eventsourcing.system import NotificationLogReader

import trialog as package
from tests.builders import TRIAL, Bench, corrected, died, enrolled, retracted, seen
from trialog.events.entry import LogEntry
from trialog.log.store.trial_log import EventMapper

EXAMPLE = Path(__file__).parents[2] / "examples/following/reviews.py"


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("reviews", EXAMPLE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["reviews"] = module  # the library finds the classes of stored events by the name of their module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["reviews"]


@pytest.fixture
def at(tmp_path: Path, place: str) -> Iterator[Bench]:
    made = Bench(tmp_path, at=place)
    made.append(enrolled("001", "2016-01-01"), enrolled("002", "2016-01-01"), seen("001", "2016-02-01"))
    made.append(died("001", "2016-04-10", event_id="d1"), died("002", "2016-05-01", event_id="d2"))
    yield made
    made.log.close()


@pytest.fixture
def log(at: Bench, place: str) -> Iterator[package.Log]:
    with package.open_log(place) as found:
        yield found


def reviews_of(app: Any) -> list[tuple[str, str, str]]:
    return [(each.subject, each.died_on, each.dropped_because) for each in app.all()]


def test_each_death_has_one_review_whatever_comes_later(example: ModuleType, at: Bench, log: package.Log) -> None:
    with example.Reviews() as app:
        app.follow_trial(log)
        app.follow_trial(log)
        assert reviews_of(app) == [("001", "2016-04-10", ""), ("002", "2016-05-01", "")]

        at.append(retracted("d1"), corrected("d2", {"occurred_on": "2016-05-03"}))
        app.follow_trial(log)
        assert reviews_of(app) == [("001", "2016-04-10", "wrong subject"), ("002", "2016-05-03", "")]
        assert app.recorder.max_tracking_id(log.recorder().checkpoint().origin) == 9


def test_it_goes_on_where_it_stopped_in_a_file_of_its_own(
    example: ModuleType, at: Bench, log: package.Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "reviews.db")}

    def power_cut(app: Any, entry: LogEntry, tracking: Any) -> None:
        if entry.position == 7:
            raise KeyboardInterrupt
        super(example.Reviews, app).process_event(entry, tracking)

    with monkeypatch.context() as patched, example.Reviews(env) as app:
        patched.setattr(example.Reviews, "process_event", power_cut, raising=False)
        with pytest.raises(KeyboardInterrupt):
            app.follow_trial(log)

    with example.Reviews(env) as app:
        assert reviews_of(app) == [("001", "2016-04-10", "")]
        app.follow_trial(log)
        assert reviews_of(app) == [("001", "2016-04-10", ""), ("002", "2016-05-01", "")]


def test_it_may_begin_behind_a_position(example: ModuleType, log: package.Log) -> None:
    with example.Reviews() as app:
        app.follow_trial(log, after=6)

        assert reviews_of(app) == [("002", "2016-05-01", "")]


def test_a_notification_log_gives_whole_entries_from_a_position_on(log: package.Log) -> None:
    reader = NotificationLogReader(LocalNotificationLog(log.recorder(TRIAL), 2), section_size=2)

    sections = [list(each) for each in reader.select(start=4, topics=())]

    assert [[each.id for each in section] for section in sections] == [[4, 5], [6, 7]]
    entries = [EventMapper().to_domain_event(each) for section in sections for each in section]
    assert entries == [EventMapper().to_domain_event(each) for each in log.recorder().entries(3)]
