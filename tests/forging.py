"""What somebody who owns the database can do: change rows behind the guards, or rewrite a log consistently."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from trialog.events.entry import NewEntry
from trialog.log.store.database import Database
from trialog.log.store.rows import StoredEntry


def unguarded(place: Path, *statements: str) -> None:
    """Take the guards and conditions of an SQLite log away, run statements, and put the guards back."""
    with sqlite3.connect(place, isolation_level=None) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        guards = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in guards:
            connection.execute(sql)
    connection.close()


def rewritten(source: Database, place: str, change: Callable[[StoredEntry], StoredEntry | None]) -> Database:
    """Return a new log of the same origin in which entries were changed or left out and all hashes made to fit.

    Args:
        source: The true log.
        place: Where the forged one is written.
        change: Returns what stands there instead; None leaves the entry out.
    """
    forged = Database.create(place)
    for head in source.trials():
        versions: dict[str, int] = {}
        with forged.recorder(head.code).writing() as transaction:
            transaction.begin(head.origin)
            for entry in source.recorder(head.code).entries():
                new = change(entry)
                if new is None:
                    continue
                stream = str(new.originator_id)
                versions[stream] = versions.get(stream, 0) + 1
                new = replace(new, position=transaction.size + 1, originator_version=versions[stream])
                row = NewEntry(stream, versions[stream], new.topic, new.event_id, new.actor, new.state, new.columns)
                transaction.write([row], [(new.recorded_at, new.salt, new.leaf_hash(head.origin))])
    return forged
