"""``trialog init``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli.options import LogOption, log_place
from trialog.cli.printing import tables as show
from trialog.events.errors import QuestionError


def init(
    place: Annotated[str | None, typer.Argument(metavar="FILE|URL", help="Where, if not --log.")] = None,
    roles: Annotated[
        str | None,
        typer.Option(
            "--roles",
            metavar="print|apply",
            help="PostgreSQL: print, or apply, what sets up the roles of writers and readers; the log may exist.",
        ),
    ] = None,
    log: LogOption = None,
) -> None:
    """Create an empty log, an SQLite file or the tables of a PostgreSQL database.

    Nothing is changed where something is there already. A password never stands in the URL: use a
    password file (PGPASSFILE), a service (postgresql:///?service=NAME) or PGPASSWORD.
    """
    from trialog.application.create_log import create_log, roles_sql

    where = place or log_place(log)
    if roles not in (None, "print", "apply"):
        raise QuestionError(f"--roles {roles!r} is not known; expected print or apply")
    if roles == "print":
        show.lines(roles_sql())
        return
    done = create_log(where, with_roles=bool(roles))
    if done.created:
        show.lines(f"created an empty log at {done.log}")
    if done.roles:
        show.lines(
            "applied the roles trialog_writer and trialog_reader; give a login its trials as docs/postgresql.md shows"
        )
