"""Parquet through pyarrow: read in batches, dates as ISO text; written with labels in the columns' metadata."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from trialog.events.errors import TableError
from trialog.exchange.tables.table import Cell, Column, ColumnType, Row, Table, check_names

ROWS_AT_ONCE: Final = 50_000


def _pyarrow(name: str) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise TableError(f"{name}: Parquet needs pyarrow; install it with: pip install 'trialog[parquet]'") from None
    return pyarrow


def read_parquet(path: Path) -> Table:
    """Open a Parquet file of plain columns.

    Raises:
        TableError: It is damaged, a column holds lists or bytes, or pyarrow is not installed.
    """
    arrow = _pyarrow(path.name)
    try:
        with arrow.parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise TableError(f"{path.name}: cannot be read as Parquet: {_first_line(error)}") from None
    check_names(schema.names, path.name)
    columns = tuple(_column(field, arrow, path.name) for field in schema)
    about = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items() if key in _ABOUT}

    def rows() -> Iterator[Row]:
        number = 0
        try:
            with arrow.parquet.ParquetFile(path) as file:
                # pyarrow 18 fails on a file without any group of rows.
                for batch in file.iter_batches(ROWS_AT_ONCE) if file.num_row_groups else ():
                    plain = [_plain(column.to_pylist()) for column in batch.columns]
                    for row in zip(*plain, strict=True):
                        number += 1
                        yield row
        except (arrow.ArrowException, OSError, ValueError) as error:
            raise TableError(f"{path.name}: damaged behind record {number}: {_first_line(error)}") from None

    return Table(about.get("name", ""), columns, rows, about.get("label", ""), about.get("modified"))


_ABOUT: Final = (b"name", b"label", b"modified")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _column(field: Any, arrow: Any, name: str) -> Column:
    kind, types = field.type, arrow.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    found: ColumnType
    if types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind):
        found = "string"
    elif types.is_boolean(kind):
        found = "boolean"
    elif types.is_integer(kind):
        found = "integer"
    elif types.is_floating(kind):
        found = "double"
    elif types.is_decimal(kind):
        found = "decimal"
    elif types.is_date(kind):
        found = "date"
    elif types.is_timestamp(kind):
        found = "datetime"
    elif types.is_time(kind):
        found = "time"
    else:
        raise TableError(f"{name}: column {field.name!r} holds {kind}; expected text, numbers, dates or truth values")
    label = (field.metadata or {}).get(b"label", b"").decode()
    return Column(field.name, label, found, numeric_date=found == "date")


def _plain(cells: list[Any]) -> list[Cell]:
    return [_cell(cell) for cell in cells]


def _cell(cell: Any) -> Cell:
    if cell is None or cell == "":
        return None
    if isinstance(cell, float):
        if math.isnan(cell):
            return None  # how pandas writes a missing number
        if math.isinf(cell):
            raise ValueError("an infinite number")
        return cell
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    found: Cell = cell
    return found


def write_parquet(table: Table, stream: IO[bytes]) -> None:
    """Write a table as Parquet.

    Raises:
        TableError: A value does not fit its column, or pyarrow is not installed.
    """
    arrow = _pyarrow(table.name)
    about = {"name": table.name, "label": table.label, "modified": table.modified or ""}
    schema = arrow.schema(
        [arrow.field(column.name, _type(column, arrow), metadata={"label": column.label}) for column in table.columns],
        metadata={key: value for key, value in about.items() if value},
    )
    turn = [_turner(column) for column in table.columns]
    rows, number = iter(table), 0
    with arrow.parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        while some := list(islice(rows, ROWS_AT_ONCE)):
            arrays = []
            for place, field in enumerate(schema):
                try:
                    arrays.append(arrow.array([turn[place](row[place]) for row in some], field.type))
                except (arrow.ArrowException, ValueError, TypeError) as error:
                    raise TableError(
                        f"Parquet: {table.name}, {field.name}, records {number + 1} to {number + len(some)}: "
                        f"{_first_line(error)}"
                    ) from None
            writer.write_batch(arrow.record_batch(arrays, schema=schema))
            number += len(some)


def _type(column: Column, arrow: Any) -> Any:
    match column.type:
        case "integer":
            return arrow.int64()
        case "float" | "double":
            return arrow.float64()
        case "boolean":
            return arrow.bool_()
        case "date" if column.numeric_date:
            return arrow.date32()
        case _:
            return arrow.string()  # partial dates and exact decimals stay as they are written


def _turner(column: Column) -> Callable[[Cell], Any]:
    if column.type == "date" and column.numeric_date:
        return lambda cell: None if cell is None else date.fromisoformat(str(cell))
    if column.type == "decimal":
        return lambda cell: None if cell is None else format(Decimal(str(cell)), "f")
    return lambda cell: cell
