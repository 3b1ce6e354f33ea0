"""The same log elsewhere: a copy that can go on, or a backup in one new file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from trialog.application.answers.moving import CopiedTrialPart, CopyAnswer
from trialog.application.progress import OnProgress, each_step
from trialog.events.errors import QuestionError

if TYPE_CHECKING:
    from trialog.log.store.database import Database
    from trialog.log.trust.checkpoint import Checkpoint


def copy(
    source: Database, target: str, trial: str | None = None, *, on_progress: OnProgress | None = None
) -> CopyAnswer:
    """Copy a log to another place, SQLite or PostgreSQL, and verify the copy.

    Run again, it copies what is new. Others may append meanwhile.

    Args:
        source: An open log.
        target: File or URL; an empty log is made if there is none.
        trial: Only this trial; None for each of the log.
        on_progress: Takes how far it is.

    Raises:
        QuestionError: There is no such trial, or both places are one.
        ConflictError: The target holds another log of a trial.
        DifferenceError: An entry is not what its leaf says.
    """
    from trialog.log.moving.copy import copy_trial, refuse_strays
    from trialog.log.store import connections

    heads = [head for head in source.trials() if trial in (None, head.code)]
    if trial and not heads:
        raise QuestionError(f"no trial {trial!r} in {source.shown}")
    if _is_same(source, target):
        raise QuestionError(f"{source.shown} is both FROM and TO; a copy needs a place of its own")
    refuse_strays(source, trial)
    progress = each_step(2 * sum(head.size for head in heads), on_progress)
    with _opened_or_made(target) as there:
        done = [copy_trial(source, there, head.code, progress) for head in heads]
    return _answer(done, connections.shown(target))


def backup(
    source: Database, file: Path, trial: str | None = None, *, on_progress: OnProgress | None = None
) -> CopyAnswer:
    """Write a log into one new SQLite file, verified, while others go on appending.

    Args:
        source: An open log.
        file: A new file; it appears under its name only when it is whole.
        trial: Only this trial, whatever is wrong with others; None for each of the log.
        on_progress: Takes how far it is.

    Raises:
        LogError: The file is there already, or cannot be written.
        DifferenceError: An entry is not what its leaf says.
    """
    from trialog.log.moving.copy import back_up

    heads = [head for head in source.trials() if trial in (None, head.code)]
    if trial and not heads:
        raise QuestionError(f"no trial {trial!r} in {source.shown}")
    progress = each_step(2 * sum(head.size for head in heads), on_progress)
    return _answer(back_up(source, file, trial, progress), str(file))


def _is_same(source: Database, target: str) -> bool:
    from trialog.log.store.connections import shown, sqlite_file

    one, other = sqlite_file(source.place), sqlite_file(target)
    if one is None or other is None:
        return source.shown == shown(target)
    return other.exists() and one.samefile(other)


@contextmanager
def _opened_or_made(place: str) -> Iterator[Database]:
    """Open the log to copy to; one that was made for it and got nothing is removed again."""
    from trialog.log.store.connections import sqlite_file
    from trialog.log.store.database import Database, holds_log

    there = holds_log(place)
    with Database.open(place) if there else Database.create(place) as found:
        try:
            yield found
        except BaseException:
            file = sqlite_file(place)
            if not there and file is not None and not found.trials():
                file.unlink(missing_ok=True)
            raise


def _answer(done: Sequence[Checkpoint], place: str) -> CopyAnswer:
    return CopyAnswer(
        to=place,
        trials=[
            CopiedTrialPart(trial=each.code, origin=each.origin, size=each.size, root=each.root.hex()) for each in done
        ],
    )
