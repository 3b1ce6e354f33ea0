"""Where each event of a log was written, for the traceability columns of ADTTE."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from trialog.projections.adtte.provenance import Sources

if TYPE_CHECKING:
    from trialog.log.store.rows import StoredEntry

IMPORTED_FROM_SDTM: Final = "sdtm:"


def read_sources(entries: Iterable[StoredEntry], size: int) -> Sources:
    """Return the sources of the first ``size`` entries of a log."""
    text: list[str] = []
    from_sdtm: list[bool] = []
    recorded_at = 0
    for entry in entries:
        if entry.position > size:
            break
        text.append(json.loads(entry.state)["source"])
        from_sdtm.append(entry.event_id.startswith(IMPORTED_FROM_SDTM))
        recorded_at = entry.recorded_at
    return Sources(tuple(text), tuple(from_sdtm), recorded_at)
