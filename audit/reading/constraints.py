"""Claims under given terms, in whole days and numbers of subjects: the input of the deciders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from trialog.audit.reading.claims import COUNTED, Claim, Days, Endpoint, Series, StatedFact
from trialog.audit.reading.lengths import Length, Range, days_in, landmark_day, scaled, united, whole_days
from trialog.audit.reading.terms import Terms
from trialog.events.announced_figure import Window
from trialog.events.definition import ConfType, Estimator, Ties
from trialog.events.measures import Quantity

LONGEST_LAG: Final = 1096
"""Days (three years): the longest time from the data cutoff of a figure to its release."""

LIMITS: Final = ("lower limit", "upper limit")
HALVED: Final = ("median", *LIMITS)
"""Quantities in half days: each may be the mean of two times."""

SCREENING: Final = 60
"""Days by which the enrollment of a cohort's first subject may lie before its first dose."""

LAST_DAY: Final = 10**6
"""Day number later than every date."""

NOMINAL_DAY: Final = 18_262
"""2020-01-01: day to which a series without any date is assigned."""


@dataclass(frozen=True)
class NumericClaim:
    """A claim in numbers.

    Attributes:
        row, groups, quantity, endpoint, not_reached: As in `Claim`.
        release: Release whose cutoff it has.
        ranges: Numbers that it may mean, without overlap, in order; empty if no number fits. In half days for
            medians and limits, in days for the shortest and the longest, in days added up for means, in subjects
            for counts and rates.
        ties: As in `Definition`.
        estimators, conf_types, levels: All that it may have; under one reading exactly one.
        last_known_alive: The living may count until they were last known alive instead of to the cutoff.
        landmarks: Whole days from the origin, of a rate, ascending.
        window: The announced numbers, in percent, of a rate.
        deaths: Deaths that the figure counts, if stated.
    """

    row: int
    groups: tuple[int, ...]
    quantity: Quantity
    endpoint: Endpoint
    release: int
    ranges: tuple[Range, ...] = ((None, None),)
    estimators: tuple[Estimator, ...] = ("to-date",)
    ties: Ties = "midpoint"
    conf_types: tuple[ConfType, ...] = ("log",)
    levels: tuple[float, ...] = (0.95,)
    last_known_alive: bool = False
    not_reached: bool = False
    landmarks: tuple[int, ...] = ()
    window: Window | None = None
    deaths: int | None = None

    @property
    def low(self) -> int | None:
        """The least number that it may mean; None if unbounded."""
        return self.ranges[0][0] if self.ranges else 1

    @property
    def high(self) -> int | None:
        """The greatest number that it may mean; None if unbounded."""
        return self.ranges[-1][1] if self.ranges else 0

    @property
    def may_be_to_date(self) -> bool:
        """Whether it may be a plain median of times so far, or a plain number of survivors."""
        return "to-date" in self.estimators

    @property
    def may_be_kaplan_meier(self) -> bool:
        """Whether it may rest on a Kaplan-Meier curve."""
        return "kaplan-meier" in self.estimators

    @property
    def is_to_date(self) -> bool:
        """Whether it can only be a plain median of times so far."""
        return self.estimators == ("to-date",)

    @property
    def is_kaplan_meier(self) -> bool:
        """Whether it can only be a figure of a Kaplan-Meier curve."""
        return self.estimators == ("kaplan-meier",)

    def holds(self, value: int) -> bool:
        """Tell whether it may mean a number."""
        return any((low is None or value >= low) and (high is None or value <= high) for low, high in self.ranges)


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
        numbers: Subjects of each group, by place in the series; None if it is not known.
        cutoffs: Days that the cutoff of each release may have.
        parts, starts, gaps: The conditions that must hold.
        left_out, added: As in `Terms`.
        wide: Whether only a "no" is proof and a "yes" may be wrong; see `Terms.every`.
    """

    numbers: Mapping[int, int | None]
    cutoffs: Mapping[int, Days]
    parts: tuple[NumericClaim, ...]
    starts: tuple[Start, ...] = ()
    gaps: tuple[Gap, ...] = ()
    left_out: tuple[int, int] | None = None
    added: tuple[int, int] | None = None
    wide: bool = False

    @property
    def lost(self) -> bool:
        """Whether living subjects may be lost to follow-up; otherwise they are followed to each cutoff."""
        return any(part.last_known_alive for part in self.parts)

    def size(self, group: int) -> int:
        """Return how many subjects of a group to construct."""
        n = self.numbers[group]
        assert n is not None  # noqa: S101  # asked only once every number is known
        more = any(pair is not None and pair[0] == group for pair in (self.left_out, self.added))
        return n + more

    def counted(self, group: int, release: int) -> int:
        """Return how many subjects of a group a release counts."""
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
    """Return the independent parts of a series, or of some of its rows.

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
        release = terms.release_of(series, claim)
        earliest, latest = _cutoff(series, release, terms)
        if earliest < latest:
            join(first_of.setdefault(release, claim.groups[0]), claim.groups[0])
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
        series: Series that contains the component.
        component: The claims and facts.
        terms: Terms under which they are read.
        numbers: Subjects by group, for groups whose number the series does not give. Claims that depend on
        an unknown number are left out.
    """
    known = {group: series.groups[group].n for group in component.groups} | dict(numbers or {})
    used = sorted({terms.release_of(series, claim) for claim in component.claims})
    counted = [claim for claim in component.claims if not claim.aside or (terms.ranges and not terms.every)]
    parts = (_part(claim, terms, known, terms.release_of(series, claim)) for claim in counted)
    return ConstraintProblem(
        numbers=known,
        cutoffs={release: _cutoff(series, release, terms) for release in used},
        parts=tuple(part for part in parts if part is not None),
        starts=tuple(_start(series, fact, terms) for fact in component.facts if fact.kind != "after"),
        gaps=tuple(_gap(fact, terms) for fact in component.facts if fact.kind == "after"),
        left_out=terms.left_out if terms.left_out and terms.left_out[0] in component.groups else None,
        added=terms.added if terms.added and terms.added[0] in component.groups else None,
        wide=terms.every,
    )


def _start(series: Series, fact: StatedFact, terms: Terms) -> Start:
    assert fact.kind != "after"  # noqa: S101  # those are gaps
    assert fact.days is not None  # noqa: S101  # the others have a day
    if terms.every and fact.kind == "first entry":
        # A first dose may follow enrollment by some weeks, and may be given to a subject whom no figure counts.
        slack = 0 if series.groups[fact.group].origin == "first dose" else SCREENING
        return Start(fact.row, fact.group, "opened", (fact.days[0] - slack, LAST_DAY))
    return Start(fact.row, fact.group, fact.kind, fact.days)


def _part(claim: Claim, terms: Terms, numbers: Mapping[int, int | None], release: int) -> NumericClaim | None:
    n = _counted(claim, terms, numbers, release)
    window = _read(claim, terms)
    part = NumericClaim(
        row=claim.row,
        groups=claim.groups,
        quantity=claim.quantity,
        endpoint=claim.endpoint,
        release=release,
        estimators=terms.estimators_of(claim),
        ties=terms.ties_of(claim),
        conf_types=terms.conf_types_of(claim),
        levels=terms.levels_of(claim),
        last_known_alive=terms.last_known_alive(claim),
        not_reached=claim.not_reached,
        deaths=claim.deaths,
    )
    if claim.quantity in LIMITS and part.may_be_to_date:
        return None  # a plain median has no limits, so there is no constraint
    lengths = terms.lengths_of(claim.row, claim.month, claim.counting)
    if claim.quantity in COUNTED or claim.quantity == "rate":
        if n is None or window is None:
            return None
        if claim.quantity == "rate":
            assert claim.at is not None and claim.at_unit is not None  # noqa: S101, PT018  # a rate has its landmark
            days = {landmark_day(claim.at, claim.at_unit, length) for length in lengths}
            part = replace(part, landmarks=tuple(sorted(days)), window=_as_percent(window, claim.unit, n))
        return replace(part, ranges=united([whole_numbers(window, claim.unit, n)]))
    if window is None or (claim.not_reached and terms.every):
        return part  # how a bound for a median that is not reached was derived is unknown
    times = 2 if claim.quantity in HALVED else 1
    if claim.quantity == "mean":
        if n is None:
            return None
        times = n
    return replace(part, ranges=united(whole_days(window, claim.unit, length, times) for length in lengths))


def _counted(claim: Claim, terms: Terms, numbers: Mapping[int, int | None], release: int) -> int | None:
    """Return how many subjects a claim counts; None if that is not known."""
    n = 0
    for group in claim.groups:
        known = numbers[group]
        if known is None:
            return None
        one_more = (terms.left_out is not None and terms.left_out[0] == group and terms.left_out[1] != release) or (
            terms.added is not None and terms.added == (group, release)
        )
        n += known + one_more
    return n


def _read(claim: Claim, terms: Terms) -> Window | None:
    window = claim.window
    if window is None or claim.row not in terms.truncated or window.lower is None or window.upper is None:
        return window
    half = (window.upper - window.lower) / 2
    return Window(window.lower + half, window.upper + half, upper_open=True)


def whole_numbers(window: Window, unit: str, n: int) -> tuple[int, int]:
    """Return the least and the greatest number of n subjects that a percentage or a count may mean.

    The least is above the greatest if no number of subjects gives it.
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
    lengths = terms.lengths_of(fact.row, fact.month, fact.counting)
    ((low, high),) = united([_hull(scaled(fact.window, days_in(fact.unit, length)) for length in lengths)])
    return Gap(fact.row, fact.group, fact.other, low, high)


def _hull(ranges: Iterable[Range]) -> Range:
    """Return the range from the least to the greatest number of some ranges."""
    some = list(ranges)
    lows, highs = [low for low, _ in some], [high for _, high in some]
    return (
        None if None in lows else min(low for low in lows if low is not None),
        None if None in highs else max(high for high in highs if high is not None),
    )


def _cutoff(series: Series, number: int, terms: Terms) -> Days:
    override = dict(terms.cutoff).get(number)
    if override is not None:
        return override
    release = series.releases[number]
    if release.stated is not None:
        return release.stated
    if release.announced is not None:
        first, last = release.announced
        open_ = terms.cutoffs == "free" or (terms.every and not release.alone)
        return (first - LONGEST_LAG, last) if open_ else (first, last)
    return undated(series, late=terms.late)


def undated(series: Series, *, late: bool) -> Days:
    """Return the days that the cutoff of an undated release may have.

    From ten years before the first day of the series to its last day. With ``late``, to so long after that
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
        bound * Decimal(str(float(days_in(claim.unit, Length()))))
        for claim in claims
        if claim.window is not None and claim.unit in ("days", "weeks", "months", "years")
        for bound in (claim.window.lower, claim.window.upper)
        if bound is not None
    ]
    return int(max(times, default=Decimal(0))) + 1
