"""A whole SDTM extract as facts: enrolled subjects, their events, and what contradicts what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trialog.events import dates
from trialog.events.definition import Definition
from trialog.events.errors import TableError
from trialog.events.kinds import AssessmentNotUnderstood, CohortOpened, SubjectDied, SubjectEnrolled, TrialRegistered
from trialog.exchange.fact import ImportedFact, Statement, key_of, stated
from trialog.exchange.import_report import NOTHING_IMPORTED, ContradictoryRecords, ImportReport
from trialog.exchange.sdtm.contacts import CONTACTS, read_contacts
from trialog.exchange.sdtm.death import ContradictionError, death_of, read_death_details, read_survival_status
from trialog.exchange.sdtm.demographics import read_demographics
from trialog.exchange.sdtm.disposition import read_disposition
from trialog.exchange.sdtm.exposure import read_exposure
from trialog.exchange.sdtm.extract import Extract, SourceFile, assemble
from trialog.exchange.sdtm.people import PREFIX, Dated, People, SdtmOptions, SubjectFacts
from trialog.exchange.sdtm.response import read_response
from trialog.exchange.sdtm.study import read_study

_NEVER_COME_TO = ("DM", "DS", "EX", "EC", "RS", "SS", "DD", "TS", *CONTACTS)


class SdtmReading:
    """Facts of an SDTM extract; see `trialog.exchange.reading.Reading`.

    Args:
        files: The files of the extract.
        options: What the extract cannot say of itself.
        title: Title of the trial, where TS has none.

    Raises:
        TableError: There is no DM, it holds several studies, two files contradict each other, or one is damaged.
    """

    prefix = PREFIX

    def __init__(self, files: Sequence[SourceFile], options: SdtmOptions, title: str | None = None) -> None:
        self.account = ImportReport()
        extract = assemble(files, self.account, options.missing)
        if "DM" not in extract:
            raise TableError(f"no DM data set among {len(files)} files; an SDTM extract needs one{self._unread()}")
        self._code = _study_code(extract)
        self._people = People(options, self.account)
        self._study = read_study(extract, self.account)
        self._title = self._study.title or title or self._code
        read_demographics(extract, self._people, self.account)
        read_disposition(extract, self._people, self.account)
        read_exposure(extract, self._people, self.account)
        read_response(extract, self._people, self.account)
        read_death_details(extract, self._people, self.account)
        read_survival_status(extract, self._people, self.account)
        read_contacts(extract, self._people, self.account)
        self._count_others(extract)
        self._remark_wrong_cells(extract)
        self.datasets = frozenset(extract.datasets)
        self.joint = frozenset(["DS"])
        # DD and AE tell causes of deaths that DM and DS tell.
        tells_causes = {"DD", "AE"} <= extract.datasets.keys()
        of_causes = {SubjectDied.TOPIC: frozenset(["cause", "related"])}
        self.silent: Mapping[str, frozenset[str]] = {} if tells_causes else of_causes
        # Only the day of enrollment is kept: statements of every subject at once would need gigabytes.
        self._enrolled: dict[str, str] = {}
        held = set()
        for person in self._people:
            if person.not_enrolled is None:
                try:
                    enrollment, death = _ends(person)
                    if death is not None:
                        self._statements(person, self.account.conflicts)  # for what is dated after it
                    self._enrolled[person.subject] = enrollment.day
                    self._remark_origin(person)
                except ContradictionError as error:
                    held.add(person.subject)
                    self.account.hold(ContradictoryRecords(person.subject, error.what, error.sides, NOTHING_IMPORTED))
        self.held = frozenset(held)
        self.account.not_enrolled = sum(person.not_enrolled is not None for person in self._people)
        self.account.subjects = len(self._enrolled) + len(self.account.left_out_subjects)
        if not self._enrolled and not held:
            raise TableError("no subject of DM is enrolled; nothing can be imported")

    @property
    def trial(self) -> str:
        """STUDYID."""
        return self._code

    def trial_facts(self) -> list[ImportedFact]:
        """Return the registration, and a cohort for each arm, opened on the day of its first enrollment."""
        opened: dict[str, tuple[int, Dated, str | None]] = {}
        for person in self._people:
            first_day = self._enrolled.get(person.subject)
            if first_day is not None:
                enrolled = Dated(first_day, person.found_in[0])
                day = dates.span(enrolled.day)[0]
                earlier = opened.get(person.cohort)
                if earlier is None or day < earlier[0]:
                    opened[person.cohort] = (day, enrolled, person.arm)
        if not opened:
            return []
        first = min(opened.values(), key=lambda each: each[0])[1]
        found = self._study.found or (first.reference,)
        fields: dict[str, Any] = {"title": self._title, "default_definition": self._definition()}
        fields |= {"sponsor": self._study.sponsor, "indication": self._study.indication}
        began, plain = (
            self._study.started_on or first.day,
            {name: each for name, each in fields.items() if each is not None},
        )
        made = [stated(f"{PREFIX}:TRIAL", "DM", TrialRegistered, began, plain, found)]
        for label, (_, enrolled, arm) in sorted(opened.items(), key=lambda each: (each[1][0], each[0])):
            fields = {"cohort": label} | ({"arm": arm} if arm else {})
            key = key_of(PREFIX, "ARM", label)
            made.append(stated(key, "DM", CohortOpened, enrolled.day, fields, (enrolled.reference,)))
        return [statement.fact() for statement in made]

    def subjects(self) -> Iterator[tuple[str, list[ImportedFact]]]:
        """Yield each enrolled subject with its facts, enrollment first, then by day."""
        for person in self._people:
            if person.subject in self._enrolled:
                # Its contradictions are in the account since the first time.
                yield person.subject, [statement.fact() for statement in self._statements(person, [])]

    def _statements(self, person: SubjectFacts, conflicts: list[ContradictoryRecords]) -> list[Statement]:
        """Return what is said of a subject, without what is dated after its death, which is added to ``conflicts``.

        Raises:
            ContradictionError: The records of the subject cannot all be right, and nobody can say which are.
        """
        enrollment, death = _ends(person)
        found = [*person.statements.values(), *person.contact_statements(), *_undated(person, enrollment.day)]
        if death is not None:
            died = dates.span(death.day)[1]
            later = [each for each in found if dates.span(each.day)[0] > died]
            for each in later:
                conflicts.append(
                    ContradictoryRecords(
                        person.subject, "after the death", (_side(death), _side(each)), "the later one left out"
                    )
                )
            found = [each for each in found if dates.span(each.day)[0] <= died]
        found.sort(key=lambda each: (dates.span(each.day)[0], each.key))
        return [enrollment, *found, *([death] if death is not None else [])]

    def _remark_origin(self, person: SubjectFacts) -> None:
        """Say where the day of enrollment is one that only stands for it."""
        if person.randomised or person.entered:
            return
        variable = "the consent" if person.consents else ",".join(_origin(person).reference.variables)
        self.account.of("DM").remark(
            f"no day of randomisation or of entering the trial; {variable} stands for the enrollment", person.subject
        )

    def _definition(self) -> Definition:
        """Return from where times run: randomisation where DS has one, else enrollment."""
        randomised = any(person.randomised for person in self._people)
        return Definition(origin="randomisation" if randomised else "enrollment")

    def _remark_wrong_cells(self, extract: Extract) -> None:
        """List cells of another type than their column; none of them was used, else it would have been refused."""
        for domain, dataset in extract.datasets.items():
            for part in dataset.parts:
                wrong = part.file.table.wrong
                for column, (count, first) in (wrong.by_column if wrong else {}).items():
                    self.account.of(domain).remark(
                        f"{column} holds a cell of another type than the column; it is not used",
                        f"{part.file.name} {first}" + (f" and {count - 1} more" if count > 1 else ""),
                    )

    def _count_others(self, extract: Extract) -> None:
        """Count the records of data sets that hold no event."""
        for domain in extract.datasets:
            if domain not in _NEVER_COME_TO:
                mine = self.account.of(domain)
                for record in extract.records(domain):
                    mine.leave_out(f"{domain} holds no event of trialog", str(record))

    def _unread(self) -> str:
        listed = "; ".join(f"{name}: {why}" for name, why in list(self.account.unread.items())[:3])
        return f" ({listed})" if listed else ""


def _study_code(extract: Extract) -> str:
    codes = dict.fromkeys(record["STUDYID"] for record in extract.records("DM"))
    if len(codes) != 1 or "" in codes:
        listed = ", ".join(code or "(empty)" for code in list(codes)[:5]) or "none"
        raise TableError(f"DM: expected one STUDYID, found: {listed}; import each study alone")
    return next(iter(codes))


def _ends(person: SubjectFacts) -> tuple[Statement, Statement | None]:
    """Return a subject's enrollment and death, without the rest of its records.

    Raises:
        ContradictionError: They cannot both be right.
    """
    if person.contradiction is not None:
        raise ContradictionError(*person.contradiction)
    enrollment, death = _enrollment(person), death_of(person)
    if death is not None and dates.span(death.day)[1] < dates.span(enrollment.day)[0]:
        raise ContradictionError("died before enrollment", (_side(death), _side(enrollment)))
    return enrollment, death


def _undated(person: SubjectFacts, enrolled_on: str) -> Iterator[Statement]:
    """Yield the assessments that were not understood and have no day; none was made before the enrollment."""
    for sequence, reference, fields in person.undated:
        given = {name: value for name, value in fields.items() if value is not None}
        key = key_of(PREFIX, "RS", person.subject, sequence)
        plain = {"subject": person.subject, "dated": False, **given}
        yield stated(key, "RS", AssessmentNotUnderstood, enrolled_on, plain, (reference,))


def _enrollment(person: SubjectFacts) -> Statement:
    """Return the enrollment, on the day that `_origin` finds."""
    enrolled = _origin(person)
    fields: dict[str, Any] = {"subject": person.subject, "cohort": person.cohort, **person.demographics}
    found = [*person.found_in, enrolled.reference]
    consent, randomised = _earliest(person.consents), _earliest(person.randomised)
    if consent is not None:
        fields["consent_on"] = consent.day
        if consent is not enrolled:
            found.append(consent.reference)
    if randomised is not None:
        fields["randomised_on"] = randomised.day
    key = key_of(PREFIX, "DM", person.subject)
    return stated(key, "DM", SubjectEnrolled, enrolled.day, fields, found)


def _origin(person: SubjectFacts) -> Dated:
    """Return the day of randomisation, else of entering the trial, else of consent, else the first day that DM gives.

    Raises:
        ContradictionError: There is none.
    """
    for candidates in (person.randomised, person.entered, person.consents):
        found = _earliest(candidates)
        if found is not None:
            return found
    if person.fallback:
        return person.fallback[0]
    raise ContradictionError(
        "enrolled, and no day of randomisation or enrollment (DS), consent (DS, RFICDTC) or start (RFSTDTC)",
        tuple(str(reference) for reference in person.found_in),
    )


def _earliest(found: Sequence[Dated]) -> Dated | None:
    return min(found, key=lambda each: dates.span(each.day), default=None)


def _side(statement: Statement) -> str:
    what = statement.kind.TOPIC.partition("/")[0]
    return f"{what} {statement.day} ({statement.source})"
