"""The plain columns of an event: read by replay from every row without parsing its payload."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple
from zlib import crc32

from trialog.events import dates, kinds
from trialog.events.vocabulary import EVALUATORS, LEFT_REASONS, Evaluator, response_code


class IndexColumns(NamedTuple):
    """Whole numbers derived from an event; ``verify`` derives them again and compares.

    Attributes:
        kind: Number of the kind.
        occurred_first, occurred_last: First and last day that ``occurred_on`` can mean; None if undated.
        reported_on: The day on which the source knew it, if stated.
        code: The event's word as a number: `response_code` of an assessment, `unit_code` of a dose, place of
            the reason of a departure, 1 or 0 of an evaluability decision, `evaluator_code` of an assessment that was
            not understood, position of the target of a
            correction or retraction; 0 for every other kind.
        amount: Amount of a dose as a float, for sums; its exact digits are in the payload.
    """

    kind: int
    occurred_first: int | None
    occurred_last: int | None
    reported_on: int | None
    code: int
    amount: float | None = None


def columns_of(event: kinds.TrialEvent, target_position: int = 0) -> IndexColumns:
    """Return the plain columns of an event.

    Args:
        event: Any event.
        target_position: Place in the log of the event that a correction or retraction is about.
    """
    first, last = (None, None) if event.occurred_on is None else dates.span(event.occurred_on)
    reported = None if event.reported_on is None else dates.day_number(event.reported_on)
    kind = event.KIND
    amount = float(event.amount) if type(event) is kinds.DoseAdministered else None
    code = target_position if kind in AMENDMENT_KINDS else _CODES[kind](event) if kind in _CODES else 0
    return IndexColumns(kind, first, last, reported, code, amount)


@lru_cache(maxsize=1_024)
def unit_code(unit: str) -> int:
    """Return the number that represents a unit of dose in the plain columns."""
    return crc32(unit.encode())


def evaluator_code(evaluator: Evaluator | None) -> int:
    """Return the number that represents an evaluator in the plain columns; 0 for an unknown one."""
    return 0 if evaluator is None else EVALUATORS.index(evaluator) + 1


AMENDMENT_KINDS: Final = (kinds.EventCorrected.KIND, kinds.EventRetracted.KIND)

_CODES: Final[dict[int, Callable[[Any], int]]] = {
    kinds.ResponseAssessed.KIND: lambda event: response_code(
        event.criteria, event.category, event.evaluator, event.confirmed
    ),
    kinds.DoseAdministered.KIND: lambda event: unit_code(event.unit),
    kinds.SubjectLeft.KIND: lambda event: LEFT_REASONS.index(event.reason),
    kinds.EvaluabilityDecided.KIND: lambda event: int(event.evaluable),
    kinds.ProgressionRuledOut.KIND: lambda event: evaluator_code(event.evaluator),
    kinds.AssessmentNotUnderstood.KIND: lambda event: evaluator_code(event.evaluator),
}
