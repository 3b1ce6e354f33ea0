"""SAS transport files, version 5: the 80-byte records of their head, checked before reading and made when writing.

Source: SAS Technical Support TS-140, "The Record Layout of a Data Set in SAS Transport (XPORT) Format".
Rows are read by pyreadstat; see docs/decisions/0031 for why the writer is ours.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Final

from trialog.events.errors import TableError
from trialog.exchange.tables.table import NUMERIC, Cell, Column, Table, shown

RECORD: Final = 80
LONGEST_NAME: Final = 8
LONGEST_LABEL: Final = 40
LONGEST_TEXT: Final = 200

LIBRARY_V5: Final = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
LIBRARY_V8: Final = b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!"
_MEMBER: Final = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
_DESCRIPTOR: Final = b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!"
_NAMES: Final = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
_ROWS: Final = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"
_NAME_BYTES: Final = 140
_NAMES_AT: Final = 8 * RECORD
_NAME_FORM: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
_MISSING_NUMBER: Final = b"." + bytes(7)
_NAMESTR: Final = struct.Struct(">hhhh8s40s8shhh2s8shhl52s")
_SAS_EPOCH: Final = date(1960, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows of a version 5 file begin, and how long each is.

    Attributes:
        rows_at: Offset of the first row in bytes.
        row_bytes: Length of a row.
    """

    rows_at: int
    row_bytes: int


def check_layout(path: Path) -> Layout:
    """Check the head of a version 5 file, and that nothing is cut off.

    Raises:
        TableError: A record of the head is damaged, the file is cut off, or it holds several data sets.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_NAMES_AT)
        _expect(head, 0, LIBRARY_V5, path.name, "library")
        _expect(head, 3 * RECORD, _MEMBER, path.name, "member")
        _expect(head, 4 * RECORD, _DESCRIPTOR, path.name, "descriptor")
        _expect(head, 7 * RECORD, _NAMES, path.name, "variable")
        count = head[7 * RECORD + 54 : 7 * RECORD + 58]
        name_bytes = head[3 * RECORD + 75 : 3 * RECORD + 78]
        if not count.isdigit() or name_bytes != b"140":
            raise TableError(f"{path.name}: the number of variables in its head is damaged")
        variables = int(count)
        length = -(-variables * _NAME_BYTES // RECORD) * RECORD
        described = stream.read(length)
        _expect(stream.read(RECORD), 0, _ROWS, path.name, "observation")
        rows_at = _NAMES_AT + length + RECORD
        row_bytes = _checked_variables(described, variables, path.name)
        if size % RECORD:
            raise TableError(
                f"{path.name}: {size} bytes are no whole number of {RECORD}-byte records; the file is cut off"
            )
        if _has_member(stream):
            raise TableError(f"{path.name}: holds several data sets; expected one data set in a file")
    return Layout(rows_at, row_bytes)


def _expect(found: bytes, at: int, wanted: bytes, name: str, what: str) -> None:
    if found[at : at + len(wanted)] != wanted:
        raise TableError(f"{name}: the {what} record of its head is missing or damaged; this is no XPT version 5 file")


def _checked_variables(described: bytes, variables: int, name: str) -> int:
    """Return the bytes of a row, after checking that the variables lie side by side."""
    place = 0
    for number in range(variables):
        part = described[number * _NAME_BYTES : (number + 1) * _NAME_BYTES]
        if len(part) < _NAME_BYTES:
            raise TableError(f"{name}: its list of variables is cut off")
        kind, _, length, _, *_ = _NAMESTR.unpack(part)
        (position,) = struct.unpack(">l", part[84:88])
        right = (kind == 1 and 2 <= length <= 8) or (kind == 2 and length >= 1)
        if not right or position != place:
            raise TableError(f"{name}: variable {number + 1} of its head is damaged")
        place += length
    return place


def _has_member(stream: IO[bytes]) -> bool:
    """Tell whether another data set begins on a later 80-byte record."""
    while records := stream.read(RECORD * 10_000):
        at = records.find(_MEMBER)
        while at >= 0:
            if at % RECORD == 0:
                return True
            at = records.find(_MEMBER, at + 1)
    return False


def write_xpt(table: Table, stream: IO[bytes], created: datetime) -> None:
    """Write a table as XPT version 5.

    Dates that ADaM keeps as numbers (``numeric_date``) are written as days since 1960-01-01 with format
    DATE9., everything else that is not a number as text.

    Args:
        table: What to write.
        stream: Where to.
        created: Stands in the head; given, so that the same table gives the same bytes.

    Raises:
        TableError: A name, a label or a value does not fit the form; the text says which, and in which record.
    """
    _check_names(table)
    lengths = _checked_lengths(table)
    stamp = created.strftime("%d%b%y:%H:%M:%S").upper().encode("ascii")
    stream.write(LIBRARY_V5 + b"0" * 30 + b"  ")
    stream.write(b"SAS     SAS     SASLIB  9.4     trialog " + b" " * 24 + stamp)
    stream.write(stamp.ljust(RECORD))
    stream.write(_MEMBER + b"000000000000000001600000000140  ")
    stream.write(_DESCRIPTOR + b"0" * 30 + b"  ")
    stream.write(b"SAS     " + _ascii(table.name, 8) + b"SASDATA 9.4     trialog " + b" " * 24 + stamp)
    stream.write(stamp + b" " * 16 + _ascii(table.label[:LONGEST_LABEL], 40) + b" " * 8)
    stream.write(_NAMES + b"000000%04d" % len(table.columns) + b"0" * 20 + b"  ")
    described = b"".join(_described(table.columns, lengths))
    stream.write(_padded(described))
    stream.write(_ROWS + b"0" * 30 + b"  ")
    written = 0
    for number, row in enumerate(table, 1):
        cells = b"".join(
            _cell(cell, column, length, table.name, number)
            for cell, column, length in zip(row, table.columns, lengths, strict=True)
        )
        stream.write(cells)
        written += len(cells)
    stream.write(b" " * (-written % RECORD))


def _described(columns: Sequence[Column], lengths: Sequence[int]) -> Iterator[bytes]:
    place = 0
    for number, (column, length) in enumerate(zip(columns, lengths, strict=True), 1):
        numeric = _is_number(column)
        form, width = (b"DATE", 9) if column.numeric_date and column.type == "date" else (b"", 0)
        yield _NAMESTR.pack(
            1 if numeric else 2,
            0,
            length,
            number,
            _ascii(column.name, 8),
            _ascii(column.label, 40),
            form.ljust(8),
            width,
            0,
            0,
            bytes(2),
            b" " * 8,
            0,
            0,
            place,
            bytes(52),
        )
        place += length


def _is_number(column: Column) -> bool:
    return column.type in NUMERIC or column.type == "boolean" or (column.numeric_date and column.type == "date")


def _check_names(table: Table) -> None:
    """Refuse names and labels that XPT cannot hold."""
    seen: set[str] = set()
    for what, name in [("data set", table.name), *(("column", column.name) for column in table.columns)]:
        if not _NAME_FORM.fullmatch(name):
            raise TableError(
                f"XPT: {what} name {name!r} is not allowed; expected at most {LONGEST_NAME} capital letters, "
                "digits and _, beginning with a letter"
            )
        if what == "column" and name in seen:
            raise TableError(f"XPT: column {name!r} stands twice")
        if what == "column":
            seen.add(name)
    for what, label in [
        (f"data set {table.name}", table.label),
        *((f"column {column.name}", column.label) for column in table.columns),
    ]:
        if len(label) > LONGEST_LABEL or not label.isascii():
            raise TableError(
                f"XPT: the label of {what} has {len(label)} characters or signs beyond ASCII; "
                f"expected at most {LONGEST_LABEL} ASCII characters: {shown(label)}"
            )


def _checked_lengths(table: Table) -> list[int]:
    """Return the bytes that each column needs, after checking every text."""
    lengths = [8 if _is_number(column) else 1 for column in table.columns]
    texts = [place for place, column in enumerate(table.columns) if not _is_number(column)]
    for number, row in enumerate(table, 1):
        for place in texts:
            cell = row[place]
            if cell is None:
                continue
            where = f"{table.name} record {number}, {table.columns[place].name}"
            if not isinstance(cell, str):
                raise TableError(f"XPT: {where}: {shown(cell)} is not text, as its column is")
            if not cell.isascii() or not cell.isprintable():
                raise TableError(f"XPT: {where}: {shown(cell)} has a sign that is not printable ASCII")
            if len(cell) > LONGEST_TEXT:
                raise TableError(f"XPT: {where}: {len(cell)} bytes of text; expected at most {LONGEST_TEXT}")
            if cell != cell.rstrip(" "):
                raise TableError(f"XPT: {where}: {shown(cell)} ends in a blank, which XPT cannot keep")
            lengths[place] = max(lengths[place], len(cell))
    return lengths


def _cell(cell: Cell, column: Column, length: int, table: str, number: int) -> bytes:
    if not _is_number(column):
        return (cell or "").encode("ascii").ljust(length) if isinstance(cell, str | None) else b""
    try:
        return _MISSING_NUMBER if cell is None else ibm_float(_number(cell, column))
    except (ValueError, OverflowError) as error:
        raise TableError(f"XPT: {table} record {number}, {column.name}: {error}") from None


def _number(cell: Cell, column: Column) -> float:
    if column.type == "date":
        return float(date.fromisoformat(str(cell)).toordinal() - _SAS_EPOCH)
    if isinstance(cell, bool | int | float | Decimal):
        return float(cell)
    raise ValueError(f"{shown(cell)} is not a number, as its column is")


def ibm_float(number: float) -> bytes:
    """Return a number as the 8 bytes of an IBM double; every whole day and count is exact.

    Raises:
        ValueError: It is not finite, or beyond what the form can hold (about 5.4e-79 to 7.2e75).
    """
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a number that XPT can hold")
    if number == 0:
        return bytes(8)
    fraction, exponent = math.frexp(abs(number))
    # IBM: fraction * 16 ** power with 56 bits, the fraction at least 1/16.
    power = -(-exponent // 4)
    mantissa = int(math.ldexp(fraction, 56 + exponent - 4 * power))
    if not -64 <= power <= 63:
        raise ValueError(f"{number!r} is beyond what XPT can hold")
    sign = 0x80 if number < 0 else 0
    return bytes([sign | (power + 64)]) + mantissa.to_bytes(7, "big")


def _ascii(text: str, length: int) -> bytes:
    return text.encode("ascii").ljust(length)


def _padded(given: bytes) -> bytes:
    return given + b" " * (-len(given) % RECORD)


def read_xpt(path: Path, encoding: str | None = None) -> Table:
    """Open an XPT file of version 5 or 8.

    Raises:
        TableError: It is damaged, or pyreadstat is not installed.
    """
    from trialog.exchange.tables.sas import read_sas

    with path.open("rb") as stream:
        version_8 = stream.read(len(LIBRARY_V8)) == LIBRARY_V8
    if not version_8:
        check_layout(path)
    return read_sas(path, "read_xport", encoding)
