"""What a subject's history comes to for the rules: enough to accept further events without reading it again.

Accepting is what nearly always happens, and it needs a few numbers. Where they do not
suffice, because the history was amended or because a rule may be broken, the whole
history is judged (`trialog.domain.subject`), which also finds the words for a refusal.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final, NamedTuple, Self

from trialog.domain.subject import NEVER, NOUNS, randomised_first
from trialog.events.index_columns import AMENDMENT_KINDS
from trialog.events.kinds import SubjectDied, SubjectEnrolled, TrialEvent


class Outline(NamedTuple):
    """What a subject's summary needs of an event.

    Attributes:
        kind: Number of its kind.
        first, last: First and last day that its date can mean.
        cohort: Of an enrollment; else empty.
        randomised: First day that the randomisation of an enrollment can mean.
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
    """A subject as far as the rules need to know it.

    Attributes:
        version: Events of the history.
        enrolled: First day that the enrollment can mean; None as long as there is none.
        cohort: Of the enrollment.
        died: Last day that the death can mean; None for a living subject.
        latest: The latest first day of anything that cannot happen after a death.
        is_conclusive: False once only the whole history can say what the rules make of it.
    """

    version: int = 0
    enrolled: int | None = None
    cohort: str = ""
    died: int | None = None
    latest: int = NEVER
    is_conclusive: bool = True

    def after(self, outlines: Iterable[Outline]) -> Self:
        """Return the standing after further events."""
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
        """Tell whether the history certainly breaks no rule; False leaves it to the whole history.

        Args:
            cohorts: Those that were opened.
        """
        if not self.is_conclusive or self.enrolled is None or self.cohort not in cohorts:
            return False
        return self.died is None or max(self.enrolled, self.latest) <= self.died
