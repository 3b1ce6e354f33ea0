"""The question ``estimate``: survival from any table of durations, by the rules of R's survival package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from trialog.application.answers.estimate import (
    DataRead,
    EstimateAnswer,
    GroupEstimate,
    LandmarkEstimate,
    LogRankEstimate,
    MeanEstimate,
    QuantileEstimate,
    curve_steps,
)
from trialog.events.definition import Definition, FollowUpRule
from trialog.events.errors import ArgumentError
from trialog.projections.durations import Asked, Durations, Estimate, durations_of, estimates
from trialog.projections.estimators.crossing import fraction_of
from trialog.projections.estimators.inputs import LONGEST

if TYPE_CHECKING:
    from trialog.exchange.durations import DurationColumns
    from trialog.projections.estimators.log_rank import LogRank

Where = Mapping[str, str | Sequence[str]] | Sequence[str]
"""Which rows count: a column and its text, or several texts any of which will do; or texts such as ``PARAMCD=OS``."""

Time = str | float | Decimal
FOLLOW_UPS: Final[tuple[FollowUpRule, ...]] = get_args(FollowUpRule)


def estimate(
    file: str | Path,
    *,
    time: str,
    event: str,
    group: str | Sequence[str] = (),
    where: Where = (),
    conf_type: str = "log",
    level: float = 0.95,
    ties: str = "midpoint",
    follow_up: str = "flip",
    quantiles: Sequence[str | float | Fraction] = (),
    at: Sequence[Time] = (),
    rmst: Sequence[Time] = (),
    log_rank: bool = False,
    curve: bool = False,
    separator: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> EstimateAnswer:
    """Estimate survival from a table of durations, one row for each subject.

    Args:
        file: A table in any form that ``import`` reads: CSV, SAS transport or data set, Parquet, Excel, Dataset-JSON;
            ``-`` is standard input.
        time: Column of the times, in any unit; decimals are exact.
        event: Column of the indicators: 1 or TRUE died, 0 or FALSE censored; in a column named CNSR 0 is the event.
        group: Columns that make groups; without one all rows are one group.
        where: Only rows count whose cells say so, for example ``{"PARAMCD": "OS"}``.
        conf_type: Kind of limits: "plain", "log" or "log-log".
        level: Coverage of the limits.
        ties: Median of a curve that stands at one half; see `Definition`.
        follow_up: Ties of the reverse Kaplan-Meier: "flip" or "deaths first".
        quantiles: Shares; the time by which so many died is given, as R's ``quantile``.
        at: Times at which survival is given.
        rmst: Times up to which the restricted mean is given.
        log_rank: Compare the groups.
        curve: Give every step of the curve.
        separator: What separates the cells of a text file: "comma", "semicolon", "tab" or "bar"; None to find it out.
        encoding: Of the texts of a CSV or SAS file.
        sheet: Of a workbook.

    Raises:
        QuestionError: An argument is wrong.
        TableError: The file cannot be read, or is not such a table; the text names the line or the record.
    """
    # The definition itself refuses a word that it does not know.
    definition = Definition(conf_type=conf_type, level=level, ties=ties)  # type: ignore[arg-type]
    asked = Asked(
        definition=definition,
        rule=_rule(follow_up),
        quantiles=tuple(_share(each) for each in quantiles),
        landmarks=tuple(_time(each, "at") for each in at),
        restricted_to=tuple(_time(each, "rmst") for each in rmst),
        log_rank=log_rank,
        curve=curve,
    )
    by = (group,) if isinstance(group, str) else tuple(group)
    chosen = conditions_of(where)
    columns, read = _read(str(file), time, event, by, chosen, separator=separator, encoding=encoding, sheet=sheet)
    groups = [dict(zip(by, key, strict=True)) for key in columns.groups]
    durations = durations_of(columns.times, columns.time, columns.ended, columns.group, groups)
    found, test = estimates(durations, asked)
    return EstimateAnswer(
        groups=tuple(_group(each, number, durations, asked, test, read) for number, each in enumerate(found))
    )


def conditions_of(where: Where) -> dict[str, tuple[str, ...]]:
    """Return which texts are wanted in which columns; of one column given twice either text will do.

    Raises:
        ArgumentError: A text has not the form COLUMN=VALUE.
    """
    if isinstance(where, Mapping):
        return {name: (text,) if isinstance(text, str) else tuple(text) for name, text in where.items()}
    found: dict[str, tuple[str, ...]] = {}
    for each in (where,) if isinstance(where, str) else where:
        name, equals, text = each.partition("=")
        if not (name and equals):
            raise ArgumentError("where", f" {each!r} is wrong; expected COLUMN=VALUE, for example PARAMCD=OS")
        found[name] = (*found.get(name, ()), text)
    return found


def _read(
    place: str,
    time: str,
    event: str,
    by: Sequence[str],
    where: Mapping[str, Sequence[str]],
    *,
    separator: str | None,
    encoding: str | None,
    sheet: str | None,
) -> tuple[DurationColumns, DataRead]:
    from trialog.exchange.durations import read_durations
    from trialog.exchange.tables.delimited import SEPARATORS
    from trialog.exchange.tables.folder import local_file
    from trialog.exchange.tables.formats import open_table, sha256_of

    if separator is not None and separator not in SEPARATORS:
        raise ArgumentError("separator", f" {separator!r} is wrong; expected {', '.join(SEPARATORS)}")
    name = "standard input" if place == "-" else place
    with local_file(place) as path:
        wanted = {time, event, *by, *where}
        table = open_table(path, encoding=encoding, sheet=sheet, separator=separator, wanted=wanted, tolerant=True)
        columns = read_durations(table, name, time=time, event=event, groups=by, where=where, longest=LONGEST)
        read = DataRead(
            file=name,
            sha256=sha256_of(path),
            rows=len(columns.time),
            time=time,
            event=event,
            ended_if=columns.ended_if,
            where={column: tuple(texts) for column, texts in where.items()},
        )
    return columns, read


def _group(
    found: Estimate, number: int, durations: Durations, asked: Asked, test: LogRank | None, read: DataRead
) -> GroupEstimate:
    definition = asked.definition
    means = tuple(map(MeanEstimate.of, found.restricted_means))
    return GroupEstimate(
        group=found.label,
        by=dict(found.group),
        n=found.survival.n,
        deaths=found.survival.deaths,
        longest=found.longest,
        median=found.median.value,
        median_lower=found.median.lower,
        median_upper=found.median.upper,
        time_median=found.time_median,
        follow_up_median=found.follow_up.value,
        follow_up_lower=found.follow_up.lower,
        follow_up_upper=found.follow_up.upper,
        follow_up_rule=asked.rule,
        estimator=definition.estimator,
        conf_type=definition.conf_type,
        level=definition.level,
        ties=definition.ties,
        missing={"median": found.missing, "follow_up": found.follow_up_missing},
        data=read,
        quantiles=tuple(map(QuantileEstimate.of, found.quantiles)) or None,
        landmarks=tuple(map(LandmarkEstimate.of, found.landmarks)) or None,
        rmst=means if len(means) > 1 else means[0] if means else None,
        log_rank=None if test is None else LogRankEstimate.of(test, number),
        curve=tuple(curve_steps(found, durations)) if asked.curve else None,
    )


def _time(value: Any, argument: str) -> Decimal:
    try:
        time = Decimal(str(value))
    except InvalidOperation:
        time = Decimal("nan")
    if not (time.is_finite() and 0 <= time <= LONGEST):
        raise ArgumentError(argument, f" {value!r} is wrong; expected a time, 0 or more, for example 365")
    return time


def _share(value: str | float | Fraction) -> Fraction:
    try:
        share = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        text = f" {value!r} is wrong; expected a share between 0 and 1, such as 0.25"
        raise ArgumentError("quantiles", text) from None
    return fraction_of(share)


def _rule(text: str) -> FollowUpRule:
    for rule in FOLLOW_UPS:
        if text.replace("-", " ") == rule:
            return rule
    raise ArgumentError("follow_up", f" {text!r} is wrong; expected {' or '.join(FOLLOW_UPS)}")
