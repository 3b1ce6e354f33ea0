"""Private texts under a master key, as a person runs the commands."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.builders import Bench, enrolled
from tests.conftest import Command

REMARK = "Jane Q. Example, mother of three"


@pytest.fixture
def place(bench: Bench, monkeypatch: pytest.MonkeyPatch, trialog: Command) -> Path:
    """A log with private texts of two subjects under plain keys, and two master keys of which none is named."""
    for name in ("TRIALOG_MASTER_KEY", "TRIALOG_MASTER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRIALOG_LOG", str(bench.place))
    monkeypatch.setenv("TRIALOG_KEYS", "keys")
    monkeypatch.setenv("TRIALOG_SOURCE", "test")
    bench.append(*(enrolled(subject, "2016-01-01") for subject in ("001", "002", "003")))
    append_private(trialog, "001")
    append_private(trialog, "002")
    for name in ("a.key", "b.key"):
        assert trialog("keys", "master", "--out", name).code == 0
    return bench.place


def append_private(trialog: Command, subject: str) -> None:
    line = {"event": "subject-seen-alive", "subject": subject, "occurred_on": "2016-05-05", "source": "site",
            "id": f"s{subject}", "private": {"remark": REMARK}}  # fmt: skip
    Path("events.jsonl").write_text(json.dumps(line) + "\n")
    done = trialog("append", "events.jsonl")
    Path("events.jsonl").unlink()
    assert (done.code, done.err) == (0, "")


def id_in(file: str) -> str:
    return Path(file).read_text().split("+")[2]


def keys() -> list[Path]:
    return sorted(each for each in Path("keys").rglob("*") if len(each.name) == 64)


def test_a_master_key_is_a_file_for_its_owner_only_and_is_never_shown(trialog: Command, place: Path) -> None:
    made = trialog("keys", "master", "--out", "new.key")
    again = trialog("keys", "master", "--out", "new.key")
    as_json = json.loads(trialog("keys", "master", "--out", "other.key", "--json").out)

    secret = Path("new.key").read_text().strip().rpartition("+")[2]
    assert made.out == f"master key {id_in('new.key')}\n"
    assert secret not in made.out + made.err
    if os.name == "posix":
        assert Path("new.key").stat().st_mode & 0o777 == 0o600
    assert (again.code, again.err) == (1, "trialog: new.key exists already; nothing was changed\n")
    assert as_json == {"id": id_in("other.key"), "file": "other.key"}


def test_a_wrapped_folder_opens_with_its_master_key_and_not_without(
    trialog: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {file: file.read_bytes() for file in keys()}

    done = trialog("keys", "wrap", "--master-key-file", "a.key")

    a = id_in("a.key")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"keys: keys wrapped under {a}: 2, already under it: 0\n"
    refused = trialog("private", "001")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.count("\n") == 1
    assert f": wrapped under the master key {a}; name it with TRIALOG_MASTER_KEY_FILE\n" in refused.err
    refused = trialog("private", "001", "--master-key-file", "b.key")
    assert f"wrapped under another master key, id {a}; here is {id_in('b.key')}\n" in refused.err
    assert REMARK in trialog("private", "001", "--master-key-file", "a.key").out
    monkeypatch.setenv("TRIALOG_MASTER_KEY", Path("a.key").read_text())
    assert REMARK in trialog("private", "002").out
    secret = b64decode(Path("a.key").read_text().split("+", 3)[3])
    for file, key in plain.items():
        content, tag = file.read_bytes(), b"trialog-wrapped-key/v1\n"
        bound = tag + json.dumps([a, file.parent.name, file.name]).encode()
        assert content[:31] == tag + bytes.fromhex(a)
        assert AESGCM(secret).decrypt(content[31:43], content[43:], bound) == key


def test_with_a_master_key_named_new_keys_are_wrapped_and_plain_ones_are_read(
    trialog: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIALOG_MASTER_KEY_FILE", "a.key")

    append_private(trialog, "003")

    assert sorted(file.stat().st_size for file in keys()) == [32, 32, 91]
    assert REMARK in trialog("private", "001").out
    assert REMARK in trialog("private", "003").out
    found = {each["subject"]: each for each in json.loads(trialog("doctor", "--json").out)["findings"]}
    finding = found["keys of private texts"]
    assert (finding["found"], finding["verdict"]) == (f"2 plain, 1 wrapped under {id_in('a.key')}", "note")
    assert trialog("keys", "wrap").out.endswith("2, already under it: 1\n")
    assert "opens" not in trialog("doctor").err
    assert f"0 plain, 3 wrapped under {id_in('a.key')}" in trialog("doctor").out


def test_a_folder_moves_to_a_new_master_key(trialog: Command, place: Path) -> None:
    trialog("keys", "wrap", "--master-key-file", "a.key")
    before = [file.read_bytes() for file in keys()]

    refused = trialog("keys", "wrap", "--master-key-file", "b.key")
    assert [file.read_bytes() for file in keys()] == before
    moved = trialog("keys", "wrap", "--master-key-file", "b.key", "--old-master-key-file", "a.key", "--json")
    again = trialog("keys", "wrap", "--master-key-file", "b.key", "--old-master-key-file", "a.key")

    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert f"id {id_in('a.key')}; here is {id_in('b.key')}; name that one with --old-master-key-file" in refused.err
    assert json.loads(moved.out) == {
        "folder": "keys",
        "master_key": id_in("b.key"),
        "wrapped": 0,
        "moved": 2,
        "already": 0,
        "returned": [],
    }
    assert again.out == (
        f"keys: keys wrapped under {id_in('b.key')}: 0, moved from {id_in('a.key')}: 0, already under it: 2\n"
    )
    assert REMARK in trialog("private", "001", "--master-key-file", "b.key").out
    assert trialog("private", "001", "--master-key-file", "a.key").code == 1


def test_a_redaction_of_a_wrapped_key_needs_no_master_key(
    trialog: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trialog("keys", "wrap", "--master-key-file", "a.key")
    monkeypatch.setenv("TRIALOG_MASTER_KEY_FILE", "a file that is not there")

    done = trialog("redact", "001", "--reason", "r", "--authority", "a")

    assert (done.code, done.err) == (0, "")
    assert "its key is destroyed" in done.out
    assert len(keys()) == 1
    moved = trialog("keys", "wrap", "--master-key-file", "b.key", "--old-master-key-file", "a.key")
    assert f"moved from {id_in('a.key')}: 1, already" in moved.out
    assert len(list(Path("keys").rglob("*.redacted"))) == 1
    assert "cannot be read: redacted at position" in trialog("private", "001", "--master-key-file", "b.key").err
    assert REMARK in trialog("private", "002", "--master-key-file", "b.key").out


def test_keys_of_a_backup_from_before_a_redaction_are_noticed_and_open_nothing_under_a_new_master_key(
    trialog: Command, place: Path
) -> None:
    trialog("keys", "wrap", "--master-key-file", "a.key")
    shutil.copytree("keys", "backup-of-keys")
    trialog("redact", "001", "--reason", "r", "--authority", "a")
    trialog("keys", "wrap", "--master-key-file", "b.key", "--old-master-key-file", "a.key")
    shutil.copytree("backup-of-keys", "keys", dirs_exist_ok=True)

    for name in ((), ("--master-key-file", "b.key"), ("--master-key-file", "a.key")):
        refused = trialog("private", "001", *name)
        assert (refused.code, "its key is here again, perhaps from a backup" in refused.err) == (1, True)
    other = trialog("private", "002", "--master-key-file", "b.key")
    assert f"wrapped under another master key, id {id_in('a.key')}" in other.err
    wrapped = trialog("keys", "wrap", "--master-key-file", "b.key", "--old-master-key-file", "a.key")
    assert f"moved from {id_in('a.key')}: 1, already" in wrapped.out
    assert "is the key of a redacted subject, perhaps from a backup; destroy it: trialog redact" in wrapped.err
    assert ("1 of redacted subjects", "bad") in [
        (each["found"], each["verdict"]) for each in json.loads(trialog("doctor", "--json").out)["findings"]
    ]
    again = trialog("redact", "001", "--reason", "r", "--authority", "a")
    assert "its key is destroyed" in again.out
    assert trialog("keys", "wrap", "--master-key-file", "b.key").err == ""


def test_a_wrapped_key_that_was_cut_or_exchanged_is_named(trialog: Command, place: Path) -> None:
    trialog("keys", "wrap", "--master-key-file", "a.key")
    one, two = sorted(keys(), key=lambda file: file.name != hashlib.sha256(b"001").hexdigest())
    one.write_bytes(two.read_bytes())
    for command in (("private", "001"), ("keys", "wrap")):
        refused = trialog(*command, "--master-key-file", "a.key")
        assert (refused.code, refused.err) == (
            1,
            f"trialog: key {one}: does not open under the master key {id_in('a.key')}: it was changed, or it is "
            "another subject's or log's\n",
        )
    assert REMARK in trialog("private", "002", "--master-key-file", "a.key").out
    two.write_bytes(two.read_bytes()[:32])
    one.unlink()
    refused = trialog("keys", "wrap", "--master-key-file", "a.key")
    assert refused.err == f"trialog: key {two}: damaged: 32 bytes; expected the 91 of a wrapped key\n"


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_master_key_that_others_can_read_is_refused(
    trialog: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.key").chmod(0o640)
    before = [file.read_bytes() for file in keys()]

    refused = trialog("keys", "wrap", "--master-key-file", "a.key")

    assert (refused.code, "a.key can be read by others" in refused.err) == (1, True)
    assert [file.read_bytes() for file in keys()] == before
    refused = trialog("keys", "wrap", "--master-key-file", "b.key", "--old-master-key-file", "a.key")
    assert "a.key can be read by others" in refused.err


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_wrapped_key_that_others_can_read_is_refused_too(trialog: Command, place: Path) -> None:
    trialog("keys", "wrap", "--master-key-file", "a.key")
    for file in keys():
        file.chmod(0o644)

    assert "can be read by others" in trialog("private", "001", "--master-key-file", "a.key").err
    assert "can be read by others" in trialog("keys", "wrap", "--master-key-file", "a.key").err
    found = trialog("doctor")
    assert (found.code, "can be read by others: chmod -R go= keys" in found.out) == (1, True)


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        ({}, "say with --master-key-file, or TRIALOG_MASTER_KEY_FILE, which key wraps"),
        ({"TRIALOG_MASTER_KEY_FILE": "none.key"}, "cannot read none.key: No such file or directory"),
        ({"TRIALOG_MASTER_KEY": "secret words"}, "TRIALOG_MASTER_KEY: not a master key: expected MASTER+KEY+ID+KEY"),
        ({"TRIALOG_MASTER_KEY_FILE": "keys/a.key"}, "keys/a.key is in the key folder; a master key belongs elsewhere"),
        ({"TRIALOG_MASTER_KEY_FILE": "a.key", "TRIALOG_KEYS": "none"}, "cannot wrap the keys in none: No such file"),
        ({"TRIALOG_KEYS": ""}, "say with --keys, or TRIALOG_KEYS"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    trialog: Command, place: Path, monkeypatch: pytest.MonkeyPatch, named: dict[str, str], complaint: str
) -> None:
    shutil.copy("a.key", "keys/a.key")
    for name, value in named.items():
        monkeypatch.setenv(name, value)

    refused = trialog("keys", "wrap")

    assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert complaint in refused.err
    assert "secret words" not in refused.err


def test_without_the_master_key_no_private_text_is_stored(trialog: Command, place: Path) -> None:
    """Neither under a plain key among wrapped ones, nor at all."""
    before = json.loads(trialog("snapshot", "--as-of", "2018-01-01", "--json").out)["log"]["size"]
    trialog("keys", "wrap", "--master-key-file", "a.key")
    lines = [
        json.dumps({"event": "subject-seen-alive", "subject": subject, "occurred_on": "2016-06-06", "source": "site",
                    "id": f"t{subject}", "private": {"remark": REMARK}})
        for subject in ("001", "003")
    ]  # fmt: skip
    for line in lines:
        Path("events.jsonl").write_text(line + "\n")
        refused = trialog("append", "events.jsonl")
        assert (refused.code, refused.err.count("\n")) == (1, 1)
        assert "TRIALOG_MASTER_KEY_FILE" in refused.err
        assert REMARK not in refused.err
    assert json.loads(trialog("snapshot", "--as-of", "2018-01-01", "--json").out)["log"]["size"] == before
    assert len(keys()) == 2
