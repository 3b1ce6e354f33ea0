"""The answer to ``compare adtte``: where another ADTTE differs from the log's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.application.answers.common import ANSWERED_WITH_A_GAP, LogPosition


class AdtteDifference(Part):
    """A variable of a row that the two give otherwise, and the event of the log behind the log's row."""

    subject: str
    parameter: str
    variable: str = Field(description="For example ADT; row if only one of the two has the row.")
    log: str
    file: str
    position: int | None = Field(description="Of the event that shows the end of the log's row.")
    event: str | None = Field(description="That event in words.")


class AdtteComparisonAnswer(Answer):
    """Somebody else's ADTTE against the log's, row by row."""

    SCHEMA: ClassVar[str] = "adtte-comparison/1"

    trial: str
    data_cutoff: str | None = Field(description="Null: everything.")
    known_at: str | None
    log: LogPosition
    file: str
    sha256: str
    parameters: tuple[str, ...] = Field(description="Parameters that both have, and that were compared.")
    only_in_the_log: tuple[str, ...]
    only_in_the_file: tuple[str, ...]
    variables: tuple[str, ...] = Field(description="Variables that were compared.")
    rows_compared: int
    rows_equal: int
    subjects_missing_in_the_log: tuple[str, ...]
    subjects_missing_in_the_file: tuple[str, ...]
    differences: tuple[AdtteDifference, ...]
    assessments_not_understood: dict[str, int]

    @property
    def exit_code(self) -> int:
        """1 if anything differs or nothing could be compared; 3 if assessments were not understood; else 0."""
        if self.differences or not self.rows_compared:
            return 1
        return ANSWERED_WITH_A_GAP if self.assessments_not_understood else 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each difference."""
        for each in self.differences:
            yield each.model_dump()
