"""Columns cached in files beside the log, so that a replay reads only the events added since.

The files may be deleted. They name their log, its size and the edge of its tree. Before they are used,
the log's new leaves are hashed onto that edge; if the result is not the log's present root, the files
are discarded and written again. Their bytes carry a checksum. ``trialog verify`` compares every number
in them with the log.

``TRIALOG_CACHE`` names another folder for them, or turns them off. For a log on a
server nothing is cached unless that folder is named: the server controls who may read the
log, but not who may read a file on a user's disk.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from trialog.events.arrays import (
    TYPES,
    Arrays,
    ArraySegment,
    EventArrays,
    Payloads,
    columns_of_arrays,
)
from trialog.events.errors import DifferenceError
from trialog.log.store.array_reading import decode, read_part
from trialog.log.store.connections import sqlite_file
from trialog.log.store.database import Database
from trialog.log.store.replay import Replay
from trialog.log.trust.merkle import Frontier

LAYOUT: Final = 2
FEWEST_EVENTS: Final = 20_000
"""A smaller log is read faster than its files would be."""

FEWEST_NEW_EVENTS: Final = 1_000
"""Fewer new events are not cached; they are read again next time."""

ENVIRONMENT: Final = "TRIALOG_CACHE"
OFF: Final = ("off", "no", "0")

_HEAD: Final = "head.json"
_POSITIONS: Final = "payload_positions"
_ENDS: Final = "payload_ends"
_TEXTS: Final = "payloads"
_STREAMS: Final = "streams"
_TYPES: Final[dict[str, type[np.generic]]] = {
    **TYPES, _POSITIONS: np.int64, _ENDS: np.int64, _TEXTS: np.uint8, _STREAMS: np.uint8
}  # fmt: skip


def cache_folder(log: Database) -> Path | None:
    """Return the folder of a log's cached columns; None if they are not cached."""
    given = os.environ.get(ENVIRONMENT, "")
    if given.lower() in OFF:
        return None
    if given:
        return Path(given)
    file = sqlite_file(log.place)
    return None if file is None else file.with_name(f"{file.name}.columns")


def columns_of_log(replay: Replay, folder: Path | None) -> EventArrays:
    """Return the columns of a trial: the cached ones, if they match the log, and those of new events.

    Args:
        replay: An open state of the log.
        folder: From `cache_folder`.
    """
    if folder is None or replay.size < FEWEST_EVENTS:
        return decode(replay)
    place = folder / replay.head.origin.split("/")[1]
    kept = CachedArrays.read(place, replay)
    part = read_part(replay, kept.size, kept.stream_count, kept.payloads.positions.tolist())
    if replay.size - kept.size >= FEWEST_NEW_EVENTS:
        _write(place, kept, part, replay)
    return kept.with_part(part, replay)


def check_kept(log: Database, code: str) -> None:
    """Compare every cached number with the log; do nothing if there is no cache.

    Raises:
        DifferenceError: A number differs, although the files match the log's root and their checksums.
    """
    folder = cache_folder(log)
    replay = log.recorder(code).replay()
    if folder is None or replay.size < FEWEST_EVENTS:
        return
    place = folder / replay.head.origin.split("/")[1]
    kept = CachedArrays.read(place, replay)
    if not kept.size:
        return
    fresh = CachedArrays.nothing().added(read_part(replay))
    for name, had in kept.files().items():
        if not np.array_equal(had, fresh[name][: had.size], equal_nan=had.dtype.kind == "f"):
            raise DifferenceError(f"{code}: {place / name} differs from the log; remove the folder, it is disposable")


@dataclass(frozen=True, eq=False)
class CachedArrays:
    """The content of one log's files; empty if they do not match the log.

    Attributes:
        size: Number of events.
        arrays: By name, each of shape (size,); views of the files.
        payloads: The payloads that were read.
        names: All names of streams, each with a line end.
        stream_count: Number of those names.
        checksums: Checksum of each file.
    """

    size: int
    arrays: Arrays
    payloads: Payloads
    names: NDArray[np.uint8]
    stream_count: int
    checksums: dict[str, int]

    @classmethod
    def nothing(cls) -> Self:
        """Return no events."""
        none: NDArray[np.int64] = np.empty(0, np.int64)
        no_bytes: NDArray[np.uint8] = np.empty(0, np.uint8)
        arrays: Arrays = {name: np.empty(0, dtype) for name, dtype in TYPES.items()}
        return cls(0, arrays, Payloads(none, none, no_bytes), no_bytes, 0, dict.fromkeys(_TYPES, 0))

    @classmethod
    def read(cls, place: Path, replay: Replay) -> Self:
        """Return the content of a folder; nothing unless it matches the log exactly."""
        try:
            head = json.loads((place / _HEAD).read_bytes())
            if head["layout"] != LAYOUT or head["origin"] != replay.head.origin:
                return cls.nothing()
            frontier = Frontier(head["size"], bytes.fromhex(head["frontier"]))
            if frontier.size > replay.size:
                return cls.nothing()
            frontier.extend(replay.leaves(frontier.size))
            if frontier.root() != replay.root:
                return cls.nothing()
            return cls._mapped(place, head)
        except (OSError, ValueError, KeyError, TypeError):
            # The files are missing, truncated or written by another program: read the log instead.
            return cls.nothing()

    @classmethod
    def _mapped(cls, place: Path, head: dict[str, Any]) -> Self:
        checksums: dict[str, int] = head["checksums"]
        found: Arrays = {}
        for name, dtype in _TYPES.items():
            mapped: NDArray[Any] = np.memmap(place / name, dtype, "r", shape=(head["counts"][name],))
            if zlib.crc32(mapped.data) != checksums[name]:
                raise ValueError(f"{name} does not have its checksum")
            found[name] = mapped.view(np.ndarray)
        payloads = Payloads(found[_POSITIONS], found[_ENDS], found[_TEXTS])
        arrays = {name: found[name] for name in TYPES}
        return cls(head["size"], arrays, payloads, found[_STREAMS], head["streams"], checksums)

    def files(self) -> Arrays:
        """Return the content of each file."""
        return {
            **self.arrays,
            _POSITIONS: self.payloads.positions,
            _ENDS: self.payloads.ends,
            _TEXTS: self.payloads.text,
            _STREAMS: self.names,
        }

    def added(self, part: ArraySegment) -> Arrays:
        """Return the bytes that a part adds to each file."""
        return {
            **part.arrays,
            _POSITIONS: part.payloads.positions,
            _ENDS: part.payloads.ends + self.payloads.text.size,
            _TEXTS: part.payloads.text,
            _STREAMS: np.frombuffer("".join(f"{name}\n" for name in part.streams).encode(), np.uint8),
        }

    def with_part(self, part: ArraySegment, replay: Replay) -> EventArrays:
        """Return the columns of these events, followed by those of later events."""
        if not self.size:
            return columns_of_arrays(replay.size, replay.root, part.arrays, part.payloads, part.streams)
        added = self.added(part)
        files = {
            name: np.concatenate([had, added[name]]) if added[name].size else had for name, had in self.files().items()
        }
        streams = files[_STREAMS].tobytes().decode().split("\n")[:-1]
        payloads = Payloads(files[_POSITIONS], files[_ENDS], files[_TEXTS])
        arrays = {name: files[name] for name in TYPES}
        return columns_of_arrays(replay.size, replay.root, arrays, payloads, streams)


def _write(place: Path, kept: CachedArrays, part: ArraySegment, replay: Replay) -> None:
    """Add a part to the files; write errors are ignored, since the cache only saves time."""
    try:
        with _alone(place) as alone:
            if not alone:
                return
            # The process that held the lock before may have written the same events.
            again = CachedArrays.read(place, replay)
            if again.size != kept.size:
                return
            if not kept.size:
                # Write new files instead of truncating the old ones: another process may be reading those.
                for name in (_HEAD, *_TYPES):
                    (place / name).unlink(missing_ok=True)
            _append(place, kept, part, replay)
    except OSError:
        return


def _append(place: Path, kept: CachedArrays, part: ArraySegment, replay: Replay) -> None:
    before, added = kept.files(), kept.added(part)
    for name, array in added.items():
        with os.fdopen(os.open(place / name, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            # Overwrite what an interrupted writer left after the last head.
            file.truncate(before[name].nbytes)
            file.seek(before[name].nbytes)
            array.tofile(file)
    head = {
        "layout": LAYOUT,
        "origin": replay.head.origin,
        "size": replay.size,
        "frontier": replay.head.frontier.hex(),
        "streams": kept.stream_count + len(part.streams),
        "counts": {name: int(before[name].size + array.size) for name, array in added.items()},
        "checksums": {name: zlib.crc32(array.data, kept.checksums[name]) for name, array in added.items()},
    }
    new = place / f"{_HEAD}.new"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file_:
        json.dump(head, file_)
    new.replace(place / _HEAD)


@contextmanager
def _alone(place: Path) -> Iterator[bool]:
    """Hold the folder's lock, or report that another process holds it."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield False
        return
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(place / "lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def forget(folder: Path, origin: str) -> None:
    """Remove the cached columns of one log."""
    shutil.rmtree(folder / origin.split("/")[1], ignore_errors=True)
