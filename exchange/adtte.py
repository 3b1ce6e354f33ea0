"""ADTTE as facts, for those who have nothing else: deaths, progressions, assessments, and days seen alive.

Overall survival gives deaths and contacts; progression-free survival and time to progression give progressions,
deaths, and the last assessment that found no progression. What ADTTE no longer tells (doses, categories of
response) cannot come back, and a parameter that the file lacks is not computed from the others: somebody who
progressed was alive then, and nobody knows what came after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from trialog.events import dates
from trialog.events.definition import Definition
from trialog.events.errors import EventError, TableError
from trialog.events.kinds import (
    ID_FORM,
    CohortOpened,
    ProgressionFound,
    ProgressionRuledOut,
    SubjectDied,
    SubjectEnrolled,
    SubjectSeenAlive,
    TrialEvent,
    TrialRegistered,
)
from trialog.events.provenance import HASH_DIGITS, Reference
from trialog.exchange.dtc import clinical_date
from trialog.exchange.fact import ImportedFact, Statement, key_of, stated
from trialog.exchange.import_report import NOTHING_IMPORTED, ContradictoryRecords, ImportReport
from trialog.exchange.maps.apply import RowError
from trialog.exchange.missing_words import ALWAYS, MissingWords
from trialog.exchange.tables.table import Row, Table, shown, text_of

PREFIX: Final = "adtte"
NEEDED: Final = ("USUBJID", "PARAMCD", "CNSR")
ENDPOINTS: Final[Mapping[str, str]] = {"OS": "OS", "PFS": "PFS", "TTP": "TTP", "TTPROG": "TTP"}
"""Values of PARAMCD that are read, and the parameter that each of them is."""

_ORIGINS: Final = ("STARTDT", "RANDDT", "TRTSDT", "STARTDTM", "RANDDTM", "TRTSDTM")
_ENDS: Final = ("ADT", "ADTM")
_ARMS: Final = (("ARMCD", "ARM"), ("TRTP", "TRTP"), ("TRT01P", "TRT01P"), ("ARM", "ARM"))
_UNITS: Final = {"DAY": Decimal(1), "WEEK": Decimal(7), "MONTH": Decimal("30.4375"), "YEAR": Decimal("365.25")}
_SLACK: Final = Decimal("0.06")
"""Of a unit, for AVAL rounded to one decimal."""

_DEATH: Final = re.compile(r"\b(death|died|dead)\b", re.IGNORECASE)
_PROGRESSED: Final = re.compile(r"progress|\bPD\b|relapse|recur", re.IGNORECASE)
_RANDOMISED: Final = re.compile(r"randomi[sz]ation", re.IGNORECASE)
_ID: Final = re.compile(ID_FORM)
_LABEL: Final = re.compile(r"[^A-Za-z0-9 ._+/-]+")
_ORDER: Final = {SubjectEnrolled: 0, SubjectSeenAlive: 1, ProgressionRuledOut: 2, ProgressionFound: 3, SubjectDied: 4}


@dataclass
class _Person:
    """What the rows of a subject say."""

    starts: dict[str, Reference] = field(default_factory=dict)
    cohort: str = ""
    arm: str | None = None
    age: int | None = None
    sex: str | None = None
    events: dict[tuple[type[TrialEvent], str], Reference] = field(default_factory=dict)


class AdtteReading:
    """Facts of an ADTTE data set; see `trialog.exchange.reading.Reading`.

    Args:
        table: What to read.
        file: Name of the file.
        digest: Its SHA-256 in hexadecimal.
        latest_day: Nothing after this day can be known.
        start: Day that stands for the origin; the times are then those of AVAL, whatever dates the rows have.
        missing: Words that are read as missing.

    Raises:
        TableError: It is no ADTTE, no row gives an event, or the file is damaged.
    """

    prefix = PREFIX

    def __init__(
        self,
        table: Table,
        file: str,
        digest: str,
        *,
        latest_day: int,
        start: str | None = None,
        missing: MissingWords = ALWAYS,
    ) -> None:
        self.account = ImportReport()
        self.joint: frozenset[str] = frozenset()
        self.silent: Mapping[str, frozenset[str]] = {}
        self.datasets = frozenset(["ADTTE"])
        self._file, self._digest = file, digest[:HASH_DIGITS]
        self._latest_day = latest_day
        self._start = start
        self._missing = missing
        self._table = table
        self._place = {name.upper(): at for at, name in enumerate(table.names)}
        self._people: dict[str, _Person] = {}
        self._studies: dict[str, None] = {}
        self._endpoints: set[str] = set()
        self._randomised = False
        self._from = next((name for name in _ORIGINS if name in self._place), None)
        self._until = next((name for name in _ENDS if name in self._place), None)
        absent = [name for name in NEEDED if name not in self._place]
        if absent:
            raise TableError(f"{file}: no column {absent[0]}, which ADTTE has; for other tables: trialog import table")
        if (self._from is None or self._until is None) and start is None:
            raise TableError(
                f"{file}: no columns STARTDT and ADT, so its times have no dates; name a day that stands for the "
                "origin with --start, for example --start 2000-01-01"
            )
        self._read(table)
        self._facts: dict[str, list[Statement]] = {}
        held = set()
        for subject, person in self._people.items():
            statements = self._statements(subject, person)
            if statements is None:
                held.add(subject)
            else:
                self._facts[subject] = statements
        self.held = frozenset(held)
        self.account.endpoints = tuple(sorted(self._endpoints))

    @property
    def trial(self) -> str | None:
        """STUDYID, where the data set has one."""
        return next(iter(self._studies)) if len(self._studies) == 1 else None

    def _read(self, table: Table) -> None:
        mine = self.account.of("ADTTE")
        mine.files.append(self._file)
        alive = self._alive_days(table)
        refused: dict[str, str] = {}
        for number, row in enumerate(table, 1):
            subject = self._text(row, "USUBJID")
            record = f"{subject or '(no USUBJID)'} (record {number})"
            try:
                self._row(row, number, alive)
            except RowError as error:
                which = f"{record}: {error.detail}" if error.detail else record
                mine.leave_out(str(error), which, subject=subject, gap=error.is_gap)
                if error.is_gap:
                    refused.setdefault(subject or record, str(error))
                continue
            mine.use()
        left = {name: why for name, why in refused.items() if name not in self._people}
        self.account.left_out_subjects.update(left)
        self.account.subjects = len(self._people) + len(left)
        if not self._people:
            reasons = "; ".join(f"{listed.count} rows: {reason}" for reason, listed in mine.left_out.items())
            raise TableError(f"{self._file}: no row gives an event{': ' if reasons else ''}{reasons}")
        if len(self._studies) > 1:
            raise TableError(f"{self._file}: expected one STUDYID, found: {', '.join(self._studies)}")

    def _alive_days(self, table: Table) -> dict[str, tuple[bool, str]]:
        """Return for each subject with an overall survival whether it ended in death, and its end, if both are read."""
        if "EVNTDESC" in self._place:
            return {}
        found = {}
        for row in table:
            if self._text(row, "PARAMCD").upper() == "OS":
                try:
                    found[self._text(row, "USUBJID")] = self._event_or_not(row), self._days(row)[1]
                except RowError:
                    continue
        return found

    def _text(self, row: Row, name: str) -> str:
        place = self._place.get(name)
        return "" if place is None else self._missing.without(text_of(row[place]))

    def _event_or_not(self, row: Row) -> bool:
        censored = self._text(row, "CNSR")
        if not re.fullmatch(r"\d+(\.0*)?", censored):
            raise RowError("CNSR is missing or no whole number", censored)
        return int(float(censored)) == 0

    def _row(self, row: Row, number: int, alive: Mapping[str, tuple[bool, str]]) -> None:
        subject, code = self._text(row, "USUBJID"), self._text(row, "PARAMCD").upper()
        if not _ID.fullmatch(subject):
            raise RowError("USUBJID is missing or not an id", shown(subject))
        endpoint = ENDPOINTS.get(code)
        if endpoint is None:
            raise RowError(f"PARAMCD {code} gives no event; read are {', '.join(ENDPOINTS)}", is_gap=False)
        ended = self._event_or_not(row)
        start, end = self._days(row)
        if self._start is None and not self._is_length(row, start, end):
            what = (
                f"AVAL is not the time from {self._from} to {self._until}; the dates count (--start takes AVAL alone)"
            )
            which = f"{subject} (record {number}): {self._text(row, 'AVAL')}, {start}, {end}"
            self.account.of("ADTTE").remark(what, which, subject=subject, gap=True)
        open_end = SubjectSeenAlive if endpoint == "OS" else ProgressionRuledOut
        kind = self._event(row, endpoint, subject, end, alive) if ended else open_end
        if self._text(row, "STUDYID"):
            self._studies[self._text(row, "STUDYID")] = None
        self._endpoints.add(endpoint)
        self._randomised |= any(_RANDOMISED.search(self._text(row, name)) for name in ("EVNTDESC", "CNSDTDSC"))
        person = self._people.setdefault(subject, _Person())
        person.starts.setdefault(start, self._reference(row, number, self._from or "STARTDT"))
        self._describe(person, row)
        # A censoring at the origin says no more than the origin does.
        if ended or end != start:
            person.events.setdefault((kind, end), self._reference(row, number, self._until or "ADT"))

    def _event(
        self, row: Row, endpoint: str, subject: str, end: str, alive: Mapping[str, tuple[bool, str]]
    ) -> type[TrialEvent]:
        """Return what ended a time.

        Raises:
            RowError: Progression or death: nobody says which.
        """
        if endpoint == "OS":
            return SubjectDied
        if endpoint == "TTP":
            return ProgressionFound
        words = self._text(row, "EVNTDESC")
        died, progressed = bool(_DEATH.search(words)), bool(_PROGRESSED.search(words))
        if not words and subject in alive:
            # Overall survival tells: who was alive on that day had progressed, and who died on it may have done both.
            died = alive[subject] == (True, end)
            progressed = not died
        if died == progressed:
            raise RowError("EVNTDESC does not say whether it was progression or death", words)
        return SubjectDied if died else ProgressionFound

    def _days(self, row: Row) -> tuple[str, str]:
        """Return the days of origin and end: of the dates, or of AVAL where a nominal origin is named."""
        if self._start is not None:
            moved = date.fromisoformat(self._start) + timedelta(days=max(self._length(row) - 1, 0))
            start, end = self._start, moved.isoformat()
        else:
            begin, finish = self._date(row, self._from or ""), self._date(row, self._until or "")
            if begin is None or finish is None:
                raise RowError(f"{self._from} or {self._until} is missing")
            start, end = begin, finish
        if dates.span(end)[0] > self._latest_day:
            self.account.note_too_late(end)
            raise RowError(f"{self._until} lies after {dates.iso(self._latest_day)}, the day of the extract", end)
        if dates.span(end)[1] < dates.span(start)[0]:
            raise RowError(f"{self._until} lies before {self._from}", f"{end}, {start}")
        return start, end

    def _is_length(self, row: Row, start: str, end: str) -> bool:
        """Tell whether AVAL, where there is one, can be the time between two days, with or without the first one."""
        first, last = dates.span(start), dates.span(end)
        if not self._text(row, "AVAL") or first[0] != first[1] or last[0] != last[1]:
            return True
        unit = self._unit(row)
        length, days = self._number(row) * unit, last[0] - first[0]
        slack = max(unit * _SLACK, Decimal("0.5"))
        return days - slack <= length <= days + 1 + slack

    def _date(self, row: Row, name: str) -> str | None:
        text = self._text(row, name)
        try:
            return clinical_date(text)
        except ValueError as error:
            raise RowError(f"{name} is not a date", str(error)) from None

    def _unit(self, row: Row) -> Decimal:
        words = f"{self._text(row, 'AVALU')} {self._text(row, 'PARAM')}".upper()
        return next((days for word, days in _UNITS.items() if word in words), _UNITS["DAY"])

    def _number(self, row: Row) -> Decimal:
        text = self._table.number(self._text(row, "AVAL"))
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise RowError("AVAL is missing or no number", text)
        return number

    def _length(self, row: Row) -> int:
        """Return AVAL in whole days."""
        try:
            return int((self._number(row) * self._unit(row)).to_integral_value(ROUND_HALF_UP))
        except (InvalidOperation, OverflowError):
            raise RowError("AVAL is missing or no number", self._text(row, "AVAL")) from None

    def _describe(self, person: _Person, row: Row) -> None:
        if person.cohort:
            return
        written, name = next(
            ((self._text(row, code), self._text(row, words)) for code, words in _ARMS if self._text(row, code)),
            ("all", ""),
        )
        person.cohort = _LABEL.sub("-", written).strip(" -")[:64].rstrip() or "all"
        person.arm = name if name and name != person.cohort else None
        age = self._text(row, "AGE").partition(".")[0]
        person.age = int(age) if age.isdigit() and int(age) <= 120 else None
        person.sex = self._text(row, "SEX") if self._text(row, "SEX") in ("F", "M", "U") else None

    def _reference(self, row: Row, number: int, variable: str) -> Reference:
        sequence = self._text(row, "ASEQ")
        by = "ASEQ" if sequence.isdigit() else "RECORD"
        return Reference(
            self._file, self._digest, "ADTTE", int(sequence) if sequence.isdigit() else number, by, (variable,)
        )

    def _statements(self, subject: str, person: _Person) -> list[Statement] | None:
        """Return what is said of a subject; None, and a contradiction in the account, where rows disagree."""
        deaths = {day: found for (kind, day), found in person.events.items() if kind is SubjectDied}
        for what, said in (
            (f"the day of origin ({self._from or 'STARTDT'})", person.starts),
            ("the day of death", deaths),
        ):
            if len(said) > 1:
                sides = tuple(f"{day} ({found})" for day, found in said.items())
                self.account.hold(ContradictoryRecords(subject, what, sides, NOTHING_IMPORTED))
                return None
        start, found = next(iter(person.starts.items()))
        fields = {"subject": subject, "cohort": person.cohort, "age": person.age, "sex": person.sex}
        if self._is_randomised:
            fields["randomised_on"] = start
        plain = {name: value for name, value in fields.items() if value is not None}
        made = [stated(key_of(PREFIX, "ADTTE", subject), "ADTTE", SubjectEnrolled, start, plain, (found,))]
        died = next(iter(deaths), None)
        for (kind, day), reference in sorted(person.events.items(), key=lambda each: (each[0][1], _ORDER[each[0][0]])):
            name = kind.TOPIC.partition("/")[0]
            if died is not None and dates.span(day)[0] > dates.span(died)[1]:
                sides = (f"death {died} ({deaths[died]})", f"{name} {day} ({reference})")
                self.account.conflicts.append(
                    ContradictoryRecords(subject, "after the death", sides, "the later one left out")
                )
                continue
            contact: dict[str, Any] = {"contact": "other"} if kind is SubjectSeenAlive else {}
            key = key_of(PREFIX, "ADTTE", subject, name, *([] if kind is SubjectDied else [day]))
            made.append(stated(key, "ADTTE", kind, day, {"subject": subject, **contact}, (reference,)))
        return made

    @property
    def _is_randomised(self) -> bool:
        """Whether the origin is the randomisation, by its variable or by the words of the rows."""
        return self._randomised or (self._from or "").startswith("RAND")

    def trial_facts(self) -> list[ImportedFact]:
        """Return the registration, and a cohort for each arm."""
        opened: dict[str, tuple[int, str, Reference, str | None]] = {}
        for subject in self._facts:
            person = self._people[subject]
            start, found = next(iter(person.starts.items()))
            day = dates.span(start)[0]
            if person.cohort not in opened or day < opened[person.cohort][0]:
                opened[person.cohort] = day, start, found, person.arm
        if not opened:
            return []
        _, first, found, _ = min(opened.values(), key=lambda each: each[0])
        about: dict[str, Any] = {"title": self.trial or self._file}
        if self._is_randomised:
            about["default_definition"] = Definition(origin="randomisation")
        made = [stated(f"{PREFIX}:TRIAL", "ADTTE", TrialRegistered, first, about, (found,))]
        for label, (_, opened_on, found, arm) in sorted(opened.items(), key=lambda each: (each[1][0], each[0])):
            fields = {"cohort": label} | ({"arm": arm} if arm else {})
            made.append(stated(key_of(PREFIX, "ARM", label), "ADTTE", CohortOpened, opened_on, fields, (found,)))
        return [statement.fact() for statement in made]

    def subjects(self) -> Iterator[tuple[str, list[ImportedFact]]]:
        """Yield each subject with its facts, enrollment first, then by day.

        Raises:
            TableError: A row holds what no event can.
        """
        for subject, statements in self._facts.items():
            try:
                yield subject, [statement.fact() for statement in statements]
            except EventError as error:
                raise TableError(f"{self._file}: {subject}: {error}") from None
