"""A summary of a subject's history for the rules: enough to accept further events without reading it again.

Nearly every event is accepted, and accepting it needs only a few numbers. If they are not
sufficient, because the history was amended or because a rule may be broken, the whole
history is judged (`trialog.domain.subject`), which also words a refusal.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final, NamedTuple, Self

from trialog.domain.subject import NEVER, NOUNS, randomised_first
from trialog.events.index_columns import AMENDMENT_KINDS
from trialog.events.kinds import SubjectDied, SubjectEnrolled, TrialEvent


class Outline(NamedTuple):
    """The part of an event that a subject's summary needs.

    Attributes:
        kind: Number of its kind.
        first, last: First and last day that its date can mean.
        cohort: Cohort of an enrollment; else empty.
        randomised: First day that an enrollment's randomization date can mean.
    """

    kind: int
    first: int
    last: int
    cohort: str = ""
    randomised: int = NEVER

    @classmethod
    def of(cls, event: TrialEvent, first: int, last: int) -> Self:
        """Return the outline of an event."""
        if type(event) is SubjectEnrolled:
            return cls(event.KIND, first, last, event.cohort, randomised_first(event))
        return cls(event.KIND, first, last)


_ENROLLED: Final = SubjectEnrolled.KIND
_DIED: Final = SubjectDied.KIND
_ENDED_BY_DEATH: Final = frozenset(kind.KIND for kind in NOUNS) - {_ENROLLED}


class SubjectSummary(NamedTuple):
    """The part of a subject's history that the rules need.

    Attributes:
        version: Number of events in the history.
        enrolled: First day that the enrollment's date can mean; None if there is none yet.
        cohort: Cohort of the enrollment.
        died: Last day that the date of death can mean; None for a living subject.
        latest: The latest of the first possible days of events that cannot happen after a death.
        is_conclusive: False once the rules need the whole history.
    """

    version: int = 0
    enrolled: int | None = None
    cohort: str = ""
    died: int | None = None
    latest: int = NEVER
    is_conclusive: bool = True

    def after(self, outlines: Iterable[Outline]) -> Self:
        """Return the summary after further events."""
        version, enrolled, cohort, died, latest, is_conclusive = self
        for kind, first, last, of_cohort, randomised in outlines:
            version += 1
            if kind in _ENDED_BY_DEATH:
                latest = max(latest, first)
            elif kind == _ENROLLED:
                is_conclusive = is_conclusive and enrolled is None
                enrolled, cohort, latest = first, of_cohort, max(latest, randomised)
            elif kind == _DIED:
                is_conclusive = is_conclusive and died is None
                died = last
            elif kind in AMENDMENT_KINDS:
                is_conclusive = False
        return type(self)(version, enrolled, cohort, died, latest, is_conclusive)

    def is_sound(self, cohorts: Container[str]) -> bool:
        """Return whether the history certainly breaks no rule; if False, judge the whole history.

        Args:
            cohorts: The cohorts that were opened.
        """
        if not self.is_conclusive or self.enrolled is None or self.cohort not in cohorts:
            return False
        return self.died is None or max(self.enrolled, self.latest) <= self.died
