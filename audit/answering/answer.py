"""An audit from beginning to end: the answer, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from trialog.audit.answering.cutoffs import CutoffWindow, cutoff_windows
from trialog.audit.answering.repairs import Repair, Repairer
from trialog.audit.answering.witness import Line, Witness
from trialog.audit.deciding.search import Attempt, Auditor, Conflict, single_definitions
from trialog.audit.deciding.solver import MISSING, Effort, Outcome, installed
from trialog.audit.reading.claims import Series
from trialog.audit.reading.series import series_of
from trialog.events.definition import Definition
from trialog.events.errors import TrialogError
from trialog.events.kinds import TrialEvent
from trialog.exchange.register.row_reading import RowReading
from trialog.projections.announced.verdict import Verdict

Word = Literal["consistent", "inconsistent", "undecided"]
REPAIRED: Final[Mapping[Outcome, str]] = {
    "yes": "the whole series",
    "no": "the conflict's rows; other figures conflict as well",
    "unknown": "the conflict's rows; whether other figures conflict was not decided",
}
"""What the repairs make possible."""

ONE_TRIAL: Final = 1 / 10
"""Share of the time that one repair or one step of a window may take."""

ONE_DEFINITION: Final = 1 / 4
"""The same for one definition for all figures of a series."""

Recompute = Callable[[str, Sequence[TrialEvent]], Sequence[Verdict]]
"""Judges the events of a trial and recomputes its announced figures; raises TrialogError if a rule is broken.

An audit knows no log: who asks for one gives this function.
"""


@dataclass(frozen=True)
class AuditResult:
    """Whether the figures of a series can all be true.

    Attributes:
        answer: ``consistent``: some history of subjects gives every figure, and here is one.
            ``inconsistent``: it was shown that none does. ``undecided``: neither, within the time.
        series: What was asked about.
        attempts: Every reading that was tried, the plainest first.
        reason: Why, in a sentence, for the last two.
        conflict: With ``inconsistent``: figures that cannot all be true, as few as possible.
        repairs: With ``inconsistent``: relaxations, each shown to make them possible.
        rest: Whether the series is possible without one of the conflict's rows, so that a repair makes it so.
        one_definition: Where rows of the same subjects state different estimators: what would come of either
            of them for all.
        cutoffs: Windows of the data cutoffs that are not stated.
        witness: With ``consistent``: a history as events.
        solver_missing: Whether the solver would have told more and is not installed.
        hurried: Whether the time limit cut something short.
    """

    answer: Word
    series: Series
    attempts: tuple[Attempt, ...]
    reason: str = ""
    conflict: Conflict | None = None
    repairs: tuple[Repair, ...] = ()
    rest: Outcome = "yes"
    one_definition: tuple[Attempt, ...] = ()
    cutoffs: tuple[CutoffWindow, ...] = ()
    witness: tuple[Line, ...] = ()
    solver_missing: bool = False
    hurried: bool = False

    @property
    def chosen(self) -> Attempt | None:
        """The reading under which the series is consistent; None where none is."""
        return self.attempts[-1] if self.answer == "consistent" else None

    @property
    def repaired(self) -> str | None:
        """What the repairs make possible; None without a conflict."""
        return None if self.conflict is None else REPAIRED[self.rest]


@dataclass(frozen=True)
class Request:
    """What an audit is asked.

    Attributes:
        definition, given: Parts of the definition that hold for every figure, and their names.
        cutoffs: How open the data cutoffs are.
        n: Subjects of every cohort, or of the cohorts named.
        cohorts: Rows of these cohorts only; all when empty.
    """

    definition: Definition | None = None
    given: frozenset[str] = frozenset()
    cutoffs: Literal["as said", "free"] = "as said"
    n: int | Mapping[str, int] | None = None
    cohorts: tuple[str, ...] = ()
    told: Callable[[str], None] = field(default=lambda _: None)


def audit(readings: Sequence[RowReading], request: Request, effort: Effort, recompute: Recompute) -> AuditResult:
    """Decide whether the figures of some rows can all be true, and say why.

    Args:
        readings: The rows.
        request: What is asked; ``told`` is called with what the audit is at.
        effort: What may be spent.
        recompute: Confirms a history that was found, by the ordinary projections.
    """
    series = series_of(readings, n_given=request.n, only=request.cohorts)
    auditor = Auditor(series, effort, request.definition, request.given, request.cutoffs)
    request.told("looking for a history")
    if not auditor.rows:
        why = "no row gives a figure that can be checked"
        return AuditResult("undecided", series, (Attempt(auditor.readings[0], "unknown", why=why),), reason=why)
    attempts = auditor.search(auditor.rows)
    last = attempts[-1]
    if last.outcome == "yes":
        return _consistent(auditor, attempts, request, recompute)
    if all(attempt.outcome == "no" for attempt in attempts):
        return _inconsistent(auditor, attempts, request)
    reasons = [attempt.why for attempt in attempts if attempt.why]
    missing = MISSING in reasons
    return AuditResult(
        "undecided",
        series,
        attempts,
        reason=MISSING if missing else reasons[0] if reasons else "the time is over",
        solver_missing=missing,
        hurried=effort.hurried,
    )


def _consistent(auditor: Auditor, attempts: tuple[Attempt, ...], request: Request, recompute: Recompute) -> AuditResult:
    series, effort = auditor.series, auditor.effort
    again = auditor.attempt(auditor.rows, attempts[-1].terms, plain=True)
    chosen = again if again.outcome == "yes" else attempts[-1]
    attempts = (*attempts[:-1], chosen)
    assert chosen.history is not None  # noqa: S101  # a possible reading has its history
    request.told("rebuilding every figure from it")
    witness = Witness(series, chosen.terms, auditor.rows, chosen.history)
    try:
        missed = [verdict for verdict in recompute(witness.trial, witness.events()) if not verdict.confirmed]
    except TrialogError as error:
        return AuditResult("undecided", series, attempts, reason=f"the log refuses the history that was found: {error}")
    if missed:
        names = ", ".join(verdict.figure.figure for verdict in missed)
        return AuditResult(
            "undecided", series, attempts, reason=f"a replay of the history that was found misses {names}"
        )
    request.told("looking how far each cutoff can be moved")
    effort.each = effort.seconds * ONE_TRIAL
    windows = tuple(cutoff_windows(auditor, chosen.terms, auditor.rows))
    # These are few, and say what the series would be without its change of definition.
    effort.each = effort.seconds * ONE_DEFINITION
    return AuditResult(
        "consistent",
        series,
        attempts,
        one_definition=single_definitions(auditor),
        cutoffs=windows,
        witness=tuple(witness.lines()),
        hurried=effort.hurried,
    )


def _inconsistent(auditor: Auditor, attempts: tuple[Attempt, ...], request: Request) -> AuditResult:
    request.told("looking for the smallest conflict")
    conflict = auditor.conflict()
    auditor.effort.each = auditor.effort.seconds * ONE_TRIAL
    repairer = Repairer(auditor, conflict)
    request.told("looking for repairs")
    repairs = tuple(repairer.repairs())
    request.told("looking how far each cutoff can be moved")
    windows = tuple(cutoff_windows(auditor, auditor.readings[0], repairer.scope, conflict=conflict.rows))
    return AuditResult(
        "inconsistent",
        auditor.series,
        attempts,
        reason=conflict.reason,
        conflict=conflict,
        repairs=repairs,
        rest=repairer.rest,
        solver_missing=not installed(),
        one_definition=single_definitions(auditor),
        cutoffs=windows,
        hurried=auditor.effort.hurried,
    )
