"""Does the log hold everything that it claims?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trialog.application.answers.trust import CheckpointPart, KeptPart, SignaturePart, VerifiedTrialPart, VerifyAnswer
from trialog.application.keys import check_signed, note_named, public_keys
from trialog.application.progress import OnProgress, each_step
from trialog.events.dates import instant_text
from trialog.events.errors import DifferenceError, QuestionError
from trialog.log.checks.kept import KeptFound, differences_of_kept, look_at, signed_by
from trialog.log.trust.checkpoint import Checkpoint

if TYPE_CHECKING:
    from trialog.log.checks.verify import Verified
    from trialog.log.store.database import Database
    from trialog.log.trust.signed_notes import Note


def verify(
    database: Database,
    trial: str | None = None,
    *,
    since: Sequence[str | Path] = (),
    keys: Sequence[str] = (),
    on_progress: OnProgress | None = None,
) -> VerifyAnswer:
    """Recompute everything that a log claims; a difference is part of the answer.

    Args:
        database: An open log.
        trial: Only this trial; None for each of the log.
        since: Checkpoints that the log must extend: files, or the announcements or numbers they were kept with.
        keys: Public keys, as texts or files. Each must have signed every checkpoint of ``since``, else one that the
            log keeps; its signatures under kept checkpoints must be right, and once a log's key has signed one, it must
            have signed each later one.
        on_progress: Takes how far it is.

    Raises:
        QuestionError: There is no such checkpoint, or no such trial.
        EvidenceError: A checkpoint is malformed, or not signed by each key.
    """
    verifiers = public_keys(keys)
    notes = [_note(database, trial, str(name)) for name in since]
    for note in notes:
        check_signed(note, verifiers)
    checkpoints = [Checkpoint.of(note) for note in notes]
    results, differences = _checked(database, trial, checkpoints, on_progress)
    parts = []
    signed = set(range(len(verifiers))) if notes else set()
    for each in results:
        kept = [look_at(checkpoint, verifiers) for checkpoint in each.kept]
        wrong = list(differences_of_kept(each.checkpoint.code, kept, each.times, verifiers))
        differences += wrong
        signed |= {number for number, key in enumerate(verifiers) if any(signed_by(one, key) for one in kept)}
        if not wrong:
            parts.append(_trial_part(each, kept))
    for number, key in enumerate(verifiers):
        if number not in signed:
            differences.append(f"{database.shown}: no checkpoint that it keeps is signed by {key.name}")
    return VerifyAnswer(
        verified=not differences,
        log=database.shown,
        trials=parts,
        extends=[_checkpoint_part(each) for each in checkpoints] if not differences else None,
        difference=differences[0] if differences else None,
        differences=list(differences) or None,
    )


def _note(log: Database, trial: str | None, name: str) -> Note:
    """Return the checkpoint that a name means: a file's, which says itself of which trial it is, or a kept one."""
    codes = [trial] if trial else []
    if not codes and not Path(name).is_file():
        codes = [head.code for head in log.trials()]
        if len(codes) > 1:
            raise QuestionError(
                f"no file {name!r}; for a checkpoint kept under that name say with --trial of which trial"
            )
        if not codes:
            raise QuestionError(f"no file {name!r}, and the log holds no trial that keeps a checkpoint")
    return note_named(log, codes[0] if codes else "", name)


def _checked(
    log: Database, trial: str | None, since: Sequence[Checkpoint], on_progress: OnProgress | None
) -> tuple[list[Verified], list[str]]:
    """Return the trials without a difference, and what differs in the others and in the log as a whole."""
    from trialog.log.checks.verify import check_log, verify_trial
    from trialog.log.store.array_cache import check_kept

    total = sum(head.size for head in log.trials() if trial in (None, head.code))
    progress = each_step(total, on_progress)
    differences: list[str] = []
    results: list[Verified] = []
    if trial is None:
        found = check_log(log, since=since, progress=progress)
        differences += found.differences
        results += found.verified
    else:
        try:
            results.append(verify_trial(log, trial, since=since, progress=progress))
        except DifferenceError as error:
            differences.append(str(error))
    for each in list(results):
        try:
            check_kept(log, each.checkpoint.code)
        except DifferenceError as error:
            results.remove(each)
            differences.append(str(error))
    return results, differences


def _trial_part(verified: Verified, kept: Sequence[KeptFound]) -> VerifiedTrialPart:
    checkpoint = verified.checkpoint
    return VerifiedTrialPart(
        trial=checkpoint.code,
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        last_recorded_at=instant_text(verified.recorded_at),
        kept_checkpoints=len(verified.kept),
        kept=[_kept_part(each) for each in kept],
    )


def _kept_part(found: KeptFound) -> KeptPart:
    return KeptPart(
        number=found.kept.number,
        about=found.kept.about or None,
        size=found.kept.checkpoint.size,
        signatures=[SignaturePart(name=each.name, status=each.status) for each in found.signatures],
        stamp=found.stamp,
        stamped_at=None if found.stamped_at is None else instant_text(found.stamped_at),
    )


def _checkpoint_part(checkpoint: Checkpoint) -> CheckpointPart:
    return CheckpointPart(origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root.hex())
