"""The Kaplan-Meier picture: curves, limits, censored subjects, medians in the key, and a table of numbers at risk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from trialog.application.answers.curve import CurveAnswer, CurveGroup, CurvePoint
from trialog.pages.specifications.expressions import array_of, object_of
from trialog.pages.specifications.frame import INK, Style, axes_words, dash, framed, record_words, ticks
from trialog.pages.specifications.text import text_width

Risk = Literal["all", "at-risk", "none"]

HEIGHT: Final = 300
ROW_HEIGHT: Final = 15
FEWEST_FOR_LIMITS: Final = 10
"""Below so many subjects the limits of a curve span nearly everything, and are not drawn."""
PIXELS_OF_A_STEP: Final = 4
"""Steps are told apart down to a quarter of a pixel."""


def survival_specification(
    answer: CurveAnswer, style: Style | None = None, *, limits: bool = True, risk: Risk = "all"
) -> dict[str, Any]:
    """Return the picture of Kaplan-Meier curves.

    Args:
        answer: The curves.
        style: How it looks.
        limits: Draw the pointwise limits of groups that are not too small.
        risk: Rows of the table below: at risk, ended and censored; at risk alone; or no table.
    """
    style = style or Style()
    groups = [(f"g{place}", place, group) for place, group in enumerate(answer.cohorts)]
    views = [_plot(answer, groups, style, limits=limits)]
    if risk != "none" and groups:
        views.append(_table(answer, groups, style, risk))
    left = 24 + int(max([text_width(name, 11) for name in _row_names(answer, risk)], default=0))
    footer = [*_definition(answer), *_groups_in_words(answer, limits=limits), *(each.text for each in answer.remarks)]
    return framed(
        {"vconcat": views},
        answer,
        style=style,
        heading=f"{answer.trial}: {answer.endpoint}, Kaplan-Meier",
        subheading=axes_words(answer, answer.last_known_on),
        footer=[*footer, record_words(answer)],
        description=_description(answer),
        plot_left=max(70, left),
    )


def _plot(
    answer: CurveAnswer, groups: Sequence[tuple[str, int, CurveGroup]], style: Style, *, limits: bool
) -> dict[str, Any]:
    names = {key: _name(answer, group) for key, _, group in groups}
    scale = {
        "domain": [key for key, *_ in groups],
        "range": [style.color(place) for _, place, _ in groups],
    }
    legend = {
        "title": f"median in months ({answer.definition_limits})",
        "labelExpr": f"({object_of(names)})[datum.label]",
    }
    axis = {
        "values": ticks(answer.every_months, answer.until_months),
        "title": f"months from {answer.definition.origin}",
        "format": "~g",
        "grid": False,
    }
    share = {
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {
            "format": ".0%",
            "values": [0, 0.25, 0.5, 0.75, 1],
            "title": _not_yet(answer),
            "gridColor": "#e4e4e4",
        },
    }
    resolution = answer.until_months / (style.width * PIXELS_OF_A_STEP)
    steps = [row for key, _, group in groups for row in _steps(key, group, resolution)]
    layers: list[dict[str, Any]] = [_half_line(answer, share)]
    drawn = [(key, group) for key, _, group in groups if limits and group.n >= FEWEST_FOR_LIMITS]
    if drawn:
        layers.append(
            {
                "data": {"name": "limits", "values": [row for each in drawn for row in _band(*each, resolution)]},
                "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.13, "aria": False},
                "encoding": {"y": {**share, "field": "lower"}, "y2": {"field": "upper"}},
            }
        )
    layers.append(
        {
            "data": {"name": "steps", "values": steps},
            "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
            "encoding": {
                "y": {**share, "field": "survival"},
                "strokeDash": {
                    "field": "group",
                    "type": "nominal",
                    "scale": {"domain": scale["domain"], "range": [dash(place) for _, place, _ in groups]},
                    "legend": legend,
                },
            },
        }
    )
    layers.append(
        {
            "data": {
                "name": "censored",
                "values": [row for key, _, g in groups for row in _ticked(key, g, resolution)],
            },
            "mark": {"type": "tick", "orient": "vertical", "size": 11, "thickness": 1.6, "opacity": 1},
            "encoding": {"y": {**share, "field": "survival"}, "tooltip": {"field": "censored", "type": "quantitative"}},
        }
    )
    return {
        "width": style.width,
        "height": HEIGHT,
        "encoding": {
            "x": {"field": "month", "type": "quantitative", "scale": _months(answer), "axis": axis},
            "color": {"field": "group", "type": "nominal", "scale": scale, "legend": legend},
        },
        "layer": layers,
    }


def _half_line(answer: CurveAnswer, share: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": {"values": [{"month": 0, "until": answer.until_months, "survival": 0.5}]},
        "mark": {"type": "rule", "strokeDash": [3, 3], "color": "#555555", "aria": False},
        "encoding": {"x2": {"field": "until"}, "y": {**share, "field": "survival"}, "color": {"value": "#555555"}},
    }


def _steps(key: str, group: CurveGroup, resolution: float) -> Iterator[dict[str, Any]]:
    """Yield the corners of a curve; of several steps within a quarter of a pixel the last one."""
    if not group.n:
        return
    yield {"group": key, "month": 0, "survival": 1}
    waiting: dict[str, Any] | None = None
    for point in group.points:
        row = {"group": key, "month": point.month, "survival": point.survival}
        if waiting is not None and point.month - waiting["month"] >= resolution:
            yield waiting
            waiting = None
        if point.ended or point is group.points[-1]:
            waiting = row
    if waiting is not None:
        yield waiting


def _band(key: str, group: CurveGroup, resolution: float) -> Iterator[dict[str, Any]]:
    yield {"group": key, "month": 0, "lower": 1, "upper": 1}
    last: CurvePoint | None = None
    drawn_at = 0.0
    for point in group.points:
        if point.lower is None or point.upper is None:
            break
        last = point
        if point.ended and point.month - drawn_at >= resolution:
            drawn_at = point.month
            yield {"group": key, "month": point.month, "lower": point.lower, "upper": point.upper}
    if last is not None and last.month > drawn_at:
        yield {"group": key, "month": last.month, "lower": last.lower, "upper": last.upper}


def _ticked(key: str, group: CurveGroup, resolution: float) -> Iterator[dict[str, Any]]:
    """Yield a tick for the censored of each pixel, with their number."""
    taken: dict[int, dict[str, Any]] = {}
    pixel = resolution * PIXELS_OF_A_STEP
    for point in group.points:
        if not point.censored:
            continue
        place = int(point.month / pixel) if pixel else 0
        row = taken.setdefault(place, {"group": key, "month": point.month, "survival": point.survival, "censored": 0})
        row.update(survival=point.survival, censored=row["censored"] + point.censored)
    yield from taken.values()


def _table(
    answer: CurveAnswer, groups: Sequence[tuple[str, int, CurveGroup]], style: Style, risk: Risk
) -> dict[str, Any]:
    names = _row_names(answer, risk)
    kinds = ("at_risk", "ended", "censored") if risk == "all" else ("at_risk",)
    each = 1 + len(kinds)
    values = [
        {"row": place * each + 1 + at, "month": point.month, "count": getattr(point, kind)}
        for _, place, group in groups
        for at, kind in enumerate(kinds)
        for point in group.risk
    ]
    return {
        "width": style.width,
        "height": {"step": ROW_HEIGHT},
        "data": {"name": "risk", "values": values},
        "mark": {"type": "text", "fontSize": 11, "color": INK},
        "encoding": {
            "x": {"field": "month", "type": "quantitative", "scale": _months(answer), "axis": None},
            "y": {
                "field": "row",
                "type": "ordinal",
                "title": None,
                "scale": {"domain": list(range(len(names)))},
                "axis": {
                    "labelExpr": f"{array_of(names)}[datum.value]",
                    "domain": False,
                    "ticks": False,
                    "labelPadding": 18,
                    "labelFontWeight": {
                        "condition": {"test": f"datum.value % {each} == 0", "value": "bold"},
                        "value": "normal",
                    },
                },
            },
            "text": {"field": "count", "type": "quantitative"},
        },
    }


def _row_names(answer: CurveAnswer, risk: Risk) -> list[str]:
    kinds = ["at risk", answer.ends_in, "censored"] if risk == "all" else ["at risk"]
    return [name for group in answer.cohorts for name in (_cohort(group), *kinds)]


def _months(answer: CurveAnswer) -> dict[str, Any]:
    return {"domain": [0, answer.until_months], "nice": False}


def _not_yet(answer: CurveAnswer) -> str:
    return "alive" if answer.ends_in == "died" else f"not {answer.ends_in.replace(' or ', ' nor ')}"


def _cohort(group: CurveGroup) -> str:
    return f"cohort {group.cohort}"


def _name(answer: CurveAnswer, group: CurveGroup) -> str:
    if not group.n:
        return f"{_cohort(group)}: nobody"
    ended = f"{group.events} of {group.n} {answer.ends_in}"
    if not group.events:
        return f"{_cohort(group)}: not reached, none of {group.n} {answer.ends_in}"
    return f"{_cohort(group)}: {_median(group)}, {ended}"


def _median(group: CurveGroup) -> str:
    if group.median_months is None:
        return "not reached" + ("" if group.lower_months is None else f" ({group.lower_months:.1f} to NR)")
    limits = " to ".join("NR" if end is None else f"{end:.1f}" for end in (group.lower_months, group.upper_months))
    return f"{group.median_months:.1f} ({limits})"


def _definition(answer: CurveAnswer) -> Iterator[str]:
    yield f"{answer.endpoint[:1].upper()}{answer.endpoint[1:]}: {answer.definition_words}."
    yield (
        "Ticks: censored subjects. Dotted line: one half. "
        f"At risk: time at least t; {answer.ends_in} and censored: before t; the three add up to n."
    )


def _groups_in_words(answer: CurveAnswer, *, limits: bool) -> Iterator[str]:
    total, events, left_out = (sum(getattr(g, name) for g in answer.cohorts) for name in ("n", "events", "left_out"))
    if not total:
        yield f"Nobody was enrolled by {answer.data_cutoff}." if not left_out else f"None of {left_out} has an origin."
        return
    yield f"n = {total}, {events} {answer.ends_in}, {left_out} left out (no {answer.definition.origin} by the cutoff)."
    flat = [_cohort(group) for group in answer.cohorts if group.flat_end]
    if flat:
        yield f"{', '.join(flat)}: the curve ends flat at one half, so the median is a convention (its first day)."
    few = [_cohort(group) for group in answer.cohorts if limits and 0 < group.n < FEWEST_FOR_LIMITS]
    if few:
        yield f"No limits are drawn for fewer than {FEWEST_FOR_LIMITS} subjects: {', '.join(few)}."
    if answer.reconstructed:
        yield "Subjects are reconstructed; a source says so."


def _description(answer: CurveAnswer) -> str:
    told = "; ".join(_name(answer, group) for group in answer.cohorts)
    return f"{answer.endpoint} by cohort, Kaplan-Meier, months. {axes_words(answer, answer.last_known_on)}. {told}."
