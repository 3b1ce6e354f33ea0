"""Claims under given terms, in whole days and numbers of subjects: what the deciders work on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from trialog.audit.reading.claims import COUNTED, Claim, Days, Endpoint, Series, StatedFact, days_in, scaled
from trialog.events.announced_figure import Window
from trialog.events.definition import TO_DATE, Censoring, Definition, Estimator, Month, Ties
from trialog.events.measures import Quantity

LONGEST_LAG: Final = 1096
"""Days, three years: how much older than its release the data behind a figure may be."""

NOMINAL_DAY: Final = 18_262
"""2020-01-01: where a series that gives no date at all is put."""


@dataclass(frozen=True)
class Terms:
    """How the figures of a series are read.

    Attributes:
        definition: For what the rows leave open.
        given: Parts of the definition that hold even where a row states another.
        cutoffs: ``as said``: the data cutoff is the stated one, else the day of the release. ``free``: where
            none is stated it may lie up to `LONGEST_LAG` days before the release.
        estimators, months: By row, in place of what the definition and the row say.
        cutoff: Days that the cutoff of a release may have, in place of the usual ones; by release.
        left_out: A group of one subject more than stated, which this release leaves out: (group, release).
        added: A group of one subject more than stated, whom only this release counts: (group, release).
        truncated: Rows whose digits were cut off rather than rounded.
        late: Undated releases may have a cutoff after the last day of the series.
    """

    definition: Definition = TO_DATE
    given: frozenset[str] = frozenset()
    cutoffs: Literal["as said", "free"] = "as said"
    estimators: tuple[tuple[int, Estimator], ...] = ()
    months: tuple[tuple[int, Month], ...] = ()
    cutoff: tuple[tuple[int, Days], ...] = ()
    left_out: tuple[int, int] | None = None
    added: tuple[int, int] | None = None
    truncated: frozenset[int] = frozenset()
    late: bool = True

    def estimator_of(self, claim: Claim) -> Estimator:
        """Return the estimator of a claim; what is not reached has a Kaplan-Meier median."""
        if claim.not_reached:
            return "kaplan-meier"
        override = dict(self.estimators).get(claim.row)
        if override is not None:
            return override
        if claim.estimator is None or "estimator" in self.given:
            return self.definition.estimator
        return claim.estimator

    def month_of(self, row: int, stated: Month | None) -> Month:
        """Return the month of a row."""
        override = dict(self.months).get(row)
        if override is not None:
            return override
        return self.definition.month if stated is None or "month" in self.given else stated

    def ties_of(self, claim: Claim) -> Ties:
        """Return the tie rule of a claim."""
        return self.definition.ties if claim.ties is None or "ties" in self.given else claim.ties

    def censoring_of(self, claim: Claim) -> Censoring:
        """Return until when the living of a claim count."""
        return self.definition.censoring if claim.censoring is None or "censoring" in self.given else claim.censoring


@dataclass(frozen=True)
class NumericClaim:
    """A claim in numbers.

    Attributes:
        row, groups, quantity, endpoint, release, estimator, ties, level, not_reached: As in `Claim`.
        low, high: Least and greatest; None where unbounded. In half days for medians and limits, in days for
            the shortest and the longest, in days added up for means, in subjects for counts and rates.
        landmark: Whole days from the origin, of a rate.
        window: The announced numbers, in percent, of a rate.
        deaths: Deaths behind the figure, where stated.
    """

    row: int
    groups: tuple[int, ...]
    quantity: Quantity
    endpoint: Endpoint
    release: int
    estimator: Estimator
    ties: Ties
    low: int | None
    high: int | None
    not_reached: bool = False
    landmark: int | None = None
    level: float = 0.95
    window: Window | None = None
    deaths: int | None = None


@dataclass(frozen=True)
class Start:
    """A fact about a group's days: the first entry lies in ``days``, or no entry before, or none after."""

    row: int
    group: int
    kind: Literal["first entry", "opened", "closed"]
    days: Days


@dataclass(frozen=True)
class Gap:
    """The start of a group lies ``low`` to ``high`` days after that of another."""

    row: int
    group: int
    other: int
    low: int | None
    high: int | None


@dataclass(frozen=True)
class ConstraintProblem:
    """Whether some history gives all of these numbers.

    Attributes:
        numbers: Subjects of each group, by place in the series; None where it is not known.
        cutoffs: Days that the cutoff of each release may have.
        parts, starts, gaps: What has to hold.
        lost: Living subjects may be lost to follow-up; else they are followed to each cutoff.
        left_out, added: As in `Terms`.
    """

    numbers: Mapping[int, int | None]
    cutoffs: Mapping[int, Days]
    parts: tuple[NumericClaim, ...]
    starts: tuple[Start, ...] = ()
    gaps: tuple[Gap, ...] = ()
    lost: bool = False
    left_out: tuple[int, int] | None = None
    added: tuple[int, int] | None = None

    def size(self, group: int) -> int:
        """Return the subjects of a group to construct."""
        n = self.numbers[group]
        assert n is not None  # noqa: S101  # asked only once every number is known
        more = any(pair is not None and pair[0] == group for pair in (self.left_out, self.added))
        return n + more

    def counted(self, group: int, release: int) -> int:
        """Return the subjects of a group that a release counts."""
        n = self.numbers[group]
        assert n is not None  # noqa: S101
        if self.left_out is not None and self.left_out[0] == group:
            return n if self.left_out[1] == release else n + 1
        if self.added is not None and self.added[0] == group:
            return n + 1 if self.added[1] == release else n
        return n

    def of_group(self, group: int) -> tuple[NumericClaim, ...]:
        """Return the parts that are about one group alone."""
        return tuple(part for part in self.parts if part.groups == (group,))


@dataclass(frozen=True)
class Component:
    """Groups that facts or pooled figures tie together, with the rows about them."""

    groups: tuple[int, ...]
    claims: tuple[Claim, ...]
    facts: tuple[StatedFact, ...]

    @property
    def rows(self) -> frozenset[int]:
        """The rows of its claims and facts."""
        return frozenset(claim.row for claim in self.claims) | {fact.row for fact in self.facts}


def components(series: Series, terms: Terms, rows: frozenset[int] | None = None) -> tuple[Component, ...]:
    """Return the independent parts of a series, of some of its rows only where given.

    Pooled figures, gaps between starts and a common cutoff whose day is open tie groups together.
    """
    claims = [claim for claim in series.claims if rows is None or claim.row in rows]
    facts = [fact for fact in series.facts if rows is None or fact.row in rows]
    root = {group: group for claim in claims for group in claim.groups}

    def find(group: int) -> int:
        while root[group] != group:
            group = root[group]
        return group

    def join(one: int, other: int) -> None:
        low, high = sorted((find(one), find(other)))
        root[high] = low

    for claim in claims:
        for group in claim.groups[1:]:
            join(claim.groups[0], group)
    for fact in facts:
        if fact.kind == "after" and fact.group in root and fact.other in root:
            join(fact.group, fact.other)
    first_of: dict[int, int] = {}
    for claim in claims:
        earliest, latest = _cutoff(series, claim.release, terms)
        if earliest < latest:
            join(first_of.setdefault(claim.release, claim.groups[0]), claim.groups[0])
    found = []
    for top in sorted({find(group) for group in root}):
        groups = tuple(sorted(group for group in root if find(group) == top))
        found.append(
            Component(
                groups,
                tuple(claim for claim in claims if claim.groups[0] in groups),
                tuple(
                    fact for fact in facts if fact.group in groups and (fact.kind != "after" or fact.other in groups)
                ),
            )
        )
    return tuple(found)


def question(
    series: Series, component: Component, terms: Terms, numbers: Mapping[int, int | None] | None = None
) -> ConstraintProblem:
    """Return the claims and facts of a component in numbers.

    Args:
        series: Of which the component is a part.
        component: Which claims and facts.
        terms: How they are read.
        numbers: Subjects by group, for groups whose number the series does not give. Claims that depend on
            a number that is not known are left out.
    """
    known = {group: series.groups[group].n for group in component.groups} | dict(numbers or {})
    used = sorted({claim.release for claim in component.claims})
    parts = (_part(claim, terms, known) for claim in component.claims)
    return ConstraintProblem(
        numbers=known,
        cutoffs={release: _cutoff(series, release, terms) for release in used},
        parts=tuple(part for part in parts if part is not None),
        starts=tuple(
            Start(fact.row, fact.group, fact.kind, fact.days)
            for fact in component.facts
            if fact.kind != "after" and fact.days is not None
        ),
        gaps=tuple(_gap(fact, terms) for fact in component.facts if fact.kind == "after"),
        lost=any(terms.censoring_of(claim) == "last known alive" for claim in component.claims),
        left_out=terms.left_out if terms.left_out and terms.left_out[0] in component.groups else None,
        added=terms.added if terms.added and terms.added[0] in component.groups else None,
    )


def _part(claim: Claim, terms: Terms, numbers: Mapping[int, int | None]) -> NumericClaim | None:
    n = _counted(claim, terms, numbers)
    estimator = terms.estimator_of(claim)
    window = _read(claim, terms)
    part = NumericClaim(
        row=claim.row,
        groups=claim.groups,
        quantity=claim.quantity,
        endpoint=claim.endpoint,
        release=claim.release,
        estimator=estimator,
        ties=terms.ties_of(claim),
        low=None,
        high=None,
        not_reached=claim.not_reached,
        level=claim.level,
        deaths=claim.deaths,
    )
    if claim.quantity in COUNTED or claim.quantity == "rate":
        if n is None or window is None:
            return None
        if claim.quantity == "rate":
            assert claim.at is not None and claim.at_unit is not None  # noqa: S101, PT018  # a rate has its landmark
            day = Fraction(claim.at) * days_in(claim.at_unit, terms.month_of(claim.row, claim.month))
            part = replace(part, landmark=day.numerator // day.denominator, window=_as_percent(window, claim.unit, n))
        least, most = whole_numbers(window, claim.unit, n)
        return replace(part, low=least, high=most)
    if window is None:
        return part
    length = days_in(claim.unit, terms.month_of(claim.row, claim.month))
    factor = length
    if claim.quantity in ("median", "lower limit", "upper limit"):
        factor = 2 * length
    elif claim.quantity == "mean":
        if n is None:
            return None
        factor = length * n
    low, high = scaled(window, factor)
    return replace(part, low=low, high=high)


def _counted(claim: Claim, terms: Terms, numbers: Mapping[int, int | None]) -> int | None:
    """Return how many subjects a claim counts, None where that is not known."""
    n = 0
    for group in claim.groups:
        known = numbers[group]
        if known is None:
            return None
        one_more = (
            terms.left_out is not None and terms.left_out[0] == group and terms.left_out[1] != claim.release
        ) or (terms.added is not None and terms.added == (group, claim.release))
        n += known + one_more
    return n


def _read(claim: Claim, terms: Terms) -> Window | None:
    window = claim.window
    if window is None or claim.row not in terms.truncated or window.lower is None or window.upper is None:
        return window
    half = (window.upper - window.lower) / 2
    return Window(window.lower + half, window.upper + half, upper_open=True)


def whole_numbers(window: Window, unit: str, n: int) -> tuple[int, int]:
    """Return the least and the greatest number of n subjects that a percentage or a count stands for.

    The least is above the greatest where no number of subjects gives it.
    """
    fits = [k for k in range(n + 1) if window.holds(Decimal(100 * k) / n if unit == "percent" else Decimal(k))]
    return (min(fits), max(fits)) if fits else (1, 0)


def _as_percent(window: Window, unit: str, n: int) -> Window:
    if unit == "percent":
        return window
    lower, upper = (None if bound is None else bound * 100 / n for bound in (window.lower, window.upper))
    return replace(window, lower=lower, upper=upper)


def _gap(fact: StatedFact, terms: Terms) -> Gap:
    assert fact.window is not None  # noqa: S101  # a gap has its length
    low, high = scaled(fact.window, days_in(fact.unit, terms.month_of(fact.row, fact.month)))
    return Gap(fact.row, fact.group, fact.other, low, high)


def _cutoff(series: Series, number: int, terms: Terms) -> Days:
    override = dict(terms.cutoff).get(number)
    if override is not None:
        return override
    release = series.releases[number]
    if release.stated is not None:
        return release.stated
    if release.announced is not None:
        first, last = release.announced
        return (first - LONGEST_LAG, last) if terms.cutoffs == "free" else (first, last)
    return undated(series, late=terms.late)


def undated(series: Series, *, late: bool) -> Days:
    """Return the days that the cutoff of an undated release may have.

    From ten years before the first day of the series on, to its last day; or (``late``) so far beyond that
    day that a later one would make no difference: twice the longest time that is claimed.
    """
    days = [day for release in series.releases for day in (release.announced or ()) + (release.stated or ())]
    days += [day for fact in series.facts for day in fact.days or ()]
    first, last = (min(days), max(days)) if days else (NOMINAL_DAY, NOMINAL_DAY)
    longest = _longest(series.claims)
    if not days:
        return NOMINAL_DAY, NOMINAL_DAY + (2 * longest + 1 if late else longest)
    return first - max(longest, 3653), last + (2 * longest + 1 if late else 0)


def _longest(claims: Iterable[Claim]) -> int:
    times = [
        bound * Decimal(str(float(days_in(claim.unit, "30.4375"))))
        for claim in claims
        if claim.window is not None and claim.unit in ("days", "weeks", "months", "years")
        for bound in (claim.window.lower, claim.window.upper)
        if bound is not None
    ]
    return int(max(times, default=Decimal(0))) + 1
