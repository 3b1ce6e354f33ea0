"""The files that were made by an example are what the example makes."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from tests.conftest import Command

ROOT = Path(__file__).parents[2]
CLR131 = ROOT / "examples/clr131"
MADE_WITH = ("9.15.6755", "Linux", "x86_64")
"""Solver and machine on which the shipped witness was made; another solver may choose another history."""


def made_here() -> tuple[str, str, str]:
    try:
        solver = version("ortools")
    except PackageNotFoundError:
        solver = "none"
    return solver, platform.system(), platform.machine()


def test_the_demo_history_is_what_its_script_makes_of_the_witness() -> None:
    script = [sys.executable, str(CLR131 / "history.py"), str(CLR131 / "witness.jsonl")]

    written = subprocess.run(script, capture_output=True, text=True, check=True).stdout  # noqa: S603

    assert written == (ROOT / "application/demo/clr131.jsonl").read_text(encoding="utf-8")


def test_the_witness_is_what_the_audit_of_the_facts_writes(trialog: Command, tmp_path: Path) -> None:
    audited = trialog("audit", str(CLR131 / "facts.csv"), "--witness", "witness.jsonl")

    assert audited.code == 0
    shipped = (CLR131 / "witness.jsonl").read_text(encoding="utf-8")
    if made_here() != MADE_WITH:
        pytest.skip(f"the witness was made with {MADE_WITH}, this is {made_here()}")
    assert (tmp_path / "witness.jsonl").read_text(encoding="utf-8") == shipped


def test_the_shipped_witness_gives_every_figure_of_the_facts(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIALOG_LOG", "witness.db")
    trialog("init")
    assert trialog("append", str(CLR131 / "witness.jsonl")).code == 0

    verdicts = [
        verdict
        for year in ("2016", "2017")
        for verdict in json.loads(trialog("replay", year, "--json").out)["verdicts"]
    ]

    # Nine of the ten figures stand in releases that are dated; the tenth is the 22 months of mid-2017.
    assert [verdict["verdict"] for verdict in verdicts] == ["reproduced"] * 9
    explained = json.loads(trialog("explain", "audit/undated/mOS-1", "--max-lag", "0", "--json").out)
    assert explained["figures"][0]["own_cutoff"] == "2017-06-30"
    assert explained["figures"][0]["reproduced_by"][0]["distance"] == 0


def test_the_constructed_subjects_say_that_they_are() -> None:
    for place in (CLR131 / "witness.jsonl", ROOT / "application/demo/clr131.jsonl"):
        events = [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]
        sources = {event["source"] for event in events if "subject" in event}
        assert sources
        assert all(source.startswith("reconstruction: constructed by audit, not real subjects") for source in sources)
