"""``trialog restate``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.commands.history import answer_cell, value_cell
from trialog.cli.definitions import DefinitionOption, definition_of
from trialog.cli.options import JsonOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import last_day, reading
from trialog.events.dates import iso
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.errors import QuestionError

if TYPE_CHECKING:
    from trialog.projections.changes.restatement import Restatement
    from trialog.projections.measures import MeasureAnswer, MeasureQuestion


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
    from trialog.application.figures.notes import nothing_known
    from trialog.cli.printing.cells import notes
    from trialog.projections.changes.events import excerpt
    from trialog.projections.changes.restatement import restate as restated
    from trialog.projections.changes.serial import restatement_as_dict
    from trialog.projections.serial import provenance

    first, last = last_day(then, "THEN"), last_day(now, "NOW")
    if last < first:
        raise QuestionError(f"NOW {iso(last)} is before THEN {iso(first)}; expected a later day")
    cutoff = first if as_of is None else last_day(as_of, "--as-of")
    with reading(log, trial) as data:
        labels = data.cohort_labels(tuple(cohort) if cohort else None, last)
        chosen = definition_of(definition, data.trial(last).default_definition)
        groups = [("+".join(labels), labels)] if pool else [(label, (label,)) for label in labels]
        found = [
            (label, restated(excerpt(data.columns, members), _questions(members, chosen), cutoff, first, last))
            for label, members in groups
        ]
    if json:
        show.as_json(
            {
                **provenance(data, cutoff, last),
                "cohorts": [{"cohort": label, **restatement_as_dict(each, every=every)} for label, each in found],
            }
        )
        return
    show.lines(f"{data.code}, data cutoff {iso(cutoff)}: as known on {iso(first)} and on {iso(last)}")
    for label, each in found:
        _print(label, each, every=every)
    show.lines(
        "", *_overview_words(chosen), *notes(nothing_known(data, last)), f"log: {data.size} events, root {data.root}"
    )


def _overview_words(definition: Definition) -> tuple[str, ...]:
    """Return what each median follows, one line for each estimator."""
    from trialog.projections.cohort_figures import by_estimator

    to_date, kaplan_meier = by_estimator(definition, TO_DATE), by_estimator(definition, KAPLAN_MEIER)
    return (
        f"to-date mOS: months, {to_date.words()}",
        f"Kaplan-Meier mOS: months, {kaplan_meier.words()}, {kaplan_meier.limits_words()} limits",
    )


def _questions(members: tuple[str, ...], definition: Definition) -> tuple[MeasureQuestion, ...]:
    from trialog.projections.cohort_figures import by_estimator
    from trialog.projections.measures import MeasureQuestion

    return (
        MeasureQuestion("median-os", members, by_estimator(definition, TO_DATE)),
        MeasureQuestion("median-os", members, by_estimator(definition, KAPLAN_MEIER)),
        MeasureQuestion("count-enrolled", members, definition),
        MeasureQuestion("count-dead", members, definition),
    )


_NAMES = ("to-date mOS", "Kaplan-Meier mOS", "enrolled", "dead")


def _print(label: str, found: Restatement, *, every: bool) -> None:
    show.lines("", f"cohort {label}")
    show.table(
        ("", *_NAMES),
        (
            (f"known on {iso(day)}", *map(_with_limits, answers, found.questions))
            for day, answers in ((found.then, found.before), (found.now or found.then, found.after))
        ),
    )
    if found.learned is None:
        show.lines(
            f"{found.events} events became known, too many to say what each of them did; "
            "take days that lie closer together, or one --cohort"
        )
        return
    moving = [each for each in found.learned if every or each.before != each.after]
    if moving:
        show.lines("")
        show.table(("known on", "change", "event", *_NAMES), _rows(found, every=every), long=(2,))
    quiet = len(found.learned) - len(moving)
    if quiet:
        show.lines(f"{quiet} {'other ' if moving else ''}events became known and moved none of these figures")
    elif not moving:
        show.lines("nothing became known of its subjects")


def _with_limits(found: MeasureAnswer, question: MeasureQuestion) -> str:
    cell = answer_cell(found, question)
    if question.kind != "time" or question.definition.estimator == "to-date" or not found.n:
        return cell
    lower, upper = ("NR" if each is None else value_cell(each, question) for each in (found.lower, found.upper))
    return f"{cell} ({lower} to {upper})"


def _effect(before: MeasureAnswer, after: MeasureAnswer, question: MeasureQuestion) -> str:
    """Return ``13.14 to 13.49``, or what else changed; nothing where nothing did."""
    if before.value != after.value:
        return f"{answer_cell(before, question)} to {answer_cell(after, question)}"
    if (before.lower, before.upper) != (after.lower, after.upper):
        return f"{_with_limits(before, question)} to {_with_limits(after, question)}"
    return "" if before == after else f"n {before.n} to {after.n}, ended {before.events} to {after.events}"


def _rows(found: Restatement, *, every: bool) -> Iterator[tuple[object, ...]]:
    for each in found.learned or ():
        if not every and each.before == each.after:
            continue
        effects = map(_effect, each.before, each.after, found.questions)
        yield each.event.known_on, each.event.change, each.event.sentence, *effects
