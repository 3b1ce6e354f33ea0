"""How far a long piece of work is, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from trialog.exchange.tables.table import Row, Table

EVERY: Final = 5_000
"""Records between two looks at the clock."""

PAUSE: Final = 0.2
"""Seconds between two lines, so that a quick import prints none."""


class Meter:
    """Counts records on standard error, in one line that is written over.

    Args:
        shown: Whether to print at all.
    """

    def __init__(self, shown: bool) -> None:
        self._shown = shown and sys.stderr.isatty()
        self._last = time.monotonic()
        self._printed = False

    def watched(self, table: Table, name: str) -> Table:
        """Return the same table, which counts as its rows are read."""
        if not self._shown:
            return table

        def rows() -> Iterator[Row]:
            number = 0
            for number, row in enumerate(table, 1):  # the last one is printed
                if number % EVERY == 0:
                    self.tick(f"reading {name}: {number:,} records")
                yield row

        return replace(table, rows_from=rows)

    def tick(self, line: str) -> None:
        """Print where the work is, if the last time is a while ago."""
        if self._shown and time.monotonic() - self._last >= PAUSE:
            self._last = time.monotonic()
            self._printed = True
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()

    def done(self) -> None:
        """Take the line away."""
        if self._printed:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._printed = False
