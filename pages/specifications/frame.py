"""What all pictures share: colors, font, heading above, record below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from trialog.application.answers.common import LogPosition, Provenance
from trialog.pages.specifications.text import BOLD, wrapped

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
FONT: Final = "Liberation Sans"
INK: Final = "#222222"
GREY: Final = "#444444"
COLORS: Final = ("#0072b2", "#d55e00", "#007a5a", "#9c4a86", "#5b5b5b", "#8a6d00")
"""Apart from each other for most readers; a dash tells them apart as well, for grey paper."""
GREYS: Final = ("#111111", "#666666", "#333333", "#888888", "#000000", "#555555")
DASHES: Final = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3), (4, 4), (12, 3))

HEADING_SIZE: Final = 15
SUBHEADING_SIZE: Final = 12
FOOTER_SIZE: Final = 11
MARGIN: Final = 14
ROOT_DIGITS: Final = 8
"""Digits of a root on a picture: a handle to find the log, no evidence. All 64 are in the record of the file."""


class Recorded(Protocol):
    """An answer that says from which log it comes."""

    @property
    def trial(self) -> str:
        """Code of the trial."""

    @property
    def log(self) -> LogPosition:
        """State of the log."""

    @property
    def trialog(self) -> str:
        """Version of the program."""


@dataclass(frozen=True)
class Style:
    """How a picture looks.

    Attributes:
        width: Of the plot, in pixels.
        palette: ``color`` or ``grey``.
        title: In place of the heading; None for the usual one.
    """

    width: int = 620
    palette: str = "color"
    title: str | None = None

    def color(self, place: int) -> str:
        """Return the color of a group by its place."""
        colors = COLORS if self.palette == "color" else GREYS
        return colors[place % len(colors)]


def dash(place: int) -> list[int]:
    """Return the dash of a group by its place; with more groups than colors no two share both."""
    return list(DASHES[(place + place // len(COLORS)) % len(DASHES)])


def ticks(every: float, until: float) -> list[float]:
    """Return the places of an axis from 0 on."""
    return [round(every * at, 6) for at in range(round(until / every) + 1)]


def axes_words(answer: Provenance, last_known_on: str | None = None) -> str:
    """Return both time axes in words."""
    if answer.known_at is not None:
        return f"Data cutoff {answer.data_cutoff}, as known on {answer.known_at}"
    last = f", the last known on {last_known_on}" if last_known_on else ""
    return f"Data cutoff {answer.data_cutoff}, as known now ({answer.log.size} events{last})"


def record_words(answer: Recorded) -> str:
    """Return where a picture comes from."""
    return f"Log: {answer.log.size} events, root {answer.log.root[:ROOT_DIGITS]}. trialog {answer.trialog}."


def _record(answer: Recorded) -> dict[str, Any]:
    axes = {name: getattr(answer, name) for name in ("data_cutoff", "known_at") if hasattr(answer, name)}
    return {
        "trial": answer.trial,
        **axes,
        "log": {"size": answer.log.size, "root": answer.log.root},
        "trialog": answer.trialog,
    }


def framed(
    body: dict[str, Any],
    answer: Recorded,
    *,
    style: Style,
    heading: str,
    subheading: str,
    footer: Sequence[str],
    description: str,
    plot_left: int = 70,
) -> dict[str, Any]:
    """Return a whole specification: a heading, the plot, and below it all that must be known.

    Args:
        body: The plot, a Vega-Lite view.
        answer: That is drawn; its provenance becomes the record of the file.
        style: How it looks.
        heading: What the picture is.
        subheading: Cutoff and known-at.
        footer: Sentences below the plot; broken to the width here.
        description: For a person who cannot see the picture.
        plot_left: Room that names of rows take on the left of the plot.
    """
    width = style.width + plot_left
    return {
        "$schema": SCHEMA,
        "name": style.title or heading,
        "description": description,
        "usermeta": {"trialog": _record(answer)},
        "background": "#ffffff",
        "padding": MARGIN,
        "title": {
            "text": wrapped([style.title or heading], width / BOLD, HEADING_SIZE),
            "subtitle": wrapped([subheading], width, SUBHEADING_SIZE),
            "anchor": "start",
            "frame": "bounds",
            "fontSize": HEADING_SIZE,
            "subtitleFontSize": SUBHEADING_SIZE,
            "color": INK,
            "subtitleColor": GREY,
            "subtitlePadding": 5,
            "offset": 12,
        },
        "vconcat": [
            {
                "title": {
                    "text": wrapped(footer, width, FOOTER_SIZE),
                    "orient": "bottom",
                    "anchor": "start",
                    "frame": "bounds",
                    "fontSize": FOOTER_SIZE,
                    "fontWeight": "normal",
                    "color": GREY,
                    "lineHeight": 15,
                    "offset": 12,
                },
                "spacing": 8,
                "vconcat": body.get("vconcat", [body]),
            }
        ],
        "config": {
            "font": FONT,
            "text": {"font": FONT, "color": INK, "limit": 0},
            "axis": {
                "labelFont": FONT,
                "titleFont": FONT,
                "labelColor": INK,
                "titleColor": INK,
                "labelFontSize": 11,
                "titleFontSize": 11,
                "titleFontWeight": "normal",
                "labelLimit": 0,
                "titleLimit": 0,
                "labelFlush": False,
                "domainColor": "#888888",
                "tickColor": "#888888",
            },
            "legend": {
                "labelFont": FONT,
                "titleFont": FONT,
                "labelColor": INK,
                "titleColor": INK,
                "labelFontSize": 11,
                "titleFontSize": 11,
                "titleFontWeight": "normal",
                "labelLimit": 0,
                "titleLimit": 0,
                "orient": "top",
                "columns": 1,
                "symbolType": "stroke",
                "symbolOpacity": 1,
                "symbolSize": 240,
                "symbolStrokeWidth": 2,
                "offset": 10,
            },
            "title": {"font": FONT, "subtitleFont": FONT, "limit": 0},
            "view": {"stroke": None},
        },
    }
