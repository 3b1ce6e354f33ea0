"""Dataset-JSON 1.1, as one JSON document or as NDJSON, read and written a row at a time.

Source: CDISC Dataset-JSON 1.1, https://github.com/cdisc-org/DataExchange-DatasetJson, schema
``dataset.schema.json``.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from trialog.events.errors import ForeignFileError, TableError
from trialog.exchange.missing_words import ALWAYS
from trialog.exchange.tables.table import (
    TYPES,
    Cell,
    Column,
    Row,
    Table,
    WrongCell,
    WrongCells,
    check_names,
    shown,
    text_of,
)

VERSION: Final = "1.1.0"
CHUNK: Final = 1 << 16
LONGEST_VALUE: Final = 16_000_000
"""Characters of one row or one entry of the head; more would be no row of a data set."""

REQUIRED: Final = (
    "datasetJSONCreationDateTime",
    "datasetJSONVersion",
    "itemGroupOID",
    "records",
    "name",
    "label",
    "columns",
)
_EXPECTED_BEFORE_ROWS: Final = frozenset({*REQUIRED, "dbLastModifiedDateTime"} - {"label"})
"""Entries that must be known before the rows are read; the members of a JSON object have no order."""

_NO_TEXT: Final[tuple[Any, ...]] = (None, "", [], {})
"""What stands for a label that is empty; R writes an empty list or object."""

GZIP: Final = b"\x1f\x8b"
_SPACE: Final = " \t\r\n"
_NUMBER_SIGNS: Final = "0123456789+-.eE"
_ACCEPTED: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "decimal": (str,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "datetime": (str,),
    "date": (str,),
    "time": (str,),
    "URI": (str,),
}


def read_dataset_json(path: Path, *, tolerant: bool = False) -> Table:
    """Open a Dataset-JSON document.

    Args:
        path: The file, or one that is compressed with gzip.
        tolerant: Refuse a cell of another type than its column only where it is used; see `Table.wrong`.

    Raises:
        TableError: It is not Dataset-JSON 1.1, or is cut off; the text says where.
    """
    with _text(path) as stream:
        scanner = _Scanner(stream, path.name)
        head: dict[str, Any] = {}
        for key in scanner.entries():
            if key == "rows":
                if head.keys() >= _EXPECTED_BEFORE_ROWS:
                    break  # the rest of the head, if any, is checked when the rows are read
                for _ in scanner.items():
                    pass
            else:
                head[key] = scanner.value()
    table, wrong = _table_of(head, path.name), WrongCells()

    def rows() -> Iterator[Row]:
        with _text(path) as stream:
            scanner, count = _Scanner(stream, path.name), 0
            check = _RowCheck(table.columns, path.name, wrong if tolerant else None)
            for key in scanner.entries():
                if key != "rows":
                    scanner.value()
                    continue
                for row in scanner.items():
                    count += 1
                    yield check(row, count)
            _check_count(head["records"], count, path.name)

    return replace(table, rows_from=rows, wrong=wrong)


def read_ndjson(path: Path, *, tolerant: bool = False) -> Table:
    """Open Dataset-JSON as NDJSON: the head on the first line, then a row a line; compressed it is a ``.dsjc`` file.

    Args:
        path: The file, or one that is compressed with gzip.
        tolerant: As for `read_dataset_json`.

    Raises:
        TableError: It is not that, or is cut off; the text says where.
    """
    with _text(path) as stream:
        head = _line(stream, path.name, 1)
    if not isinstance(head, dict):
        raise TableError(f"{path.name}: line 1 is not the head of a data set; expected a JSON object")
    table, wrong = _table_of(head, path.name), WrongCells()

    def rows() -> Iterator[Row]:
        with _text(path) as stream:
            _line(stream, path.name, 1)
            check, count = _RowCheck(table.columns, path.name, wrong if tolerant else None), 0
            while (row := _line(stream, path.name, count + 2)) is not _END:
                count += 1
                yield check(row, count)
            _check_count(head["records"], count, path.name)

    return replace(table, rows_from=rows, wrong=wrong)


def write_dataset_json(table: Table, stream: IO[str], created: str, *, originator: str | None = None) -> None:
    """Write a table as a Dataset-JSON document, a row a line.

    Args:
        table: What to write.
        stream: Where to; UTF-8.
        created: ``YYYY-MM-DDThh:mm:ssZ``; given, so that the same table gives the same bytes.
        originator: Who made it.
    """
    head = json.dumps(_head(table, created, originator), ensure_ascii=False, indent=1)
    stream.write(head[: head.rindex("}")].rstrip() + ',\n "rows": [')
    for number, row in enumerate(table):
        stream.write(("," if number else "") + "\n  " + _row_text(row, table))
    stream.write("\n ]\n}\n")


def write_ndjson(table: Table, stream: IO[str], created: str, *, originator: str | None = None) -> None:
    """Write a table as NDJSON; arguments as for `write_dataset_json`."""
    stream.write(json.dumps(_head(table, created, originator), ensure_ascii=False, separators=(",", ":")) + "\n")
    for row in table:
        stream.write(_row_text(row, table) + "\n")


def _head(table: Table, created: str, originator: str | None) -> dict[str, Any]:
    from trialog.events.version import __version__

    group = f"IG.{table.name}"
    head: dict[str, Any] = {
        "datasetJSONCreationDateTime": created,
        "datasetJSONVersion": VERSION,
        "dbLastModifiedDateTime": table.modified or created,
        "originator": originator,
        "sourceSystem": {"name": "trialog", "version": __version__},
        "studyOID": table.study,
        "itemGroupOID": group,
        "records": sum(1 for _ in table),
        "name": table.name,
        "label": table.label or table.name,
        "columns": [_column(column, table.name) for column in table.columns],
    }
    return {key: value for key, value in head.items() if value is not None}


def _column(column: Column, table: str) -> dict[str, Any]:
    found = {
        "itemOID": f"IT.{table}.{column.name}",
        "name": column.name,
        "label": column.label or column.name,
        "dataType": column.type,
        "targetDataType": "integer" if column.numeric_date else None,
        "length": column.length,
        "displayFormat": column.format,
        "keySequence": column.key,
    }
    return {key: value for key, value in found.items() if value is not None}


def _row_text(row: Row, table: Table) -> str:
    return json.dumps(
        [_json_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)],
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )


def _json_cell(cell: Cell, column: Column) -> Any:
    if column.type == "decimal" and cell is not None:
        return text_of(cell)
    if isinstance(cell, Decimal):
        return float(cell)
    return cell


@contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    """Open a file as text, unpacking it where it is compressed.

    Raises:
        TableError: It is compressed, and damaged or cut off.
    """
    with path.open("rb") as file:
        packed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        plain = gzip.GzipFile(fileobj=file) if packed else file
        try:
            yield io.TextIOWrapper(plain, "utf-8-sig", newline="")
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise TableError(f"{path.name}: cannot be unpacked: {error}; the file is cut off or damaged") from None


def _table_of(head: Mapping[str, Any], name: str) -> Table:
    """Return the table that a head describes, without its rows."""
    version = head.get("datasetJSONVersion")
    if isinstance(version, str) and not re.fullmatch(r"1\.1(\.\d+)?", version):
        raise TableError(f"{name}: Dataset-JSON {version} is not known; expected version 1.1")
    missing = [key for key in REQUIRED if key not in head and key != "label"]
    if missing:
        # Whole JSON of another kind, for example the schema of Dataset-JSON itself.
        raise ForeignFileError(f"{name}: not Dataset-JSON 1.1: {missing[0]!r} is missing")
    columns = head["columns"]
    if not isinstance(columns, list) or not columns or not all(isinstance(each, dict) for each in columns):
        raise TableError(f"{name}: 'columns' must be a list of objects, one for each column")
    if not isinstance(head["records"], int) or isinstance(head["records"], bool):
        raise TableError(f"{name}: 'records' must be a whole number, found {shown(str(head['records']))}")
    for key in ("name", "label", "dbLastModifiedDateTime", "studyOID"):
        if head.get(key) not in _NO_TEXT and not isinstance(head[key], str):
            raise TableError(f"{name}: {key!r} must be a text")
    if not isinstance(head["name"], str):
        raise TableError(f"{name}: 'name' must be a text")
    found = tuple(_column_of(each, place, name) for place, each in enumerate(columns, 1))
    check_names([column.name for column in found], name)
    return Table(
        head["name"],
        found,
        lambda: iter(()),
        head.get("label") or "",
        head.get("dbLastModifiedDateTime") or None,
        head.get("studyOID") or None,
    )


def _column_of(given: Mapping[str, Any], place: int, name: str) -> Column:
    label, kind, title = given.get("name"), given.get("dataType"), given.get("label")
    title = "" if title in _NO_TEXT else title
    if not isinstance(label, str) or not isinstance(title, str):
        raise TableError(f"{name}: column {place} has no name and label")
    if kind not in TYPES:
        raise TableError(f"{name}: column {label!r} has dataType {kind!r}; expected one of {', '.join(TYPES)}")
    length, key = given.get("length"), given.get("keySequence")
    return Column(
        label,
        title,
        kind,
        length if isinstance(length, int) else None,
        given.get("displayFormat") if isinstance(given.get("displayFormat"), str) else None,
        key if isinstance(key, int) else None,
        kind in ("date", "datetime", "time") and given.get("targetDataType") == "integer",
    )


class _RowCheck:
    """Turns a JSON array into a row, or says which of its cells has another type than its column.

    Args:
        columns: Of the table.
        name: Of the file.
        wrong: Takes cells of another type, which are then refused where they are used; None refuses them at once.
    """

    def __init__(self, columns: tuple[Column, ...], name: str, wrong: WrongCells | None = None) -> None:
        self._columns = columns
        self._accepted = [_ACCEPTED[column.type] for column in columns]
        self._decimal = [place for place, column in enumerate(columns) if column.type == "decimal"]
        self._name = name
        self._wrong = wrong
        if wrong is not None:
            wrong.by_column.clear()

    def __call__(self, row: Any, number: int) -> Row:
        if not isinstance(row, list) or len(row) != len(self._columns):
            found = f"{len(row)} cells" if isinstance(row, list) else "no list of cells"
            raise TableError(f"{self._name}: record {number} has {found}; expected {len(self._columns)}")
        cells = [None if cell == "" else cell for cell in row]
        for place, (cell, accepted) in enumerate(zip(cells, self._accepted, strict=True)):
            if cell is not None and type(cell) not in accepted:
                cells[place] = self._other_type(cell, number, self._columns[place])
        for place in self._decimal:
            cells[place] = self._as_decimal(cells[place], number, place)
        return tuple(cells)

    def _other_type(self, cell: Any, number: int, column: Column) -> Cell:
        """Return a cell of another type than its column: 50.0 is the integer 50 (JSON Schema), NA may be missing.

        Raises:
            TableError: It is none of these, and nobody takes such cells.
        """
        if column.type == "integer" and type(cell) is float and cell.is_integer():
            return int(cell)
        found = shown(json.dumps(cell))
        complaint = f"{self._name}: record {number}, {column.name}: {found} is not of type {column.type}"
        if self._wrong is None:
            raise TableError(complaint)
        self._wrong.add(column.name, f"record {number}: {found}")
        if isinstance(cell, str) and not ALWAYS.without(cell):
            return None
        return WrongCell.of(cell if isinstance(cell, str) else json.dumps(cell), complaint)

    def _as_decimal(self, cell: Any, number: int, place: int) -> Cell:
        if cell is None or type(cell) is WrongCell:
            return cell
        try:
            found = Decimal(cell)
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite():
            return found
        complaint = f"{self._name}: record {number}, {self._columns[place].name}: {shown(cell)} is not a decimal number"
        if self._wrong is None:
            raise TableError(complaint)
        self._wrong.add(self._columns[place].name, f"record {number}: {shown(cell)}")
        return WrongCell.of(cell, complaint) if ALWAYS.without(cell) else None


def _check_count(stated: int, count: int, name: str) -> None:
    if stated != count:
        raise TableError(
            f"{name}: its head says {stated} records, and it holds {count}; the file is cut off or damaged"
        )


_END: Final = object()


def _line(stream: IO[str], name: str, number: int) -> Any:
    """Return what a line of NDJSON holds; blank lines at the end are passed over."""
    try:
        line = stream.readline(LONGEST_VALUE + 1)
        while line and not line.strip():
            line = stream.readline(LONGEST_VALUE + 1)
    except UnicodeError:
        raise TableError(f"{name}: line {number} is not UTF-8 text, as Dataset-JSON must be") from None
    if not line:
        return _END
    if len(line) > LONGEST_VALUE:
        raise TableError(f"{name}: line {number} is longer than {LONGEST_VALUE} characters")
    try:
        return _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        raise TableError(f"{name}: line {number} is not JSON: {error}") from None


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [key for key, _ in pairs]
        raise ValueError(f"key {next(key for key in names if names.count(key) > 1)!r} stands twice in one object")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number that JSON knows")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_no_key_twice, parse_constant=_no_constant)


class _Scanner:
    """Reads a JSON object key by key, and an array item by item, without holding the whole of it."""

    def __init__(self, stream: IO[str], name: str) -> None:
        self._stream = stream
        self._name = name
        self._buffer = ""
        self._at = 0
        self._done = False

    def entries(self) -> Iterator[str]:
        """Yield each key; the caller takes its value before the next."""
        self._take("{")
        seen: set[str] = set()
        if self._peek() == "}":
            self._take("}")
        else:
            while True:
                key = self.value()
                if not isinstance(key, str):
                    self._refuse("expected the name of an entry")
                if key in seen:
                    self._refuse(f"key {key!r} stands twice in one object")
                seen.add(key)
                self._take(":")
                yield key
                if self._peek() != ",":
                    break
                self._take(",")
            self._take("}")
        if self._peek():
            self._refuse("something stands behind the end of the data set")

    def items(self) -> Iterator[Any]:
        """Yield each item of an array."""
        self._take("[")
        if self._peek() != "]":
            while True:
                yield self.value()
                if self._peek() != ",":
                    break
                self._take(",")
        self._take("]")

    def value(self) -> Any:
        """Return the next value, whole."""
        self._peek()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if self._done:
                    self._refuse(error.msg)
            except (ValueError, RecursionError) as error:
                self._refuse(str(error))
            else:
                # A number at the end of what was read so far may go on.
                if self._done or end < len(self._buffer) or self._buffer[end - 1] not in _NUMBER_SIGNS:
                    if end - self._at > LONGEST_VALUE:
                        self._refuse(f"one entry is longer than {LONGEST_VALUE} characters")
                    self._at = end
                    return found
            if len(self._buffer) - self._at > LONGEST_VALUE:
                self._refuse(f"one entry is longer than {LONGEST_VALUE} characters")
            self._more()

    def _peek(self) -> str:
        """Return the next sign that is no space, nothing at the end."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in _SPACE:
                    return self._buffer[self._at]
                self._at += 1
            if self._done:
                return ""
            self._more()

    def _take(self, sign: str) -> None:
        if self._peek() != sign:
            self._refuse(f"expected {sign!r}")
        self._at += 1

    def _more(self) -> None:
        kept = self._buffer[self._at :]
        try:
            # As much again as is there, so that a long value is not tried too often.
            read = self._stream.read(max(CHUNK, len(kept)))
        except UnicodeError:
            raise TableError(f"{self._name}: not UTF-8 text, as Dataset-JSON must be") from None
        self._buffer, self._at, self._done = kept + read, 0, not read

    def _refuse(self, why: str) -> NoReturn:
        ends = "; the file is cut off" if self._done and not self._buffer[self._at :].strip() else ""
        raise TableError(f"{self._name}: not JSON: {why}{ends}")
