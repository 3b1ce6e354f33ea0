"""``trialog compare adtte``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.options import EncodingOption, JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking

if TYPE_CHECKING:
    from trialog.application.answers.adtte_comparison import AdtteComparisonAnswer

MOST_SHOWN = 50


def adtte(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Somebody else's ADTTE, in any form of a table.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Data cutoff [default: everything].")
    ] = None,
    known_at: KnownAtOption = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--param", metavar="CODE", help="For example OS; repeatable [default: all].")
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(
            "--origin", metavar="WORD", help="randomisation, first dose or enrollment [default: the trial's]."
        ),
    ] = None,
    evaluator: Annotated[
        str, typer.Option("--evaluator", metavar="WHO", help="Whose assessments: investigator or independent.")
    ] = "investigator",
    criteria: Annotated[
        str | None,
        typer.Option("--criteria", metavar="WORD", help="By which assessments count [default: those in use]."),
    ] = None,
    rule_set: Annotated[
        str,
        typer.Option("--rules", metavar="WORD", help="'definition', or 'admiral' for the rules of its templates."),
    ] = "definition",
    last_alive: Annotated[
        str | None,
        typer.Option("--last-alive", metavar="WORD", help="What shows a subject alive: 'any event' or 'admiral'."),
    ] = None,
    encoding: EncodingOption = None,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> int:
    """Compare somebody else's ADTTE with the log's, row by row, as double programming does.

    Of the parameters that both have: origin, end, time, censoring and descriptions, as far as the file has them, and
    subjects that one of the two lacks. Each difference names the log's event behind it. Exit code 1: they differ.
    """
    with asking(log, trial) as asked:
        answer = asked.compare_adtte(
            file, encoding=encoding, as_of=as_of, known_at=known_at, parameters=parameter or (), origin=origin,
            evaluator=evaluator, criteria=criteria, rules=rule_set, last_alive=last_alive,
        )  # fmt: skip
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer)
    return answer.exit_code


def _print(answer: AdtteComparisonAnswer) -> None:
    compared = ", ".join(answer.parameters) or "none"
    show.lines(
        f"{answer.trial}: {answer.file} against the log's ADTTE",
        f"parameters compared: {compared}; variables: {', '.join(answer.variables)}",
    )
    for names, where in ((answer.only_in_the_log, "log"), (answer.only_in_the_file, "file")):
        if names:
            show.lines(f"only in the {where}: {', '.join(names)}")
    missing = ((answer.subjects_missing_in_the_log, "log"), (answer.subjects_missing_in_the_file, "file"))
    for names, where in missing:
        if names:
            show.lines(f"subjects missing in the {where}: {len(names)}: {', '.join(names[:10])}")
    if answer.differences:
        show.lines("")
        show.table(
            ("subject", "PARAMCD", "variable", "log", "file", "event of the log"),
            (
                (each.subject, each.parameter, each.variable, each.log, each.file, _event(each.position, each.event))
                for each in answer.differences[:MOST_SHOWN]
            ),
            long=(5,),
        )
        if len(answer.differences) > MOST_SHOWN:
            show.lines(f"and {len(answer.differences) - MOST_SHOWN} more; --json has them all")
    show.lines(
        "",
        f"{answer.rows_equal} of {answer.rows_compared} rows are equal",
        f"log: {answer.log.size} events, root {answer.log.root}",
    )


def _event(position: int | None, words: str | None) -> str:
    return "" if position is None else f"#{position} {words}"
