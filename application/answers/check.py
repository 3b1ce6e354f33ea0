"""The answer to ``check``: the laws that announced figures break."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from trialog.application.answers.audit import RowPart, UnusedRow, row_parts, unused_rows
from trialog.application.answers.base import Answer, Part

if TYPE_CHECKING:
    from trialog.audit.laws.violation import LawViolation
    from trialog.audit.reading.claims import Series


class BrokenLawPart(Part):
    """Figures that cannot all be true."""

    reason: str
    rows: tuple[RowPart, ...]


class CheckAnswer(Answer):
    """The laws that the announced figures of a file break."""

    SCHEMA: ClassVar[str] = "check/1"

    file: str
    rows_read: int = Field(description="Rows of the file.")
    broken: tuple[BrokenLawPart, ...] = Field(description="What cannot be true, the fewest rows first.")
    not_used: tuple[UnusedRow, ...]
    trialog: str = Field(description="Version of the program.")

    @property
    def exit_code(self) -> int:
        """0 if no law is broken, else 1."""
        return int(bool(self.broken))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each row of each broken law, with its reason."""
        for law in self.broken:
            for row in law.rows:
                yield {**{name: getattr(row, name) for name in RowPart.model_fields}, "reason": law.reason}


def check_fields(series: Series, found: Sequence[LawViolation]) -> dict[str, Any]:
    """Return the fields of `CheckAnswer` that come from the laws."""
    return {
        "rows_read": len(series.readings),
        "broken": tuple(BrokenLawPart(reason=each.reason, rows=row_parts(series, each.rows)) for each in found),
        "not_used": unused_rows(series),
    }
