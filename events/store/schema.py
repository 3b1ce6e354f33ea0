"""Tables of a log, the same on SQLite and PostgreSQL.

``event`` is append-only. ``trial`` holds each trial's head: the size of its log, its
last time of recording and the edge of its Merkle tree, written in the same
transaction as the events, so that a reader never sees one without the other.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    REAL,
    BigInteger,
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

SCHEMA_VERSION: Final = 1
APPLICATION_ID: Final = int.from_bytes(b"TLOG", "big")
"""Stands in the header of an SQLite file, so that ``file`` and we know a log when we see one."""

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
    Column("size", _Whole, nullable=False),
    Column("recorded_at", _Whole, nullable=False),
    Column("streams", Integer, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
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
    sqlite_strict=True,
)

EVENT_COLUMNS: Final = tuple(column.name for column in EVENT.columns)

SQLITE_GUARDS: Final = (
    """
    CREATE TRIGGER event_not_changed BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'events are immutable: append a correction instead'); END
    """,
    """
    CREATE TRIGGER event_not_deleted BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'events are immutable: append a retraction instead'); END
    """,
    # INSERT OR REPLACE deletes the old row without firing DELETE triggers, so each key that
    # it could replace is guarded here; the same test keeps positions and versions free of gaps.
    """
    CREATE TRIGGER event_appended_in_order BEFORE INSERT ON event
    BEGIN
      SELECT RAISE(ABORT, 'position is not the next one of the log')
       WHERE NEW.position IS NOT
             (SELECT coalesce(max(position), 0) + 1 FROM event WHERE trial = NEW.trial);
      SELECT RAISE(ABORT, 'version is not the next one of the stream')
       WHERE NEW.version IS NOT
             (SELECT coalesce(max(version) + 1, min(NEW.version, 1))
                FROM event WHERE trial = NEW.trial AND stream = NEW.stream);
      SELECT RAISE(ABORT, 'event id is in the log already')
       WHERE EXISTS (SELECT 1 FROM event WHERE trial = NEW.trial AND event_id = NEW.event_id);
    END
    """,
    """
    CREATE TRIGGER stream_not_changed BEFORE UPDATE ON stream
    BEGIN SELECT RAISE(ABORT, 'streams are immutable'); END
    """,
    """
    CREATE TRIGGER stream_not_deleted BEFORE DELETE ON stream
    BEGIN SELECT RAISE(ABORT, 'streams are immutable'); END
    """,
    """
    CREATE TRIGGER stream_not_replaced BEFORE INSERT ON stream
    BEGIN
      SELECT RAISE(ABORT, 'stream is in the log already')
       WHERE EXISTS (SELECT 1 FROM stream WHERE trial = NEW.trial AND (number = NEW.number OR name = NEW.name));
    END
    """,
    """
    CREATE TRIGGER trial_not_deleted BEFORE DELETE ON trial
    BEGIN SELECT RAISE(ABORT, 'a trial cannot leave its log'); END
    """,
    """
    CREATE TRIGGER trial_only_grows BEFORE UPDATE ON trial
    BEGIN
      SELECT RAISE(ABORT, 'a trial cannot shrink, change its name or go back in time')
       WHERE NEW.number IS NOT OLD.number OR NEW.code IS NOT OLD.code OR NEW.size < OLD.size
          OR NEW.recorded_at < OLD.recorded_at OR NEW.streams < OLD.streams;
    END
    """,
    """
    CREATE TRIGGER trial_not_replaced BEFORE INSERT ON trial
    BEGIN
      SELECT RAISE(ABORT, 'trial is in the log already')
       WHERE EXISTS (SELECT 1 FROM trial WHERE number = NEW.number OR code = NEW.code);
    END
    """,
)
