"""``trialog estimate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from trialog.cli.options import EncodingOption, JsonOption, SheetOption, several
from trialog.cli.printing import tables as show
from trialog.events.definition import CHOICES

if TYPE_CHECKING:
    from trialog.application.answers.estimate import EstimateAnswer, GroupEstimate
    from trialog.projections.durations import Missing

TIES: Final = CHOICES["ties"]
WHERE: Final = "Only rows with this text in this column; repeatable; of one column given twice either will do."


def estimate(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Durations, one row for each subject: CSV, SAS, XPT, Parquet, Excel or Dataset-JSON; "
            "- reads standard input.",
        ),
    ],
    time: Annotated[
        str, typer.Option("--time", metavar="COL", help="Column of the times, in any unit; decimals are exact.")
    ],
    event: Annotated[
        str,
        typer.Option(
            "--event", metavar="COL", help="Column: 1 (or TRUE) died, 0 (or FALSE) censored; in CNSR 0 is the event."
        ),
    ],
    group: Annotated[
        list[str] | None, typer.Option("--group", metavar="COL", help="Column that makes groups; repeatable.")
    ] = None,
    where: Annotated[list[str] | None, typer.Option("--where", metavar="COL=VALUE", help=WHERE)] = None,
    conf_type: Annotated[str, typer.Option("--conf-type", metavar="plain|log|log-log", help="Kind of limits.")] = "log",
    level: Annotated[float, typer.Option("--level", metavar="P", help="Coverage of the limits.")] = 0.95,
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="TIME", help="Survival at a time; repeatable.")
    ] = None,
    rmst: Annotated[
        list[str] | None, typer.Option("--rmst", metavar="TIME", help="Restricted mean up to a time; repeatable.")
    ] = None,
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
        typer.Option("--follow-up", metavar="RULE", help="Ties of the reverse Kaplan-Meier: flip, deaths first"),
    ] = "flip",
    separator: Annotated[
        str | None,
        typer.Option(
            "--separator",
            metavar="comma|semicolon|tab|bar",
            help="What separates the cells of a text file [default: what gives the first line these columns].",
        ),
    ] = None,
    encoding: EncodingOption = None,
    sheet: SheetOption = None,
    json: JsonOption = False,
) -> None:
    """Estimate survival from any table of durations, by the rules of R's survival package.

    Median with limits, follow-up by the reverse Kaplan-Meier method, and on request quantiles, survival at
    landmarks, restricted means and a log-rank test. Without --group all rows are one group. A table in the form of
    CDISC's ADTTE holds several endpoints: --where PARAMCD=OS says which.
    """
    from trialog.application.figures.estimate import estimate as ask

    answer = ask(
        file,
        time=time,
        event=event,
        group=group or (),
        where=where or (),
        conf_type=conf_type,
        level=level,
        ties=ties,
        follow_up=follow_up,
        quantiles=several(quantile),
        at=several(at),
        rmst=several(rmst),
        log_rank=log_rank,
        curve=curve,
        separator=separator,
        encoding=encoding,
        sheet=sheet,
    )
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer)


def _print(answer: EstimateAnswer) -> None:
    first = answer.groups[0]
    limits = f"{100 * first.level:g} % {first.conf_type}"
    show.table(
        ("group", "n", "deaths", "median", limits, "follow-up", limits, "longest"),
        (
            (
                each.group,
                each.n,
                each.deaths,
                _cell(each.median, each.missing["median"]),
                _limits(each.median_lower, each.median_upper, each.missing["median"]),
                _cell(each.follow_up_median, each.missing["follow_up"]),
                _limits(each.follow_up_lower, each.follow_up_upper, each.missing["follow_up"]),
                _cell(each.longest, "NE"),
            )
            for each in answer.groups
        ),
    )
    for name, columns in (
        ("quantiles", ("p", "value", "lower", "upper")),
        ("landmarks", ("at", "at_risk", "deaths", "survival", "std_error", "lower", "upper", "beyond_last")),
        ("rmst", ("until", "value", "std_error", "lower", "upper", "beyond_last")),
        ("curve", ("time", "at_risk", "deaths", "censored", "survival", "std_error", "lower", "upper")),
    ):
        rows = [(each, row) for each in answer.groups for row in _listed(getattr(each, name))]
        if rows:
            show.text("")
            show.table(
                ("group", *(column.replace("_", " ") for column in columns)),
                (
                    (each.group, *(_cell(getattr(row, column), _missing(each, name)) for column in columns))
                    for each, row in rows
                ),
            )
    _print_test(answer)
    _print_rules(first)


def _print_test(answer: EstimateAnswer) -> None:
    tests = [(each, each.log_rank) for each in answer.groups if each.log_rank is not None]
    if not tests:
        return
    show.text("")
    show.table(
        ("group", "n", "observed", "expected"),
        ((each.group, each.n, test.observed, _cell(test.expected, "NE")) for each, test in tests),
    )
    test = tests[0][1]
    p = "-" if test.p is None else f"{test.p:.6g}"
    show.text(f"{test.method}: chi-square {test.chi_square:.6g}, df {test.df}, p {p}")


def _print_rules(each: GroupEstimate) -> None:
    data = each.data
    show.text(
        "",
        f"Kaplan-Meier as R's survfit, ties {each.ties}; follow-up by the reverse Kaplan-Meier method "
        f"({each.follow_up_rule}); times in the unit of the file; NR: not reached, NE: not estimable",
    )
    if data.ended_if == "0":
        show.text(f"{data.event} as in CDISC's ADTTE: 0 is the event, every other number is censored")
    if data.where:
        conditions = ", ".join(f"{column} {' or '.join(texts)}" for column, texts in data.where.items())
        show.text(f"only rows with {conditions}: {data.rows}")


def _listed(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _missing(each: GroupEstimate, name: str) -> str:
    """Return what stands for a value that is not there; error and limits where S is 0 are not estimable."""
    return each.missing["median"] if name == "quantiles" else "NE"


def _cell(value: Any, missing: str) -> str:
    if value is None:
        return missing
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _limits(lower: float | None, upper: float | None, missing: Missing) -> str:
    return f"{_cell(lower, missing)} to {_cell(upper, missing)}"
