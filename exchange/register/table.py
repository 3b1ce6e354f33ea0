"""A register file, CSV or YAML, as rows of text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from trialog.events.errors import EventError
from trialog.events.vocabulary import suggestion

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
    """Return the rows of a register file.

    Args:
        content: The file.
        place: Its name, which tells the format (``.yaml`` or ``.yml``, else CSV) and stands in messages.

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
    found = _yaml_rows(text, place) if PurePath(place).suffix.lower() in (".yaml", ".yml") else _csv_rows(text, place)
    rows = tuple(found)
    if not rows:
        raise EventError(f"{place}: no rows; expected a header and one row for each figure")
    return rows


def _csv_rows(text: str, place: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    complaints = Complaints(place)
    rows: list[Row] = []
    try:
        header = [_column(name) for name in next(reader, [])]
        _check_columns(header, place)
        line = reader.line_num + 1
        for cells in reader:
            begins, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            number = len(rows) + 1
            if len(cells) != len(header):
                complaints.add(number, begins, f"{len(cells)} cells, expected {len(header)} as in the header")
            rows.append(_row(number, begins, zip(header, cells, strict=False)))
    except csv.Error as error:
        raise EventError(f"{place}:{reader.line_num}: not CSV: {error}") from None
    complaints.refuse_if_any()
    yield from rows


def _column(name: str) -> str:
    """Return the name of a column without what spreadsheets do to names: capitals, blanks, hyphens."""
    return "_".join(name.strip().lower().replace("-", " ").split())


def _check_columns(header: Iterable[str], place: str) -> None:
    header = list(header)
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise EventError(f"{place}: the columns are not separated by commas; save the file as CSV with commas")
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
    found = _plain_yaml(text, place)
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


def _plain_yaml(text: str, place: str) -> Any:
    """Return YAML in which every scalar is the text that was written.

    No alias is followed (a few lines of them can stand for billions of rows), no key may stand twice, and
    ``no``, ``12:30:45`` and ``010`` stay what they are.
    """
    import yaml

    class Loader(yaml.BaseLoader):
        """The base loader, which resolves nothing, without aliases and without repeated keys."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
                raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=mark)
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            seen = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise yaml.MarkedYAMLError(problem="a key must be one word", problem_mark=key.start_mark)
                if key.value in seen:
                    raise yaml.MarkedYAMLError(problem=f"key {key.value!r} stands twice", problem_mark=key.start_mark)
                seen.add(key.value)
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader)  # noqa: S506  # a base loader makes nothing but text, lists and mappings
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f":{mark.line + 1}" if mark is not None else ""
        raise EventError(f"{place}{line}: not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise EventError(f"{place}: not YAML: {str(error).splitlines()[0] or 'nested too deep'}") from None
