"""``trialog append``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli.options import ByOption, JsonOption, LogOption, TrialOption, actor
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import progress_line
from trialog.cli.session import opened


def append(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines, one event a line; - reads standard input.")],
    batch: Annotated[
        int | None,
        typer.Option("--batch", min=1, metavar="N", help="Events in a transaction [default: all in one]."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge everything and write nothing.")] = False,
    by: ByOption = None,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Append events from a file of JSON Lines.

    All lines are checked first; one wrong line and nothing is written (with --batch: nothing of its
    batch and of those behind it). Events that stand in the log already are passed over, so a file can
    be run again. Within a transaction the order of lines is free.
    """
    from trialog.application.recording.append_file import FileAppend, Lines, append_file

    lines = Lines(file)
    with opened(log) as found:
        heads = found.trials()
        only = heads[0].code if len(heads) == 1 else None
        work = FileAppend(found, actor(by), trial or only, dry_run=dry_run)
        with progress_line(quiet=json) as progress:
            append_file(work, lines, trial, batch, on_progress=progress)
    tally = work.tally
    for message in tally.doubts:
        show.note(f"note: {message}")
    if tally.doubts_left_out:
        show.note(f"note: and {tally.doubts_left_out} more; trialog show SUBJECT lists them")
    if json:
        show.as_json(
            {
                "read": tally.read,
                "appended": sum(tally.appended.values()),
                "already_in_the_log": tally.duplicates,
                "by_trial": tally.appended,
                "notes": len(tally.doubts) + tally.doubts_left_out,
                "dry_run": dry_run,
            }
        )
        return
    would = "would be " if dry_run else ""
    parts = ", ".join(f"{count} to {code}" for code, count in tally.appended.items() if count) or "0"
    show.lines(f"{tally.read} events read, {would}appended: {parts}, already in the log: {tally.duplicates}")
