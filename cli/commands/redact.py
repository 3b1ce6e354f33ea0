"""``trialog redact`` and ``trialog private``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trialog.application.keys import keys_folder
from trialog.cli.options import ByOption, JsonOption, KeysOption, LogOption, MasterKeyFileOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import tracking
from trialog.events import dates
from trialog.events.entry import Draft, LogEntry
from trialog.events.errors import DifferenceError, QuestionError
from trialog.events.kinds import REDACTION_STREAM, SUBJECT_PREFIX, SubjectRedacted
from trialog.events.registry import build, name_of
from trialog.log.private.sealing import Place, opened_by

if TYPE_CHECKING:
    from trialog.application.append_session import AppendSession


def redact(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Subject id.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    authority: Annotated[str, typer.Option("--authority", help="Who asked for it, and on what ground.")],
    source: Annotated[str, typer.Option("--source", envvar="TRIALOG_SOURCE", help="Where it is written.")],
    on: Annotated[str | None, typer.Option("--on", help="Day of the decision [default: today].")] = None,
    keys: KeysOption = None,
    by: ByOption = None,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Make a subject's private texts unreadable for ever, in this log and in every copy of it.

    The decision is recorded as an event, then the subject's key is destroyed. No event changes: every
    checkpoint and every proof holds as before, and no figure moves. Backups of the key folder must go too.
    """
    store = keys_folder(keys)
    with tracking(log, trial, by) as tracker:
        if not tracker.history(SUBJECT_PREFIX + subject).entries:
            raise QuestionError(f"no subject {subject!r} in trial {tracker.trial}")
        day = on or dates.iso(dates.day_of_instant(tracker.now()))
        fields = {"subject": subject, "reason": reason, "authority": authority, "source": source, "occurred_on": day}
        receipt = tracker.append([Draft(build(SubjectRedacted, fields))])
        destroyed = store.destroy(tracker.recorder.checkpoint().origin, subject)
        code = tracker.trial
    position = receipt.appended[0].position if receipt.appended else receipt.duplicates[0].position
    if json:
        show.as_json(
            {
                "trial": code,
                "subject": subject,
                "position": position,
                "key_destroyed": destroyed,
                "log": {"size": receipt.size, "root": receipt.root.hex()},
            }
        )
        return
    what = "its key is destroyed" if destroyed else "it had no key here"
    show.lines(f"{code} #{position}  subject-redacted {subject}: {what}")
    show.lines(f"log: {receipt.size} events, root {receipt.root.hex()}")


def private(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Subject id.")],
    keys: KeysOption = None,
    master_key_file: MasterKeyFileOption = None,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Show a subject's private texts, for those who hold its key."""
    store = keys_folder(keys, master_key_file)
    with tracking(log, trial, None) as tracker:
        entries = tracker.history(SUBJECT_PREFIX + subject).entries
        if not entries:
            raise QuestionError(f"no subject {subject!r} in trial {tracker.trial}")
        origin = tracker.recorder.checkpoint().origin
        redacted = _redacted(tracker, subject)
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
        found = [(entry, _texts(entry, key or b"", origin)) for entry in sealed]
        code = tracker.trial
    if json:
        show.as_json(
            {
                "trial": code,
                "subject": subject,
                "private": [{"position": entry.position, "id": entry.event_id, **texts} for entry, texts in found],
            }
        )
        return
    show.table(
        ("#", "event", "name", "text"),
        ((entry.position, name_of(entry.event), name, text) for entry, texts in found for name, text in texts.items()),
        long=(3,),
    )


def _texts(entry: LogEntry, key: bytes, origin: str) -> dict[str, str]:
    sealed: str = getattr(entry.event, "sealed", "")
    return opened_by(key, sealed, Place(origin, entry.stream, entry.version, entry.event_id))


def _redacted(tracker: AppendSession, subject: str) -> int:
    """Return where a subject was redacted last, 0 for never."""
    events = tracker.history(REDACTION_STREAM).entries
    return max((entry.position for entry in events if getattr(entry.event, "subject", None) == subject), default=0)
