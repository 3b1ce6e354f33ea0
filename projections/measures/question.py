"""A question about one measure, and the shape of its answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from trialog.events.definition import KAPLAN_MEIER, Definition
from trialog.events.errors import QuestionError
from trialog.events.measures import COMPUTED, MEASURES, Kind, Measure
from trialog.events.vocabulary import Confirmation, Evaluator, suggestion
from trialog.projections.confirmation import PLAIN_RULE, ResponseRule
from trialog.projections.measures.figure import by_estimator
from trialog.projections.response import rate_in_words
from trialog.projections.times import ends_in_words, progression_words

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MeasureQuestion:
    """A question: a measure, its subjects and its definition.

    Attributes:
        measure: Its word in the table of measures.
        cohorts: Labels, pooled; None for all.
        definition: Estimator, origin, population, censoring, month, ties, limits.
        at: Day of a landmark, for measures that need one.
        evaluator: Whose assessments count.
        confirmation: Whether responses must be confirmed.
        rule: Rule for confirmation.
        category: Response category, for measures that need one.
        given: Parts of the definition that the user asked for; they hold for every estimator.
    """

    measure: str = "median-os"
    cohorts: tuple[str, ...] | None = None
    definition: Definition = KAPLAN_MEIER
    at: float | None = None
    evaluator: Evaluator = "investigator"
    confirmation: Confirmation = "as assessed"
    rule: ResponseRule = PLAIN_RULE
    category: str | None = None
    given: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a measure that is not in the table, a missing landmark, or an unexpected one."""
        if self.measure not in COMPUTED:
            raise QuestionError(f"figure {self.measure!r} is not known{suggestion(self.measure, COMPUTED)}")
        if self.row.landmark and self.at is None:
            raise QuestionError(f"figure {self.measure!r} is survival at a time; name it with --at, for example 12m")
        if self.at is not None and not self.row.landmark:
            raise QuestionError(f"figure {self.measure!r} has no landmark; --at goes with os-rate and pfs-rate")
        if self.category is None and self.row.category:
            raise QuestionError(f"figure {self.measure!r} names no response category")

    @property
    def row(self) -> Measure:
        """The row of the table of measures."""
        return MEASURES[self.measure]

    @property
    def kind(self) -> Kind:
        """What kind of number the answer is."""
        return self.row.kind

    @property
    def followed(self) -> Definition:
        """The definition that the figure follows: follow-up and survival at a time are Kaplan-Meier estimates."""
        return by_estimator(self.definition, KAPLAN_MEIER, self.given) if self.row.by_curve else self.definition

    @property
    def ends(self) -> tuple[str, str]:
        """The day from which the times run, and where an open time ends, in words."""
        return ends_in_words(self.followed, self.row.endpoint or "overall survival", self.confirmation)

    def words(self) -> str:
        """Return the whole definition of the figure as one phrase, without the cutoff and the log."""
        endpoint = self.row.endpoint
        if endpoint is not None:
            followed = self.followed
            reverse = "reverse Kaplan-Meier (flip), " if self.row.statistic == "follow-up" else ""
            at = "" if self.at is None else f" at day {self.at:g}"
            limits = f", {followed.limits_words()} limits" if followed.limits_words() else ""
            rules = progression_words(followed, endpoint, self.evaluator, self.confirmation)
            return f"{endpoint}{at}, {reverse}{followed.words(*self.ends)}{limits}{', ' if rules else ''}{rules}"
        if self.row.statistic == "response rate":
            return (
                f"share of {self.definition.population} subjects, best response {self.confirmation} by the "
                f"{self.evaluator}, {rate_in_words(self.row.detail)}, "
                f"{100 * self.definition.level:.10g} % exact limits (Clopper-Pearson)"
            )
        return "subjects of the cohort"


@dataclass(frozen=True)
class MeasureAnswer:
    """A figure at one cutoff, as known on one day.

    Attributes:
        value: Days (thousandths of a month if the definition counts calendar months), a share between
            0 and 1, a count or another number; None if it is not reached or not known.
        lower, upper: Limits, or the ends of a range; None if not reached or if there are none.
        n, events: Subjects, and how many of them died, progressed or responded.
        count: How many subjects a share counts, if it can be given as a number of them.
        assessed: How many of the subjects were assessed at all; None if the figure rests on no assessments.
        why: Why there is no value, unless the reason is that a median is not reached.
        definition: What the figure follows; None if it does not depend on a definition.
        unit: Unit of a number that has one.
        exactly: Returns the value without rounding.
    """

    value: float | None
    lower: float | None
    upper: float | None
    n: int
    events: int
    count: int | None = field(default=None, compare=False)
    assessed: int | None = field(default=None, compare=False)
    why: str = field(default="", compare=False)
    definition: Definition | None = field(default=None, compare=False)
    unit: str | None = field(default=None, compare=False)
    exactly: Callable[[], Fraction] | None = field(default=None, compare=False, repr=False)


def nobody_assessed(evaluator: Evaluator, n: int, assessed: int | None) -> str:
    """Return the caveat of a figure that rests on assessments if there were none; otherwise an empty text."""
    if assessed != 0 or not n:
        return ""
    return f"none of {n} subject{'' if n == 1 else 's'} was assessed by the {evaluator}"


@dataclass(frozen=True, eq=False)
class Answers:
    """A figure on each day of a history, shape (days,).

    Attributes:
        value, lower, upper: As in `MeasureAnswer`; NaN for None.
        n, events: As in `MeasureAnswer`.
        assessed: As in `MeasureAnswer`; None if the figure rests on no assessments.
    """

    value: Floats
    lower: Floats
    upper: Floats
    n: Counts
    events: Counts
    assessed: Counts | None = None
