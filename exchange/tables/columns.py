"""Some columns of a table as text: of the rows that are asked for, each distinct text parsed once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from trialog.events.errors import TableError
from trialog.events.vocabulary import suggestion
from trialog.exchange.tables.table import Table, text_of

Value = TypeVar("Value")

LONGEST_SHOWN = 40
MOST_LISTED = 10


class TextColumns:
    """The cells of some columns, as the same table would have them in CSV.

    Attributes:
        name: Of the file, for messages.
        cells: Text of each row, by column; a missing cell is empty.
        size: Number of rows.
    """

    def __init__(
        self, table: Table, name: str, wanted: Sequence[str], where: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """Read the columns.

        Args:
            table: The whole table.
            name: Of its file.
            wanted: Names of columns.
            where: Only rows are read whose cell of each of these columns is one of the texts.

        Raises:
            TableError: There is no such column, or no such row; or the file is damaged.
        """
        self.name, self._table = name, table
        places = [self._place_of(column) for column in wanted]
        conditions = [(self._place_of(column), frozenset(texts)) for column, texts in (where or {}).items()]
        columns: list[list[str]] = [[] for _ in wanted]
        self._records: list[int] = []
        for record, row in enumerate(table, 1):
            if all(text_of(row[place]) in texts for place, texts in conditions):
                self._records.append(record)
                for column, place in zip(columns, places, strict=True):
                    cell = row[place]
                    column.append(cell if type(cell) is str else text_of(cell))
        self.cells = dict(zip(wanted, columns, strict=True))
        self.size = len(self._records)
        if where and not self.size:
            self._refuse_where(where)

    def _place_of(self, column: str) -> int:
        names = self._table.names
        if names.count(column) > 1:
            raise TableError(f"{self.name}: {names.count(column)} columns are called {column!r}; expected one")
        if column not in names:
            raise TableError(
                f"{self.name} has no column {column!r}{suggestion(column, [each for each in names if each])}"
            )
        return names.index(column)

    def _refuse_where(self, where: Mapping[str, Collection[str]]) -> None:
        """Say which words the first column holds for which no row was found."""
        for column, texts in where.items():
            place = self._place_of(column)
            held = dict.fromkeys(text_of(row[place]) for row in self._table)
            if held and held.keys().isdisjoint(texts):
                listed = listed_words(list(held))
                raise TableError(f"{self.name}: no row has {column} {' or '.join(map(repr, texts))}; it holds {listed}")
        raise TableError(f"{self.name}: no row has {' and '.join(where)} as asked for")

    def parsed(self, column: str, parse: Callable[[str], Value | None], expected: str) -> dict[str, Value]:
        """Return what each distinct cell of a column means.

        Args:
            column: Its name.
            parse: Returns the meaning of a cell, None if it has none.
            expected: What a cell should be, for messages.

        Raises:
            TableError: A cell has no meaning; the text names its line, or its record in a form without lines.
        """
        cells = self.cells[column]
        found: dict[str, Value] = {}
        wrong: set[str] = set()
        for cell in dict.fromkeys(cells):
            value = parse(cell)
            if value is None:
                wrong.add(cell)
            else:
                found[cell] = value
        if wrong:
            row = next(row for row, cell in enumerate(cells) if cell in wrong)
            cell = cells[row]
            shown = repr(cell if len(cell) <= LONGEST_SHOWN else f"{cell[:LONGEST_SHOWN]}...") if cell else "empty"
            raise TableError(f"{self._where(row)}: {column} is {shown}; expected {expected}")
        return found

    def _where(self, row: int) -> str:
        record = self._records[row]
        if self._table.line_of is None:
            return f"{self.name}: record {record}"
        return f"{self.name}:{self._table.line_of(record)}"


def listed_words(words: Sequence[str]) -> str:
    """Return some words for a message, the first ten of many."""
    more = f" and {len(words) - MOST_LISTED} others" if len(words) > MOST_LISTED else ""
    return ", ".join(word or "nothing" for word in words[:MOST_LISTED]) + more
