"""The log's rows as arrays of events: read by a replay, without building an event for each row."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np

from trialog.events.arrays import (
    NO_DAY,
    PAYLOADS_READ,
    TYPES,
    Arrays,
    ArraySegment,
    EventArrays,
    Payloads,
    columns_of_arrays,
)
from trialog.events.kinds import EventCorrected
from trialog.log.store.replay import DAY_BITS, DAY_ZERO, KIND_BITS, Replay, ReplayRow


def read_part(replay: Replay, after: int = 0, streams_after: int = 0, had: Iterable[int] = ()) -> ArraySegment:
    """Return the rows after a position of the log.

    Args:
        replay: An open state of the log.
        after: Position.
        streams_after: Number of streams that are already known.
        had: Positions whose payloads are already known.
    """
    arrays: Arrays = {name: np.empty(replay.size - after, dtype) for name, dtype in TYPES.items()}
    positions, ends, text = array("q"), array("q"), bytearray()

    def keep(found: Iterable[tuple[int, bytes]]) -> None:
        for position, payload in found:
            positions.append(position)
            text.extend(payload)
            text.extend(b",")
            ends.append(len(text))

    begin = 0
    for chunk in replay.chunks(PAYLOADS_READ, after):
        end = begin + len(chunk)
        keep((after + row + 1, payload) for row, payload in _fill(arrays, begin, end, chunk))
        begin = end
    targets = arrays["code"][arrays["kind"] == EventCorrected.KIND].tolist()
    if targets:
        keep(replay.payloads(sorted(set(targets).difference(positions, had))))
    payloads = Payloads(
        np.frombuffer(positions, np.int64), np.frombuffer(ends, np.int64), np.frombuffer(text, np.uint8)
    )
    return ArraySegment(arrays, payloads, replay.streams(streams_after))


def decode(replay: Replay) -> EventArrays:
    """Return the columns of a trial, read from its log alone."""
    part = read_part(replay)
    return columns_of_arrays(replay.size, replay.root, part.arrays, part.payloads, part.streams)


def _fill(arrays: Arrays, begin: int, end: int, chunk: list[ReplayRow]) -> list[tuple[int, bytes]]:
    """Write a chunk of rows into its place of the arrays, and return its payloads, each with its row."""
    of_kind, of_days, codes, amounts, payloads = zip(*chunk, strict=True)
    kinds, days = np.array(of_kind, np.int64), np.array(of_days, np.int64)
    arrays["kind"][begin:end] = kinds & ((1 << KIND_BITS) - 1)
    arrays["stream"][begin:end] = kinds >> KIND_BITS
    for name in ("first", "last", "known"):
        packed = days & ((1 << DAY_BITS) - 1)
        arrays[name][begin:end] = np.where(packed, packed - DAY_ZERO, NO_DAY)
        days >>= DAY_BITS
    arrays["code"][begin:end] = codes
    arrays["amount"][begin:end] = np.array(amounts, np.float64)
    return [(row, bytes(payload)) for row, payload in enumerate(payloads, begin) if payload is not None]
