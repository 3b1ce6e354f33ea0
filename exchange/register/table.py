"""A register file, a table in any form or YAML, as rows of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any, Final

from trialog.events.errors import EventError, TableError
from trialog.events.vocabulary import suggestion
from trialog.exchange.tables.delimited import delimited_text
from trialog.exchange.tables.table import Table, text_of
from trialog.exchange.yaml_text import plain_yaml

REQUIRED: Final = ("date_announced", "measure", "value", "unit")
OPTIONAL: Final = (
    "data_cutoff",
    "trial",
    "cohort",
    "n",
    "source",
    "url",
    "quote",
    "announcement",
    "title",
    "comparator",
    "population",
    "arm",
    "deaths",
    "origin",
    "estimator",
    "censoring",
    "month",
    "ties",
    "counting",
    "conf_type",
    "lower",
    "upper",
    "level",
    "at",
    "at_unit",
    "category",
    "evaluator",
    "confirmation",
    "ongoing",
    "external",
)
COLUMNS: Final = (*REQUIRED, *OPTIONAL)

LARGEST_FILE: Final = 20_000_000
"""Bytes; a register of announcements is typed by people."""

MOST_COMPLAINTS: Final = 20


@dataclass(frozen=True)
class Row:
    """One row of a register file.

    Attributes:
        number: Among the data rows, from 1.
        line: Line of the file on which it begins, from 1; 0 where the format has none.
        cells: Text by column, trimmed; columns that are absent or empty are left out.
    """

    number: int
    line: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """Return a cell, empty where the row does not have it."""
        return self.cells.get(column, "")


class Complaints:
    """Collects what is wrong with the rows of a file, to say it all at once."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._lines: list[str] = []

    def add(self, row: int, line: int, text: str) -> None:
        """Note what is wrong with a row."""
        where = f"{self.place}:{line}: row {row}" if line else f"{self.place}: row {row}"
        self._lines.append(f"{where}: {text}")

    def refuse_if_any(self) -> None:
        """Raise the first twenty of them, one line each.

        Raises:
            EventError: There are some.
        """
        if not self._lines:
            return
        shown = self._lines[:MOST_COMPLAINTS]
        if len(self._lines) > len(shown):
            shown.append(f"{self.place}: and {len(self._lines) - len(shown)} more")
        raise EventError("\n".join(shown))


def read_table(content: bytes, place: str) -> tuple[Row, ...]:
    """Return the rows of a register file that is text.

    Args:
        content: The file.
        place: Its name, which tells the form (``.yaml`` or ``.yml``, else CSV) and stands in messages.

    Raises:
        EventError: The file is not one; a line says where, what, and what was expected.
    """
    if len(content) > LARGEST_FILE:
        raise EventError(f"{place}: {len(content)} bytes; expected at most {LARGEST_FILE}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EventError(f"{place}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    if "\0" in text:
        raise EventError(f"{place}: holds a NUL character; expected text")
    if is_yaml(place):
        return _some(_yaml_rows(text, place), place)
    try:
        header, records = delimited_text(place, lambda: BytesIO(content)).records()
        return _some(_rows(header, records, place), place)
    except TableError as error:
        raise EventError(str(error)) from None


def rows_of(table: Table, place: str) -> tuple[Row, ...]:
    """Return the rows of a register file in any other form of table.

    Raises:
        EventError: It is not one.
    """
    records = ((0, [text_of(cell) for cell in row]) for row in table)
    try:
        return _some(_rows(table.names, records, place), place)
    except TableError as error:
        raise EventError(str(error)) from None


def is_yaml(place: str) -> bool:
    """Return whether a file is YAML by its name."""
    return PurePath(place).suffix.lower() in (".yaml", ".yml")


def _some(found: Iterable[Row], place: str) -> tuple[Row, ...]:
    rows = tuple(found)
    if not rows:
        raise EventError(f"{place}: no rows; expected a header and one row for each figure")
    return rows


def _rows(names: Sequence[str], records: Iterable[tuple[int, list[str]]], place: str) -> Iterator[Row]:
    header = [_column(name) for name in names]
    _check_columns(header, place)
    complaints = Complaints(place)
    rows: list[Row] = []
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        number = len(rows) + 1
        if len(cells) != len(header):
            complaints.add(number, line, f"{len(cells)} cells, expected {len(header)} as in the header")
        rows.append(_row(number, line, zip(header, cells, strict=False)))
    complaints.refuse_if_any()
    yield from rows


def _column(name: str) -> str:
    """Return the name of a column without what spreadsheets do to names: capitals, blanks, hyphens."""
    return "_".join(name.strip().lower().replace("-", " ").split())


def _check_columns(header: Iterable[str], place: str) -> None:
    header = list(header)
    for name in header:
        if name not in COLUMNS:
            raise EventError(f"{place}: unknown column {name!r}{suggestion(name, COLUMNS)}")
        if header.count(name) > 1:
            raise EventError(f"{place}: column {name!r} stands twice")
    for name in REQUIRED:
        if name not in header:
            raise EventError(f"{place}: column {name!r} is missing; expected {', '.join(REQUIRED)}, and others")


def _row(number: int, line: int, cells: Iterable[tuple[str, str]]) -> Row:
    trimmed = ((name, cell.strip()) for name, cell in cells)
    return Row(number, line, {name: cell for name, cell in trimmed if cell})


def _yaml_rows(text: str, place: str) -> Iterator[Row]:
    """Yield the rows of a YAML file: a list of mappings, or a mapping with ``rows`` and cells that all share."""
    found = plain_yaml(text, place, "a register file")
    common: dict[str, Any] = {}
    if isinstance(found, dict):
        common = {name: cell for name, cell in found.items() if name != "rows"}
        found = found.get("rows")
    if not isinstance(found, list):
        raise EventError(f"{place}: expected a list of rows, or a mapping with 'rows'")
    complaints = Complaints(place)
    for number, item in enumerate(found, 1):
        if not isinstance(item, dict):
            complaints.add(number, 0, f"expected a mapping of columns, found {type(item).__name__}")
            continue
        cells = common | item
        wrong = next((name for name in cells if name not in COLUMNS), None)
        missing = next((name for name in REQUIRED if name not in cells), None)
        nested = next((name for name, cell in cells.items() if not isinstance(cell, str)), None)
        if wrong is not None:
            complaints.add(number, 0, f"unknown column {wrong!r}{suggestion(str(wrong), COLUMNS)}")
        elif missing is not None:
            complaints.add(number, 0, f"column {missing!r} is missing")
        elif nested is not None:
            complaints.add(number, 0, f"column {nested!r} holds a {type(cells[nested]).__name__}, expected one value")
        else:
            yield _row(number, 0, cells.items())
    complaints.refuse_if_any()
