"""A segment: a run of one trial's events, packed into one row of a Parquet file.

Each row carries the arrays that figures are computed from, the payloads that go with them, the whole entries of the
trial's registration and announcements, and the head of the log after its last event. Arrays are stored as one
binary value each, the bytes of equal weight side by side, because Parquet then compresses them best.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from trialog.domain.history import StreamHistory
from trialog.events.arrays import TYPES, Arrays, ArraySegment, Payloads, columns_of_arrays
from trialog.events.entry import LogEntry
from trialog.events.errors import LogError
from trialog.events.kinds import ANNOUNCEMENT_PREFIX, TRIAL_STREAM
from trialog.events.registry import from_payload, to_payload
from trialog.projections.trial_data import TrialData

_PAYLOAD_ARRAYS: Final[dict[str, type[np.generic]]] = {"payload_position": np.int64, "payload_end": np.int64}
_TEXTS: Final = ("payload_text", "streams", "entries")
ARRAYS: Final[dict[str, type[np.generic]]] = {**TYPES, **_PAYLOAD_ARRAYS}
BINARY: Final = (*ARRAYS, *_TEXTS)
"""Names of the binary columns."""


@dataclass(frozen=True, eq=False)
class Segment:
    """Events of one trial between two positions.

    Attributes:
        trial: Code of the trial.
        origin: Name of its log.
        after: Position before the first event; 0 for the first segment.
        size: Position of the last event.
        root: Root of the log's tree at that size, in hexadecimal.
        frontier: Edge of the tree at that size.
        events: The arrays.
        entries: Whole entries of the trial's own stream and of its announcements.
    """

    trial: str
    origin: str
    after: int
    size: int
    root: str
    frontier: bytes
    events: ArraySegment
    entries: tuple[LogEntry, ...]

    def row(self) -> dict[str, Any]:
        """Return the segment as a row of plain values."""
        payloads = self.events.payloads
        arrays: dict[str, NDArray[Any]] = {
            **self.events.arrays, "payload_position": payloads.positions, "payload_end": payloads.ends
        }  # fmt: skip
        return {
            "trial": self.trial,
            "origin": self.origin,
            "after": self.after,
            "size": self.size,
            "root": self.root,
            "frontier": self.frontier,
            **{name: _packed(arrays[name], kind) for name, kind in ARRAYS.items()},
            "payload_text": payloads.text.tobytes(),
            "streams": "\n".join(self.events.streams).encode(),
            "entries": json.dumps([_entry_fields(entry) for entry in self.entries], ensure_ascii=False).encode(),
        }

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """Return the segment of a row.

        Raises:
            LogError: The row does not hold as many events as it says.
        """
        count = row["size"] - row["after"]
        arrays = {name: _unpacked(row[name], kind) for name, kind in ARRAYS.items()}
        if any(arrays[name].size != count for name in TYPES):
            raise LogError(f"{row['trial']}: a segment of {count} events holds another number; export it again")
        text = np.frombuffer(row["payload_text"], np.uint8)
        payloads = Payloads(arrays.pop("payload_position"), arrays.pop("payload_end"), text)
        streams = row["streams"].decode()
        return cls(
            trial=row["trial"],
            origin=row["origin"],
            after=row["after"],
            size=row["size"],
            root=row["root"],
            frontier=row["frontier"],
            events=ArraySegment(arrays, payloads, streams.split("\n") if streams else []),
            entries=tuple(_entry(fields) for fields in json.loads(row["entries"])),
        )


def joined(segments: Iterable[Segment]) -> Segment:
    """Return the segments of one trial as one.

    Raises:
        LogError: They do not follow one another from the first event on.
    """
    parts = sorted(segments, key=lambda segment: segment.after)
    first, last = parts[0], parts[-1]
    for before, part in zip((None, *parts), parts, strict=False):
        expected = 0 if before is None else before.size
        if part.after != expected or part.origin != first.origin:
            raise LogError(f"{part.trial}: no segment follows position {expected}; export the portfolio again")
    if len(parts) == 1:
        return first
    arrays: Arrays = {name: np.concatenate([part.events.arrays[name] for part in parts]) for name in TYPES}
    lengths = np.cumsum([0, *(part.events.payloads.text.size for part in parts[:-1])])
    payloads = Payloads(
        np.concatenate([part.events.payloads.positions for part in parts]),
        np.concatenate([part.events.payloads.ends + at for part, at in zip(parts, lengths, strict=True)]),
        np.concatenate([part.events.payloads.text for part in parts]),
    )
    streams = [name for part in parts for name in part.events.streams]
    return Segment(
        trial=first.trial,
        origin=first.origin,
        after=0,
        size=last.size,
        root=last.root,
        frontier=last.frontier,
        events=ArraySegment(arrays, payloads, streams),
        entries=tuple(entry for part in parts for entry in part.entries),
    )


def trial_data(segments: Sequence[Segment]) -> TrialData:
    """Return one trial as plain data, as it is read from its log."""
    whole = joined(segments)
    events = whole.events
    streams: dict[str, list[LogEntry]] = {TRIAL_STREAM: []}
    for entry in whole.entries:
        streams.setdefault(entry.stream, []).append(entry)
    histories = {name: StreamHistory(name, tuple(entries)) for name, entries in streams.items()}
    return TrialData(
        code=whole.trial,
        columns=columns_of_arrays(
            whole.size, bytes.fromhex(whole.root), events.arrays, events.payloads, events.streams
        ),
        trial_history=histories.pop(TRIAL_STREAM),
        announcement_histories={name.removeprefix(ANNOUNCEMENT_PREFIX): found for name, found in histories.items()},
    )


def _packed(values: NDArray[Any], kind: type[np.generic]) -> bytes:
    """Return an array as bytes: the lowest byte of every value, then the next one of every value, and so on."""
    plain = np.ascontiguousarray(values, np.dtype(kind).newbyteorder("<"))
    return plain.view(np.uint8).reshape(-1, plain.itemsize).T.tobytes()


def _unpacked(packed: bytes, kind: type[np.generic]) -> NDArray[Any]:
    plain = np.dtype(kind).newbyteorder("<")
    shuffled = np.frombuffer(packed, np.uint8).reshape(plain.itemsize, -1)
    return np.ascontiguousarray(shuffled.T).reshape(-1).view(plain).astype(kind, copy=False)


def _entry_fields(entry: LogEntry) -> dict[str, Any]:
    return {
        "position": entry.position,
        "stream": entry.stream,
        "version": entry.version,
        "event_id": entry.event_id,
        "recorded_at": entry.recorded_at,
        "actor": entry.actor,
        "topic": entry.event.TOPIC,
        "payload": json.loads(to_payload(entry.event)),
    }


def _entry(fields: Mapping[str, Any]) -> LogEntry:
    payload = json.dumps(fields["payload"], ensure_ascii=False).encode()
    return LogEntry(
        position=fields["position"],
        stream=fields["stream"],
        version=fields["version"],
        event_id=fields["event_id"],
        recorded_at=fields["recorded_at"],
        actor=fields["actor"],
        event=from_payload(fields["topic"], payload),
    )
