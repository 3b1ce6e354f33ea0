"""A figure of times with its definition, counts and days."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal

from trialog.events.definition import Definition
from trialog.events.vocabulary import Evaluator
from trialog.projections.months import in_months
from trialog.projections.state.as_of import State
from trialog.projections.times import Times


@dataclass(frozen=True)
class Figure:
    """A figure of times with its definition, counts and days.

    Attributes:
        name: Name of the figure, in words.
        value: Days (thousandths of a month if the definition counts calendar months); None if
            it is not reached.
        lower, upper: Limits of ``definition.level`` in the same unit; None if not reached, and for
            estimators that have none.
        n, events: Subjects, and how many of their times ended in the endpoint.
        left_out: Subjects of the population without an origin by the cutoff.
        definition: Definition under which it was computed.
        cutoff, known_at: Days of the two time axes.
        begins, open_until: From which day the times run, and where an open one ends, in words.
        evaluator: Whose assessments count; None for overall survival.
        rules: What ends and censors the times beyond the definition's words.
    """

    name: str
    value: float | None
    lower: float | None
    upper: float | None
    n: int
    events: int
    left_out: int
    definition: Definition
    cutoff: int
    known_at: int | None
    begins: str
    open_until: str
    evaluator: Evaluator | None = None
    rules: str = ""

    @property
    def months(self) -> Decimal | None:
        """The value in months, exact; None if it is not reached."""
        return None if self.value is None else in_months(self.value, self.definition.month)

    @property
    def reached(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def words(self) -> str:
        """Return its definition as one phrase."""
        words = self.definition.words(self.begins, self.open_until)
        return f"{words}, {self.rules}" if self.rules else words


def figure_of(
    name: str, of: Times, state: State, value: float | None, lower: float | None = None, upper: float | None = None
) -> Figure:
    """Return a figure of some times."""
    return Figure(
        name=name,
        value=value,
        lower=lower,
        upper=upper,
        n=of.n,
        events=of.events,
        left_out=of.left_out,
        definition=of.definition,
        cutoff=state.cutoff,
        known_at=state.known_at,
        begins=of.begins,
        open_until=of.open_until,
        evaluator=of.evaluator,
        rules=of.rules,
    )


def by_estimator(definition: Definition, usual: Definition, given: Collection[str] = ()) -> Definition:
    """Return a definition for another estimator: the censoring becomes that estimator's usual one.

    Args:
        definition: Of another estimator, or of the same.
        usual: The estimator, with its usual censoring.
        given: Parts that were asked for: a censoring among them holds for every estimator.
    """
    if definition.estimator == usual.estimator:
        return definition
    censoring = definition.censoring if "censoring" in given else usual.censoring
    return replace(definition, estimator=usual.estimator, censoring=censoring)
