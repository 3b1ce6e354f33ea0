"""``trialog estimate``."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args

import typer

from trialog.cli.options import JsonOption
from trialog.cli.printing import tables as show
from trialog.events.definition import CHOICES, Definition, FollowUpRule
from trialog.events.errors import QuestionError

if TYPE_CHECKING:
    from trialog.projections.durations import Asked, Estimate
    from trialog.projections.estimators.log_rank import LogRank


TIES: Final = CHOICES["ties"]
SEPARATORS: Final = ("comma", "semicolon", "tab")
FOLLOW_UPS: Final[tuple[FollowUpRule, ...]] = get_args(FollowUpRule)


def estimate(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Durations as CSV, one row for each subject; - reads standard input."),
    ],
    time: Annotated[
        str, typer.Option("--time", metavar="COL", help="Column of the times, in any unit; decimals are exact.")
    ],
    event: Annotated[
        str, typer.Option("--event", metavar="COL", help="Column: 1 (or TRUE) died, 0 (or FALSE) censored.")
    ],
    group: Annotated[
        list[str] | None, typer.Option("--group", metavar="COL", help="Column that makes groups; repeatable.")
    ] = None,
    conf_type: Annotated[str, typer.Option("--conf-type", metavar="plain|log|log-log", help="Kind of limits.")] = "log",
    level: Annotated[float, typer.Option("--level", metavar="P", help="Coverage of the limits.")] = 0.95,
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="TIME", help="Survival at a time; repeatable.")
    ] = None,
    rmst: Annotated[str | None, typer.Option("--rmst", metavar="TIME", help="Restricted mean up to a time.")] = None,
    quantile: Annotated[
        list[str] | None,
        typer.Option("--quantile", metavar="P", help="Time by which a share P has died, as R's quantile; repeatable."),
    ] = None,
    log_rank: Annotated[bool, typer.Option("--log-rank", help="Compare the groups.")] = False,
    curve: Annotated[bool, typer.Option("--curve", help="Add every step of the curve.")] = False,
    ties: Annotated[
        str,
        typer.Option("--ties", metavar="RULE", help="Median of a curve that stands at one half: " + ", ".join(TIES)),
    ] = "midpoint",
    follow_up: Annotated[
        str,
        typer.Option("--follow-up", metavar="RULE", help="Ties of the reverse Kaplan-Meier: " + ", ".join(FOLLOW_UPS)),
    ] = "flip",
    separator: Annotated[
        str | None,
        typer.Option(
            "--separator",
            metavar="|".join(SEPARATORS),
            help="What stands between cells [default: what gives the first line these columns].",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Estimate survival from any CSV file of durations, by the rules of R's survival package.

    Median with limits, follow-up by the reverse Kaplan-Meier method, and on request quantiles, survival at
    landmarks, restricted mean and a log-rank test. Without --group all rows are one group.
    """
    from trialog.cli.durations_option import several, share_of
    from trialog.exchange.durations import read_durations
    from trialog.projections.durations import Asked, estimate_as_dict, estimates

    asked = Asked(
        # The definition itself refuses a word that it does not know.
        definition=Definition(conf_type=conf_type, level=level, ties=ties),  # type: ignore[arg-type]
        rule=_rule(follow_up),
        quantiles=tuple(share_of(each, "--quantile") for each in several(quantile)),
        landmarks=tuple(_time(each, "--at") for each in several(at)),
        restricted_to=None if rmst is None else _time(rmst, "--rmst"),
        log_rank=log_rank,
        curve=curve,
    )
    durations = read_durations(file, time, event, group or (), _separator(separator))
    found, test = estimates(durations, asked)
    dicts = [estimate_as_dict(found, number, durations, asked, test) for number in range(len(found))]
    if json:
        show.as_json(dicts)
    else:
        _print(found, dicts, asked, test)


def _time(text: str, option: str) -> Decimal:
    from trialog.projections.estimators.inputs import LONGEST

    try:
        time = Decimal(text)
    except InvalidOperation:
        time = Decimal("nan")
    if not (time.is_finite() and 0 <= time <= LONGEST):
        raise QuestionError(f"{option} {text!r} is wrong; expected a time, 0 or more, for example 365")
    return time


def _separator(text: str | None) -> str | None:
    if text is not None and text not in SEPARATORS:
        raise QuestionError(f"--separator {text!r} is wrong; expected {', '.join(SEPARATORS)}")
    return text


def _rule(text: str) -> FollowUpRule:
    for rule in FOLLOW_UPS:
        if text.replace("-", " ") == rule:
            return rule
    raise QuestionError(f"--follow-up {text!r} is wrong; expected {' or '.join(FOLLOW_UPS)}")


def _print(found: list[Estimate], dicts: list[dict[str, Any]], asked: Asked, test: LogRank | None) -> None:
    definition = asked.definition
    limits = f"{100 * definition.level:g} % {definition.conf_type}"
    show.table(
        ("group", "n", "deaths", "median", limits, "follow-up", limits, "longest"),
        (
            (
                each.label,
                each.survival.n,
                each.survival.deaths,
                _cell(each.median.value),
                _limits(each.median.lower, each.median.upper),
                _cell(each.follow_up.value),
                _limits(each.follow_up.lower, each.follow_up.upper),
                _cell(each.longest),
            )
            for each in found
        ),
    )
    for name, columns in (
        ("quantiles", ("p", "value", "lower", "upper")),
        ("landmarks", ("at", "at_risk", "deaths", "survival", "std_error", "lower", "upper", "beyond_last")),
        ("rmst", ("until", "value", "std_error", "lower", "upper", "beyond_last")),
        ("curve", ("time", "at_risk", "deaths", "censored", "survival", "std_error", "lower", "upper")),
    ):
        rows = [(each["group"], row) for each in dicts for row in _listed(each.get(name))]
        if rows:
            show.lines("")
            show.table(
                ("group", *(column.replace("_", " ") for column in columns)),
                ((group, *(_cell(row[column]) for column in columns)) for group, row in rows),
            )
    if test is not None:
        p = "-" if test.p is None else f"{test.p:.6g}"
        show.lines("")
        show.table(
            ("group", "n", "observed", "expected"),
            ((each.group, each.n, each.observed, f"{each.expected:.6g}") for each in test.groups),
        )
        show.lines(f"{test.method}: chi-square {test.chi_square:.6g}, df {test.df}, p {p}")
    show.lines(
        "",
        f"Kaplan-Meier as R's survfit, ties {definition.ties}; follow-up by the reverse Kaplan-Meier method "
        f"({asked.rule}); times in the unit of the file; NR: not reached or not defined",
    )


def _listed(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _cell(value: Any) -> str:
    if value is None:
        return "NR"
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _limits(lower: float | None, upper: float | None) -> str:
    return f"{_cell(lower)} to {_cell(upper)}"
