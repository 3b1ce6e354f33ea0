"""The rows of ADTTE: the times of the figures, each with the record that its end rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trialog.events import kinds
from trialog.events.arrays import NO_DAY, EventArrays
from trialog.events.definition import Definition
from trialog.events.errors import QuestionError
from trialog.events.index_columns import evaluator_code
from trialog.events.measures import Endpoint
from trialog.events.vocabulary import CRITERIA, EVALUATORS, Confirmation, Criteria
from trialog.projections.adtte.ends import Ends
from trialog.projections.adtte.provenance import Sources, corrected_sources, references_of
from trialog.projections.adtte.rules import (
    ALIVE,
    ALIVE_DURING,
    BY_ASSESSMENT,
    DEATH,
    LAST_ASSESSMENT,
    ORIGIN_WORDS,
    PARAMETERS,
    PROGRESSION,
    Parameter,
    Rules,
)
from trialog.projections.confirmation import confirmable
from trialog.projections.state.as_of import State, cut
from trialog.projections.state.enrollments import SEXES
from trialog.projections.state.placing import SHOWS_ALIVE
from trialog.projections.state.rows import Rows, rows_in_force, some_rows
from trialog.projections.times import Times, origins, times

Source = Callable[[int], str]
"""Gives the source of the event in a row of the log."""

_SHOWS_ALIVE_IN_SDTM: Final = ("AE", "LB", "SS")
_DOSING: Final = {"EX": "EXENDTC", "EC": "ECENDTC"}
_ENDPOINTS: Final[dict[Parameter, tuple[Endpoint, Confirmation]]] = {
    "OS": ("overall survival", "as assessed"),
    "FUOS": ("overall survival", "as assessed"),
    "PFS": ("progression-free survival", "as assessed"),
    "TTP": ("time to progression", "as assessed"),
    "RSD": ("duration of response", "as assessed"),
    "CRSD": ("duration of response", "confirmed"),
}


@dataclass(frozen=True, slots=True)
class TimeToEvent:
    """A row of ADTTE.

    Attributes:
        subject: Id.
        cohort: Label.
        age, sex: As stated at enrollment.
        parameter: Code.
        start, end: Days from 1970-01-01.
        censored: 0 for an event, 1 for a censoring.
        what, until: Values of EVNTDESC and CNSDTDSC.
        domain, variable, sequence: The source record of the end.
        position: Position in the log of the event that shows the end.
    """

    subject: str
    cohort: str
    age: int | None
    sex: str | None
    parameter: Parameter
    start: int
    end: int
    censored: int
    what: str
    until: str | None
    domain: str
    variable: str | None
    sequence: int | None
    position: int

    @property
    def length(self) -> int:
        """AVAL: days from start to end, both counted."""
        return self.end - self.start + 1


@dataclass(frozen=True)
class Adtte:
    """All rows, by subject and parameter.

    Attributes:
        rows: See `TimeToEvent`.
        rules: As asked for, with the criteria that were found in use.
        without_origin: Subjects who have no origin by the cutoff and therefore no row.
        notes: Parameters that could not be made, and why.
        not_understood: Assessments of each subject that the rows leave out because an import could not read them.
    """

    rows: tuple[TimeToEvent, ...]
    rules: Rules
    without_origin: tuple[str, ...]
    notes: tuple[str, ...]
    not_understood: Mapping[str, int] = field(default_factory=dict)


def adtte(
    columns: EventArrays,
    sources: Sources,
    rules: Rules,
    *,
    cutoff: int | None = None,
    known_at: int | None = None,
    parameters: Sequence[Parameter] = tuple(PARAMETERS),
) -> Adtte:
    """Return the time-to-event rows of a trial.

    Args:
        columns: The trial's columns.
        sources: Sources of the events in the same state of the log.
        rules: Definition, evaluator, criteria, last day alive.
        cutoff: Nothing after this day counts; None for everything.
        known_at: Nothing that became known after this day counts; None for everything.
        parameters: Which.

    Raises:
        QuestionError: The evaluator used several sets of criteria, and the rules do not say which counts.
    """
    every = rows_in_force(columns, known_at)
    last = _last_day(every) if cutoff is None else cutoff
    criteria, progressed = _criteria(every, rules, last)
    rules = replace(rules, criteria=criteria)
    missed = _not_understood(every, columns, rules, last)
    wanted, notes = _possible(parameters, rules, progressed=progressed, missed=bool(missed))
    corrected = corrected_sources(columns, sources, known_at)

    def source(row: int) -> str:
        return corrected.get(row, sources.text[row])

    used = some_rows(every, _counted(every, rules))
    alive = _alive(used, sources, source, rules)
    state = cut(used, columns, last, known_at, alive=alive)
    definition = replace(rules.definition, population="enrolled", censoring="last known alive", counting="elapsed")
    taken = {
        code: times(state, definition, None, endpoint, evaluator=rules.evaluator, confirmation=confirmation)
        for code in wanted
        for endpoint, confirmation in (_ENDPOINTS[code],)
    }
    ends = Ends.of(used, state, columns, alive, rules)
    made = [row for code in wanted for row in _rows(code, taken[code], state, ends, rules, source)]
    # A code is ordered by its letters, as {admiralonco} numbers ASEQ.
    made.sort(key=lambda row: (row.subject, row.parameter))
    return Adtte(tuple(made), rules, _without_origin(every, columns, state, definition), tuple(notes), missed)


def _not_understood(rows: Rows, columns: EventArrays, rules: Rules, last: int) -> dict[str, int]:
    """Return how many assessments of each subject were not understood that the evaluator made, or may have made."""
    at = rows.of(kinds.AssessmentNotUnderstood.KIND)
    at = at[(rows.first[at] <= last) & np.isin(rows.code[at], (0, evaluator_code(rules.evaluator)))]
    return dict(sorted(Counter(columns.subjects[subject] for subject in rows.subject[at].tolist()).items()))


def _last_day(rows: Rows) -> int:
    """Return a day after everything that is known."""
    randomised = rows.enrollments.randomised
    return int(max(rows.last.max(initial=0), randomised[randomised != NO_DAY].max(initial=0)))


def _possible(
    parameters: Sequence[Parameter], rules: Rules, *, progressed: bool, missed: bool
) -> tuple[list[Parameter], list[str]]:
    """Return the parameters that can be made, and notes about the others."""
    wanted, notes = list(parameters), []
    if rules.criteria is None and not progressed:
        missing = [code for code in parameters if code in BY_ASSESSMENT and code != "CRSD"]
        if missing:
            none = "was understood, and" if missed else "and"
            notes.append(
                f"{', '.join(missing)} left out: no assessment by {rules.evaluator} {none} no progression is in the log"
            )
        wanted = [code for code in parameters if code not in BY_ASSESSMENT]
    if rules.criteria is None or not confirmable(rules.criteria):
        wanted = [code for code in wanted if code != "CRSD"]
    return wanted, notes


def _criteria(rows: Rows, rules: Rules, last: int) -> tuple[Criteria | None, bool]:
    """Return the criteria in use by the evaluator, and whether it found or ruled out a progression otherwise."""
    evaluator = EVALUATORS.index(rules.evaluator)
    seen = rows.first <= last
    found = seen & (rows.kind == kinds.ProgressionFound.KIND) & (rows.code // 10 == evaluator)
    found |= seen & (rows.kind == kinds.ProgressionRuledOut.KIND) & (rows.code == evaluator_code(rules.evaluator))
    assessed = seen & (rows.kind == kinds.ResponseAssessed.KIND) & (rows.code // 10 % 10 == evaluator)
    in_use = tuple(CRITERIA[place] for place in np.unique(rows.code[assessed] // 10_000).tolist())
    progressed = bool(found.any())
    if rules.criteria is not None:
        return (rules.criteria if rules.criteria in in_use else None), progressed
    if len(in_use) > 1:
        raise QuestionError(
            f"{rules.evaluator} assessed by {', '.join(sorted(in_use))}; say with --criteria which counts"
        )
    return next(iter(in_use), None), progressed


def _counted(rows: Rows, rules: Rules) -> NDArray[np.bool_]:
    """Return which events count: of the assessments those by the criteria, and by year alone if the rules say so."""
    assessed = rows.kind == kinds.ResponseAssessed.KIND
    counted: NDArray[np.bool_] = ~assessed
    if rules.criteria is not None:
        counted |= assessed & (rows.code // 10_000 == CRITERIA.index(rules.criteria))
    if rules.year_alone == "ignored":
        counted &= ~(assessed & rows.by_year)
    return counted


def _alive(rows: Rows, sources: Sources, source: Source, rules: Rules) -> NDArray[np.bool_]:
    """Return which events show a subject alive."""
    shows: NDArray[np.bool_] = np.isin(rows.kind, SHOWS_ALIVE)
    if rules.last_alive == "any event":
        return shows
    for place in np.flatnonzero(shows).tolist():
        row = int(rows.row[place])
        if sources.from_sdtm[row]:
            shows[place] = _shows_alive_in_sdtm(source(row), complete=bool(rows.first[place] == rows.last[place]))
    return shows


def _shows_alive_in_sdtm(source: str, *, complete: bool) -> bool:
    """Tell whether an event from SDTM counts for {admiral}'s last day known alive."""
    for reference in references_of(source):
        if reference.dataset in _SHOWS_ALIVE_IN_SDTM:
            return True
        if complete and _DOSING.get(reference.dataset) in reference.variables:
            return True
    return False


def _without_origin(rows: Rows, columns: EventArrays, state: State, definition: Definition) -> tuple[str, ...]:
    """Return the enrolled subjects who have no origin by the cutoff."""
    enrolled = np.unique(rows.subject[rows.kind == kinds.SubjectEnrolled.KIND])
    has = state.number[origins(state, definition) != NO_DAY]
    return tuple(sorted(columns.subjects[number] for number in np.setdiff1d(enrolled, has).tolist()))


def _rows(code: Parameter, of: Times, state: State, ends: Ends, rules: Rules, source: Source) -> Iterator[TimeToEvent]:
    """Yield the rows of a parameter."""
    origin_words = ORIGIN_WORDS[rules.origin]
    survival = of.endpoint == "overall survival"
    for subject, start, end, ended in zip(
        of.subject.tolist(), of.origin.tolist(), of.end.tolist(), of.ended.tolist(), strict=True
    ):
        begins = ends.origin(subject, start, of.endpoint)
        if ended:
            row = None if survival else ends.progression(subject, end)
            what, until = (DEATH, None) if row is None else (PROGRESSION, None)
            row = ends.death(subject) if row is None else row
        elif end == start and of.endpoint != "duration of response":
            row, what, until = begins, origin_words, origin_words
        elif survival:
            row, what, until = ends.alive(subject, end), ALIVE, ALIVE_DURING
        else:
            row, what, until = ends.assessment(subject, end), LAST_ASSESSMENT, LAST_ASSESSMENT
        censored = int(not ended)
        if code == "FUOS":
            censored, until = 1 - censored, DEATH if ended else None
        domain, variable, sequence = _written(row, ends.is_enrollment(subject, row), source)
        age, sex = int(ends.age[subject]), int(ends.sex[subject])
        yield TimeToEvent(
            subject=state.subjects[subject],
            cohort=str(state.cohort[subject]),
            age=None if age < 0 else age,
            sex=None if sex < 0 else SEXES[sex],
            parameter=code,
            start=start,
            end=end,
            censored=censored,
            what=what,
            until=until,
            domain=domain,
            variable=variable,
            sequence=sequence,
            position=row + 1,
        )


def _written(row: int, is_enrollment: bool, source: Source) -> tuple[str, str | None, int | None]:
    """Return SRCDOM, SRCVAR and SRCSEQ of an end: the record that was imported, else the event of the log."""
    found = references_of(source(row))
    if not found:
        return "LOG", "occurred_on", row + 1
    # An enrollment names its arm first and its day after the arm.
    reference = found[1] if is_enrollment and len(found) > 1 else found[0]
    variable = reference.variables[-1] if reference.variables else None
    return reference.dataset, variable, reference.sequence
