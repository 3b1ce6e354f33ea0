"""``trialog restate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from trialog.cli.definitions import DefinitionOption
from trialog.cli.options import JsonOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking

if TYPE_CHECKING:
    from trialog.application.answers.changes import KnownEvent, QuestionPart, Value
    from trialog.application.answers.restate import RestateAnswer, RestatedGroup

NAMES: Final = ("to-date mOS", "Kaplan-Meier mOS", "enrolled", "dead")


def restate(
    then: Annotated[str, typer.Argument(metavar="THEN", help="Date: what was known on this day ...")],
    now: Annotated[str, typer.Argument(metavar="NOW", help="... against what was known on this day.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Data cutoff of the figures [default: THEN].")
    ] = None,
    cohort: Annotated[
        list[str] | None,
        typer.Option("--cohort", metavar="LABEL", help="Cohort; repeatable [default: each of them]."),
    ] = None,
    pool: Annotated[bool, typer.Option("--pool", help="The cohorts as one group.")] = False,
    definition: DefinitionOption = None,
    every: Annotated[bool, typer.Option("--all", help="List also the events that moved nothing.")] = False,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Say what changed in each cohort's figures between what was known on two days, and what changed it.

    The figures have one data cutoff. Every event that became known between the two days is taken in turn:
    new, corrected or retracted, with its effect on top of those before it.
    """
    with asking(log, trial) as asked:
        answer = asked.restate(then, now, as_of=as_of, cohorts=cohort, pool=pool, definition=definition, every=every)
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer)


def _print(answer: RestateAnswer) -> None:
    from trialog.cli.printing.cells import notes

    show.lines(f"{answer.trial}, data cutoff {answer.data_cutoff}: as known on {answer.then} and on {answer.known_at}")
    for group in answer.cohorts:
        _print_group(group)
    words = []
    if answer.cohorts:
        to_date, kaplan_meier = (figure.definition for figure in answer.cohorts[0].figures[:2])
        words = [
            f"to-date mOS: months, {to_date.words()}",
            f"Kaplan-Meier mOS: months, {kaplan_meier.words()}, {kaplan_meier.limits_words()} limits",
        ]
    show.lines("", *words, *notes(answer.notes), f"log: {answer.log.size} events, root {answer.log.root}")


def _print_group(group: RestatedGroup) -> None:
    from trialog.cli.printing.values import limited_cell

    show.lines("", f"cohort {group.cohort}")
    show.table(
        ("", *NAMES),
        (
            (f"known on {group.then}", *(limited_cell(each.then, each) for each in group.figures)),
            (f"known on {group.now or group.then}", *(limited_cell(each.now, each) for each in group.figures)),
        ),
    )
    if group.moved_by is None:
        show.lines(
            f"{group.events} events became known, too many to say what each of them did; "
            "take days that lie closer together, or one --cohort"
        )
        return
    if group.moved_by:
        show.lines("")
        rows = (_row(event, group) for event in group.moved_by)
        show.table(("known on", "change", "event", *NAMES), rows, long=(2,))
    quiet = group.events - len(group.moved_by)
    if quiet:
        other = "other " if group.moved_by else ""
        show.lines(f"{quiet} {other}events became known and moved none of these figures")
    elif not group.moved_by:
        show.lines("nothing became known of its subjects")


def _row(event: KnownEvent, group: RestatedGroup) -> tuple[object, ...]:
    effects = {(each.figure, each.estimator): each for each in event.effects}
    cells = []
    for question in group.figures:
        effect = effects.get((question.figure, question.definition.estimator))
        cells.append("" if effect is None else _effect(effect.before, effect.after, question))
    return (event.known_on, event.change, event.sentence, *cells)


def _effect(before: Value, after: Value, question: QuestionPart) -> str:
    """Return ``13.14 to 13.49``, or what else changed."""
    from trialog.cli.printing.values import limited_cell, value_cell

    for cell in (value_cell, limited_cell):
        was, became = cell(before, question), cell(after, question)
        if was != became:
            return f"{was} to {became}"
    return f"n {before.n} to {after.n}, ended {before.events} to {after.events}"
