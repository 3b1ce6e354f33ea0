"""Figures that break a law."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LawViolation:
    """Figures that no history can give together.

    Attributes:
        rows: The figures, by rank.
        excess: By how much they contradict each other, for ordering; the greatest comes first.
        reason: One sentence.
        needs_lag: Days by which the cutoff of the first figure has to lie before that of the second.
    """

    rows: tuple[int, ...]
    excess: float
    reason: str
    needs_lag: int | None = None
