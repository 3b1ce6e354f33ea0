"""Parts that many answers share: where an answer was read, its two time axes, its definition."""

from __future__ import annotations

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.events.definition import ConfType, Counting, Estimator, Month, PartialDates, Population, Ties


class LogPosition(Part):
    """The state of a trial's log that an answer rests on."""

    size: int = Field(description="Number of events in the trial's log.")
    root: str = Field(description="Root of the log's Merkle tree, 64 hexadecimal digits.")


class Provenance(Answer):
    """The head of an answer about one trial."""

    trial: str = Field(description="Code of the trial.")
    data_cutoff: str = Field(description="Only what occurred by this day counts (ISO date).")
    known_at: str | None = Field(description="Only what was known by this day counts; null: everything in the log.")
    log: LogPosition
    trialog: str = Field(description="Version of the program.")


class DefinitionPart(Part):
    """Everything that must be fixed before a figure means something."""

    estimator: Estimator
    origin: str = Field(description="From which day times run.")
    population: Population
    censoring: str = Field(description="Where an open time ends.")
    month: Month
    ties: Ties
    conf_type: ConfType
    level: float
    counting: Counting = Field(description="Whether a time is the difference of its days, or both days count.")
    partial_dates: PartialDates = Field(description="On which day a date counts that is known in part.")


class NotePart(Part):
    """What must be known beside the figures of an answer."""

    kind: str
    text: str
