"""``trialog copy`` and ``trialog backup``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.application.answers.moving import CopyAnswer
from trialog.cli.options import EachTrialOption, JsonOption, LogOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import progress_bar
from trialog.cli.session import asking, warn_of_hidden_trials


def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="File or URL of a log.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="File or URL; an empty log is made where there is none.")],
    trial: EachTrialOption = None,
    json: JsonOption = False,
) -> None:
    """Copy a log to another place, SQLite or PostgreSQL, and verify the copy.

    Identities, times and salts are copied, so every root stays what it is. Run again, it copies what
    is new; it refuses a target that holds anything else. Writers may go on meanwhile.
    """
    with asking(source, trial) as asked:
        if trial is None:
            warn_of_hidden_trials(asked, "copied are")
        with progress_bar("copying", quiet=json) as progress:
            answer = asked.copy(target, on_progress=progress)
    _print(answer, json)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file.")],
    trial: EachTrialOption = None,
    json: JsonOption = False,
    log: LogOption = None,
) -> None:
    """Write the log into one new SQLite file, verified, while writers go on; with --trial one trial of it.

    The file needs nothing beside it and is fit for handing over. It appears under its name only when it
    is whole.
    """
    with asking(log, trial) as asked:
        if trial is None:
            warn_of_hidden_trials(asked, "the file holds")
        with progress_bar("backing up", quiet=json) as progress:
            answer = asked.backup(file, on_progress=progress)
    _print(answer, json)


def _print(answer: CopyAnswer, json: bool) -> None:
    if json:
        show.answer_as_json(answer)
        return
    for each in answer.trials:
        show.lines(f"{each.trial}: {each.size} events in {answer.to}, verified, root {each.root}")
    if not answer.trials:
        show.lines(f"the log is empty; {answer.to} holds an empty log")
