"""Findings about a history: a violation of a rule, or a warning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """A violation: why a history cannot have happened.

    Attributes:
        message: What is refused, why, and what would be accepted; one line.
        positions: Positions in the log of the events that contradict each other.
    """

    message: str
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HistoryWarning:
    """A warning: something doubtful that was accepted and remains visible.

    Attributes:
        rule: Short name of the rule.
        message: What is doubtful, with its numbers.
        position: Position in the log of the event that raises it.
    """

    rule: str
    message: str
    position: int
