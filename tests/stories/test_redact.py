"""Private texts: sealed before they are stored, readable with the subject's key, gone with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.builders import Bench, died, enrolled
from tests.conftest import Command

REMARK = "Jane Q. Example, mother of three"


@pytest.fixture
def place(bench: Bench, monkeypatch: pytest.MonkeyPatch, trialog: Command) -> Path:
    """A log with a private text of subject 001."""
    monkeypatch.setenv("TRIALOG_LOG", str(bench.place))
    monkeypatch.setenv("TRIALOG_KEYS", "keys")
    monkeypatch.setenv("TRIALOG_SOURCE", "test")
    bench.append(enrolled("001", "2016-01-01"), enrolled("002", "2016-02-01"), died("002", "2017-01-01"))
    line = {"event": "subject-seen-alive", "subject": "001", "occurred_on": "2016-05-05", "source": "site", "id": "s1",
            "private": {"remark": REMARK}}  # fmt: skip
    Path("events.jsonl").write_text(json.dumps(line) + "\n")
    done = trialog("append", "events.jsonl")
    assert (done.code, done.err) == (0, "")
    return bench.place


def everywhere() -> bytes:
    return b"".join(each.read_bytes() for each in Path().rglob("*") if each.is_file() and each.name != "events.jsonl")


def test_a_private_text_is_sealed_and_opens_with_the_key(trialog: Command, place: Path) -> None:
    assert REMARK.encode() not in everywhere()
    assert REMARK not in trialog("log", "--json").out
    assert REMARK in trialog("private", "001").out
    assert json.loads(trialog("private", "001", "--json").out)["private"] == [
        {"position": 6, "id": "s1", "event": "subject-seen-alive", "texts": {"remark": REMARK}}
    ]
    assert trialog("append", "events.jsonl").out == "1 events read, appended: 0, already in the log: 1\n"


def test_after_a_redaction_the_text_is_gone_and_every_proof_holds(trialog: Command, place: Path) -> None:
    trialog("checkpoint", "create", "--out", "then.txt")
    trialog("prove", "6", "--checkpoint", "then.txt", "--out", "proof.txt")
    before = trialog("snapshot", "--as-of", "2018-01-01", "--json").out

    done = trialog("redact", "001", "--reason", "a name in a remark", "--authority", "data protection officer")

    assert (done.code, done.err) == (0, "")
    assert "its key is destroyed" in done.out
    refused = trialog("private", "001")
    assert (refused.code, "cannot be read: redacted at position 7" in refused.err) == (1, True)
    assert trialog("verify", "--since", "then.txt").code == 0
    assert trialog("check-proof", "proof.txt", "--checkpoint", "then.txt").code == 0
    assert (
        json.loads(before)["cohorts"]
        == json.loads(trialog("snapshot", "--as-of", "2018-01-01", "--json").out)["cohorts"]
    )
    trialog("backup", "copy.db")
    assert REMARK.encode() not in everywhere()


def test_a_redacted_subject_gets_no_new_private_texts(trialog: Command, place: Path) -> None:
    trialog("redact", "001", "--reason", "r", "--authority", "a")
    Path("more.jsonl").write_text(Path("events.jsonl").read_text().replace('"s1"', '"s2"'))

    refused = trialog("append", "more.jsonl")

    assert (refused.code, "the private texts of subject 001 were redacted" in refused.err) == (1, True)
    assert REMARK not in refused.err


def test_keys_that_came_back_from_a_backup_are_noticed(trialog: Command, place: Path) -> None:
    shutil.copytree("keys", "backup-of-keys")
    trialog("redact", "001", "--reason", "r", "--authority", "a")
    shutil.rmtree("keys")
    shutil.copytree("backup-of-keys", "keys")

    refused = trialog("private", "001")
    again = trialog("redact", "001", "--reason", "r", "--authority", "a")

    assert (refused.code, "its key is here again, perhaps from a backup" in refused.err) == (1, True)
    assert "its key is destroyed" in again.out
    assert REMARK.encode() not in everywhere()


def test_a_sealed_text_opens_only_where_it_was_written(trialog: Command, place: Path) -> None:
    """Another subject's key, or the same key for another event, opens nothing."""
    for key in Path("keys").rglob("*"):
        if key.is_file():
            key.write_bytes(b"k" * 32)

    refused = trialog("private", "001")

    assert (refused.code, "does not open with this key in this place" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["redact", "009", "--reason", "r", "--authority", "a"], "no subject '009'"),
        (["private", "009"], "no subject '009'"),
    ],
)
def test_an_unknown_subject(trialog: Command, place: Path, arguments: list[str], complaint: str) -> None:
    refused = trialog(*arguments)

    assert (refused.code, complaint in refused.err) == (1, True)


def test_without_a_folder_of_keys_nothing_private_is_stored(
    trialog: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRIALOG_KEYS")
    Path("more.jsonl").write_text(Path("events.jsonl").read_text().replace('"s1"', '"s2"'))

    refused = trialog("append", "more.jsonl")

    assert (refused.code, "name their folder with TRIALOG_KEYS" in refused.err) == (1, True)
    assert "say with --keys" in trialog("private", "001").err
