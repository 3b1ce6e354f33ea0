"""Reading a register file of announced figures, a table in any form or YAML, from a path or standard input."""

from __future__ import annotations

from trialog.events.errors import EventError, LogError, TableError
from trialog.exchange.register.reading import read_rows
from trialog.exchange.register.row_reading import RowReading
from trialog.exchange.register.table import LARGEST_FILE, is_yaml, read_table, rows_of
from trialog.exchange.tables.folder import local_file
from trialog.exchange.tables.formats import form_of, open_table


def read_register(place: str, *, lenient: bool = False) -> tuple[RowReading, ...]:
    """Return the rows of a register file.

    Args:
        place: A path; ``-`` for a table on standard input.
        lenient: Keep a row with a wrong cell as words, with the reason, as long as one row can be read.

    Raises:
        LogError: It cannot be read.
        EventError: It is not a register file; a line for each of the first wrong rows.
    """
    name = "standard input" if place == "-" else place
    try:
        with local_file(place, LARGEST_FILE) as path:
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
            if is_yaml(name) or not content or form_of(path) == "csv":
                return read_rows(read_table(content, name), name, lenient=lenient)
            return read_rows(rows_of(open_table(path), name), name, lenient=lenient)
    except OSError as error:
        raise LogError(f"cannot read {name}: {error.strerror}") from None
    except TableError as error:
        raise EventError(str(error)) from None
