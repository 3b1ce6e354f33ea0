"""Rows of a register file sorted into claims, facts and what cannot be checked; and which rows may be joined.

Two figures are compared only when they are about the same subjects from the same day on: same trial, same
cohort or population as worded, same arm, same time origin, same number of subjects. A row that leaves the
origin or the number open joins the rows of its cohort that state one; every such join is noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from trialog.audit.reading.claims import (
    TIMED,
    Claim,
    ClaimedRelease,
    ClaimGroup,
    Endpoint,
    FactKind,
    Series,
    Share,
    StatedFact,
)
from trialog.events.announced_figure import TIME_UNITS, AnnouncedFigure, Window, half_unit
from trialog.events.dates import span
from trialog.events.measures import MEASURES, Measure, Quantity
from trialog.exchange.register.row_reading import RowReading

Base = tuple[str, str, str, str]
"""Whose subjects: trial, cohort or population, population column, arm; all as worded, in lower case."""


@dataclass(frozen=True)
class _Place:
    """A row with the bases that it counts; ``row`` is its rank by content, whatever the order of the file."""

    row: int
    reading: RowReading
    bases: tuple[Base, ...]
    origin: str | None
    n: int | None

    @property
    def said(self) -> str:
        return f"row {self.reading.row.number}"

    @property
    def day(self) -> int:
        on = self.reading.announced_on
        return -1 if on is None else span(on)[1]


@dataclass
class _Sorting:
    """Groups and notes while rows are being placed."""

    groups: list[ClaimGroup] = field(default_factory=list)
    known: dict[Base, tuple[int, str]] = field(default_factory=dict)
    of: dict[tuple[Base, str | None, int | None], int] = field(default_factory=dict)
    unused: dict[int, str] = field(default_factory=dict)
    context: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def series_of(
    readings: Sequence[RowReading], *, n_given: int | Mapping[str, int] | None = None, only: Iterable[str] = ()
) -> Series:
    """Return what some rows say together.

    Args:
        readings: The rows as read.
        n_given: Number of subjects of each cohort, or of the cohorts named, in place of the file's.
        only: Cohorts as worded; rows about others are left out. All rows when empty.
    """
    wanted = {word.casefold() for word in only}
    work = _Sorting()
    readings = sorted(readings, key=lambda each: sorted(each.row.cells.items()))
    places = []
    for rank, reading in enumerate(readings, 1):
        why = _useless(reading)
        if not why and wanted and reading.row.get("cohort").casefold() not in wanted:
            why = "another cohort than the one asked for"
        if why:
            work.unused[rank] = why
        else:
            places.append(_placed(rank, reading))
    places = _of_one_evaluator(places, work)
    places = _atomic_pools(places)
    places = _with_origins(places, work)
    places = _with_numbers(places, n_given, work)
    return _series(places, work, dict(enumerate(readings, 1)))


def _useless(reading: RowReading) -> str:
    """Return why a row plays no part; empty when it does."""
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
        if figure.month == "calendar" and figure.unit == "months":
            return "calendar months are not modelled"
        if measure.checked in TIMED:
            return "" if figure.unit in TIME_UNITS else f"a time in {figure.unit} cannot be checked"
        return "" if figure.unit in ("percent", "count") else f"a number of subjects in {figure.unit}"
    return "" if _is_plain_share(figure) else measure.not_checked


def _is_plain_share(figure: AnnouncedFigure) -> bool:
    """Tell whether a figure is a percentage of a stated number of subjects, so that some number of them gives it."""
    measure = MEASURES[figure.measure]
    return measure.kind == "share" and not measure.landmark and figure.unit == "percent" and bool(figure.n)


def _is_checked(figure: AnnouncedFigure) -> bool:
    return MEASURES[figure.measure].checked is not None


def _placed(rank: int, reading: RowReading) -> _Place:
    figure = reading.figure
    trial, arm = reading.trial.casefold(), (figure.arm or "").casefold()
    if figure.cohorts:
        population = (figure.population or "").casefold()
        bases = tuple((trial, label.casefold(), population, arm) for label in figure.cohorts)
    else:
        bases = ((trial, (figure.population or "").casefold(), "", arm),)
    return _Place(rank, reading, bases, figure.origin or figure.origin_words, figure.n)


def _of_one_evaluator(places: list[_Place], work: _Sorting) -> list[_Place]:
    """Leave out figures by independent review if the series has others of the same cohort too.

    The two date a progression differently, so that one history need not give both.
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


def _atomic_pools(places: list[_Place]) -> list[_Place]:
    """Take pooled cohorts as one, where no row is about one of them alone."""
    alone = {place.bases[0] for place in places if len(place.bases) == 1}
    found = []
    for place in places:
        if len(place.bases) > 1 and not alone.intersection(place.bases):
            trial, _, population, arm = place.bases[0]
            pooled = "+".join(base[1] for base in place.bases)
            place = replace(place, bases=((trial, pooled, population, arm),))  # noqa: PLW2901
        found.append(place)
    return found


def _with_origins(places: list[_Place], work: _Sorting) -> list[_Place]:
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
            if _is_checked(place.reading.figure):
                work.notes.append(f"{place.said}: its time origin is taken as {origin}, as stated for its cohort")
            place = replace(place, origin=origin)  # noqa: PLW2901
        found.append(place)
    for base in sorted(stated):
        if len(stated[base]) > 1:
            origins_text = ", ".join(sorted(stated[base]))
            work.notes.append(f"cohort {base[1]!r}: figures from {origins_text} are not compared with each other")
    return found


def _with_numbers(places: list[_Place], given: int | Mapping[str, int] | None, work: _Sorting) -> list[_Place]:
    """Give every row about one cohort its number of subjects, as far as the series tells it."""
    if given is not None:
        return [replace(place, n=_n_given(place, given)) for place in places]
    known = work.known = _numbers_of_cohorts(places, work)
    found = []
    for place in places:
        if len(place.bases) > 1 or place.n is not None:
            found.append(place)
            continue
        n, why = _number_of_release(place, places)
        if n is None:
            n, why = _number_for(place, places)
        if n is None and place.bases[0] in known:
            n, why = known[place.bases[0]]
        if n is not None and _is_checked(place.reading.figure):
            work.notes.append(f"{place.said}: n = {n} is inferred, {why}")
        found.append(replace(place, n=n))
    by_base: dict[Base, set[int]] = {}
    for place in found:
        if place.n is not None and len(place.bases) == 1 and _is_checked(place.reading.figure):
            by_base.setdefault(place.bases[0], set()).add(place.n)
    for base in sorted(by_base):
        if len(by_base[base]) > 1:
            numbers = ", ".join(str(n) for n in sorted(by_base[base]))
            work.notes.append(
                f"cohort {base[1]!r}: figures of n = {numbers} count different subjects and are not compared; "
                "the law of a fixed cohort does not hold between them"
            )
    return found


def _n_given(place: _Place, given: int | Mapping[str, int]) -> int | None:
    if isinstance(given, int):
        return given if len(place.bases) == 1 else None
    numbers = {label.casefold(): n for label, n in given.items()}
    if len(place.bases) > 1:
        return None
    return numbers.get(place.bases[0][1], place.n)


def _preference(place: _Place) -> int:
    """Return the rank of a row that gives a number of subjects: the smallest is believed."""
    rank = MEASURES[place.reading.figure.measure].sizes_cohort
    assert rank is not None  # noqa: S101  # such rows have no other measure
    return rank


def _number_of_release(place: _Place, places: Sequence[_Place]) -> tuple[int | None, str]:
    """Return the number that a row of its own gives for the same cohort in the same release."""
    release = place.reading.announced_on
    mine = [
        (_preference(other), n, other)
        for other in places
        if other.reading.role == "subjects" and other.bases == place.bases
        and release is not None and other.reading.announced_on == release
        and (n := _count(other.reading.figure)) is not None
    ]  # fmt: skip
    if not mine:
        return None, ""
    _, n, said = min(mine, key=lambda each: (each[0], each[2].row))
    return n, f"as {said.said} of the same release says of its cohort"


def _number_for(place: _Place, places: Sequence[_Place]) -> tuple[int | None, str]:
    """Return the number that the nearest row of the same cohort states: first of the same measure, then of any."""
    mine = [
        other
        for other in places
        if other.n is not None and other.bases == place.bases and other.origin == place.origin
        and other.reading.role == "figure"
    ]  # fmt: skip
    alike = [other for other in mine if other.reading.figure.measure == place.reading.figure.measure]
    for some in (alike, mine):
        numbers = {other.n for other in some}
        if len(numbers) == 1 or (some is alike and numbers):
            before = [other for other in some if other.day <= place.day]
            nearest = (
                max(before, key=lambda other: (other.day, -other.row))
                if before
                else min(some, key=lambda other: (other.day, other.row))
            )
            return nearest.n, f"as {nearest.said} of the same cohort states"
    return None, ""


def _numbers_of_cohorts(places: Sequence[_Place], work: _Sorting) -> dict[Base, tuple[int, str]]:
    """Return the number of subjects of cohorts that rows of their own or pooled rows give."""
    known: dict[Base, tuple[int, str]] = {}
    ranked = sorted(
        (place for place in places if place.reading.role == "subjects" and len(place.bases) == 1),
        key=lambda place: (_preference(place), -place.day, place.row),
    )
    for place in ranked:
        n = _count(place.reading.figure)
        if n is not None:
            known.setdefault(place.bases[0], (n, f"as {place.said} says of its cohort"))
    for place in places:
        if place.n is not None and len(place.bases) == 1 and place.reading.role == "figure":
            known.setdefault(place.bases[0], (place.n, f"as {place.said} of the same cohort states"))
    sums = [
        (place, total)
        for place in places
        if len(place.bases) > 1
        and (total := _count(place.reading.figure) if place.reading.role == "subjects" else place.n) is not None
    ]
    for _ in range(len(sums)):
        for place, total in sums:
            missing = [base for base in place.bases if base not in known]
            rest = total - sum(known[base][0] for base in place.bases if base in known)
            if len(missing) == 1 and rest > 0:
                cohorts = "+".join(base[1] for base in place.bases)
                known[missing[0]] = (rest, f"{total} in {cohorts} ({place.said}) less the other cohorts")
    for place, total in sums:
        if all(base in known for base in place.bases):
            found = sum(known[base][0] for base in place.bases)
            if found != total:
                work.notes.append(f"{place.said}: {total} subjects, but its cohorts have {found}")
    return known


def _count(figure: AnnouncedFigure) -> int | None:
    if figure.value is None or figure.unit != "count" or figure.comparator != "=":
        return None
    value = Decimal(figure.value)
    return int(value) if value == value.to_integral_value() and value > 0 else None


def _series(places: list[_Place], work: _Sorting, readings: dict[int, RowReading]) -> Series:
    releases: dict[tuple[str, str, str], int] = {}
    listed: list[ClaimedRelease] = []
    claims: list[Claim] = []
    facts: list[StatedFact] = []
    shares: list[Share] = []
    figures = [place for place in places if place.reading.role == "figure" and _is_checked(place.reading.figure)]
    for place in figures:
        if len(place.bases) == 1:
            _group(place.bases[0], place.origin, place.n, work, place)
    for place in places:
        figure = place.reading.figure
        if place.reading.role == "figure" and _is_plain_share(figure):
            assert figure.n is not None  # noqa: S101  # a plain share states it
            assert figure.window is not None  # noqa: S101  # a percentage has a number
            shares.append(Share(place.row, figure.n, figure.window))
        if place.reading.role == "subjects":
            work.context[place.row] = "it tells how many subjects a cohort has"
        if place not in figures:
            continue
        groups, why = _groups_of(place, work)
        if why:
            work.unused[place.row] = why
            continue
        release = _release_of(place, releases, listed)
        claims.extend(_claims(place, groups, release))
    for place in places:
        if place.reading.role in ("first entry", "opened", "closed", "after cohort"):
            found = _facts(place, work)
            if found:
                facts.extend(found)
            else:
                work.unused[place.row] = "no figure of that cohort is checked"
    return Series(
        groups=tuple(_told_apart(work.groups)),
        releases=tuple(listed),
        claims=tuple(claims),
        facts=tuple(facts),
        shares=tuple(shares),
        readings=readings,
        unused=work.unused,
        context=work.context,
        notes=tuple(dict.fromkeys(work.notes)),
    )


def _group(base: Base, origin: str | None, n: int | None, work: _Sorting, place: _Place) -> int:
    key = (base, origin, n)
    if key not in work.of:
        work.of[key] = len(work.groups)
        cohort = _as_worded(base, place)
        work.groups.append(ClaimGroup(cohort, cohort, origin, n, place.reading.trial))
    return work.of[key]


def _told_apart(groups: list[ClaimGroup]) -> list[ClaimGroup]:
    """Return groups whose labels say in what they differ, where they share the words."""
    found = []
    for group in groups:
        alike = [other for other in groups if other.cohort == group.cohort]
        twins = [other for other in alike if other.trial == group.trial]
        label = group.cohort
        if len(twins) < len(alike):
            label += f", {group.trial or 'trial not stated'}"
        if len({other.origin for other in twins}) > 1:
            label += f", from {group.origin or 'an origin not stated'}"
        if len({other.n for other in twins}) > 1:
            label += f", n = {'not stated' if group.n is None else group.n}"
        found.append(replace(group, label=label))
    return found


def _as_worded(base: Base, place: _Place) -> str:
    figure = place.reading.figure
    words = next((label for label in figure.cohorts if label.casefold() == base[1]), None)
    if words is None:
        words = figure.population or "+".join(figure.cohorts) or "not stated"
    if figure.cohorts and figure.population:
        words = f"{words}, {figure.population}"
    return f"{words}, {figure.arm}" if figure.arm else words


def _groups_of(place: _Place, work: _Sorting) -> tuple[tuple[int, ...], str]:
    """Return the groups that a row counts, or why they cannot be told."""
    if len(place.bases) == 1:
        return (work.of[place.bases[0], place.origin, place.n],), ""
    found = []
    for base in place.bases:
        mine = [number for (other, origin, _), number in work.of.items() if other == base and
                (place.origin is None or origin in (None, place.origin))]  # fmt: skip
        if not mine and base in work.known:
            mine = [_group(base, place.origin, work.known[base][0], work, place)]
        if len(mine) != 1:
            many = "several sets of subjects" if mine else "no figure of its own"
            return (), f"cohort {base[1]!r} has {many}, so that the pooled figure cannot be tied to it"
        found.append(mine[0])
    return tuple(found), ""


def _release_of(place: _Place, known: dict[tuple[str, str, str], int], listed: list[ClaimedRelease]) -> int:
    reading = place.reading
    announced, stated = reading.announced_on or "", reading.data_cutoff or ""
    key = (announced, stated, "" if announced or stated else reading.row.get("source"))
    if key not in known:
        known[key] = len(listed)
        words = announced or ("undated" if not stated else f"undated, cutoff {stated}")
        listed.append(ClaimedRelease(span(announced) if announced else None, span(stated) if stated else None, words))
    return known[key]


def _quantity(measure: Measure) -> tuple[Quantity, Endpoint]:
    """Return what is checked of a measure, and of which endpoint."""
    assert measure.checked is not None  # noqa: S101  # only such figures become claims
    by_progression = measure.endpoint == "progression-free survival" or measure.checked == "progression-free"
    return measure.checked, "pfs" if by_progression else "os"


def _claims(place: _Place, groups: tuple[int, ...], release: int) -> list[Claim]:
    figure = place.reading.figure
    quantity, endpoint = _quantity(MEASURES[figure.measure])
    claim = Claim(
        row=place.row,
        groups=groups,
        quantity=quantity,
        endpoint=endpoint,
        window=None if figure.comparator == "not reached" else figure.window,
        unit=figure.unit,
        release=release,
        not_reached=figure.says_not_reached,
        estimator=figure.estimator,
        censoring=figure.censoring,
        month=figure.month,
        ties=figure.ties,
        at=None if figure.at is None else Decimal(figure.at),
        at_unit=figure.at_unit,
        level=0.95 if figure.level is None else float(figure.level) / 100,
        deaths=figure.deaths,
        n=figure.n,
    )
    found = [claim]
    if figure.measure == "range-os" and figure.lower is not None and figure.upper is not None:
        ends = ((figure.lower, "shortest"), (figure.upper, "longest"))
        found = [replace(claim, quantity=quantity, window=_printed(digits)) for digits, quantity in ends]  # type: ignore[arg-type]
    elif quantity == "median" and figure.comparator != "range":
        for digits, side in ((figure.lower, "lower limit"), (figure.upper, "upper limit")):
            if digits is not None:
                found.append(replace(claim, quantity=side, window=_printed(digits), not_reached=False, deaths=None))  # type: ignore[arg-type]
    return found


def _printed(digits: str) -> Window:
    value = Decimal(digits)
    return Window(value - half_unit(digits), value + half_unit(digits))


def _facts(place: _Place, work: _Sorting) -> list[StatedFact]:
    reading = place.reading
    found = []
    for base in place.bases:
        for (other, _, _), group in sorted(work.of.items(), key=lambda item: item[1]):
            if other != base:
                continue
            if reading.role == "after cohort":
                found.extend(_after(place, group, work))
                continue
            kind: FactKind = reading.role  # type: ignore[assignment]
            assert reading.day is not None  # noqa: S101  # these roles have a day
            found.append(StatedFact(place.row, group, kind, span(reading.day)))
    return found


def _after(place: _Place, group: int, work: _Sorting) -> list[StatedFact]:
    figure = place.reading.figure
    label = (place.reading.other_cohort or "").casefold()
    trial, _, population, arm = place.bases[0]
    earlier = [number for (base, _, _), number in work.of.items() if base == (trial, label, population, arm)]
    if len(earlier) != 1 or figure.window is None or figure.unit not in TIME_UNITS:
        return []
    return [
        StatedFact(
            place.row, group, "after", window=figure.window, unit=figure.unit, other=earlier[0], month=figure.month
        )
    ]
