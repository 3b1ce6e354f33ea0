"""DD and SS, and what all data sets together say of a death."""

from __future__ import annotations

from typing import Any

from trialog.events import dates
from trialog.events.kinds import SubjectDied
from trialog.events.vocabulary import DeathCause
from trialog.exchange.fact import Statement, key_of, stated
from trialog.exchange.import_report import ImportReport
from trialog.exchange.sdtm.extract import Extract, Record
from trialog.exchange.sdtm.people import PREFIX, Dated, People, SubjectFacts, UnusableError, left_out


def read_death_details(extract: Extract, people: People, account: ImportReport) -> None:
    """Read the primary cause of death from DD; its DDDTC is the day of collection, not of death."""
    if "DD" not in extract:
        return
    mine = account.of("DD")
    for record in extract.records("DD"):
        try:
            person = people.enrolled(record)
            if record["DDTESTCD"].upper() != "PRCDTH":
                raise UnusableError(f"DDTESTCD {record['DDTESTCD']} is not the primary cause of death (PRCDTH)")
            person.cause = cause_of(record["DDSTRESC"] or record["DDORRES"])
            person.dead_without_day.append(("DD gives a cause of death", record.reference("DDSTRESC")))
        except UnusableError as error:
            left_out(mine, record, error)
            continue
        mine.use()


def cause_of(text: str) -> DeathCause:
    """Return the word for a cause of death that DD gives."""
    words = text.upper()
    if not words or "UNKNOWN" in words:
        return "unknown"
    if "PROGRESS" in words or "DISEASE UNDER STUDY" in words or "STUDY DISEASE" in words:
        return "disease"
    if "ADVERSE EVENT" in words or "TOXICITY" in words:
        return "adverse event"
    return "other"


def read_survival_status(extract: Extract, people: People, account: ImportReport) -> None:
    """Read SS: alive is a contact, dead says that a date of death must be found elsewhere."""
    if "SS" not in extract:
        return
    mine = account.of("SS")
    for record in extract.records("SS"):
        try:
            _read_status(record, people.enrolled(record), people)
        except UnusableError as error:
            left_out(mine, record, error)
            continue
        mine.use()


def _read_status(record: Record, person: SubjectFacts, people: People) -> None:
    if record["SSTESTCD"].upper() != "SURVSTAT":
        raise UnusableError(f"SSTESTCD {record['SSTESTCD']} is not the survival status (SURVSTAT)")
    status = (record["SSSTRESC"] or record["SSORRES"]).upper()
    dated = people.dated(record, "SSDTC")
    if status == "DEAD":
        person.dead_without_day.append(("SS says DEAD", record.reference("SSSTRESC")))
        return
    if status != "ALIVE":
        raise UnusableError(f"survival status {status or '(empty)'} shows nobody alive or dead")
    if dated is None:
        raise UnusableError("SSDTC is missing")
    person.seen(dated, "other")


def death_of(person: SubjectFacts) -> Statement | None:
    """Return the death that an extract states, None for a subject of whom no death is said.

    Where several records state a date, they must be able to mean the same day; DM's counts.

    Raises:
        ContradictionError: They cannot, or somebody says dead and nobody says since when.
    """
    if not person.deaths:
        if person.dead_without_day:
            raise ContradictionError(
                "dead, and no date of death",
                tuple(f"{words} ({reference})" for words, reference in person.dead_without_day),
            )
        return None
    spans = [dates.span(dated.day) for _, dated in person.deaths]
    if max(first for first, _ in spans) > min(last for _, last in spans):
        raise ContradictionError("the day of death", _said(person.deaths))
    # DM is read first; without it the most exact date counts.
    chosen = min(person.deaths, key=lambda each: (not each[0].startswith("DM"), _width(each[1])))[1]
    fields: dict[str, Any] = {"subject": person.subject}
    if person.cause is not None:
        fields["cause"] = person.cause
    if person.related is not None:
        fields["related"] = person.related
    same = tuple(dated.reference for _, dated in person.deaths if dated.day == chosen.day)
    return stated(key_of(PREFIX, "DM", person.subject, "DEATH"), "DM", SubjectDied, chosen.day, fields, same)


def _width(dated: Dated) -> int:
    first, last = dates.span(dated.day)
    return last - first


def _said(deaths: list[tuple[str, Dated]]) -> tuple[str, ...]:
    return tuple(f"{words}: {dated.day} ({dated.reference})" for words, dated in deaths)


class ContradictionError(Exception):
    """Records of a subject that cannot all be right.

    Attributes:
        what: What they contradict each other about.
        sides: What each says, and where.
    """

    def __init__(self, what: str, sides: tuple[str, ...]) -> None:
        super().__init__(what)
        self.what = what
        self.sides = sides
