"""The swimmer plot: a lane for each subject, with doses, responses, progression, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from trialog.application.answers.lanes import LanePart, LanesAnswer, MarkPart
from trialog.pages.specifications.expressions import array_of, object_of
from trialog.pages.specifications.frame import INK, Style, axes_words, framed, record_words, ticks
from trialog.pages.specifications.text import text_width

Order = Literal["cohort", "time", "first-dose", "id"]
Ids = Literal["shown", "numbered", "none"]

LANE_HEIGHT: Final = 22
LEAST_LANE_HEIGHT: Final = 5
TALLEST: Final = 900
LEAST_FOR_TEXT: Final = 12
"""A lane this low has no room for ids and letters."""
MOST_LANES: Final = 60

_MARKS: Final = {
    "dose": ("dose", "triangle-up", "#222222", "#222222"),
    "progression": ("progression", "diamond", "#ffffff", "#222222"),
    "died": ("died", "cross", "#222222", "#222222"),
    "lost": ("lost to follow-up", "circle", "#ffffff", "#222222"),
    "left": ("left for another reason", "square", "#ffffff", "#222222"),
    "open": ("not known to have died", "triangle-right", "#222222", "#222222"),
}
"""Each mark with its name, shape, fill and outline."""

_RESPONSES: Final = {"sCR": "#6fb3d9", "CR": "#8cc4e3", "VGPR": "#b5dcf0", "PR": "#d3ebf7", "MR": "#e9f4fa"}
_PROGRESSIVE: Final = "#c9c9c9"
_OTHER: Final = "#ffffff"


def lanes_specification(
    answer: LanesAnswer,
    style: Style | None = None,
    *,
    order: Order = "cohort",
    ids: Ids = "shown",
    most: int = MOST_LANES,
) -> dict[str, Any]:
    """Return the swimmer plot.

    Args:
        answer: The subjects.
        style: How it looks.
        order: Of the lanes; within equal ones, the longest first.
        ids: Subject ids beside the lanes, numbers in their place, or nothing.
        most: Lanes at most; of more subjects the first ones are drawn, and the picture says so.
    """
    style = style or Style()
    drawn = _in_order(answer.subjects, order)[: max(0, most)]
    height = max(LEAST_LANE_HEIGHT, min(LANE_HEIGHT, TALLEST // max(1, len(drawn))))
    names = [_label(lane, at, ids, height) for at, lane in enumerate(drawn)]
    view = {
        "width": style.width,
        "height": {"step": height},
        "encoding": {
            "y": {
                "field": "lane",
                "type": "ordinal",
                "scale": {"domain": list(range(len(drawn)))},
                "axis": {
                    "labelExpr": f"{array_of(names)}[datum.value]",
                    "title": None,
                    "ticks": False,
                    "domain": False,
                    "labelPadding": 8,
                },
            }
        },
        "layer": [*_layers(answer, drawn, style, height)],
    }
    if not drawn:
        view["height"] = 40
    left = 30 + int(max([text_width(name, 11) for name in names], default=0))
    return framed(
        {"vconcat": [view]},
        answer,
        style=style,
        heading=f"{answer.trial}: subjects by {'cohort' if order == 'cohort' else 'time'}, swimmer plot",
        subheading=axes_words(answer, answer.last_known_on),
        footer=[*_footer(answer, drawn, order, height), record_words(answer)],
        description=_description(answer),
        plot_left=max(70, left),
    )


def _in_order(lanes: Sequence[LanePart], order: Order) -> list[LanePart]:
    def first_dose(lane: LanePart) -> str:
        return min((mark.used_on for mark in lane.marks if mark.kind == "dose"), default="9999")

    by_length = sorted(lanes, key=lambda lane: (-lane.end_month, lane.subject))
    match order:
        case "cohort":
            places = {label: at for at, label in enumerate(dict.fromkeys(lane.cohort for lane in lanes))}
            return sorted(by_length, key=lambda lane: places[lane.cohort])
        case "first-dose":
            return sorted(by_length, key=first_dose)
        case "id":
            return sorted(by_length, key=lambda lane: lane.subject)
        case _:
            return by_length


def _label(lane: LanePart, at: int, ids: Ids, height: int) -> str:
    if ids == "none" or height < LEAST_FOR_TEXT:
        return ""
    return lane.subject if ids == "shown" else str(at + 1)


def _layers(answer: LanesAnswer, drawn: Sequence[LanePart], style: Style, height: int) -> Iterator[dict[str, Any]]:
    cohorts = list(dict.fromkeys(lane.cohort for lane in answer.subjects))
    x = {
        "field": "month",
        "type": "quantitative",
        "scale": {"domain": [0, answer.until_months], "nice": False},
        "axis": {
            "values": ticks(answer.every_months, answer.until_months),
            "title": f"months from {answer.definition.origin}",
            "format": "~g",
            "grid": False,
        },
    }
    color = {
        "field": "cohort",
        "type": "nominal",
        "scale": {"domain": cohorts, "range": [style.color(at) for at in range(len(cohorts))]},
        "legend": {
            "title": "cohort",
            "columns": 6,
            "labelExpr": f"({object_of({label: label for label in cohorts})})[datum.label]",
        },
    }
    bars = [{"lane": at, "cohort": lane.cohort, "month": 0, "until": lane.end_month} for at, lane in enumerate(drawn)]
    thin = [
        {"lane": at, "cohort": lane.cohort, "month": lane.contact_month, "until": lane.cutoff_month}
        for at, lane in enumerate(drawn)
        if lane.ended == "open" and lane.cutoff_month > lane.contact_month
    ]
    yield _layer("followed", bars, {"type": "rule", "strokeWidth": max(2, height * 0.32)}, x=x, color=color, until=True)
    yield _layer("not followed", thin, {"type": "rule", "strokeWidth": 1}, x=x, color=color, until=True)
    yield _layer(
        "partial dates", list(_spans(drawn)), {"type": "rule", "strokeWidth": 2, "color": "#222222"}, x=x, until=True
    )
    yield from _responses(drawn, x, height)
    yield _shapes(drawn, x, height)


def _layer(
    name: str,
    values: list[dict[str, Any]],
    mark: dict[str, Any],
    *,
    x: dict[str, Any],
    color: dict[str, Any] | None = None,
    until: bool = False,
) -> dict[str, Any]:
    encoding: dict[str, Any] = {"x": x}
    if until:
        encoding["x2"] = {"field": "until"}
    if color is not None:
        encoding["color"] = color
    return {"data": {"name": name, "values": values}, "mark": mark, "encoding": encoding}


def _spans(drawn: Sequence[LanePart]) -> Iterator[dict[str, Any]]:
    """Yield a line for each date that is known in part, over all the days that it may mean."""
    for at, lane in enumerate(drawn):
        for mark in lane.marks:
            if mark.first_on != mark.last_on and mark.until_month > mark.month:
                yield {"lane": at, "month": mark.month, "until": mark.until_month}


def _responses(drawn: Sequence[LanePart], x: dict[str, Any], height: int) -> Iterator[dict[str, Any]]:
    rows = [
        {"lane": at, "month": mark.month, "code": mark.code, "fill": _fill(mark)}
        for at, lane in enumerate(drawn)
        for mark in lane.marks
        if mark.kind == "response"
    ]
    side = max(4, min(18, height - 4))
    yield {
        "data": {"name": "responses", "values": rows},
        "mark": {"type": "point", "shape": "square", "filled": True, "size": side * side, "opacity": 1,
                 "stroke": "#222222", "strokeWidth": 0.7},
        "encoding": {"x": x, "fill": {"field": "fill", "type": "nominal", "scale": None}},
    }  # fmt: skip
    if height >= LEAST_FOR_TEXT:
        yield {
            "data": {"name": "letters", "values": rows},
            "mark": {"type": "text", "fontSize": 8, "color": INK, "baseline": "middle"},
            "encoding": {"x": x, "text": {"field": "code", "type": "nominal"}},
        }


def _fill(mark: MarkPart) -> str:
    if mark.code == "PD":
        return _PROGRESSIVE
    return _RESPONSES.get(mark.code, _OTHER)


def _shapes(drawn: Sequence[LanePart], x: dict[str, Any], height: int) -> dict[str, Any]:
    rows = [row for at, lane in enumerate(drawn) for row in _shape_rows(at, lane)]
    domain = list(_MARKS)
    legend = {
        "title": "marks",
        "columns": 3,
        "symbolSize": 70,
        "symbolStrokeWidth": 1,
        "labelExpr": f"({object_of({key: name for key, (name, *_) in _MARKS.items()})})[datum.label]",
    }
    scales = {
        channel: {"domain": domain, "range": [_MARKS[key][at] for key in domain]}
        for at, channel in ((1, "shape"), (2, "fill"), (3, "stroke"))
    }
    return {
        "data": {"name": "marks", "values": rows},
        "mark": {"type": "point", "filled": True, "size": max(16, height * 2.6), "opacity": 1, "strokeWidth": 1},
        "encoding": {
            "x": x,
            **{
                channel: {
                    "field": "mark",
                    "type": "nominal",
                    "scale": scale,
                    "legend": legend,
                }
                for channel, scale in scales.items()
            },
        },
    }


def _shape_rows(at: int, lane: LanePart) -> Iterator[dict[str, Any]]:
    for mark in lane.marks:
        if mark.kind in ("dose", "progression"):
            yield {"lane": at, "month": mark.month, "mark": mark.kind}
    place = lane.cutoff_month if lane.ended == "open" else lane.end_month
    yield {"lane": at, "month": place, "mark": lane.ended}


def _footer(answer: LanesAnswer, drawn: Sequence[LanePart], order: Order, height: int) -> Iterator[str]:
    every = answer.subjects
    if not every:
        yield f"Nobody was enrolled by {answer.data_cutoff}."
        return
    died = sum(lane.ended == "died" for lane in every)
    yield (
        f"n = {len(every)}, {died} died, {answer.left_out} left out (no {answer.definition.origin} by the cutoff). "
        f"Times {answer.definition_words}."
    )
    if len(drawn) < len(every):
        first = "longest first" if order == "time" else f"by {order}"
        yield f"{len(drawn)} of {len(every)} subjects are drawn, {first}."
    yield (
        "A bar ends at the last contact or the death; a thin line goes on to the cutoff, "
        "and its arrow means not known to have died."
    )
    letters = sorted({mark.code for lane in drawn for mark in lane.marks if mark.kind == "response"})
    if letters:
        where = "Letters" if height >= LEAST_FOR_TEXT else "Squares"
        yield f"{where}: response at an assessment by the {answer.evaluator} ({', '.join(letters)})."
    if any(mark.first_on != mark.last_on for lane in drawn for mark in lane.marks):
        yield "A line behind a mark: its date is known in part, and it may be on any of those days."
    if answer.reconstructed:
        yield "Subjects are reconstructed; a source says so."
    yield from (each.text for each in answer.remarks)


def _description(answer: LanesAnswer) -> str:
    died = sum(lane.ended == "died" for lane in answer.subjects)
    return (
        f"A lane for each of {len(answer.subjects)} subjects from {answer.definition.origin} to the last contact, "
        f"{died} died. {axes_words(answer, answer.last_known_on)}."
    )
