"""Figures for the laws of whole numbers: the subjects that they count, their release, the numbers that they allow."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from trialog.audit.reading.claims import Series
from trialog.audit.reading.constraints import whole_numbers
from trialog.audit.reading.places import Base, placed
from trialog.audit.reading.releases import Key, release_key
from trialog.events.announced_figure import AnnouncedFigure, Window, half_unit
from trialog.exchange.register.row_reading import RowReading

_REVIEWED: Final = re.compile(
    r"\b(?:(?:un)?confirmed|bicr|irc|independent|investigator|central(?:ly)?|local(?:ly)?|blinded)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class RowFigure:
    """A figure with the facts that the laws need.

    Attributes:
        row: Rank of its row.
        reading: The row as read.
        release: Key of its release.
        bases: Groups of subjects that it counts, pooled if several.
        review: Whose assessments count, and which responses, as far as the row or its words say so.
    """

    row: int
    reading: RowReading
    release: Key
    bases: tuple[Base, ...]
    review: tuple[str, ...]

    @property
    def figure(self) -> AnnouncedFigure:
        """The announced figure."""
        return self.reading.figure

    @property
    def said(self) -> str:
        """Its measure and value, in words."""
        row = self.reading.row
        n = "" if self.figure.n is None else f", n = {self.figure.n}"
        value = row.get("value")
        unit = row.get("unit")
        shown = value if unit.lower() in ("", "count", "n", "n (%)") or unit in value else f"{value} {unit}"
        return f"{row.get('measure')} {shown}{n}"

    @property
    def label(self) -> str:
        """The subjects that it counts, as worded."""
        return f"cohort {self.reading.row.get('cohort') or 'not stated'}"

    def subjects(self, n: int | None) -> tuple[int, int] | None:
        """Return the least and the greatest number of n subjects that it may mean; None if that is not known.

        The least is above the greatest if no number of subjects gives the figure.
        """
        window = self.figure.window
        if window is None or self.figure.unit not in ("percent", "count"):
            return None
        if self.figure.unit == "percent" and self.figure.count is not None:
            return self.figure.count, self.figure.count
        if n is not None:
            return whole_numbers(window, self.figure.unit, n)
        if self.figure.unit == "count" and window.lower is not None and window.upper is not None:
            return math.ceil(window.lower), math.floor(window.upper)
        return None


def figures_of(series: Series) -> Iterator[RowFigure]:
    """Yield the figures of a series, except those of other trials."""
    for rank, reading in sorted(series.readings.items()):
        if reading.role not in ("figure", "subjects") or reading.figure.external:
            continue
        figure = reading.figure
        words = sorted({word.lower() for word in _REVIEWED.findall(reading.row.get("quote"))})
        review = (figure.evaluator or "", figure.confirmation or "", *words)
        yield RowFigure(rank, reading, release_key(reading, rank), placed(rank, reading).bases, review)


def printed_window(digits: str) -> Window:
    """Return the numbers that printed digits may mean."""
    return Window(Decimal(digits) - half_unit(digits), Decimal(digits) + half_unit(digits))


def by_release(figures: Iterable[RowFigure]) -> list[list[RowFigure]]:
    """Group figures by the release that announced them."""
    found: dict[Key, list[RowFigure]] = {}
    for figure in figures:
        found.setdefault(figure.release, []).append(figure)
    return list(found.values())
