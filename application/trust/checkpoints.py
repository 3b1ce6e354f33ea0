"""Checkpoints of a trial's log: make, list, keep, stamp, cosign, and the keys that sign them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trialog.application import keys as evidence
from trialog.application.answers.trust import (
    CheckpointAnswer,
    CheckpointsAnswer,
    KeptCheckpointAnswer,
    ListedCheckpointPart,
    SignaturePart,
    SigningKeyAnswer,
)
from trialog.application.progress import OnProgress, each_step
from trialog.events.dates import instant_text
from trialog.events.errors import EvidenceError, LogError
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.signed_notes import OF_LOG, OF_WITNESS, Note, SigningKey

if TYPE_CHECKING:
    from trialog.log.store.database import Database


def create_checkpoint(
    database: Database,
    code: str,
    *,
    key_file: Path | None = None,
    about: str = "",
    out: Path | None = None,
    on_progress: OnProgress | None = None,
) -> KeptCheckpointAnswer:
    """Verify a trial's log, then write down its size and root, and keep that in the log.

    Args:
        database: An open log.
        code: The trial's code.
        key_file: Secret key that signs; else the one that the environment names, else none.
        about: Announcement that rests on it.
        out: A new file for it.
        on_progress: Takes how far the verification is.

    Raises:
        DifferenceError: The log is not what it claims to be.
        EvidenceError: The key cannot sign for a log.
        LogError: The file is there already, or the log cannot be written.
    """
    from trialog.log.checks.verify import verify_trial

    sign = evidence.sign_if_possible(key_file)
    if out is not None:
        evidence.refuse_existing(out)
    progress = each_step(database.recorder(code).size(), on_progress)
    checkpoint = verify_trial(database, code, progress=progress).checkpoint
    note = sign(checkpoint.note()) if sign else checkpoint.note()
    if out is not None:
        evidence.write_new(out, note.written())
    with database.recorder(code).writing() as transaction:
        number = transaction.keep(note, about)
    return KeptCheckpointAnswer(number=number, about=about or None, **note_fields(note))


def list_checkpoints(database: Database, code: str, *, keys: Sequence[str] = ()) -> CheckpointsAnswer:
    """Return the checkpoints that a log keeps of a trial.

    Args:
        database: An open log.
        code: The trial's code.
        keys: Public keys, as texts or files, by which signatures are checked.
    """
    from trialog.log.checks.kept import look_at
    from trialog.log.store.checkpoints import checkpoints_of

    verifiers = evidence.public_keys(keys)
    found = [look_at(each, verifiers) for each in checkpoints_of(database, code)]
    return CheckpointsAnswer(
        trial=code,
        checkpoints=[
            ListedCheckpointPart(
                number=each.kept.number,
                about=each.kept.about or None,
                kept_at=instant_text(each.kept.kept_at),
                stamped=each.stamp is not None,
                stamp=each.stamp,
                stamped_at=None if each.stamped_at is None else instant_text(each.stamped_at),
                signatures=[SignaturePart(name=one.name, status=one.status) for one in each.signatures],
                **note_fields(each.kept.note),
            )
            for each in found
        ],
    )


def read_checkpoint(file: Path) -> CheckpointAnswer:
    """Return the checkpoint that a file holds."""
    return CheckpointAnswer(**note_fields(evidence.note_of_file(file)))


def show_checkpoint(database: Database, code: str, name: str) -> CheckpointAnswer:
    """Return one checkpoint: of a file, or kept under a number or with an announcement."""
    return CheckpointAnswer(**note_fields(evidence.note_named(database, code, name)))


def keep_checkpoint(
    database: Database, file: Path, *, about: str = "", keys: Sequence[str] = ()
) -> KeptCheckpointAnswer:
    """Keep a checkpoint that came from elsewhere, if the log extends it; not a second time.

    Args:
        database: An open log.
        file: The checkpoint.
        about: Announcement that rests on it.
        keys: Public keys that must have signed it, as texts or files.

    Raises:
        EvidenceError: It is malformed, or not signed by each key.
        DifferenceError: The log does not extend it, or is not what it claims to be.
    """
    from trialog.log.checks.verify import verify_trial
    from trialog.log.store.checkpoints import checkpoints_of

    note = evidence.note_of_file(file)
    evidence.check_signed(note, evidence.public_keys(keys))
    checkpoint = Checkpoint.of(note)
    verify_trial(database, checkpoint.code, since=[checkpoint])
    for each in checkpoints_of(database, checkpoint.code):
        if (each.note, each.about) == (note, about):
            return KeptCheckpointAnswer(number=each.number, about=about or None, **note_fields(note))
    with database.recorder(checkpoint.code).writing() as transaction:
        number = transaction.keep(note, about)
    return KeptCheckpointAnswer(number=number, about=about or None, **note_fields(note))


def cosign(
    request: Path,
    *,
    key_file: Path | None = None,
    seen: Path = Path("witness"),
    keys: Sequence[str] = (),
    out: Path | None = None,
) -> CheckpointAnswer:
    """Vouch, as a witness, that a log only grew since the last time, without seeing one event.

    Args:
        request: From ``prove``: a checkpoint, and the proof that it extends the last one.
        key_file: Secret key of the witness; else the one that the environment names.
        seen: Folder in which this witness keeps the last checkpoint of each log.
        keys: Public keys of the log; when given, one of them must have signed.
        out: A new file for the cosigned checkpoint.

    Raises:
        EvidenceError: The request does not extend the last checkpoint, is not signed, or there is no witness's key.
    """
    from trialog.log.trust.proof_files import ConsistencyProof
    from trialog.log.trust.witness import cosigned

    secret = evidence.signing_key(key_file)
    if secret is None or secret.kind != OF_WITNESS:
        raise EvidenceError("a witness needs a key of its own; make one with: trialog checkpoint key NAME --witness")
    text = evidence.read_text(request)
    with evidence.about_file(request):
        asked = ConsistencyProof.read(text)
        checkpoint = Checkpoint.of(asked.note)
    place = seen / f"{_file_name(checkpoint.origin)}.checkpoint"
    last = evidence.note_of_file(place) if place.exists() else None
    note = cosigned(asked, last, secret, int(time.time()), evidence.public_keys(keys))
    _remember(place, note)
    if out is not None:
        evidence.write_new(out, note.written())
    return CheckpointAnswer(**note_fields(note))


def new_signing_key(name: str, out: Path, *, witness: bool = False) -> SigningKeyAnswer:
    """Make a key; its secret half goes to a new file for its owner only.

    Args:
        name: Whose key it is: no spaces, for example ``example.org/trials``.
        out: The file.
        witness: A witness's key instead of a log's.

    Raises:
        EvidenceError: The name cannot name a key.
        LogError: The file is there already, or cannot be written.
    """
    secret = SigningKey.new(name, OF_WITNESS if witness else OF_LOG)
    evidence.write_new(out, secret.written() + "\n", 0o600)
    return SigningKeyAnswer(
        name=name, kind="witness" if witness else "log", public=secret.verifier.written(), file=str(out)
    )


def note_fields(note: Note) -> dict[str, Any]:
    """Return what answers say of a checkpoint's note."""
    checkpoint = Checkpoint.of(note)
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "signed_by": [signature.name for signature in note.signatures],
        "note": note.written(),
    }


def _file_name(origin: str) -> str:
    return "".join(each if each.isalnum() or each in "-._" else "_" for each in origin)


def _remember(place: Path, note: Note) -> None:
    """Replace the last checkpoint seen, in one step, so that it survives power loss."""
    new = place.with_name(f"{place.name}.new")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        evidence.write_new(new, note.written())
        new.replace(place)
    except OSError as error:
        raise LogError(f"cannot write {place}: {error.strerror}") from None
