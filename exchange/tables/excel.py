"""Excel workbooks: read a sheet with openpyxl, write one with XlsxWriter; no formula is ever read or written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final
from zipfile import BadZipFile, ZipFile

from trialog.events.errors import TableError
from trialog.exchange.tables.table import NUMERIC, Cell, Column, Row, Table, check_names

LARGEST_UNPACKED: Final = 2_000_000_000
"""Bytes that a workbook may unpack to; more is no sheet of a data manager but a zip bomb."""

MOST_ABOVE: Final = 30
"""Rows that may stand above a header."""

_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001  # days of a workbook have no zone
MOST_ROWS: Final = 1_048_575


def read_excel(path: Path, sheet: str | None = None) -> Table:
    """Open a sheet of a workbook; its first row of more than one cell names the columns.

    Args:
        path: The file.
        sheet: Name of the sheet; may be None where the workbook has one.

    Raises:
        TableError: There is no such sheet, a cell holds a formula or an error, or openpyxl is not installed.
    """
    _refuse_bombs(path)
    with _Workbook(path) as book:
        names = list(book.sheetnames)
        if sheet is None and len(names) > 1:
            raise TableError(f"{path.name}: holds {len(names)} sheets; say which with --sheet: {', '.join(names)}")
        if sheet is not None and sheet not in names:
            raise TableError(f"{path.name}: no sheet {sheet!r}; it holds: {', '.join(names)}")
        chosen = sheet or names[0]
        above, header = _header(_rows(book, chosen, path.name))
        serial_days = getattr(book, "epoch", _EPOCH).year == _EPOCH.year
    if not header:
        raise TableError(f"{path.name}: sheet {chosen!r} is empty; expected a first row that names the columns")
    titles = ["" if cell is None else str(cell).strip() for cell in header]
    while titles and not titles[-1]:
        titles.pop()
    check_names(titles, f"{path.name}, sheet {chosen}")

    def rows() -> Iterator[Row]:
        width = len(titles)
        with _Workbook(path) as book:
            found = islice(_rows(book, chosen, path.name), above + 1, None)
            for number, row in enumerate(found, 1):
                if any(cell is not None for cell in row[width:]):
                    raise TableError(f"{path.name}: record {number} has a cell beyond the last named column")
                if any(cell is not None for cell in row):
                    yield (*row[:width], *([None] * (width - len(row))))

    return Table(chosen, tuple(Column(title) for title in titles), rows, serial_days=serial_days)


def _header(rows: Iterator[tuple[Cell, ...]]) -> tuple[int, tuple[Cell, ...] | None]:
    """Return how many rows stand above the header, and the header.

    Titles above a table are rows of one cell at most; a table of one column has its header in the first row.
    """
    first: tuple[Cell, ...] | None = None
    for number, row in enumerate(islice(rows, MOST_ABOVE)):
        first = row if first is None else first
        cells = [cell for cell in row if cell is not None]
        if len(cells) > 1:
            # A row of numbers names no column.
            return (number, row) if all(isinstance(cell, str) for cell in cells) else (0, first)
    return 0, first


class _Workbook:
    """A workbook opened for reading and closed afterwards."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Any:
        try:
            import openpyxl
        except ModuleNotFoundError:
            raise TableError(
                f"{self._path.name}: Excel needs openpyxl; install it with: pip install 'trialog[excel]'"
            ) from None
        self._stream = self._path.open("rb")
        try:
            # A stream, because openpyxl would judge a path by its ending.
            self._book = openpyxl.load_workbook(self._stream, read_only=True, data_only=False, keep_links=False)
        except Exception as error:  # noqa: BLE001  # a damaged workbook can raise anything from zip and XML parsers
            self._stream.close()
            raise TableError(f"{self._path.name}: cannot be read as an Excel workbook: {_first_line(error)}") from None
        return self._book

    def __exit__(self, *_: object) -> None:
        self._book.close()
        self._stream.close()


def _rows(book: Any, sheet: str, name: str) -> Iterator[tuple[Cell, ...]]:
    page = book[sheet]
    if not hasattr(page, "reset_dimensions"):
        raise TableError(f"{name}: {sheet!r} is a chart, not a sheet of cells")
    page.reset_dimensions()  # the size that a workbook states of a sheet may be wrong
    try:
        for row in page.iter_rows():
            yield tuple(_value(cell, name) for cell in row)
    except TableError:
        raise
    except Exception as error:  # noqa: BLE001  # as above
        raise TableError(f"{name}: sheet {sheet!r} is damaged: {_first_line(error)}") from None


def _value(cell: Any, name: str) -> Cell:
    value = cell.value
    if value is None or value == "":
        return None
    if cell.data_type == "f":
        raise TableError(f"{name}: cell {cell.coordinate} holds a formula; replace it by its value and save again")
    if cell.data_type == "e":
        raise TableError(f"{name}: cell {cell.coordinate} holds the error {value}")
    if isinstance(value, datetime):
        whole = value.time() == time(0)
        return value.date().isoformat() if whole else value.replace(microsecond=0).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, str | int | float | bool) else str(value)


def _refuse_bombs(path: Path) -> None:
    try:
        with ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (BadZipFile, OSError) as error:
        raise TableError(f"{path.name}: cannot be read as an Excel workbook: {_first_line(error)}") from None
    if unpacked > LARGEST_UNPACKED:
        raise TableError(f"{path.name}: unpacks to {unpacked} bytes; expected at most {LARGEST_UNPACKED}")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def write_excel(table: Table, stream: IO[bytes], created: datetime) -> None:
    """Write a table as a workbook with one sheet; texts are texts, whatever they look like.

    Args:
        table: What to write.
        stream: Where to.
        created: Stands in the workbook's properties; given, so that the same table gives the same bytes.

    Raises:
        TableError: It has more rows than a sheet can hold, or XlsxWriter is not installed.
    """
    try:
        import xlsxwriter
    except ModuleNotFoundError:
        raise TableError("writing Excel needs XlsxWriter; install it with: pip install 'trialog[excel]'") from None
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, options)
    try:
        book.set_properties({"title": table.label, "created": created})
        sheet = book.add_worksheet(table.name[:31] or "data")
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, column.name, bold)
        for number, row in enumerate(table, 1):
            if number > MOST_ROWS:
                raise TableError(f"Excel: more than {MOST_ROWS} records do not fit a sheet; choose CSV or Parquet")
            for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
                if cell is None:
                    continue
                if column.type in NUMERIC and not isinstance(cell, str):
                    sheet.write_number(number, place, float(cell))
                elif column.type == "boolean" and isinstance(cell, bool):
                    sheet.write_boolean(number, place, cell)
                elif column.numeric_date and column.type == "date":
                    sheet.write_datetime(number, place, datetime.fromisoformat(str(cell)), day)
                else:
                    sheet.write_string(number, place, str(cell))
        sheet.freeze_panes(1, 0)
    finally:
        book.close()
