"""How an SQLite file is opened, so that what a log acknowledges survives power loss."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from trialog.events.errors import LogError
from trialog.log.store.schema import APPLICATION_ID

BEGIN: Final = {False: "BEGIN", True: "BEGIN IMMEDIATE"}
"""The statement that begins a transaction, by whether it writes: a deferred transaction that reads and then writes
fails at once if another writer is active; an immediate one waits for its turn."""

CACHE_KIBIBYTES: Final = 65_536
"""Page cache of a writer; with SQLite's default of two megabytes every append to a large index reads the disk."""

WAL_REPAIRED: Final = (3, 51, 3)
"""SQLite before this version can lose committed pages of a WAL file when two connections reset it at once."""

_WAL_BACKPORTS: Final = ((3, 44, 6), (3, 50, 7))
"""Earlier versions that also have the repair, as do later versions of the same series."""

_HEADER_BYTES: Final = 100
"""Length of the header of an SQLite file; its bytes 68 to 71 are the application's number."""


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Return whether a version of SQLite never loses data that it wrote to a WAL file."""
    if version >= WAL_REPAIRED:
        return True
    return any(version[:2] == repaired[:2] and version >= repaired for repaired in _WAL_BACKPORTS)


def journal_mode() -> str:
    """Return the journal mode that is safe with this Python's version of SQLite."""
    return "WAL" if wal_is_safe() else "DELETE"


def synchronous() -> str:
    """Return the setting of ``synchronous`` that survives power loss in that journal mode."""
    return "FULL" if wal_is_safe() else "EXTRA"


def open_engine(file: Path, busy_seconds: float) -> Engine:
    """Return an engine on an existing file.

    Args:
        file: The log.
        busy_seconds: How long a writer waits for another.

    Raises:
        LogError: There is no such file.
    """
    if file.is_dir():
        raise LogError(f"{file} is a folder; expected a log, for example {file / 'trial.db'}")
    if not file.is_file():
        raise LogError(f"no log at {file}; create one with: trialog init {file}")
    writable = os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
    # Percent-encode: a path may contain ? or #, which would end the path of a URI.
    address = f"file:{quote(str(file.resolve()))}?mode={'rw' if writable else 'ro'}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False)

    # The connection stays open between transactions: opening the file again, with its settings and schema, would cost
    # more than an append.
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=-1)
    event.listen(engine, "connect", _protect_writable if writable else _protect)
    return engine


def inode(file: Path) -> tuple[int, int] | None:
    """Return the identity of the file at a path; a file restored to this path has another identity."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def unfinished(file: Path) -> Path:
    """Return a unique temporary name beside a file; the finished file is then renamed to the file's name.

    Raises:
        LogError: There is already a file that is not empty.
    """
    if file.exists() and not is_left_over(file):
        raise LogError(f"{file} exists already; nothing was changed")
    return file.with_name(f".{file.name}.{secrets.token_hex(8)}.unfinished")


def claim(file: Path) -> None:
    """Create an empty file for its owner only.

    Raises:
        LogError: It cannot be created.
    """
    try:
        file.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise LogError(f"cannot create {file}: {error.strerror}") from None


def put_in_place(part: Path, file: Path) -> None:
    """Give a finished file its name, without overwriting another, so that it survives power loss.

    Raises:
        LogError: A file of that name has appeared meanwhile, or it cannot be written.
    """
    try:
        if file.exists() and is_left_over(file):
            part.replace(file)
        else:
            os.link(part, file)
            part.unlink()
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        raise LogError(f"{file} exists already; nothing was changed") from None
    except OSError as error:
        raise LogError(f"cannot write {file}: {error.strerror}") from None


def remove(part: Path) -> None:
    """Remove an unfinished file and any files that SQLite left beside it."""
    for each in (part, *(part.with_name(f"{part.name}-{end}") for end in ("journal", "wal", "shm"))):
        with suppress(OSError):
            each.unlink(missing_ok=True)


def is_left_over(file: Path) -> bool:
    """Return whether a file is empty or has no tables: earlier versions left one if creating a log was interrupted."""
    try:
        if not file.is_file():
            return False
        if file.stat().st_size == 0:
            return True
        if not was_made_here(file):
            return False
        with closing(sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,))
    except (OSError, sqlite3.Error):
        return False


def prepare(connection: Any, schema_version: int) -> None:
    """Write our numbers into the header of a new file, and choose its journal mode."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {schema_version}")
    connection.execute(f"PRAGMA journal_mode = {journal_mode()}")


def was_made_here(file: Path) -> bool:
    """Return whether a file begins like a log: with SQLite's mark and our application number."""
    try:
        with file.open("rb") as opened:
            header = opened.read(_HEADER_BYTES)
    except OSError:
        return False
    return header.startswith(b"SQLite format 3\0") and header[68:72] == APPLICATION_ID.to_bytes(4, "big")


def leave_wal(connection: sqlite3.Connection) -> None:
    """Return a file that a later SQLite left in WAL mode to the mode that is safe here."""
    try:
        if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error:
        # Not a database (opening reports that), or others are connected in WAL mode (doctor reports that).
        return


def _protect(connection: sqlite3.Connection, _record: object) -> None:
    """Choose the settings under which an acknowledged event survives power loss."""
    run = connection.execute
    run("PRAGMA trusted_schema = OFF")
    run("PRAGMA cell_size_check = ON")
    run(f"PRAGMA synchronous = {synchronous()}")
    run("PRAGMA fullfsync = ON")  # macOS: fsync alone does not reach the disk


def _protect_writable(connection: sqlite3.Connection, record: object) -> None:
    _protect(connection, record)
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
    if not wal_is_safe():
        leave_wal(connection)
