"""A row of a register file as a typed figure, with a mark on everything that its words do not say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from trialog.events.announced_figure import AnnouncedFigure, Inference, Written
from trialog.events.dates import span
from trialog.events.errors import EventError
from trialog.exchange.register import pools
from trialog.exchange.register.cohorts import Cohorts, read_cohort
from trialog.exchange.register.columns import stated_fields
from trialog.exchange.register.measures import Meaning, origin_of, read_measure
from trialog.exchange.register.roles import role_of, unit_cell, value_in_unit
from trialog.exchange.register.row_reading import RowReading
from trialog.exchange.register.table import Complaints, Row
from trialog.exchange.register.units import read_heading
from trialog.exchange.register.values import AnnouncedValue, read_value
from trialog.exchange.register.wordings import (
    approximately,
    estimator_said,
    level_said,
    origin_said,
    pair_said,
    says_no_median_yet,
    subjects_said,
)


@dataclass
class _Draft:
    """The fields of a figure while its row is read, and the rules that supplied some of them."""

    fields: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    from_words: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)

    def put(self, name: str, value: Any, rule: str = "", *, words: bool = False, firm: bool = True) -> None:
        """Put a field, unless it is there.

        Args:
            name: Of the field.
            value: None for nothing to put.
            rule: Why, where the row does not state it.
            words: Whether it was read from the quotation.
            firm: Whether the words say it, and do not only suggest it.
        """
        if value is None or name in self.fields:
            return
        self.fields[name] = value
        if rule:
            self.rules[name] = rule
        if words:
            self.from_words.add(name)
        if not firm:
            self.doubtful.add(name)


def read_rows(
    rows: Sequence[Row], place: str, *, lenient: bool = False, cohorts: Mapping[str, int | None] | None = None
) -> tuple[RowReading, ...]:
    """Return what each row says, in the order of the file.

    Args:
        rows: Of the file.
        place: Its name, for messages.
        lenient: Keep a row with a wrong cell as words, with the reason, as long as one row can be read.
        cohorts: Cohorts that a log holds, with their number of subjects where it is known.

    Raises:
        EventError: A cell is wrong (a date that is none, a word that is not of its list); one line for each.
    """
    complaints = Complaints(place)
    found: list[RowReading] = []
    wrong: list[RowReading] = []
    for row in rows:
        try:
            found.append(_read_row(row))
        except (EventError, ValidationError, ValueError) as error:
            complaints.add(row.number, row.line, _in_words(error))
            wrong.append(_unread(row, _in_words(error)))
    if not (lenient and found):
        complaints.refuse_if_any()
    found = pools.resolved(_with_release(found), cohorts)
    return tuple(sorted((*found, *wrong), key=lambda each: each.row.number))


def _unread(row: Row, why: str) -> RowReading:
    """Return a row with a wrong cell as words that nothing is computed of."""
    cells = {name: row.get(name)[:200] for name in ("measure", "value", "unit", "cohort")}
    figure = AnnouncedFigure(figure="row", measure="other", unit="text", words="", written=Written(**cells))
    bad_dates = {name: "" for name in ("date_announced", "data_cutoff") if not _is_date(row.get(name))}
    return RowReading(replace(row, cells={**row.cells, **bad_dates}), figure, "words", why=why)


def _is_date(text: str) -> bool:
    try:
        span(text)
    except ValueError:
        return False
    return True


def _in_words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        complaint = error.errors()[0]
        place = ".".join(str(part) for part in complaint["loc"])
        return f"{place}: {complaint['msg']}" if place else str(complaint["msg"])
    return str(error)


def _read_row(row: Row) -> RowReading:
    for column in ("date_announced", "data_cutoff"):
        if row.get(column):
            try:
                span(row.get(column))
            except ValueError as error:
                raise EventError(f"{column}: {error}") from None
    _refuse_later_cutoff(row)
    if not row.get("measure"):
        raise EventError("measure: expected what is measured, for example mOS")
    meaning, value = read_measure(row.get("measure")), read_value(row.get("value"), unit_cell(row))
    cohorts = read_cohort(row.get("cohort"))
    draft = _Draft()
    draft.fields |= stated_fields(row)
    unit, role, why = role_of(row, meaning, value)
    value = value_in_unit(value, unit, meaning)
    draft.fields["unit"] = unit
    draft.fields["measure"] = meaning.measure if role in ("figure", "subjects") else "other"
    _put_cohorts(draft, row, cohorts)
    # The number of a row that nothing is computed of stays in its cells.
    if role in ("figure", "subjects", "after cohort"):
        _put_value(draft, row, meaning, value)
    else:
        for name in ("comparator", "lower", "upper", "level", "conf_type"):
            draft.fields.pop(name, None)
    if role == "figure" and meaning.measure.startswith(("median-", "os-rate", "pfs-rate")):
        _put_definition(draft, row, meaning, value)
    draft.fields["figure"] = "row"
    draft.fields["words"] = row.get("quote")
    draft.put("url", row.get("url") or None)
    draft.put("data_cutoff", row.get("data_cutoff") or None)
    draft.fields["written"] = Written(
        measure=row.get("measure"), value=row.get("value"), unit=row.get("unit"), cohort=row.get("cohort")
    )
    draft.fields["inferred"] = tuple(
        Inference(field=name, rule=rule[:500]) for name, rule in sorted(draft.rules.items())
    )
    figure = AnnouncedFigure.model_validate(draft.fields)
    return RowReading(
        row=row,
        figure=figure,
        role=role,
        day=value.day,
        other_cohort=meaning.cohort,
        why=why,
        value=value,
        joined=cohorts.joined,
        from_words=frozenset(draft.from_words),
        doubtful=frozenset(draft.doubtful),
    )


def _refuse_later_cutoff(row: Row) -> None:
    announced, cutoff = row.get("date_announced"), row.get("data_cutoff")
    if announced and cutoff and span(cutoff)[0] > span(announced)[1]:
        raise EventError(f"data_cutoff: {cutoff} is after the announcement of {announced}")


def _put_cohorts(draft: _Draft, row: Row, cohorts: Cohorts) -> None:
    rules = cohorts.rules
    draft.put("cohorts", cohorts.labels or None, rules.get("cohorts", ""))
    draft.put("population", cohorts.population)
    draft.put("external", cohorts.external or None, rules.get("external", ""))
    draft.put("everyone", cohorts.everyone or None, rules.get("everyone", ""))
    named = row.get("population")
    if named:
        of_population = read_cohort(named)
        draft.put("counted", of_population.counted, of_population.rules.get("counted", ""))
    draft.put("counted", cohorts.counted, rules.get("counted", ""))


def _put_value(draft: _Draft, row: Row, meaning: Meaning, value: AnnouncedValue) -> None:
    quote = row.get("quote")
    draft.put("value", value.digits)
    draft.put("reached", value.reached, value.rule)
    draft.put("n", value.n, value.rule)
    draft.put("deaths", value.deaths, value.rule)
    if draft.fields["unit"] == "percent":
        draft.put("count", value.count, value.rule)
    if meaning.role == "figure":
        subjects = subjects_said(quote, value.digits, f"{row.get('cohort')} {row.get('arm')}")
        if subjects is not None:
            draft.put("n", subjects[0], f"the words give it: {subjects[1]!r}", words=True, firm=False)
    if value.comparator != "=":
        draft.put("comparator", value.comparator, value.rule)
    if meaning.comparator is not None and not draft.fields.get("external"):
        draft.put("comparator", meaning.comparator, meaning.rule)
    if value.digits and approximately(quote, value.digits):
        draft.put("comparator", "about", f"the words qualify {value.digits}")
    _put_ends(draft, row, meaning, value)
    draft.put("at", meaning.at, meaning.rule)
    draft.put("at_unit", meaning.at_unit, meaning.rule)
    draft.put("category", meaning.category)
    draft.put("evaluator", meaning.evaluator)
    draft.put("confirmation", meaning.confirmation)


def _put_ends(draft: _Draft, row: Row, meaning: Meaning, value: AnnouncedValue) -> None:
    """Put limits, the ends of a range, and the level of limits."""
    level, quote, words = value.level, row.get("quote"), False
    draft.put("lower", value.lower, value.rule)
    draft.put("upper", value.upper, value.rule)
    spread, rule = value.spread, value.rule
    if value.unclear is not None:
        kind, level, rule = _kind_of_pair(draft, row, meaning, value, level)
        words = rule.startswith("the words")
        if kind == "limits":
            draft.put("lower", value.unclear.low, rule, words=words)
            draft.put("upper", value.unclear.high, rule, words=words)
        elif kind == "range":
            spread = value.unclear
    if spread is not None and meaning.measure.startswith("range-"):
        draft.put("lower", spread.low, rule)
        draft.put("upper", spread.high, rule)
        draft.put("comparator", "range", rule)
    elif spread is not None:
        draft.put("range_lower", spread.low, rule, words=words)
        draft.put("range_upper", spread.high, rule, words=words)
    draft.put("level", level or meaning.level or read_heading(row.get("unit")).level)
    has_limits = draft.fields.get("comparator") != "range" and ("lower" in draft.fields or "upper" in draft.fields)
    if (has_limits or meaning.measure.endswith(("-lower", "-upper"))) and (said := level_said(quote)):
        draft.put("level", said, f"the words name the level of limits: {said} %", words=True, firm=False)


def _kind_of_pair(
    draft: _Draft, row: Row, meaning: Meaning, value: AnnouncedValue, level: str | None
) -> tuple[str, str | None, str]:
    """Return what two numbers in brackets are, the level that says so, and why; "unclear" where nothing says it."""
    assert value.unclear is not None  # noqa: S101  # asked only of two numbers
    low, high = value.unclear.low, value.unclear.high
    assert low is not None  # noqa: S101  # two numbers, both given
    assert high is not None  # noqa: S101
    if draft.fields["unit"] == "percent":
        return "limits", level, f"({low}-{high}) behind a percentage are its limits"
    for column in ("level", "conf_type"):
        if row.get(column):
            return "limits", level, f"({low}-{high}) are limits: the column {column} says so"
    for where, heading in (("measure", meaning.pair), ("unit", read_heading(row.get("unit")).pair)):
        if heading is not None:
            return heading, level, f"({low}-{high}): the {where} says {heading}"
    said = pair_said(row.get("quote"), low, high)
    if said.kind is not None:
        return said.kind, said.level, said.rule
    return "unclear", level, ""


def _put_definition(draft: _Draft, row: Row, meaning: Meaning, value: AnnouncedValue) -> None:
    draft.put("origin", meaning.origin)
    draft.put("origin_words", meaning.origin_words)
    if "origin" not in draft.fields and "origin_words" not in draft.fields:
        named = origin_said(row.get("quote"))
        for name, word in origin_of(named).items():
            draft.put(name, word, f"the words name it: 'from {named}'")
    fields = draft.fields
    if fields.get("comparator") == "not reached" or fields.get("reached") is False:
        draft.put("estimator", "kaplan-meier", "not reached: a plain median of times so far always has a value")
    said = estimator_said(row.get("quote"), value.digits)
    if value.kaplan_meier:
        draft.put("estimator", "kaplan-meier", "the value names the estimator")
    has_limits = fields["measure"].endswith(("-lower", "-upper")) or (
        fields.get("comparator") != "range" and bool(fields.get("lower") or fields.get("upper"))
    )
    growing = value.ongoing or (said.ongoing and said.firm)
    if has_limits and not growing:
        rule = "confidence limits belong to a Kaplan-Meier median"
        draft.put("estimator", "kaplan-meier", rule, words=bool(draft.from_words & {"lower", "upper"}))
    if has_limits and growing and said.estimator != "kaplan-meier":
        draft.put("ongoing", True, "still growing, beside confidence limits: the words leave the estimator open")
        return
    if value.ongoing and not value.kaplan_meier:
        draft.put("estimator", "to-date", "the value was still growing, as a plain median of times so far")
        draft.put("ongoing", True, value.rule or "the value was still growing")
    draft.put("estimator", said.estimator, said.rule, words=True, firm=said.firm)
    draft.put("ongoing", said.ongoing or None, said.rule, words=True)


def _with_release(readings: Iterable[RowReading]) -> list[RowReading]:
    """Return readings with what other rows of the same release say of their figures.

    Limits of a figure that stand in rows of their own make it a Kaplan-Meier median; a release that calls the
    median of a cohort "not yet evaluable" beside a number means a plain median of times so far.
    """
    readings = list(readings)
    found = []
    for reading in readings:
        figure = reading.figure
        if reading.role == "figure" and figure.measure.startswith("median-") and figure.estimator is None:
            beside = [other for other in readings if other is not reading and _same_release(reading, other)]
            if any(
                other.figure.measure in (f"{figure.measure}-lower", f"{figure.measure}-upper")
                and _same_subjects(reading, other)
                for other in beside
            ):
                reading = _inferred(reading, "kaplan-meier", "the release gives confidence limits for it", words=False)  # noqa: PLW2901
            elif any(
                other.role == "status"
                and says_no_median_yet(f"{other.row.get('value')} {other.row.get('quote')}")
                and set(figure.cohorts) <= set(other.figure.cohorts)
                for other in beside
            ):
                rule = "the release calls the median not yet evaluable, so the number is a plain median of times so far"
                reading = _inferred(reading, "to-date", rule, words=True)  # noqa: PLW2901
        found.append(reading)
    return found


def _same_release(one: RowReading, other: RowReading) -> bool:
    return one.announced_on is not None and (one.trial, one.announced_on) == (other.trial, other.announced_on)


def _same_subjects(one: RowReading, other: RowReading) -> bool:
    return one.row.get("cohort") == other.row.get("cohort") and one.row.get("arm") == other.row.get("arm")


def _inferred(reading: RowReading, estimator: str, rule: str, *, words: bool) -> RowReading:
    inferred = (*reading.figure.inferred, Inference(field="estimator", rule=rule))
    figure = reading.figure.model_copy(update={"estimator": estimator, "inferred": inferred})
    from_words = reading.from_words | {"estimator"} if words else reading.from_words
    return replace(reading, figure=figure, from_words=from_words)
