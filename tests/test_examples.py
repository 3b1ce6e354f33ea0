"""The files that were made by an example are what the example makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_demo_history_is_what_its_script_writes() -> None:
    script = [sys.executable, str(ROOT / "examples/clr131/history.py")]

    written = subprocess.run(script, capture_output=True, text=True, check=True).stdout  # noqa: S603

    assert written == (ROOT / "cli/demo/clr131.jsonl").read_text(encoding="utf-8")
