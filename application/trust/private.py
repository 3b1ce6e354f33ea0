"""Private texts of a subject: make them unreadable for ever, or show them to those who hold the key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trialog.application.answers.common import LogPosition
from trialog.application.answers.private import PrivateAnswer, PrivateTextsPart, RedactAnswer
from trialog.application.keys import keys_folder, sign_if_possible
from trialog.application.recording.append_session import AppendSession
from trialog.events import dates
from trialog.events.entry import Draft, LogEntry
from trialog.events.errors import DifferenceError, QuestionError
from trialog.events.kinds import REDACTION_STREAM, SUBJECT_PREFIX, SubjectRedacted
from trialog.events.registry import build, name_of
from trialog.log.private.sealing import SealedPlace, opened_by

if TYPE_CHECKING:
    from trialog.log.store.database import Database


def redact(
    database: Database,
    code: str,
    subject: str,
    *,
    reason: str,
    authority: str,
    source: str,
    by: str,
    on: str | None = None,
    keys: Path | None = None,
) -> RedactAnswer:
    """Make a subject's private texts unreadable for ever, in this log and in every copy of it.

    Args:
        database: An open log.
        code: The trial's code.
        subject: Subject id.
        reason: Why.
        authority: Who asked for it, and on what ground.
        source: Where it is written.
        by: Who records the decision.
        on: Day of the decision; today by default.
        keys: Folder of the keys; else the one that the environment names.

    Raises:
        QuestionError: There is no such subject, or no folder is named.
    """
    store = keys_folder(keys)
    session = AppendSession(database, code, by, sign=sign_if_possible())
    if not session.history(SUBJECT_PREFIX + subject).entries:
        raise QuestionError(f"no subject {subject!r} in trial {code}")
    day = on or dates.iso(dates.day_of_instant(session.now()))
    fields = {"subject": subject, "reason": reason, "authority": authority, "source": source, "occurred_on": day}
    receipt = session.append([Draft(build(SubjectRedacted, fields))])
    destroyed = store.destroy(session.recorder.checkpoint().origin, subject)
    return RedactAnswer(
        trial=code,
        subject=subject,
        position=receipt.appended[0].position if receipt.appended else receipt.duplicates[0].position,
        key_destroyed=destroyed,
        log=LogPosition(size=receipt.size, root=receipt.root.hex()),
    )


def private_texts(
    database: Database, code: str, subject: str, *, keys: Path | None = None, master_key_file: Path | None = None
) -> PrivateAnswer:
    """Open a subject's private texts.

    Args:
        database: An open log.
        code: The trial's code.
        subject: Subject id.
        keys: Folder of the keys; else the one that the environment names.
        master_key_file: Master key that wraps them; else the one that the environment names.

    Raises:
        QuestionError: There is no such subject, or no key of it here.
        DifferenceError: The subject was redacted, and its key is here again.
    """
    store = keys_folder(keys, master_key_file)
    session = AppendSession(database, code, "reader")
    entries = session.history(SUBJECT_PREFIX + subject).entries
    if not entries:
        raise QuestionError(f"no subject {subject!r} in trial {code}")
    origin = session.recorder.checkpoint().origin
    redacted = _redacted(session, subject)
    if redacted and store.has(origin, subject):
        raise DifferenceError(
            f"subject {subject} was redacted at position {redacted}, and its key is here again, perhaps from a "
            "backup; destroy it: trialog redact"
        )
    key = store.existing(origin, subject)
    sealed = [entry for entry in entries if getattr(entry.event, "sealed", None)]
    if sealed and key is None:
        why = f"redacted at position {redacted}" if redacted else "no key of it in this folder"
        raise QuestionError(f"the private texts of subject {subject} cannot be read: {why}")
    return PrivateAnswer(
        trial=code,
        subject=subject,
        private=[
            PrivateTextsPart(
                position=entry.position,
                id=entry.event_id,
                event=name_of(entry.event),
                texts=_texts(entry, key or b"", origin),
            )
            for entry in sealed
        ],
    )


def _texts(entry: LogEntry, key: bytes, origin: str) -> dict[str, str]:
    sealed: str = getattr(entry.event, "sealed", "")
    return opened_by(key, sealed, SealedPlace(origin, entry.stream, entry.version, entry.event_id))


def _redacted(session: AppendSession, subject: str) -> int:
    """Return where a subject was redacted last, 0 for never."""
    events = session.history(REDACTION_STREAM).entries
    return max((entry.position for entry in events if getattr(entry.event, "subject", None) == subject), default=0)
