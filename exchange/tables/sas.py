"""SAS files (XPT, sas7bdat) through pyreadstat: numbers with a date format become ISO dates, blanks are missing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from trialog.events.errors import TableError
from trialog.exchange.tables.table import Cell, Column, ColumnType, Row, Table, check_names

ROWS_AT_ONCE: Final = 100_000
_DATES: Final = (
    "DATE", "DAY", "DDMMYY", "MMDDYY", "YYMMDD", "JULIAN", "MONYY", "WORDDATE", "WEEKDATE", "E8601DA", "B8601DA",
    "IS8601DA",
)  # fmt: skip
_DATETIMES: Final = ("DATETIME", "DATEAMPM", "E8601DT", "B8601DT", "IS8601DT", "MDYAMPM")
_TIMES: Final = ("TIME", "TOD", "HHMM", "E8601TM", "IS8601TM")
_EPOCH: Final = datetime(1960, 1, 1)  # noqa: DTZ001  # SAS counts local days
_DAY_EPOCH: Final = _EPOCH.date().toordinal()


def read_sas(path: Path, function: str, encoding: str | None = None) -> Table:
    """Open a file that pyreadstat reads.

    Args:
        path: The file.
        function: ``read_xport`` or ``read_sas7bdat``.
        encoding: Of its texts; UTF-8, or what the file says, when None.

    Raises:
        TableError: pyreadstat is not installed, or cannot read the file.
    """
    read = _reader(path, function, encoding)
    _, about = read(metadataonly=True)
    names = list(about.column_names)
    check_names(names, path.name)
    formats: dict[str, str | None] = about.original_variable_types
    kinds: dict[str, str] = about.readstat_variable_types
    columns = tuple(
        _column(name, about.column_names_to_labels.get(name) or "", formats.get(name), kinds.get(name) == "string")
        for name in names
    )
    convert = [_converter(column, path.name) for column in columns]

    def rows() -> Iterator[Row]:
        offset = 0
        while True:
            found, _ = read(row_offset=offset, row_limit=ROWS_AT_ONCE)
            some = [found[name] for name in names]
            count = len(some[0]) if some else 0
            for number, row in enumerate(zip(*some, strict=True), offset + 1):
                yield tuple(turn(cell, number) for turn, cell in zip(convert, row, strict=True))
            if count < ROWS_AT_ONCE:
                return
            offset += count

    changed = about.modification_time or about.creation_time
    modified = changed.strftime("%Y-%m-%dT%H:%M:%S") if isinstance(changed, datetime) else None
    return Table(about.table_name or "", columns, rows, about.file_label or "", modified)


def _reader(path: Path, function: str, encoding: str | None) -> Callable[..., tuple[dict[str, Any], Any]]:
    try:
        import pyreadstat
    except ModuleNotFoundError:
        raise TableError(
            f"{path.name}: reading SAS files needs pyreadstat; install it with: pip install 'trialog[xpt]'"
        ) from None

    def read(**options: Any) -> tuple[dict[str, Any], Any]:
        try:
            found: tuple[dict[str, Any], Any] = getattr(pyreadstat, function)(
                str(path), output_format="dict", disable_datetime_conversion=True, encoding=encoding, **options
            )
        except UnicodeError:
            raise TableError(
                f"{path.name}: its text is not {encoding or 'UTF-8'}; "
                "name its encoding, for example: --encoding windows-1252"
            ) from None
        except Exception as error:  # noqa: BLE001  # a damaged file can make the C library say anything
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            if "convert" in reason.lower() or "encod" in reason.lower():
                reason += "; name its encoding, for example: --encoding windows-1252"
            raise TableError(f"{path.name}: cannot be read as a SAS file: {reason}") from None
        return found

    return read


def _column(name: str, label: str, form: str | None, text: bool) -> Column:
    if text:
        return Column(name, label, "string", _length(form))
    bare = re.sub(r"[\d.]+$", "", (form or "").upper())
    kind: ColumnType = "double"
    for prefixes, found in ((_DATETIMES, "datetime"), (_TIMES, "time"), (_DATES, "date")):
        if bare.startswith(prefixes):
            kind = found  # type: ignore[assignment]
            break
    return Column(name, label, kind, None, f"{form}." if form else None, None, kind != "double")


def _length(form: str | None) -> int | None:
    digits = re.sub(r"\D", "", form or "")
    return int(digits) if digits and int(digits) else None


def _converter(column: Column, file: str) -> Callable[[Any, int], Cell]:
    if column.type == "string":
        return lambda cell, _: cell if isinstance(cell, str) and cell else None
    if column.type == "double":
        return _whole_or_not

    def as_text(cell: Any, number: int) -> Cell:
        value = _whole_or_not(cell, number)
        if value is None:
            return None
        try:
            return _iso(float(value), column.type)
        except (ValueError, OverflowError):
            raise TableError(f"{file}: record {number}, {column.name}: {value} is not a {column.type}") from None

    return as_text


def _whole_or_not(cell: Any, _: int) -> int | float | None:
    if not isinstance(cell, (int, float)) or math.isnan(cell):
        return None
    return int(cell) if float(cell).is_integer() and abs(cell) < 2**53 else float(cell)


def _iso(value: float, kind: ColumnType) -> str:
    if kind == "date":
        return date.fromordinal(_DAY_EPOCH + math.floor(value)).isoformat()
    if kind == "datetime":
        return (_EPOCH + timedelta(seconds=value)).isoformat()
    if not 0 <= value < 86_400:
        raise ValueError("not a time of day")
    return (_EPOCH + timedelta(seconds=value)).time().isoformat()
