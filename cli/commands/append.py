"""``trialog append``."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from trialog.cli.options import ByOption, JsonOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import progress_line
from trialog.cli.session import asking

MOST_TRIALS: Final = 5
"""Trials that are named; of more only their number is printed."""


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
    batch and of those after it), whatever trials the lines are about. Events that are in the log already
    are passed over, so a file can be run again. Within a transaction the order of lines is free.
    """
    with asking(log, trial) as asked, progress_line(quiet=json) as progress:
        answer = asked.append_file(file, by=by, batch=batch, dry_run=dry_run, on_progress=progress)
    for message in answer.warnings:
        show.note(f"note: {message}")
    if answer.notes > len(answer.warnings):
        show.note(f"note: and {answer.notes - len(answer.warnings)} more; trialog show SUBJECT lists them")
    if json:
        show.answer_as_json(answer)
        return
    would = "would be " if dry_run else ""
    new = [f"{count} to {code}" for code, count in answer.by_trial.items() if count]
    parts = ", ".join(new) or "0" if len(new) <= MOST_TRIALS else f"{answer.appended} to {len(new)} trials"
    show.lines(f"{answer.read} events read, {would}appended: {parts}, already in the log: {answer.already_in_the_log}")
