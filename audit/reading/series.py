"""Rows of a register file sorted into claims, facts and rows that cannot be checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trialog.audit.reading.claims import Claim, ClaimGroup, Endpoint, FactKind, Series, StatedFact
from trialog.audit.reading.numbers import with_numbers
from trialog.audit.reading.places import (
    Base,
    Sorting,
    SubjectPlace,
    atomic_pools,
    is_arithmetic,
    is_checked,
    of_one_evaluator,
    placed,
    why_useless,
    with_origins,
)
from trialog.audit.reading.releases import Releases
from trialog.events.announced_figure import TIME_UNITS, Window, half_unit
from trialog.events.dates import span
from trialog.events.measures import MEASURES, Measure, Quantity
from trialog.exchange.register.row_reading import RowReading


def series_of(
    readings: Sequence[RowReading],
    *,
    n_given: int | Mapping[str, int] | None = None,
    only: Iterable[str] = (),
    guess: bool = True,
) -> Series:
    """Return the claims and facts of some rows.

    Args:
        readings: The rows as read.
        n_given: Number of subjects of each cohort, or of the cohorts named, in place of the file's.
        only: Cohorts as worded; rows about others are left out. All rows if empty.
        guess: Give a row without n the number of another release even if releases give several.
    """
    wanted = {word.casefold() for word in only}
    work = Sorting()
    readings = sorted(readings, key=lambda each: sorted(each.row.cells.items()))
    places = []
    for rank, reading in enumerate(readings, 1):
        why = why_useless(reading)
        if not why and wanted and reading.row.get("cohort").casefold() not in wanted:
            why = "another cohort than the one asked for"
        if why:
            work.unused[rank] = why
        else:
            places.append(placed(rank, reading))
    places = of_one_evaluator(places, work)
    places = atomic_pools(places)
    places = with_origins(places, work)
    places = with_numbers(places, n_given, work, guess=guess)
    return _series(places, work, dict(enumerate(readings, 1)))


def _series(places: list[SubjectPlace], work: Sorting, readings: dict[int, RowReading]) -> Series:
    releases = Releases()
    claims: list[Claim] = []
    facts: list[StatedFact] = []
    figures = [place for place in places if place.reading.role == "figure" and is_checked(place.reading.figure)]
    for place in figures:
        if len(place.bases) == 1:
            _group(place.bases[0], place.origin, place.n, work, place)
    for place in places:
        if place.reading.role == "subjects":
            work.context[place.row] = "it tells how many subjects a cohort has"
        if place not in figures:
            continue
        groups, why = _groups_of(place, work)
        if why:
            work.unused[place.row] = why
            continue
        claims.extend(_claims(place, groups, releases.of(place.reading, place.row)))
    for place in places:
        if place.reading.role in ("first entry", "opened", "closed", "after cohort"):
            found = _facts(place, work)
            if found:
                facts.extend(found)
            else:
                work.unused[place.row] = "no figure of that cohort is checked"
    counted = [place for place in places if place.reading.role == "figure" and is_arithmetic(place.reading.figure)]
    return Series(
        groups=tuple(_told_apart(work.groups)),
        releases=releases.told_apart(),
        claims=tuple(claims),
        facts=tuple(facts),
        arithmetic=frozenset(place.row for place in counted if place.row not in work.unused),
        readings=readings,
        unused=work.unused,
        context=work.context,
        notes=tuple(dict.fromkeys(work.notes)),
    )


def _group(base: Base, origin: str | None, n: int | None, work: Sorting, place: SubjectPlace) -> int:
    key = (base, origin, n)
    if key not in work.of:
        work.of[key] = len(work.groups)
        cohort = _as_worded(base, place)
        work.groups.append(ClaimGroup(cohort, cohort, origin, n, place.reading.trial))
    return work.of[key]


def _told_apart(groups: list[ClaimGroup]) -> list[ClaimGroup]:
    """Return groups with distinct labels: groups with the same words get labels that say how they differ."""
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


def _as_worded(base: Base, place: SubjectPlace) -> str:
    figure = place.reading.figure
    words = next((label for label in figure.cohorts if label.casefold() == base[1]), None)
    if words is None:
        words = figure.population or "+".join(figure.cohorts) or "not stated"
    if figure.cohorts and figure.population:
        words = f"{words}, {figure.population}"
    return f"{words}, {figure.arm}" if figure.arm else words


def _groups_of(place: SubjectPlace, work: Sorting) -> tuple[tuple[int, ...], str]:
    """Return the groups that a row counts, or why they are unknown."""
    if len(place.bases) == 1:
        return (work.of[place.bases[0], place.origin, place.n],), ""
    found: list[int] = []
    for base in place.bases:
        mine = [number for (other, origin, _), number in work.of.items() if other == base and
                (place.origin is None or origin in (None, place.origin))]  # fmt: skip
        if not mine and base in work.known:
            mine = [_group(base, place.origin, work.known[base][0], work, place)]
        if len(mine) != 1:
            many = "several sets of subjects" if mine else "no figure of its own"
            return (), f"cohort {base[1]!r} has {many}, so that the pooled figure cannot be tied to it"
        found.append(mine[0])
    numbers = [work.groups[number].n for number in found]
    if place.n is not None and None not in numbers and sum(n or 0 for n in numbers) != place.n:
        trial, _, population, arm = place.bases[0]
        pooled = (trial, "+".join(base[1] for base in place.bases), population, arm)
        work.notes.append(f"{place.said}: {place.n} subjects are not those of its cohorts; it is checked by itself")
        return (_group(pooled, place.origin, place.n, work, place),), ""
    return tuple(found), ""


def _quantity(measure: Measure) -> tuple[Quantity, Endpoint]:
    """Return the quantity that is checked of a measure, and its endpoint."""
    assert measure.checked is not None  # noqa: S101  # only such figures become claims
    by_progression = measure.endpoint == "progression-free survival" or measure.checked == "progression-free"
    return measure.checked, "pfs" if by_progression else "os"


def _claims(place: SubjectPlace, groups: tuple[int, ...], release: int) -> list[Claim]:
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
        conf_type=figure.conf_type,
        counting=figure.counting,
        level=None if figure.level is None else float(Decimal(figure.level) / 100),
        deaths=figure.deaths,
        n=figure.n,
        fraction=figure.count is not None,
    )
    if figure.measure == "range-os" and figure.lower is not None and figure.upper is not None:
        ends: tuple[tuple[str, Quantity], ...] = ((figure.lower, "shortest"), (figure.upper, "longest"))
        return [replace(claim, quantity=end, window=_printed(digits)) for digits, end in ends]
    found = [claim] if claim.window is not None or claim.not_reached else []
    if quantity != "median" or figure.comparator == "range":
        return found
    beside = replace(claim, not_reached=False, deaths=None)
    sides: tuple[tuple[str | None, Quantity], ...] = ((figure.lower, "lower limit"), (figure.upper, "upper limit"))
    found += [replace(beside, quantity=side, window=_printed(digits)) for digits, side in sides if digits is not None]
    spread: tuple[tuple[str | None, Quantity], ...] = (
        (figure.range_lower, "shortest"),
        (figure.range_upper, "longest"),
    )
    ends_aside = [(_printed(digits), end) for digits, end in spread if digits is not None]
    return found + [replace(beside, quantity=end, window=window, aside=True) for window, end in ends_aside]


def _printed(digits: str) -> Window:
    value = Decimal(digits)
    return Window(value - half_unit(digits), value + half_unit(digits))


def _facts(place: SubjectPlace, work: Sorting) -> list[StatedFact]:
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


def _after(place: SubjectPlace, group: int, work: Sorting) -> list[StatedFact]:
    figure = place.reading.figure
    label = (place.reading.other_cohort or "").casefold()
    trial, _, population, arm = place.bases[0]
    earlier = [number for (base, _, _), number in work.of.items() if base == (trial, label, population, arm)]
    if len(earlier) != 1 or figure.window is None or figure.unit not in TIME_UNITS:
        return []
    return [
        StatedFact(
            place.row,
            group,
            "after",
            window=figure.window,
            unit=figure.unit,
            other=earlier[0],
            month=figure.month,
            counting=figure.counting,
        )
    ]
