"""Parts and wholes: a responder among the evaluable is one among the enrolled, and two halves make up the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from trialog.audit.laws.figures import RowFigure, by_release
from trialog.audit.laws.violation import LawViolation
from trialog.events.measures import MEASURES

_POPULATION: Final = re.compile(
    r"[\s,(]*\b(?:evaluable|m?itt|per[- ]protocol|enrolled|treated|dosed|safety(?: population)?|randomi[sz]ed)\b[\s)]*",
    re.IGNORECASE,
)
_NOT: Final = re.compile(r"(?:no|non|not|without)[\s-]+(?P<rest>.+)", re.IGNORECASE)
_RANK: Final = {"evaluable": 0, "dosed": 1, "enrolled": 2, None: 2}
"""Populations in ascending order; each is a part of the next."""

_COUNTED: Final = ("response rate", "best response", "count")


@dataclass(frozen=True)
class _Member:
    """A figure of a part or a whole: its subjects, its population, and how many of how many it counts."""

    figure: RowFigure
    trial: str
    core: str
    arm: str
    rank: int
    n: int
    subjects: tuple[int, int]

    @property
    def kind(self) -> tuple[object, ...]:
        """Key of what is counted; only figures with the same key are compared."""
        said = self.figure.figure
        return (said.measure, said.category, self.figure.review)


def broken_parts(figures: Sequence[RowFigure]) -> Iterator[LawViolation]:
    """Yield violations: a part's count that the whole cannot contain, two halves that do not add up to the whole."""
    for release in by_release(figures):
        members = [member for member in (_member(figure) for figure in release) if member is not None]
        for whole in members:
            for part in members:
                if part.kind == whole.kind and _is_part(part, whole):
                    yield from _above(part, whole)
            yield from _halves(whole, [member for member in members if member.kind == whole.kind])


def _member(figure: RowFigure) -> _Member | None:
    said, n = figure.figure, figure.figure.n
    if MEASURES[said.measure].statistic not in _COUNTED or figure.reading.role != "figure":
        return None
    if n is None or said.comparator != "=" or len(figure.bases) != 1:
        return None
    subjects = figure.subjects(n)
    if subjects is None or subjects[0] > subjects[1]:
        return None
    trial, label, _, arm = figure.bases[0]
    words = " ".join(_POPULATION.sub(" ", label).split())
    core = "" if said.everyone or not words else words
    return _Member(figure, trial, core, arm, _RANK.get(said.counted, 2), n, subjects)


def _is_part(part: _Member, whole: _Member) -> bool:
    same = (part.trial, part.core, part.arm) == (whole.trial, whole.core, whole.arm)
    return same and part.rank < whole.rank and part.n <= whole.n


def _above(part: _Member, whole: _Member) -> Iterator[LawViolation]:
    """Yield the violation if a part counts more than the whole, or leaves more uncounted than the whole does."""
    most, others = whole.subjects[1], whole.n - whole.subjects[0]
    least, least_others = part.subjects[0], part.n - part.subjects[1]
    if least > most:
        excess, words = least - most, f"at least {least} subjects, and the whole has at most {most}"
    elif least_others > others:
        excess, words = least_others - others, f"at least {least_others} others, and the whole has at most {others}"
    else:
        return
    reason = f"{part.figure.label}: {part.figure.said} leaves {words} ({whole.figure.said})"
    yield LawViolation(tuple(sorted((part.figure.row, whole.figure.row))), float(excess), reason)


def _halves(whole: _Member, members: Sequence[_Member]) -> Iterator[LawViolation]:
    """Yield violations: two disjoint groups make up the whole, but their counts do not add up to its count."""
    if whole.core:
        return
    for one in members:
        found = _NOT.fullmatch(one.core)
        other = found and next(
            (each for each in members if each.core in (found["rest"], f"with {found['rest']}")), None
        )
        if not other or one.n + other.n != whole.n or one.trial != whole.trial:
            continue
        least, most = (one.subjects[end] + other.subjects[end] for end in (0, 1))
        if least > whole.subjects[1] or most < whole.subjects[0]:
            reason = (
                f"{one.figure.said} ({one.core}) and {other.figure.said} ({other.core}) add up to {least} of {whole.n} "
                f"subjects, not to {whole.figure.said}"
            )
            rows = tuple(sorted((one.figure.row, other.figure.row, whole.figure.row)))
            yield LawViolation(rows, float(max(least - whole.subjects[1], whole.subjects[0] - most)), reason)
