"""The readings of a series: every definition that its rows leave open, the plainest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final, Literal, get_args

from trialog.audit.reading.claims import Claim, Series
from trialog.audit.reading.lengths import COUNTINGS, LENGTHS, Length, whole_days
from trialog.audit.reading.terms import LEVELS, Terms
from trialog.events.announced_figure import TIME_UNITS
from trialog.events.definition import Definition, Estimator, Ties

MOST_READINGS: Final = 24
"""Readings that share estimator, tie rule and counting."""

WEIGHTS: Final = {
    "ties": 1,
    "conf_type": 2,
    "censoring": 2,
    "level": 3,
    "month": 4,
    "counting": 5,
    "estimator": 6,
}
"""Weight of each part in which a reading differs from the plainest one, as in `trialog explain`; sums are compared."""

UNBUNDLED: Final = 1
"""Weight of several data cutoffs for releases of one day, or undated ones of one source."""

WITHOUT_RANGES: Final = 2
"""Weight of a range beside a median that is not one of all times."""


def readings_of(
    series: Series, definition: Definition | None, given: frozenset[str], cutoffs: Literal["as said", "free"]
) -> Iterator[Terms]:
    """Yield the readings of a series, the plainest first.

    Everything that rows state holds in each reading. The plainest reading has the estimator that rows state (to-date
    if none or several are stated), months of 30.4375 days, and counts the living to the cutoff.

    Args:
        series: The claims.
        definition: Parts that hold for every figure.
        given: Their names.
        cutoffs: How open the data cutoffs are.
    """
    plain, other = _plain(series, definition, given, cutoffs)
    variants = list(_variants(series, plain, other))
    variants.sort(key=lambda each: (each[0], each[1]))
    seen: set[Terms] = set()
    alike: Counter[tuple[str, ...]] = Counter()
    for _, _, terms in variants:
        if terms not in seen and alike[terms.common] < MOST_READINGS:
            seen.add(terms)
            alike[terms.common] += 1
            yield terms


def every_reading(
    series: Series, definition: Definition | None, given: frozenset[str], cutoffs: Literal["as said", "free"]
) -> tuple[Terms, ...]:
    """Return terms that allow everything that any reading allows, and more; the arguments are those of `readings_of`.

    Estimator, tie rule and counting are the same for all rows of a series that leave them open; months, limits,
    censoring and shared cutoffs may differ from row to row.
    """
    plain, other = _plain(series, definition, given, cutoffs)
    own = plain.definition
    estimators = [own.estimator, *([other] if other is not None and "estimator" not in given else [])]
    open_counting = "counting" not in given and any(claim.counting is None for claim in series.claims)
    ties = [choice.parts["ties"] for choice in _ties(series, plain, estimators)]
    return tuple(
        replace(
            plain,
            definition=replace(own, estimator=estimator, ties=rule, counting=counting),
            every=True,
            bundled=False,
        )
        for estimator, counting, rule in product(estimators, COUNTINGS if open_counting else (own.counting,), ties)
    )


def _plain(
    series: Series, definition: Definition | None, given: frozenset[str], cutoffs: Literal["as said", "free"]
) -> tuple[Terms, Estimator | None]:
    """Return the plainest reading, and the one with the other estimator if rows leave it open."""
    base = definition or Definition(estimator="to-date", censoring="cutoff")
    first, other = _estimators(series)
    if "estimator" not in given:
        base = replace(base, estimator=first)
    if "censoring" not in given:
        base = replace(base, censoring="cutoff")
    return Terms(base, given, cutoffs), other


def _estimators(series: Series) -> tuple[Estimator, Estimator | None]:
    """Return the estimator that is tried first, and the other one if rows leave it open."""
    stated = {claim.estimator for claim in series.claims if claim.is_defined and claim.estimator is not None}
    first: Estimator = "kaplan-meier" if stated == {"kaplan-meier"} else "to-date"
    other: Estimator = "to-date" if first == "kaplan-meier" else "kaplan-meier"
    return first, other if any(_leaves_open(claim) for claim in series.claims) else None


def _leaves_open(claim: Claim) -> bool:
    return claim.is_defined and claim.quantity != "rate" and claim.estimator is None and not claim.not_reached


@dataclass(frozen=True)
class _Choice:
    """One word of a part of the definition, with its weight."""

    weight: int
    parts: dict[str, Any]


def _variants(series: Series, plain: Terms, other: Estimator | None) -> Iterator[tuple[int, int, Terms]]:
    """Yield every reading with its weight and its place among those of the same weight."""
    base, given = plain.definition, plain.given
    estimators: list[Estimator] = [base.estimator]
    if other is not None and "estimator" not in given:
        estimators.append(other)
    limits = [claim for claim in series.claims if claim.quantity in ("lower limit", "upper limit")]
    levels = LEVELS if any(claim.level is None for claim in limits) else (base.level,)
    kinds = ("log", "log-log", "plain") if any(claim.conf_type is None for claim in limits) else (base.conf_type,)
    dimensions = [
        [_Choice(WEIGHTS["estimator"] * place, {"estimator": each}) for place, each in enumerate(estimators)],
        list(_lengths(series, plain)),
        _choices("censoring", ("cutoff", "last known alive"), plain),
        _ties(series, plain, estimators),
        _choices("conf_type", kinds, plain),
        _choices("level", levels, plain),
    ]
    several = any(release.bundle != place for place, release in enumerate(series.releases))
    aside = any(claim.aside for claim in series.claims)
    for place, choices in enumerate(product(*dimensions)):
        weight = sum(choice.weight for choice in choices)
        parts = {name: word for choice in choices for name, word in choice.parts.items()}
        terms = replace(plain, definition=replace(base, **parts))
        yield weight, place, terms
        if several:
            yield weight + UNBUNDLED, place, replace(terms, bundled=False)
        if aside:
            yield weight + WITHOUT_RANGES, place, replace(terms, ranges=False)
        if several and aside:
            yield weight + UNBUNDLED + WITHOUT_RANGES, place, replace(terms, bundled=False, ranges=False)


def _ties(series: Series, plain: Terms, estimators: Sequence[Estimator]) -> list[_Choice]:
    """Return the tie rules to try: several only if some figure may rest on a curve."""
    curves = "kaplan-meier" in estimators or any(
        claim.not_reached or claim.estimator == "kaplan-meier" for claim in series.claims
    )
    return _choices("ties", get_args(Ties) if curves else (plain.definition.ties,), plain)


def _choices(part: str, words: tuple[Any, ...], plain: Terms) -> list[_Choice]:
    own = getattr(plain.definition, part)
    if part in plain.given:
        return [_Choice(0, {part: own})]
    ordered = [own, *(word for word in words if word != own)]
    return [_Choice(WEIGHTS[part] * (place > 0), {part: word}) for place, word in enumerate(ordered)]


def _lengths(series: Series, plain: Terms) -> Iterator[_Choice]:
    """Yield the months and countings under which each row may mean a whole number of days."""
    base, given = plain.definition, plain.given
    timed = [claim for claim in series.claims if claim.window is not None and claim.unit in TIME_UNITS]
    own = Length(base.month, base.counting)
    yield _Choice(0, {"month": own.month, "counting": own.counting})
    in_months = [claim for claim in series.claims if "months" in (claim.unit, claim.at_unit)]
    settled = {"month": "month" in given or all(claim.month is not None for claim in in_months)}
    counted = [claim for claim in series.claims if claim in timed or claim.quantity == "rate"]
    settled["counting"] = "counting" in given or all(claim.counting is not None for claim in counted)
    for length in LENGTHS:
        changed = {"month": length.month != own.month, "counting": length.counting != own.counting}
        if length == own or any(changed[part] and settled[part] for part in changed):
            continue
        if all(_stands(claim, length) for claim in timed):
            weight = sum(WEIGHTS[part] * changed[part] for part in changed)
            yield _Choice(weight, {"month": length.month, "counting": length.counting})


def _stands(claim: Claim, length: Length) -> bool:
    """Tell whether a claim that leaves its month and counting open may mean a whole number of half days."""
    assert claim.window is not None  # noqa: S101  # asked of times
    own = replace(length, month=claim.month or length.month, counting=claim.counting or length.counting)
    low, high = whole_days(claim.window, claim.unit, own, 2)
    return low is None or high is None or low <= high
