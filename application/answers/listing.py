"""The answers that list what a log holds: trials, events, a subject's timeline, announcements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.application.answers.common import LogPosition
from trialog.application.answers.entries import EntryPart, FactPart
from trialog.application.answers.verdicts import StatedFigure


class TrialPart(Part):
    """A trial of a log, and the head of its own log; of a damaged one only what can be read."""

    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset({"damage"})

    trial: str
    title: str | None = Field(description="Null if nobody registered it.")
    size: int = Field(description="Number of its events.")
    root: str | None = Field(description="Root of its Merkle tree, 64 hexadecimal digits; null if it is damaged.")
    recorded_at: str | None = Field(description="UTC instant at which its last event was recorded.")
    damage: str | None = Field(default=None, description="What is wrong with the trial, if it cannot be read.")


class TrialsAnswer(Answer):
    """The trials of a log."""

    SCHEMA: ClassVar[str] = "trials/1"

    trials: tuple[TrialPart, ...]
    sees_every_trial: bool = Field(description="False if this login may see only the trials that it was given.")
    trialog: str

    @property
    def exit_code(self) -> int:
        """1 if a trial is damaged."""
        return 1 if any(trial.damage for trial in self.trials) else 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each trial."""
        for trial in self.trials:
            yield trial.model_dump(mode="json")


class EventsAnswer(Answer):
    """Events of a trial's log, in their order."""

    SCHEMA: ClassVar[str] = "log/1"

    trial: str
    size: int = Field(description="Number of events in the trial's log.")
    root: str = Field(description="Root of the log's Merkle tree, 64 hexadecimal digits.")
    trialog: str
    events: tuple[EntryPart, ...]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each event, with every field that any of them has."""
        lines = [entry.line() for entry in self.events]
        names = dict.fromkeys(name for line in lines for name in line)
        for line in lines:
            yield {name: line.get(name) for name in names}


class WarningPart(Part):
    """What is odd in a history although it was accepted."""

    rule: str
    message: str
    position: int | None


class TimelineAnswer(Answer):
    """One subject's events as they are in force, with what was corrected and what was retracted."""

    SCHEMA: ClassVar[str] = "show/1"

    trial: str
    subject: str
    known_at: str | None = Field(description="Only what was known by this day counts; null: everything in the log.")
    log: LogPosition
    trialog: str
    facts: tuple[FactPart, ...]
    notes: tuple[WarningPart, ...]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each event, as corrected."""
        for fact in self.facts:
            line = fact.as_recorded.line()
            yield {
                "trial": self.trial,
                "subject": self.subject,
                "event": line["event"],
                "occurred_on": fact.event.occurred_on,
                "stands": fact.stands,
                "corrections": len(fact.corrections),
                "position": fact.as_recorded.position,
                "recorded_at": fact.as_recorded.recorded_at,
                "by": fact.as_recorded.by,
                "source": fact.event.source,
            }


class AnnouncementPart(Part):
    """An announcement with its figures, word for word."""

    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset(
        {"occurred_on", "reported_on", "url", "data_cutoff", "data_cutoff_inferred"}
    )

    announcement: str
    position: int
    occurred_on: str | None = None
    reported_on: str | None = None
    source: str
    title: str
    url: str | None = None
    data_cutoff: str | None = None
    data_cutoff_inferred: str | None = None
    withdrawn: bool
    withdrawn_on: str | None = Field(description="Null also if the day of the withdrawal is not known.")
    figures: tuple[StatedFigure, ...]


class AnnouncementsAnswer(Answer):
    """The announcements of a trial."""

    SCHEMA: ClassVar[str] = "announcements/1"

    trial: str
    known_at: str | None = Field(description="Only what was known by this day counts; null: everything in the log.")
    log: LogPosition
    trialog: str
    announcements: tuple[AnnouncementPart, ...]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each figure; what the release does not state is null."""
        for each in self.announcements:
            for figure in each.figures:
                yield {
                    "trial": self.trial,
                    "announcement": each.announcement,
                    "announced_on": each.occurred_on,
                    "withdrawn_on": each.withdrawn_on,
                    "figure": figure.figure,
                    "measure": figure.measure,
                    "cohorts": "+".join(figure.cohorts),
                    "comparator": figure.comparator,
                    "value": figure.value,
                    "lower": figure.lower,
                    "upper": figure.upper,
                    "unit": figure.unit,
                    "words": figure.words,
                    "source": each.source,
                }
