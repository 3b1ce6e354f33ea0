"""DS: consent, randomisation, leaving the study, death."""

from __future__ import annotations

from typing import Final

from trialog.events.kinds import SubjectLeft
from trialog.events.vocabulary import LeftReason
from trialog.exchange.import_report import ImportReport
from trialog.exchange.sdtm.extract import Extract, Record
from trialog.exchange.sdtm.people import Dated, People, SubjectFacts, UnusableError, left_out

_LEFT: Final[dict[str, LeftReason]] = {
    "COMPLETED": "completed",
    "LOST TO FOLLOW-UP": "lost to follow-up",
    "WITHDRAWAL BY SUBJECT": "withdrawal by subject",
    "WITHDRAWAL BY PARENT/GUARDIAN": "withdrawal by subject",
    "PHYSICIAN DECISION": "physician decision",
    "ADVERSE EVENT": "adverse event",
    "PROGRESSIVE DISEASE": "progressive disease",
    "DISEASE RELAPSE": "progressive disease",
    "PROTOCOL VIOLATION": "protocol deviation",
    "PROTOCOL DEVIATION": "protocol deviation",
    "NON-COMPLIANCE WITH STUDY DRUG": "protocol deviation",
    "STUDY TERMINATED BY SPONSOR": "study terminated by sponsor",
    "SITE TERMINATED BY SPONSOR": "study terminated by sponsor",
}
"""Terms of NCOMPLT; every other reason is kept as ``other``."""

_TREATMENT_ONLY: Final = ("STUDY TREATMENT", "TREATMENT")


def read_disposition(extract: Extract, people: People, account: ImportReport) -> None:
    """Read DS."""
    if "DS" not in extract:
        return
    mine = account.of("DS")
    for record in extract.records("DS"):
        try:
            person = people.enrolled(record)
            dated = people.dated(record, "DSSTDTC")
            _read(record, person, dated)
        except UnusableError as error:
            left_out(mine, record, error)
            continue
        mine.use()


def _read(record: Record, person: SubjectFacts, dated: Dated | None) -> None:
    term = (record["DSDECOD"] or record["DSTERM"]).upper()
    category = record["DSCAT"].upper()
    if term == "DEATH":
        if dated is None:
            person.dead_without_day.append(("DS says DEATH without a date", record.reference("DSDECOD")))
        else:
            person.deaths.append(("DS DSSTDTC of DEATH", dated))
        return
    if dated is None:
        raise UnusableError("DSSTDTC is missing")
    if term in ("INFORMED CONSENT OBTAINED", "RANDOMIZED", "RANDOMISED"):
        (person.consents if term.startswith("INFORMED") else person.randomised).append(dated)
        return
    if category and category != "DISPOSITION EVENT":
        raise UnusableError(f"DSCAT {record['DSCAT']} says nothing of consent, randomisation, leaving or death")
    if record["DSSCAT"].upper() in _TREATMENT_ONLY:
        raise UnusableError("the end of treatment (DSSCAT), not of the study")
    sequence = record.sequence
    person.state(SubjectLeft, dated, str(sequence), reason=_LEFT.get(term, "other"))
