"""Reading durations from a CSV file, or one that separates by semicolons or tabs; a wrong cell is named by its line."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from trialog.events.errors import QuestionError
from trialog.events.vocabulary import suggestion
from trialog.projections.durations import Durations, counted
from trialog.projections.estimators.inputs import LONGEST

Value = TypeVar("Value")

SEPARATORS: Final = {"comma": ",", "semicolon": ";", "tab": "\t"}

_NUMBER: Final = re.compile(r"\d+\.?\d*(?:[eE][+-]?\d{1,3})?|\.\d+(?:[eE][+-]?\d{1,3})?", re.ASCII)
_WORDS: Final = {"true": True, "false": False}


class DurationTable:
    """Some columns of a CSV file (RFC 4180, UTF-8, the first line names the columns).

    Cells may also be separated by semicolons or tabs: without a word about it, that separator is taken which
    gives the first line all the wanted columns.
    """

    def __init__(self, place: str, wanted: Sequence[str], separator: str | None = None) -> None:
        """Read the wanted columns.

        Args:
            place: Path, or ``-`` for standard input.
            wanted: Names of columns.
            separator: One of ``SEPARATORS``; None to find it out.

        Raises:
            QuestionError: The file cannot be read, is not such a file, or has no such column.
        """
        self.place = "standard input" if place == "-" else place
        self._text = _text_of(place)
        self.separator = self._found_separator(wanted) if separator is None else SEPARATORS[separator]
        rows = self._rows()
        _, header = next(rows, (0, []))
        if not header:
            raise QuestionError(f"{self.place} is empty; expected a line with the names of the columns")
        at = [self._place_of(name, header) for name in wanted]
        columns: list[list[str]] = [[] for _ in wanted]
        for line, row in rows:
            if len(row) != len(header):
                raise QuestionError(
                    f"{self.place}:{line}: {len(row)} cells; expected {len(header)}, as in the first line"
                )
            for column, number in zip(columns, at, strict=True):
                column.append(row[number])
        self.columns = dict(zip(wanted, columns, strict=True))
        self.size = len(columns[0]) if columns else 0

    def _found_separator(self, wanted: Sequence[str]) -> str:
        """Return what separates the cells of the first line: what gives the wanted columns, else most columns."""
        first = self._text.lstrip("\r\n").partition("\n")[0]
        headers = {each: next(csv.reader([first], delimiter=each), []) for each in SEPARATORS.values()}
        return max(headers, key=lambda each: (set(wanted) <= set(headers[each]), len(headers[each])))

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield number and cells of each line that is not blank."""
        reader = csv.reader(io.StringIO(self._text, newline=""), strict=True, delimiter=self.separator)
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            raise QuestionError(f"{self.place}:{reader.line_num}: not CSV: {error}") from None

    def _place_of(self, name: str, header: list[str]) -> int:
        if header.count(name) > 1:
            raise QuestionError(f"{self.place}: {header.count(name)} columns are called {name!r}; expected one")
        if name not in header:
            raise QuestionError(f"{self.place} has no column {name!r}{suggestion(name, header)}")
        return header.index(name)

    def parsed(self, column: str, parse: Callable[[str], Value | None], expected: str) -> dict[str, Value]:
        """Return what each distinct cell of a column means.

        Raises:
            QuestionError: A cell has no meaning; the text names its line.
        """
        found: dict[str, Value] = {}
        wrong: set[str] = set()
        for cell in set(self.columns[column]):
            value = parse(cell)
            if value is None:
                wrong.add(cell)
            else:
                found[cell] = value
        if wrong:
            row = next(row for row, cell in enumerate(self.columns[column]) if cell in wrong)
            cell = self.columns[column][row]
            shown = repr(cell if len(cell) <= 40 else cell[:40] + "...") if cell else "empty"
            raise QuestionError(f"{self.place}:{self._line(row)}: {column} is {shown}; expected {expected}")
        return found

    def _line(self, row: int) -> int:
        """Return the line of a row; only looked for when it is complained about."""
        return next(line for number, (line, _) in enumerate(self._rows(), -1) if number == row)


def _text_of(place: str) -> str:
    try:
        data = sys.stdin.buffer.read() if place == "-" else Path(place).read_bytes()
    except OSError as error:
        raise QuestionError(f"cannot read {place}: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise QuestionError(f"{place}:{line}: not UTF-8; expected a CSV file in UTF-8") from None


def _time(cell: str) -> Decimal | None:
    cell = cell.strip()
    time = Decimal(cell) if _NUMBER.fullmatch(cell) else None
    # What no float can count is a slip of the pen, and would overflow in squares.
    return time if time is not None and time <= LONGEST else None


def _died(cell: str) -> bool | None:
    """Return what an indicator says; 1.0 is what a table with gaps makes of 1."""
    cell = cell.strip().lower()
    number = _time(cell)
    return _WORDS.get(cell) if number is None else {0: False, 1: True}.get(number)  # type: ignore[call-overload]


def read_durations(place: str, time: str, event: str, groups: Sequence[str], separator: str | None = None) -> Durations:
    """Return the durations of a CSV file.

    Args:
        place: Path, or ``-`` for standard input.
        time: Column of the times: numbers, 0 or more, in any unit.
        event: Column of the indicators: 1 or TRUE died, 0 or FALSE censored.
        groups: Columns whose values make the groups.
        separator: What stands between cells, one of ``SEPARATORS``; None to find it out.

    Raises:
        QuestionError: The file is not that; the text names the line.
    """
    names = list(dict.fromkeys([time, event, *groups]))
    table = DurationTable(place, names, separator)
    point = "" if table.separator == "," else ", its decimals behind a point"
    times = table.parsed(time, _time, f"a number, 0 or more{point}")
    died = table.parsed(event, _died, "1 for died or 0 for censored")
    for column in groups:
        table.parsed(column, lambda cell: cell or None, "the name of a group")
    inside, decimals = counted(sorted(set(times.values())))
    exact = {cell: inside[value] for cell, value in times.items()}
    cells = [exact[cell] for cell in table.columns[time]]
    unscaled = any(isinstance(value, float) for value in exact.values())
    keys = list(zip(*(table.columns[column] for column in groups), strict=True)) if groups else [()] * table.size
    # Without grouping columns there is one group, be it empty.
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys if groups else [()]))}
    return Durations(
        time=np.array(cells, np.float64) if unscaled else np.array(cells, np.int64),
        decimals=decimals,
        died=np.array([died[cell] for cell in table.columns[event]], bool),
        group=np.array([numbers[key] for key in keys], np.int64),
        groups=tuple(dict(zip(groups, key, strict=True)) for key in numbers),
    )
