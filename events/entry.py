"""An event on its way into the log: a draft, then a new entry, then an entry with its position and time."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from trialog.events.errors import EventError
from trialog.events.index_columns import IndexColumns
from trialog.events.kinds import TrialEvent
from trialog.events.registry import to_payload

ID_DIGITS: Final = 24
"""Hexadecimal digits of a derived id: 96 bits, so that two are never equal by chance."""


LONGEST_ACTOR: Final = 200
"""Characters."""

LONGEST_PRIVATE_TEXT: Final = 10_000
"""Characters."""

MOST_PRIVATE_TEXTS: Final = 20


class Draft(NamedTuple):
    """An event that is to be appended.

    Attributes:
        event: What happened.
        event_id: The id by which a second try is recognized as the same event; None: derived from its content.
        actor: Who recorded it; None: the actor of the session that appends it.
        where: File and line of the draft (``log.jsonl:3``), for messages; may be empty.
        private: Texts by name that are sealed under the subject's key before they are stored.
    """

    event: TrialEvent
    event_id: str | None = None
    actor: str | None = None
    where: str = ""
    private: Mapping[str, str] | None = None


NO_COLUMNS: Final = IndexColumns(0, None, None, None, 0)


class NewEntry(NamedTuple):
    """An entry before the log gives it its position, time, salt and leaf."""

    stream: str
    version: int
    topic: str
    event_id: str
    actor: str
    payload: bytes
    columns: IndexColumns = NO_COLUMNS


class LogEntry(NamedTuple):
    """An event of the log of one trial.

    Attributes:
        position: Place in the trial's log, from 1, without gaps.
        stream, version: The history it belongs to, and its number there, from 1.
        event_id: Unique in the trial's log.
        recorded_at: UTC instant of recording, microseconds since 1970-01-01, never decreasing.
    """

    position: int
    stream: str
    version: int
    event_id: str
    recorded_at: int
    actor: str
    event: TrialEvent

    @property
    def originator_id(self) -> str:
        """The stream, as the eventsourcing library calls it."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version, as the eventsourcing library calls it."""
        return self.version


@lru_cache(maxsize=1_024)
def actor_name(given: str) -> str:
    """Return the name of who records, in the one form (Unicode NFC) that every database stores unchanged.

    Raises:
        EventError: It is empty, too long, or has a character that is not a letter, digit, mark or sign.
    """
    name = unicodedata.normalize("NFC", given).strip()
    if not name or len(name) > LONGEST_ACTOR or not name.isprintable():
        raise EventError(
            f"{given[:60]!r} cannot say who records; expected at most {LONGEST_ACTOR} printable characters"
        )
    return name


def check_private(given: Any) -> dict[str, str]:
    """Return private texts by name.

    Raises:
        EventError: They are not texts by name, or too many, or too long. The message repeats no part of a text.
    """
    if not isinstance(given, dict) or not given or len(given) > MOST_PRIVATE_TEXTS:
        raise EventError(f"private: expected an object with 1 to {MOST_PRIVATE_TEXTS} texts by name")
    for name, value in given.items():
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_PRIVATE_TEXT:
            raise EventError(f"private: {name[:60]!r} is not a text of 1 to {LONGEST_PRIVATE_TEXT} characters")
    return given


def derived_id(topic: str, payload: bytes) -> str:
    """Derive the id of an event that was given none: equal events always get the same id."""
    return hashlib.sha256(topic.encode() + b"\n" + payload).hexdigest()[:ID_DIGITS]


def id_of(draft: Draft) -> str:
    """Return the id that a draft will have in the log."""
    return draft.event_id or derived_id(draft.event.TOPIC, to_payload(draft.event))
