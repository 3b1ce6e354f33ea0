"""The answer to ``audit``: whether announced figures can all be true, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.events.dates import iso
from trialog.events.definition import Censoring, ConfType, Counting, Estimator, Month, Ties

if TYPE_CHECKING:
    from trialog.audit.answering.answer import AuditResult, PartAnswer
    from trialog.audit.answering.cutoffs import CutoffWindow
    from trialog.audit.answering.repairs import Repair
    from trialog.audit.deciding.search import Attempt
    from trialog.audit.reading.claims import Series
    from trialog.audit.reading.terms import Terms
    from trialog.exchange.register.row_reading import RowReading

Word = Literal["consistent", "inconsistent", "undecided"]
EXIT_CODES: Final[Mapping[Word, int]] = {"consistent": 0, "inconsistent": 1, "undecided": 2}
_WORDS: Final[Mapping[str, Word]] = {"yes": "consistent", "no": "inconsistent", "unknown": "undecided"}
_CELLS: Final = ("date_announced", "data_cutoff", "cohort", "measure", "value", "unit", "n", "source", "quote")


class RowPart(Part):
    """A row of the file, in its own words."""

    row: int = Field(description="Its number among the rows of the file, from 1.")
    line: int | None = Field(description="The line of the file on which it begins; null in a form without lines.")
    date_announced: str | None
    data_cutoff: str | None
    cohort: str | None
    measure: str | None
    value: str | None
    unit: str | None
    n: str | None
    source: str | None
    quote: str | None


class UsedRow(RowPart):
    """A row that the answer rests on."""

    role: Literal["figure", "fact", "context"] = Field(serialization_alias="as")
    inferred: dict[str, str] = Field(description="What the row does not state, and by which rule it was inferred.")


class UnusedRow(RowPart):
    """A row that plays no part."""

    why: str


class TermsPart(Part):
    """How the figures were read if their row does not say it."""

    estimator: Estimator
    censoring: Censoring
    month: Month
    ties: Ties
    conf_type: ConfType
    level: float
    counting: Counting
    cutoffs: Literal["as said", "free"] = Field(description="Data cutoffs that no row states.")

    @classmethod
    def of(cls, terms: Terms) -> Self:
        """Return terms as a part of an answer."""
        definition = terms.definition
        return cls(
            estimator=definition.estimator,
            censoring=definition.censoring,
            month=definition.month,
            ties=definition.ties,
            conf_type=definition.conf_type,
            level=definition.level,
            counting=definition.counting,
            cutoffs=terms.cutoffs,
        )


class EvidencePart(Part):
    """What one part of the evidence says by itself."""

    answer: Word
    reason: str | None

    @classmethod
    def of(cls, part: PartAnswer) -> Self:
        """Return it as a part of an answer."""
        return cls(answer=part.answer, reason=part.reason or None)


class AttemptPart(Part):
    """One way to read the figures, and what came of it."""

    definition: TermsPart
    answer: Word
    reason: str | None
    conflict: tuple[RowPart, ...] = Field(description="The rows that break a law, if a law decided.")

    @classmethod
    def of(cls, attempt: Attempt, series: Series) -> Self:
        """Return an attempt as a part of an answer."""
        broken = attempt.breaches[0] if attempt.breaches else None
        return cls(
            definition=TermsPart.of(attempt.terms),
            answer=_WORDS[attempt.outcome],
            reason=broken.reason if broken else attempt.why or None,
            conflict=row_parts(series, broken.rows) if broken else (),
        )


class RepairPart(Part):
    """A change after which the figures of the conflict can be true; each kind has fields of its own."""

    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset(
        {"announced_on", "cutoff_on_or_before", "lag_days", "estimator", "part", "up_to", "since", "from", "values",
         "month", "cohort", "counted", "others_count"}
    )  # fmt: skip

    kind: str
    words: str = Field(description="The change in a sentence.")
    rows: tuple[int, ...] = Field(description="The rows that it reads otherwise.")
    announced_on: str | None = None
    cutoff_on_or_before: str | None = None
    lag_days: int | None = None
    estimator: Estimator | None = None
    part: str | None = Field(default=None, description="The part of the definition that changes.")
    up_to: str | None = Field(default=None, description="Last day of the first definition.")
    since: str | None = Field(default=None, serialization_alias="from", description="First day of the second one.")
    values: tuple[str, ...] | None = Field(default=None, description="What the part is before and after.")
    month: Month | None = None
    cohort: str | None = None
    counted: int | None = None
    others_count: int | None = None

    @classmethod
    def of(cls, repair: Repair, series: Series) -> Self:
        """Return a repair as a part of an answer."""
        rows = tuple(row.row for row in row_parts(series, repair.rows))
        return cls(kind=repair.kind, words=repair.words, rows=rows, **repair.details)


class WindowPart(Part):
    """The data cutoffs under which the figures of one release can stand."""

    announced_on: str
    rows: tuple[int, ...]
    earliest: str | None
    latest: str | None
    shown_to_be_none: bool
    earliest_is_end_of_search: bool
    latest_is_end_of_search: bool
    without_row: int | None = Field(description="A conflicting row that was left out for this.")

    @classmethod
    def of(cls, window: CutoffWindow, series: Series) -> Self:
        """Return a window as a part of an answer."""
        return cls(
            announced_on=series.releases[window.release].words,
            rows=tuple(row.row for row in row_parts(series, window.rows)),
            earliest=None if window.earliest is None else iso(window.earliest),
            latest=None if window.latest is None else iso(window.latest),
            shown_to_be_none=window.latest is None and window.decided,
            earliest_is_end_of_search=window.open_before,
            latest_is_end_of_search=window.open_after,
            without_row=None if window.without is None else series.readings[window.without].row.number,
        )


class ExamplePart(Part):
    """A cohort's constructed subjects in the example history."""

    subjects: int
    first_entry: str
    last_entry: str
    deaths: int
    lost: int


class CohortPart(Part):
    """A cohort of the file."""

    cohort: str
    origin: str | None
    n: int | None = Field(description="Subjects, as a row states them.")
    n_assumed: int | None = Field(description="Subjects that the example history has, if no row states them.")
    rows: tuple[int, ...]
    example: ExamplePart | None = Field(description="Null if no history was found.")

    @classmethod
    def of(cls, result: AuditResult, number: int) -> Self:
        """Return one cohort as a part of an answer."""
        group, chosen = result.series.groups[number], result.chosen
        return cls(
            cohort=group.label,
            origin=group.origin,
            n=group.n,
            n_assumed=None if chosen is None or group.n is not None else chosen.numbers.get(number),
            rows=tuple(
                row.row
                for row in row_parts(
                    result.series, {claim.row for claim in result.series.claims if number in claim.groups}
                )
            ),
            example=_example(chosen, number),
        )


def _example(chosen: Attempt | None, number: int) -> ExamplePart | None:
    people = chosen.history.people.get(number) if chosen is not None and chosen.history is not None else None
    if not people:
        return None
    entries = [person.entry for person in people]
    return ExamplePart(
        subjects=len(people),
        first_entry=iso(min(entries)),
        last_entry=iso(max(entries)),
        deaths=sum(person.end is not None and not person.lost for person in people),
        lost=sum(person.lost for person in people),
    )


class AuditAnswer(Answer):
    """Whether the announced figures of a file can all be true."""

    SCHEMA: ClassVar[str] = "audit/1"

    answer: Word = Field(
        description="consistent: some history of subjects gives every figure, and here is one. inconsistent: it was "
        "shown that none does. undecided: neither, within the time."
    )
    reason: str | None
    file: str
    by_rows: EvidencePart = Field(description="What the columns and values say, without the words.")
    by_words: EvidencePart = Field(description="What they say with everything that was read into the words.")
    definition: TermsPart | None = Field(description="Under which the figures are consistent.")
    other_definitions: tuple[TermsPart, ...] = Field(
        description="Other definitions under which the same history gives every figure."
    )
    read_as: TermsPart = Field(description="The plainest reading.")
    conflict: tuple[RowPart, ...] = Field(description="Figures that cannot all be true, as few as possible.")
    conflict_is_minimal: bool | None
    repairs: tuple[RepairPart, ...]
    repairs_make_possible: str | None
    witness: tuple[dict[str, Any], ...] | None = Field(
        description="A history that gives every figure, as events of constructed subjects."
    )
    definitions: tuple[AttemptPart, ...] = Field(description="Every reading that was tried.")
    one_definition_for_all: tuple[AttemptPart, ...]
    cutoffs: tuple[WindowPart, ...] = Field(description="Data cutoffs that no row states.")
    cohorts: tuple[CohortPart, ...]
    used: tuple[UsedRow, ...]
    not_used: tuple[UnusedRow, ...]
    notes: tuple[str, ...]
    time_limit_reached: bool
    solver_missing: str | None = Field(description="How to install the solver, if it would have told more.")
    trialog: str = Field(description="Version of the program.")

    @property
    def exit_code(self) -> int:
        """0 for consistent, 1 for inconsistent, 2 for undecided."""
        return EXIT_CODES[self.answer]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each row of the file: its cells, what it was used for or why not, whether it is in the conflict."""
        conflict = {row.row for row in self.conflict}
        said: dict[int, tuple[str | None, str | None]] = {row.row: (row.role, None) for row in self.used}
        said |= {row.row: (None, row.why) for row in self.not_used}
        rows: list[RowPart] = [*self.used, *self.not_used]
        for row in sorted(rows, key=lambda row: row.row):
            cells = {name: getattr(row, name) for name in RowPart.model_fields}
            role, why = said[row.row]
            yield {**cells, "as": role, "why_not": why, "in_conflict": row.row in conflict}


def result_fields(result: AuditResult) -> dict[str, Any]:
    """Return the fields of `AuditAnswer` that come from an audit's result."""
    from trialog.audit.deciding.solver import MISSING

    series, chosen, conflict = result.series, result.chosen, result.conflict
    return {
        "answer": result.answer,
        "reason": result.reason or None,
        "by_rows": EvidencePart.of(result.by_rows),
        "by_words": EvidencePart.of(result.by_words),
        "definition": None if chosen is None else TermsPart.of(chosen.terms),
        "other_definitions": tuple(TermsPart.of(terms) for terms in result.also),
        "read_as": TermsPart.of(result.attempts[0].terms),
        "conflict": () if conflict is None else row_parts(series, conflict.rows),
        "conflict_is_minimal": None if conflict is None else conflict.minimal,
        "repairs": tuple(RepairPart.of(repair, series) for repair in result.repairs),
        "repairs_make_possible": result.repaired,
        "witness": result.witness or None,
        "definitions": tuple(AttemptPart.of(attempt, series) for attempt in result.attempts),
        "one_definition_for_all": tuple(AttemptPart.of(attempt, series) for attempt in result.one_definition),
        "cutoffs": tuple(WindowPart.of(window, series) for window in result.cutoffs),
        "cohorts": tuple(CohortPart.of(result, number) for number in range(len(series.groups))),
        "used": _used(series),
        "not_used": unused_rows(series),
        "notes": series.notes,
        "time_limit_reached": result.hurried,
        "solver_missing": MISSING if result.solver_missing else None,
    }


def in_order(series: Series, rows: Iterable[int]) -> list[int]:
    """Return rows in the order of the file."""
    return sorted(rows, key=lambda row: series.readings[row].row.number)


def unused_rows(series: Series) -> tuple[UnusedRow, ...]:
    """Return the rows that play no part, each with the reason, in the order of the file."""
    rows = in_order(series, series.unused)
    return tuple(UnusedRow(**_cells(series.readings[row]), why=series.unused[row]) for row in rows)


def row_parts(series: Series, rows: Iterable[int]) -> tuple[RowPart, ...]:
    """Return rows in the order of the file, in their own words."""
    return tuple(RowPart(**_cells(series.readings[row])) for row in in_order(series, rows))


def _cells(reading: RowReading) -> dict[str, Any]:
    row = reading.row
    return {"row": row.number, "line": row.line or None, **{name: row.get(name) or None for name in _CELLS}}


def _used(series: Series) -> tuple[UsedRow, ...]:
    claims = {claim.row for claim in series.claims} | series.arithmetic
    roles: dict[int, Literal["figure", "fact", "context"]] = dict.fromkeys(series.context, "context")
    roles |= {fact.row: "fact" for fact in series.facts}
    roles |= dict.fromkeys(claims, "figure")
    return tuple(
        UsedRow(
            **_cells(series.readings[row]),
            role=roles[row],
            inferred={each.field: each.rule for each in series.readings[row].figure.inferred},
        )
        for row in in_order(series, roles)
    )
