"""RS: overall responses, each with its criteria, its evaluator and its day.

An assessment that is not understood becomes an event too, which says so: the figures that it could move name it.
"""

from __future__ import annotations

from dataclasses import dataclass

from trialog.events.kinds import AssessmentNotUnderstood, ResponseAssessed
from trialog.events.vocabulary import CRITERIA, Criteria, Evaluator
from trialog.exchange.import_report import ImportReport
from trialog.exchange.sdtm import words
from trialog.exchange.sdtm.criteria import (
    NOT_ASSESSED,
    category_of,
    criteria_named,
    criteria_of_results,
    evaluator_named,
    is_another_evaluator,
)
from trialog.exchange.sdtm.extract import Extract, Record
from trialog.exchange.sdtm.people import NothingMissedError, People, SubjectFacts, UnusableError, left_out


class NotUnderstoodError(UnusableError):
    """An assessment was made, and what it found cannot be told.

    Attributes:
        evaluator: Who made it; None where that is what cannot be told.
    """

    is_in_log = True

    def __init__(self, reason: str, evaluator: Evaluator | None = None) -> None:
        super().__init__(reason)
        self.evaluator = evaluator


@dataclass(frozen=True)
class _Accepted:
    """What RSACPTFL says of several assessors' records, by subject, evaluator and assessment.

    Attributes:
        assumed: Criteria of records without RSCAT.
        assessors: Who has a record of each assessment, and "accepted" if one of them is marked so. An assessment
            without any mark stands as it is when one assessor alone made it.
    """

    assumed: Criteria | None
    assessors: dict[tuple[str, str, str], set[str]]


def read_response(extract: Extract, people: People, account: ImportReport) -> None:
    """Read the overall responses of RS; of independent assessors only the accepted assessment."""
    if "RS" not in extract:
        return
    mine = account.of("RS")
    assumed = people.options.criteria
    if assumed is None and not extract.datasets["RS"].has("RSCAT"):
        assumed = criteria_of_results({_result(each) for each in extract.records("RS") if _is_overall(each)})
        mine.remark(
            f"RSCAT is missing; taken as {assumed}, which has every category found (--criteria names another)", "all"
        )
    accepted = _Accepted(assumed, _assessors(extract))
    seen: dict[tuple[str, str, str, str], str] = {}
    for record in extract.records("RS"):
        try:
            read = _read(record, people, accepted)
        except UnusableError as error:
            left_out(mine, record, error)
            continue
        mine.use()
        if read is not None and seen.setdefault(read[:-1], read[-1]) != read[-1]:
            what = "another assessment of the same day and criteria has another category"
            mine.remark(what, str(record), subject=record.subject)


def _is_overall(record: Record) -> bool:
    return words.plain(record["RSTESTCD"]) == "OVRLRESP" or words.plain(record["RSTEST"]) == "OVERALL RESPONSE"


def _result(record: Record) -> str:
    return record.raw("RSSTRESC") or record.raw("RSORRES")


def _read(record: Record, people: People, accepted: _Accepted) -> tuple[str, str, str, str, str] | None:
    """State what a record assesses; return subject, evaluator, criteria, day and category, None for a death."""
    person = people.enrolled(record)
    result = _result(record)
    if words.says_death(result):
        person.dead_without_day.append((f"RS says {result}", record.reference("RSSTRESC")))
        return None
    if not _is_overall(record):
        raise NothingMissedError(f"RSTESTCD {record['RSTESTCD']} is not the overall response")
    if words.plain(record["RSSTAT"]) == "NOT DONE":
        raise NothingMissedError("not done (RSSTAT)")
    if words.plain(result) in NOT_ASSESSED:
        raise NothingMissedError(f"RSSTRESC {result} says that nothing was assessed")
    if is_another_evaluator(record["RSEVAL"]):
        raise NothingMissedError(f"RSEVAL {record['RSEVAL']} is neither investigator nor independent assessor")
    try:
        evaluator = _evaluator(record, accepted)
        criteria, category = _understood(record, result, accepted.assumed, evaluator)
    except NotUnderstoodError as error:
        _note_not_understood(record, person, people, result, error)
        raise
    dated = people.dated(record, "RSDTC")
    if dated is None:
        missing = NotUnderstoodError("RSDTC is missing", evaluator)
        _note_not_understood(record, person, people, result, missing)
        raise missing
    person.state(
        ResponseAssessed, dated, str(record.sequence), criteria=criteria, category=category, evaluator=evaluator
    )
    return person.subject, evaluator, criteria, dated.day, category


def _understood(record: Record, result: str, assumed: Criteria | None, evaluator: Evaluator) -> tuple[Criteria, str]:
    """Return criteria and category of a record.

    Raises:
        NotUnderstoodError: They are not known here.
    """
    if not record["RSCAT"] and assumed is None:
        raise NotUnderstoodError("RSCAT is missing; name the criteria with --criteria", evaluator)
    criteria = criteria_named(record["RSCAT"]) if record["RSCAT"] else assumed
    if criteria is None:
        raise NotUnderstoodError(f"RSCAT {record['RSCAT']} is not known; known: {', '.join(CRITERIA)}", evaluator)
    if not result:
        raise NotUnderstoodError("RSSTRESC is missing", evaluator)
    category = category_of(criteria, result)
    if category is None:
        raise NotUnderstoodError(f"RSSTRESC {result} is not a category of {criteria}", evaluator)
    return criteria, category


def _note_not_understood(
    record: Record, person: SubjectFacts, people: People, result: str, error: NotUnderstoodError
) -> None:
    """State that an assessment was made; one without a day may have been made on any."""
    try:
        dated = people.dated(record, "RSDTC")
    except UnusableError:
        dated = None
    fields = {
        "criteria": record["RSCAT"][:100] or None,
        "result": result[:100] or None,
        "evaluator": error.evaluator,
        "why": error.reason[:500],
    }
    sequence = str(record.sequence)
    if dated is None:
        person.undated.append((sequence, record.reference("RSSTRESC"), fields))
    else:
        person.state(AssessmentNotUnderstood, dated, sequence, **fields)


def _assessors(extract: Extract) -> dict[tuple[str, str, str], set[str]]:
    found: dict[tuple[str, str, str], set[str]] = {}
    for record in extract.records("RS"):
        if _is_overall(record):
            assessors = found.setdefault(_assessment(record), set())
            if words.is_yes(record["RSACPTFL"]):
                assessors.add("accepted")
            assessors.add(record["RSEVALID"])
    return found


def _assessment(record: Record) -> tuple[str, str, str]:
    return record.subject, record["RSEVAL"].upper(), record["VISITNUM"] or record["RSDTC"]


def _evaluator(record: Record, accepted: _Accepted) -> Evaluator:
    """Return who made an assessment that counts.

    Raises:
        UnusableError: Another assessor's record is the accepted one.
        NotUnderstoodError: RSEVAL is not known, or nobody says which of several assessors counts.
    """
    evaluator = evaluator_named(record["RSEVAL"])
    if evaluator is None:
        raise NotUnderstoodError(f"RSEVAL {record['RSEVAL']} is neither investigator nor independent assessor")
    if evaluator == "investigator":
        return evaluator
    assessors = accepted.assessors[_assessment(record)]
    if "accepted" in assessors:
        if not words.is_yes(record["RSACPTFL"]):
            raise NothingMissedError("another assessor's record is the accepted one (RSACPTFL)")
    elif len(assessors) > 1:
        raise NotUnderstoodError(
            "several independent assessors, and none is marked as accepted (RSACPTFL)", "independent"
        )
    return evaluator
