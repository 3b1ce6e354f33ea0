"""How far a long piece of work is: one line on standard error that is written over, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

PAUSE: Final = 0.2
"""Seconds between two lines, and before the first one, so that quick work prints none."""


class ProgressLine:
    """A line that says what is being done and how much of it is done.

    Args:
        quiet: Show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.is_shown = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._last = time.monotonic()
        self._printed = False

    def __call__(self, label: str, done: int, total: int = 0) -> None:
        """Show how far the work is, unless the line was written a moment ago.

        Args:
            label: What is being done.
            done: Steps that are done.
            total: Steps in all; 0 if nobody knows how many.
        """
        if time.monotonic() - self._last >= PAUSE:
            share = f" of {total:,} ({100 * done // total} %)" if total else ""
            self.say(f"{label}: {done:,}{share}")

    def say(self, label: str) -> None:
        """Show what is being done now, which may take long and has no steps."""
        if self.is_shown:
            self._last = time.monotonic()
            self._printed = True
            sys.stderr.write(f"\r\x1b[K{label}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._printed:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._printed = False


@contextmanager
def progress_line(*, quiet: bool = False) -> Iterator[ProgressLine | None]:
    """Show the progress of work that has several parts; yield what shows it, None if nobody looks.

    Args:
        quiet: Show nothing.
    """
    line = ProgressLine(quiet=quiet)
    try:
        yield line if line.is_shown else None
    finally:
        line.clear()


@contextmanager
def progress_bar(label: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """Show the progress of one piece of work; yield what takes the steps done and the steps in all.

    Args:
        label: What is being done.
        quiet: Show nothing.
    """
    with progress_line(quiet=quiet) as line:
        yield None if line is None else lambda done, total: line(label, done, total)
