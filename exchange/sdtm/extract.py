"""An SDTM extract: its data sets by domain, with their supplemental qualifiers joined to each record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from trialog.events.errors import TableError
from trialog.events.provenance import HASH_DIGITS, Reference
from trialog.exchange.import_report import ImportReport
from trialog.exchange.missing_words import ALWAYS, MissingWords
from trialog.exchange.tables.table import Cell, Row, Table, text_of, written

SUPPLEMENTAL: Final = ("RDOMAIN", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
ONE_A_SUBJECT: Final = ("DM",)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of an extract.

    Attributes:
        name: Without its folder.
        digest: SHA-256 in hexadecimal.
        table: What it holds.
    """

    name: str
    digest: str
    table: Table


class Record:
    """A record of a data set: texts by the name of their variable, empty where missing or unknown.

    Attributes:
        number: Place in its file, from 1.
    """

    __slots__ = ("_extra", "_part", "_row", "number")

    def __init__(self, part: DomainFile, row: Row, number: int, extra: Mapping[str, str] | None = None) -> None:
        self._part = part
        self._row = row
        self._extra = extra
        self.number = number

    def __getitem__(self, name: str) -> str:
        """Return a variable's text; empty where its word says that the value is missing."""
        part = self._part
        place = part.place.get(name)
        found = "" if place is None else part.missing.without(text_of(self._row[place]))
        if not found and self._extra:
            return part.missing.without(self._extra.get(name, ""))
        return found

    def raw(self, name: str) -> str:
        """Return a variable's text as it is written, words for a missing value included."""
        place = self._part.place.get(name)
        found = "" if place is None else text_of(self._row[place]).strip()
        return found or (self._extra or {}).get(name, "")

    def numeral(self, name: str) -> str:
        """Return the text of a number with a decimal point, where its file writes a comma."""
        return self._part.file.table.number(self[name])

    @property
    def domain(self) -> str:
        """Of its data set, for example ``LB``."""
        return self._part.domain

    @property
    def subject(self) -> str:
        """USUBJID."""
        return self["USUBJID"]

    @property
    def sequence(self) -> int | None:
        """--SEQ, or the place in the file where there is none; None in a data set with one record a subject."""
        part = self._part
        if part.sequence is None:
            return None if part.domain in ONE_A_SUBJECT else self.number
        text = self[part.sequence]
        return int(text) if text.isascii() and text.isdigit() else self.number

    def reference(self, *variables: str) -> Reference:
        """Return where this record states some variables."""
        part = self._part
        return Reference(
            part.file.name,
            part.digest,
            part.domain,
            self.sequence,
            part.sequence or "RECORD",
            part.shared.setdefault(variables, variables),
        )

    def __str__(self) -> str:
        sequence = self.sequence
        record = "" if sequence is None else f" {self._part.sequence or 'record'}={sequence}"
        return f"{self.subject or '(no USUBJID)'}{record}"


class DomainFile:
    """One file of a data set.

    Attributes:
        file: Where it is.
        domain: For example ``LB``.
        place: Column of each variable, in capitals.
        sequence: Name of its --SEQ, where it has one.
        digest: As references show it.
        shared: One tuple for each choice of variables, because references are many.
        missing: Words that are read as missing.
    """

    def __init__(self, file: SourceFile, domain: str, missing: MissingWords = ALWAYS) -> None:
        self.file = file
        self.missing = missing
        self.domain = domain
        self.place = {name.upper(): at for at, name in enumerate(file.table.names)}
        self.digest = file.digest[:HASH_DIGITS]
        self.shared: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.sequence = f"{domain}SEQ" if f"{domain}SEQ" in self.place else None

    def key(self, row: Row, number: int) -> tuple[str, str]:
        """Return what tells a record from every other of its domain."""
        subject = self.place.get("USUBJID")
        sequence = self.place.get(self.sequence or "")
        return (
            "" if subject is None else text_of(row[subject]),
            str(number) if sequence is None and self.domain not in ONE_A_SUBJECT else _text(row, sequence),
        )


def _text(row: Row, place: int | None) -> str:
    return "" if place is None else text_of(row[place])


@dataclass
class Dataset:
    """All files of a domain, and its supplemental qualifiers.

    Attributes:
        domain: For example ``LB``.
        parts: Its files; split data sets have several.
        extra: Supplemental qualifiers by subject, identifying variable and its value.
    """

    domain: str
    parts: list[DomainFile] = field(default_factory=list)
    extra: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Record]:
        """Read every record.

        Raises:
            TableError: A file is damaged further down.
        """
        by = sorted({variable for _, variable, _ in self.extra})
        for part in self.parts:
            for number, row in enumerate(part.file.table, 1):
                yield Record(part, row, number, self._extra_of(part, row, by) if by else None)

    def has(self, variable: str) -> bool:
        """Tell whether any file, or a supplemental qualifier, holds a variable."""
        return any(variable in part.place for part in self.parts) or any(
            variable in each for each in self.extra.values()
        )

    def _extra_of(self, part: DomainFile, row: Row, by: Sequence[str]) -> dict[str, str]:
        subject = _text(row, part.place.get("USUBJID"))
        found: dict[str, str] = {}
        for variable in by:
            value = _identifier(_text(row, part.place.get(variable))) if variable else ""
            found.update(self.extra.get((subject, variable, value), {}))
        return found


@dataclass
class Extract:
    """The data sets of an extract, by domain."""

    datasets: dict[str, Dataset] = field(default_factory=dict)

    def __contains__(self, domain: str) -> bool:
        return domain in self.datasets

    def records(self, domain: str) -> Iterator[Record]:
        """Read the records of a domain; none where the extract does not have it."""
        dataset = self.datasets.get(domain)
        if dataset is not None:
            yield from dataset


def assemble(files: Sequence[SourceFile], account: ImportReport, missing: MissingWords = ALWAYS) -> Extract:
    """Sort the files of an extract into data sets; what is no SDTM data set is noted in the account.

    A file that holds the same records as another (a twin in another form) is read once.

    Raises:
        TableError: Two files of one domain have a record in common and differ in it, or a file is damaged.
    """
    extract = Extract()
    supplemental: list[SourceFile] = []
    for file in files:
        columns = {name.upper() for name in file.table.names}
        if columns.issuperset(SUPPLEMENTAL):
            parts = (DomainFile(each, "SUPP") for each in supplemental)
            twin = next((each for each in parts if _same(each, DomainFile(file, "SUPP"))), None)
            if twin is None:
                supplemental.append(file)
            else:
                account.unread[file.name] = f"the same records as {twin.file.name}; read once"
            continue
        domain = _domain_of(file, columns)
        if domain is None:
            account.unread[file.name] = _why_not(columns)
            continue
        account.of(domain).files.append(file.name)
        part, dataset = DomainFile(file, domain, missing), extract.datasets.setdefault(domain, Dataset(domain))
        twin = next((each for each in dataset.parts if _same(each, part)), None)
        if twin is not None:
            account.of(domain).files.remove(file.name)
            account.unread[file.name] = f"the same {domain} records as {twin.file.name}; read once"
            continue
        dataset.parts.append(part)
    for dataset in extract.datasets.values():
        _refuse_overlap(dataset)
    for file in supplemental:
        _join(file, extract, account)
    return extract


def _domain_of(file: SourceFile, columns: set[str]) -> str | None:
    if "DOMAIN" in columns:
        place = [name.upper() for name in file.table.names].index("DOMAIN")
        first = next(iter(file.table), None)
        found = text_of(first[place]).strip().upper() if first else ""
        return found or file.table.name.upper() or None
    name = file.table.name.upper()
    return name if len(name) == 2 and name.isalpha() and "STUDYID" in columns else None


def _why_not(columns: set[str]) -> str:
    if "DOMAIN" in columns:
        return "it holds no record, and no name of a data set"
    if "PARAMCD" in columns:
        return "an ADaM data set, not SDTM; for ADTTE there is: trialog import adtte"
    if {"STUDYID", "TRTSDT"} <= columns or {"STUDYID", "SAFFL"} <= columns:
        return "an ADaM data set (ADSL), not SDTM"
    return "no SDTM data set: it has no column DOMAIN"


def _same(one: DomainFile, other: DomainFile) -> bool:
    """Tell whether two files hold the same table, value by value."""
    if one.place.keys() != other.place.keys():
        return False
    order = [(one.place[name], other.place[name]) for name in one.place]
    mine, theirs = iter(one.file.table), iter(other.file.table)
    for row in mine:
        against = next(theirs, None)
        if against is None or any(_plain(row[left]) != _plain(against[right]) for left, right in order):
            return False
    return next(theirs, None) is None


def _plain(cell: Cell) -> str:
    return written(cell).strip()


def _refuse_overlap(dataset: Dataset) -> None:
    """Refuse files of one domain that tell the same record twice, and differently."""
    if len(dataset.parts) < 2:
        return
    seen: dict[tuple[str, str], str] = {}
    for part in dataset.parts:
        if part.sequence is None and dataset.domain not in ONE_A_SUBJECT:
            continue
        for number, row in enumerate(part.file.table, 1):
            key = part.key(row, number)
            earlier = seen.setdefault(key, part.file.name)
            if earlier != part.file.name:
                raise TableError(
                    f"{earlier} and {part.file.name} both hold {dataset.domain} record {' '.join(key).strip()} and "
                    "differ; keep one of the two files in the extract"
                )


def _join(file: SourceFile, extract: Extract, account: ImportReport) -> None:
    """Join supplemental qualifiers to the data set that they belong to."""
    place = {name.upper(): at for at, name in enumerate(file.table.names)}
    mine = account.of(file.table.name.upper() or "SUPP--")
    mine.files.append(file.name)
    for number, row in enumerate(file.table, 1):
        cells = {name: _text(row, place.get(name)).strip() for name in ("USUBJID", *SUPPLEMENTAL)}
        record = f"{cells['USUBJID']} {cells['RDOMAIN']}.{cells['QNAM']} (record {number})"
        dataset = extract.datasets.get(cells["RDOMAIN"].upper())
        if dataset is None:
            mine.leave_out("qualifies a data set that is not in the extract", record)
            continue
        key = (cells["USUBJID"], cells["IDVAR"].upper(), _identifier(cells["IDVARVAL"]))
        dataset.extra.setdefault(key, {})[cells["QNAM"].upper()] = cells["QVAL"]
        mine.use()


def _identifier(text: str) -> str:
    """Return an identifying value so that 5 and 5.0 are the same record."""
    text = text.strip()
    whole, point, rest = text.partition(".")
    return whole if point and not rest.strip("0") else text
