"""``trialog verify``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.application.keys import check_signed, note_named, public_keys
from trialog.cli.options import EachTrialOption, JsonOption, LogOption, PublicKeysOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import shown
from trialog.cli.session import opened, trial_code, warn_of_hidden_trials
from trialog.events.dates import instant_text
from trialog.events.errors import DifferenceError, QuestionError
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.signed_notes import Note

if TYPE_CHECKING:
    from trialog.log.checks.verify import Progress, Verified
    from trialog.log.store.database import Database


def verify(
    since: Annotated[
        list[str] | None,
        typer.Option(
            "--since",
            metavar="CHECKPOINT",
            help="Checkpoint that the log must extend: a file, or the announcement or number it was kept with; "
            "repeatable.",
        ),
    ] = None,
    key: PublicKeysOption = None,
    json: JsonOption = False,
    trial: EachTrialOption = None,
    log: LogOption = None,
) -> int:
    """Recompute everything that the log claims, and name the first difference.

    Recomputed are each event's hash, its plain columns, order, versions and times, each trial's root, the
    checkpoints kept in the log, and the columns kept beside it. What the owner of a database changed
    together with everything that follows from it shows only against a checkpoint that was kept elsewhere:
    give that file with --since. Exit code 1 at a difference.
    """
    keys = public_keys(key)
    with opened(log) as found:
        notes = [_note(found, trial, name) for name in since or ()]
        for note in notes:
            check_signed(note, keys)
        checkpoints = [Checkpoint.of(note) for note in notes]
        if trial is None:
            warn_of_hidden_trials(found, "verified are")
        try:
            results = _verified(found, trial, checkpoints, quiet=json)
        except DifferenceError as error:
            if not json:
                raise
            show.note(f"trialog: {error}")
            show.as_json({"verified": False, "log": found.shown, "difference": str(error)})
            return 1
        place = found.shown
    if json:
        show.as_json(
            {
                "verified": True,
                "log": place,
                "trials": [
                    {
                        "trial": each.checkpoint.code,
                        "origin": each.checkpoint.origin,
                        "size": each.checkpoint.size,
                        "root": each.checkpoint.root.hex(),
                        "last_recorded_at": instant_text(each.recorded_at),
                        "kept_checkpoints": each.kept,
                    }
                    for each in results
                ],
                "extends": [
                    {"origin": each.origin, "size": each.size, "root": each.root.hex()} for each in checkpoints
                ],
            }
        )
        return 0
    for each in results:
        show.lines(
            f"{each.checkpoint.code}: {each.checkpoint.size} events verified, root {each.checkpoint.root.hex()}, "
            f"{each.kept} kept checkpoints hold"
        )
    for checkpoint in checkpoints:
        show.lines(f"{checkpoint.code}: extends the checkpoint of {checkpoint.size} events, {checkpoint.root.hex()}")
    if not results:
        show.lines("the log is empty")
    elif not checkpoints:
        show.lines("compared with nothing outside of the log; --since CHECKPOINT does that")
    return 0


def _note(log: Database, trial: str | None, name: str) -> Note:
    """Return the checkpoint that a name means: a file's, which says itself of which trial it is, or a kept one."""
    if Path(name).is_file():
        return note_named(log, "", name)
    if trial is None and len(log.trials()) > 1:
        raise QuestionError(f"no file {name!r}; for a checkpoint kept under that name say with --trial of which trial")
    return note_named(log, trial_code(log, trial), name)


def _verified(log: Database, trial: str | None, since: Sequence[Checkpoint], *, quiet: bool) -> list[Verified]:
    from trialog.log.store.array_cache import check_kept

    heads = [head for head in log.trials() if trial in (None, head.code)]
    with shown("verifying", sum(head.size for head in heads), quiet=quiet) as progress:
        results = _recomputed(log, trial, since, progress)
    for each in results:
        check_kept(log, each.checkpoint.code)
    return results


def _recomputed(
    log: Database, trial: str | None, since: Sequence[Checkpoint], progress: Progress | None
) -> list[Verified]:
    from trialog.log.checks.verify import verify_log, verify_trial

    if trial is None:
        return verify_log(log, since=since, progress=progress)
    return [verify_trial(log, trial, since=since, progress=progress)]
