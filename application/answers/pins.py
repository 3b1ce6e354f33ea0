"""The answer behind the history picture: a figure on every day, with what was announced of it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.application.answers.common import LogPosition
from trialog.application.answers.history import HistoryAnswer


class PinPart(Part):
    """An announced value of the figure, where it belongs."""

    cohort: str
    announcement: str
    announced: str = Field(description="The value with the digits that were printed, and its unit.")
    value: float | None = Field(description="In months, or as a share or a count; null: not reached.")
    cutoff_first: str = Field(description="First day that the stated data cutoff, or else the release, may mean.")
    cutoff_last: str
    cutoff_stated: bool
    released_first: str | None = Field(description="First day that the day of the release may mean; null: undated.")
    released_last: str | None
    verdict: str
    rebuilt: str | None = Field(description="The rebuilt value in the announced unit.")


class PinnedHistoryAnswer(Answer):
    """A history with the announced values of the same figure."""

    SCHEMA: ClassVar[str] = "pinned-history/1"

    log: LogPosition
    trialog: str
    trial: str
    reconstructed: bool
    last_known_on: str | None
    history: HistoryAnswer
    pins: tuple[PinPart, ...]
