"""Data sets whose days show a subject alive: adverse events, laboratory, imaging, visits.

One event for each data set, subject and day, however many records share it: a log of
thousands of laboratory results stays readable, and the last day known alive is the same.
"""

from __future__ import annotations

from typing import Final

from trialog.events.vocabulary import ContactKind
from trialog.exchange.import_report import DatasetAccount, ImportReport
from trialog.exchange.sdtm import words
from trialog.exchange.sdtm.extract import Extract, Record
from trialog.exchange.sdtm.people import NothingMissedError, People, SubjectFacts, UnusableError, left_out

CONTACTS: Final[dict[str, tuple[ContactKind, tuple[str, ...]]]] = {
    "AE": ("adverse event", ("AESTDTC", "AEENDTC")),
    "LB": ("laboratory", ("LBDTC",)),
    "TU": ("imaging", ("TUDTC",)),
    "TR": ("imaging", ("TRDTC",)),
    "VS": ("visit", ("VSDTC",)),
    "SV": ("visit", ("SVSTDTC", "SVENDTC")),
}


def read_contacts(extract: Extract, people: People, account: ImportReport) -> None:
    """Read the days of every such data set."""
    for domain, (kind, variables) in CONTACTS.items():
        if domain not in extract:
            continue
        mine = account.of(domain)
        for record in extract.records(domain):
            try:
                person = people.enrolled(record)
                if domain == "AE":
                    _note_fatal(record, person)
                used = _note_days(record, person, people, kind, variables, mine)
            except UnusableError as error:
                left_out(mine, record, error)
                continue
            if used:
                mine.use()
            else:
                mine.leave_out(f"{' and '.join(variables)} missing: no day", str(record), subject=person.subject)


def _note_days(
    record: Record,
    person: SubjectFacts,
    people: People,
    kind: ContactKind,
    variables: tuple[str, ...],
    account: DatasetAccount,
) -> bool:
    """Note the record's days; a wrong one is left out alone as long as another is right."""
    if record[f"{record.domain}STAT"].upper() == "NOT DONE":
        raise NothingMissedError(f"not done ({record.domain}STAT)")
    used, wrong = False, []
    for variable in variables:
        try:
            dated = people.dated(record, variable)
        except UnusableError as error:
            wrong.append(error)
            continue
        if dated is not None:
            person.seen(dated, kind)
            used = True
    if wrong and not used:
        raise wrong[0]
    for each in wrong:
        what = f"{each.reason}; only the other day is used"
        account.remark(what, f"{record} ({each.detail})", subject=person.subject, gap=True)
    return used


def _note_fatal(record: Record, person: SubjectFacts) -> None:
    """Note a death that an adverse event tells of: by its outcome, its grade, its severity or its name."""
    variable = _fatal_variable(record)
    if variable is None:
        return
    person.dead_without_day.append(("AE is fatal", record.reference(variable)))
    person.cause = person.cause or "adverse event"
    relation = words.plain(record["AEREL"])
    if relation in ("Y", "YES", "RELATED"):
        person.related = True
    elif relation in ("N", "NO", "NOT RELATED", "UNRELATED"):
        person.related = False


def _fatal_variable(record: Record) -> str | None:
    """Return the variable that says that an adverse event was the subject's death, None if none does."""
    for variable in ("AEOUT", "AESEV"):
        if words.says_death(record[variable]) or words.mentions_death(record[variable]):
            return variable
    if words.is_yes(record["AESDTH"]):
        return "AESDTH"
    if words.is_grade_5(record["AETOXGR"]) or words.mentions_death(record["AETOXGR"]):
        return "AETOXGR"
    return next((variable for variable in ("AEDECOD", "AETERM") if words.is_deadly_term(record[variable])), None)
