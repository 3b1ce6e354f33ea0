"""An audit from beginning to end: the answer, what it rests on, and as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from trialog.audit.answering.cutoffs import CutoffWindow, cutoff_windows
from trialog.audit.answering.repairs import Repair, Repairer
from trialog.audit.answering.witness import Line, Witness
from trialog.audit.deciding.search import Attempt, Auditor, Conflict, Rows, single_definitions
from trialog.audit.deciding.solver import MISSING, Effort, Outcome, installed
from trialog.audit.reading.claims import Series
from trialog.audit.reading.constraints import Terms
from trialog.audit.reading.series import series_of
from trialog.events.dates import iso
from trialog.events.definition import Definition
from trialog.events.errors import TrialogError
from trialog.events.kinds import TrialEvent
from trialog.events.version import __version__
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

EXIT_CODES: Final[Mapping[Word, int]] = {"consistent": 0, "inconsistent": 1, "undecided": 2}


@dataclass(frozen=True)
class AuditAnswer:
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
    def exit_code(self) -> int:
        """0 for consistent, 1 for inconsistent, 2 for undecided."""
        return EXIT_CODES[self.answer]


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


def audit(readings: Sequence[RowReading], request: Request, effort: Effort, recompute: Recompute) -> AuditAnswer:
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
        return AuditAnswer("undecided", series, (Attempt(auditor.readings[0], "unknown", why=why),), reason=why)
    attempts = auditor.search(auditor.rows)
    last = attempts[-1]
    if last.outcome == "yes":
        return _consistent(auditor, attempts, request, recompute)
    if all(attempt.outcome == "no" for attempt in attempts):
        return _inconsistent(auditor, attempts, request)
    reasons = [attempt.why for attempt in attempts if attempt.why]
    missing = MISSING in reasons
    return AuditAnswer(
        "undecided",
        series,
        attempts,
        reason=MISSING if missing else reasons[0] if reasons else "the time is over",
        solver_missing=missing,
        hurried=effort.hurried,
    )


def _consistent(auditor: Auditor, attempts: tuple[Attempt, ...], request: Request, recompute: Recompute) -> AuditAnswer:
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
        return AuditAnswer("undecided", series, attempts, reason=f"the log refuses the history that was found: {error}")
    if missed:
        names = ", ".join(verdict.figure.figure for verdict in missed)
        return AuditAnswer(
            "undecided", series, attempts, reason=f"a replay of the history that was found misses {names}"
        )
    request.told("looking how far each cutoff can be moved")
    effort.each = effort.seconds * ONE_TRIAL
    windows = tuple(cutoff_windows(auditor, chosen.terms, auditor.rows))
    # These are few, and say what the series would be without its change of definition.
    effort.each = effort.seconds * ONE_DEFINITION
    return AuditAnswer(
        "consistent",
        series,
        attempts,
        one_definition=single_definitions(auditor),
        cutoffs=windows,
        witness=tuple(witness.lines()),
        hurried=effort.hurried,
    )


def _inconsistent(auditor: Auditor, attempts: tuple[Attempt, ...], request: Request) -> AuditAnswer:
    request.told("looking for the smallest conflict")
    conflict = auditor.conflict()
    auditor.effort.each = auditor.effort.seconds * ONE_TRIAL
    repairer = Repairer(auditor, conflict)
    request.told("looking for repairs")
    repairs = tuple(repairer.repairs())
    request.told("looking how far each cutoff can be moved")
    windows = tuple(cutoff_windows(auditor, auditor.readings[0], repairer.scope, conflict=conflict.rows))
    return AuditAnswer(
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


# As plain data


def answer_as_dict(answer: AuditAnswer, place: str) -> dict[str, Any]:
    """Return an answer as plain data; rows are numbered as in the file."""
    series, chosen = answer.series, answer.chosen
    return {
        "answer": answer.answer,
        "reason": answer.reason or None,
        "file": place,
        "definition": None if chosen is None else _definition(chosen.terms),
        "read_as": _definition(answer.attempts[0].terms),
        "conflict": [] if answer.conflict is None else rows_as_dicts(series, answer.conflict.rows),
        "conflict_is_minimal": None if answer.conflict is None else answer.conflict.minimal,
        "repairs": [_repair(series, repair) for repair in answer.repairs],
        "repairs_make_possible": _scope(answer),
        "witness": list(answer.witness) or None,
        "definitions": [_attempt(series, attempt) for attempt in answer.attempts],
        "one_definition_for_all": [_attempt(series, attempt) for attempt in answer.one_definition],
        "cutoffs": [_window(series, window) for window in answer.cutoffs],
        "cohorts": [_group(answer, number) for number in range(len(series.groups))],
        "used": _used(series),
        "not_used": [
            {**_row(series.readings[row]), "why": series.unused[row]} for row in _in_file_order(series, series.unused)
        ],
        "notes": list(series.notes),
        "time_limit_reached": answer.hurried,
        "trialog": __version__,
    }


def _scope(answer: AuditAnswer) -> str | None:
    if answer.conflict is None:
        return None
    return REPAIRED[answer.rest]


def _definition(terms: Terms) -> dict[str, Any]:
    definition = terms.definition
    return {
        "estimator": definition.estimator,
        "censoring": definition.censoring,
        "month": definition.month,
        "ties": definition.ties,
        "cutoffs": terms.cutoffs,
    }


def _attempt(series: Series, attempt: Attempt) -> dict[str, Any]:
    words: dict[str, Word] = {"yes": "consistent", "no": "inconsistent", "unknown": "undecided"}
    return {
        "definition": _definition(attempt.terms),
        "answer": words[attempt.outcome],
        "reason": attempt.breaches[0].reason if attempt.breaches else attempt.why or None,
        "conflict": rows_as_dicts(series, frozenset(attempt.breaches[0].rows)) if attempt.breaches else [],
    }


def rows_as_dicts(series: Series, rows: Rows) -> list[dict[str, Any]]:
    """Return some rows, in the order of the file, with their numbers and their words."""
    return [_row(series.readings[row]) for row in _in_file_order(series, rows)]


def _in_file_order(series: Series, rows: Rows | Mapping[int, Any]) -> list[int]:
    return sorted(rows, key=lambda row: series.readings[row].row.number)


def _row(reading: RowReading) -> dict[str, Any]:
    row = reading.row
    return {
        "row": row.number,
        "line": row.line or None,
        **{
            name: row.get(name) or None
            for name in ("date_announced", "data_cutoff", "cohort", "measure", "value", "unit", "n", "source", "quote")
        },
    }


def _used(series: Series) -> list[dict[str, Any]]:
    claims = {claim.row for claim in series.claims} | {share.row for share in series.shares}
    roles = dict.fromkeys(series.context, "context")
    roles |= {fact.row: "fact" for fact in series.facts} | dict.fromkeys(claims, "figure")
    return [
        {
            **_row(series.readings[row]),
            "as": roles[row],
            "inferred": {each.field: each.rule for each in series.readings[row].figure.inferred},
        }
        for row in _in_file_order(series, roles)
    ]


def _repair(series: Series, repair: Repair) -> dict[str, Any]:
    return {
        "kind": repair.kind,
        "words": repair.words,
        "rows": [each["row"] for each in rows_as_dicts(series, repair.rows)],
        **repair.details,
    }


def _window(series: Series, window: CutoffWindow) -> dict[str, Any]:
    release = series.releases[window.release]
    without = None if window.without is None else series.readings[window.without].row.number
    return {
        "announced_on": release.words,
        "rows": [each["row"] for each in rows_as_dicts(series, window.rows)],
        "earliest": None if window.earliest is None else iso(window.earliest),
        "latest": None if window.latest is None else iso(window.latest),
        "shown_to_be_none": window.latest is None and window.decided,
        "earliest_is_end_of_search": window.open_before,
        "latest_is_end_of_search": window.open_after,
        "without_row": without,
    }


def _group(answer: AuditAnswer, number: int) -> dict[str, Any]:
    group = answer.series.groups[number]
    assumed = None if answer.chosen is None or group.n is not None else answer.chosen.numbers.get(number)
    rows = frozenset(claim.row for claim in answer.series.claims if number in claim.groups)
    return {
        "cohort": group.label,
        "origin": group.origin,
        "n": group.n,
        "n_assumed": assumed,
        "rows": [each["row"] for each in rows_as_dicts(answer.series, rows)],
    }
