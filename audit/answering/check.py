"""Every law that announced figures break, each with its rows; no search for a history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trialog.audit.deciding.readings import every_reading, readings_of
from trialog.audit.laws.arithmetic import arithmetic
from trialog.audit.laws.survival import breaches
from trialog.audit.laws.violation import LawViolation
from trialog.audit.reading.claims import Series
from trialog.audit.reading.constraints import components, question
from trialog.audit.reading.series import series_of
from trialog.audit.reading.words import following
from trialog.exchange.register.row_reading import RowReading


def broken_laws(readings: Sequence[RowReading]) -> tuple[Series, tuple[LawViolation, ...]]:
    """Return the claims of some rows, and every law that they break under each definition that they allow.

    Args:
        readings: The rows as read; anything that their words only suggest is left open.
    """
    series = series_of(following(readings, "firm words"), guess=False)
    found = [*arithmetic(series), *_of_survival(series)]
    return series, tuple(dict.fromkeys(found))


def _of_survival(series: Series) -> Iterator[LawViolation]:
    if not series.claims:
        return
    plainest = next(readings_of(series, None, frozenset(), "as said"))
    every = every_reading(series, None, frozenset(), "as said")
    for component in components(series, plainest):
        for breach in breaches(question(series, component, plainest), series):
            rows = frozenset(breach.rows)
            if all(
                breaches(question(series, part, terms), series)
                for terms in every
                for part in components(series, terms, rows)
            ):
                yield breach
