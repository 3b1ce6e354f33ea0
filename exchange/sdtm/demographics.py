"""DM: who is in the trial, in which arm; screen failures are listed and not imported."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from trialog.events.errors import TableError
from trialog.events.kinds import ID_FORM, LABEL_FORM
from trialog.exchange.import_report import DatasetAccount, ImportReport
from trialog.exchange.sdtm import words
from trialog.exchange.sdtm.extract import Extract, Record
from trialog.exchange.sdtm.people import People, SubjectFacts, UnusableError, left_out

_SEXES: Final = {"F": "F", "FEMALE": "F", "M": "M", "MALE": "M", "U": "U"}
_SUBJECT: Final = re.compile(ID_FORM)
_LABEL: Final = re.compile(LABEL_FORM)
_OLDEST: Final = 120


def read_demographics(extract: Extract, people: People, account: ImportReport) -> None:
    """Read DM.

    Raises:
        TableError: Two arms get the same label.
    """
    mine = account.of("DM")
    labels: dict[str, str] = {}
    for record in extract.records("DM"):
        try:
            person = _person(record, people)
            if person.not_enrolled is None:
                _assign(person, record, people, labels, mine)
                _note_death(person, record, people, mine)
        except UnusableError as error:
            left_out(mine, record, error)
            account.left_out_subjects[record.raw("USUBJID") or f"(DM record {record.number})"] = error.reason
            continue
        if record["SITEID"]:
            account.sites[person.subject] = record["SITEID"]
        known = people.get(person.subject)
        if known is not None:
            known.contradiction = (
                "the subject stands twice in DM",
                (f"{known.found_in[0] if known.found_in else 'DM'}", f"DM record {record.number}"),
            )
            mine.leave_out("the subject stands in DM already", str(record), subject=person.subject, gap=True)
            continue
        people.add(person)
        if person.not_enrolled is not None:
            mine.leave_out(person.not_enrolled, str(record), subject=person.subject)
            continue
        mine.use()
        if record["ARMCD"] and record["ACTARMCD"] and record["ARMCD"] != record["ACTARMCD"]:
            which = f"{record} {record['ARMCD']}, {record['ACTARMCD']}"
            mine.remark("ACTARMCD is another arm than ARMCD", which, subject=person.subject)


def _person(record: Record, people: People) -> SubjectFacts:
    subject = record.subject
    if not subject:
        raise UnusableError("USUBJID is missing")
    if not _SUBJECT.fullmatch(subject):
        raise UnusableError(
            "USUBJID is not an id; expected letters, digits and . _ : / + -, beginning with a letter or digit"
        )
    person = SubjectFacts(subject, found_in=(record.reference("ARMCD"),))
    person.not_enrolled = _why_not_enrolled(record, actual_arm=people.options.actual_arm)
    return person


def _why_not_enrolled(record: Record, *, actual_arm: bool) -> str | None:
    """Return why nothing is imported of a subject of DM; None for everybody who has an arm."""
    reason = words.why_no_arm(record["ARMCD"], record["ARM"])
    if reason is None and words.plain(record["ARMNRS"]) in ("SCREEN FAILURE", "NOT ASSIGNED"):
        reason = words.why_no_arm(record["ARMNRS"], "")
    if reason is None and not record["ARMCD"] and not record["ARM"]:
        reason = record["ARMNRS"].lower() or "no arm"
    if reason is None and actual_arm:
        reason = words.why_no_arm(record["ACTARMCD"], record["ACTARM"])
        if reason is None and not record["ACTARMCD"] and not record["ACTARM"]:
            reason = "no actual arm (ACTARMCD)"
    return reason


def _assign(
    person: SubjectFacts, record: Record, people: People, labels: dict[str, str], account: DatasetAccount
) -> None:
    """Fill in arm, demographics and the days that may stand for enrollment."""
    code, name = ("ACTARMCD", "ACTARM") if people.options.actual_arm else ("ARMCD", "ARM")
    written = record[code] or record[name]
    person.cohort = label_of(written)
    if labels.setdefault(person.cohort, written) != written:
        raise TableError(
            f"DM: the arms {labels[person.cohort]!r} and {written!r} would both become cohort {person.cohort!r}; "
            "rename one of them"
        )
    person.arm = record[name] if record[name] != person.cohort else None
    variables = [code, *_describe(person, record, account)]
    person.found_in = (record.reference(*variables),)
    for variable in ("RFICDTC", "RFSTDTC", "DMDTC"):
        try:
            dated = people.dated(record, variable)
        except UnusableError as error:
            which = f"{record} ({error.detail})"
            account.remark(f"{error.reason}; it is not used", which, subject=person.subject)
            continue
        if dated is not None:
            (person.consents if variable == "RFICDTC" else person.fallback).append(dated)


def _describe(person: SubjectFacts, record: Record, account: DatasetAccount) -> list[str]:
    """Fill in age and sex; return the variables that gave them."""
    found = []
    age, unit = record.numeral("AGE"), words.plain(record["AGEU"])
    whole = age.removesuffix(".0")
    if whole.isascii() and whole.isdigit() and int(whole) <= _OLDEST and unit in ("", "YEARS", "YEAR"):
        person.demographics["age"] = int(whole)
        found.append("AGE")
    elif age:
        which = f"{record} ({age} {record['AGEU']})"
        account.remark("AGE is no whole number of years; it is not used", which, subject=person.subject)
    sex = _SEXES.get(words.plain(record["SEX"]))
    if sex is not None:
        person.demographics["sex"] = sex
        found.append("SEX")
    elif record["SEX"]:
        account.remark(
            "SEX is neither F, M nor U; it is not used", f"{record} ({record['SEX']})", subject=person.subject
        )
    return found


def _note_death(person: SubjectFacts, record: Record, people: People, account: DatasetAccount) -> None:
    """Note the death that DM states; a flag that says neither yes nor no is not taken for no."""
    flag = record["DTHFL"]
    try:
        dated = people.dated(record, "DTHDTC")
    except UnusableError as error:
        # Nobody counts as alive because the date of death is a typing error.
        person.dead_without_day.append((f"DM: {error.reason}: {error.detail}", record.reference("DTHDTC")))
        return
    if dated is not None:
        person.deaths.append(("DM DTHDTC", dated))
    elif words.is_yes(flag) or words.says_dead(flag):
        person.dead_without_day.append((f"DM DTHFL is {flag}", record.reference("DTHFL")))
    elif not words.is_no(flag):
        person.dead_without_day.append((f"DM DTHFL is {flag}, neither Y nor empty", record.reference("DTHFL")))
    elif record.raw("DTHDTC").upper() in ("UNK", "UNKNOWN"):
        what = "DTHDTC is unknown, and DTHFL does not say that the subject died; read as no death"
        account.remark(what, str(record), subject=person.subject, gap=True)


def label_of(written: str) -> str:
    """Return an arm's code as a label: signs that a label cannot hold become ``-``.

    Raises:
        UnusableError: Nothing is left of it.
    """
    if _LABEL.fullmatch(written):
        return written
    plain = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode()
    label = re.sub(r"[^A-Za-z0-9 ._+/-]+", "-", plain).strip(" -")[:64].rstrip(" ")
    if not _LABEL.fullmatch(label):
        raise UnusableError("ARMCD cannot become the label of a cohort", repr(written))
    return label
