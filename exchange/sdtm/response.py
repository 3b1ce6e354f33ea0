"""RS: overall responses, each with its criteria, its evaluator and its day."""

from __future__ import annotations

import re
from typing import Final

from trialog.events.kinds import ResponseAssessed
from trialog.events.vocabulary import CATEGORIES, Criteria, Evaluator
from trialog.exchange.import_report import ImportReport
from trialog.exchange.sdtm import words
from trialog.exchange.sdtm.extract import Extract, Record
from trialog.exchange.sdtm.people import People, UnusableError, left_out

_CRITERIA: Final[tuple[tuple[re.Pattern[str], Criteria], ...]] = (
    (re.compile(r"RECIST(\s*(V(ERSION)?\s*)?1\.1)?"), "RECIST 1.1"),
    (re.compile(r"IMWG(\s*(RESPONSE\s*CRITERIA)?\s*\(?2016\)?)?"), "IMWG 2016"),
    (re.compile(r"LUGANO(\s*(CLASSIFICATION|CRITERIA))?(\s*\(?2014\)?)?"), "Lugano"),
)
_IN_MYELOMA_ONLY: Final = {"SCR", "VGPR", "MR"}


def read_response(extract: Extract, people: People, account: ImportReport) -> None:
    """Read the overall responses of RS; of independent assessors only the accepted assessment."""
    if "RS" not in extract:
        return
    mine = account.of("RS")
    assumed = people.options.criteria
    if assumed is None and not extract.datasets["RS"].has("RSCAT"):
        assumed = _criteria_of_terms(extract)
        mine.remark(
            f"RSCAT is missing; taken as {assumed}, which has every category found (--criteria names another)", "all"
        )
    accepted = _accepted(extract)
    for record in extract.records("RS"):
        try:
            _read(record, people, assumed, accepted)
        except UnusableError as error:
            left_out(mine, record, error)
            continue
        mine.use()


def _read(
    record: Record, people: People, assumed: Criteria | None, accepted: dict[tuple[str, str, str], set[str]]
) -> None:
    person = people.enrolled(record)
    result = record.raw("RSSTRESC") or record.raw("RSORRES")
    if words.says_death(result):
        person.dead_without_day.append((f"RS says {result}", record.reference("RSSTRESC")))
        return
    if record["RSTESTCD"].upper() != "OVRLRESP":
        raise UnusableError(f"RSTESTCD {record['RSTESTCD']} is not the overall response")
    if record["RSSTAT"].upper() == "NOT DONE":
        raise UnusableError("not done (RSSTAT)")
    evaluator = _evaluator(record, accepted)
    dated = people.dated(record, "RSDTC")
    if dated is None:
        raise UnusableError("RSDTC is missing")
    term = record["RSSTRESC"] or record["RSORRES"]
    if not term:
        raise UnusableError("RSSTRESC is missing")
    criteria = criteria_of(record["RSCAT"]) if record["RSCAT"] else assumed
    if criteria is None:
        raise UnusableError("RSCAT is missing; name the criteria with --criteria")
    known = {category.upper(): category for category in CATEGORIES[criteria]}
    category = known.get(term.upper())
    if category is None:
        raise UnusableError(f"RSSTRESC {term} is not a category of {criteria}")
    sequence = str(record.sequence)
    person.state(ResponseAssessed, dated, sequence, criteria=criteria, category=category, evaluator=evaluator)


def criteria_of(category: str) -> Criteria:
    """Return the criteria that RSCAT names.

    Raises:
        UnusableError: They are not known here.
    """
    text = " ".join(category.upper().split())
    for form, criteria in _CRITERIA:
        if form.fullmatch(text):
            return criteria
    raise UnusableError(f"RSCAT {category} is not known; known: {', '.join(CATEGORIES)}")


def _criteria_of_terms(extract: Extract) -> Criteria:
    """Return the criteria that have all the categories found; most of them are those of RECIST 1.1."""
    found = {
        (record["RSSTRESC"] or record["RSORRES"]).upper()
        for record in extract.records("RS")
        if record["RSTESTCD"].upper() == "OVRLRESP"
    }
    return "IMWG 2016" if found & _IN_MYELOMA_ONLY else "RECIST 1.1"


def _accepted(extract: Extract) -> dict[tuple[str, str, str], set[str]]:
    """Return for each subject, evaluator and assessment the assessors whose record is marked as accepted.

    An assessment without any mark stands as it is when one assessor alone made it.
    """
    found: dict[tuple[str, str, str], set[str]] = {}
    for record in extract.records("RS"):
        if record["RSTESTCD"].upper() == "OVRLRESP":
            assessors = found.setdefault(_assessment(record), set())
            if record["RSACPTFL"].upper() == "Y":
                assessors.add("accepted")
            assessors.add(record["RSEVALID"])
    return found


def _assessment(record: Record) -> tuple[str, str, str]:
    return record.subject, record["RSEVAL"].upper(), record["VISITNUM"] or record["RSDTC"]


def _evaluator(record: Record, accepted: dict[tuple[str, str, str], set[str]]) -> Evaluator:
    evaluator = record["RSEVAL"].upper()
    if evaluator in ("", "INVESTIGATOR"):
        return "investigator"
    if "INDEPENDENT" not in evaluator and "CENTRAL" not in evaluator:
        raise UnusableError(f"RSEVAL {record['RSEVAL']} is neither investigator nor independent assessor")
    assessors = accepted[_assessment(record)]
    if "accepted" in assessors:
        if record["RSACPTFL"].upper() != "Y":
            raise UnusableError("another assessor's record is the accepted one (RSACPTFL)")
    elif len(assessors) > 1:
        raise UnusableError("several independent assessors, and none is marked as accepted (RSACPTFL)")
    return "independent"
