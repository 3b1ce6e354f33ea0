"""Laws of whole numbers, of limits and of parts and wholes."""

from __future__ import annotations

from trialog.audit.deciding.law import LawViolation
from trialog.audit.reading.claims import Series


def arithmetic(series: Series) -> tuple[LawViolation, ...]:
    """Return what breaks them."""
    return ()
