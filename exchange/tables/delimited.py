"""CSV and TSV: read whatever separator the header uses, write so that a spreadsheet runs nothing.

A text cell that a spreadsheet would take for a formula (it begins with ``= + - @``, a tab or
a line end) is written behind an apostrophe, as OWASP advises; a cell that begins with
apostrophes before such a sign gets one more. Reading takes one apostrophe off such cells,
so every text comes back equal. Numbers are never touched.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import IO, Final

from trialog.events.errors import TableError
from trialog.exchange.tables.table import NUMERIC, Cell, Column, Row, Table, check_names, text_of

SEPARATORS: Final = ("\t", ",", ";", "|")
LONGEST_LINE: Final = 1_000_000
"""Characters; a line without end must not fill the memory."""

_WIDE: Final = "＝＋－＠"  # noqa: RUF001  # the full-width forms, which some spreadsheets run too
_RUNS: Final = re.compile(rf"'*[=+\-@\t\r\n{_WIDE}]")
_ESCAPED: Final = re.compile(rf"'+[=+\-@\t\r\n{_WIDE}]")


def escaped(text: str) -> str:
    """Return a text as it is written, behind an apostrophe where a spreadsheet would run it."""
    return f"'{text}" if _RUNS.match(text) else text


def unescaped(text: str) -> str:
    """Return the text that `escaped` was given."""
    return text[1:] if _ESCAPED.match(text) else text


def check_encoding(encoding: str) -> None:
    """Refuse a name that is no encoding of text.

    Raises:
        TableError: It is none.
    """
    try:
        "a".encode(encoding)
    except LookupError:
        raise TableError(f"unknown encoding {encoding!r}; expected for example windows-1252") from None


def read_delimited(path: Path, encoding: str | None = None) -> Table:
    """Open a CSV or TSV file; every column is text.

    Args:
        path: The file.
        encoding: Name of its encoding; UTF-8 when None, or UTF-16 where the file begins with its mark.

    Raises:
        TableError: It has no header, or cannot be decoded; the text says what was expected.
    """
    encoding = encoding or _encoding_of(path)
    first = next(_lines(path, encoding), None)
    if first is None:
        raise TableError(f"{path.name}: the file is empty; expected a header line and rows")
    separator = max(SEPARATORS, key=lambda each: _cells(first, each))
    header = next(_records(path, encoding, separator))
    names = [unescaped(cell.strip()) for cell in header]
    check_names(names, path.name)

    def rows() -> Iterator[Row]:
        records = _records(path, encoding, separator)
        next(records)
        for number, cells in enumerate(records, 1):
            if len(cells) != len(names):
                raise TableError(
                    f"{path.name}: record {number} has {len(cells)} cells; expected {len(names)}, as in the header"
                )
            yield tuple(unescaped(cell) or None for cell in cells)

    return Table("", tuple(Column(name) for name in names), rows)


def write_delimited(table: Table, stream: IO[str], separator: str = ",") -> None:
    """Write a table as CSV (RFC 4180, lines end in LF), or as TSV with a tab as separator."""
    writer = csv.writer(stream, delimiter=separator, lineterminator="\n")
    writer.writerow([escaped(name) for name in table.names])
    # Dates and words like Dataset-JSON's URI are text too; only numbers and truth values stay as they are.
    plain = [column.type in NUMERIC or column.type == "boolean" for column in table.columns]
    careful = csv.writer(stream, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in table:
        cells = _written(row, plain)
        # The writer puts only its own line end in quotes, and a reader takes a bare CR for one too.
        (careful if any("\r" in cell for cell in cells) else writer).writerow(cells)


def _written(row: Row, plain: Iterable[bool]) -> list[str]:
    return [_cell(cell, as_it_is) for cell, as_it_is in zip(row, plain, strict=True)]


def _cell(cell: Cell, as_it_is: bool) -> str:
    text = text_of(cell)
    return text if as_it_is and not isinstance(cell, str) else escaped(text)


def _cells(line: str, separator: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=separator), []))
    except csv.Error:
        return 0  # said when the header is read


def _encoding_of(path: Path) -> str:
    with path.open("rb") as stream:
        mark = stream.read(2)
    return "utf-16" if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"


_HINTS: Final = {
    "unexpected end": "; the file ends inside a quoted cell",
    "new-line character": "; a line ends in CR alone, save the file with LF or CRLF",
}
"""What the csv module means."""


def _records(path: Path, encoding: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(_lines(path, encoding), delimiter=separator, strict=True)
    record = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            place = f"record {record}" if record else "the header"
            hint = next((words for sign, words in _HINTS.items() if sign in str(error)), f": {error}")
            raise TableError(f"{path.name}: {place} is not CSV{hint}") from None
        if cells:
            yield cells
            record += 1


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield each physical line, without a byte-order mark and leading remarks.

    Files of cBioPortal put lines that begin with # above their header.
    """
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    begun = False
    with path.open(encoding=encoding, newline="") if wide else path.open("rb") as stream:
        for number in count(1):
            try:
                read: str | bytes = stream.readline(LONGEST_LINE + 1)
                line = read if isinstance(read, str) else read.decode(encoding)
            except UnicodeError:
                raise TableError(
                    f"{path.name}: line {number} is not {encoding} text; "
                    "name its encoding, for example: --encoding windows-1252"
                ) from None
            if not line:
                return
            if len(line) > LONGEST_LINE:
                raise TableError(
                    f"{path.name}: line {number} is longer than {LONGEST_LINE} characters; this is no data table"
                )
            if "\0" in line:
                raise TableError(f"{path.name}: line {number} holds a NUL character; the file is damaged or no text")
            if number == 1:
                line = line.removeprefix("\ufeff")
            if begun or (line.strip() and not line.startswith("#")):
                begun = True
                yield line
