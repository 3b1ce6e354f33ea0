"""Reading a register file of announced figures: CSV or YAML, from a path or from standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from trialog.events.errors import LogError
from trialog.exchange.register.reading import read_rows
from trialog.exchange.register.row_reading import RowReading
from trialog.exchange.register.table import LARGEST_FILE, read_table


def read_register(place: str) -> tuple[RowReading, ...]:
    """Return the rows of a register file.

    Args:
        place: A path; ``-`` for CSV on standard input.

    Raises:
        LogError: It cannot be read.
        EventError: It is not a register file; a line for each of the first wrong rows.
    """
    name = "standard input" if place == "-" else place
    try:
        if place == "-":
            content = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with Path(place).open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise LogError(f"cannot read {name}: {error.strerror}") from None
    return read_rows(read_table(content, name), name)
