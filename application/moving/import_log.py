"""A whole log put back from what an export wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from trialog.application.answers.common import LogPosition
from trialog.application.answers.moving import LogImportAnswer
from trialog.application.progress import OnProgress, each_step
from trialog.events.errors import EventError, ExportError
from trialog.log.moving.log_export import ExportedEntry, read_entries, read_head

if TYPE_CHECKING:
    from trialog.log.store.database import Database


def import_log(database: Database, file: str | Path, *, on_progress: OnProgress | None = None) -> LogImportAnswer:
    """Put a whole log back: the same events, positions, times and salts, and so the same root.

    Args:
        database: An open log that does not hold the trial.
        file: What ``export_log`` wrote.
        on_progress: Takes how far it is.

    Raises:
        ConflictError: The log holds the trial already.
        ExportError: A leaf or the root differs; nothing was written.
        EventError: A line is no entry of a log.
    """
    from trialog.application.recording.append_file import Lines
    from trialog.log.moving.restore import restore

    lines = Lines(str(file))
    source = iter(lines)
    first = next(source, None)
    if first is None:
        raise EventError(f"{file}: the file is empty")
    head = read_head(first[1], f"{lines.place}:1")
    progress = each_step(head.size, on_progress)

    def entries() -> Iterator[ExportedEntry]:
        for entry in read_entries(source, lines.place):
            if progress:
                progress(1)
            yield entry

    try:
        restore(database, head, entries())
    except ExportError as error:
        raise ExportError(f"{file}: {error}") from None
    return LogImportAnswer(trial=head.trial, restored=head.size, log=LogPosition(size=head.size, root=head.root.hex()))
