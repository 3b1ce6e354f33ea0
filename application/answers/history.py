"""The answer to ``history``: a figure from day to day, and what moved it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Self

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.application.answers.changes import (
    NumberEffect,
    NumberValue,
    QuestionPart,
    TimeEffect,
    TimeValue,
    Value,
)
from trialog.application.answers.common import LogPosition, NotePart
from trialog.events.dates import iso
from trialog.projections.changes.course import Axis
from trialog.projections.changes.staleness import Staleness


class _Dated(Part):
    day: str


class TimeDay(TimeValue, _Dated):
    """A time on a day."""


class NumberDay(NumberValue, _Dated):
    """A share or a count on a day."""


class MovePart(Part):
    """A step on which the figure moved; its effects add up."""

    since: str
    day: str
    before: Value
    after: Value
    moved_by: tuple[TimeEffect | NumberEffect, ...]


class StalePart(Part):
    """Running times that rest on contacts older than a number of days."""

    stale_after_days: int
    since: str = Field(description="First day on which a running time rests on an old contact.")
    on: str = Field(description="The last day of the history.")
    stale: int = Field(description="Running times that do on that day.")
    running: int = Field(description="Times that run on that day.")
    subjects: tuple[str, ...] = Field(description="Who they are, the oldest contact first.")
    last_contacts_on: tuple[str, ...]

    @classmethod
    def of(cls, found: Staleness, stale_after: int) -> Self:
        """Return what was found as a part of an answer."""
        return cls(
            stale_after_days=stale_after,
            since=iso(found.since),
            on=iso(found.on),
            stale=found.stale,
            running=found.running,
            subjects=found.subjects,
            last_contacts_on=tuple(map(iso, found.last_contacts)),
        )

    @property
    def text(self) -> str:
        """The same in one sentence."""
        verb = "rests" if self.stale == 1 else "rest"
        return (
            f"from {self.since} on, running times rest on contacts older than {self.stale_after_days} days; "
            f"on {self.on} {self.stale} of {self.running} {verb} on one"
        )


class HistoryGroup(Part):
    """The history of one group."""

    cohort: str
    data_cutoff: str | None = Field(description="Of each day; null if the data cutoff is what moves.")
    known_at: str | None = Field(description="Of each day; null: everything in the log, or what moves.")
    days: tuple[TimeDay | NumberDay, ...]
    events: int = Field(description="How many events between the days can have moved the figure.")
    caveats: tuple[str, ...] = Field(description="What must be known beside the figure: days without assessments.")
    moves: tuple[MovePart, ...] | None = Field(description="Null if nobody asked for them, or they are too many.")
    stale: StalePart | None = Field(description="Null if no running time rests on an old contact.")


class HistoryAnswer(Answer, QuestionPart):
    """A figure of each group from day to day."""

    SCHEMA: ClassVar[str] = "history/1"

    trial: str
    log: LogPosition
    trialog: str
    axis: Axis = Field(description="Which day moves: the data cutoff, or what was known when.")
    cohorts: tuple[HistoryGroup, ...]
    notes: tuple[NotePart, ...]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each day of each group, with what it rests on."""
        definition = {} if self.kind == "count" else self.definition.model_dump(mode="json")
        for group in self.cohorts:
            rests_on = {
                "trial": self.trial,
                "figure": self.figure,
                "at_day": self.at_day,
                "data_cutoff": "day" if self.axis == "cutoff" else group.data_cutoff,
                "known_at": "day" if self.axis == "known-at" else group.known_at,
                **definition,
                "log_size": self.log.size,
                "log_root": self.log.root,
            }
            for day in group.days:
                yield {"cohort": group.cohort, **day.model_dump(mode="json"), **rests_on}
