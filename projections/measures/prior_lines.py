"""Mean and median number of prior lines of therapy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trialog.projections.measures.question import MeasureAnswer, MeasureQuestion
from trialog.projections.state.as_of import State


def stated_lines(state: State, cohorts: tuple[str, ...] | None) -> NDArray[np.float64]:
    """Return the prior lines of the subjects of some cohorts, if they are stated."""
    lines = state.prior_lines[state.in_cohorts(cohorts)]
    stated: NDArray[np.float64] = lines[~np.isnan(lines)]
    return stated


class PriorLines:
    """The mean or the median number of prior lines."""

    def answer(self, state: State, question: MeasureQuestion) -> MeasureAnswer:
        """Return the number of a state."""
        lines = stated_lines(state, question.cohorts)
        if not lines.size:
            return MeasureAnswer(None, None, None, 0, 0, why="nobody's prior lines are stated")
        value = float(np.median(lines) if question.row.detail == "median" else lines.mean())
        return MeasureAnswer(value, None, None, int(lines.size), 0)
