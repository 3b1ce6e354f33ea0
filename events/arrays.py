"""The subjects' events of a trial as arrays.

Replay builds no aggregates: a million events are a few NumPy arrays of whole days,
about 35 bytes for each event, and every figure is arithmetic on them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trialog.events.dates import span
from trialog.events.kinds import SUBJECT_PREFIX, EventCorrected, ProgressionFound, SubjectEnrolled
from trialog.events.vocabulary import progression_code

Days = NDArray[np.int32]
"""Whole days from 1970-01-01."""

NO_DAY: Final = np.int32(2**31 - 1)
"""Represents a day that is unknown or has not come; later than every cutoff."""

TYPES: Final[dict[str, type[np.generic]]] = {
    "kind": np.uint8,
    "stream": np.int32,
    "first": np.int32,
    "last": np.int32,
    "known": np.int32,
    "code": np.int64,
    "amount": np.float64,
}
"""Type of each array."""

PAYLOADS_READ: Final = (SubjectEnrolled.KIND, ProgressionFound.KIND, EventCorrected.KIND)

Arrays = dict[str, NDArray[Any]]

_DECODED_AT_ONCE: Final = 10_000
"""Number of payloads."""

_REPEATED: Final = ("cohort", "source", "occurred_on")
"""Fields whose texts recur in thousands of payloads; one copy of each text is shared."""


@dataclass(frozen=True, eq=False)
class EventArrays:
    """Events of one trial, by position; row i is position i + 1.

    Attributes:
        size: Number of events of all kinds.
        kind, stream, first, last, known, code, amount: The plain columns, each of shape (size,);
            ``known`` is the day on which an event was known, undated events have ``NO_DAY``.
        subject: Number of the subject of each row, -1 for rows about something else.
        subjects: Subject ids by number, in the order of their first entries in the log.
        payloads: Fields of enrollments, progressions, corrections and corrected events, by row.
    """

    size: int
    root: bytes
    kind: NDArray[np.uint8]
    stream: NDArray[np.int32]
    first: Days
    last: Days
    known: Days
    code: NDArray[np.int64]
    amount: NDArray[np.float64]
    subject: NDArray[np.int32]
    subjects: tuple[str, ...]
    payloads: dict[int, dict[str, Any]]


@dataclass(frozen=True, eq=False)
class ArraySegment:
    """The content of consecutive rows, in a form that can be cached in files.

    Attributes:
        arrays: By name, as in `TYPES`.
        payloads: Payloads of the enrollments, progressions, corrections and corrected events.
        streams: Names of the streams that are new in these rows.
    """

    arrays: Arrays
    payloads: Payloads
    streams: list[str]


@dataclass(frozen=True, eq=False)
class Payloads:
    """Concatenated payloads: a list of objects would take three times the memory.

    Attributes:
        positions: Position of each payload in the log.
        ends: Where each payload ends in the text.
        text: All payloads, each followed by a comma.
    """

    positions: NDArray[np.int64]
    ends: NDArray[np.int64]
    text: NDArray[np.uint8]

    def runs(self) -> Iterator[bytes]:
        """Yield the text in chunks of some thousand payloads."""
        begin = 0
        for last in range(_DECODED_AT_ONCE - 1, self.ends.size + _DECODED_AT_ONCE - 1, _DECODED_AT_ONCE):
            end = int(self.ends[min(last, self.ends.size - 1)])
            yield self.text[begin:end].tobytes()
            begin = end


def columns_of_arrays(
    size: int, root: bytes, arrays: Arrays, payloads: Payloads, streams: Sequence[str]
) -> EventArrays:
    """Return the columns made of arrays, payloads and names.

    Args:
        size: Size of the log.
        root: Root of the log.
        arrays: By name, each of shape (size,).
        payloads: The payloads that were read.
        streams: Names of all streams of the log, by number.
    """
    is_subject = np.fromiter((name.startswith(SUBJECT_PREFIX) for name in streams), bool, len(streams))
    subjects = tuple([name[len(SUBJECT_PREFIX) :] for name in streams if name.startswith(SUBJECT_PREFIX)])
    numbers = np.full(len(streams) + 1, -1, np.int32)
    numbers[1:][is_subject] = np.arange(len(subjects), dtype=np.int32)
    fields = _decoded(payloads)
    found = np.flatnonzero(arrays["kind"] == ProgressionFound.KIND)
    if found.size:
        arrays = {**arrays, "code": arrays["code"].copy()}
        arrays["code"][found] = [progression_code(fields[row]) for row in found.tolist()]
    return EventArrays(
        size=size,
        root=root,
        **arrays,
        subject=numbers[arrays["stream"]],
        subjects=subjects,
        payloads=fields,
    )


def _decoded(payloads: Payloads) -> dict[int, dict[str, Any]]:
    kept: dict[str, str] = {}
    rows = iter((payloads.positions - 1).tolist())
    found: dict[int, dict[str, Any]] = {}
    for run in payloads.runs():
        # Decode thousands of payloads in one call: separate calls would cost three times as much.
        for fields in json.loads(b"[" + run[:-1] + b"]"):
            for name in _REPEATED:
                value = fields.get(name)
                if value is not None:
                    fields[name] = kept.setdefault(value, value)
            found[next(rows)] = fields
    return found


def corrected_days(changes: dict[str, Any]) -> tuple[int, int]:
    """Return the first and last day that a correction moves its target to; ``NO_DAY`` twice if it moves no date."""
    moved = changes.get("occurred_on")
    return (int(NO_DAY), int(NO_DAY)) if moved is None else span(moved)
