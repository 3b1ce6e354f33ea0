"""``trialog cohorts``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from trialog.cli.definitions import DefinitionOption, definition_of
from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import last_day, optional_day, reading
from trialog.events.dates import iso


def cohorts(
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Data cutoff [default: the last day in the log].")
    ] = None,
    known_at: KnownAtOption = None,
    definition: DefinitionOption = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Give an overview of the cohorts as of a data cutoff."""
    from trialog.cli.printing.cells import FOLLOW_UP_WORDS, figure_cell, late_cutoff, overview_words
    from trialog.projections.cohort_figures import group_figures
    from trialog.projections.serial import group_as_dict, provenance

    known = optional_day(known_at, "--known-at")
    with reading(log, trial) as data:
        described = data.trial(known)
        cutoff = data.last_day(known) if as_of is None else last_day(as_of, "--as-of")
        chosen = definition_of(definition, described.default_definition)
        state = data.as_of(cutoff, known)
        groups = [group_figures(state, label, (label,), chosen) for label in described.cohorts]
    if json:
        plans = {label: asdict(cohort) for label, cohort in described.cohorts.items()}
        show.as_json(
            {
                **provenance(data, cutoff, known),
                "cohorts": [
                    {
                        "cohort": group.label,
                        "opened_on": plans[group.label]["opened_on"],
                        "closed_on": plans[group.label]["closed_on"],
                        **group_as_dict(group),
                    }
                    for group in groups
                ],
            }
        )
        return
    rows = []
    for group in groups:
        cohort = described.cohorts[group.label]
        dose = "" if cohort.planned_dose is None else f"{cohort.planned_dose} {cohort.planned_unit}"
        counts = group.counts
        rows.append(
            (
                group.label,
                cohort.opened_on,
                dose,
                cohort.planned_n,
                counts.enrolled,
                counts.dosed,
                counts.alive,
                counts.dead,
                figure_cell(group.follow_up),
                figure_cell(group.to_date),
                figure_cell(group.kaplan_meier),
            )
        )
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
        rows,
    )
    known_words = "everything in the log" if known is None else f"known by {iso(known)}"
    show.lines(
        f"data cutoff {iso(cutoff)}, {known_words}",
        *overview_words(chosen),
        FOLLOW_UP_WORDS,
        *late_cutoff(data, cutoff, known),
        f"{data.code}: {data.size} events, root {data.root}",
    )
