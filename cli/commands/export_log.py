"""``trialog export log``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli.export_options import ForceOption, OutOption
from trialog.cli.options import JsonOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import progress_bar
from trialog.cli.session import asking


def log(
    out: OutOption,
    without_salts: Annotated[
        bool,
        typer.Option("--without-salts", help="Leave the salts out, for publication; the log cannot be put back then."),
    ] = False,
    force: ForceOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Write a trial's log as JSON Lines, each entry with its place, time, salt and leaf.

    With the salts `trialog import log` puts the same log back, with the same root. Without them the file
    can be published: its leaves give the root, and each event can be tied to its leaf later, by its salt.
    """
    with asking(log, trial) as asked, progress_bar("writing", quiet=json) as progress:
        answer = asked.export_log(out, salts=not without_salts, force=force, on_progress=progress)
    if json:
        show.answer_as_json(answer)
        return
    salts = "without salts" if without_salts else "with salts"
    show.lines(
        f"{answer.log.size} events of {answer.trial} written to {out}, {salts}",
        f"log: {answer.log.size} events, root {answer.log.root}",
    )
