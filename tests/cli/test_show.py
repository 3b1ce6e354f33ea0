"""Output in any locale, in files and in pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trialog.cli.printing import tables


def ran(folder: Path, encoding: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own, as a shell in another locale would."""
    words = [sys.executable, "-m", "trialog", *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=False)  # noqa: S603


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "utf-16"])
def test_a_pipe_gets_utf8_in_every_locale(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "t.csv").write_text("t,d,g\n9,1,\u00e4 \u2265 65 \U0001d6fc\n", encoding="utf-8")

    asked = ran(tmp_path, encoding, "estimate", "t.csv", "--time", "t", "--event", "d", "--group", "g")

    assert (asked.returncode, asked.stderr) == (0, b"")
    assert "\u00e4 \u2265 65 \U0001d6fc" in asked.stdout.decode("utf-8")


def test_a_refusal_in_letters_that_the_locale_lacks_is_still_one_line(tmp_path: Path) -> None:
    asked = ran(tmp_path, "ascii", "estimate", "\u03b1.csv", "--time", "t", "--event", "d")

    assert asked.returncode == 1
    assert asked.stderr.startswith(b"trialog: cannot read ")
    assert asked.stderr.count(b"\n") == 1


def to_a_reader_that_left(folder: Path, *arguments: str) -> tuple[int, bytes]:
    """Run the command with nobody at the other end of its output, as behind ``| head`` once head has enough."""
    end, start = os.pipe()
    os.close(end)
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "trialog", *arguments], cwd=folder, stdout=start, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(start)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("log", "--help"), ("--version",), ("log",), ("replay", "2017-11-07", "--json"), ("verify",)],
    ids=" ".join,
)
def test_a_reader_who_has_enough_ends_the_command_quietly(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran(tmp_path, "utf-8", "demo", "trialog.db")

    assert to_a_reader_that_left(tmp_path, *arguments) == (141, b"")


def test_what_was_recorded_stands_although_nobody_reads_the_answer(tmp_path: Path) -> None:
    ran(tmp_path, "utf-8", "demo", "trialog.db")
    seen = ("seen", "1-01", "--on", "2018-01-01", "--source", "a visit")

    assert to_a_reader_that_left(tmp_path, *seen) == (141, b"")
    assert b"125 events verified" in ran(tmp_path, "utf-8", "verify").stdout


def test_a_refusal_that_nobody_reads_is_still_a_refusal_elsewhere(tmp_path: Path) -> None:
    assert to_a_reader_that_left(tmp_path, "verify")[0] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_under_the_output_is_one_line(tmp_path: Path) -> None:
    ran(tmp_path, "utf-8", "demo", "trialog.db")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "trialog", "log"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert (done.returncode, done.stderr) == (1, b"trialog: cannot write the output: No space left on device\n")


@pytest.mark.skipif(os.name != "posix", reason="descriptors are closed by a POSIX shell")
def test_a_closed_output_stops_nothing(tmp_path: Path) -> None:
    ran(tmp_path, "utf-8", "demo", "trialog.db")
    command = f"{sys.executable} -m trialog log >&-"

    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=False)  # noqa: S602

    assert (done.returncode, done.stderr) == (0, b"")


def test_on_a_terminal_sentences_go_on_below_at_a_blank(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "24")

    tables.text("  one two three four five six", "short", "a-very-long-word-that-nothing-breaks")

    assert capsys.readouterr().out == (
        "  one two three four\n      five six\nshort\na-very-long-word-that-nothing-breaks\n"
    )


def test_elsewhere_a_sentence_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "24")

    tables.text("  one two three four five six")

    assert capsys.readouterr().out == "  one two three four five six\n"
