"""The rows of ADTTE: pure arithmetic on whole days over the events that stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from trialog.events import kinds
from trialog.events.arrays import EventArrays
from trialog.events.dates import DAYS_IN_LONGEST_MONTH, span
from trialog.events.errors import QuestionError
from trialog.events.index_columns import evaluator_code
from trialog.events.vocabulary import CATEGORIES, Criteria, response_of_code
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
from trialog.projections.state.as_of import Rows, standing_rows

Source = Callable[[int], str]
"""Gives the source of the event in a row of the log."""

NEVER: Final = 2**31 - 1
_ALIVE_KINDS: Final = frozenset(
    kind.KIND
    for kind in (
        kinds.SubjectEnrolled,
        kinds.DoseAdministered,
        kinds.ResponseAssessed,
        kinds.ProgressionFound,
        kinds.SubjectSeenAlive,
        kinds.SubjectLeft,
    )
)
_SHOWS_ALIVE_IN_SDTM: Final = ("AE", "LB", "SS")
_DOSING: Final = {"EX": "EXENDTC", "EC": "ECENDTC"}


@dataclass(frozen=True, slots=True)
class Point:
    """A day, and the row of the event that shows it."""

    day: int
    row: int


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
        what, until: EVNTDESC and CNSDTDSC.
        domain, variable, sequence: Where the end is written.
        position: Place in the log of the event that shows the end.
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
        without_origin: Subjects who have no origin by the cutoff, and no row.
        notes: Parameters that could not be made, and why.
        not_understood: Assessments of each subject that the rows leave out because an import could not read them.
    """

    rows: tuple[TimeToEvent, ...]
    rules: Rules
    without_origin: tuple[str, ...]
    notes: tuple[str, ...]
    not_understood: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Subject:
    """What the events say of a subject."""

    id: str
    fields: Mapping[str, Any]
    enrolled: Point
    dose: Point | None = None
    death: Point | None = None
    alive: Point | None = None
    progression: Point | None = None
    assessed: list[tuple[int, int, int]] = field(default_factory=list)


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
        sources: Of the same state of the log.
        rules: Origin, evaluator, criteria, last day alive.
        cutoff: Nothing after this day counts; None for everything.
        known_at: Nothing that became known after this day counts; None for everything.
        parameters: Which.

    Raises:
        QuestionError: The evaluator used several sets of criteria, and the rules do not say which counts.
    """
    rows = standing_rows(columns, known_at)
    last = NEVER - 1 if cutoff is None else cutoff
    criteria, found_progression = _criteria(rows, rules, last)
    rules = Rules(rules.origin, rules.evaluator, criteria, rules.last_alive)
    missed = _not_understood(rows, columns, rules, last)
    notes = []
    if criteria is None and not found_progression:
        missing = [code for code in parameters if code in BY_ASSESSMENT]
        if missing:
            none = "was understood, and" if missed else "and"
            notes.append(
                f"{', '.join(missing)} left out: no assessment by {rules.evaluator} {none} no progression is in the log"
            )
        parameters = [code for code in parameters if code not in BY_ASSESSMENT]
    corrected = corrected_sources(columns, sources, known_at)

    def source(row: int) -> str:
        return corrected.get(row, sources.text[row])

    def shows_alive(row: int, first: int, end: int) -> bool:
        return _shows_alive(row, first, end, sources, source, rules)

    people = _people(rows, columns, shows_alive, rules, last)
    made: list[TimeToEvent] = []
    without: list[str] = []
    for person in sorted(people, key=lambda each: each.id):
        origin = _origin(person, rules)
        if origin is None or origin.day > last or person.enrolled.day > last:
            without.append(person.id)
            continue
        # A code is ordered by its letters, as {admiralonco} numbers ASEQ.
        for code in sorted(parameters):
            ended = _ended(person, origin, code, rules, last)
            if ended is not None:
                made.append(_row(person, code, *ended, source))
    return Adtte(tuple(made), rules, tuple(without), tuple(notes), missed)


def _not_understood(rows: Rows, columns: EventArrays, rules: Rules, last: int) -> dict[str, int]:
    """Return how many assessments of each subject were not understood that the evaluator made, or may have made."""
    at = rows.of(kinds.AssessmentNotUnderstood.KIND)
    at = at[(rows.first[at] <= last) & np.isin(rows.code[at], (0, evaluator_code(rules.evaluator)))]
    return dict(sorted(Counter(columns.subjects[subject] for subject in rows.subject[at].tolist()).items()))


def _criteria(rows: Rows, rules: Rules, last: int) -> tuple[Criteria | None, bool]:
    """Return the criteria in use by the evaluator, and whether anybody progressed outside of an assessment."""
    seen: set[Criteria] = set()
    progressed = False
    for kind, first, code in zip(rows.kind.tolist(), rows.first.tolist(), rows.code.tolist(), strict=True):
        if first > last:
            continue
        if kind == kinds.ResponseAssessed.KIND:
            criteria, _, evaluator, _ = response_of_code(code)
            if evaluator == rules.evaluator:
                seen.add(criteria)
        progressed = progressed or kind == kinds.ProgressionFound.KIND
    if rules.criteria is not None:
        return (rules.criteria if rules.criteria in seen else None), progressed
    if len(seen) > 1:
        raise QuestionError(
            f"{rules.evaluator} assessed by {', '.join(sorted(seen))}; say with --criteria which counts"
        )
    return next(iter(seen), None), progressed


def _people(
    rows: Rows, columns: EventArrays, shows_alive: Callable[[int, int, int], bool], rules: Rules, last: int
) -> list[_Subject]:
    """Return every enrolled subject with the extremes of its days."""
    found = {
        int(rows.subject[at]): _Subject(
            columns.subjects[rows.subject[at]],
            rows.corrected.get(row, columns.payloads[row]),
            Point(int(rows.first[at]), row),
        )
        for at in rows.of(kinds.SubjectEnrolled.KIND).tolist()
        for row in (int(rows.row[at]),)
    }
    plain = (rows.subject, rows.row, rows.kind, rows.first, rows.last, rows.code)
    for subject, row, kind, first, end, code in zip(*(each.tolist() for each in plain), strict=True):
        person = found.get(subject)
        if person is None:
            continue
        if kind in _ALIVE_KINDS and shows_alive(row, first, end):
            person.alive = _later(person.alive, Point(min(first, last), row))
        if first > last:
            if kind == kinds.SubjectDied.KIND:
                person.alive = _later(person.alive, Point(last, row))
        else:
            _take(person, row, kind, first, min(end, last), code, end - first, rules)
    return list(found.values())


def _take(person: _Subject, row: int, kind: int, first: int, end: int, code: int, width: int, rules: Rules) -> None:
    """Note what an event by the cutoff says of a subject."""
    match kind:
        case kinds.SubjectDied.KIND:
            person.death = _earlier(person.death, Point(first, row))
        case kinds.DoseAdministered.KIND:
            person.dose = _earlier(person.dose, Point(first, row))
        case kinds.ProgressionFound.KIND:
            person.progression = _earlier(person.progression, Point(end, row))
        case kinds.ResponseAssessed.KIND if width < DAYS_IN_LONGEST_MONTH:
            criteria, category, evaluator, _ = response_of_code(code)
            if evaluator == rules.evaluator and criteria == rules.criteria:
                person.assessed.append((end, _badness(criteria, category), row))


def _shows_alive(row: int, first: int, end: int, sources: Sources, source: Source, rules: Rules) -> bool:
    """Tell whether an event counts for the last day known alive."""
    if rules.last_alive == "any event" or not sources.from_sdtm[row]:
        return True
    for reference in references_of(source(row)):
        if reference.dataset in _SHOWS_ALIVE_IN_SDTM:
            return True
        if first == end and _DOSING.get(reference.dataset) in reference.variables:
            return True
    return False


def _badness(criteria: Criteria, category: str) -> int:
    """Return how bad a category is among those of one day; not evaluable is better than every other."""
    return 0 if category == "NE" else 1 + CATEGORIES[criteria].index(category)


def _earlier(one: Point | None, other: Point) -> Point:
    return other if one is None or other.day < one.day else one


def _later(one: Point | None, other: Point) -> Point:
    return other if one is None or other.day > one.day else one


def _origin(person: _Subject, rules: Rules) -> Point | None:
    match rules.origin:
        case "first dose":
            return person.dose
        case "randomisation":
            day = person.fields.get("randomised_on")
            return None if day is None else Point(span(day)[0], person.enrolled.row)
        case _:
            return person.enrolled


_Ended = tuple[Point, Point, int, str, str | None]


def _ended(person: _Subject, origin: Point, code: Parameter, rules: Rules, last: int) -> _Ended | None:
    """Return start, end, censoring and its words; None where a parameter does not apply to a subject."""
    words = ORIGIN_WORDS[rules.origin]
    if code in ("OS", "FUOS"):
        died = [(person.death, DEATH)]
        start, end, censored, what, until = _first_or_last(
            origin, died, [(person.alive, ALIVE, ALIVE_DURING), (origin, words, words)]
        )
        if code == "OS":
            return start, end, censored, what, until
        return start, end, 1 - censored, what, None if censored else DEATH
    worst = _worst_of_each_day(person, origin)
    progression = _progression(person, worst, origin, rules)
    assessed = _last_assessed(worst)
    by_assessment = (assessed, LAST_ASSESSMENT, LAST_ASSESSMENT)
    if code == "PFS":
        return _first_or_last(
            origin, [(progression, PROGRESSION), (person.death, DEATH)], [by_assessment, (origin, words, words)]
        )
    if code == "TTP":
        return _first_or_last(origin, [(progression, PROGRESSION)], [by_assessment, (origin, words, words)])
    response = _response(worst, progression, rules)
    if response is None:
        return None
    return _first_or_last(response, [(progression, PROGRESSION), (person.death, DEATH)], [by_assessment])


def _first_or_last(
    start: Point,
    events: Sequence[tuple[Point | None, str]],
    censorings: Sequence[tuple[Point | None, str, str]],
) -> _Ended:
    """Return the first event, else the last censoring; of equals the first listed event, the last listed censoring."""
    happened = [(point, what) for point, what in events if point is not None]
    if happened:
        point, what = min(happened, key=lambda each: each[0].day)
        return start, point, 0, what, None
    open_ends = [(point, what, until) for point, what, until in censorings if point is not None]
    point, what, until = max(reversed(open_ends), key=lambda each: each[0].day)
    return start, point, 1, what, until


def _worst_of_each_day(person: _Subject, origin: Point) -> dict[int, tuple[int, int]]:
    """Return badness and row of the worst assessment of each day from the origin on."""
    worst: dict[int, tuple[int, int]] = {}
    for day, badness, row in person.assessed:
        if day >= origin.day and (day not in worst or badness >= worst[day][0]):
            worst[day] = badness, row
    return worst


def _progression(person: _Subject, worst: dict[int, tuple[int, int]], origin: Point, rules: Rules) -> Point | None:
    """Return the first progression: by assessment, or found otherwise."""
    found = person.progression if person.progression is not None and person.progression.day >= origin.day else None
    if rules.criteria is not None:
        progressive = _badness(rules.criteria, "PD")
        for day, (badness, row) in worst.items():
            if badness == progressive:
                found = Point(day, row) if found is None or day <= found.day else found
    return found


def _last_assessed(worst: dict[int, tuple[int, int]]) -> Point | None:
    if not worst:
        return None
    day = max(worst)
    return Point(day, worst[day][1])


def _response(worst: dict[int, tuple[int, int]], progression: Point | None, rules: Rules) -> Point | None:
    """Return the first partial response or better, on or before the first progression."""
    if rules.criteria is None:
        return None
    least = _badness(rules.criteria, "PR")
    days = [day for day, (badness, _) in worst.items() if 1 <= badness <= least]
    first = min(days, default=None)
    if first is None or (progression is not None and first > progression.day):
        return None
    return Point(first, worst[first][1])


def _row(
    person: _Subject,
    code: Parameter,
    start: Point,
    end: Point,
    censored: int,
    what: str,
    until: str | None,
    source: Source,
) -> TimeToEvent:
    domain, variable, sequence = _written(end, person, source)
    return TimeToEvent(
        subject=person.id,
        cohort=person.fields["cohort"],
        age=person.fields.get("age"),
        sex=person.fields.get("sex"),
        parameter=code,
        start=start.day,
        end=max(end.day, start.day),
        censored=censored,
        what=what,
        until=until,
        domain=domain,
        variable=variable,
        sequence=sequence,
        position=end.row + 1,
    )


def _written(end: Point, person: _Subject, source: Source) -> tuple[str, str | None, int | None]:
    """Return SRCDOM, SRCVAR and SRCSEQ of an end: the record that was imported, else the event of the log."""
    found = references_of(source(end.row))
    if not found:
        return "LOG", "occurred_on", end.row + 1
    # An enrollment names its arm first and its day behind it.
    reference = found[1] if end.row == person.enrolled.row and len(found) > 1 else found[0]
    variable = reference.variables[-1] if reference.variables else None
    return reference.dataset, variable, reference.sequence
