"""Made-up cohorts for timing: staggered entry, exponential survival, one subject in ten lost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MEAN_SURVIVAL = 900
DAYS = 3650


class Cohort(NamedTuple):
    """One subject in each row.

    Attributes:
        entry: Day of entry, from 0.
        end: Day of death, or last known alive.
        died: Whether it ended in death.
    """

    entry: NDArray[np.int64]
    end: NDArray[np.int64]
    died: NDArray[np.bool_]

    @property
    def days(self) -> NDArray[np.int64]:
        """Durations."""
        return self.end - self.entry


def cohort(n: int, seed: int = 1) -> Cohort:
    """Return n subjects followed until day 3649."""
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, DAYS * 2 // 3, n)
    life = rng.exponential(MEAN_SURVIVAL, n).astype(np.int64)
    lost = np.where(rng.random(n) < 0.1, rng.integers(0, 1500, n), DAYS)
    end = entry + np.minimum(life, lost)
    died = (life <= lost) & (end < DAYS)
    return Cohort(entry, np.minimum(end, DAYS - 1), died)
