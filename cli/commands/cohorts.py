"""``trialog cohorts``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.definitions import DefinitionOption
from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking

if TYPE_CHECKING:
    from trialog.application.answers.cohorts import CohortOverview


def cohorts(
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="Data cutoff [default: the latest of last event, announcement and stated cutoff].",
        ),
    ] = None,
    known_at: KnownAtOption = None,
    definition: DefinitionOption = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> int:
    """Give an overview of the cohorts as of a data cutoff.

    Exit code 3: assessments or subjects were left out of an import, and a figure could be other.
    """
    from trialog.cli.printing.cells import notes, overview_words

    with asking(log, trial) as asked:
        answer = asked.cohorts(as_of=as_of, known_at=known_at, definition=definition)
    if json:
        show.answer_as_json(answer)
        return answer.exit_code
    show.table(
        (
            "cohort",
            "opened",
            "dose",
            "planned",
            "enrolled",
            "dosed",
            "alive",
            "dead",
            "follow-up",
            "to-date mOS",
            "Kaplan-Meier mOS",
        ),
        map(_row, answer.cohorts),
    )
    known_words = "everything in the log" if answer.known_at is None else f"known by {answer.known_at}"
    show.lines(
        f"data cutoff {answer.data_cutoff}, {known_words}",
        *overview_words(answer.cohorts),
        *notes(answer.notes),
        f"{answer.trial}: {answer.log.size} events, root {answer.log.root}",
    )
    return answer.exit_code


def _row(cohort: CohortOverview) -> tuple[object, ...]:
    from trialog.cli.printing.cells import figure_cell

    counts = cohort.counts
    return (
        cohort.cohort,
        cohort.opened_on,
        "" if cohort.planned_dose is None else f"{cohort.planned_dose} {cohort.planned_unit}",
        cohort.planned_n,
        counts.enrolled,
        counts.dosed,
        counts.alive,
        counts.dead,
        figure_cell(cohort.follow_up),
        figure_cell(cohort.to_date),
        figure_cell(cohort.kaplan_meier),
    )
