"""A log as the first argument: ``trialog verify trial.db`` instead of ``trialog verify --log trial.db``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from trialog.cli.table_of_commands import COMMANDS, GROUPS

WITHOUT: Final = frozenset(
    {"demo", "init", "copy", "backup", "portfolio", "schema", "estimate", "audit", "check-proof"}
)
"""Commands whose first argument is never the log that they ask: it is where they write, or another file."""

_SERVERS: Final = ("postgresql:", "postgresql+psycopg:", "postgres:")
_SQLITE: Final = b"SQLite format 3\0"
_OURS: Final = b"TLOG"
_AT: Final = slice(68, 72)
"""Where an SQLite file holds the id of the program that made it."""


def with_log_option(arguments: Sequence[str]) -> list[str]:
    """Return arguments in which a log that comes first is given by ``--log``.

    The first argument is a log if it is the URL of a PostgreSQL database or an existing file that trialog made. An
    announcement or a subject of that name then needs ``--log`` before it.
    """
    given = list(arguments)
    place = _first_argument(given)
    if place is None or place >= len(given) or "--log" in given or any(each.startswith("--log=") for each in given):
        return given
    word = given[place]
    if word.startswith(_SERVERS) or _is_log(word):
        given[place : place + 1] = ["--log", word]
    return given


def _first_argument(given: Sequence[str]) -> int | None:
    """Return where the first argument of the command would be, None for commands that take no log so."""
    names = {spec.name: spec for spec in COMMANDS}
    if not given or given[0] not in names or given[0] in WITHOUT:
        return None
    if names[given[0]].function:
        return 1
    inner = {spec.name for spec in GROUPS[given[0]]}
    return 2 if len(given) > 1 and given[1] in inner else None


def _is_log(word: str) -> bool:
    if word.startswith("-"):
        return False
    try:
        with Path(word).open("rb") as file:
            head = file.read(_AT.stop)
    except (OSError, ValueError):
        return False
    return head.startswith(_SQLITE) and head[_AT] == _OURS
