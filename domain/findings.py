"""A rule that a history breaks, or a doubt that it raises."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a history cannot have happened.

    Attributes:
        message: What, why, and what would be accepted; one line.
        positions: Places in the log of the events that cannot stand together.
    """

    message: str
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HistoryWarning:
    """Something odd that was accepted and stays visible.

    Attributes:
        rule: Short name of the rule.
        message: What is odd, with its numbers.
        position: Place in the log of the event that raises it.
    """

    rule: str
    message: str
    position: int
