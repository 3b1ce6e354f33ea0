"""What vouches for the checkpoints that a log keeps is checked, and nothing unchecked is shown as if it were."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.builders import Bench, died, enrolled
from tests.conftest import Command
from tests.forging import ungoverned
from trialog.log.store.schema import CHECKPOINT


@pytest.fixture
def at(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trialog: Command) -> str:
    """A log with an unsigned checkpoint, then one signed by example.org/k."""
    for name in ("TRIALOG_KEY", "TRIALOG_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    bench = Bench(tmp_path, at=place)
    bench.append(enrolled("001", "2016-01-01"), died("001", "2017-03-17"))
    bench.log.close()
    monkeypatch.setenv("TRIALOG_LOG", place)
    for name in ("k", "o"):
        Path(f"{name}.pub").write_text(trialog("checkpoint", "key", f"example.org/{name}", "--out", f"{name}.key").out)
    trialog("checkpoint", "create")
    trialog("checkpoint", "create", "--key-file", "k.key")
    return place


def change(place: str, number: int, **values: object) -> None:
    with ungoverned(place) as connection:
        connection.execute(CHECKPOINT.update().where(CHECKPOINT.c.number == number).values(values))


def note(place: str, number: int) -> str:
    with ungoverned(place) as connection:
        return str(connection.execute(select(CHECKPOINT.c.note).where(CHECKPOINT.c.number == number)).scalar_one())


def test_a_signature_is_valid_by_its_key_and_unknown_without(trialog: Command, at: str) -> None:
    with_key, without = trialog("verify", "--key", "k.pub"), trialog("verify")

    assert (with_key.code, without.code) == (0, 0)
    assert "2 kept checkpoints hold (1 signature: valid)" in with_key.out
    assert "2 kept checkpoints hold (1 signature: unknown key)" in without.out
    assert "example.org/k: unknown key" in trialog("checkpoint", "show").out
    assert "example.org/k: valid" in trialog("checkpoint", "show", "--key", "k.pub").out


def test_a_broken_signature_is_a_difference_for_its_key(trialog: Command, at: str) -> None:
    written = note(at, 2)
    at_letter = written.rindex(" ") + 20
    letter = "B" if written[at_letter] == "A" else "A"
    change(at, 2, note=written[:at_letter] + letter + written[at_letter + 1 :])

    found = trialog("verify", "--key", "k.pub")

    assert found.code == 1
    assert "kept checkpoint 2: the signature of example.org/k is wrong" in found.err
    assert "example.org/k: invalid" in trialog("checkpoint", "show", "--key", "k.pub").out


def test_a_key_that_signed_nothing_is_never_passed_over(trialog: Command, at: str) -> None:
    stranger = trialog("verify", "--key", "o.pub")
    change(at, 2, note=note(at, 2).partition("\n\n")[0] + "\n")
    removed = trialog("verify", "--key", "k.pub")

    assert (stranger.code, removed.code) == (1, 1)
    assert "no checkpoint that it keeps is signed by example.org/o" in stranger.err
    assert "no checkpoint that it keeps is signed by example.org/k" in removed.err


def test_once_a_key_signed_it_signs_each_later_one(trialog: Command, at: str) -> None:
    trialog("checkpoint", "create", "--key-file", "k.key")
    assert trialog("verify", "--key", "k.pub").code == 0
    change(at, 3, note=note(at, 3).partition("\n\n")[0] + "\n")

    found = trialog("verify", "--key", "k.pub")

    assert found.code == 1
    assert "kept checkpoint 3 is not signed by example.org/k, which signed 2" in found.err


def test_a_stamp_that_cannot_be_read_is_a_difference(trialog: Command, at: str) -> None:
    change(at, 2, stamp=b"\0")

    found = trialog("verify")

    assert (found.code, "kept checkpoint 2: its time stamp: not the response of" in found.err) == (1, True)
    (listed,) = [
        each for each in json.loads(trialog("checkpoint", "show", "--json").out)["checkpoints"] if each["stamped"]
    ]
    assert (listed["stamp"], listed["stamped_at"]) == ("wrong", None)


def test_a_checkpoint_kept_before_its_events_is_a_difference(trialog: Command, at: str) -> None:
    change(at, 1, kept_at=1)

    assert "kept checkpoint 1: kept before its last event was recorded" in trialog("verify").err


def forged() -> str:
    """A proof of an event that no log has: one leaf, its own hash as root, an origin of choice."""
    origin = "trialog/0f7538cb-b2fa-41e3-bd18-fc613d0103f2/NCT02278315"
    payload = b'{"occurred_on":"2017-01-01"}\x1b[2J\x1b[Hproved: everything\nroot 62030f32'
    parts = [
        b"trialog-log/v1",
        origin.encode(),
        b"subject/001",
        b"subject-died/1",
        b"id-1",
        b"somebody",
        bytes(16),
        payload,
    ]
    framed = struct.pack(">QQQ8I", 1, 1, 10**15, *map(len, parts)) + b"".join(parts)
    leaf = hashlib.sha256(b"\0" + framed).digest()
    text = [base64.b64encode(each).decode() for each in (framed, leaf)]
    return f"c2sp.org/tlog-proof@v1\nextra {text[0]}\nindex 0\n\n{origin}\n1\n{text[1]}\n"


def test_a_proof_without_a_trusted_checkpoint_proves_nothing_yet(trialog: Command, at: str) -> None:
    Path("forged.txt").write_text(forged())
    trialog("checkpoint", "create", "--out", "then.txt")
    trialog("prove", "4", "--out", "true.txt")

    for file in ("forged.txt", "true.txt"):
        found = trialog("check-proof", file)
        assert found.code == 3
        assert found.out.startswith("consistent with itself, proves nothing yet")
        assert all(line.startswith("it claims: ") for line in found.out.splitlines()[1:])
        assert "\x1b" not in found.out
        assert json.loads(trialog("check-proof", file, "--json").out)["trusted"] is False
    assert trialog("check-proof", "true.txt", "--checkpoint", "then.txt").code == 0
    assert trialog("check-proof", "forged.txt", "--checkpoint", "then.txt").code == 1
