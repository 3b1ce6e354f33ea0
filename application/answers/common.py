"""Parts that many answers share: where an answer was read, its two time axes, its definition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.events.dates import iso
from trialog.events.definition import (
    Assessed,
    ClinicalProgression,
    ConfType,
    Counting,
    DeathInResponse,
    Definition,
    Estimator,
    Month,
    PartialDates,
    Population,
    Ties,
    definition_words,
    limits_words,
)
from trialog.events.version import __version__

if TYPE_CHECKING:
    from trialog.projections.trial_data import TrialData


def day(number: int | None) -> str | None:
    """Return a day as ISO text; None for none."""
    from trialog.events.arrays import NO_DAY  # brings NumPy, which answers about a log's keeping do without

    return None if number is None or number == NO_DAY else iso(number)


class LogPosition(Part):
    """The state of a trial's log that an answer rests on."""

    size: int = Field(description="Number of events in the trial's log.")
    root: str = Field(description="Root of the log's Merkle tree, 64 hexadecimal digits.")

    @classmethod
    def of(cls, data: TrialData) -> Self:
        """Return the position at which a trial was read."""
        return cls(size=data.size, root=data.root)


class Provenance(Answer):
    """The head of an answer about one trial."""

    trial: str = Field(description="Code of the trial.")
    data_cutoff: str = Field(description="Only what occurred by this day counts (ISO date).")
    known_at: str | None = Field(description="Only what was known by this day counts; null: everything in the log.")
    log: LogPosition
    trialog: str = Field(description="Version of the program.")


def provenance(data: TrialData, cutoff: int, known_at: int | None) -> dict[str, Any]:
    """Return the fields of `Provenance`."""
    return {
        "trial": data.code,
        "data_cutoff": iso(cutoff),
        "known_at": day(known_at),
        "log": LogPosition.of(data),
        "trialog": __version__,
    }


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
    assessments: Assessed = Field(description="Whether an assessment that is not evaluable is one.")
    clinical_progression: ClinicalProgression = Field(description="Whether a clinical progression counts.")
    death_in_response: DeathInResponse = Field(description="What a death without progression does to a response.")

    @classmethod
    def of(cls, definition: Definition, begins: str = "", open_until: str = "") -> Self:
        """Return a definition as a part of an answer.

        Args:
            definition: Of a figure.
            begins: From which day times run, if that is not the origin.
            open_until: Where an open time ends, if that is not what ``censoring`` says.
        """
        parts: dict[str, Any] = definition.as_dict()
        return cls(**{**parts, "origin": begins or definition.origin, "censoring": open_until or definition.censoring})

    def words(self) -> str:
        """Return the definition as one phrase."""
        return definition_words(self)

    def limits_words(self) -> str:
        """Return what kind its limits are of, ``95 % log``; nothing for the to-date median, which has none."""
        return limits_words(self)


class NotePart(Part):
    """What must be known beside the figures of an answer."""

    kind: str
    text: str


GAPS: Final = frozenset({"assessments left out", "extract left out"})
"""Kinds of notes and remarks that say that a figure could be other than it is given."""

ANSWERED_WITH_A_GAP: Final = 3


def exit_code_of(said: Iterable[Part]) -> int:
    """Return 3 if a note or a remark states a gap, else 0."""
    return ANSWERED_WITH_A_GAP if any(getattr(each, "kind", "") in GAPS for each in said) else 0
