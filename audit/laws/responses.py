"""Responses: categories add up, every responder has disease control, and no more than n are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from trialog.audit.laws.figures import RowFigure, by_release
from trialog.audit.laws.violation import LawViolation
from trialog.events.measures import MEASURES

_RESPONSES: Final = ("sCR", "CR", "VGPR", "PR")
_ONLY_MYELOMA: Final = ("sCR", "VGPR", "MR")
_AT_MOST: Final = (("ORR", "DCR"), ("ORR", "CBR"), ("CBR", "DCR"), ("CR", "ORR"))
"""Pairs of rates; the first is never above the second."""

Span = tuple[Fraction, Fraction]
"""The least and the greatest share of the subjects, or number of subjects if n is not known."""


@dataclass(frozen=True)
class _Part:
    """A category or a rate of one group of subjects."""

    figure: RowFigure
    name: str
    span: Span


def broken_responses(figures: Sequence[RowFigure]) -> Iterator[LawViolation]:
    """Yield violations: responses of one release and the same subjects that contradict each other."""
    assessed = [
        each for each in figures if MEASURES[each.figure.measure].statistic in ("response rate", "best response")
    ]
    for release in by_release(assessed):
        groups: dict[tuple[object, ...], list[RowFigure]] = {}
        for figure in release:
            population = (figure.figure.population or "").casefold()
            groups.setdefault((figure.bases, figure.review, population), []).append(figure)
        for group in groups.values():
            yield from _of_group(group)


def _of_group(figures: Sequence[RowFigure]) -> Iterator[LawViolation]:
    stated = {figure.figure.n for figure in figures if figure.figure.n is not None}
    numbers: list[int | None] = [*sorted(stated)] or [None]
    for n in numbers:
        mine = [figure for figure in figures if figure.figure.n in (n, None if len(stated) == 1 else n)]
        parts = [part for part in (_part(figure, n) for figure in mine) if part is not None]
        rates = [part for part in parts if MEASURES[part.figure.figure.measure].statistic == "response rate"]
        categories = [part for part in parts if part not in rates]
        yield from _ordered(rates)
        yield from _added_up(rates, categories, n)


def _part(figure: RowFigure, n: int | None) -> _Part | None:
    measure = MEASURES[figure.figure.measure]
    name = measure.detail if measure.statistic == "response rate" else figure.figure.category or ""
    subjects = figure.subjects(n)
    if n is not None and subjects is not None:
        span = (Fraction(subjects[0], n), Fraction(subjects[1], n))
    else:
        window = figure.figure.window
        if window is None or window.lower is None or window.upper is None or figure.figure.unit != "percent":
            return None
        span = (Fraction(window.lower) / 100, Fraction(window.upper) / 100)
    return _Part(figure, name, span) if span[0] <= span[1] else None


def _ordered(rates: Sequence[_Part]) -> Iterator[LawViolation]:
    for smaller, greater in _AT_MOST:
        for one in (part for part in rates if part.name == smaller):
            for other in (part for part in rates if part.name == greater):
                if one.span[0] > other.span[1]:
                    reason = (
                        f"{one.figure.label}: {one.figure.said} is more than {other.figure.said}; whoever counts for "
                        f"{smaller} counts for {greater} as well"
                    )
                    yield _violation((one, other), one.span[0] - other.span[1], reason)


def _added_up(rates: Sequence[_Part], categories: Sequence[_Part], n: int | None) -> Iterator[LawViolation]:
    """Yield violations: categories that add up to more than all subjects, or not to the rate that they make up."""
    names = [part.name for part in categories]
    if len(set(names)) < len(names):
        return  # several figures of one category belong to several kinds of response
    if n is not None and len(categories) > 1 and sum(part.span[0] for part in categories) > 1:
        said = ", ".join(part.figure.said for part in categories)
        excess = sum((part.span[0] for part in categories), Fraction(0)) - 1
        yield _violation(categories, excess, f"{categories[0].figure.label}: {said} are more than {n} subjects")
    responses = [part for part in categories if part.name in _RESPONSES]
    of_solid_tumors = {"CR", "PR"} <= set(names) and not set(names).intersection(_ONLY_MYELOMA)
    for rate in (part for part in rates if part.name == "ORR"):
        least = sum((part.span[0] for part in responses), Fraction(0))
        most = sum((part.span[1] for part in responses), Fraction(0))
        if responses and least > rate.span[1]:
            yield _violation((rate, *responses), least - rate.span[1], _sum_reason(rate, responses, "more than"))
        elif of_solid_tumors and most < rate.span[0] and not _in_myeloma(rate):
            yield _violation((rate, *responses), rate.span[0] - most, _sum_reason(rate, responses, "less than"))


def _in_myeloma(part: _Part) -> bool:
    reading = part.figure.reading
    return "myeloma" in f"{reading.trial} {reading.row.get('quote')} {reading.row.get('cohort')}".lower()


def _sum_reason(rate: _Part, responses: Sequence[_Part], words: str) -> str:
    said = " and ".join(part.figure.said for part in responses)
    return f"{rate.figure.label}: {said} add up to {words} {rate.figure.said}"


def _violation(parts: Iterable[_Part], excess: Fraction, reason: str) -> LawViolation:
    return LawViolation(tuple(sorted({part.figure.row for part in parts})), float(excess), reason)
