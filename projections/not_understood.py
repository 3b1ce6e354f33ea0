"""Assessments that an import could not read: the figures that they could change, and their subjects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from trialog.events.vocabulary import Evaluator
from trialog.projections.state.as_of import State

MOVED: Final = "progression-free survival, time to progression, duration of response and responses"
"""Figures that rest on assessments, in words."""

MOST_NAMED: Final = 5


@dataclass(frozen=True)
class LeftOut:
    """Assessments that a group's figures leave out because they were not understood.

    Attributes:
        assessments: How many.
        subjects: Whose, by id.
    """

    assessments: int
    subjects: tuple[str, ...]

    def words(self, moved: str = MOVED) -> str:
        """Return one sentence about the assessments left out and the figures that they could change."""
        named = ", ".join(self.subjects[:MOST_NAMED])
        more = f" and {len(self.subjects) - MOST_NAMED} more" if len(self.subjects) > MOST_NAMED else ""
        one = self.assessments == 1
        return (
            f"{self.assessments} response assessment{'' if one else 's'} of {len(self.subjects)} "
            f"subject{'' if len(self.subjects) == 1 else 's'} ({named}{more}) {'was' if one else 'were'} "
            f"not understood and {'is' if one else 'are'} left out; {moved} could be other"
        )


def left_out(state: State, cohorts: tuple[str, ...] | None, evaluator: Evaluator = "investigator") -> LeftOut | None:
    """Return the assessments by the cutoff that figures of a group leave out; None if there are none.

    Args:
        state: As of a cutoff and a known-at day.
        cohorts: Labels, pooled; None for all.
        evaluator: Evaluator whose assessments the figures count; those that he or she may have made are included.
    """
    unread = state.not_understood
    if not unread.subject.size:
        return None
    mine = unread.by(evaluator) & state.in_cohorts(cohorts)[unread.subject]
    # An assessment dated after a death could not change a figure.
    mine &= unread.day <= state.died[unread.subject]
    if not mine.any():
        return None
    places = np.unique(unread.subject[mine])
    return LeftOut(int(mine.sum()), tuple(state.subjects[place] for place in places.tolist()))
