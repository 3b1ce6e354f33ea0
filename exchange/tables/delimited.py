"""CSV and TSV: read whatever separator the header uses, write so that a spreadsheet runs nothing.

A text cell that a spreadsheet would take for a formula (it begins with ``= + - @``, a tab or
a line end) is written behind an apostrophe, as OWASP advises; a cell that begins with
apostrophes before such a sign gets one more. Reading takes one apostrophe off such cells,
so every text comes back equal. Numbers are never touched.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Final

from trialog.events.errors import TableError
from trialog.exchange.tables.table import NUMERIC, Cell, Column, Row, Table, check_names, text_of

SEPARATORS: Final = {"tab": "\t", "comma": ",", "semicolon": ";", "bar": "|"}
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
    return text[1:] if text[:1] == "'" and _ESCAPED.match(text) else text


def check_encoding(encoding: str) -> None:
    """Refuse a name that is no encoding of text.

    Raises:
        TableError: It is none.
    """
    try:
        "a".encode(encoding)
    except LookupError:
        raise TableError(f"unknown encoding {encoding!r}; expected for example windows-1252") from None


def read_delimited(
    path: Path, encoding: str | None = None, *, separator: str | None = None, wanted: Collection[str] | None = None
) -> Table:
    """Open a CSV or TSV file; every column is text.

    Args:
        path: The file.
        encoding: Name of its encoding; UTF-8 if None, or UTF-16 if the file begins with its mark.
        separator: What separates its cells, one of ``SEPARATORS``. None: what gives the first line all the wanted
            columns, else the most columns.
        wanted: Names of the columns that will be used; None: all.

    Raises:
        TableError: It has no header, or cannot be decoded; the text says what was expected.
    """
    text = delimited_text(path.name, lambda: path.open("rb"), encoding, separator=separator, wanted=wanted)
    names, _ = text.records()
    check_names(names, path.name, wanted)

    def rows() -> Iterator[Row]:
        for number, (_, cells) in enumerate(text.records()[1], 1):
            if len(cells) != len(names):
                raise TableError(
                    f"{path.name}: record {number} has {len(cells)} cells; expected {len(names)}, as in the header"
                )
            yield tuple(cell or None for cell in cells)

    def line_of(record: int) -> int:
        return next(line for number, (line, _) in enumerate(text.records()[1], 1) if number == record)

    columns = tuple(Column(name) for name in names)
    return Table("", columns, rows, decimal_comma=text.separator == ";", line_of=line_of)


@dataclass(frozen=True)
class DelimitedText:
    """A text whose lines are divided into cells.

    Attributes:
        name: Of its file, for messages.
        opened: Opens it from its beginning.
        encoding: Name of its encoding.
        separator: What separates its cells.
    """

    name: str
    opened: Callable[[], IO[bytes]]
    encoding: str
    separator: str

    def records(self) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
        """Return the names of the columns, and the records, each with the line on which it begins.

        A record may have more cells than the header, or fewer.

        Raises:
            TableError: The header cannot be read; later, that a record cannot.
        """
        records = _records(self)
        _, header = next(records)
        return _names(header), ((line, [unescaped(cell) for cell in cells]) for line, cells in records)


def delimited_text(
    name: str,
    opened: Callable[[], IO[bytes]],
    encoding: str | None = None,
    *,
    separator: str | None = None,
    wanted: Collection[str] | None = None,
) -> DelimitedText:
    """Find out how a text is divided; `read_delimited` says what the arguments are.

    Raises:
        TableError: It is empty, or its header cannot be decoded.
    """
    encoding = encoding or _encoding_of(opened)
    first = next(iter(_Lines(DelimitedText(name, opened, encoding, ""))), None)
    if first is None:
        raise TableError(f"{name}: the file is empty; expected a header line and rows")
    sign = _separator_of(first, wanted or ()) if separator is None else SEPARATORS[separator]
    return DelimitedText(name, opened, encoding, sign)


def _names(header: list[str]) -> list[str]:
    return [unescaped(cell.strip()) for cell in header]


def _separator_of(line: str, wanted: Collection[str]) -> str:
    """Return what separates the cells of a header."""

    def fit(separator: str) -> tuple[bool, int]:
        names = _names(_cells(line, separator))
        return set(wanted) <= set(names), len(names)

    return max(SEPARATORS.values(), key=fit)


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


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []  # said when the header is read


def _encoding_of(opened: Callable[[], IO[bytes]]) -> str:
    with opened() as stream:
        mark = stream.read(2)
    return "utf-16" if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"


_HINTS: Final = {
    "unexpected end": "; the file ends inside a quoted cell",
    "new-line character": "; a line ends in CR alone, save the file with LF or CRLF",
}
"""What the csv module means."""


def _records(text: DelimitedText) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank, with the line on which it begins."""
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=text.separator, strict=True)
    record = 0
    while True:
        before = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            place = f"record {record}" if record else "the header"
            hint = next((words for sign, words in _HINTS.items() if sign in str(error)), f": {error}")
            raise TableError(f"{text.name}: {place} is not CSV{hint}") from None
        if cells:
            yield lines.above + before + 1, cells
            record += 1


class _Lines:
    """The physical lines of a file from its header on, without a byte-order mark.

    Blank lines above the header are passed over, and lines that begin with #: files of cBioPortal have such remarks.

    Attributes:
        above: How many lines stand above the header; known once it is read.
    """

    def __init__(self, text: DelimitedText) -> None:
        self.text, self.encoding, self.above = text, text.encoding, 0

    def __iter__(self) -> Iterator[str]:
        """Read the file from its beginning."""
        wide = codecs.lookup(self.encoding).name.startswith(("utf-16", "utf-32"))
        begun = False
        stream: IO[str] | IO[bytes]
        with self.text.opened() as plain:
            stream = io.TextIOWrapper(plain, self.encoding, newline="") if wide else plain
            for number in count(1):
                line = self._checked(stream, number)
                if not line:
                    return
                if not begun:
                    line = line.removeprefix("\ufeff") if number == 1 else line
                    begun = bool(line.strip()) and not line.startswith("#")
                    self.above = number - 1
                if begun:
                    yield line

    def _checked(self, stream: IO[str] | IO[bytes], number: int) -> str:
        name = self.text.name
        try:
            read: str | bytes = stream.readline(LONGEST_LINE + 1)
            line = read if isinstance(read, str) else read.decode(self.encoding)
        except UnicodeError:
            raise TableError(
                f"{name}: line {number} is not {self.encoding} text; "
                "name its encoding, for example: --encoding windows-1252"
            ) from None
        if len(line) > LONGEST_LINE:
            raise TableError(f"{name}: line {number} is longer than {LONGEST_LINE} characters; this is no data table")
        if "\0" in line:
            raise TableError(f"{name}: line {number} holds a NUL character; the file is damaged or no text")
        return line
