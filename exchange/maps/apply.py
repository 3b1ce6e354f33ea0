"""A table read through a map: each row becomes events, or is left out with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from trialog.events import dates
from trialog.events.errors import EventError, TableError
from trialog.events.kinds import ID_FORM, CohortOpened, SubjectEnrolled, TrialEvent, TrialRegistered
from trialog.events.provenance import HASH_DIGITS, Reference
from trialog.events.registry import kind_named
from trialog.exchange.dtc import clinical_date
from trialog.exchange.fact import ImportedFact, Statement, key_of, stated
from trialog.exchange.import_report import DatasetAccount, ImportReport
from trialog.exchange.maps.model import Condition, Day, EventRule, FieldSource, Map
from trialog.exchange.statement_buffer import Spool
from trialog.exchange.tables.table import Row, Table, shown, text_of

PREFIX: Final = "table"
_DAYS: Final = {"days": Decimal(1), "weeks": Decimal(7), "months": Decimal("30.4375"), "years": Decimal("365.25")}
_REPEATS: Final = "says the same as an earlier row; taken once"
_ID: Final = re.compile(ID_FORM)
_ONCE: Final = ("subject-enrolled", "subject-died")
_ONCE_KINDS: Final = frozenset(kind_named(name) for name in _ONCE)
_SERIAL_EPOCH: Final = date(1899, 12, 30)
_SERIAL_DAYS: Final = range(20_000, 80_000)
"""1954 to 2119: numbers that can be days of a trial, and no years."""

_MOST_REMEMBERED: Final = 65_536


class RowError(Exception):
    """Why no event can be made of a row; the same words for every such row.

    Attributes:
        detail: The value, where it helps to find the mistake.
        is_gap: Whether a figure could be other if the row had been read.
    """

    def __init__(self, reason: str, detail: str = "", *, is_gap: bool = True) -> None:
        super().__init__(reason)
        self.detail = detail
        self.is_gap = is_gap


class TableReading:
    """Facts of a table, read through a map; see `trialog.exchange.reading.Reading`.

    Args:
        table: What to read.
        map_: How.
        file: Name of the file.
        digest: Its SHA-256 in hexadecimal.
        latest_day: Nothing after this day can be known.
        own_days: Each fact counts as known on its own day.
        whole: The table is a whole extract: what an earlier one had and it has not is gone.

    Raises:
        TableError: A column of the map is not in the table, no row gives an event, or the file is damaged.
    """

    def __init__(
        self,
        table: Table,
        map_: Map,
        file: str,
        digest: str,
        *,
        latest_day: int,
        own_days: bool = False,
        whole: bool = False,
    ) -> None:
        self.account = ImportReport()
        self.joint: frozenset[str] = frozenset()
        self.silent: Mapping[str, frozenset[str]] = {}
        self.held: frozenset[str] = frozenset()
        self._dataset = map_.name
        self.prefix = f"{PREFIX}:{map_.name}"
        self.datasets = frozenset([map_.name]) if whole else frozenset[str]()
        self._map = map_
        self._file, self._digest = file, digest[:HASH_DIGITS]
        self._latest_day = latest_day
        self._own_days = own_days
        self._cohorts: dict[str, tuple[int, str, Reference]] = {}
        self._earliest: tuple[int, str, Reference] | None = None
        # An event on a constant day is made of each row of a subject on purpose.
        self._by_column = {kind_named(rule.event).TOPIC for rule in map_.events if rule.on.column is not None}
        self._repeats_noted = False
        self._once: dict[str, Statement] = {}
        self._accepted: set[tuple[Any, ...]] = set()
        self._seen: set[str] = set()
        self._spool = Spool()
        self._read(table)

    @property
    def trial(self) -> str | None:
        """The trial that the map names."""
        return None if self._map.trial is None else self._map.trial.code

    def close(self) -> None:
        """Give temporary files back."""
        self._spool.close()

    # -- reading ------------------------------------------------------------------

    def _read(self, table: Table) -> None:
        place = {name: at for at, name in enumerate(table.names)}
        for name in self._map.all_columns():
            if name not in place:
                listed = ", ".join(table.names[:12]) + (", ..." if len(table.names) > 12 else "")
                raise TableError(
                    f"{self._file}: no column {name!r}, which map {self._map.name} needs; its columns are: {listed}"
                )
        mine = self.account.of(self._dataset)
        mine.files.append(self._file)
        rules = [
            _Rule(number, rule, place, self._map, serial_days=table.serial_days)
            for number, rule in enumerate(self._map.events)
        ]
        subject_of = _text_reader(self._map.subject, place, self._map)
        skips = [([_condition(each, place, self._map) for each in skip.when], skip.reason) for skip in self._map.skip]
        refused: dict[str, str] = {}
        for number, row in enumerate(table, 1):
            record, subject = f"record {number}", ""
            try:
                found = subject_of(row, number)
                if not isinstance(found, str) or not _ID.fullmatch(found):
                    raise RowError("the subject's id is missing or not allowed", shown(text_of(found)))
                subject, record = found, f"{found} (record {number})"
                for conditions, reason in skips:
                    if all(condition(row) for condition in conditions):
                        raise RowError(reason, is_gap=False)
                made = self._statements(subject, row, number, rules)
                if not made:
                    raise RowError("no rule of the map applies")
            except RowError as error:
                which = f"{record}: {error.detail}" if error.detail else record
                mine.leave_out(str(error), which, subject=subject, gap=error.is_gap)
                if error.is_gap:
                    refused.setdefault(subject or record, str(error))
                continue
            for statement in made:
                if not self._said_before(statement):
                    self._spool.add(subject, statement)
                    self._note(statement, number)
                self._seen.add(subject)
            mine.use()
        self.account.left_out_subjects.update((name, why) for name, why in refused.items() if name not in self._seen)
        self.account.subjects = len(self._seen | self.account.left_out_subjects.keys())
        self._refuse_nothing(mine)

    def _refuse_nothing(self, account: DatasetAccount) -> None:
        if not len(self._spool):
            reasons = "; ".join(
                f"{listed.count} rows: {reason} (first: {listed.records[0]})"
                for reason, listed in account.left_out.items()
            )
            why = f": {reasons}" if reasons else ""
            raise TableError(f"{self._file}: no row gives an event by map {self._map.name}{why}")

    def _statements(self, subject: str, row: Row, number: int, rules: Sequence[_Rule]) -> list[Statement]:
        made = []
        for rule in rules:
            if not all(condition(row) for condition in rule.conditions):
                continue
            day = rule.day(row)
            if dates.span(day)[0] > self._latest_day:
                latest = dates.iso(self._latest_day)
                self.account.note_too_late(day)
                raise RowError(f"{rule.day_column} lies after {latest}, the day of the extract", day)
            fields = {"subject": subject, **rule.fields(row, number)}
            if self._own_days:
                fields["reported_on"] = dates.iso(dates.span(day)[1])
            parts = rule.key(row) or ([] if rule.name in _ONCE else [day])
            statement = stated(
                key_of(PREFIX, self._dataset, subject, rule.name, *parts),
                self._dataset,
                rule.kind,
                day,
                fields,
                (self._reference(number),),
                words=self._map.source or "",
            )
            self._check(statement, rule)
            made.append(statement)
        return made

    def _check(self, statement: Statement, rule: _Rule) -> None:
        """Refuse a row of which no event can be made.

        Rows that differ only in their subject, whose id is checked already, and in their number are judged once.

        Raises:
            RowError: A field does not fit the kind of event.
        """
        said = tuple(each for each in statement.fields.items() if each[0] != "subject")
        known = (rule.number, statement.day, len(statement.source), said)
        if known in self._accepted:
            return
        try:
            statement.fact()
        except EventError as error:
            raise RowError(str(error)) from None
        if len(self._accepted) < _MOST_REMEMBERED:
            self._accepted.add(known)

    def _said_before(self, statement: Statement) -> bool:
        """Tell whether an earlier row says the same of what happens once, as a table of visits says in each row."""
        if statement.kind not in _ONCE_KINDS:
            return False
        earlier = self._once.setdefault(statement.key, statement)
        if earlier is statement or not earlier.says(statement):
            return False
        if statement.kind.TOPIC in self._by_column:
            self.account.of(self._dataset).remark(_REPEATS, statement.where)
        return True

    def _reference(self, number: int | None) -> Reference:
        return Reference(self._file, self._digest, self._dataset.replace("-", ""), number)

    def _note(self, statement: Statement, number: int) -> None:
        """Remember when each cohort began, for the trial's own events."""
        if statement.kind is not SubjectEnrolled:
            return
        reference = self._reference(number)
        found = (dates.span(statement.day)[0], statement.day, reference)
        label = statement.fields["cohort"]
        if label not in self._cohorts or found[0] < self._cohorts[label][0]:
            self._cohorts[label] = found
        if self._earliest is None or found[0] < self._earliest[0]:
            self._earliest = found

    # -- giving back --------------------------------------------------------------

    def trial_facts(self) -> list[ImportedFact]:
        """Return the registration, and the cohorts that the map or an enrollment names."""
        statements = []
        described = self._map.trial
        if described is not None:
            statements.append(self._about_trial(TrialRegistered, described.on, {"title": described.title}, "TRIAL"))
        listed = {cohort.cohort for cohort in self._map.cohorts}
        for cohort in self._map.cohorts:
            fields = {name: value for name, value in cohort.model_dump(exclude={"on"}).items() if value is not None}
            statements.append(self._about_trial(CohortOpened, cohort.on, fields, "ARM", cohort.cohort))
        for label, (_, day, reference) in sorted(self._cohorts.items(), key=lambda each: (each[1][0], each[0])):
            if label not in listed:
                fields = {"cohort": label}
                statements.append(self._about_trial(CohortOpened, day, fields, "ARM", label, found=reference))
        return [statement.fact() for statement in statements]

    def _about_trial(
        self, kind: type[TrialEvent], day: str, fields: Mapping[str, Any], *key: str, found: Reference | None = None
    ) -> Statement:
        reference = found or self._reference(None)
        known = {"reported_on": dates.iso(dates.span(day)[1])} if self._own_days else {}
        return stated(
            key_of(PREFIX, self._dataset, *key),
            self._dataset,
            kind,
            day,
            {**fields, **known},
            (reference,),
            words=self._map.source or "",
        )

    def subjects(self) -> Iterator[tuple[str, list[ImportedFact]]]:
        """Yield each subject with its facts, enrollment first, then by day."""
        for subject, statements in self._spool.groups():
            yield subject, self._facts(statements)
        self._repeats_noted = True

    def _facts(self, statements: list[Statement]) -> list[ImportedFact]:
        """Return a subject's facts: what a table says twice once, what differs under one key told apart."""
        found: dict[str, Statement] = {}
        for statement in sorted(statements, key=_order):
            key, number = statement.key, 1
            while key in found and not found[key].says(statement):
                number += 1
                key = f"{statement.key}/{number}"
            if key not in found:
                statement.key = key
                found[key] = statement
            elif not self._repeats_noted and statement.kind.TOPIC in self._by_column:
                self.account.of(self._dataset).remark(_REPEATS, statement.where)
        return [statement.fact() for statement in found.values()]


def _order(statement: Statement) -> tuple[bool, int]:
    return statement.kind is not SubjectEnrolled, dates.span(statement.day)[0]


Reader = Callable[[Row, int], Any]
Test = Callable[[Row], bool]


class _Rule:
    """A rule of a map, bound to the columns of a table."""

    def __init__(
        self, number: int, rule: EventRule, place: Mapping[str, int], map_: Map, *, serial_days: bool = False
    ) -> None:
        self.number = number
        self.name = rule.event
        self.kind = kind_named(rule.event)
        self.conditions = [_condition(each, place, map_) for each in rule.when]
        self.day = _day_reader(rule.on, place, map_, serial_days=serial_days)
        self.day_column = rule.on.column or rule.on.constant
        self._fields = {name: _text_reader(value, place, map_) for name, value in rule.set_.items()}
        self._key = [place[name] for name in rule.key or ()]

    def fields(self, row: Row, number: int) -> dict[str, Any]:
        """Return the event's fields beyond its day, without those that are missing."""
        found = {name: read(row, number) for name, read in self._fields.items()}
        return {name: value for name, value in found.items() if value is not None}

    def key(self, row: Row) -> list[str]:
        """Return what tells this event from others of its kind."""
        return [re.sub(r"[^A-Za-z0-9._+/-]+", "-", text_of(row[at]).strip()) for at in self._key]


def _condition(condition: Condition, place: Mapping[str, int], map_: Map) -> Test:
    at, missing = place[condition.column], frozenset(map_.missing)
    if condition.present is not None:
        wanted = condition.present
        return lambda row: (_cell(row, at, missing) is not None) == wanted
    words = frozenset(condition.equals or condition.differs or ())
    equal = condition.equals is not None
    return lambda row: (text_of(row[at]).strip() in words) == equal


def _cell(row: Row, at: int, missing: frozenset[str]) -> str | None:
    text = text_of(row[at]).strip()
    return None if not text or text in missing else text


def _text_reader(value: FieldSource, place: Mapping[str, int], map_: Map) -> Reader:
    """Return how a value is read of a row."""
    missing = frozenset(map_.missing)
    if value.record:
        return lambda _, number: _formed(str(number), value)
    if value.constant is not None:
        fixed = _typed(value.constant, value, "constant")
        return lambda _row, _number: fixed
    assert value.column is not None  # noqa: S101  # checked by the model
    at, column = place[value.column], value.column

    def read(row: Row, _: int) -> Any:
        text = _cell(row, at, missing)
        if value.values is not None:
            text = _translated(text, value, column, text_of(row[at]).strip())
        elif text is None:
            text = value.otherwise
        return None if text is None else _typed(text, value, column)

    return read


def _translated(text: str | None, value: FieldSource, column: str, written: str) -> str | None:
    assert value.values is not None  # noqa: S101  # checked by the caller
    if written in value.values:
        return value.values[written]
    if text is None or value.otherwise is not None:
        return value.otherwise
    raise RowError(f"{column}: {shown(text)} is not among the values of the map: {', '.join(value.values)}")


def _typed(text: str, value: FieldSource, column: str) -> Any:
    if value.as_ == "text":
        return _formed(text, value)
    if value.as_ == "truth":
        if text.lower() not in ("true", "false"):
            raise RowError(f"{column} is neither true nor false", text)
        return text.lower() == "true"
    try:
        number = Decimal(text)
        whole = int(number.to_integral_value("ROUND_FLOOR"))
    except (InvalidOperation, ValueError, OverflowError):
        raise RowError(f"{column} is not a number", text) from None
    if value.as_ == "whole" and whole != number:
        raise RowError(f"{column} is not a whole number", text)
    return whole


def _formed(text: str, value: FieldSource) -> str:
    return text if value.form is None else value.form.format(text)


def _day_reader(day: Day, place: Mapping[str, int], map_: Map, *, serial_days: bool = False) -> Callable[[Row], str]:
    """Return how a day is read of a row.

    Args:
        day: Where it comes from.
        place: Of each column.
        map_: The map.
        serial_days: A whole number is Excel's number of a day.
    """
    if day.constant is not None:
        fixed = day.constant
        return lambda _: fixed
    assert day.column is not None  # noqa: S101  # checked by the model
    at, column, missing = place[day.column], day.column, frozenset(map_.missing)
    turn = _turner(day)
    serial = serial_days and day.unit is None

    def read(row: Row) -> str:
        cell = row[at]
        if serial and isinstance(cell, int) and not isinstance(cell, bool) and cell in _SERIAL_DAYS:
            return (_SERIAL_EPOCH + timedelta(days=cell)).isoformat()
        text = _cell(row, at, missing)
        if text is None:
            raise RowError(f"{column} is missing: no day")
        try:
            return turn(text)
        except (ValueError, OverflowError, InvalidOperation) as error:
            raise RowError(f"{column} is not a day as the map expects it", str(error) or text) from None

    return read


def _turner(day: Day) -> Callable[[str], str]:
    if day.unit is not None and day.start is not None:
        start, days = date.fromisoformat(day.start), _DAYS[day.unit]

        def after(text: str) -> str:
            number = Decimal(text)
            if not number.is_finite():
                raise ValueError(f"{text!r} is not a number")
            whole = int((number * days).to_integral_value(ROUND_HALF_UP))
            return _checked((start + timedelta(days=whole)).isoformat())

        return after
    if day.formats is None:
        return _iso
    formats = day.formats

    def formatted(text: str) -> str:
        for form in formats:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007  # a clinical day is local
            except ValueError:
                continue
            precision = "%Y-%m-%d" if re.search(r"%[dj]", form) else "%Y-%m" if re.search(r"%[bBm]", form) else "%Y"
            return _checked(moment.strftime(precision))
        raise ValueError(f"{text!r} does not fit {' or '.join(formats)}")

    return formatted


def _iso(text: str) -> str:
    found = clinical_date(text)
    if found is None:
        raise ValueError("empty")
    return found


def _checked(text: str) -> str:
    dates.span(text)
    return text
