"""Use of the words of releases: all words, firm words only, or the rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from trialog.exchange.register.row_reading import RowReading

Following = Literal["all words", "firm words", "rows"]
"""``all words``: everything read from words is binding. ``firm words``: anything that they only suggest is left open.
``rows``: nothing that rests on a quotation is binding."""

_DROPPED: Final = ("estimator", "n", "level", "lower", "upper", "range_lower", "range_upper")
"""Fields that restrict the histories that a row allows."""


def following(readings: Sequence[RowReading], how: Following) -> list[RowReading]:
    """Return rows without the fields that rest on words that are not binding.

    Args:
        readings: As read.
        how: Which words are binding.
    """
    return [_without(reading, _open(reading, how)) for reading in readings]


def _open(reading: RowReading, how: Following) -> frozenset[str]:
    match how:
        case "all words":
            return frozenset()
        case "firm words":
            return reading.doubtful.intersection(_DROPPED)
        case "rows":
            return reading.from_words.intersection(_DROPPED)


def _without(reading: RowReading, fields: frozenset[str]) -> RowReading:
    if not fields:
        return reading
    inferred = tuple(each for each in reading.figure.inferred if each.field not in fields)
    figure = reading.figure.model_copy(update={**dict.fromkeys(fields), "inferred": inferred})
    return replace(reading, figure=figure)
