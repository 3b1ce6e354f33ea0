"""What was read from one row of a register file."""

from __future__ import annotations

from dataclasses import dataclass

from trialog.events.announced_figure import AnnouncedFigure
from trialog.exchange.register.measures import Role
from trialog.exchange.register.table import Row
from trialog.exchange.register.values import UNREAD, AnnouncedValue


@dataclass(frozen=True)
class RowReading:
    """What was read from one row.

    Attributes:
        row: As written.
        figure: As an announced figure; its name is not yet unique.
        role: What the row can serve for.
        day: Clinical date of the roles that are days.
        other_cohort: The earlier cohort of ``after cohort``.
        why: Why nothing is computed of the row, for the role ``words``.
        value: What the value cell says, as far as it was read.
        joined: Cohorts with a plus between them, until `pools.resolved` says what they are.
        from_words: Fields of the figure that rest on the quotation, or on another row's.
        doubtful: Those of them that rest on words which only suggest them.
    """

    row: Row
    figure: AnnouncedFigure
    role: Role
    day: str | None = None
    other_cohort: str | None = None
    why: str = ""
    value: AnnouncedValue = UNREAD
    joined: str | None = None
    from_words: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()

    @property
    def trial(self) -> str:
        """The trial, as worded."""
        return self.row.get("trial")

    @property
    def announced_on(self) -> str | None:
        """Clinical date of the announcement; None where it is not known."""
        return self.row.get("date_announced") or None

    @property
    def data_cutoff(self) -> str | None:
        """Clinical date of the stated data cutoff."""
        return self.row.get("data_cutoff") or None
