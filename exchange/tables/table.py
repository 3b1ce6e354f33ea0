"""A table: typed columns with names and labels, and rows of plain values, whatever file it came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, Literal, Self, get_args

from trialog.events.errors import TableError

Cell = str | int | float | bool | Decimal | None
"""A value; None is missing. An empty text is read as missing, because CSV and XPT cannot tell the two apart."""

Row = tuple[Cell, ...]
ColumnType = Literal["string", "integer", "decimal", "float", "double", "boolean", "datetime", "date", "time", "URI"]
"""The types of Dataset-JSON. Dates and times are ISO 8601 text in every one of them."""

_COMMA: Final = re.compile(r"[+-]?\d+,\d+", re.ASCII)

TYPES: Final[tuple[ColumnType, ...]] = get_args(ColumnType)
NUMERIC: Final[tuple[ColumnType, ...]] = ("integer", "decimal", "float", "double")


class WrongCell(str):
    """A cell of another type than its column, as it is written; using it raises an error.

    Attributes:
        complaint: File, record and column, and what was expected.
    """

    __slots__ = ("complaint",)
    complaint: str

    @classmethod
    def of(cls, text: str, complaint: str) -> Self:
        """Return a cell."""
        made = cls(text)
        made.complaint = complaint
        return made


@dataclass
class WrongCells:
    """The cells of a table that have another type than their column.

    Attributes:
        by_column: For each column how many, and the first one as text: record, and what it holds.
    """

    by_column: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, column: str, which: str) -> None:
        """Count a cell."""
        count, first = self.by_column.get(column, (0, which))
        self.by_column[column] = count + 1, first


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: Unique in its table.
        label: What it holds, in words.
        type: Of its values.
        length: Most characters of a text, where the file says so.
        format: Display format of the file that it came from, for example ``DATE9.``.
        key: Place of the column in the table's key, from 1.
        numeric_date: Whether SAS and XPT keep the date as a number (ADaM), not as text (SDTM).
    """

    name: str
    label: str = ""
    type: ColumnType = "string"
    length: int | None = None
    format: str | None = None
    key: int | None = None
    numeric_date: bool = False


@dataclass(frozen=True, eq=False)
class Table:
    """Columns, and rows that are read anew, one at a time, each time somebody iterates.

    Attributes:
        name: Of the data set, as its file states it; may be empty.
        columns: In order.
        rows_from: Opens the rows; each has one cell for each column.
        label: What the table holds.
        modified: When the data behind it last changed (ISO 8601), where the file says so.
        study: Study code that the file states.
        wrong: Cells of another type than their column, which are refused only where they are used; filled as the
            rows are read.
        serial_days: Whether a number in a column of days is Excel's number of a day.
        decimal_comma: Whether a comma in a number stands before its decimals: cells are separated by semicolons.
        line_of: Returns the line on which a record begins, both counted from 1; None in a form without lines.
    """

    name: str
    columns: tuple[Column, ...]
    rows_from: Callable[[], Iterator[Row]]
    label: str = ""
    modified: str | None = None
    study: str | None = None
    wrong: WrongCells | None = None
    serial_days: bool = False
    decimal_comma: bool = False
    line_of: Callable[[int], int] | None = None

    def __iter__(self) -> Iterator[Row]:
        """Read the rows from the beginning.

        Raises:
            TableError: The file is damaged further down; the text says in which record.
        """
        return self.rows_from()

    def number(self, text: str) -> str:
        """Return the text of a number with a decimal point."""
        return text.replace(",", ".") if self.decimal_comma and _COMMA.fullmatch(text) else text

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)


def table_of(name: str, columns: Sequence[Column], rows: Iterable[Row], label: str = "") -> Table:
    """Return a table of rows that are in memory.

    Raises:
        TableError: A name stands twice, or a row has another number of cells.
    """
    columns, kept = tuple(columns), tuple(rows)
    check_names([column.name for column in columns], name or "table")
    for number, row in enumerate(kept, 1):
        if len(row) != len(columns):
            raise TableError(f"{name}: record {number} has {len(row)} cells; expected {len(columns)}")
    return Table(name, columns, lambda: iter(kept), label)


def watched(table: Table, on_records: Callable[[int], None], every: int = 5_000) -> Table:
    """Return the same table, which tells how many of its records were read.

    Args:
        table: What is read.
        on_records: Takes the number of records so far.
        every: After so many records it is called again.
    """

    def rows() -> Iterator[Row]:
        for number, row in enumerate(table, 1):
            if number % every == 0:
                on_records(number)
            yield row

    return replace(table, rows_from=rows)


def check_names(names: Sequence[str], where: str, wanted: Collection[str] | None = None) -> None:
    """Refuse a column name that is empty or occurs twice.

    Args:
        names: Of all columns.
        where: Name of the file, for messages.
        wanted: The names that will be used; the others may be empty or occur twice. None: all are used.

    Raises:
        TableError: With the first such name.
    """
    if wanted is not None:
        names = [name for name in names if name in wanted]
    seen: set[str] = set()
    for place, name in enumerate(names, 1):
        if not (name or "").strip():  # a damaged XPT file may give none
            raise TableError(f"{where}: column {place} has no name; expected a header line that names each column")
        if name in seen:
            raise TableError(f"{where}: column {name!r} stands twice; rename one of the two")
        seen.add(name)


def text_of(cell: Cell) -> str:
    """Return a cell as text: missing as nothing, whole numbers without a point, truth values in small letters.

    Raises:
        TableError: The cell has another type than its column.
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        if type(cell) is WrongCell:
            raise TableError(cell.complaint)
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        return plain_digits(Decimal(repr(cell)))
    return plain_digits(cell) if isinstance(cell, Decimal) else str(cell)


def plain_digits(number: Decimal) -> str:
    """Return a number without an exponent."""
    return format(number, "f")


def written(cell: Cell) -> str:
    """Return a cell as text even where it has another type than its column; only to compare and to name it."""
    return str(cell) if type(cell) is WrongCell else text_of(cell)


def shown(cell: Cell, most: int = 40) -> str:
    """Return a cell for a message, cut where it is long."""
    text = repr(cell) if isinstance(cell, str) else text_of(cell)
    return text if len(text) <= most else f"{text[:most]}..."
