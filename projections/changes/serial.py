"""Courses, moves and restatements as plain dictionaries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from trialog.events.dates import iso
from trialog.projections.changes.course import Course
from trialog.projections.changes.moves import Effect, Learned, Move
from trialog.projections.changes.restatement import Restatement
from trialog.projections.measures import MeasureAnswer, MeasureQuestion
from trialog.projections.months import in_months, printed
from trialog.projections.rounding import significant
from trialog.projections.serial import MONTH_DIGITS, day


def question_as_dict(question: MeasureQuestion) -> dict[str, Any]:
    """Return which figure was asked for, and from where to where its times run."""
    begins, open_until = question.ends
    return {
        "figure": question.measure,
        "at_day": question.at,
        "evaluator": question.evaluator,
        "confirmation": question.confirmation,
        "definition": {**question.followed.as_dict(), "origin": begins, "censoring": open_until},
    }


def value_as_dict(name: str, value: float | None, question: MeasureQuestion) -> dict[str, Any]:
    """Return one value of a figure in its units."""
    if question.kind == "count":
        return {name: None if value is None else int(value)}
    if question.kind == "share":
        return {name: significant(value)}
    month = question.definition.month
    return {
        f"{name}_days": None if month == "calendar" else value,
        f"{name}_months": None if value is None else printed(in_months(value, month), MONTH_DIGITS),
    }


def answer_as_dict(found: MeasureAnswer, question: MeasureQuestion) -> dict[str, Any]:
    """Return a figure with its limits."""
    limits = {} if question.kind == "count" else {
        **value_as_dict("lower", found.lower, question), **value_as_dict("upper", found.upper, question)
    }  # fmt: skip
    return {**value_as_dict("value", found.value, question), **limits, "n": found.n, "events": found.events}


def days_of(course: Course) -> Iterator[dict[str, Any]]:
    """Yield the figure of each day."""
    for at, number in enumerate(course.day.tolist()):
        value, lower, upper = (_or_none(each[at]) for each in (course.value, course.lower, course.upper))
        found = MeasureAnswer(value, lower, upper, int(course.n[at]), int(course.events[at]))
        yield {"day": iso(number), **answer_as_dict(found, course.question)}


def _or_none(value: float) -> float | None:
    return None if value != value else float(value)  # noqa: PLR0124  # NaN


def move_as_dict(move: Move, question: MeasureQuestion) -> dict[str, Any]:
    """Return a move with what moved the figure."""
    return {
        "since": iso(move.since),
        "day": iso(move.day),
        "before": answer_as_dict(move.before, question),
        "after": answer_as_dict(move.after, question),
        "moved_by": [effect_as_dict(effect, question) for effect in move.effects],
    }


def effect_as_dict(effect: Effect, question: MeasureQuestion) -> dict[str, Any]:
    """Return what one event, or the calendar, did."""
    event = {"event": "calendar"} if effect.event is None else asdict(effect.event)
    return {
        **event,
        **value_as_dict("before", effect.before, question),
        **value_as_dict("after", effect.after, question),
    }


def restatement_as_dict(found: Restatement, *, every: bool) -> dict[str, Any]:
    """Return a restatement; with ``every`` also the events that moved nothing."""
    return {
        "data_cutoff": iso(found.cutoff),
        "then": iso(found.then),
        "now": day(found.now),
        "moved": found.moved,
        "figures": [
            {
                **question_as_dict(question),
                "then": answer_as_dict(before, question),
                "now": answer_as_dict(after, question),
            }
            for question, before, after in zip(found.questions, found.before, found.after, strict=True)
        ],
        "events": found.events,
        "moved_by": None
        if found.learned is None
        else [learned_as_dict(each, found.questions) for each in found.learned if every or each.before != each.after],
    }


def learned_as_dict(found: Learned, questions: tuple[MeasureQuestion, ...]) -> dict[str, Any]:
    """Return an event that became known, with its effect on each figure."""
    return {
        **asdict(found.event),
        "effects": [
            {
                "figure": question.measure,
                "estimator": question.definition.estimator,
                "before": answer_as_dict(before, question),
                "after": answer_as_dict(after, question),
            }
            for question, before, after in zip(questions, found.before, found.after, strict=True)
            if before != after
        ],
    }
