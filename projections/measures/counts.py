"""How many subjects of the cohorts are in some group, and their share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import numpy as np

from trialog.events.arrays import NO_DAY
from trialog.projections.measures.day_by_day import sums
from trialog.projections.measures.question import Answers, Flags, MeasureAnswer, MeasureQuestion
from trialog.projections.measures.timed import assessed_among, assessed_flags
from trialog.projections.state.as_of import State
from trialog.projections.state.change_points import ChangePoints
from trialog.projections.times import members, progressions


def _alive(state: State, question: MeasureQuestion) -> Flags:
    alive: Flags = state.in_cohorts(question.cohorts) & (state.died == NO_DAY)
    return alive


def _dead(state: State, question: MeasureQuestion) -> Flags:
    dead: Flags = state.in_cohorts(question.cohorts) & (state.died != NO_DAY)
    return dead


def _progression_free(state: State, question: MeasureQuestion) -> Flags:
    free: Flags = _alive(state, question) & (progressions(state, question.definition, question.evaluator) == NO_DAY)
    return free


def _population(state: State, question: MeasureQuestion) -> Flags:
    return members(state, question.row.detail, question.cohorts)


_WHO: Final[Mapping[str, Callable[[State, MeasureQuestion], Flags]]] = {
    "enrolled": _population,
    "dosed": _population,
    "evaluable": _population,
    "alive": _alive,
    "dead": _dead,
    "progression-free": _progression_free,
}
"""The subjects that each count of the table of measures counts, by its detail."""


class Count:
    """A number of subjects, or its share of all subjects enrolled in the cohorts."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the count of a state."""
        count = int(_WHO[question.row.detail](state, question).sum())
        n = int(state.in_cohorts(question.cohorts).sum())
        value = float(count) if question.kind == "count" else count / n if n else None
        why = "" if value is not None else "nobody is in the population by the cutoff"
        found = assessed_among(state, question)
        return MeasureAnswer(value, None, None, n, count, count=count, assessed=found, why=why)

    def answers(self, moments: Iterable[ChangePoints], question: MeasureQuestion, first: int, last: int) -> Answers:
        """Return the count of each day."""

        def adds(state: State) -> Iterator[Flags]:
            yield _WHO[question.row.detail](state, question)
            yield state.in_cohorts(question.cohorts)
            if question.row.assessed:
                yield assessed_flags(state, question)

        count, n, assessed = sums(moments, adds, 3, first, last)
        none = np.full(count.size, np.nan)
        share = np.divide(count, n, out=none.copy(), where=n > 0)
        value = count.astype(np.float64) if question.kind == "count" else share
        return Answers(value, none, none, n, count, assessed if question.row.assessed else None)
