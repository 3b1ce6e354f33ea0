"""``trialog history``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialog.cli.definitions import DefinitionOption, definition_of
from trialog.cli.options import EvaluatorOption, JsonOption, LogOption, TrialOption, evaluator_of, one_form
from trialog.cli.printing import tables as show
from trialog.cli.session import last_day, optional_day, reading
from trialog.events.dates import iso
from trialog.events.errors import QuestionError
from trialog.events.measures import WITH_HISTORY
from trialog.events.vocabulary import suggestion
from trialog.projections.months import in_months, printed

if TYPE_CHECKING:
    from trialog.projections.changes.course import Axis, Course
    from trialog.projections.changes.events import Excerpt
    from trialog.projections.changes.moves import Effect, Move
    from trialog.projections.measures import MeasureAnswer, MeasureQuestion
    from trialog.projections.trial_data import TrialData


AXES: tuple[Axis, ...] = ("cutoff", "known-at")


@dataclass(frozen=True)
class HistorySection:
    """The history of one group; ``moves`` is None where there were too many events to explain."""

    label: str
    course: Course
    moves: list[Move] | None
    events: int


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
    axis: Annotated[
        str,
        typer.Option(
            "--axis", metavar="|".join(AXES), help="Which day moves: the data cutoff, or what was known when."
        ),
    ] = "cutoff",
    from_: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day [default: of the first enrollment].")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day [default: the last day in the log].")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Data cutoff, with --axis known-at [default: the last day]."),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option("--known-at", metavar="DATE", help="Count only what was known by this day, with --axis cutoff."),
    ] = None,
    definition: DefinitionOption = None,
    evaluator: EvaluatorOption = "investigator",
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
    from trialog.application.figures.notes import nothing_known
    from trialog.cli.durations_option import days_of as days_of_length
    from trialog.cli.printing.cells import notes
    from trialog.projections.changes.course import by_cutoff, by_known_at
    from trialog.projections.changes.events import excerpt
    from trialog.projections.changes.serial import days_of
    from trialog.projections.measures import MeasureQuestion

    one_form(json=json, csv=csv)
    moving = _axis(axis)
    if moving == "cutoff" and as_of is not None:
        raise QuestionError("--as-of goes with --axis known-at; with --axis cutoff the days run from --from to --to")
    if moving == "known-at" and known_at is not None:
        raise QuestionError("--known-at goes with --axis cutoff; with --axis known-at the days run from --from to --to")
    known = optional_day(known_at, "--known-at")
    with reading(log, trial) as data:
        labels = data.cohort_labels(tuple(cohort) if cohort else None, known)
        chosen = definition_of(definition, data.trial(known).default_definition)
        question = MeasureQuestion(
            measure=figure,
            definition=chosen,
            at=None if at is None else days_of_length(at, "--at", chosen.month),
            evaluator=evaluator_of(evaluator),
            confirmation="confirmed" if confirmed else "as assessed",
        )
        groups = [("+".join(labels), labels)] if pool else [(label, (label,)) for label in labels]
        sections = []
        for label, members in groups:
            of = excerpt(data.columns, members)
            asked = replace(question, cohorts=members)
            first, last = _days(data, of, moving, from_, to, known)
            if moving == "cutoff":
                course = by_cutoff(of, asked, first, last, known)
            else:
                cutoff = data.last_day() if as_of is None else last_day(as_of, "--as-of")
                course = by_known_at(of, asked, first, last, cutoff)
            sections.append(_section(label, of, course, explain=not (csv or every_day)))
    if json:
        show.as_json(_as_dict(data, question, moving, sections))
    elif csv:
        rows = [
            {"cohort": each.label, **row, **rests_on}
            for each in sections
            for rests_on in [_rests_on(data, question, moving, each)]
            for row in days_of(each.course)
        ]
        show.as_csv(list(rows[0]) if rows else ["cohort", "day"], (row.values() for row in rows))
    else:
        for each in sections:
            _print(each, every_day=every_day)
        unit = {"time": " in months", "share": " in percent", "count": ""}[question.kind]
        show.lines(
            f"{data.code}: {question.measure}{unit}, {question.words()}",
            *notes(nothing_known(data, known)),
            f"log: {data.size} events, root {data.root}",
        )


def _axis(word: str) -> Axis:
    for axis in AXES:
        if word == axis:
            return axis
    raise QuestionError(f"--axis {word!r} is not known{suggestion(word, AXES)}")


def _days(
    data: TrialData, of: Excerpt, axis: Axis, from_: str | None, to: str | None, known: int | None
) -> tuple[int, int]:
    """Return first and last day: as given, else from the first enrollment to the last day of the log."""
    columns = of.columns
    if axis == "cutoff":
        begins = int(columns.first.min()) if columns.size else data.last_day(known)
        ends = data.last_day(known)
    else:
        begins, ends = (int(columns.known.min()), int(columns.known.max())) if columns.size else (0, 0)
    first = begins if from_ is None else last_day(from_, "--from")
    last = max(ends, first) if to is None else last_day(to, "--to")
    if last < first:
        raise QuestionError(f"--to {iso(last)} is before --from {iso(first)}; expected a later day, or the same")
    return first, last


def _section(label: str, of: Excerpt, course: Course, *, explain: bool) -> HistorySection:
    from trialog.projections.changes.moves import MOST_EXPLAINED, count_of_events, moves

    events = count_of_events(of, course)
    found = None
    if explain and events <= MOST_EXPLAINED:
        found = list(moves(of, course, _watch("explaining")))
    return HistorySection(label, course, found, events)


def _watch(label: str) -> Callable[[Iterable[int]], Iterable[int]]:
    """Return what shows progress on a terminal, and passes days on elsewhere."""

    def watched(days: Iterable[int]) -> Iterator[int]:
        listed = list(days)
        if not sys.stderr.isatty() or len(listed) < 200:
            yield from listed
            return
        with typer.progressbar(listed, label=label, file=sys.stderr) as bar:
            yield from bar

    return watched


def _as_dict(data: TrialData, question: MeasureQuestion, axis: Axis, sections: list[HistorySection]) -> dict[str, Any]:
    from trialog.projections.changes.serial import days_of, move_as_dict, question_as_dict
    from trialog.projections.serial import day, provenance

    return {
        **{name: value for name, value in provenance(data, 0, None).items() if name not in ("data_cutoff", "known_at")},
        "axis": axis,
        **question_as_dict(question),
        "cohorts": [
            {
                "cohort": each.label,
                "data_cutoff": day(each.course.fixed) if axis == "known-at" else None,
                "known_at": day(each.course.fixed) if axis == "cutoff" else None,
                "days": list(days_of(each.course)),
                "moves": None
                if each.moves is None
                else [move_as_dict(move, each.course.question) for move in each.moves],
            }
            for each in sections
        ],
    }


def _rests_on(data: TrialData, question: MeasureQuestion, axis: Axis, section: HistorySection) -> dict[str, Any]:
    """Return the columns that say what a row of a CSV file rests on, beside its day."""
    from trialog.projections.changes.serial import question_as_dict
    from trialog.projections.serial import day

    asked = question_as_dict(question)
    fixed = day(section.course.fixed)
    return {
        "trial": data.code,
        "figure": asked["figure"],
        "at_day": asked["at_day"],
        "data_cutoff": fixed if axis == "known-at" else "day",
        "known_at": fixed if axis == "cutoff" else "day",
        **({} if question.kind == "count" else asked["definition"]),
        "log_size": data.size,
        "log_root": data.root,
    }


def _print(section: HistorySection, *, every_day: bool) -> None:
    from trialog.projections.changes.serial import days_of
    from trialog.projections.serial import day

    course = section.course
    fixed = course.fixed
    if course.axis == "cutoff":
        axes = f"at each data cutoff, {'as known now' if fixed is None else f'as known on {iso(fixed)}'}"
    else:
        axes = f"as known on each day, data cutoff {day(fixed)}"
    first, last = iso(int(course.day[0])), iso(int(course.day[-1]))
    show.lines(f"cohort {section.label}: {course.question.measure} {axes}, {first} to {last}")
    if every_day:
        rows = list(days_of(course))
        show.table([name.replace("_", " ") for name in rows[0]], (map(_cell, row.values()) for row in rows))
    elif section.moves is None:
        show.lines(
            f"{section.events} events lie between these days, too many to say what each of them did; "
            "narrow them with --from and --to, or print the days with --csv"
        )
    else:
        show.table(("from", "to", "was", "is", "n", "ended", "moved by"), _rows(section), long=(6,))
        if not section.moves:
            show.lines("nothing moved it")
    show.lines("")


def _rows(section: HistorySection) -> Iterator[tuple[object, ...]]:
    question = section.course.question
    for move in section.moves or ():
        one_step = len(move.effects) == 1
        for number, effect in enumerate(move.effects):
            begins = number == 0
            cause = _cause(effect) if one_step else f"{_cause(effect)} {_change(effect, question)}"
            yield (
                iso(move.since) if begins else "",
                iso(move.day) if begins else "",
                answer_cell(move.before, question) if begins else "",
                answer_cell(move.after, question) if begins else "",
                move.after.n if begins else "",
                move.after.events if begins else "",
                cause,
            )


def _cause(effect: Effect) -> str:
    return "the calendar" if effect.event is None else effect.event.sentence


def _change(effect: Effect, question: MeasureQuestion) -> str:
    """Return what one effect among several did: ``+1.0`` or ``26.2 to not reached``."""
    if effect.before is None or effect.after is None:
        return f"[{value_cell(effect.before, question)} to {value_cell(effect.after, question)}]"
    difference = effect.after - effect.before
    sign = "+" if difference > 0 else "-"
    return f"[{sign}{value_cell(abs(difference), question)}]"


def answer_cell(found: MeasureAnswer, question: MeasureQuestion) -> str:
    """Return a figure as it is printed; a dash where nobody counts."""
    return value_cell(found.value, question) if found.n else "-"


def value_cell(value: float | None, question: MeasureQuestion) -> str:
    """Return a value of a figure: months, a percentage or a count."""
    if value is None:
        return "not reached" if question.kind == "time" else "-"
    if question.kind == "time":
        return printed(in_months(value, question.definition.month), 2)
    return f"{100 * value:.1f} %" if question.kind == "share" else f"{value:g}"


def _cell(value: object) -> object:
    return "-" if value is None else value
