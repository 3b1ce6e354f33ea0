"""Appending from Python: one event, several, of one trial or of more."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import trialog
from tests.conftest import Command
from trialog.application.opening import Log
from trialog.events.errors import EventError, HistoryError
from trialog.events.kinds import SubjectDied

REGISTERED = {"event": "trial-registered", "title": "t", "occurred_on": "2020-01-01", "source": "x"}
OPENED = {"event": "cohort-opened", "cohort": "1", "occurred_on": "2020-01-01", "source": "x"}
ENROLLED = {"event": "subject-enrolled", "subject": "1", "cohort": "1", "occurred_on": "2020-01-02", "source": "x"}
DIED = SubjectDied(subject="1", occurred_on="2020-06-01", source="x")


@pytest.fixture
def log(place: str) -> Iterator[Log]:
    with trialog.create_log(place, trial="T") as made:
        made.append([REGISTERED, OPENED, ENROLLED])
        yield made


def test_an_event_is_recorded_once(log: Log) -> None:
    first, again = log.record(DIED, by="me"), log.record(DIED)

    assert (first.appended, first.position, first.by, first.event) == (True, 4, "me", DIED)
    assert (again.appended, again.position, again.by) == (False, 4, "me")
    assert log.database.recorder("T").size() == 4


def test_an_event_may_be_given_by_its_fields(log: Log) -> None:
    answer = log.append({**OPENED, "cohort": "2", "id": "c2", "by": "j.doe"})

    assert [(each.position, each.id, each.by) for each in answer.entries] == [(4, "c2", "j.doe")]
    assert answer.by_trial == {"T": 1}


def test_several_trials_are_appended_together_or_not_at_all(log: Log) -> None:
    other = [{**each, "trial": "U"} for each in (REGISTERED, OPENED, ENROLLED)]

    again = {"event": "subject-died", "subject": "1", "occurred_on": "2020-07-01", "source": "x"}
    with pytest.raises(HistoryError, match="event 5: subject 1 has died already"):
        log.append([*other, DIED, again])
    assert log.database.codes() == ["T"]
    assert log.append([*other, DIED]).by_trial == {"U": 3, "T": 1}


def test_a_dry_run_writes_nothing(log: Log) -> None:
    answer = log.append(DIED, dry_run=True)

    assert (answer.appended, answer.dry_run, answer.entries[0].position) == (1, True, 4)
    assert log.database.recorder("T").size() == 3


def test_fields_that_are_no_event_are_refused(log: Log) -> None:
    with pytest.raises(EventError, match="event 2: subject-died: unknown field 'subjct'; did you mean 'subject'"):
        log.append([DIED, {"event": "subject-died", "subjct": "1", "occurred_on": "2020-01-01", "source": "x"}])


def test_what_is_odd_is_said(log: Log) -> None:
    answer = log.record({"event": "response-assessed", "subject": "1", "criteria": "RECIST 1.1", "category": "PR",
                         "occurred_on": "2020-02-01", "source": "x"})  # fmt: skip

    assert answer.warnings == ("subject 1 was assessed PR on 2020-02-01; no dose is recorded",)


def test_the_command_prints_the_same_answer(trialog: Command) -> None:
    from trialog import open_log

    trialog("init")
    common = ("--on", "2020-01-01", "--source", "x", "--by", "me")
    trialog("register", "T", "--title", "t", *common)
    printed = trialog("open-cohort", "--cohort", "1", *common, "--json").out

    with open_log("trialog.db") as log:
        found = log.record({**OPENED}, by="me")
    assert json.loads(printed) == {**found.to_dict(), "appended": True}
    assert found.appended is False
