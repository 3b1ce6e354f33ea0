"""Every law that needs no history: of shares, limits, responses, means, parts and wholes."""

from __future__ import annotations

from trialog.audit.laws.figures import figures_of
from trialog.audit.laws.limits import broken_limits
from trialog.audit.laws.means import broken_means
from trialog.audit.laws.parts import broken_parts
from trialog.audit.laws.responses import broken_responses
from trialog.audit.laws.shares import broken_shares
from trialog.audit.laws.violation import LawViolation
from trialog.audit.reading.claims import Series


def arithmetic(series: Series) -> tuple[LawViolation, ...]:
    """Return figures that break a law of whole numbers, of limits, or of parts and wholes, the fewest rows first."""
    figures = [figure for figure in figures_of(series) if figure.row in series.rows | set(series.context)]
    found = [
        violation
        for law in (broken_shares, broken_limits, broken_means, broken_responses, broken_parts)
        for violation in law(figures)
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (len(each.rows), -each.excess, each.reason)))
