"""``trialog explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking
from trialog.events.words import figure_words
from trialog.projections.defaults import LONGEST_LAG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trialog.application.answers.explain import ExplainAnswer, FigureExplained, PrintedPart, ReadingPart


SHOWN: Final = 8


def explain(
    announcement: Annotated[
        str, typer.Argument(metavar="ANNOUNCEMENT[/FIGURE]", help="Name or day of an announcement, and a figure of it.")
    ],
    longest_lag: Annotated[
        int,
        typer.Option("--max-lag", metavar="DAYS", min=0, max=3660, help="Cutoffs so many days earlier are tried."),
    ] = LONGEST_LAG,
    known_at: KnownAtOption = None,
    all_: Annotated[bool, typer.Option("--all", help=f"List everything, not the {SHOWN} plainest.")] = False,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> int:
    """Find the definitions that reproduce an announced figure, and say what the others would print.

    Tried are estimator, origin, population, censoring, month, tie rule, rounding, and every data cutoff from
    the announcement's own back to --max-lag days before it. The plainest comes first: the fewest and lightest
    departures from the figure's own definition (docs/audit.md has the weights). Exit code 1 when nothing
    reproduces a figure that could be tried.
    """
    with asking(log, trial) as found:
        answer = found.explain(announcement, known_at=known_at, longest_lag=longest_lag)
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer, everything=all_)
    return answer.exit_code


def _print(answer: ExplainAnswer, *, everything: bool) -> None:
    known = "as known now" if answer.known_at is None else f"as known on {answer.known_at}"
    show.text(f"announcement {answer.announcement}, {known}; {answer.readings_tried} readings were tried")
    for each in answer.figures:
        show.text("", f"{each.figure.figure}: {figure_words(each.figure)}")
        if each.why_not:
            show.text(f"  not tried: {each.why_not}")
            continue
        own = "" if each.own_cutoff is None else f", cutoff {each.own_cutoff}"
        show.text(f"  its own definition: {each.own_definition.words()}{own}")
        _print_readings(each.reproduced_by, each, everything=everything)
        _print_others(each, everything=everything)
    reproduced = [each for each in answer.figures if each.reproduced_by]
    if answer.together:
        show.text("", "all of these figures together:")
        _print_readings(answer.together, reproduced[0], everything=everything)
    elif len(reproduced) > 1:
        show.text("", "all of these figures together: no one reading reproduces them")


def _print_readings(readings: Sequence[ReadingPart], figure: FigureExplained, *, everything: bool) -> None:
    if not readings:
        show.text("  nothing reproduces it")
        return
    show.text("  reproduced by, the plainest first:")
    for reading in readings if everything else readings[:SHOWN]:
        words = "the state" if reading.definition is None else reading.definition.words()
        how = "" if reading.rounding == "rounded" else ", digits cut off"
        show.text(f"    {words}{how}; {_cutoffs(reading, figure)}{_halfway(reading, figure)}")
    if not everything and len(readings) > SHOWN:
        show.text(f"    and {len(readings) - SHOWN} more; --all lists them")


def _halfway(reading: ReadingPart, figure: FigureExplained) -> str:
    """Return a remark on a value that lies exactly between two printed ones."""
    for printed in figure.at_own_cutoff:
        if printed.definition == reading.definition and printed.halfway and not reading.cutoffs[0].lag_days[0]:
            missing = "half-up" if "half-even" in printed.announced_digits_by else "half-even"
            rules = " and ".join(printed.announced_digits_by)
            return f"; {printed.prints} lies halfway: {rules} prints {figure.figure.value}, {missing} does not"
    return ""


def _cutoffs(reading: ReadingPart, figure: FigureExplained) -> str:
    """Return the cutoffs of a reading, as days."""
    if figure.own_cutoff is None:
        return "any cutoff"
    runs = [run.last if run.first == run.last else f"{run.first} to {run.last}" for run in reading.cutoffs[:3]]
    more = "" if len(reading.cutoffs) <= 3 else " and others"
    return f"cutoff {' or '.join(str(run) for run in runs)}{more}"


def _print_others(each: FigureExplained, *, everything: bool) -> None:
    failing: dict[str, list[PrintedPart]] = {}
    for printed in each.at_own_cutoff:
        if not printed.reproduces:
            note = f" (of {printed.n} subjects, the figure of {each.figure.n})" if printed.other_subjects else ""
            failing.setdefault(printed.prints + note, []).append(printed)
    if not failing:
        return
    show.text("  at its own cutoff the others would print:")
    for text, some in list(failing.items())[: None if everything else SHOWN]:
        more = f" and {len(some) - 1} more" if len(some) > 1 else ""
        show.text(f"    {text}: {some[0].definition.words()}{more}")
    if not everything and len(failing) > SHOWN:
        show.text(f"    and {len(failing) - SHOWN} other values; --all lists them")
