"""A trial's log as JSON Lines, to be put back elsewhere or to be published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trialog.application.answers.moving import LogExportAnswer
from trialog.application.progress import OnProgress, each_step
from trialog.exchange.writing import write_manifest, written
from trialog.log.moving.log_export import FORMAT, entry_line, head_line

if TYPE_CHECKING:
    from trialog.log.store.database import Database


def export_log(
    database: Database,
    code: str,
    out: Path,
    *,
    salts: bool = True,
    force: bool = False,
    on_progress: OnProgress | None = None,
) -> LogExportAnswer:
    """Write a trial's log as JSON Lines, each entry with its place, time, salt and leaf.

    Args:
        database: An open log.
        code: The trial's code.
        out: The file; its manifest is written beside it.
        salts: Write the salts too: without them the log cannot be put back, and the file can be published.
        force: Replace a file that is there already.
        on_progress: Takes how far it is.

    Raises:
        LogError: The file is there already, or cannot be written.
        DifferenceError: An entry is not what its leaf says.
    """
    from trialog.log.moving.restore import head_of, sealed_entries

    recorder = database.recorder(code)
    head = head_of(recorder, salts=salts)
    progress = each_step(head.size, on_progress)
    with written(out, force=force) as stream:
        stream.write(head_line(head))
        for entry in sealed_entries(recorder, head):
            stream.write(entry_line(entry))
            if progress:
                progress(1)
    about = {
        "trial": code,
        "data_cutoff": None,
        "known_at": None,
        "log": {"size": head.size, "root": head.root.hex()},
        "definition": {"format": FORMAT, "salts": salts},
    }
    return LogExportAnswer.model_validate(write_manifest(out, "log", about, form="jsonl", records=head.size))
