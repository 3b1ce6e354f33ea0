"""A file of events of several trials is written whole or not at all, on both databases."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import trialog
from tests import postgres
from tests.conftest import Command
from trialog.application.opening import Log
from trialog.events.errors import EventError
from trialog.log.checks.verify import verify_log


def line(trial: str, event: str, on: str = "2020-01-01", **fields: Any) -> dict[str, Any]:
    return {"trial": trial, "event": event, "occurred_on": on, "source": "x", **fields}


def begun(trial: str) -> list[dict[str, Any]]:
    """A trial with a cohort and a subject."""
    return [
        line(trial, "trial-registered", title="t"),
        line(trial, "cohort-opened", cohort="1"),
        line(trial, "subject-enrolled", subject="001", cohort="1"),
    ]


def write(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines), encoding="utf-8")
    return path


@pytest.fixture
def log(place: str) -> Iterator[Log]:
    """A new log, on each of the two kinds of store."""
    with trialog.create_log(place) as made:
        yield made


def sizes(log: Log) -> dict[str, int]:
    return {head.code: head.size for head in log.database.trials()}


def test_events_of_several_trials_stand_in_one_transaction(log: Log, tmp_path: Path) -> None:
    file = write(tmp_path / "f.jsonl", [each for some in zip(begun("B"), begun("A"), strict=True) for each in some])

    answer = log.append_file(file)

    assert (answer.read, answer.appended, answer.by_trial) == (6, 6, {"B": 3, "A": 3})
    assert sizes(log) == {"A": 3, "B": 3}
    assert [report.checkpoint.size for report in verify_log(log.database)] == [3, 3]
    again = log.append_file(file)
    assert (again.appended, again.already_in_the_log) == (0, 6)


@pytest.mark.parametrize("known", [True, False])
def test_a_refused_line_of_one_trial_leaves_no_event_of_another(log: Log, tmp_path: Path, known: bool) -> None:
    if known:
        log.append_file(write(tmp_path / "before.jsonl", [*begun("A"), *begun("B")]))
    before = sizes(log)
    wrong = line("B", "subject-died", subject="999")
    new = line("A", "subject-seen-alive", "2020-02-01", subject="001")
    given = [new, wrong] if known else [*begun("A"), *begun("B"), wrong]

    with pytest.raises(EventError, match="unknown subject 999"):
        log.append_file(write(tmp_path / "f.jsonl", given))

    assert sizes(log) == before


def test_an_id_that_another_event_has_leaves_no_event_of_another_trial(log: Log, tmp_path: Path) -> None:
    log.append_file(write(tmp_path / "before.jsonl", [*begun("A"), *begun("B")]))
    seen = line("B", "subject-seen-alive", "2020-02-01", subject="001", id="x")
    log.append_file(write(tmp_path / "one.jsonl", [seen]))
    before = sizes(log)

    with pytest.raises(EventError, match="id 'x' belongs to another event"):
        log.append_file(
            write(tmp_path / "f.jsonl", [{**seen, "trial": "A", "id": "y"}, {**seen, "occurred_on": "2020-03-01"}])
        )

    assert sizes(log) == before
    assert log.append_file(write(tmp_path / "f.jsonl", [{**seen, "trial": "A", "id": "y"}, seen])).appended == 1


def test_refusals_of_several_trials_come_in_the_order_of_lines(log: Log, tmp_path: Path) -> None:
    wrong = [line(trial, "subject-died", subject=subject) for subject in ("7", "8") for trial in ("A", "B")]
    file = write(tmp_path / "f.jsonl", [*begun("A"), *begun("B"), *wrong])

    with pytest.raises(EventError) as refused:
        log.append_file(file)

    named = [each.partition(": ") for each in str(refused.value).splitlines()]
    assert [where.rpartition(":")[2] for where, _, _ in named] == ["7", "8", "9", "10"]
    assert [why.split(";")[0] for _, _, why in named] == [f"unknown subject {number}" for number in "7788"]


def test_a_batch_covers_several_trials_too(log: Log, tmp_path: Path) -> None:
    lines = [*begun("A"), *begun("B"), line("A", "subject-died", subject="9"), line("B", "cohort-opened", cohort="2")]

    with pytest.raises(EventError, match=r"the batches before it are in the log \(6 events\)"):
        log.append_file(write(tmp_path / "f.jsonl", lines), batch=6)

    assert sizes(log) == {"A": 3, "B": 3}


def test_warnings_are_those_of_the_whole_file(log: Log, tmp_path: Path) -> None:
    assessed = {"criteria": "RECIST 1.1", "category": "PR", "subject": "001"}
    dose = {"subject": "001", "amount": "1", "unit": "mg"}
    lines = [
        *begun("A"),
        line("A", "response-assessed", "2020-03-01", **assessed),
        *begun("B"),
        line("B", "response-assessed", "2020-03-01", **assessed),
        line("B", "dose-administered", "2020-01-02", **dose),
    ]

    for batch in (None, 2):
        answer = log.append_file(write(tmp_path / "f.jsonl", lines), batch=batch, dry_run=batch is None)
        assert answer.notes == len(answer.warnings) == 1
        assert "subject 001 was assessed PR" in answer.warnings[0]


def test_every_wrong_line_is_counted(log: Log, tmp_path: Path) -> None:
    lines = [line("A", "subject-died", subject="1", caus="x") for _ in range(25)]

    with pytest.raises(EventError) as refused:
        log.append_file(write(tmp_path / "f.jsonl", lines))

    said = str(refused.value).splitlines()
    assert len(said) == 21
    assert "unknown field 'caus'; did you mean 'cause'?" in said[0]
    assert said[-1] == "and 5 more are wrong"


def test_a_trial_that_is_nearly_another_one_is_told(log: Log, tmp_path: Path) -> None:
    log.append_file(write(tmp_path / "before.jsonl", begun("NCT01234567")))

    with pytest.raises(EventError, match="unknown trial 'NCT01234657'; did you mean 'NCT01234567'\\?"):
        log.append_file(write(tmp_path / "f.jsonl", [line("NCT01234657", "cohort-opened", cohort="1")]))


def test_the_command_prints_the_answer(trialog: Command, tmp_path: Path) -> None:
    file = write(tmp_path / "f.jsonl", [each for trial in "ABCDEF" for each in begun(trial)])
    trialog("init", "one.db")
    trialog("init", "two.db")

    printed = trialog("append", str(file), "--log", "one.db", "--json").out
    assert trialog("append", str(file), "--log", "two.db").out == (
        "18 events read, appended: 18 to 6 trials, already in the log: 0\n"
    )
    with trialog_log("two.db") as log:
        assert log.append_file(file).already_in_the_log == 18
    with trialog_log(tmp_path / "three.db", create=True) as log:
        assert printed == log.append_file(file).to_json() + "\n"


def trialog_log(place: str | Path, *, create: bool = False) -> Log:
    return trialog.create_log(place) if create else trialog.open_log(place)


def test_writers_of_the_same_trials_in_another_order_do_not_wait_for_each_other(
    cluster: postgres.Cluster, server_place: str, tmp_path: Path
) -> None:
    """Each takes the locks of its trials, and the one for new trials, in the same order: a deadlock would end one."""
    rounds, trials = 12, ["A", "B", "C"]
    with trialog.create_log(server_place) as log:
        log.append([each for trial in trials for each in begun(trial)])
    failed: list[BaseException] = []

    def writer(number: int) -> None:
        try:
            with trialog.open_log(server_place) as log:
                order = trials if number % 2 else trials[::-1]
                for at in range(rounds):
                    new = f"N{number}-{at}" if number % 2 else f"A{number}-{at}"
                    some = [line(trial, "subject-enrolled", subject=f"{number}-{at}", cohort="1") for trial in order]
                    log.append([*some, *begun(new)] if at % 3 else some)
        except BaseException as error:  # noqa: BLE001  # shown by the test
            failed.append(error)

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert failed == []
    with trialog.open_log(server_place) as log:
        found = sizes(log)
        assert [found[trial] for trial in trials] == [3 + 4 * rounds] * 3
        assert len(found) == 3 + 4 * 8
        verify_log(log.database)
