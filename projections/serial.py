"""Days and provenance as plain values, for answers that are not typed yet."""

from __future__ import annotations

from typing import Any, Final

from trialog.events.arrays import NO_DAY
from trialog.events.dates import iso
from trialog.events.version import __version__
from trialog.projections.trial_data import TrialData

MONTH_DIGITS: Final = 2


def day(value: int | None) -> str | None:
    """Return a day as ISO text; None for none."""
    return None if value is None or value == NO_DAY else iso(value)


def provenance(data: TrialData, cutoff: int, known_at: int | None) -> dict[str, Any]:
    """Return what every answer rests on: trial, both time axes, the log's size and root."""
    return {
        "trial": data.code,
        "data_cutoff": iso(cutoff),
        "known_at": day(known_at),
        "log": {"size": data.size, "root": data.root},
        "trialog": __version__,
    }
