"""Output in any locale, in files and in pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


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
