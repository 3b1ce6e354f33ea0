"""Names and defaults that the help of commands shows, apart from the modules that compute with them."""

from __future__ import annotations

from typing import Final

LONGEST_LAG: Final = 366
"""Days before the announcement's own cutoff that an explanation looks at."""

STALE_AFTER: Final = 180
"""Days after which the last contact of a living subject is called old."""
