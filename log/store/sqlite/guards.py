"""Triggers by which an SQLite log refuses changes, deletions, replacements and gaps, whatever program writes to it.

The owner of the file can drop these triggers; then only a checkpoint stored elsewhere reveals a change.
"""

from __future__ import annotations

import hashlib
from typing import Final

SQLITE_GUARDS: Final[dict[str, str]] = {
    "event_not_changed": """
    BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'events are immutable: append a correction instead'); END
    """,
    "event_not_deleted": """
    BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'events are immutable: append a retraction instead'); END
    """,
    # INSERT OR REPLACE deletes the old row without firing DELETE triggers, so each key that
    # it could replace is guarded here; the same test keeps positions and versions free of gaps.
    "event_appended_in_order": """
    BEFORE INSERT ON event
    BEGIN
      SELECT RAISE(ABORT, 'trial or stream is not in the log')
       WHERE NOT EXISTS (SELECT 1 FROM trial WHERE number = NEW.trial)
          OR NOT EXISTS (SELECT 1 FROM stream WHERE trial = NEW.trial AND number = NEW.stream);
      SELECT RAISE(ABORT, 'position is not the next one of the log')
       WHERE NEW.position IS NOT
             (SELECT coalesce(max(position), 0) + 1 FROM event WHERE trial = NEW.trial);
      SELECT RAISE(ABORT, 'version is not the next one of the stream')
       WHERE NEW.version IS NOT
             (SELECT coalesce(max(version) + 1, max(min(NEW.version, 1), 0))
                FROM event WHERE trial = NEW.trial AND stream = NEW.stream);
      SELECT RAISE(ABORT, 'event id is in the log already')
       WHERE EXISTS (SELECT 1 FROM event WHERE trial = NEW.trial AND event_id = NEW.event_id);
    END
    """,
    "stream_not_changed": """
    BEFORE UPDATE ON stream
    BEGIN SELECT RAISE(ABORT, 'streams are immutable'); END
    """,
    "stream_not_deleted": """
    BEFORE DELETE ON stream
    BEGIN SELECT RAISE(ABORT, 'streams are immutable'); END
    """,
    "stream_appended_in_order": """
    BEFORE INSERT ON stream
    BEGIN
      SELECT RAISE(ABORT, 'trial is not in the log')
       WHERE NOT EXISTS (SELECT 1 FROM trial WHERE number = NEW.trial);
      SELECT RAISE(ABORT, 'stream is not the next one of the log')
       WHERE NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM stream WHERE trial = NEW.trial);
      SELECT RAISE(ABORT, 'stream is in the log already')
       WHERE EXISTS (SELECT 1 FROM stream WHERE trial = NEW.trial AND name = NEW.name);
    END
    """,
    "trial_not_deleted": """
    BEFORE DELETE ON trial
    BEGIN SELECT RAISE(ABORT, 'a trial cannot leave its log'); END
    """,
    "trial_only_grows": """
    BEFORE UPDATE ON trial
    BEGIN
      SELECT RAISE(ABORT, 'a trial cannot shrink, change its name or go back in time')
       WHERE NEW.number IS NOT OLD.number OR NEW.code IS NOT OLD.code OR NEW.origin IS NOT OLD.origin
          OR NEW.size < OLD.size OR NEW.recorded_at < OLD.recorded_at OR NEW.streams < OLD.streams;
      SELECT RAISE(ABORT, 'the size of a trial is the number of its events')
       WHERE NEW.size IS NOT (SELECT coalesce(max(position), 0) FROM event WHERE trial = NEW.number);
      SELECT RAISE(ABORT, 'the time of a trial is that of its last event')
       WHERE NEW.recorded_at IS NOT
             coalesce((SELECT recorded_at FROM event WHERE trial = NEW.number ORDER BY position DESC LIMIT 1), 0);
      SELECT RAISE(ABORT, 'the streams of a trial are those that it has')
       WHERE NEW.streams IS NOT (SELECT coalesce(max(number), 0) FROM stream WHERE trial = NEW.number);
      SELECT RAISE(ABORT, 'the edge of the tree changes only with an append, and fits the size')
       WHERE (NEW.frontier IS NOT OLD.frontier AND NEW.size = OLD.size)
          OR length(NEW.frontier) <> 32 * (@ONES@);
    END
    """,
    "trial_begins_empty": """
    BEFORE INSERT ON trial
    BEGIN
      SELECT RAISE(ABORT, 'a trial begins empty')
       WHERE NEW.size <> 0 OR NEW.recorded_at <> 0 OR NEW.streams <> 0 OR NEW.frontier <> x'';
    END
    """,
    "trial_not_replaced": """
    BEFORE INSERT ON trial
    BEGIN
      SELECT RAISE(ABORT, 'trial is in the log already')
       WHERE EXISTS (SELECT 1 FROM trial
                      WHERE number = NEW.number OR code = NEW.code OR origin = NEW.origin);
    END
    """,
    "checkpoint_not_changed": """
    BEFORE UPDATE ON checkpoint
    BEGIN SELECT RAISE(ABORT, 'checkpoints are immutable'); END
    """,
    "checkpoint_not_deleted": """
    BEFORE DELETE ON checkpoint
    BEGIN SELECT RAISE(ABORT, 'checkpoints are immutable'); END
    """,
    "checkpoint_appended_in_order": """
    BEFORE INSERT ON checkpoint
    BEGIN
      SELECT RAISE(ABORT, 'checkpoint is not the next one of the log')
       WHERE NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM checkpoint WHERE trial = NEW.trial);
      SELECT RAISE(ABORT, 'trial is not in the log')
       WHERE NOT EXISTS (SELECT 1 FROM trial WHERE number = NEW.trial);
      SELECT RAISE(ABORT, 'checkpoint is of a larger log than this one')
       WHERE NEW.size > (SELECT size FROM trial WHERE number = NEW.trial);
      -- The third line is the root in base 64, which SQLite cannot write: 43 letters and a sign.
      SELECT RAISE(ABORT, 'the note is not a checkpoint of this trial')
       WHERE NOT EXISTS (SELECT 1 FROM trial WHERE number = NEW.trial AND NEW.note GLOB '*' || char(10)
                            AND instr(NEW.note, origin || char(10) || NEW.size || char(10)) = 1
                            AND substr(NEW.note, length(origin || NEW.size) + 46, 2) = '=' || char(10));
    END
    """,
    "log_not_changed": """
    BEFORE UPDATE ON log
    BEGIN SELECT RAISE(ABORT, 'what the log says of itself is immutable'); END
    """,
    "log_not_deleted": """
    BEFORE DELETE ON log
    BEGIN SELECT RAISE(ABORT, 'what the log says of itself is immutable'); END
    """,
    "log_not_replaced": """
    BEFORE INSERT ON log
    BEGIN
      SELECT RAISE(ABORT, 'what the log says of itself is immutable')
       WHERE EXISTS (SELECT 1 FROM log WHERE name = NEW.name);
    END
    """,
}
"""Triggers of an SQLite log, by name: when, on what, and what they refuse."""


_ONES: Final = " + ".join(f"((NEW.size >> {bit}) & 1)" for bit in range(48))
"""The number of ones in the binary form of a size, which is the number of hashes at the edge of its tree."""

EARLIER_GUARDS: Final = frozenset({
    "019f2076364a291c", "5a3669fd96f6cefb", "3be340803c9163dc", "035f69bac454c1d8",
})  # fmt: skip
"""`guard_digest` of guards that earlier versions set up; they refuse less."""


def sqlite_guard(name: str) -> str:
    """Return the statement that sets up a guard."""
    return f"CREATE TRIGGER {name}{SQLITE_GUARDS[name].rstrip()}".replace("@ONES@", _ONES)


def guard_digest(statement: str) -> str:
    """Return the first digits of the hash of a guard's statement, with white space normalized."""
    return hashlib.sha256(" ".join(statement.split()).encode()).hexdigest()[:16]
