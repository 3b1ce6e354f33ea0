"""Figures as the laws of whole numbers see them: whom they count, in which release, and which numbers they allow."""

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
    """A figure with what the laws ask of it.

    Attributes:
        row: Its rank.
        reading: As read.
        release: What tells its release from others.
        bases: Whom it counts, pooled when several.
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
        """Its measure and value, for sentences."""
        row = self.reading.row
        n = "" if self.figure.n is None else f", n = {self.figure.n}"
        value = row.get("value")
        unit = row.get("unit")
        shown = value if unit.lower() in ("", "count", "n", "n (%)") or unit in value else f"{value} {unit}"
        return f"{row.get('measure')} {shown}{n}"

    @property
    def label(self) -> str:
        """Whom it counts, as worded."""
        return f"cohort {self.reading.row.get('cohort') or 'not stated'}"

    def subjects(self, n: int | None) -> tuple[int, int] | None:
        """Return the least and the greatest number of n subjects for which it stands; None where that is not known.

        The least is above the greatest where no number of subjects gives it.
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
    """Yield the figures of a series, those of other trials left out."""
    for rank, reading in sorted(series.readings.items()):
        if reading.role not in ("figure", "subjects") or reading.figure.external:
            continue
        figure = reading.figure
        words = sorted({word.lower() for word in _REVIEWED.findall(reading.row.get("quote"))})
        review = (figure.evaluator or "", figure.confirmation or "", *words)
        yield RowFigure(rank, reading, release_key(reading, rank), placed(rank, reading).bases, review)


def printed_window(digits: str) -> Window:
    """Return the numbers for which printed digits stand."""
    return Window(Decimal(digits) - half_unit(digits), Decimal(digits) + half_unit(digits))


def by_release(figures: Iterable[RowFigure]) -> list[list[RowFigure]]:
    """Return figures by the release that announced them."""
    found: dict[Key, list[RowFigure]] = {}
    for figure in figures:
        found.setdefault(figure.release, []).append(figure)
    return list(found.values())
