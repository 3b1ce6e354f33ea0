"""An audit from beginning to end: the answer and the evidence for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from trialog.audit.answering.cutoffs import CutoffWindow, cutoff_windows
from trialog.audit.answering.repairs import Repair, Repairer
from trialog.audit.answering.witness import Line, Witness
from trialog.audit.deciding.search import Attempt, Auditor, Conflict, single_definitions
from trialog.audit.deciding.solver import MISSING, Effort, Outcome, installed
from trialog.audit.reading.claims import Series
from trialog.audit.reading.contradictions import refuse_contradictions
from trialog.audit.reading.series import series_of
from trialog.audit.reading.terms import Terms
from trialog.audit.reading.words import Following, following
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
"""Which rows the repairs make possible."""

ONE_TRIAL: Final = 1 / 10
"""Share of the remaining time that one repair or one step of a window may take."""

ONE_DEFINITION: Final = 1 / 4
"""Share of the remaining time for trying one definition for all figures of a series."""

AS_READ: Final = 0.6
"""Share of the time for reading all words as binding, if leaving some of them open would allow more."""

BY_ROWS: Final = 0.5
"""Share of the remaining time for the rows without their words."""

Recompute = Callable[[str, Sequence[TrialEvent]], Sequence[Verdict]]
"""Judges the events of a trial and recomputes its announced figures; raises TrialogError if a rule is broken.

The audit has no access to a log, so the caller provides this function.
"""


@dataclass(frozen=True)
class PartAnswer:
    """The answer from one part of the evidence: the rows alone, or rows and words.

    Attributes:
        answer: Whether it can all be true.
        reason: Why not, or why it is not known.
    """

    answer: Word
    reason: str = ""


POSSIBLE: Final = PartAnswer("consistent")


@dataclass(frozen=True)
class AuditResult:
    """Whether the figures of a series can all be true.

    Attributes:
        answer: ``consistent``: some history of subjects gives every figure, and one is included.
        ``inconsistent``: it was shown that none does. ``undecided``: neither was shown within the time.
        series: The rows that were audited.
        attempts: Every reading that was tried, the simplest first.
        reason: Why, in a sentence, if inconsistent or undecided.
        by_rows: Answer from the columns and values of the rows without their words.
        by_words: Answer with everything that was read from the words.
        also: Other readings under which the same history gives every figure.
        conflict: With ``inconsistent``: figures that cannot all be true, as few as possible.
        repairs: With ``inconsistent``: relaxations, each of which was shown to make the figures possible.
        rest: Whether the series is possible without one of the conflict's rows, so that a repair suffices.
        one_definition: If rows of the same subjects state different estimators: the outcome with each of them
        applied to all rows.
        cutoffs: Possible ranges of the data cutoffs that are not stated.
        witness: With ``consistent``: the example history, as events.
        solver_missing: Whether the solver could have decided more but is not installed.
        hurried: Whether the time limit cut something short.
    """

    answer: Word
    series: Series
    attempts: tuple[Attempt, ...]
    reason: str = ""
    by_rows: PartAnswer = POSSIBLE
    by_words: PartAnswer = POSSIBLE
    also: tuple[Terms, ...] = ()
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
        """The reading under which the series is consistent; None if there is none."""
        return self.attempts[-1] if self.answer == "consistent" else None

    @property
    def assumed(self) -> bool:
        """Whether the example history assumes a number of subjects that no row gives."""
        return self.chosen is not None and any(self.series.groups[group].n is None for group in self.chosen.numbers)

    @property
    def repaired(self) -> str | None:
        """The rows that the repairs make possible; None without a conflict."""
        return None if self.conflict is None else REPAIRED[self.rest]


@dataclass(frozen=True)
class AuditRequest:
    """The options of an audit.

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


def audit(readings: Sequence[RowReading], request: AuditRequest, effort: Effort, recompute: Recompute) -> AuditResult:
    """Decide whether the figures of some rows can all be true, and say why.

    First, everything that was read from the words is binding. If that is not shown to be possible, what the words
    only suggest is left open. The series is called inconsistent only if it is impossible even then.

    Args:
        readings: The rows.
        request: The options; ``told`` is called with the current step of the audit.
        effort: Time limit and counters.
        recompute: Confirms a history that was found, by the projections of a log.

    Raises:
        QuestionError: A part of the definition that is to hold for every figure contradicts a row.
    """
    refuse_contradictions(readings, request.definition, request.given)
    asked = _Asked(readings, request, effort, recompute)
    read = asked.auditor("all words")
    if not read.rows:
        why = "no row gives a figure that can be checked"
        nothing = PartAnswer("undecided", why)
        attempt = Attempt(read.readings[0], "unknown", why=why)
        return AuditResult("undecided", read.series, (attempt,), why, by_rows=nothing, by_words=nothing)
    request.told("looking for a history")
    firm = asked.auditor("firm words")
    with effort.within(1.0 if firm is read else AS_READ):
        found = asked.decided(read)
    by_words = PartAnswer(found.answer, found.reason)
    if found.answer != "consistent" and firm is not read:
        request.told("looking for a history that leaves open what words only suggest")
        found = asked.decided(firm)
        if found.answer == "inconsistent":
            by_words = PartAnswer("inconsistent", found.reason)
    found = replace(found, by_words=by_words)
    if found.answer == "consistent":
        return asked.consistent(found)
    if found.answer == "undecided":
        return replace(found, by_rows=PartAnswer("undecided", found.reason))
    by_rows = asked.by_rows(found)
    return replace(asked.inconsistent(found), by_rows=by_rows)


class _Asked:
    """One audit: its auditors, and the conclusions from their decisions."""

    def __init__(
        self, readings: Sequence[RowReading], request: AuditRequest, effort: Effort, recompute: Recompute
    ) -> None:
        self.readings, self.request, self.effort, self.recompute = readings, request, effort, recompute
        self._auditors: list[Auditor] = []

    def auditor(self, how: Following) -> Auditor:
        """Return the auditor of the rows for a way of following words; the same one if the way makes no difference."""
        request = self.request
        series = series_of(
            following(self.readings, how), n_given=request.n, only=request.cohorts, guess=how == "all words"
        )
        for known in self._auditors:
            if (known.series.claims, known.series.groups) == (series.claims, series.groups):
                return known
        made = Auditor(series, self.effort, request.definition, request.given, request.cutoffs)
        self._auditors.append(made)
        return made

    def _auditor_of(self, found: AuditResult) -> Auditor:
        return next(auditor for auditor in self._auditors if auditor.series is found.series)

    def decided(self, auditor: Auditor) -> AuditResult:
        """Return the answer of an auditor without explanations."""
        attempts = auditor.search(auditor.rows, lambda attempt: self._missed(auditor, attempt))
        result = AuditResult("consistent", auditor.series, attempts, hurried=self.effort.hurried)
        if attempts[-1].outcome == "yes":
            return result
        if all(attempt.outcome == "no" for attempt in attempts):
            broken = next((attempt.breaches[0].reason for attempt in attempts if attempt.breaches), "")
            return replace(result, answer="inconsistent", reason=broken or "no history gives every figure")
        reasons = [attempt.why for attempt in attempts if attempt.why]
        missing = MISSING in reasons
        reason = MISSING if missing else reasons[0] if reasons else "the time is over"
        return replace(result, answer="undecided", reason=reason, solver_missing=missing)

    def _missed(self, auditor: Auditor, attempt: Attempt) -> str:
        """Return the figures that a replay of a history does not give; empty if it gives every figure."""
        assert attempt.history is not None  # noqa: S101  # a possible reading has its history
        witness = Witness(auditor.series, attempt.terms, auditor.rows, attempt.history)
        try:
            missed = [each for each in self.recompute(witness.trial, witness.events()) if not each.confirmed]
        except TrialogError as error:
            return f"the log refuses the history that was found: {error}"
        names = ", ".join(verdict.figure.figure for verdict in missed)
        return f"a replay of the history that was found misses {names}" if missed else ""

    def consistent(self, found: AuditResult) -> AuditResult:
        """Return the answer with a simpler history, the other definitions that work, and windows of cutoffs."""
        auditor = self._auditor_of(found)
        again = auditor.attempt(auditor.rows, found.attempts[-1].terms, plain=True)
        plainer = again.outcome == "yes" and not self._missed(auditor, again)
        chosen = again if plainer else found.attempts[-1]
        assert chosen.history is not None  # noqa: S101  # a possible reading has its history
        self.request.told("looking how far each cutoff can be moved")
        self.effort.each = self.effort.seconds * ONE_TRIAL
        windows = tuple(cutoff_windows(auditor, chosen.terms, auditor.rows))
        # These are few, and show whether the series is possible without its change of definition.
        self.effort.each = self.effort.seconds * ONE_DEFINITION
        return replace(
            found,
            attempts=(*found.attempts[:-1], chosen),
            also=auditor.also(auditor.rows, chosen),
            one_definition=single_definitions(auditor),
            cutoffs=windows,
            witness=tuple(Witness(auditor.series, chosen.terms, auditor.rows, chosen.history).lines()),
            hurried=self.effort.hurried,
        )

    def by_rows(self, found: AuditResult) -> PartAnswer:
        """Return the answer for the rows without their words, if the words conflict."""
        rows = self.auditor("rows")
        if rows.series is found.series:
            return PartAnswer("inconsistent", found.reason)
        self.request.told("looking at what the rows state without their words")
        with self.effort.within(BY_ROWS):
            stated = self.decided(rows)
        return PartAnswer(stated.answer, stated.reason)

    def inconsistent(self, found: AuditResult) -> AuditResult:
        """Return the answer with the smallest conflict, its repairs, and windows of cutoffs."""
        auditor = self._auditor_of(found)
        self.request.told("looking for the smallest conflict")
        conflict = auditor.conflict()
        self.effort.each = self.effort.seconds * ONE_TRIAL
        repairer = Repairer(auditor, conflict)
        self.request.told("looking for repairs")
        repairs = tuple(repairer.repairs())
        self.request.told("looking how far each cutoff can be moved")
        windows = tuple(cutoff_windows(auditor, auditor.readings[0], repairer.scope, conflict=conflict.rows))
        return replace(
            found,
            reason=conflict.reason,
            by_words=replace(found.by_words, reason=conflict.reason),
            conflict=conflict,
            repairs=repairs,
            rest=repairer.rest,
            solver_missing=not installed(),
            one_definition=single_definitions(auditor),
            cutoffs=windows,
            hurried=self.effort.hurried,
        )
