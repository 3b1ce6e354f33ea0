"""Tables of a log, the same on SQLite and PostgreSQL.

``event`` is append-only. ``trial`` holds each trial's head: the size of its log, its
last time of recording and the edge of its Merkle tree, written in the same
transaction as the events, so that a reader never sees one without the other.
``checkpoint`` stores notes that were made of a trial's log; each is a copy of a note
that should also be stored outside of this database.

The conditions refuse rows that no trial could count, and hashes of another length. Logs of earlier versions do not
have these conditions; even so, no answer reads such rows, and ``trialog verify`` names them.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

SCHEMA_VERSION: Final = 2
APPLICATION_ID: Final = int.from_bytes(b"TLOG", "big")
"""Number in the header of an SQLite file by which ``file`` and trialog recognize a log."""

METADATA: Final = MetaData()

_Whole: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
_Real: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")

ABOUT: Final = Table(
    "log",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_strict=True,
)

TRIAL: Final = Table(
    "trial",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False, unique=True),
    Column("origin", Text, nullable=False, unique=True),
    Column("size", _Whole, nullable=False),
    Column("recorded_at", _Whole, nullable=False),
    Column("streams", Integer, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    CheckConstraint("number >= 1"),
    CheckConstraint("size >= 0"),
    CheckConstraint("recorded_at >= 0"),
    CheckConstraint("streams >= 0"),
    CheckConstraint("length(frontier) % 32 = 0"),
    sqlite_strict=True,
)

STREAM: Final = Table(
    "stream",
    METADATA,
    Column("trial", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("trial", "number"),
    UniqueConstraint("trial", "name"),
    CheckConstraint("trial >= 1"),
    CheckConstraint("number >= 1"),
    sqlite_strict=True,
)

EVENT: Final = Table(
    "event",
    METADATA,
    Column("trial", Integer, nullable=False),
    Column("position", _Whole, nullable=False),
    Column("stream", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("occurred_first", Integer),
    Column("occurred_last", Integer),
    Column("known_on", Integer, nullable=False),
    Column("code", _Whole, nullable=False),
    Column("amount", _Real),
    Column("recorded_at", _Whole, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    PrimaryKeyConstraint("trial", "position"),
    UniqueConstraint("trial", "stream", "version"),
    UniqueConstraint("trial", "event_id"),
    CheckConstraint("trial >= 1"),
    CheckConstraint("position >= 1"),
    CheckConstraint("stream >= 1"),
    CheckConstraint("length(salt) = 16"),
    CheckConstraint("length(leaf) = 32"),
    sqlite_strict=True,
)

CHECKPOINT: Final = Table(
    "checkpoint",
    METADATA,
    Column("trial", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("size", _Whole, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("stamp", LargeBinary),
    Column("about", Text, nullable=False),
    Column("kept_at", _Whole, nullable=False),
    PrimaryKeyConstraint("trial", "number"),
    CheckConstraint("trial >= 1"),
    CheckConstraint("number >= 1"),
    CheckConstraint("size >= 0"),
    CheckConstraint("length(root) = 32"),
    sqlite_strict=True,
)

EVENT_COLUMNS: Final = tuple(column.name for column in EVENT.columns)
