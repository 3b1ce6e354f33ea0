"""``trialog init``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli import show
from trialog.cli.options import LogOption, log_place


def init(
    place: Annotated[str | None, typer.Argument(metavar="[FILE|URL]", help="Where, if not --log.")] = None,
    log: LogOption = None,
) -> None:
    """Create an empty log, an SQLite file or the tables of a PostgreSQL database.

    Nothing is changed where something is there already.
    """
    from trialog.events.store.log import Log

    where = place or log_place(log)
    Log.create(where).close()
    show.lines(f"created an empty log at {where}")
