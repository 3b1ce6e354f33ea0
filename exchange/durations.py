"""Reading durations from a table in any form: a time and an indicator in each row, and the columns that make groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from trialog.events.errors import TableError
from trialog.exchange.tables.columns import TextColumns, listed_words
from trialog.exchange.tables.table import Table

CENSORED: Final = "CNSR"
"""In CDISC's ADTTE 0 is the event in a column of this name, and every other number a reason to censor."""

PARAMETER: Final = "PARAMCD"
"""In CDISC's ADTTE the rows of every endpoint stand in one table, told apart by this column."""

_NUMBER: Final = re.compile(r"\d+\.?\d*(?:[eE][+-]?\d{1,3})?|\.\d+(?:[eE][+-]?\d{1,3})?", re.ASCII)
_WORDS: Final = {"true": True, "false": False}


@dataclass(frozen=True, eq=False)
class DurationColumns:
    """The durations of a table, row by row.

    Attributes:
        times: The distinct times, in no order.
        time: Of each row, its place in ``times``.
        ended: Of each row, whether the time ended in the event.
        ended_if: Which cells of the event's column say so, in words.
        groups: Cells of the grouping columns for each group, in the order in which the groups appear.
        group: Of each row, its place in ``groups``.
    """

    times: tuple[Decimal, ...]
    time: list[int]
    ended: list[bool]
    ended_if: str
    groups: tuple[tuple[str, ...], ...]
    group: list[int]


def read_durations(
    table: Table,
    name: str,
    *,
    time: str,
    event: str,
    groups: Sequence[str] = (),
    where: Mapping[str, Collection[str]] | None = None,
    longest: float,
) -> DurationColumns:
    """Return the durations of a table.

    Args:
        table: The table.
        name: Of its file, for messages.
        time: Column of the times: numbers, 0 or more, in any unit.
        event: Column of the indicators: 1 or TRUE died, 0 or FALSE censored; in one that is named CNSR 0 is the event.
        groups: Columns whose values make the groups.
        where: Only rows count whose cell of each of these columns is one of the texts.
        longest: No time is longer.

    Raises:
        TableError: The table is not that, or has rows of several endpoints; the text names the line or record.
    """
    several = [PARAMETER] if PARAMETER in table.names else []
    columns = TextColumns(table, name, list(dict.fromkeys([time, event, *groups, *several])), where)
    if several and PARAMETER not in groups:
        _refuse_several_parameters(columns)

    def parse_time(cell: str) -> Decimal | None:
        number = _number_of(table.number(cell.strip()))
        return number if number is not None and number <= longest else None

    comma = not table.decimal_comma and any("," in cell for cell in columns.cells[time])
    point = ", its decimals after a point" if comma else ""
    times = columns.parsed(time, parse_time, f"a number, 0 or more{point}")
    ended, ended_if = _indicators(columns, event)
    for column in groups:
        columns.parsed(column, lambda cell: cell or None, "the name of a group")
    place = {cell: number for number, cell in enumerate(times)}
    keys = list(zip(*(columns.cells[column] for column in groups), strict=True)) if groups else [()] * columns.size
    # Without grouping columns there is one group, even of nobody.
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys if groups else [()]))}
    return DurationColumns(
        times=tuple(times.values()),
        time=[place[cell] for cell in columns.cells[time]],
        ended=[ended[cell] for cell in columns.cells[event]],
        ended_if=ended_if,
        groups=tuple(numbers),
        group=[numbers[key] for key in keys],
    )


def _refuse_several_parameters(columns: TextColumns) -> None:
    found = list(dict.fromkeys(columns.cells[PARAMETER]))
    if len(found) > 1:
        raise TableError(
            f"{columns.name}: column {PARAMETER} holds {len(found)} parameters ({listed_words(found)}); "
            f"say which with --where {PARAMETER}={'OS' if 'OS' in found else found[-1]}, "
            f"or compare them with --group {PARAMETER}"
        )


def _indicators(columns: TextColumns, event: str) -> tuple[dict[str, bool], str]:
    """Return what each indicator says, and in words which ones mean the event."""
    parse: Callable[[str], bool | None]
    if event.upper() == CENSORED:
        parse, expected, ended_if = _not_censored, "0 for the event, 1 or another whole number for censored", "0"
    else:
        parse, expected, ended_if = _ended, "1 for died or 0 for censored", "1 or TRUE"
    return columns.parsed(event, parse, expected), ended_if


def _number_of(cell: str) -> Decimal | None:
    cell = cell.strip()
    return Decimal(cell) if _NUMBER.fullmatch(cell) else None


def _ended(cell: str) -> bool | None:
    """Return what an indicator says; a table with gaps has 1.0 instead of 1."""
    number = _number_of(cell)
    if number is None:
        return _WORDS.get(cell.strip().lower())
    return number == 1 if number in (0, 1) else None


def _not_censored(cell: str) -> bool | None:
    number = _number_of(cell)
    return None if number is None or number != number.to_integral_value() else number == 0
