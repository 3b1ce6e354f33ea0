"""Does the log hold everything that it claims?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trialog.application.answers.trust import CheckpointPart, VerifiedTrialPart, VerifyAnswer
from trialog.application.keys import check_signed, note_named, public_keys
from trialog.application.progress import OnProgress, each_step
from trialog.events.dates import instant_text
from trialog.events.errors import DifferenceError, QuestionError
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
        keys: Public keys that must have signed each of those checkpoints, as texts or files.
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
    return VerifyAnswer(
        verified=not differences,
        log=database.shown,
        trials=[_trial_part(each) for each in results],
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


def _trial_part(verified: Verified) -> VerifiedTrialPart:
    checkpoint = verified.checkpoint
    return VerifiedTrialPart(
        trial=checkpoint.code,
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        last_recorded_at=instant_text(verified.recorded_at),
        kept_checkpoints=len(verified.kept),
    )


def _checkpoint_part(checkpoint: Checkpoint) -> CheckpointPart:
    return CheckpointPart(origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root.hex())
