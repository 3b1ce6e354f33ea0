"""A verifier that was written from docs/format.md alone agrees with trialog on what it exports, and finds what was changed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import Bench, corrected, died, enrolled, seen
from tests.conftest import Command

VERIFIER = Path(__file__).parents[2] / "examples/verifier/verifier.py"


def verifier(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(VERIFIER), *arguments], capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture
def exported(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trialog: Command) -> list[str]:
    """A log on each database, exported; a signed and a cosigned checkpoint before its last events, proofs, keys."""
    for name in ("TRIALOG_KEY", "TRIALOG_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRIALOG_LOG", place)
    bench = Bench(tmp_path, at=place)
    bench.append(
        enrolled("001", "2016-01-01"),
        seen("001", "2016-06-01", event_id="s"),
        enrolled("002", "2016-01-02", source='µ,"event":{'),
    )
    Path("log.pub").write_text(trialog("checkpoint", "key", "example.org/log", "--out", "log.key").out)
    Path("dmc.pub").write_text(trialog("checkpoint", "key", "example.org/dmc", "--witness", "--out", "dmc.key").out)
    trialog("checkpoint", "create", "--key-file", "log.key", "--out", "then.txt")
    bench.append(died("001", "2017-03-17"), corrected("s", {"occurred_on": "2016-07-01"}))
    bench.log.close()
    trialog("prove", "--first", "--key-file", "log.key", "--out", "request.txt")
    trialog("checkpoint", "cosign", "request.txt", "--key-file", "dmc.key", "--out", "cosigned.txt")
    for position in range(1, 8):
        trialog(
            "prove",
            str(position),
            "--checkpoint",
            "then.txt" if position < 6 else "cosigned.txt",
            "--out",
            f"p{position}",
        )
    assert trialog("export", "log", "--out", "log.jsonl").code == 0
    assert trialog("export", "log", "--without-salts", "--out", "public.jsonl").code == 0
    return [part for position in range(1, 8) for part in ("--proof", f"p{position}")]


def test_it_knows_nothing_of_trialog() -> None:
    tree = ast.parse(VERIFIER.read_text(encoding="utf-8"))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    outside = {name.split(".")[0] for name in imported} - sys.stdlib_module_names

    assert outside == {"cryptography"}


def test_it_agrees_on_leaves_root_checkpoints_signatures_and_proofs(trialog: Command, exported: list[str]) -> None:
    root = trialog("verify", "--json").out.partition('"root": "')[2][:64]

    found = verifier("log.jsonl", "--checkpoint", "then.txt", "--key", "log.pub", *exported)
    both = verifier("public.jsonl", "--checkpoint", "cosigned.txt", "--key", "log.pub", "--key", "dmc.pub")

    assert (found.returncode, both.returncode) == (0, 0), found.stderr + both.stderr
    assert f"7 events, every leaf recomputed, root {root}" in found.stdout
    assert found.stdout.count("is in this log") == 7
    assert f"leaves as given: the export has no salts, root {root}" in both.stdout


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("log.jsonl", "2017-03-17", "2017-03-18"),
        ("log.jsonl", '"by":"tester"', '"by":"nobody"'),
        ("log.jsonl", '"version":2', '"version":3'),
        ("log.jsonl", '"size":7', '"size":6'),
        ("then.txt", "\n5\n", "\n4\n"),
        ("then.txt", "example.org/log ", "example.org/lag "),
        ("p3", "index 2", "index 1"),
    ],
)
def test_it_finds_what_was_changed(trialog: Command, exported: list[str], file: str, old: str, new: str) -> None:
    text = Path(file).read_text(encoding="utf-8")
    assert old in text
    Path(file).write_text(text.replace(old, new, 1), encoding="utf-8")

    found = verifier("log.jsonl", "--checkpoint", "then.txt", "--key", "log.pub", "--proof", "p3")

    assert found.returncode == 1
    assert found.stderr.startswith("wrong: ")
