"""A log as lines of JSON and back: the same events and the same root, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import TRIAL, Bench, corrected, died, dosed, enrolled, retracted, seen
from trialog.events.errors import ConflictError, EventError, LogError, TrialogError
from trialog.log.moving.log_export import entry_line, head_line, read_entries, read_head
from trialog.log.moving.restore import head_of, restore, sealed_entries
from trialog.log.store.database import Database
from trialog.log.trust.merkle import root_of


@pytest.fixture
def lines(bench: Bench) -> list[bytes]:
    """A log with corrections, a retraction and an event that says a quotation mark."""
    bench.append(enrolled("1", "2020-01-01", event_id="e1"), dosed("1", "2020-01-02"))
    bench.today("2024-01-02")
    bench.append(seen("1", "2020-02-01", event_id="s1", source='a "source", with ,"event": in it'))
    bench.append(corrected("s1", {"occurred_on": "2020-02-02"}), died("1", "2020-03"), enrolled("2", "2020-01-05"))
    bench.append(seen("2", "2020-02-01", event_id="s2"), retracted("s2"))
    return exported(bench.log)


def exported(log: Database, *, salts: bool = True) -> list[bytes]:
    recorder = log.recorder(TRIAL)
    head = head_of(recorder, salts=salts)
    return [head_line(head), *(entry_line(entry) for entry in sealed_entries(recorder, head))]


def put_back(lines: list[bytes], place: Path) -> Database:
    log = Database.create(str(place))
    try:
        head = read_head(lines[0], "log.jsonl:1")
        restore(log, head, read_entries(enumerate(lines[1:], 2), "log.jsonl"))
    except TrialogError:
        assert log.trials() == []
        log.close()
        raise
    return log


def test_the_same_log_comes_back(bench: Bench, lines: list[bytes], tmp_path: Path) -> None:
    with put_back(lines, tmp_path / "other.db") as other:
        assert other.trials() == bench.log.trials()
        assert list(other.recorder(TRIAL).entries()) == list(bench.log.recorder(TRIAL).entries())
        assert exported(other) == lines


def test_a_log_that_was_put_back_goes_on(bench: Bench, lines: list[bytes], tmp_path: Path) -> None:
    with put_back(lines, tmp_path / "other.db") as other:
        position = other.recorder(TRIAL).head()[0]
        from trialog.application.recording.append_session import AppendSession

        receipt = AppendSession(other, TRIAL, "x").append([seen("2", "2020-05-01")])

    assert receipt.appended[0].position == position + 1


def test_without_salts_the_leaves_still_give_the_root(bench: Bench, lines: list[bytes]) -> None:
    public = [json.loads(line) for line in exported(bench.log, salts=False)]

    assert all("salt" not in line for line in public)
    assert root_of(bytes.fromhex(line["leaf"]) for line in public[1:]).hex() == public[0]["root"]
    assert public[0]["root"] == json.loads(lines[0])["root"]


def test_without_salts_a_log_cannot_be_put_back(bench: Bench, lines: list[bytes], tmp_path: Path) -> None:
    with pytest.raises(LogError, match="was written without salts, for publication"):
        put_back(exported(bench.log, salts=False), tmp_path / "other.db")


def test_a_log_that_holds_the_trial_is_not_touched(bench: Bench, lines: list[bytes]) -> None:
    before = bench.log.trials()
    with pytest.raises(ConflictError, match="holds trial NCT00000001 already"):
        restore(bench.log, read_head(lines[0], ""), read_entries(enumerate(lines[1:], 2), "x"))

    assert bench.log.trials() == before


def swapped(line: bytes, old: str, new: str) -> bytes:
    assert old.encode() in line
    return line.replace(old.encode(), new.encode(), 1)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        pytest.param(lambda lines: lines[:-1], "its head says 10 entries, 9 came; the file is cut off", id="cut off"),
        pytest.param(lambda lines: lines[:2] + lines[3:], "expected position 2, version", id="a line missing"),
        pytest.param(lambda lines: [lines[0], *reversed(lines[1:])], "expected position 1", id="another order"),
        pytest.param(
            lambda lines: [*lines[:4], swapped(lines[4], "2020-01-02", "2020-01-03"), *lines[5:]],
            "position 4 of NCT00000001: the entry is not what its leaf says; the file was changed", id="a date changed",
        ),
        pytest.param(
            lambda lines: [*lines[:4], swapped(lines[4], '"by":"tester"', '"by":"nobody"'), *lines[5:]],
            "position 4 of NCT00000001: the entry is not what its leaf says", id="an actor changed",
        ),
        pytest.param(
            lambda lines: [swapped(lines[0], '"root":"', '"root":"' + "0" * 64 + '","x":"'), *lines[1:]],
            "its entries give another root than its head", id="another root",
        ),
        pytest.param(
            lambda lines: [*lines[:2], swapped(lines[2], "cohort-opened/1", "cohort-opened/9"), *lines[3:]],
            "position 2 of NCT00000001: the entry is not what its leaf says", id="another kind",
        ),
        pytest.param(lambda lines: [lines[1], *lines], "log.jsonl:1: not the head of a log", id="no head"),
        pytest.param(lambda lines: [*lines[:3], b"{", *lines[3:]], "log.jsonl:4: not a JSON object", id="no JSON"),
        pytest.param(lambda lines: [*lines[:3], b"{}", *lines[3:]], "log.jsonl:4: 'position' is missing", id="no entry"),
    ],
)  # fmt: skip
def test_a_file_that_was_changed_is_refused_and_nothing_is_written(
    lines: list[bytes], tmp_path: Path, damage: Callable[[list[bytes]], list[bytes]], complaint: str
) -> None:
    with pytest.raises((LogError, EventError)) as refused:
        put_back(damage(lines), tmp_path / "other.db")

    assert complaint in str(refused.value)
