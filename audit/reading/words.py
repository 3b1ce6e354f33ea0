"""How far the words of releases are followed: all of them, those that say it firmly, or the rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from trialog.exchange.register.row_reading import RowReading

Following = Literal["all words", "firm words", "rows"]
"""``all words``: what was read into them holds. ``firm words``: what they only suggest is left open. ``rows``: nothing
that rests on a quotation binds."""

_DROPPED: Final = ("estimator", "n", "level", "lower", "upper", "range_lower", "range_upper")
"""Fields without which a row allows more histories than with them."""


def following(readings: Sequence[RowReading], how: Following) -> list[RowReading]:
    """Return rows without what rests on words that are not to be followed.

    Args:
        readings: As read.
        how: Which words hold.
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
