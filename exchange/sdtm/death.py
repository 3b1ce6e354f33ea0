"""DD and SS, and what all data sets together say of a death."""

from __future__ import annotations

from typing import Any, Final

from trialog.events import dates
from trialog.events.kinds import SubjectDied
from trialog.events.vocabulary import DeathCause
from trialog.exchange.fact import Statement, key_of, stated
from trialog.exchange.import_report import ImportReport
from trialog.exchange.sdtm import words
from trialog.exchange.sdtm.extract import Extract, Record
from trialog.exchange.sdtm.people import (
    PREFIX,
    Dated,
    NothingMissedError,
    People,
    SubjectFacts,
    UnusableError,
    left_out,
)


def read_death_details(extract: Extract, people: People, account: ImportReport) -> None:
    """Read DD: every record says that the subject is dead; DDDTC is the day of collection, not of death."""
    if "DD" not in extract:
        return
    mine = account.of("DD")
    for record in extract.records("DD"):
        try:
            _read_detail(record, people.enrolled(record))
        except UnusableError as error:
            left_out(mine, record, error)
            continue
        mine.use()


def _read_detail(record: Record, person: SubjectFacts) -> None:
    if words.plain(record["DDSTAT"]) == "NOT DONE":
        raise NothingMissedError("not done (DDSTAT)")
    result = record.raw("DDSTRESC") or record.raw("DDORRES")
    if words.plain(result) in ("NOT APPLICABLE", "N A", "ALIVE"):
        raise NothingMissedError(f"DDSTRESC {result} says nothing of a death")
    test = words.plain(record["DDTESTCD"])
    if test == "PRCDTH" or (not test and "PRIMARY CAUSE" in words.plain(record["DDTEST"])):
        person.cause = cause_of(result)
        person.dead_without_day.append(("DD gives a cause of death", record.reference("DDSTRESC")))
    else:
        person.dead_without_day.append((f"DD gives {record['DDTESTCD'] or 'details'}", record.reference("DDTESTCD")))


def cause_of(text: str) -> DeathCause:
    """Return the word for a cause of death that DD gives."""
    cause = words.plain(text)
    if not cause or cause in ("NA", "UNK") or "UNKNOWN" in cause:
        return "unknown"
    if "PROGRESS" in cause or "DISEASE UNDER STUDY" in cause or "STUDY DISEASE" in cause:
        return "disease"
    if "ADVERSE EVENT" in cause or "TOXICITY" in cause:
        return "adverse event"
    return "other"


_SAYS_NOTHING: Final = frozenset({"", "UNKNOWN", "UNK", "NA", "N A", "NOT DONE", "LOST TO FOLLOW UP", "U"})
"""Survival statuses that no figure misses."""


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
    status = record.raw("SSSTRESC") or record.raw("SSORRES")
    if words.says_dead(status) or words.mentions_death(status):
        person.dead_without_day.append((f"SS says {status.upper()}", record.reference("SSSTRESC")))
        try:
            dated = people.dated(record, "SSDTC")
        except UnusableError:
            return  # since when does not matter: nobody counts as alive for a day that cannot be read
        if dated is not None:
            person.dead_by.append((f"SS says {status.upper()} on", dated))
        return
    if words.plain(record["SSTESTCD"]) != "SURVSTAT" and "SURVIVAL STATUS" not in words.plain(record["SSTEST"]):
        raise NothingMissedError(f"SSTESTCD {record['SSTESTCD']} is not the survival status (SURVSTAT)")
    if not words.says_alive(status):
        nothing = words.plain(status) in _SAYS_NOTHING
        raise UnusableError(f"survival status {status or '(empty)'} shows nobody alive or dead", is_gap=not nothing)
    dated = people.dated(record, "SSDTC")
    if dated is None:
        raise UnusableError("SSDTC is missing")
    person.seen(dated, "other")


def death_of(person: SubjectFacts) -> Statement | None:
    """Return the death that an extract states, None for a subject of whom no death is said.

    Where several records state a date, they must be able to mean the same day; DM's counts.

    Raises:
        ContradictionError: They cannot, a record says that the subject was dead before that day, or somebody
            says dead and nobody says since when.
    """
    if not person.deaths:
        if person.dead_without_day:
            raise ContradictionError(
                "dead, and no date of death",
                tuple(f"{said} ({reference})" for said, reference in person.dead_without_day),
            )
        return None
    spans = [dates.span(dated.day) for _, dated in person.deaths]
    if max(first for first, _ in spans) > min(last for _, last in spans):
        raise ContradictionError("the day of death", _said(person.deaths))
    # DM is read first; without it the most exact date counts.
    chosen = min(person.deaths, key=lambda each: (not each[0].startswith("DM"), _width(each[1])))[1]
    earlier = [each for each in person.dead_by if dates.span(each[1].day)[1] < dates.span(chosen.day)[0]]
    if earlier:
        raise ContradictionError("dead before the day of death", _said([*person.deaths, *earlier]))
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
    return tuple(f"{said}: {dated.day} ({dated.reference})" for said, dated in deaths)


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
