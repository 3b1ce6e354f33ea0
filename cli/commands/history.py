"""``trialog history``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.definitions import DefinitionOption
from trialog.cli.options import EvaluatorOption, JsonOption, LogOption, TrialOption, one_form
from trialog.cli.printing import tables as show
from trialog.cli.session import asking
from trialog.events.measures import WITH_HISTORY

if TYPE_CHECKING:
    from trialog.application.answers.history import HistoryAnswer, HistoryGroup, MovePart


def history(
    cohort: Annotated[
        list[str] | None,
        typer.Option("--cohort", metavar="LABEL", help="Cohort; repeatable [default: each of them]."),
    ] = None,
    pool: Annotated[bool, typer.Option("--pool", help="The cohorts as one group.")] = False,
    figure: Annotated[
        str, typer.Option("--figure", metavar="NAME", help=f"Which: {', '.join(WITH_HISTORY)}.")
    ] = "median-os",
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Landmark of os-rate and pfs-rate: 365, 12m, 1y.")
    ] = None,
    confirmed: Annotated[bool, typer.Option("--confirmed", help="Count confirmed responses only.")] = False,
    category: Annotated[
        str | None, typer.Option("--category", metavar="WORD", help="Category of count-best-response: PR, SD, ...")
    ] = None,
    axis: Annotated[
        str,
        typer.Option(
            "--axis", metavar="cutoff|known-at", help="Which day moves: the data cutoff, or what was known when."
        ),
    ] = "cutoff",
    from_: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day [default: of the first enrollment].")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="DATE", help="Last day [default: of the last event, announcement or stated cutoff]."
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Data cutoff, with --axis known-at [default: as for --to]."),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option("--known-at", metavar="DATE", help="Count only what was known by this day, with --axis cutoff."),
    ] = None,
    definition: DefinitionOption = None,
    evaluator: EvaluatorOption = "investigator",
    stale_after: Annotated[
        int,
        typer.Option("--stale-after", metavar="DAYS", help="Say from when on running times rest on older contacts."),
    ] = 180,
    every_day: Annotated[
        bool, typer.Option("--every-day", help="Print a row for each day, not for each move.")
    ] = False,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a row for each day.")] = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Follow a figure from day to day, and say what moved it.

    With --axis cutoff the data cutoff moves from the first enrollment on; with --axis known-at the cutoff
    stands and the figure is given as it was known on each day. A move lists the calendar alone (the living
    grow older) and each event with its effect, taken one after the other, so that they add up.
    """
    from trialog.cli.printing.cells import notes
    from trialog.cli.printing.progress import progress_bar

    one_form(json=json, csv=csv)
    with asking(log, trial) as asked, progress_bar("explaining") as on_progress:
        answer = asked.history(
            figure=figure,
            cohorts=cohort,
            pool=pool,
            at=at,
            confirmed=confirmed,
            category=category,
            axis=axis,
            first=from_,
            last=to,
            as_of=as_of,
            known_at=known_at,
            definition=definition,
            evaluator=evaluator,
            stale_after=stale_after,
            explain=not (csv or every_day),
            on_progress=on_progress,
        )
    if json:
        show.answer_as_json(answer)
    elif csv:
        show.answer_as_csv(answer, ["cohort", "day"])
    else:
        for group in answer.cohorts:
            _print(answer, group, every_day=every_day)
        unit = {"time": " in months", "share": " in percent", "count": ""}[answer.kind]
        show.lines(
            f"{answer.trial}: {answer.figure}{unit}, {answer.words}",
            *notes(answer.notes),
            f"log: {answer.log.size} events, root {answer.log.root}",
        )


def _print(answer: HistoryAnswer, group: HistoryGroup, *, every_day: bool) -> None:
    if answer.axis == "cutoff":
        known = "as known now" if group.known_at is None else f"as known on {group.known_at}"
        axes = f"at each data cutoff, {known}"
    else:
        axes = f"as known on each day, data cutoff {group.data_cutoff}"
    if not group.days:
        show.lines(f"cohort {group.cohort}: {answer.figure} {axes}: no day, nobody was enrolled by then", "")
        return
    first, last = group.days[0].day, group.days[-1].day
    show.lines(f"cohort {group.cohort}: {answer.figure} {axes}, {first} to {last}")
    if every_day:
        rows = [each.model_dump(mode="json") for each in group.days]
        show.table([name.replace("_", " ") for name in rows[0]], (map(_cell, row.values()) for row in rows))
    elif group.moves is None:
        show.lines(
            f"{group.events} events lie between these days, too many to say what each of them did; "
            "narrow them with --from and --to, or print the days with --csv"
        )
    else:
        show.table(("from", "to", "was", "is", "n", "ended", "moved by"), _rows(answer, group.moves), long=(6,))
        if not group.moves:
            show.lines("nothing moved it")
    if group.stale is not None:
        show.lines(f"note: {group.stale.text}")
    show.lines(*(f"note: {caveat}" for caveat in group.caveats), "")


def _rows(answer: HistoryAnswer, moves: tuple[MovePart, ...]) -> Iterator[tuple[object, ...]]:
    from trialog.cli.printing.values import change_cell, value_cell

    for move in moves:
        one_step = len(move.moved_by) == 1
        for number, effect in enumerate(move.moved_by):
            begins = number == 0
            cause = effect.sentence if one_step else f"{effect.sentence} {change_cell(effect, answer)}"
            yield (
                move.since if begins else "",
                move.day if begins else "",
                value_cell(move.before, answer) if begins else "",
                value_cell(move.after, answer) if begins else "",
                move.after.n if begins else "",
                move.after.events if begins else "",
                cause,
            )


def _cell(value: object) -> object:
    if value is None:
        return "-"
    return f"{value:.10g}" if isinstance(value, float) else value
