"""The subjects' events of a trial as arrays, decoded straight from the log's rows.

Replay builds no aggregates: a million events are a handful of NumPy arrays of whole
days, about 35 bytes an event, and every figure is arithmetic on them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trialog.events.dates import span
from trialog.events.kinds import SUBJECT_PREFIX, EventCorrected, SubjectEnrolled
from trialog.events.store.replay import Replay

Days = NDArray[np.int32]
"""Whole days from 1970-01-01."""

NO_DAY: Final = np.int32(2**31 - 1)
"""Stands for a day that is not known or has not come; later than every cutoff."""

_TYPES: Final[dict[str, type[np.generic]]] = {
    "kind": np.uint8,
    "stream": np.int32,
    "first": np.int32,
    "last": np.int32,
    "known": np.int32,
    "code": np.int64,
    "amount": np.float64,
}
"""Type of each array, in the order in which a row has them."""

PAYLOADS_READ: Final = (SubjectEnrolled.KIND, EventCorrected.KIND)


@dataclass(frozen=True, eq=False)
class Columns:
    """Events of one trial, by position; row i is position i + 1.

    Attributes:
        size: Number of events, of all kinds.
        kind, stream, first, last, known, code, amount: The plain columns, each of shape (size,);
            ``known`` is the day on which an event was known, undated events have ``NO_DAY``.
        subject: Number of the subject of each row, -1 for rows about something else.
        subjects: Subject ids by number, in the order in which they came into the log.
        payloads: Fields of enrollments, corrections and corrected events, by row.
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


def decode(replay: Replay) -> Columns:
    """Return the columns of a trial from its replayed rows."""
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _TYPES}
    texts: dict[int, bytes] = {}
    for chunk in replay.chunks():
        position, *plain, payload = zip(*chunk, strict=True)
        for (name, dtype), values in zip(_TYPES.items(), plain, strict=True):
            parts[name].append(_array(values, dtype))
        texts.update((at, text) for at, text in zip(position, payload, strict=True) if text is not None)
    arrays = {name: np.concatenate(part) if part else np.empty(0, _TYPES[name]) for name, part in parts.items()}
    targets = arrays["code"][arrays["kind"] == EventCorrected.KIND].tolist()
    texts.update(replay.payloads([at for at in targets if at not in texts]))
    numbers, subjects = _subject_numbers(replay.streams())
    return Columns(
        size=replay.size,
        root=replay.root,
        **arrays,
        subject=numbers[arrays["stream"]],
        subjects=subjects,
        payloads=_decoded(texts),
    )


def _array(values: tuple[Any, ...], dtype: type[np.generic]) -> NDArray[Any]:
    try:
        return np.array(values, dtype)
    except TypeError:  # some are undated
        return np.array([NO_DAY if value is None else value for value in values], dtype)


def _decoded(texts: dict[int, bytes]) -> dict[int, dict[str, Any]]:
    # One call of the decoder for all of them costs a third of one call for each.
    found = json.loads(b"[" + b",".join(texts.values()) + b"]")
    return {position - 1: fields for position, fields in zip(texts, found, strict=True)}


def _subject_numbers(streams: list[str]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    numbers = np.full(len(streams) + 1, -1, np.int32)
    subjects: list[str] = []
    for number, name in enumerate(streams, 1):
        if name.startswith(SUBJECT_PREFIX):
            numbers[number] = len(subjects)
            subjects.append(name.removeprefix(SUBJECT_PREFIX))
    return numbers, tuple(subjects)


def corrected_days(changes: dict[str, Any]) -> tuple[int, int]:
    """Return first and last day that a correction moves its target to, ``NO_DAY`` twice if it moves nothing."""
    moved = changes.get("occurred_on")
    return (int(NO_DAY), int(NO_DAY)) if moved is None else span(moved)
