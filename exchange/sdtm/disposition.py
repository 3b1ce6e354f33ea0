"""DS: consent, enrollment, randomisation, leaving the study, death."""

from __future__ import annotations

from trialog.events.kinds import SubjectLeft
from trialog.exchange.import_report import DatasetAccount, ImportReport
from trialog.exchange.sdtm import words
from trialog.exchange.sdtm.extract import Extract, Record
from trialog.exchange.sdtm.people import (
    Dated,
    NothingMissedError,
    People,
    SubjectFacts,
    UnusableError,
    left_out,
)

_WITHDRAWN = ("withdrawal by subject", "physician decision", "adverse event", "progressive disease")


def read_disposition(extract: Extract, people: People, account: ImportReport) -> None:
    """Read DS."""
    if "DS" not in extract:
        return
    mine = account.of("DS")
    for record in extract.records("DS"):
        try:
            person = people.enrolled(record)
            if not _read_death(record, person, people, mine):
                _read(record, person, people, mine)
        except UnusableError as error:
            left_out(mine, record, error)
            continue
        mine.use()


def _read_death(record: Record, person: SubjectFacts, people: People, account: DatasetAccount) -> bool:
    """Note a death; tell whether the record is about one and nothing else.

    DSDECOD decides. DSTERM speaks where DSDECOD is missing or ``OTHER``; beside another reason it says that the
    subject died, and not that DSSTDTC is the day of it.
    """
    decoded, reported = record["DSDECOD"], record["DSTERM"]
    term = reported if words.plain(decoded) in ("", "OTHER") else decoded
    if words.says_death(term):
        _note_death(record, person, people)
        return True
    if words.mentions_death(term):
        person.dead_without_day.append((f"DS says {term}", record.reference("DSDECOD")))
        return True
    if words.says_death(reported):
        person.dead_without_day.append((f"DS DSTERM says {reported}", record.reference("DSTERM")))
    elif words.mentions_death(reported):
        what = "DSTERM mentions a death, and DSDECOD is another reason; not read as the subject's death"
        account.remark(what, f"{record} ({reported})", subject=person.subject)
    return False


def _note_death(record: Record, person: SubjectFacts, people: People) -> None:
    try:
        dated = people.dated(record, "DSSTDTC")
    except UnusableError as error:
        # Nobody counts as alive because the date of death is a typing error.
        person.dead_without_day.append((f"DS: {error.reason}: {error.detail}", record.reference("DSSTDTC")))
        return
    if dated is None:
        person.dead_without_day.append(("DS says DEATH without a date", record.reference("DSDECOD")))
    else:
        person.deaths.append(("DS DSSTDTC of DEATH", dated))


def _read(record: Record, person: SubjectFacts, people: People, account: DatasetAccount) -> None:
    term = record["DSDECOD"] or record["DSTERM"]
    milestone = words.milestone_of(term)
    if milestone is not None:
        days = {"consented": person.consents, "entered": person.entered, "randomised": person.randomised}
        days[milestone].append(_dated(record, people))
        return
    if words.plain(record["DSCAT"]) not in ("", "DISPOSITION EVENT", "DISPOSITION"):
        raise NothingMissedError(f"DSCAT {record['DSCAT']} says nothing of consent, randomisation, leaving or death")
    _read_departure(record, person, people, term, account)


def _dated(record: Record, people: People) -> Dated:
    """Return the day of a record.

    Raises:
        UnusableError: It is missing, or no day.
    """
    dated = people.dated(record, "DSSTDTC")
    if dated is None:
        raise UnusableError("DSSTDTC is missing")
    return dated


def _read_departure(record: Record, person: SubjectFacts, people: People, term: str, account: DatasetAccount) -> None:
    """Note that the subject left the study.

    Raises:
        UnusableError: The record is about the end of treatment or of an earlier epoch, or its word is not known.
    """
    word = words.plain(term)
    if word in ("SCREEN FAILURE", "SCREENING NOT COMPLETED"):
        raise NothingMissedError(f"{word.lower()} of a subject who has an arm: nobody left the study")
    if word in ("ONGOING", "IN PROGRESS"):
        raise NothingMissedError("the subject is still in the study")
    reason = words.reason_of(term)
    end = words.ended(record["DSSCAT"], record["EPOCH"])
    if end is not None and end[0] != "study" and not (end[1] == "EPOCH" and reason == "lost to follow-up"):
        what = "treatment" if end[0] == "treatment" else "an epoch before treatment"
        if reason in _WITHDRAWN or reason == "lost to follow-up":
            said = f"{reason} at the end of {what} ({end[1]}): not read as leaving the study"
            account.remark(said, str(record), subject=person.subject)
        raise NothingMissedError(f"the end of {what} ({end[1]}), not of the study")
    dated = _dated(record, people)
    if reason is None:
        raise UnusableError(f"the reason {term or '(empty)'} is not known: who left, and why, is not taken from it")
    if end is None:
        what = "neither DSSCAT nor EPOCH says what ended; read as the end of the study"
        account.remark(what, str(record), subject=person.subject)
    person.state(SubjectLeft, dated, str(record.sequence), reason=reason)
