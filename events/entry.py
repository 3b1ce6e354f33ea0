"""A line of the log: an event with its place, its time of recording and who recorded it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from trialog.events.catalogue import to_payload
from trialog.events.kinds import TrialEvent

ID_DIGITS: Final = 24
"""Hexadecimal digits of a derived id: 96 bits, so that chance never makes two alike."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that somebody wants to append.

    Attributes:
        event: What happened.
        event_id: The id under which a second try is recognised as the same; derived when None.
        actor: Who recorded it; the appending session's actor when None.
        where: Where it was written (``log.jsonl:3``), for messages; may be empty.
    """

    event: TrialEvent
    event_id: str | None = None
    actor: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class LogEntry:
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


def derived_id(topic: str, payload: bytes) -> str:
    """Return the id of an event that was given none: the same words always get the same id."""
    return hashlib.sha256(topic.encode() + b"\n" + payload).hexdigest()[:ID_DIGITS]


def id_of(draft: Draft) -> str:
    """Return the id under which a draft will stand in the log."""
    return draft.event_id or derived_id(draft.event.TOPIC, to_payload(draft.event))
