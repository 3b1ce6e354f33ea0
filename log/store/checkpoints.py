"""The checkpoints stored in a log: copies, for convenience, of notes that should be stored elsewhere too."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from trialog.events.errors import DifferenceError, EvidenceError, QuestionError
from trialog.log.store.database import Database
from trialog.log.store.rows import Head, head_of
from trialog.log.store.schema import CHECKPOINT
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.signed_notes import Note, read_note


@dataclass(frozen=True)
class StoredCheckpoint:
    """A checkpoint stored in a log.

    Attributes:
        number: Its number in the trial, from 1.
        note: The note, with the signatures that it had when it was stored.
        stamp: Time-stamp token of the note's text (RFC 3161), if there is one.
        about: The announcement that depends on it; empty for none.
        kept_at: Time of storing, in microseconds since 1970-01-01 UTC.
    """

    number: int
    note: Note
    stamp: bytes | None
    about: str
    kept_at: int

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint in the note."""
        return Checkpoint.of(self.note)


def kept_checkpoints(connection: Connection, head: Head) -> list[StoredCheckpoint]:
    """Return the checkpoints of a trial, in the order in which they were stored.

    Raises:
        DifferenceError: A row was changed after it was stored.
    """
    query = select(CHECKPOINT).where(CHECKPOINT.c.trial == head.number).order_by(CHECKPOINT.c.number)
    found = []
    for expected, row in enumerate(connection.execute(query), 1):
        stamp = None if row.stamp is None else bytes(row.stamp)
        try:
            kept = StoredCheckpoint(row.number, read_note(row.note), stamp, row.about, row.kept_at)
            says = kept.checkpoint
        except EvidenceError as error:
            raise DifferenceError(f"{head.code}: kept checkpoint {row.number}: {error}") from None
        if row.number != expected:
            raise DifferenceError(f"{head.code}: kept checkpoint {expected} is missing")
        if says.origin != head.origin:
            raise DifferenceError(
                f"{head.code}: kept checkpoint {row.number} is of {says.origin}, the trial's row of {head.origin}"
            )
        if (says.size, says.root) != (row.size, bytes(row.root)):
            raise DifferenceError(
                f"{head.code}: kept checkpoint {row.number}: its note says something else than its row"
            )
        found.append(kept)
    return found


def checkpoints_of(log: Database, code: str) -> list[StoredCheckpoint]:
    """Return a trial's stored checkpoints.

    Raises:
        QuestionError: The log does not hold the trial.
    """
    with log.reading() as connection:
        head = head_of(connection, code)
        if not head.number:
            raise QuestionError(f"no trial {code!r} in this log")
        return kept_checkpoints(connection, head)


def kept_with(log: Database, code: str, name: str) -> StoredCheckpoint:
    """Return the first checkpoint stored for an announcement, or the one with a number.

    Raises:
        QuestionError: There is none.
    """
    found = checkpoints_of(log, code)
    for kept in found:
        if name in (kept.about, str(kept.number)):
            return kept
    known = ", ".join(dict.fromkeys(kept.about or str(kept.number) for kept in found)) or "none"
    raise QuestionError(
        f"no checkpoint {name!r}: {code} keeps none for that announcement or with that number; kept are: {known}"
    )
