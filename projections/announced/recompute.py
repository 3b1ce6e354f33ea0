"""Recompute an announced figure: the number that the subjects give under one definition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from trialog.domain.trial import Trial
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.definition import Definition, Month
from trialog.events.errors import QuestionError
from trialog.events.measures import MEASURES
from trialog.projections.measures import MeasureAnswer, MeasureQuestion, answer
from trialog.projections.measures.landmarks import known_survivors
from trialog.projections.measures.medians import not_reached
from trialog.projections.months import DAYS_PER_WEEK, DAYS_PER_YEAR, days_per_month, in_unit
from trialog.projections.state.as_of import State


class NotComputableError(QuestionError):
    """An announced figure that the log cannot give; the text says why."""


@dataclass(frozen=True)
class RecomputedFigure:
    """A recomputed number.

    Attributes:
        value: In the announced unit, exact; None if the figure is not reached.
        n: Subjects that it counts.
        events: Deaths (progressions, responders) among them; None if that has no meaning.
        definition: Definition under which it was computed; None for figures that need none.
        low: The lower end, if the figure is a range; ``value`` is then its upper end.
        at_least: For a Kaplan-Meier median: its least possible value once every subject has been followed to
        the end, which is the plain median of the times so far.
        flat_end: Whether the curve ends at exactly one half, so that R prints a median and SAS does not.
    """

    value: Decimal | None
    n: int
    events: int | None
    definition: Definition | None
    low: Decimal | None = None
    at_least: Decimal | None = None
    flat_end: bool = False
    assessed: int | None = None


@dataclass(frozen=True)
class RecomputeInput:
    """Everything from which an announced figure is recomputed."""

    state: State
    trial: Trial
    cohorts: tuple[str, ...]
    definition: Definition


def rebuild(announced: AnnouncedFigure, setting: RecomputeInput) -> RecomputedFigure:
    """Return the number that the subjects give for an announced figure.

    Raises:
        NotComputableError: The log does not hold what the figure counts.
    """
    row = MEASURES[announced.measure]
    if row.kind == "words":
        raise NotComputableError(f"no rule computes {announced.measure!r}")
    try:
        question = question_of(announced, setting)
        plain = row.statistic == "survival at a time" and setting.definition.estimator == "to-date"
        found = known_survivors(setting.state, question) if plain else answer(setting.state, question, setting.trial)
    except NotComputableError:
        raise
    except QuestionError as error:
        raise NotComputableError(str(error)) from None
    if found.why:
        raise NotComputableError(found.why)
    if row.kind == "time":
        return _time(announced, setting.state, question, found)
    value = _share_or_count(announced, found) if row.kind in ("share", "count") else _number(announced, found)
    rests = None if row.kind == "number" else found.events
    return RecomputedFigure(value, found.n, rests, found.definition, assessed=found.assessed)


def needs_definition(announced: AnnouncedFigure) -> bool:
    """Tell whether the figure depends on estimator, origin and censoring."""
    return MEASURES[announced.measure].endpoint is not None


def question_of(announced: AnnouncedFigure, setting: RecomputeInput) -> MeasureQuestion:
    """Return the question that an announced figure answers.

    Raises:
        NotComputableError: The figure leaves open what the question needs.
    """
    row = MEASURES[announced.measure]
    definition = setting.definition
    if row.statistic == "median limit" and announced.level is not None:
        definition = replace(definition, level=float(Decimal(announced.level) / 100))
    return MeasureQuestion(
        measure=announced.measure,
        cohorts=setting.cohorts,
        definition=definition,
        at=landmark_of(announced, definition.month) if row.landmark else None,
        evaluator=announced.evaluator or "investigator",
        confirmation=announced.confirmation or "as assessed",
        category=announced.category if row.category else None,
    )


def landmark_of(announced: AnnouncedFigure, month: Month) -> float:
    """Return the days of a landmark; a calendar month has 30.4375.

    Raises:
        NotComputableError: The figure states none.
    """
    if announced.at is None or announced.at_unit is None:
        raise NotComputableError("the rate has no landmark")
    months = days_per_month("30.4375" if month == "calendar" else month)
    days = {"days": Decimal(1), "weeks": DAYS_PER_WEEK, "months": months, "years": DAYS_PER_YEAR}
    return float(Decimal(announced.at) * days[announced.at_unit])


def _time(
    announced: AnnouncedFigure, state: State, question: MeasureQuestion, found: MeasureAnswer
) -> RecomputedFigure:
    """Return a time in the announced unit; if it was announced as not reached, also its least possible final value."""
    definition = question.followed
    at_least, flat_end = None, False
    if announced.says_not_reached and question.row.statistic == "median" and definition.estimator == "kaplan-meier":
        at_least, flat_end = not_reached(state, question)
    return RecomputedFigure(
        value=_in_unit(found.value, announced, definition),
        n=found.n,
        events=found.events,
        definition=definition,
        low=_in_unit(found.lower, announced, definition) if question.row.statistic == "range" else None,
        at_least=_in_unit(at_least, announced, definition),
        flat_end=flat_end,
        assessed=found.assessed,
    )


def _in_unit(time: float | None, announced: AnnouncedFigure, definition: Definition) -> Decimal | None:
    if time is None:
        return None
    try:
        return in_unit(time, announced.unit, definition.month)
    except ValueError as error:
        raise NotComputableError(str(error)) from None


def _share_or_count(announced: AnnouncedFigure, found: MeasureAnswer) -> Decimal:
    """Return a part of the subjects as a percentage or as their number, whichever was announced."""
    if announced.unit == "count":
        assert found.count is not None  # noqa: S101  # every such figure has a number of subjects
        return Decimal(found.count)
    if announced.unit != "percent":
        raise NotComputableError(f"a part of the subjects is a percentage or a count; {announced.unit!r} is neither")
    if not found.n:
        raise NotComputableError("nobody is in the population by the cutoff")
    share = found.exactly() if found.exactly is not None else Fraction(found.count or 0, found.n)
    return Decimal(100 * share.numerator) / share.denominator


def _number(announced: AnnouncedFigure, found: MeasureAnswer) -> Decimal:
    """Return a number that is neither a time nor a part of the subjects."""
    if found.unit is not None and announced.unit != found.unit:
        raise NotComputableError(f"the dose is planned in {found.unit}, announced in {announced.unit}")
    if found.exactly is not None:
        exact = found.exactly()
        return Decimal(exact.numerator) / exact.denominator
    return Decimal(repr(found.value))
