"""``trialog project``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli.definitions import DefinitionOption
from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import progress_bar
from trialog.cli.session import asking


def project(
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="FILE|URL", help="Where the tables are [default: beside the file; in the same database]."
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="Data cutoff [default: the latest of last event, announcement and stated cutoff].",
        ),
    ] = None,
    known_at: KnownAtOption = None,
    definition: DefinitionOption = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Write them anew even if they are up to date.")] = False,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Bring tables for other programs up to date: follow_up (one row a subject) and figure (per cohort).

    The table position says at which size and root of the log they stand. A new state takes the old one's
    place in one step; readers never see half of one.
    """
    with asking(log, trial) as asked, progress_bar("projecting", quiet=json) as on_progress:
        answer = asked.project(
            to=to, as_of=as_of, known_at=known_at, definition=definition, rebuild=rebuild, on_progress=on_progress
        )
    if json:
        show.answer_as_json(answer)
        return
    rows = f"{answer.subjects} subjects and {answer.figures} figures written to" if answer.written else "up to date:"
    show.lines(f"{answer.trial}: {rows} {answer.to}", f"log: {answer.log.size} events, root {answer.log.root}")
