"""Rows of a register file as events: an announcement for each release, an announced figure for each row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trialog.events.errors import EventError
from trialog.events.kinds import AnnouncementMade, FigureAnnounced
from trialog.events.registry import build
from trialog.exchange.register.row_reading import RowReading

UNDATED: Final = "undated"
LONGEST_NAME: Final = 64
_COMPLETE: Final = len("2017-11-07")


@dataclass(frozen=True)
class RegisterRelease:
    """An announcement with its figures, ready to be appended.

    Attributes:
        name: Short name in the log: its day, or its day and its source where a day has several.
        made: The announcement.
        figures: A figure for each row, by the row's number.
    """

    name: str
    made: AnnouncementMade
    figures: Mapping[int, FigureAnnounced]


def releases_of(readings: Sequence[RowReading], taken: Mapping[str, str] | None = None) -> tuple[RegisterRelease, ...]:
    """Return the announcements that some rows describe, in the order of their days.

    Rows of one day and one source are one announcement. Names do not depend on the order of the rows.

    Args:
        readings: The rows as read.
        taken: Sources of announcements that a log holds already, by name; a release of another source does
            not take their name.

    Raises:
        EventError: Rows of one announcement give it two titles or two addresses.
    """
    by_release: dict[tuple[str, str, str], list[RowReading]] = {}
    for reading in readings:
        key = (reading.row.get("announcement"), reading.announced_on or "", _source(reading))
        by_release.setdefault(key, []).append(reading)
    names = _names(by_release, taken or {})
    return tuple(_release(names[key], key, by_release[key]) for key in sorted(by_release, key=lambda key: key[1:]))


def _source(reading: RowReading) -> str:
    return reading.row.get("source") or "source not stated"


def _names(keys: Iterable[tuple[str, str, str]], taken: Mapping[str, str]) -> dict[tuple[str, str, str], str]:
    keys = sorted(keys)
    names: dict[tuple[str, str, str], str] = {}
    for key in keys:
        given, day, source = key
        plain = given or day or UNDATED
        alone = sum((other[0] or other[1] or UNDATED) == plain for other in keys) == 1
        wanted = plain if alone and taken.get(plain, source) == source else f"{plain} {_slug(source)}"
        name, number = wanted[:LONGEST_NAME].strip(), 2
        while name in names.values():
            name, number = f"{wanted[: LONGEST_NAME - 4].strip()} {number}", number + 1
        names[key] = name
    return names


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")[:48].strip("-.") or "source"


def _release(name: str, key: tuple[str, str, str], readings: list[RowReading]) -> RegisterRelease:
    _, day, source = key
    title = _only(readings, "title", name) or f"{source}, {day or UNDATED}"
    common: dict[str, Any] = {"announcement": name, "source": source[:500]}
    if day:
        common["occurred_on"] = day
        if len(day) == _COMPLETE:
            common["reported_on"] = day  # a release is public on its day
    urls = {reading.row.get("url") for reading in readings if reading.row.get("url")}
    header = {**common, "title": title[:500]}
    if len(urls) == 1:
        header["url"] = urls.pop()
    made = build(AnnouncementMade, header)
    assert isinstance(made, AnnouncementMade)  # noqa: S101  # narrows the type
    figures: dict[int, FigureAnnounced] = {}
    for reading, figure_name in zip(readings, _figure_names(readings), strict=True):
        figure = reading.figure.model_copy(update={"figure": figure_name})
        event = build(FigureAnnounced, {**common, "figure": figure.model_dump(exclude_none=True)})
        assert isinstance(event, FigureAnnounced)  # noqa: S101  # narrows the type
        figures[reading.row.number] = event
    return RegisterRelease(name, made, figures)


def _only(readings: list[RowReading], column: str, name: str) -> str:
    found = {reading.row.get(column) for reading in readings if reading.row.get(column)}
    if len(found) > 1:
        raise EventError(f"announcement {name!r} has two values of {column!r}: {', '.join(sorted(found))}")
    return found.pop() if found else ""


def _figure_names(readings: list[RowReading]) -> list[str]:
    """Return a name for each row of a release: measure and cohort, numbered where rows share them."""
    wanted = [_slug(f"{reading.row.get('measure')}-{reading.row.get('cohort')}") for reading in readings]
    names = list(wanted)
    for name in sorted({name for name in wanted if wanted.count(name) > 1}):
        alike = [place for place, other in enumerate(wanted) if other == name]
        alike.sort(key=lambda place: sorted(readings[place].row.cells.items()))
        for number, place in enumerate(alike, 1):
            names[place] = name if number == 1 else f"{name}-{number}"
    return names
