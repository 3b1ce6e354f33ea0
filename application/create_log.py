"""A new, empty log, and the roles of a log on a server."""

from __future__ import annotations

from trialog.application.answers.moving import CreatedAnswer
from trialog.events.errors import QuestionError


def create_log(place: str, *, with_roles: bool = False) -> CreatedAnswer:
    """Create an empty log; with roles, on a server, the log may be there already.

    Args:
        place: A file, or the URL of a PostgreSQL database.
        with_roles: Set up the roles of writers and readers too.

    Raises:
        QuestionError: Roles are wanted for a file.
        LogError: Something is there already, or the place cannot be written.
    """
    from trialog.log.store import connections
    from trialog.log.store.database import Database, holds_log
    from trialog.log.store.postgresql.roles import apply_roles

    if with_roles and connections.sqlite_file(place) is not None:
        raise QuestionError("--roles is for PostgreSQL; who may write an SQLite file is up to the file's permissions")
    created = not (with_roles and holds_log(place))
    if created:
        Database.create(place).close()
    if with_roles:
        with Database.open(place) as database, database.writing() as connection:
            apply_roles(connection)
    return CreatedAnswer(log=connections.shown(place), created=created, roles=with_roles)


def roles_sql() -> str:
    """Return the statements that set up the roles of a log on a server."""
    from trialog.log.store.postgresql.roles import ROLES_SQL

    return ROLES_SQL.strip()
