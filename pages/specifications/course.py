"""The history picture: a figure on every day, with announced values where they belong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from trialog.application.answers.history import HistoryGroup
from trialog.application.answers.pins import PinnedHistoryAnswer, PinPart
from trialog.pages.specifications.expressions import object_of
from trialog.pages.specifications.frame import Style, dash, framed, record_words

HEIGHT: Final = 320
MOST_POINTS: Final = 4
"""Points of a line for each pixel: a history of decades has more days than a screen has pixels."""

PIXELS_OF_A_DATE: Final = 60
_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 240)
"""Months between two dates of the axis."""

_VERDICT_SHAPES: Final = {
    "reproduced": ("reproduced", "circle"),
    "bound holds": ("bound holds", "circle"),
    "differs": ("differs", "cross"),
    "bound fails": ("bound fails", "cross"),
    "not computable": ("not computable", "square"),
}


def course_specification(
    answer: PinnedHistoryAnswer, style: Style | None = None, *, announcements: bool = True
) -> dict[str, Any]:
    """Return the picture of a figure's history.

    Args:
        answer: The history with announced values.
        style: How it looks.
        announcements: Pin the announced values.
    """
    style = style or Style()
    history = answer.history
    pins = [pin for pin in answer.pins if announcements and pin.value is not None]
    names = {f"g{place}": f"cohort {group.cohort}" for place, group in enumerate(history.cohorts)}
    keys = {group.cohort: key for key, group in zip(names, history.cohorts, strict=True)}
    view = {
        "width": style.width,
        "height": HEIGHT,
        "layer": [*_layers(answer, style, names, keys, pins)],
        "resolve": {"legend": {"shape": "independent"}},
    }
    return framed(
        {"vconcat": [view]},
        answer,
        style=style,
        heading=f"{answer.trial}: {_figure(answer)} on every day",
        subheading=_axes(answer),
        footer=[*_footer(answer, pins), record_words(answer)],
        description=_description(answer, pins),
    )


def _layers(
    answer: PinnedHistoryAnswer, style: Style, names: dict[str, str], keys: dict[str, str], pins: Sequence[PinPart]
) -> Iterator[dict[str, Any]]:
    legend = {"title": "cohort", "columns": 6, "labelExpr": f"({object_of(names)})[datum.label]"}
    color = {
        "field": "group",
        "type": "nominal",
        "scale": {"domain": list(names), "range": [style.color(place) for place in range(len(names))]},
        "legend": legend,
    }
    dashes = {
        "field": "group",
        "type": "nominal",
        "scale": {"domain": list(names), "range": [dash(place) for place in range(len(names))]},
        "legend": legend,
    }
    title = "data cutoff" if answer.history.axis == "cutoff" else "as known on"
    x: dict[str, Any] = {
        "field": "day",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": title, "format": "%Y-%m", "grid": False, "values": _ticks(answer, style.width)},
    }
    y: dict[str, Any] = {
        "field": "value",
        "type": "quantitative",
        "axis": {"title": _unit(answer), "gridColor": "#e4e4e4"},
    }
    if answer.history.kind == "share":
        y["axis"]["format"] = ".0%"
    yield {
        "data": {"name": "seen", "values": list(_lines(answer, keys, style.width, stale=False))},
        "mark": {"type": "line", "interpolate": "linear", "strokeWidth": 2},
        "encoding": {"x": x, "y": y, "color": color, "strokeDash": dashes},
    }
    yield {
        "data": {"name": "old contacts", "values": list(_lines(answer, keys, style.width, stale=True))},
        "mark": {"type": "line", "strokeWidth": 1, "strokeDash": [2, 4]},
        "encoding": {"x": x, "y": y, "color": color},
    }
    if pins:
        yield from _pins(pins, keys, x, y, color)


def _pins(
    pins: Sequence[PinPart], keys: dict[str, str], x: dict[str, Any], y: dict[str, Any], color: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "group": keys[pin.cohort],
            "day": pin.cutoff_last,
            "first": pin.cutoff_first,
            "value": pin.value,
            "verdict": pin.verdict,
            "text": pin.announced,
        }
        for pin in pins
    ]
    spans = [row for row in rows if row["first"] != row["day"]]
    yield {
        "data": {"name": "spans", "values": [{**row, "day": row["first"], "until": row["day"]} for row in spans]},
        "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.45},
        "encoding": {"x": x, "x2": {"field": "until"}, "y": y, "color": color},
    }
    waits = [
        {**row, "until": pin.released_last}
        for row, pin in zip(rows, pins, strict=True)
        if pin.released_last is not None and pin.released_last > pin.cutoff_last
    ]
    yield {
        "data": {"name": "until released", "values": waits},
        "mark": {"type": "rule", "strokeWidth": 1, "strokeDash": [4, 2]},
        "encoding": {"x": x, "x2": {"field": "until"}, "y": y, "color": color},
    }
    used = [verdict for verdict in _VERDICT_SHAPES if any(row["verdict"] == verdict for row in rows)]
    shapes = {
        "field": "verdict",
        "type": "nominal",
        "scale": {"domain": used, "range": [_VERDICT_SHAPES[verdict][1] for verdict in used]},
        "legend": None,
    }
    yield {
        "data": {"name": "announced", "values": rows},
        "mark": {"type": "point", "filled": True, "fill": "#ffffff", "size": 70, "opacity": 1, "strokeWidth": 2},
        "encoding": {"x": x, "y": y, "shape": shapes, "stroke": {**color, "legend": None}},
    }
    yield {
        "data": {"name": "values", "values": rows},
        "mark": {"type": "text", "dy": -12, "fontSize": 11, "align": "right", "dx": -4},
        "encoding": {"x": x, "y": y, "text": {"field": "text", "type": "nominal"}},
    }


def _lines(answer: PinnedHistoryAnswer, keys: dict[str, str], width: int, *, stale: bool) -> Iterator[dict[str, Any]]:
    """Yield the points of each line: up to the first old contact, or from there on."""
    for group in answer.history.cohorts:
        since = group.stale.since if group.stale is not None else None
        points = [
            (day.day, value)
            for day in group.days
            if (since is not None and day.day >= since if stale else since is None or day.day <= since)
            for value in [_value_of(day)]
        ]
        for day, value in _thinned(points, width * MOST_POINTS):
            yield {"group": keys[group.cohort], "day": day, "value": value}


def _ticks(answer: PinnedHistoryAnswer, width: int) -> list[str]:
    """Return first days of months, evenly apart, as many as have room."""
    days = [day.day for group in answer.history.cohorts for day in (group.days[0], group.days[-1]) if group.days]
    if not days:
        return []
    first, last = (int(day[:4]) * 12 + int(day[5:7]) - 1 for day in (min(days), max(days)))
    room = max(1, width // PIXELS_OF_A_DATE)
    step = next((each for each in _STEPS if (last - first) / each <= room), _STEPS[-1])
    return [f"{month // 12:04d}-{month % 12 + 1:02d}-01" for month in range(first, last + 1) if month % step == 0]


def _thinned(points: list[tuple[str, float | None]], most: int) -> Iterator[tuple[str, float | None]]:
    """Yield the points at which a line bends or breaks; of a straight run only its ends, and never more than some."""
    step = max(1, len(points) // most)
    for at, (day, value) in enumerate(points):
        if at in (0, len(points) - 1) or (at % step == 0 and _bends(points, at)):
            yield day, value


def _bends(points: list[tuple[str, float | None]], at: int) -> bool:
    before, here, after = (points[place][1] for place in (at - 1, at, at + 1))
    if before is None or here is None or after is None:
        return True
    return abs((here - before) - (after - here)) > 1e-9


def _value_of(day: Any) -> float | None:
    found: float | None = getattr(day, "value_months", None) if hasattr(day, "value_months") else day.value
    return found


def _figure(answer: PinnedHistoryAnswer) -> str:
    history = answer.history
    if history.figure == "median-os":
        kind = "to-date" if history.definition.estimator == "to-date" else "Kaplan-Meier"
        return f"{kind} median overall survival"
    return history.figure


def _unit(answer: PinnedHistoryAnswer) -> str:
    return {"time": "months", "share": "share of subjects", "count": "subjects"}[answer.history.kind]


def _axes(answer: PinnedHistoryAnswer) -> str:
    group = answer.history.cohorts[0] if answer.history.cohorts else None
    if answer.history.axis == "known-at":
        return f"As known on each day, data cutoff {group.data_cutoff if group else '-'}"
    known = group.known_at if group else None
    last = f", the last known on {answer.last_known_on}" if answer.last_known_on else ""
    now = f"as known now ({answer.log.size} events{last})"
    return f"At each data cutoff, {now if known is None else f'as known on {known}'}"


def _footer(answer: PinnedHistoryAnswer, pins: Sequence[PinPart]) -> Iterator[str]:
    history = answer.history
    yield f"{history.figure}: {history.words}."
    if not history.cohorts:
        yield "No cohort was opened."
    yield from (_stale_words(group) for group in history.cohorts if group.stale is not None)
    if _falls(answer):
        yield "A value falls when a subject enters, whose time is still short, or when a death becomes part of it."
    if pins:
        yield (
            f"Announced values stand at their data cutoff ({', '.join(_marks(pins))}); a dashed line leads to the day "
            "of the release, a thick one spans the days that a date known in part may mean. The verdict is that of "
            "what was known at the release."
        )
        differing = [pin for pin in pins if pin.verdict in ("differs", "bound fails", "not computable")]
        yield from (
            f"{pin.announcement}, cohort {pin.cohort}: announced {pin.announced}, {pin.verdict}"
            + (f", rebuilt {pin.rebuilt}." if pin.rebuilt else ".")
            for pin in differing
        )
    if answer.reconstructed:
        yield "Subjects are reconstructed; a source says so."
    yield from (each.text for each in history.notes)


def _marks(pins: Sequence[PinPart]) -> Iterator[str]:
    """Yield what each shape among the announced values means."""
    shown = {pin.verdict for pin in pins}
    for shape, plural in (("circle", "circles"), ("cross", "crosses"), ("square", "squares")):
        verdicts = [name for name, (_, of_name) in _VERDICT_SHAPES.items() if of_name == shape and name in shown]
        if verdicts:
            yield f"{plural}: {' or '.join(verdicts)}"


def _stale_words(group: HistoryGroup) -> str:
    assert group.stale is not None  # noqa: S101  # narrows the type
    return f"Cohort {group.cohort}, dotted: {group.stale.text}."


def _falls(answer: PinnedHistoryAnswer) -> bool:
    if answer.history.kind != "time":
        return False
    return any(
        before is not None and after is not None and after < before
        for group in answer.history.cohorts
        for before, after in pairwise(_value_of(day) for day in group.days)
    )


def _description(answer: PinnedHistoryAnswer, pins: Sequence[PinPart]) -> str:
    told = "; ".join(f"cohort {pin.cohort} {pin.announced}, {pin.verdict}" for pin in pins)
    return f"{_figure(answer)} on every day. {_axes(answer)}. Announced: {told or 'nothing'}."
