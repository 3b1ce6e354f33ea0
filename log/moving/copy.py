"""Copying a log between databases, entry by entry: ids, times and salts are unchanged, and so is every root.

Each leaf is recomputed during the copy. A log only grows, so the copy is consistent even while
others append: it holds the entries that the log had at the beginning. They are read in short
transactions. An interrupted copy leaves a shorter log, which the next copy continues.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from trialog.events.entry import NewEntry
from trialog.events.errors import ConflictError, DifferenceError, LogError
from trialog.log.checks.tables import outside, unlisted
from trialog.log.checks.verify import verify_trial
from trialog.log.store.checkpoints import StoredCheckpoint, kept_checkpoints
from trialog.log.store.database import Database
from trialog.log.store.rows import Head, head_of, heads
from trialog.log.store.sqlite.connection import put_in_place, remove, unfinished
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.merkle import Frontier

Progress = Callable[[int], None]

ENTRIES_AT_ONCE = 10_000


def copy_trial(source: Database, target: Database, code: str, progress: Progress | None = None) -> Checkpoint:
    """Copy a trial's log, or the entries appended since the last copy, and verify the result.

    Args:
        source: Log that holds the trial.
        target: Log that does not hold it, or holds an earlier state of it.
        code: The trial's code.
        progress: Callback; takes the number of entries copied or verified since its last call.

    Raises:
        DifferenceError: An entry of the source does not have its leaf; those before it are copied.
        ConflictError: The target holds another log of the trial.
        LogError: A database cannot be read or written.
    """
    with source.reading() as connection:
        head = head_of(connection, code)
        kept = kept_checkpoints(connection, head)
    if not head.number:
        raise LogError(f"{source.shown} holds no trial {code!r}")
    at = _common(source, target, head)
    if progress:
        progress(at)
    while at < head.size:
        entries = list(source.recorder(code).entries(at, min(ENTRIES_AT_ONCE, head.size - at)))
        for entry in entries:
            entry.check(code, head.origin)
        new = [
            NewEntry(
                str(entry.originator_id),
                entry.originator_version,
                entry.topic,
                entry.event_id,
                entry.actor,
                entry.state,
                entry.columns,
            )
            for entry in entries
        ]
        with target.recorder(code).writing() as transaction:
            if transaction.size != at:
                raise ConflictError(f"{target.shown}: somebody else is writing to the log of {code}")
            transaction.begin(head.origin)
            transaction.write(new, [(entry.recorded_at, entry.salt, entry.leaf) for entry in entries])
        at += len(entries)
        if progress:
            progress(len(entries))
    _copy_checkpoints(target, head, kept)
    found = verify_trial(target, code, since=[Checkpoint(head.origin, head.size, head.root)], progress=progress)
    return found.checkpoint


def refuse_strays(source: Database, code: str | None = None) -> None:
    """Refuse to copy a log with rows that the copy would omit.

    Args:
        source: Log to be copied.
        code: Only this trial is copied; None for each of them.

    Raises:
        DifferenceError: A row belongs to no trial, or its trial does not count it.
    """
    with source.reading() as connection:
        found = heads(connection)
        if code is None:
            for stray in unlisted(source, connection, found):
                raise DifferenceError(f"{source.shown}: {stray}; a copy would drop it")
    for head in found:
        if code not in (None, head.code):
            continue
        head.tree()
        if row := outside(source, head):
            raise DifferenceError(f"{head.code}: {row}; a copy would drop it")


def _common(source: Database, target: Database, head: Head) -> int:
    """Return the number of entries already in the target, after checking that the source begins with them."""
    with target.reading() as connection:
        there = head_of(connection, head.code)
    if not there.number:
        return 0
    if there.origin != head.origin or there.size > head.size:
        raise ConflictError(
            f"{target.shown} holds another log of {head.code}, or a longer one: {there.origin} with {there.size} "
            f"events; the one to copy is {head.origin} with {head.size}"
        )
    frontier = Frontier()
    frontier.extend(source.recorder(head.code).replay().leaves(last=there.size))
    if frontier.root() != there.root:
        raise ConflictError(f"{target.shown} holds other events of {head.code} than {source.shown}; nothing was copied")
    return there.size


def _copy_checkpoints(target: Database, head: Head, kept: list[StoredCheckpoint]) -> None:
    with target.reading() as connection:
        known = len(kept_checkpoints(connection, head_of(connection, head.code)))
    if kept[known:]:
        with target.recorder(head.code).writing() as transaction:
            for each in kept[known:]:
                transaction.keep(each.note, each.about, each.stamp, each.kept_at)


def back_up(
    source: Database, file: Path, code: str | None = None, progress: Progress | None = None
) -> list[Checkpoint]:
    """Write the trials of a log into a new, self-contained SQLite file, and verify it.

    Args:
        source: Log to be copied.
        file: The new file.
        code: Only this trial; None for each of them.
        progress: Callback; takes the number of entries copied or verified since its last call.

    Raises:
        LogError: The file exists, or cannot be written; no partial file remains.
    """
    if not file.parent.is_dir():
        raise LogError(f"cannot write {file}: there is no folder {file.parent}")
    if file.exists():
        raise LogError(f"{file} exists already; nothing was changed")
    refuse_strays(source, code)
    part = unfinished(file)
    try:
        with Database.create(str(part)) as target:
            heads_to_copy = [head for head in source.trials() if code in (None, head.code)]
            found = [copy_trial(source, target, head.code, progress) for head in heads_to_copy]
            with target.engine.connect() as connection:
                # No WAL or journal file: the copy must be complete in one file.
                raw: Any = connection.connection.driver_connection
                raw.execute("PRAGMA journal_mode = DELETE")
        put_in_place(part, file)
    finally:
        remove(part)
    return found
