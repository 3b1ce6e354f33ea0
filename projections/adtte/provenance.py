"""Source document of each event of a log, for the traceability columns of ADTTE."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trialog.events.arrays import EventArrays
from trialog.events.kinds import EventCorrected, EventRetracted
from trialog.events.provenance import Reference, references


@dataclass(frozen=True)
class Sources:
    """The source of each event of a log, by row; row i is position i + 1.

    Attributes:
        text: As the event says it.
        from_sdtm: Whether the event was imported from SDTM.
        recorded_at: When the last event was recorded, microseconds since 1970-01-01; 0 for an empty log.
    """

    text: tuple[str, ...]
    from_sdtm: tuple[bool, ...]
    recorded_at: int


def corrected_sources(columns: EventArrays, sources: Sources, known_at: int | None) -> dict[int, str]:
    """Return the source of each corrected event, by row: the source of the correction that became known last."""
    known = np.ones(columns.size, bool) if known_at is None else columns.known <= known_at
    void = set((columns.code[np.flatnonzero(known & (columns.kind == EventRetracted.KIND))] - 1).tolist())
    found = {}
    corrections = np.flatnonzero(known & (columns.kind == EventCorrected.KIND))
    for row in corrections[np.argsort(columns.known[corrections], kind="stable")].tolist():
        if row not in void:
            found[int(columns.code[row]) - 1] = sources.text[row]
    return found


@lru_cache(maxsize=4096)
def references_of(source: str) -> tuple[Reference, ...]:
    """Return the records that a source names. The result is cached, because many events share a source."""
    return references(source)
