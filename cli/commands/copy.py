"""``trialog copy`` and ``trialog backup``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.options import EachTrialOption, JsonOption, LogOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import shown
from trialog.cli.session import opened, warn_of_hidden_trials
from trialog.events.errors import QuestionError
from trialog.log.trust.checkpoint import Checkpoint

if TYPE_CHECKING:
    from trialog.log.store.database import Database


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
    from trialog.log.moving.copy import copy_trial
    from trialog.log.store import engine
    from trialog.log.store.database import Database

    with Database.open(source) as found:
        codes = [head.code for head in found.trials() if trial in (None, head.code)]
        if trial and not codes:
            raise QuestionError(f"no trial {trial!r} in {found.shown}")
        if trial is None:
            warn_of_hidden_trials(found, "copied are")
        if _is_same(found, target):
            raise QuestionError(f"{found.shown} is both FROM and TO; a copy needs a place of its own")
        size = 2 * sum(head.size for head in found.trials() if head.code in codes)
        with (
            _opened_or_made(target) as there,
            shown("copying", size, quiet=json) as progress,
        ):
            done = [copy_trial(found, there, code, progress) for code in codes]
    _print(done, engine.shown(target), json)


def _is_same(source: Database, target: str) -> bool:
    from trialog.log.store.engine import shown, sqlite_file

    one, other = sqlite_file(source.place), sqlite_file(target)
    if one is None or other is None:
        return source.shown == shown(target)
    return other.exists() and one.samefile(other)


@contextmanager
def _opened_or_made(place: str) -> Iterator[Database]:
    """Open the log to copy to; one that was made for it and got nothing goes again."""
    from trialog.log.store.database import Database, holds_log
    from trialog.log.store.engine import sqlite_file

    there = holds_log(place)
    with Database.open(place) if there else Database.create(place) as found:
        try:
            yield found
        except BaseException:
            file = sqlite_file(place)
            if not there and file is not None and not found.trials():
                file.unlink(missing_ok=True)
            raise


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file.")],
    json: JsonOption = False,
    log: LogOption = None,
) -> None:
    """Write the whole log into one new SQLite file, verified, while writers go on.

    The file needs nothing beside it and is fit for handing over. It appears under its name only when it
    is whole.
    """
    from trialog.log.moving.copy import back_up

    with opened(log) as found:
        warn_of_hidden_trials(found, "the file holds")
        size = 2 * sum(head.size for head in found.trials())
        with shown("backing up", size, quiet=json) as progress:
            done = back_up(found, file, progress)
    _print(done, str(file), json)


def _print(done: list[Checkpoint], place: str, json: bool) -> None:
    if json:
        show.as_json(
            {
                "to": place,
                "trials": [
                    {"trial": each.code, "origin": each.origin, "size": each.size, "root": each.root.hex()}
                    for each in done
                ],
            }
        )
        return
    for each in done:
        show.lines(f"{each.code}: {each.size} events in {place}, verified, root {each.root.hex()}")
    if not done:
        show.lines(f"the log is empty; {place} holds an empty log")
