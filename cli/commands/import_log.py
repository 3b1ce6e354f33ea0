"""``trialog import log``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.cli.options import JsonOption, LogOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import progress_bar
from trialog.cli.session import asking


def log(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What trialog export log wrote.")],
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Put a whole log back: the same events, positions, times and salts, and so the same root.

    Every leaf and the root are computed again; where one differs, or the log holds the trial already,
    nothing is written.
    """
    with asking(log, None) as asked, progress_bar("reading", quiet=json) as progress:
        answer = asked.import_log(file, on_progress=progress)
    if json:
        show.answer_as_json(answer)
        return
    show.lines(
        f"{answer.restored} events of {answer.trial} put back",
        f"log: {answer.log.size} events, root {answer.log.root}",
    )
