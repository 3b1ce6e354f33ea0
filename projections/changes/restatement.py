"""Changes in figures between what was known on an earlier day and on a later day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialog.projections.changes.events import Excerpt
from trialog.projections.changes.moves import MOST_EXPLAINED, Learned, learned
from trialog.projections.measures import MeasureAnswer, MeasureQuestion, answer


@dataclass(frozen=True)
class Restatement:
    """Some figures of one data cutoff as known on two days.

    Attributes:
        questions: Which figures.
        cutoff: Their data cutoff.
        then, now: The two known-at days; None for everything in the log.
        before, after: The figures, in the order of the questions.
        events: How many events became known between the two days.
        learned: Each of these events with its effect; None if there are too many to list.
    """

    questions: tuple[MeasureQuestion, ...]
    cutoff: int
    then: int
    now: int | None
    before: tuple[MeasureAnswer, ...]
    after: tuple[MeasureAnswer, ...]
    events: int
    learned: tuple[Learned, ...] | None

    @property
    def moved(self) -> bool:
        """Whether any figure changed."""
        return self.before != self.after


def restate(of: Excerpt, questions: Sequence[MeasureQuestion], cutoff: int, then: int, now: int | None) -> Restatement:
    """Return what changed in some figures of one cutoff between two known-at days.

    Args:
        of: The events of the questions' cohorts.
        questions: Which figures.
        cutoff: Data cutoff.
        then: Earlier known-at day.
        now: Later known-at day; None for everything in the log.
    """

    def known_at(day: int | None) -> tuple[MeasureAnswer, ...]:
        state = of.cut(of.in_force_on(day), cutoff, day)
        return tuple(answer(state, question) for question in questions)

    known = of.columns.known
    events = int(((known > then) & (known <= now)).sum() if now is not None else (known > then).sum())
    return Restatement(
        questions=tuple(questions),
        cutoff=cutoff,
        then=then,
        now=now,
        before=known_at(then),
        after=known_at(now),
        events=events,
        learned=tuple(learned(of, questions, cutoff, then, now)) if events <= MOST_EXPLAINED else None,
    )
