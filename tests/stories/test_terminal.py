"""Nothing that is stored or read steers a terminal: controls and directions are printed as escapes, JSON keeps the text."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Command
from trialog.events.visible import visible, visible_json, visible_line

HOSTILE = "\x1b[2J\x1b[31mX\x1b]0;t\x07\u202e\x9b31m\x7f\rY\nZ\u2028W"
EVENTS = [
    {"event": "trial-registered", "title": "t", "occurred_on": "2024-01-01"},
    {"event": "cohort-opened", "cohort": "1", "occurred_on": "2024-01-02"},
    {"event": "subject-enrolled", "subject": "001", "cohort": "1", "occurred_on": "2024-02-01"},
    {"event": "subject-enrolled", "subject": "002", "cohort": "1", "occurred_on": "2024-02-02"},
    {"event": "subject-seen-alive", "subject": "001", "occurred_on": "2025-02-01", "source": HOSTILE, "id": "seen"},
    {"event": "subject-left", "subject": "002", "occurred_on": "2025-03-01", "source": HOSTILE, "reason": "other"},
    {
        "event": "announcement-made",
        "announcement": "A1",
        "title": HOSTILE,
        "occurred_on": "2025-03-01",
        "source": HOSTILE,
    },
    {"event": "event-retracted", "target": "seen", "occurred_on": "2025-03-02", "source": HOSTILE, "reason": HOSTILE},
]


@pytest.fixture(autouse=True)
def hostile(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (json.dumps({"source": "s", "trial": "T", **event}) + "\n" for event in EVENTS)
    Path("events.jsonl").write_text("".join(lines))
    monkeypatch.setenv("TRIALOG_LOG", "x.db")
    trialog("init")
    assert trialog("append", "events.jsonl").code == 0
    trialog("checkpoint", "create", "--out", "c.txt")
    trialog("prove", "8", "--out", "p.txt")


def steers(text: str) -> set[str]:
    return {each for each in text if each != "\n" and unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp", "Cs")}


@pytest.mark.parametrize(
    "command",
    [
        ("log",), ("log", "--json"), ("log", "--lines"), ("show", "001"), ("show", "002"), ("announcements",),
        ("announcements", "--json"), ("replay", "2025-03-01"), ("cohorts",), ("checkpoint", "show"), ("verify",),
        ("check-proof", "p.txt"), ("check-proof", "p.txt", "--checkpoint", "c.txt"), ("prove", HOSTILE),
        ("snapshot", "--cohort", HOSTILE), ("verify", "--log", HOSTILE), ("append", HOSTILE), ("retract", HOSTILE, "--reason", "r", "--source", "s"),
    ],
    ids=lambda command: visible_line(" ".join(command)),
)  # fmt: skip
def test_no_output_steers_a_terminal(trialog: Command, command: tuple[str, ...]) -> None:
    found = trialog(*command)

    assert steers(found.out + found.err) == set()


def test_what_is_stored_and_what_json_means_stay_exact(trialog: Command) -> None:
    assert json.loads(trialog("log", "--lines").out.splitlines()[4])["source"] == HOSTILE
    trialog("export", "log", "--out", "o.jsonl")
    assert json.loads(Path("o.jsonl").read_text().split("\n")[5])["event"]["source"] == HOSTILE


@given(st.text())
def test_escapes_leave_nothing_and_json_means_the_same(text: str) -> None:
    assert steers(visible(text)) <= {"\xad", "\u200c", "\u200d"} | {each for each in text if ord(each) > 0x5FF}
    assert "\n" not in visible_line(text)
    assert json.loads(visible_json(json.dumps(text, ensure_ascii=False))) == text
