"""The subjects of an extract while it is read: who is enrolled, and what the records say of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from trialog.events import dates
from trialog.events.errors import EventError, TableError
from trialog.events.kinds import SubjectSeenAlive, TrialEvent
from trialog.events.provenance import MOST_SHOWN, Reference
from trialog.events.vocabulary import ContactKind, Criteria
from trialog.exchange.dtc import clinical_date
from trialog.exchange.fact import Statement, key_of, stated
from trialog.exchange.import_report import DatasetAccount, ImportReport
from trialog.exchange.missing_words import ALWAYS, MissingWords
from trialog.exchange.sdtm.extract import Record

PREFIX: Final = "sdtm"


@dataclass(frozen=True)
class SdtmOptions:
    """What an extract cannot say of itself.

    Attributes:
        latest_day: Nothing after this day can be known to the extract.
        criteria: Of responses without RSCAT; found out when None.
        actual_arm: Take the arm that was given (ACTARMCD) instead of the planned one.
        missing: Words that are read as missing.
    """

    latest_day: int
    criteria: Criteria | None = None
    actual_arm: bool = False
    missing: MissingWords = ALWAYS


class UnusableError(Exception):
    """A record from which no event can be made.

    Attributes:
        reason: Why, the same words for every such record.
        detail: The value, where it helps to find the mistake.
        is_gap: Whether a figure could be other if the record had been read.
        is_in_log: Whether an event says that the record was not understood.
    """

    is_in_log = False

    def __init__(self, reason: str, detail: str = "", *, is_gap: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.is_gap = is_gap


class NothingMissedError(UnusableError):
    """A record from which no event is made, and that no figure misses."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail, is_gap=False)


@dataclass(frozen=True, slots=True)
class Dated:
    """A day that a variable of a record states."""

    day: str
    reference: Reference


@dataclass(slots=True)
class Contact:
    """The records of a data set that show a subject alive on a day."""

    kind: ContactKind
    found: tuple[Reference, ...] = ()
    count: int = 0

    def add(self, reference: Reference) -> None:
        """Count a record; the first few are named."""
        self.count += 1
        if len(self.found) < MOST_SHOWN:
            self.found = (*self.found, reference)


@dataclass(slots=True)
class SubjectFacts:
    """What an extract says of a subject.

    Attributes:
        subject: USUBJID.
        not_enrolled: Why nothing is imported of the subject; None for everybody who is enrolled.
        cohort, arm: Label of the cohort, and its name in words.
        demographics: Fields of the enrollment that DM gives, and where.
        fallback: Days that may stand for enrollment, in order of preference, with the variable of each.
        consents, entered, randomised: Days of consent, of entering the trial, of randomisation.
        statements: Doses, responses, departures, by key.
        contacts: By data set, kind of key and day.
        deaths: Dates of death that records state, each with the words "DM DTHDTC".
        dead_without_day: Records that say that the subject is dead, and not since when.
        undated: Assessments that were not understood and have no day: sequence, where, and their other fields.
        dead_by: Records that say that the subject was dead on a day, with their words.
        cause, related: Of death.
    """

    subject: str
    not_enrolled: str | None = None
    cohort: str = ""
    arm: str | None = None
    demographics: dict[str, Any] = field(default_factory=dict)
    found_in: tuple[Reference, ...] = ()
    fallback: list[Dated] = field(default_factory=list)
    consents: list[Dated] = field(default_factory=list)
    entered: list[Dated] = field(default_factory=list)
    randomised: list[Dated] = field(default_factory=list)
    statements: dict[str, Statement] = field(default_factory=dict)
    contacts: dict[tuple[str, str, str], Contact] = field(default_factory=dict)
    deaths: list[tuple[str, Dated]] = field(default_factory=list)
    dead_without_day: list[tuple[str, Reference]] = field(default_factory=list)
    dead_by: list[tuple[str, Dated]] = field(default_factory=list)
    undated: list[tuple[str, Reference, dict[str, Any]]] = field(default_factory=list)
    cause: str | None = None
    related: bool | None = None
    contradiction: tuple[str, tuple[str, ...]] | None = None

    def state(self, kind: type[TrialEvent], dated: Dated, *key: str, **fields: Any) -> None:
        """Keep a statement.

        Raises:
            UnusableError: Its fields do not fit the kind of event, or it stands there already.
            TableError: Another record of the same number says something else; which is meant, nobody can tell.
        """
        dataset = dated.reference.dataset
        statement = stated(
            key_of(PREFIX, dataset, self.subject, *key),
            dataset,
            kind,
            dated.day,
            {"subject": self.subject, **{name: value for name, value in fields.items() if value is not None}},
            (dated.reference,),
        )
        try:
            statement.fact()
        except EventError as error:
            raise UnusableError(str(error)) from None
        held = self.statements.setdefault(statement.key, statement)
        if held is statement:
            return
        if held.says(statement):
            raise NothingMissedError("the same record stands twice")
        raise TableError(
            f"{dated.reference.file}: {self.subject} has two {dataset} records {dated.reference.by}="
            f"{dated.reference.sequence} that differ; number them apart"
        )

    def seen(self, dated: Dated, kind: ContactKind, mark: str = "") -> None:
        """Note that a record shows the subject alive on a day."""
        key = (dated.reference.dataset, mark, dated.day)
        contact = self.contacts.get(key)
        if contact is None:
            contact = self.contacts[key] = Contact(kind)
        contact.add(dated.reference)

    def contact_statements(self) -> Iterator[Statement]:
        """Yield one statement for each data set and day on which the subject was seen."""
        for (dataset, mark, day), contact in self.contacts.items():
            yield stated(
                key_of(PREFIX, dataset, self.subject, *([mark] if mark else []), day),
                dataset,
                SubjectSeenAlive,
                day,
                {"subject": self.subject, "contact": contact.kind},
                contact.found,
                count=contact.count,
            )


class People:
    """The subjects of an extract, by USUBJID.

    Attributes:
        options: What the extract cannot say of itself.
        account: Of the import.
    """

    def __init__(self, options: SdtmOptions, account: ImportReport) -> None:
        self.options = options
        self.account = account
        self._known: dict[str, SubjectFacts] = {}
        self._days: dict[str, str] = {}

    def __iter__(self) -> Iterator[SubjectFacts]:
        """Yield every subject in the order of DM."""
        return iter(self._known.values())

    def __contains__(self, subject: str) -> bool:
        return subject in self._known

    def add(self, person: SubjectFacts) -> None:
        """Take in a subject of DM."""
        self._known[person.subject] = person

    def get(self, subject: str) -> SubjectFacts | None:
        """Return a subject of DM, enrolled or not."""
        return self._known.get(subject)

    def enrolled(self, record: Record) -> SubjectFacts:
        """Return the subject that a record is about.

        Raises:
            UnusableError: Nothing is imported of the subject.
        """
        subject = record.subject
        if not subject:
            raise UnusableError("USUBJID is missing")
        person = self._known.get(subject)
        if person is None:
            raise UnusableError("the subject is not in DM")
        if person.not_enrolled is not None:
            raise NothingMissedError(f"the subject is not enrolled: {person.not_enrolled}")
        return person

    def dated(self, record: Record, variable: str) -> Dated | None:
        """Return the day that a variable states, None where it is empty.

        Raises:
            UnusableError: It is no date, or lies after the day of the extract.
        """
        text = record[variable]
        try:
            day = clinical_date(text)
        except ValueError as error:
            raise UnusableError(f"{variable} is not a date", str(error)) from None
        if day is None:
            return None
        if dates.span(day)[0] > self.options.latest_day:
            latest = dates.iso(self.options.latest_day)
            self.account.note_too_late(day)
            raise UnusableError(f"{variable} lies after {latest}, the day of the extract", text)
        # One text for each day, however many records share it.
        return Dated(self._days.setdefault(day, day), record.reference(variable))


def left_out(account: DatasetAccount, record: Record, error: UnusableError) -> None:
    """Count a record from which no event can be made."""
    which = f"{record} ({error.detail})" if error.detail else str(record)
    account.leave_out(error.reason, which, subject=record.subject, gap=error.is_gap, in_log=error.is_in_log)
