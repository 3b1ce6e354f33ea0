"""A whole log as JSON Lines: the head on the first line, then each entry as it is stored.

    {"format":"trialog-log/1","trial":"NCT02278315","origin":"...","size":2,"root":"5dfd...","salts":true}
    {"position":1,"recorded_at":"2026-11-22T19:32:00.000000Z","stream":"trial","version":1,
     "topic":"trial-registered/1","id":"...","by":"...","salt":"...","leaf":"...","event":{...}}

``event`` is the last field and holds the stored bytes unchanged, because a leaf is a hash of these bytes. With
its salt an entry's leaf can be recomputed, and with all leaves the root. Without salts, for publication,
the leaves still give the root, and an event cannot be linked to its leaf until its salt is disclosed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from trialog.events.dates import instant_of, instant_text
from trialog.events.errors import EventError, ExportError
from trialog.events.index_columns import IndexColumns, columns_of
from trialog.events.kinds import EventCorrected, EventRetracted
from trialog.events.registry import from_payload, parse_json
from trialog.log.trust.leaf import HASH_BYTES, SALT_BYTES, frame, leaf_hash
from trialog.log.trust.merkle import Frontier

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
    """The content of the first line.

    Attributes:
        trial: Code.
        origin: Name of the log that every leaf is bound to.
        size: Entries that follow.
        root: Root of the Merkle tree over them.
        salts: Whether each entry carries its salt.
    """

    trial: str
    origin: str
    size: int
    root: bytes
    salts: bool


@dataclass(frozen=True, slots=True)
class ExportedEntry:
    """An entry of a log with every field that its leaf hashes.

    Attributes:
        recorded_at: Microseconds since 1970-01-01 UTC.
        salt: None if it was left out.
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
    """Return the first line, with its line end."""
    fields = {
        "format": FORMAT,
        "trial": head.trial,
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
        "salts": head.salts,
    }
    return _compact(fields) + b"\n"


def entry_line(entry: ExportedEntry) -> bytes:
    """Return an entry's line, with its line end."""
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
    """Return the content of the first line of a log.

    Raises:
        EventError: It is not the head of a log in this form.
    """
    try:
        # If the first line is of another kind, the user chose the wrong file; the message does not blame its JSON.
        fields = parse_json(line) if line.lstrip().startswith(b"{") else {}
        if fields.get("format") != FORMAT:
            raise EventError(f"not the head of a log; expected format {FORMAT!r}, as trialog export log writes it")
        trial, origin, size, salts = (fields.get(name) for name in ("trial", "origin", "size", "salts"))
        if not (isinstance(trial, str) and trial and isinstance(origin, str) and origin and isinstance(salts, bool)):
            raise EventError("its head names no trial, no origin, or does not say whether there are salts")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise EventError(f"its head says size {size!r}; expected a whole number")
        return LogHead(trial, origin, size, _hex(fields.get("root"), "root", HASH_BYTES), salts)
    except EventError as error:
        raise EventError(f"{where}: {error}") from None


def read_entries(lines: Iterable[tuple[int, bytes]], place: str) -> Iterator[ExportedEntry]:
    """Yield the entries of a log, each checked for its form.

    Args:
        lines: Number and content of each line after the head.
        place: Name of the file, for messages.

    Raises:
        EventError: A line is not an entry; the text says which and why.
    """
    for number, line in lines:
        try:
            yield _entry(line)
        except EventError as error:
            raise EventError(f"{place}:{number}: {error}") from None


def _entry(line: bytes) -> ExportedEntry:
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
    return ExportedEntry(
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


def checked(head: LogHead, entries: Iterable[ExportedEntry]) -> Iterator[tuple[ExportedEntry, IndexColumns]]:
    """Recompute and check every leaf, and the root at the end; yield the entries with their plain columns.

    Raises:
        ExportError: An entry does not match its leaf or its position, the root differs, or entries are missing.
        EventError: An entry is no event of a kind that this version knows.
    """
    if not head.salts:
        raise ExportError(
            f"this export of {head.trial} was written without salts, for publication, and cannot be put back as a log; "
            "ask whoever has the log for an export with salts: trialog export log"
        )
    frontier, instant = Frontier(), 0
    versions: dict[str, int] = {}
    positions: dict[str, int] = {}
    for entry in entries:
        where = f"position {entry.position} of {head.trial}"
        version = versions.get(entry.stream, 0) + 1
        if (entry.position, entry.version) != (frontier.size + 1, version):
            raise ExportError(f"{where}: expected position {frontier.size + 1}, version {version}")
        if entry.recorded_at < instant:
            raise ExportError(f"{where}: recorded before the entry in front of it")
        if entry.salt is None or entry.leaf != _leaf(entry, entry.salt, head.origin):
            raise ExportError(f"{where}: the entry is not what its leaf says; the file was changed")
        if entry.event_id in positions:
            raise ExportError(f"{where}: event id {entry.event_id!r} stands at {positions[entry.event_id]} already")
        columns = _columns(entry, positions, where)
        versions[entry.stream], positions[entry.event_id], instant = version, entry.position, entry.recorded_at
        frontier.append(entry.leaf)
        yield entry, columns
    if frontier.size != head.size:
        raise ExportError(f"{head.trial}: its head says {head.size} entries, {frontier.size} came; the file is cut off")
    if frontier.root() != head.root:
        raise ExportError(f"{head.trial}: its entries give another root than its head; the file was changed")


def _columns(entry: ExportedEntry, positions: dict[str, int], where: str) -> IndexColumns:
    try:
        event = from_payload(entry.topic, entry.payload)
    except EventError as error:
        raise EventError(f"{where}: {error}") from None
    target = positions.get(event.target, 0) if isinstance(event, EventCorrected | EventRetracted) else -1
    if event.stream != entry.stream or target == 0:
        raise ExportError(f"{where}: the event belongs to another stream, or amends none that stands before it")
    return columns_of(event, max(target, 0))


def _leaf(entry: ExportedEntry, salt: bytes, origin: str) -> bytes:
    return leaf_hash(
        frame(
            origin=origin,
            position=entry.position,
            stream=entry.stream,
            version=entry.version,
            topic=entry.topic,
            event_id=entry.event_id,
            recorded_at=entry.recorded_at,
            actor=entry.actor,
            salt=salt,
            payload=entry.payload,
        )
    )


def _hex(text: Any, name: str, length: int) -> bytes:
    if not isinstance(text, str) or not re.fullmatch(rf"[0-9a-f]{{{2 * length}}}", text):
        raise EventError(f"{name} must be {2 * length} hexadecimal digits")
    return bytes.fromhex(text)
