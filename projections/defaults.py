"""Names and defaults that the help of commands shows, apart from what computes with them."""

from __future__ import annotations

from typing import Final

FIGURES_WITH_HISTORY: Final = (
    "median-os",
    "median-pfs",
    "median-ttp",
    "median-dor",
    "median-follow-up",
    "os-rate",
    "pfs-rate",
    "orr",
    "cbr",
    "dcr",
    "count-enrolled",
    "count-dosed",
    "count-evaluable",
    "count-alive",
    "count-dead",
)
"""What `trialog.projections.measures` computes at any cutoff."""

LONGEST_LAG: Final = 366
"""Days before the announcement's own cutoff that an explanation looks at."""

STALE_AFTER: Final = 180
"""Days after which the last contact of a living subject is called old."""
