"""A stream of the log as an aggregate: its entries, judged by the rules for a trial, subject or announcement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from trialog.domain.amendments import judge_amendments
from trialog.domain.announcement import doubts_about_announcement, judge_announcement
from trialog.domain.findings import HistoryWarning, Violation
from trialog.domain.subject import doubts_about, judge_subject
from trialog.domain.timeline import EventInForce, facts_of, known_on
from trialog.domain.trial import Cohort, Trial, judge_trial, trial_of
from trialog.events.entry import LogEntry
from trialog.events.kinds import ANNOUNCEMENT_PREFIX, SUBJECT_PREFIX, TRIAL_STREAM, SubjectEnrolled


@dataclass(frozen=True)
class StreamHistory:
    """An immutable aggregate of the eventsourcing library: one whole stream.

    Attributes:
        id: Name of the stream: ``trial``, ``subject/...`` or ``announcement/...``.
        entries: Every entry, by position.
    """

    id: str
    entries: tuple[LogEntry, ...] = ()

    @property
    def version(self) -> int:
        """Number of entries, which is the version of the last one."""
        return len(self.entries)

    @cached_property
    def facts(self) -> tuple[EventInForce, ...]:
        """The facts after corrections and retractions."""
        return facts_of(self.entries)

    def as_known(self, day: int | None) -> Self:
        """Return the history as it was known on a day; None means everything in the log."""
        if day is None:
            return self
        return type(self)(self.id, tuple(entry for entry in self.entries if known_on(entry) <= day))

    @property
    def cohort(self) -> str:
        """The cohort in which the subject of this history is enrolled, as corrected; empty if it is not."""
        enrolled = (fact.event for fact in self.facts if fact.stands and isinstance(fact.event, SubjectEnrolled))
        return next((event.cohort for event in enrolled), "")

    @cached_property
    def trial(self) -> Trial:
        """Return the trial that this history describes."""
        return trial_of(self.facts)

    def with_entries(self, more: Iterable[LogEntry]) -> Self:
        """Return the history with more entries appended."""
        return type(self)(self.id, (*self.entries, *more))

    def breaches(self, trial_code: str, cohorts: Mapping[str, Cohort]) -> Iterator[Violation]:
        """Yield each rule that the history breaks."""
        amendments = list(judge_amendments(self.entries))
        if amendments:
            # Facts cannot be determined while an amendment does not fit its target.
            yield from amendments
            return
        facts = self.facts
        if self.id.startswith(SUBJECT_PREFIX):
            yield from judge_subject(self.id.removeprefix(SUBJECT_PREFIX), facts, cohorts)
        elif self.id.startswith(ANNOUNCEMENT_PREFIX):
            yield from judge_announcement(self.id.removeprefix(ANNOUNCEMENT_PREFIX), facts)
        elif self.id == TRIAL_STREAM:
            yield from judge_trial(trial_code, facts)

    def doubts(self, cohorts: Mapping[str, Cohort]) -> Iterator[HistoryWarning]:
        """Yield the warnings about the history; what they concern was accepted."""
        if self.id.startswith(SUBJECT_PREFIX):
            yield from doubts_about(self.id.removeprefix(SUBJECT_PREFIX), self.facts, cohorts)
        elif self.id.startswith(ANNOUNCEMENT_PREFIX):
            yield from doubts_about_announcement(self.id.removeprefix(ANNOUNCEMENT_PREFIX), self.facts, cohorts)
