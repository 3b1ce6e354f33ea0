"""``trialog replay``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import optional_day, reading
from trialog.events.dates import iso, span
from trialog.events.definition import KAPLAN_MEIER
from trialog.events.errors import QuestionError

if TYPE_CHECKING:
    from trialog.projections.cohort_figures import GroupFigures
    from trialog.projections.trial_data import Announcement, TrialData


def replay(
    date: Annotated[str, typer.Argument(metavar="DATE", help="Day of the announcement: YYYY-MM-DD, YYYY-MM or YYYY.")],
    known_at: KnownAtOption = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> int:
    """Go back to a day: every cohort as it stood, and the figures announced then, rebuilt.

    Each figure is rebuilt at the data cutoff of its announcement (else at its day), from what was known
    on the day of the announcement, or by --known-at. Exit code 1 when a figure is not reproduced.
    """
    from trialog.cli.printing.cells import FOLLOW_UP_WORDS, late_cutoff, overview_words
    from trialog.cli.verdicts import print_verdicts, remarks
    from trialog.projections.announced.verdict import verdicts
    from trialog.projections.cohort_figures import group_figures
    from trialog.projections.serial import group_as_dict, provenance, verdict_as_dict

    try:
        first, last = span(date)
    except ValueError as error:
        raise QuestionError(f"DATE: {error}") from None
    known = optional_day(known_at, "--known-at")
    with reading(log, trial) as data:
        state_known = last if known is None else known
        described = data.trial(state_known)
        state = data.as_of(last, state_known)
        definition = described.default_definition or KAPLAN_MEIER
        groups = [group_figures(state, label, (label,), definition) for label in described.cohorts]
        announced = _announced_between(data, first, last)
        found = verdicts(data, announced, known)
    code = 0 if all(verdict.confirmed for verdict in found) else 1
    if json:
        show.as_json(
            {
                **provenance(data, last, state_known),
                "cohorts": [{"cohort": group.label, **group_as_dict(group)} for group in groups],
                "announcements": [each.name for each in announced],
                "verdicts": [verdict_as_dict(verdict) for verdict in found],
            }
        )
        return code
    show.lines(f"{data.code} as of {iso(last)}, known by {iso(state_known)}")
    _print_groups(groups)
    show.lines(*overview_words(definition), FOLLOW_UP_WORDS, *late_cutoff(data, last, state_known), "")
    if found:
        print_verdicts(found)
        show.lines(*remarks(found))
        judged = [verdict for verdict in found if verdict.status != "shown only"]
        hold = sum(verdict.confirmed for verdict in judged)
        others = len(found) - len(judged)
        compared = f"; {others} {'is' if others == 1 else 'are'} shown for comparison only" if others else ""
        show.lines("", f"{hold} of {len(judged)} announced figures hold{compared}")
    else:
        show.lines(_nothing_announced(data, date, announced))
    show.lines(f"log: {data.size} events, root {data.root}")
    return code


def _announced_between(data: TrialData, first: int, last: int) -> list[Announcement]:
    """Return the announcements whose date, as far as it is known, lies within a period."""
    found = []
    for each in data.announcements():
        if each.made.occurred_on is not None:
            begins, ends = span(each.made.occurred_on)
            if first <= begins and ends <= last:
                found.append(each)
    return found


def _nothing_announced(data: TrialData, date: str, announced: list[Announcement]) -> str:
    if announced:
        return f"the announcement of {date} is in the log without figures"
    dates = sorted({each.made.occurred_on for each in data.announcements() if each.made.occurred_on})
    known = f"announcements of: {', '.join(dates)}" if dates else "no announcement"
    return f"nothing was announced on {date}; the log holds {known}"


def _print_groups(groups: list[GroupFigures]) -> None:
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
                group.label,
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
