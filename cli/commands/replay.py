"""``trialog replay``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking

if TYPE_CHECKING:
    from trialog.application.answers.figures import GroupPart
    from trialog.application.answers.replay import ReplayAnswer


def replay(
    date: Annotated[
        str, typer.Argument(metavar="DATE", help="Day of the announcement, a month or a year; or its name.")
    ],
    known_at: KnownAtOption = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> int:
    """Go back to a day: every cohort as it stood, and the figures announced then, rebuilt.

    Each figure is rebuilt at the data cutoff of its announcement (else at its day), from what was known
    on the day of the announcement, or by --known-at. Exit code 1 when a figure is not reproduced, 3 when nothing
    was announced.
    """
    with asking(log, trial) as asked:
        answer = asked.replay(date, known_at=known_at)
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer)
    return answer.exit_code


def _print(answer: ReplayAnswer) -> None:
    from trialog.cli.printing.cells import notes, overview_words
    from trialog.cli.verdicts import print_verdicts, remarks

    show.lines(f"{answer.trial} as of {answer.data_cutoff}, known by {answer.known_at}")
    _print_groups(answer.cohorts)
    empty = [each.text for each in answer.notes if each.kind == "nothing announced"]
    others = [each for each in answer.notes if each.kind != "nothing announced"]
    show.lines(*overview_words(answer.cohorts), *notes(others), "")
    if answer.verdicts:
        print_verdicts(answer.verdicts)
        show.lines(*remarks(answer.verdicts))
        judged = [each for each in answer.verdicts if each.verdict != "shown only"]
        hold = sum(each.confirmed for each in judged)
        more = len(answer.verdicts) - len(judged)
        compared = f"; {more} {'is' if more == 1 else 'are'} shown for comparison only" if more else ""
        show.lines("", f"{hold} of {len(judged)} announced figures hold{compared}")
    show.lines(*empty, f"log: {answer.log.size} events, root {answer.log.root}")


def _print_groups(groups: tuple[GroupPart, ...]) -> None:
    from trialog.cli.printing.cells import figure_cell

    show.table(
        (
            "cohort",
            "enrolled",
            "dosed",
            "alive",
            "dead",
            "follow-up",
            "to-date mOS",
            "Kaplan-Meier mOS",
            "best responses",
        ),
        (
            (
                group.cohort,
                group.counts.enrolled,
                group.counts.dosed,
                group.counts.alive,
                group.counts.dead,
                figure_cell(group.follow_up),
                figure_cell(group.to_date),
                figure_cell(group.kaplan_meier),
                "; ".join(
                    ", ".join(f"{count} {category}" for category, count in found.categories.items() if count)
                    for found in group.responses
                ),
            )
            for group in groups
        ),
    )
