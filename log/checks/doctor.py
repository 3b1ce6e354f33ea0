"""Report on what protects a log and what does not: versions, settings and guards."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, text

from trialog.events.errors import EvidenceError, LogError
from trialog.log.private.key_folder import FolderKeys
from trialog.log.store.connections import sqlite_file
from trialog.log.store.database import Database
from trialog.log.store.postgresql.guards import POSTGRES_GUARDS
from trialog.log.store.postgresql.roles import TABLES
from trialog.log.store.sqlite.connection import journal_mode, wal_is_safe
from trialog.log.store.sqlite.guards import EARLIER_GUARDS, SQLITE_GUARDS, guard_digest, sqlite_guard

GOOD: Final = "good"
NOTE: Final = "note"
BAD: Final = "bad"


class Finding(NamedTuple):
    """One thing that doctor examined.

    Attributes:
        subject: Name of the thing.
        found: Its actual state.
        verdict: `GOOD`, `NOTE` or `BAD`.
        means: What that state guarantees, or what is missing.
    """

    subject: str
    found: str
    verdict: str
    means: str


def examine(log: Database) -> list[Finding]:
    """Return what protects a log and what does not."""
    with log.reading() as connection:
        return list(_of_file(log, connection) if log.is_file else _of_server(connection))


def examine_keys(keys: FolderKeys) -> Iterator[Finding]:
    """Yield what protects the keys of private texts and what does not."""
    try:
        found = keys.census()
    except (EvidenceError, LogError) as error:
        yield Finding("keys of private texts", "not for their owner only, or not readable", BAD, str(error))
        return
    counts = [f"{n} wrapped under {under}" for under, n in found.wrapped.items()]
    if found.plain:
        what = "whoever copies the folder can read the texts; wrap the plain ones: trialog keys wrap"
    elif len(counts) > 1:
        what = "more than one master key is needed; move them to one: trialog keys wrap --old-master-key-file FILE"
    else:
        what = "the folder opens nothing without the master key" if counts else "none yet"
    yield Finding(
        "keys of private texts",
        ", ".join([f"{found.plain} plain", *counts]),
        NOTE if found.plain or len(counts) > 1 else GOOD,
        what,
    )
    if found.damaged:
        yield Finding("keys of private texts", f"{found.damaged} damaged", BAD, "what they sealed cannot be read")
    if found.returned:
        yield Finding(
            "keys of private texts", f"{found.returned} of redacted subjects", BAD, "destroy them: trialog redact"
        )


def _of_file(log: Database, connection: Connection) -> Iterator[Finding]:
    def pragma(name: str) -> Any:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    version = sqlite3.sqlite_version
    repaired = wal_is_safe()
    yield Finding(
        "SQLite",
        version,
        GOOD,
        "WAL keeps what it wrote" if repaired
        else "before 3.51.3 a WAL file can lose committed pages, so no WAL is used",
    )  # fmt: skip
    mode, wanted = str(pragma("journal_mode")).upper(), journal_mode()
    yield Finding(
        "journal mode",
        mode,
        GOOD if mode == wanted else BAD,
        "whole transactions, whatever happens" if mode == wanted else f"expected {wanted} with this SQLite",
    )
    level = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}[int(pragma("synchronous"))]
    enough = level in (("FULL", "EXTRA") if mode == "WAL" else ("EXTRA",))
    yield Finding(
        "synchronous",
        level,
        GOOD if enough else BAD,
        "what was acknowledged survives power loss, if the disk keeps its promises" if enough
        else "the last transaction can be lost at power loss",
    )  # fmt: skip
    yield _sqlite_guards(connection)
    yield from _permissions(log)
    yield Finding(
        "owner of the file", "", NOTE, "can take the guards away and edit; only a checkpoint kept elsewhere shows it"
    )


def _sqlite_guards(connection: Connection) -> Finding:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    found = {str(name): guard_digest(str(sql)) for name, sql in rows}
    expected = {name: guard_digest(sqlite_guard(name)) for name in SQLITE_GUARDS}
    other = [name for name in expected if name in found and found[name] != expected[name]]
    return _guards(
        missing=[name for name in expected if name not in found],
        changed=[name for name in other if found[name] not in EARLIER_GUARDS],
        foreign=[name for name in found if name not in expected],
        earlier=len([name for name in other if found[name] in EARLIER_GUARDS]),
        count=len(expected),
    )


def _guards(*, missing: list[str], changed: list[str], foreign: list[str], count: int, earlier: int = 0) -> Finding:
    wrong = [
        f"{label}: {', '.join(sorted(names))}"
        for label, names in (("missing", missing), ("changed or switched off", changed), ("not ours", foreign))
        if names
    ]
    if missing or changed:
        return Finding("guards", "; ".join(wrong), BAD, "somebody took away what refuses changes; run trialog verify")
    if foreign:
        return Finding(
            "guards", "; ".join(wrong), BAD, "a trigger that trialog did not make can change or refuse what is appended"
        )
    if earlier:
        means = "those refuse less than today's; a copy gets today's: trialog copy"
        return Finding("guards", f"all {count}, {earlier} of an earlier version", NOTE, means)
    return Finding("guards", f"all {count}", GOOD, "UPDATE, DELETE, REPLACE and gaps are refused")


def _permissions(log: Database) -> Iterator[Finding]:
    file = sqlite_file(log.place)
    if file is None or os.name != "posix":
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    shown = f"{mode:04o}"
    if mode & 0o022:
        yield Finding("permissions", shown, BAD, f"others can write the file: chmod 600 {file}")
    elif mode & 0o055:
        yield Finding("permissions", shown, NOTE, "others can read the file")
    else:
        yield Finding("permissions", shown, GOOD, "for its owner only")
    if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        yield Finding("access", "read only", NOTE, "nothing can be appended by you")


_SETTINGS: Final = {
    "fsync": ("on", "what was acknowledged survives power loss", "committed events can be lost at power loss"),
    "full_page_writes": ("on", "a torn page is repaired after a crash", "a torn page can damage the database"),
    "synchronous_commit": ("on", "a commit waits for the disk", "the last commits can be lost at power loss"),
    "data_checksums": ("on", "damaged pages are noticed", "damaged pages are noticed by trialog verify only"),
}


def _of_server(connection: Connection) -> Iterator[Finding]:
    def value(query: str) -> Any:
        return connection.execute(text(query)).scalar()

    yield Finding("PostgreSQL", str(value("SHOW server_version")), GOOD, "one head row per trial: no skipped position")
    for name, (wanted, good, bad) in _SETTINGS.items():
        found = str(value(f"SHOW {name}"))
        fine = found == wanted or (name == "synchronous_commit" and found in ("remote_write", "remote_apply"))
        worst = NOTE if name == "data_checksums" else BAD
        yield Finding(name, found, GOOD if fine else worst, good if fine else bad)
    yield _server_guards(connection)
    yield from _access(connection)
    yield Finding(
        "owner and superuser", "", NOTE,
        "can take the guards away and edit; only a checkpoint kept elsewhere shows it",
    )  # fmt: skip


def _server_guards(connection: Connection) -> Finding:
    rows = connection.execute(
        text(
            "SELECT tgname, tgenabled FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace AND relname = ANY(:tables)"
        ),
        {"tables": list(TABLES)},
    )
    found: dict[str, str] = {row.tgname: row.tgenabled for row in rows}
    return _guards(
        missing=[name for name in POSTGRES_GUARDS if name not in found],
        changed=[name for name in POSTGRES_GUARDS if found.get(name, "A") != "A"],
        foreign=[name for name in found if name not in POSTGRES_GUARDS],
        count=len(POSTGRES_GUARDS),
    )


def _access(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        text(
            "SELECT session_user AS login, pg_has_role(current_user, relowner, 'MEMBER') AS owner, relrowsecurity "
            "FROM pg_class WHERE relname = 'event' AND relnamespace = current_schema()::regnamespace"
        )
    ).one()
    if row.owner:
        yield Finding("connected as", row.login, NOTE, "an owner of the tables; record as a writer instead")
    else:
        yield Finding("connected as", row.login, GOOD, "not an owner of the tables")
    if row.relrowsecurity:
        yield Finding("row-level security", "on", GOOD, "each login sees the trials that were given to it")
    else:
        yield Finding("row-level security", "off", NOTE, "everybody sees every trial; see trialog init --roles")
