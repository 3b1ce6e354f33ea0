"""Definitions and data cutoffs that give an announced figure, and what the others would print.

Every definition in use is tried at every cutoff, from the announcement's own back to a longest lag. All definitions
at a cutoff share one state; definitions that differ only in estimator, tie rule or month share one set of times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import product
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from trialog.domain.trial import Trial
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.arrays import EventArrays
from trialog.events.definition import CHOICES, KAPLAN_MEIER, TO_DATE, Definition, Ties
from trialog.events.measures import MEASURES
from trialog.projections.announced.recompute import (
    NotComputableError,
    RecomputedFigure,
    RecomputeInput,
    needs_definition,
    question_of,
    rebuild,
)
from trialog.projections.announced.verdict import agrees_with, applies, cohorts_of, stated_definition, text_of
from trialog.projections.defaults import LONGEST_LAG
from trialog.projections.estimators.crossing import QuantileRule
from trialog.projections.estimators.curve import curve
from trialog.projections.estimators.to_date import to_date_median
from trialog.projections.measures.timed import times_of
from trialog.projections.months import in_unit
from trialog.projections.state.as_of import State, cut
from trialog.projections.state.rows import rows_in_force

Rounding = Literal["half-up", "half-even", "cut off"]
ROUNDINGS: Final[Mapping[Rounding, str]] = {
    "half-up": ROUND_HALF_UP,
    "half-even": ROUND_HALF_EVEN,
    "cut off": ROUND_DOWN,
}

WEIGHTS: Final = {"ties": 1, "censoring": 2, "population": 3, "origin": 3, "month": 4, "counting": 5, "estimator": 6}
LAG_WEIGHT: Final = 5
ROUNDING_WEIGHT: Final = 1
"""Weight of each part in which a reading differs from the plainest definition; the sum is its distance."""

TIES: Final[tuple[Ties, Ties]] = ("first day", "midpoint")
_RULES: Final = tuple(QuantileRule.of(replace(KAPLAN_MEIER, ties=ties)) for ties in TIES)


@dataclass(frozen=True)
class FigureQuestion:
    """A figure to be explained.

    Attributes:
        figure: As announced.
        cutoff: Its data cutoff, as a day number; None if there is none.
        cutoff_words: Where the cutoff comes from, or why there is none.
    """

    figure: AnnouncedFigure
    cutoff: int | None
    cutoff_words: str


@dataclass(frozen=True)
class Printed:
    """What one definition would print at the announcement's own cutoff.

    Attributes:
        definition: The definition.
        value: Exact, in the announced unit; None if it is not reached.
        text: With one digit more than was announced.
        by: Roundings that print exactly the announced digits.
        reproduces: Whether the announced value may mean this value.
        n, events: Subjects that it counts, and how many of their times ended.
        other_subjects: Whether the figure states another number of subjects.
    """

    definition: Definition
    value: Decimal | None
    text: str
    by: tuple[Rounding, ...]
    reproduces: bool
    n: int
    events: int | None
    other_subjects: bool

    @property
    def tie(self) -> bool:
        """Whether the value lies halfway, so that the two ways of rounding print different digits."""
        return ("half-up" in self.by) != ("half-even" in self.by)


@dataclass(frozen=True)
class DefinitionMatch:
    """A definition, a way of rounding and the cutoffs under which a figure (or all of them) is reproduced.

    Attributes:
        definition: The definition; None for figures that need none.
        rounding: ``rounded`` to the nearest, either way at a tie; or ``cut off``.
        lags: First and last lag of each run of consecutive days, the smallest first.
        distance: How far it is from the plainest reading.
    """

    definition: Definition | None
    rounding: Literal["rounded", "cut off"]
    lags: tuple[tuple[int, int], ...]
    distance: int


@dataclass(frozen=True)
class Explained:
    """One announced figure.

    Attributes:
        figure: As announced.
        plainest: Its own definition: stated, else the trial's default, else Kaplan-Meier.
        cutoff: The announcement's own.
        readings: The readings that reproduce it, the plainest first.
        printed: The value that each definition would print at the figure's own cutoff, the plainest first.
        why_not: Why nothing was tried.
    """

    figure: AnnouncedFigure
    plainest: Definition
    cutoff: int | None
    readings: tuple[DefinitionMatch, ...] = ()
    printed: tuple[Printed, ...] = ()
    why_not: str = ""


@dataclass(frozen=True)
class Explanation:
    """The figures of an announcement, one by one and together.

    Attributes:
        figures: Each of them.
        together: Readings that reproduce every figure that any reading reproduces, the plainest first.
        known_at: Day up to which knowledge counts.
        longest_lag: Number of days before the cutoff that were tried.
        combinations: Readings that were compared.
    """

    figures: tuple[Explained, ...]
    together: tuple[DefinitionMatch, ...]
    known_at: int | None
    longest_lag: int
    combinations: int


_BASES: Final = tuple(
    Definition("to-date", origin, population, censoring)  # type: ignore[arg-type]
    for origin, population, censoring in product(CHOICES["origin"], CHOICES["population"], CHOICES["censoring"])
)
"""Definitions that need a separate set of times; the others only compute something else from the same times."""

_VARIANTS: Final = {
    base: tuple(
        replace(base, estimator=estimator, ties=ties, month=month, counting=counting)  # type: ignore[arg-type]
        for estimator, ties in (("to-date", "midpoint"), ("kaplan-meier", "midpoint"), ("kaplan-meier", "first day"))
        for month, counting in product(CHOICES["month"], CHOICES["counting"])
    )
    for base in _BASES
}

_CALENDAR_MAY_DIFFER: Final = Decimal("0.3")
"""Upper bound, in months, of the difference between a time in calendar months and in months of 30.4375 days."""

Key = tuple[Definition | None, Literal["rounded", "cut off"]]
Lags = dict[Key, int]
"""Lags at which each reading reproduces a figure, as the bits of a whole number."""


def all_definitions(months: Iterable[str] = CHOICES["month"]) -> Iterator[Definition]:
    """Yield every distinct combination of the parts of a definition."""
    for estimator, origin, population, censoring, month, ties, counting in product(
        CHOICES["estimator"],
        CHOICES["origin"],
        CHOICES["population"],
        CHOICES["censoring"],
        months,
        TIES,
        CHOICES["counting"],
    ):
        if estimator == "to-date" and ties != "midpoint":
            continue  # a plain median has no tie rule
        yield Definition(estimator, origin, population, censoring, month, ties, counting=counting)  # type: ignore[arg-type]


def distance(definition: Definition, plainest: Definition) -> int:
    """Return how far a definition is from the plainest one: the weights of the parts that differ.

    If the estimator differs, its usual censoring does not count as another difference.
    """
    usual = plainest.censoring
    if definition.estimator != plainest.estimator:
        usual = (TO_DATE if definition.estimator == "to-date" else KAPLAN_MEIER).censoring
    return sum(
        weight
        for part, weight in WEIGHTS.items()
        if getattr(definition, part) != (usual if part == "censoring" else getattr(plainest, part))
    )


def explain(
    columns: EventArrays,
    trial: Trial,
    questions: Sequence[FigureQuestion],
    *,
    known_at: int | None,
    longest_lag: int = LONGEST_LAG,
) -> Explanation:
    """Return which readings reproduce some figures of one announcement.

    Args:
        columns: The events of the trial's subjects.
        trial: The trial as known on that day.
        questions: The figures.
        known_at: Day up to which knowledge counts; None: everything.
        longest_lag: How many days before each figure's own cutoff are tried.
    """
    states = _States(columns, known_at)
    searches = [_Search(states, trial, question, longest_lag) for question in questions]
    explained = tuple(search.explained() for search in searches)
    plainest = next((each.plainest for each in explained if each.readings and needs_definition(each.figure)), None)
    return Explanation(
        figures=explained,
        together=_together([search.lags for search in searches if search.lags], plainest),
        known_at=known_at,
        longest_lag=longest_lag,
        combinations=sum(search.tried for search in searches),
    )


class _States:
    """The subjects at any cutoff as known on one day; each state is computed once."""

    def __init__(self, columns: EventArrays, known_at: int | None) -> None:
        self.columns, self.known_at = columns, known_at
        self._rows = rows_in_force(columns, known_at)
        self._made: dict[int, State] = {}

    def at(self, cutoff: int) -> State:
        if cutoff not in self._made:
            self._made[cutoff] = cut(self._rows, self.columns, cutoff, self.known_at)
        return self._made[cutoff]


class _Search:
    """Tries every definition and every lag on one figure."""

    def __init__(self, states: _States, trial: Trial, question: FigureQuestion, longest_lag: int) -> None:
        self.states, self.trial, self.longest_lag = states, trial, longest_lag
        self.figure, self.cutoff, self.cutoff_words = question.figure, question.cutoff, question.cutoff_words
        self.measure = MEASURES[self.figure.measure]
        self.plainest = stated_definition(self.figure, trial.default_definition)
        self.lags: Lags = {}
        self.tried = 0
        self._values = _Values()

    def explained(self) -> Explained:
        """Return the readings that reproduce the figure, and what the other definitions would print."""
        blank = Explained(self.figure, self.plainest, self.cutoff)
        if self.figure.external:
            return replace(blank, why_not="another trial's figure, given for comparison")
        try:
            cohorts = cohorts_of(self.figure, self.trial, self.states.known_at)
        except NotComputableError as error:
            return replace(blank, why_not=str(error))
        if self.cutoff is None:
            return replace(blank, why_not=self.cutoff_words)
        printed = self._at_own_cutoff(cohorts)
        if not printed and not needs_definition(self.figure):
            try:
                rebuild(self.figure, self._setting(cohorts, 0, self.plainest))
            except NotComputableError as error:
                return replace(blank, why_not=str(error))
        for lag in range(self.longest_lag + 1):
            self._at_lag(cohorts, lag)
        return replace(blank, readings=_readings(self.lags, self.plainest), printed=printed)

    def _setting(self, cohorts: tuple[str, ...], lag: int, definition: Definition) -> RecomputeInput:
        assert self.cutoff is not None  # noqa: S101  # nothing is tried without a cutoff
        return RecomputeInput(self.states.at(self.cutoff - lag), self.trial, cohorts, definition)

    def _at_own_cutoff(self, cohorts: tuple[str, ...]) -> tuple[Printed, ...]:
        if not needs_definition(self.figure):
            return ()
        found = []
        for definition in all_definitions():
            if not applies(self.figure, definition):
                continue
            try:
                rebuilt = rebuild(self.figure, self._setting(cohorts, 0, definition))
            except NotComputableError:
                continue
            found.append(
                Printed(
                    definition=definition,
                    value=rebuilt.value,
                    text=text_of(self.figure, rebuilt),
                    by=tuple(rule for rule in ROUNDINGS if self._prints(rebuilt, rule)),
                    reproduces=agrees_with(self.figure, rebuilt),
                    n=rebuilt.n,
                    events=rebuilt.events,
                    other_subjects=self._other_subjects(rebuilt.n),
                )
            )
        return tuple(
            sorted(found, key=lambda each: (distance(each.definition, self.plainest), _order(each.definition)))
        )

    def _other_subjects(self, n: int) -> bool:
        return self.figure.n is not None and bool(n) and self.figure.n != n

    def _prints(self, rebuilt: RecomputedFigure, rule: Rounding) -> bool:
        """Tell whether a value rounded in some way has exactly the announced digits."""
        figure = self.figure
        if figure.comparator != "=" or figure.value is None or rebuilt.value is None or rebuilt.low is not None:
            return False
        announced = Decimal(figure.value)
        return rebuilt.value.quantize(announced, ROUNDINGS[rule]) == announced

    def _at_lag(self, cohorts: tuple[str, ...], lag: int) -> None:
        """Note every reading that reproduces the figure at a lag."""
        if not needs_definition(self.figure):
            self._try(self._setting(cohorts, lag, self.plainest), lag, None)
        elif self.measure.statistic == "median" and not self.figure.says_not_reached:
            self._medians(cohorts, lag)
        else:
            for definition in self._definitions():
                self._try(self._setting(cohorts, lag, definition), lag, definition)

    def _definitions(self) -> Iterator[Definition]:
        """Yield the definitions of a figure other than a median, in its own month; unused parts are not varied."""
        curve_counts = self.measure.by_curve or self.measure.statistic in ("median", "median limit")
        for definition in all_definitions((self.plainest.month,)):
            if not applies(self.figure, definition):
                continue
            if curve_counts or (definition.estimator, definition.ties) == (self.plainest.estimator, "midpoint"):
                yield definition

    def _try(self, setting: RecomputeInput, lag: int, definition: Definition | None) -> None:
        self.tried += 1
        try:
            rebuilt = rebuild(self.figure, setting)
        except NotComputableError:
            return
        self._note(rebuilt, lag, definition)

    def _medians(self, cohorts: tuple[str, ...], lag: int) -> None:
        """Try every definition of a median; those that differ in estimator, ties or month share one set of times."""
        for base in _BASES:
            setting = self._setting(cohorts, lag, base)
            of = times_of(setting.state, question_of(self.figure, setting))
            if not of.n or self._other_subjects(of.n):
                continue
            values = self._values.of(of.length, of.ended)
            both_days = replace(of, length=of.length + 1)
            each_variant = (each for each in values for _ in product(CHOICES["month"], CHOICES["counting"]))
            for definition, days in zip(_VARIANTS[base], each_variant, strict=True):
                self.tried += len(ROUNDINGS)
                counted = both_days if definition.counting == "inclusive" else of
                value = None if days is None else days + (definition.counting == "inclusive")
                if value is not None and definition.month == "calendar":
                    if not self._may_print(value):
                        continue
                    value = replace(counted, definition=definition).in_its_unit(value)
                try:
                    exact = None if value is None else in_unit(value, self.figure.unit, definition.month)
                except ValueError:
                    continue
                self._note(RecomputedFigure(exact, of.n, of.events, definition), lag, definition)

    def _may_print(self, days: float) -> bool:
        """Tell whether a time may have the announced value in calendar months, which are slow to count."""
        window = self.figure.window
        if self.figure.value is None or window is None or self.figure.unit not in ("months", "years"):
            return True
        about = in_unit(days, self.figure.unit, "30.4375")
        margin = _CALENDAR_MAY_DIFFER + 2 * self.figure.half_unit
        below = window.lower is not None and about < window.lower - margin
        return not below and not (window.upper is not None and about > window.upper + margin)

    def _note(self, rebuilt: RecomputedFigure, lag: int, definition: Definition | None) -> None:
        if self._other_subjects(rebuilt.n):
            return
        if agrees_with(self.figure, rebuilt):
            key: Key = (definition, "rounded")
        elif self._prints(rebuilt, "cut off"):
            key = (definition, "cut off")
        else:
            return
        self.lags[key] = self.lags.get(key, 0) | 1 << lag


class _Values:
    """Medians of sets of times; the same set, of another population or cutoff, is computed once."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bytes], tuple[float | None, float | None, float | None]] = {}

    def of(
        self, length: NDArray[np.int64], ended: NDArray[np.bool_]
    ) -> tuple[float | None, float | None, float | None]:
        """Return the to-date median, and the Kaplan-Meier median by the midpoint and by the first day."""
        key = (length.tobytes(), ended.tobytes())
        if key not in self._known:
            # Ranks in place of days make the curve short, however long the times are.
            days, rank = np.unique(length, return_inverse=True)
            shape = curve(rank.astype(np.int64), ended)
            first, middle = (shape.quantile(rule)[0] for rule in _RULES)
            reached: tuple[float | None, float | None] = (None, None)
            if first is not None and middle is not None:
                last = round(2 * middle - first)
                reached = ((float(days[round(first)]) + float(days[last])) / 2, float(days[round(first)]))
            self._known[key] = (to_date_median(length), *reached)
        return self._known[key]


def _order(definition: Definition) -> tuple[int, ...]:
    return tuple(
        words.index(word) if (word := getattr(definition, part)) in words else len(words)
        for part, words in CHOICES.items()
    )


def _readings(lags: Lags, plainest: Definition) -> tuple[DefinitionMatch, ...]:
    found = []
    for (definition, rounding), bits in lags.items():
        runs = tuple(_runs(bits))
        far = 0 if definition is None else distance(definition, plainest)
        far += (LAG_WEIGHT if runs[0][0] else 0) + (ROUNDING_WEIGHT if rounding == "cut off" else 0)
        found.append(DefinitionMatch(definition, rounding, runs, far))
    return tuple(sorted(found, key=_plainest_first))


def _plainest_first(reading: DefinitionMatch) -> tuple[int, int, tuple[int, ...], str]:
    order = () if reading.definition is None else _order(reading.definition)
    return reading.distance, reading.lags[0][0], order, reading.rounding


def _runs(bits: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last place of each run of ones."""
    place = 0
    while bits >> place:
        if bits >> place & 1:
            first = place
            while bits >> place & 1:
                place += 1
            yield first, place - 1
        place += 1


def _together(lags: list[Lags], plainest: Definition | None) -> tuple[DefinitionMatch, ...]:
    """Return the readings that, at one lag, reproduce every figure that any reading reproduces."""
    if len(lags) < 2:
        return ()
    plain = [some for some in lags if any(definition is None for definition, _ in some)]
    defined = [some for some in lags if some not in plain]
    always = -1
    for some in plain:
        everywhere = 0
        for bits in some.values():
            everywhere |= bits
        always &= everywhere
    if not defined or plainest is None:
        return _readings({(None, "rounded"): always}, KAPLAN_MEIER) if always not in (-1, 0) else ()
    found: Lags = {}
    for definition in {definition for some in defined for definition, _ in some}:
        rounded, either = always, always
        for some in defined:
            by_rounding = some.get((definition, "rounded"), 0)
            rounded &= by_rounding
            either &= by_rounding | some.get((definition, "cut off"), 0)
        if rounded:
            found[definition, "rounded"] = rounded
        if either & ~rounded:
            found[definition, "cut off"] = either & ~rounded
    return _readings(found, plainest)
