"""Rows with the subjects that they count: which rows are about the same subjects, and which are not used.

Two figures are compared only when they are about the same subjects from the same day on: same trial, same
cohort or population as worded, same arm, same time origin, same number of subjects. A row that leaves the
origin open joins the rows of its cohort that state one; every such join is noted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from trialog.audit.reading.claims import TIMED, ClaimGroup
from trialog.events.announced_figure import TIME_UNITS, AnnouncedFigure
from trialog.events.dates import span
from trialog.events.measures import MEASURES
from trialog.exchange.register.row_reading import RowReading

Base = tuple[str, str, str, str]
"""Whose subjects: trial, cohort or population, population column, arm; all as worded, in lower case."""


@dataclass(frozen=True)
class SubjectPlace:
    """A row with the groups that it counts; ``row`` is its rank by content, not by order in the file."""

    row: int
    reading: RowReading
    bases: tuple[Base, ...]
    origin: str | None
    n: int | None

    @property
    def said(self) -> str:
        """The row, for notes."""
        return f"row {self.reading.row.number}"

    @property
    def day(self) -> int:
        """Last day that the date of the announcement can mean; -1 if it is undated."""
        on = self.reading.announced_on
        return -1 if on is None else span(on)[1]


@dataclass
class Sorting:
    """Groups and notes collected while rows are assigned to subjects."""

    groups: list[ClaimGroup] = field(default_factory=list)
    known: dict[Base, tuple[int, str]] = field(default_factory=dict)
    of: dict[tuple[Base, str | None, int | None], int] = field(default_factory=dict)
    unused: dict[int, str] = field(default_factory=dict)
    context: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def why_useless(reading: RowReading) -> str:
    """Return why a row is not used; empty if it is."""
    figure = reading.figure
    if figure.external:
        return "another trial's figure, given for comparison"
    match reading.role:
        case "words":
            return reading.why
        case "status":
            return "said in words; it decides only how a number beside it is read"
        case "first entry" | "opened" | "closed" | "subjects":
            return "" if figure.cohorts or figure.population else "it does not say which cohort it is about"
        case "after cohort":
            return "" if len(figure.cohorts) == 1 else "it does not say which cohort it is about"
    measure = MEASURES[figure.measure]
    if measure.checked is not None:
        if measure.checked in TIMED:
            return "" if figure.unit in TIME_UNITS else f"a time in {figure.unit} cannot be checked"
        return "" if figure.unit in ("percent", "count") else f"a number of subjects in {figure.unit}"
    return "" if is_arithmetic(figure) else measure.not_checked


def is_arithmetic(figure: AnnouncedFigure) -> bool:
    """Tell whether the laws of whole numbers and of parts and wholes apply to a figure by itself."""
    measure = MEASURES[figure.measure]
    if measure.statistic in ("response rate", "best response"):
        return figure.unit in ("percent", "count")
    if measure.statistic == "prior lines":
        return figure.value is not None and figure.comparator in ("=", "about")
    has_ends = figure.lower is not None or figure.upper is not None or figure.range_lower is not None
    return measure.kind == "time" and figure.value is not None and has_ends


def is_checked(figure: AnnouncedFigure) -> bool:
    """Tell whether a figure is a statement about a history of subjects."""
    return MEASURES[figure.measure].checked is not None


def placed(rank: int, reading: RowReading) -> SubjectPlace:
    """Return a row with the subjects that it counts."""
    figure = reading.figure
    trial, arm = reading.trial.casefold(), (figure.arm or "").casefold()
    if figure.cohorts:
        population = (figure.population or "").casefold()
        bases = tuple((trial, label.casefold(), population, arm) for label in figure.cohorts)
    else:
        bases = ((trial, (figure.population or "").casefold(), "", arm),)
    return SubjectPlace(rank, reading, bases, figure.origin or figure.origin_words, figure.n)


def of_one_evaluator(places: list[SubjectPlace], work: Sorting) -> list[SubjectPlace]:
    """Leave out figures by independent review if the series has others of the same cohort too.

    The two reviews date a progression differently, so one history need not give both.
    """
    others = {
        base
        for place in places
        if place.reading.figure.evaluator != "independent" and MEASURES[place.reading.figure.measure].assessed
        for base in place.bases
    }
    found = []
    for place in places:
        if place.reading.figure.evaluator == "independent" and others.intersection(place.bases):
            work.unused[place.row] = "by independent review; the other figures of its cohort are checked without it"
        else:
            found.append(place)
    return found


def atomic_pools(places: list[SubjectPlace]) -> list[SubjectPlace]:
    """Treat pooled cohorts as one cohort, if no row is about one of them alone."""
    alone = {place.bases[0] for place in places if len(place.bases) == 1}
    found = []
    for place in places:
        if len(place.bases) > 1 and not alone.intersection(place.bases):
            trial, _, population, arm = place.bases[0]
            pooled = "+".join(base[1] for base in place.bases)
            place = replace(place, bases=((trial, pooled, population, arm),))  # noqa: PLW2901
        found.append(place)
    return found


def with_origins(places: list[SubjectPlace], work: Sorting) -> list[SubjectPlace]:
    """Give a row that states no time origin the only one that other rows of its cohort state."""
    stated: dict[Base, set[str]] = {}
    for place in places:
        if place.origin is not None:
            for base in place.bases:
                stated.setdefault(base, set()).add(place.origin)
    found = []
    for place in places:
        origins = set().union(*(stated.get(base, set()) for base in place.bases))
        if place.origin is None and len(origins) == 1:
            origin = next(iter(origins))
            if is_checked(place.reading.figure):
                work.notes.append(f"{place.said}: its time origin is taken as {origin}, as stated for its cohort")
            place = replace(place, origin=origin)  # noqa: PLW2901
        found.append(place)
    for base in sorted(stated):
        if len(stated[base]) > 1:
            origins_text = ", ".join(sorted(stated[base]))
            work.notes.append(f"cohort {base[1]!r}: figures from {origins_text} are not compared with each other")
    return found
