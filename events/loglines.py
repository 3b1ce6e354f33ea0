"""A whole log as JSON Lines: the head on the first line, then each entry as it is stored.

    {"format":"trialog-log/1","trial":"NCT02278315","size":2,"root":"5dfd...","salts":true}
    {"position":1,"recorded_at":"2026-11-22T19:32:00.000000Z","stream":"trial","version":1,
     "topic":"trial-registered/1","id":"...","by":"...","salt":"...","leaf":"...","event":{...}}

``event`` stands last and holds the stored bytes unchanged, because a leaf is a hash of these bytes. With
its salt an entry's leaf can be computed again, and with all leaves the root. Without salts, for publication,
the leaves still give the root, and nobody can tie an event to its leaf before its salt is disclosed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from trialog.events.catalogue import parse_json
from trialog.events.dates import instant_of, instant_text
from trialog.events.errors import EventError
from trialog.events.frame import HASH_BYTES, SALT_BYTES

FORMAT: Final = "trialog-log/1"
_EVENT_KEY: Final = b',"event":'
_FIELDS: Final[dict[str, type]] = {
    "position": int,
    "recorded_at": str,
    "stream": str,
    "version": int,
    "topic": str,
    "id": str,
    "by": str,
    "leaf": str,
}


@dataclass(frozen=True, slots=True)
class LogHead:
    """What the first line says.

    Attributes:
        trial: Code.
        size: Entries that follow.
        root: Root of the Merkle tree over them.
        salts: Whether each entry carries its salt.
    """

    trial: str
    size: int
    root: bytes
    salts: bool


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry of a log with everything that its leaf is a hash of.

    Attributes:
        recorded_at: Microseconds since 1970-01-01 UTC.
        salt: None where it was left out.
        payload: The event's stored bytes.
    """

    position: int
    stream: str
    version: int
    topic: str
    event_id: str
    recorded_at: int
    actor: str
    salt: bytes | None
    leaf: bytes
    payload: bytes


def head_line(head: LogHead) -> bytes:
    """Return the first line, with its end."""
    fields = {
        "format": FORMAT,
        "trial": head.trial,
        "size": head.size,
        "root": head.root.hex(),
        "salts": head.salts,
    }
    return _compact(fields) + b"\n"


def entry_line(entry: SealedEntry) -> bytes:
    """Return an entry's line, with its end."""
    fields = {
        "position": entry.position,
        "recorded_at": instant_text(entry.recorded_at),
        "stream": entry.stream,
        "version": entry.version,
        "topic": entry.topic,
        "id": entry.event_id,
        "by": entry.actor,
        **({} if entry.salt is None else {"salt": entry.salt.hex()}),
        "leaf": entry.leaf.hex(),
    }
    return _compact(fields)[:-1] + _EVENT_KEY + entry.payload + b"}\n"


def _compact(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def read_head(line: bytes, where: str) -> LogHead:
    """Return what the first line of a log says.

    Raises:
        EventError: It is not the head of a log in this form.
    """
    try:
        fields = parse_json(line)
        if fields.get("format") != FORMAT:
            raise EventError(f"not the head of a log; expected format {FORMAT!r}, as trialog export log writes it")
        trial, size, salts = fields.get("trial"), fields.get("size"), fields.get("salts")
        if not isinstance(trial, str) or not trial or not isinstance(salts, bool):
            raise EventError("its head names no trial, or does not say whether there are salts")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise EventError(f"its head says size {size!r}; expected a whole number")
        return LogHead(trial, size, _hex(fields.get("root"), "root", HASH_BYTES), salts)
    except EventError as error:
        raise EventError(f"{where}: {error}") from None


def read_entries(lines: Iterable[tuple[int, bytes]], place: str) -> Iterator[SealedEntry]:
    """Yield the entries of a log, each checked for its form.

    Args:
        lines: Number and content of each line behind the head.
        place: Name of the file, for messages.

    Raises:
        EventError: A line is not an entry; the text says which and why.
    """
    for number, line in lines:
        try:
            yield _entry(line)
        except EventError as error:
            raise EventError(f"{place}:{number}: {error}") from None


def _entry(line: bytes) -> SealedEntry:
    fields = parse_json(line)
    for name, kind in _FIELDS.items():
        value = fields.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise EventError(f"{name!r} is missing or no {'whole number' if kind is int else 'text'}")
    _, found, payload = line.partition(_EVENT_KEY)
    if not found or not isinstance(fields.get("event"), dict):
        raise EventError("'event' must stand last and be an object")
    try:
        recorded_at = instant_of(fields["recorded_at"])
    except ValueError:
        raise EventError(f"recorded_at {fields['recorded_at']!r} is not an instant of a log") from None
    return SealedEntry(
        position=fields["position"],
        stream=fields["stream"],
        version=fields["version"],
        topic=fields["topic"],
        event_id=fields["id"],
        recorded_at=recorded_at,
        actor=fields["by"],
        salt=None if "salt" not in fields else _hex(fields["salt"], "salt", SALT_BYTES),
        leaf=_hex(fields["leaf"], "leaf", HASH_BYTES),
        payload=payload.rstrip()[:-1],
    )


def _hex(text: Any, name: str, length: int) -> bytes:
    if not isinstance(text, str) or not re.fullmatch(rf"[0-9a-f]{{{2 * length}}}", text):
        raise EventError(f"{name} must be {2 * length} hexadecimal digits")
    return bytes.fromhex(text)
