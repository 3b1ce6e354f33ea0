"""Questions of trust, asked from Python: the same answers as on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import trialog as package
from tests.builders import TRIAL, Bench, died, enrolled
from tests.conftest import Command


@pytest.fixture
def log(bench: Bench, monkeypatch: pytest.MonkeyPatch, trialog: Command) -> Iterator[package.Log]:
    for name in ("TRIALOG_KEY", "TRIALOG_KEY_FILE", "TRIALOG_KEYS"):
        monkeypatch.delenv(name, raising=False)
    bench.append(enrolled("001", "2016-01-01"), died("001", "2017-03-17"))
    monkeypatch.setenv("TRIALOG_LOG", str(bench.place))
    with package.open_log(bench.place) as found:
        yield found


def test_what_is_asked_from_python_is_what_the_command_prints(trialog: Command, log: package.Log) -> None:
    log.create_checkpoint(out=Path("then.txt"))
    proof = log.prove(3)
    Path("proof.txt").write_text(proof.proof)

    asked = {
        ("verify",): log.verify(),
        ("verify", "--since", "then.txt"): log.verify(since=["then.txt"]),
        ("doctor",): log.doctor(),
        ("checkpoint", "show"): log.checkpoints(),
        ("checkpoint", "show", "1"): log.checkpoint("1"),
        ("prove", "3"): log.prove(3),
        ("check-proof", "proof.txt", "--checkpoint", "then.txt"): package.check_proof(
            Path("proof.txt"), checkpoint=Path("then.txt")
        ),
    }

    for command, answer in asked.items():
        result = trialog(*command, "--json")
        assert (result.code, result.out) == (answer.exit_code, answer.to_json() + "\n")


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest) -> str:
    """A place for a second log, on each of the two kinds of store."""
    return "copy.db" if request.param == "sqlite" else str(request.getfixturevalue("server_place"))


def test_a_log_is_made_copied_and_put_back(log: package.Log, elsewhere: str) -> None:
    root = log.verify().trials[0].root

    log.copy(elsewhere, TRIAL)
    log.backup(Path("b.db"))
    log.export_log(Path("log.jsonl"))
    with package.create_log("new.db") as put_back:
        put_back.import_log("log.jsonl")

    for where in (elsewhere, "b.db", "new.db"):
        with package.open_log(where) as found:
            assert [each.root for each in found.verify().trials or ()] == [root]
