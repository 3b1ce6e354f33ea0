"""Contradictions between a definition that must hold for every figure and rows that state another."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.definition import Definition
from trialog.events.errors import QuestionError
from trialog.events.measures import MEASURES
from trialog.exchange.register.row_reading import RowReading

_FIELDS: Final = {
    "estimator": "estimator",
    "origin": "origin",
    "population": "counted",
    "censoring": "censoring",
    "month": "month",
    "ties": "ties",
    "conf_type": "conf_type",
    "counting": "counting",
}
"""Parts of a definition, and the field of an announced figure that states each."""


def refuse_contradictions(readings: Iterable[RowReading], definition: Definition | None, given: frozenset[str]) -> None:
    """Refuse a definition that cannot hold for a row, because the row states another.

    A part that was only inferred from the words of a row is no reason to refuse: the definition overrides it.

    Args:
        readings: The rows.
        definition: The definition, if there is one.
        given: The parts that must hold.

    Raises:
        QuestionError: Some row states another; the first one is named.
    """
    if definition is None:
        return
    for reading in readings:
        if reading.role != "figure" or reading.figure.external:
            continue
        for part in sorted(given):
            other = _stated(reading.figure, part, definition)
            if other:
                wanted = getattr(definition, part)
                raise QuestionError(
                    f"row {reading.row.number} {other}, so that the definition {part}={wanted} cannot hold for it"
                )


def _stated(figure: AnnouncedFigure, part: str, definition: Definition) -> str:
    """Return the statement of a row that contradicts a part of a definition; empty if there is none."""
    wanted: Any = getattr(definition, part)
    if part == "level":
        stated = None if figure.level is None or "level" not in figure.states else float(Decimal(figure.level) / 100)
        return f"states the level {figure.level} %" if stated is not None and abs(stated - wanted) > 1e-9 else ""
    if part == "estimator" and wanted == "to-date" and MEASURES[figure.measure].statistic == "median":
        if figure.says_not_reached:
            return "says 'not reached', which a plain median of times so far never is"
        if (figure.lower or figure.upper) and figure.comparator != "range":
            return "gives confidence limits, which a plain median of times so far has not"
    field = _FIELDS.get(part)
    if field is None or field not in figure.states:
        return ""
    word = getattr(figure, field)
    return f"states {part}={word}" if word != wanted else ""
