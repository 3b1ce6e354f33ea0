"""Number of subjects of a row that does not state it: from its release, its cohort, or pooled counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trialog.audit.reading.places import Base, Sorting, SubjectPlace, is_checked
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.measures import MEASURES


def with_numbers(
    places: list[SubjectPlace], given: int | Mapping[str, int] | None, work: Sorting, *, guess: bool = True
) -> list[SubjectPlace]:
    """Give every row about one cohort its number of subjects, as far as the series contains it.

    Args:
        places: The rows.
        given: Numbers that replace those of the file.
        work: Collects the notes.
        guess: Take the number of another release even if releases give the cohort several numbers.
    """
    if given is not None:
        return [replace(place, n=_n_given(place, given)) for place in places]
    known = work.known = _numbers_of_cohorts(places, work)
    found = []
    for place in places:
        if len(place.bases) > 1 or place.n is not None:
            found.append(place)
            continue
        n, why = _number_of_release(place, places)
        if n is None and (guess or len(_all_numbers(place, places)) <= 1):
            n, why = _number_for(place, places)
            if n is None and place.bases[0] in known:
                n, why = known[place.bases[0]]
        if n is not None and is_checked(place.reading.figure):
            work.notes.append(f"{place.said}: n = {n} is inferred, {why}")
        found.append(replace(place, n=n))
    by_base: dict[Base, set[int]] = {}
    for place in found:
        if place.n is not None and len(place.bases) == 1 and is_checked(place.reading.figure):
            by_base.setdefault(place.bases[0], set()).add(place.n)
    for base in sorted(by_base):
        if len(by_base[base]) > 1:
            numbers = ", ".join(str(n) for n in sorted(by_base[base]))
            work.notes.append(
                f"cohort {base[1]!r}: figures of n = {numbers} count different subjects and are not compared; "
                "the law of a fixed cohort does not hold between them"
            )
    return found


def _n_given(place: SubjectPlace, given: int | Mapping[str, int]) -> int | None:
    if isinstance(given, int):
        return given if len(place.bases) == 1 else None
    numbers = {label.casefold(): n for label, n in given.items()}
    if len(place.bases) > 1:
        return None
    return numbers.get(place.bases[0][1], place.n)


def _all_numbers(place: SubjectPlace, places: Sequence[SubjectPlace]) -> set[int]:
    """Return every number of subjects that rows of any release give for a row's cohort."""
    mine = [other for other in places if other.bases == place.bases]
    found = {other.n for other in mine if other.n is not None}
    counted = (_count(other.reading.figure) for other in mine if other.reading.role == "subjects")
    return found | {n for n in counted if n is not None}


def _preference(place: SubjectPlace) -> int:
    """Return the rank of a row that gives a number of subjects, the smallest number if there are several."""
    rank = MEASURES[place.reading.figure.measure].sizes_cohort
    assert rank is not None  # noqa: S101  # such rows have no other measure
    return rank


def _number_of_release(place: SubjectPlace, places: Sequence[SubjectPlace]) -> tuple[int | None, str]:
    """Return the number that a separate row gives for the same cohort in the same release."""
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


def _number_for(place: SubjectPlace, places: Sequence[SubjectPlace]) -> tuple[int | None, str]:
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


def _numbers_of_cohorts(places: Sequence[SubjectPlace], work: Sorting) -> dict[Base, tuple[int, str]]:
    """Return the number of subjects of cohorts that separate or pooled rows give."""
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
