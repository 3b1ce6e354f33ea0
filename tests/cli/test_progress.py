"""How far a long piece of work is: one line on a terminal, and nothing anywhere else."""

from __future__ import annotations

import io
import sys

import pytest

from tests.conftest import Command
from tests.stories.test_docs import ROOT
from trialog.cli.printing import progress
from trialog.cli.printing.progress import progress_bar, progress_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch, pause: float = 0) -> Terminal:
    """Take the place of standard error, as late as this: pytest puts its own there before a test runs."""
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setattr(progress, "PAUSE", pause)
    return found


def test_steps_are_shown_with_their_share_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with progress_bar("reading") as told:
        assert told is not None
        told(1_500, 3_000)

    assert shown.getvalue() == "\r\x1b[Kreading: 1,500 of 3,000 (50 %)\r\x1b[K"


def test_without_a_total_only_the_steps_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with progress_line() as line:
        assert line is not None
        line("records", 5_000)
        line.say("looking for a history")

    assert shown.getvalue() == "\r\x1b[Krecords: 5,000\r\x1b[Klooking for a history\r\x1b[K"


def test_quick_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch, pause=60)
    with progress_bar("reading") as told:
        assert told is not None
        told(1, 2)

    assert shown.getvalue() == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_nobody_is_told_where_nobody_looks(quiet: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal() if quiet else io.StringIO())

    with progress_bar("reading", quiet=quiet) as told, progress_line(quiet=quiet) as line:
        assert told is None
        assert line is None


def test_an_append_shows_how_far_it_is(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialog.application.recording.append_file.WATCHED_EVERY", 1)
    trialog("init")
    shown = terminal(monkeypatch)
    trialog("append", str(ROOT / "examples/three-cohorts.jsonl"), "--batch", "10")

    assert "appending bytes: " in shown.getvalue()
    assert "looking for warnings: " in shown.getvalue()
    assert "\r\x1b[Knote: " in shown.getvalue()  # the line is taken away before anything else is printed
