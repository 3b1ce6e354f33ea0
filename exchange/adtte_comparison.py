"""Two ADTTE tables row by row, as double programming compares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from trialog.events.errors import TableError
from trialog.exchange.dtc import clinical_date
from trialog.exchange.missing_words import ALWAYS
from trialog.exchange.tables.table import Table, text_of

KEYS: Final = ("USUBJID", "PARAMCD")
COMPARED: Final = ("STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC")
_OTHER_NAMES: Final = {"STARTDT": ("RANDDT", "TRTSDT", "STARTDTM"), "ADT": ("ADTM",)}
_SAME_PARAMETER: Final = {"TTPROG": "TTP"}
_DATES: Final = ("STARTDT", "ADT")
_TOLERANCE: Final = Decimal("1e-9")

RowKey = tuple[str, str]
"""USUBJID and PARAMCD."""


@dataclass(frozen=True)
class RowDifference:
    """A variable that two rows give otherwise; a row that only one table has is a difference of ``row``."""

    subject: str
    parameter: str
    variable: str
    ours: str
    theirs: str


class AdtteRows:
    """The rows of an ADTTE by subject and parameter.

    Args:
        table: Of any form.
        name: Of its file, for messages.

    Raises:
        TableError: It lacks a column that rows are told apart by, or has two rows of one subject and parameter.
    """

    def __init__(self, table: Table, name: str) -> None:
        place = {column.upper(): at for at, column in enumerate(table.names)}
        for column in (*KEYS, "CNSR"):
            if column not in place:
                raise TableError(f"{name}: no column {column}, which ADTTE has")
        found = {column: _place_of(column, place) for column in COMPARED}
        self.columns = tuple(column for column, at in found.items() if at is not None)
        self.rows: dict[RowKey, dict[str, str]] = {}
        for number, row in enumerate(table, 1):
            cells = {
                column: ALWAYS.without(text_of(row[at]))
                for column, at in (*found.items(), *((key, place.get(key)) for key in (*KEYS, "LOGPOS")))
                if at is not None
            }
            code = cells["PARAMCD"].upper()
            key = cells["USUBJID"], _SAME_PARAMETER.get(code, code)
            if key in self.rows:
                raise TableError(f"{name}: record {number}: a second row of {key[0]} and {key[1]}")
            self.rows[key] = cells

    @property
    def parameters(self) -> frozenset[str]:
        """Values of PARAMCD."""
        return frozenset(parameter for _, parameter in self.rows)


def _place_of(column: str, place: Mapping[str, int]) -> int | None:
    names = (column, *_OTHER_NAMES.get(column, ()))
    return next((place[name] for name in names if name in place), None)


def differences(ours: AdtteRows, theirs: AdtteRows) -> Iterator[RowDifference]:
    """Yield what two tables give otherwise, of the parameters and the variables that both have."""
    both = ours.parameters & theirs.parameters
    columns = [column for column in COMPARED if column in ours.columns and column in theirs.columns]
    for key in sorted({key for key in (*ours.rows, *theirs.rows) if key[1] in both}):
        mine, other = ours.rows.get(key), theirs.rows.get(key)
        if mine is None or other is None:
            yield RowDifference(*key, "row", "there" if mine else "missing", "there" if other else "missing")
            continue
        for column in columns:
            if not _same(column, mine[column], other[column]):
                yield RowDifference(*key, column, mine[column], other[column])


def _same(column: str, mine: str, other: str) -> bool:
    if mine == other:
        return True
    if column in _DATES:
        try:
            return clinical_date(mine) == clinical_date(other)
        except ValueError:
            return False
    if column in ("AVAL", "CNSR"):
        try:
            return abs(Decimal(mine) - Decimal(other)) <= _TOLERANCE
        except InvalidOperation:
            return False
    return " ".join(mine.split()).casefold() == " ".join(other.split()).casefold()
