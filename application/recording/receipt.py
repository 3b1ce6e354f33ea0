"""What an append did, or why it did nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialog.domain.findings import HistoryWarning
from trialog.domain.judging import Duplicate
from trialog.events.entry import LogEntry
from trialog.events.errors import HistoryError
from trialog.log.trust.signed_notes import Note


@dataclass(frozen=True)
class Receipt:
    """What an append did.

    Attributes:
        appended: The new entries, by position.
        duplicates: Drafts that changed nothing, because the same event is in the log.
        doubts: What is odd about the new events, and was accepted.
        size, root: The log after the append.
        notes: Checkpoints kept with the announcements of this append, one for each.
    """

    appended: tuple[LogEntry, ...]
    duplicates: tuple[Duplicate, ...]
    doubts: tuple[HistoryWarning, ...]
    size: int
    root: bytes
    notes: tuple[Note, ...] = ()


class RefusedError(HistoryError):
    """Events that cannot be appended; nothing was written.

    Attributes:
        lines: One line for each event that was refused, in the order of the drafts.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)
