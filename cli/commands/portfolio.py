"""``trialog portfolio``: one question to many trials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialog.cli.options import JsonOption
from trialog.cli.printing import tables as show
from trialog.events.errors import QuestionError

if TYPE_CHECKING:
    from trialog.application.answers.portfolio import PortfolioAnswer

LogsArgument = Annotated[list[str], typer.Argument(metavar="LOG", help="Logs: files or URLs of servers.")]
OnOption = Annotated[Path, typer.Option("--on", metavar="DIR", help="Folder of the portfolio.")]

_SHOWN = {
    "figures": ("trial", "cohort", "figure", "estimator", "value_months", "lower_months", "upper_months", "n",
                "events", "data_cutoff", "known_at"),
    "holds": ("trial", "announcement", "figure", "cohorts", "announced", "unit", "verdict_then", "rebuilt_then",
              "verdict_now", "rebuilt_now"),
    "restated": ("trial", "cohort", "figure", "estimator", "then_value_months", "now_value_months", "moved"),
    "pooled": ("label", "trials", "n", "events", "value_months", "lower_months", "upper_months", "test", "p"),
    "trend": ("trial", "measure", "cohorts", "unit", "announcements", "first_on", "first", "last_on", "last",
              "rises", "falls"),
}  # fmt: skip
"""Columns of the table on a screen; JSON and Parquet have all."""


def export(
    logs: LogsArgument,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of the portfolio; made if it is not there.")],
    check: Annotated[
        bool, typer.Option("--check", help="Verify each log first, which takes as long as verify.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Export every trial of some logs as Parquet; run again, add only what is new.

    A log that does not extend the one that was exported is refused by name. The folder holds subjects' ids and
    dates: keep it as the logs are kept.
    """
    from trialog.application.portfolio.export import export_portfolio

    answer = export_portfolio(logs, to, check=check)
    if json:
        show.answer_as_json(answer)
        return
    show.table(
        ("trial", "events", "new", "root", "log"),
        ((each.trial, each.size, each.new_events, each.root[:8], each.log) for each in answer.trials),
    )
    checked = "logs verified" if answer.checked else "roots as stored; --check verifies the logs"
    show.lines(
        f"{len(answer.trials)} trials in {answer.folder}, {answer.files_written} files written, "
        f"{answer.bytes:,} bytes in all ({checked})"
    )


def run(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="figures, holds, restated, pooled or trend.")],
    days: Annotated[list[str] | None, typer.Argument(metavar="DAY", help="Known-at days of restated.")] = None,
    on: OnOption = Path("portfolio"),
    measure: Annotated[
        list[str] | None, typer.Option("--measure", metavar="NAME", help="Of figures and restated; repeatable.")
    ] = None,
    at: Annotated[float | None, typer.Option("--at", metavar="DAYS", help="Landmark of a rate, in days.")] = None,
    definition: Annotated[
        list[str] | None, typer.Option("--definition", "-d", metavar="PART=WORD", help="As in snapshot; repeatable.")
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Data cutoff; last: each trial's own last day.")
    ] = "last",
    known_at: Annotated[
        list[str] | None, typer.Option("--known-at", metavar="DATE", help="Known-at day; figures takes several.")
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="LABEL", help="Pool by sponsor, indication, trial, cohort, all or a column of --labels."
        ),
    ] = "all",
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="CSV with a column trial and the column of --by.")
    ] = None,
    least: Annotated[int, typer.Option("--least", metavar="N", help="Leave out pooled groups of fewer subjects.")] = 0,
    unstratified: Annotated[
        bool, typer.Option("--unstratified", help="Compare pooled groups across trials, not within them.")
    ] = False,
    engine: Annotated[str, typer.Option("--engine", metavar="local|spark", help="Where it is computed.")] = "local",
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="Local processes [default: one a processor].")
    ] = None,
    master: Annotated[
        str | None, typer.Option("--master", metavar="URL", help="Of Spark, for example local[2].")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the rows to a .parquet or .json file.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Ask every trial of a portfolio one question.

    figures: measures of each cohort. holds: does every announced figure hold as known today? restated FROM TO: what
    became known between two days, and what it changed. pooled: one exact Kaplan-Meier curve for each label. trend:
    how often and how much announced figures moved. Exit code 1 if an announced figure does not hold.
    """
    from trialog.application.arguments import definition_parts
    from trialog.application.portfolio.run import labels_of, run_portfolio

    given = days or []
    if len(given) > 2 or (given and question != "restated"):
        raise QuestionError("only restated takes days, one or two: trialog portfolio run restated FROM TO")
    answer = run_portfolio(
        question,
        on,
        measures=tuple(measure or ("median-os",)),
        definition=definition_parts(definition or ()),
        as_of=as_of,
        known_at=tuple(known_at) if known_at else (None,),
        before=given[0] if given else None,
        after=given[1] if len(given) > 1 else None,
        at=at,
        by=by,
        labels=None if labels is None else labels_of(labels, by),
        least=least,
        stratified=not unstratified,
        engine=engine,
        workers=workers,
        master=master,
    )
    _give(answer, out, json=json)
    return answer.exit_code


def _give(answer: PortfolioAnswer, out: Path | None, *, json: bool) -> None:
    if out is not None:
        from trialog.application.portfolio.output import write_rows

        write_rows(answer, out)
        show.lines(f"wrote {out} ({len(answer.found)} rows)")
    elif json:
        show.answer_as_json(answer)
    else:
        names = _SHOWN[answer.question]
        show.table(names, ([_cell(row[name]) for name in names] for row in answer.found))
        show.lines(f"{len(answer.found)} rows; each rests on the size and root of its log (--json)")


def _cell(value: Any) -> object:
    return f"{value:.2f}" if isinstance(value, float) else value


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the portfolio.")],
    log: Annotated[
        list[str] | None, typer.Option("--log", metavar="LOG", help="A log to compare with; repeatable.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Compare a portfolio with its logs; of trials whose log is not given, check the hashes of the files.

    Exit code 1 at a difference, 3 if some trials were checked by the hashes of their files alone.
    """
    from trialog.application.portfolio.verify import verify_portfolio

    answer = verify_portfolio(folder, log or ())
    if json:
        show.answer_as_json(answer)
        return answer.exit_code
    for fault in answer.faults:
        show.note(f"trialog: {fault}")
    show.table(
        ("trial", "events", "root", "verified by"),
        ((each.trial, each.size, each.root[:8], each.log or each.by) for each in answer.trials),
    )
    return answer.exit_code
