"""``trialog snapshot``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from trialog.cli import show
from trialog.cli.definitions import DefinitionOption, definition_of
from trialog.cli.figures import figure_cell
from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.session import last_day, optional_day, reading
from trialog.events.dates import iso
from trialog.projections.figures import GroupFigures, group_figures
from trialog.projections.serial import group_as_dict, provenance, subject_rows
from trialog.projections.trialdata import TrialData


def snapshot(
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Data cutoff; the day counts whole.")],
    cohort: Annotated[
        list[str] | None,
        typer.Option("--cohort", metavar="LABEL", help="Cohort; repeatable [default: each of them]."),
    ] = None,
    pool: Annotated[bool, typer.Option("--pool", help="The cohorts as one group.")] = False,
    known_at: KnownAtOption = None,
    definition: DefinitionOption = None,
    subjects: Annotated[bool, typer.Option("--subjects", help="Add a row for each subject.")] = False,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV: figures, or with --subjects the subjects.")] = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Give a cohort's figures as of a data cutoff, with everything that they rest on.

    The same log and the same arguments give the same bytes on every machine.
    """
    cutoff, known = last_day(as_of, "--as-of"), optional_day(known_at, "--known-at")
    with reading(log, trial) as data:
        labels = data.cohort_labels(tuple(cohort) if cohort else None, known)
        chosen = definition_of(definition, data.trial(known).default_definition)
        state = data.as_of(cutoff, known)
        named = [("+".join(labels), labels)] if pool else [(label, (label,)) for label in labels]
        groups = [group_figures(state, label, members, chosen) for label, members in named]
        rows = list(subject_rows(state, chosen, labels)) if subjects else []
    if json:
        printed: dict[str, Any] = {
            **provenance(data, cutoff, known),
            "definition": chosen.as_dict(),
            "cohorts": [{"cohort": group.label, **group_as_dict(group)} for group in groups],
        }
        if subjects:
            printed["subjects"] = rows
        show.as_json(printed)
    elif csv and subjects:
        header = list(rows[0]) if rows else ["subject"]
        show.as_csv(header, (row.values() for row in rows))
    elif csv:
        _print_csv(data, groups, cutoff, known)
    else:
        _print(data, groups, rows, cutoff, known)


def _print_csv(data: TrialData, groups: list[GroupFigures], cutoff: int, known: int | None) -> None:
    axes = provenance(data, cutoff, known)
    flat = []
    for group in groups:
        for figure in group_as_dict(group)["figures"]:
            definition = figure.pop("definition")
            flat.append(
                {
                    "trial": axes["trial"],
                    "cohort": group.label,
                    **figure,
                    **definition,
                    "log_size": axes["log"]["size"],
                    "log_root": axes["log"]["root"],
                }
            )
    show.as_csv(list(flat[0]) if flat else ["trial", "cohort"], (row.values() for row in flat))


def _print(
    data: TrialData, groups: list[GroupFigures], rows: list[dict[str, Any]], cutoff: int, known: int | None
) -> None:
    known_words = "as known now" if known is None else f"as known on {iso(known)}"
    show.lines(f"{data.code}, data cutoff {iso(cutoff)}, {known_words}")
    for group in groups:
        show.lines("", f"cohort {group.label}")
        show.table(("figure", "value"), _facts(group))
        show.table(
            ("median", "months", "days", "n", "ended", "left out", "definition"),
            (
                (
                    figure.name,
                    figure_cell(figure),
                    "not reached" if figure.value is None else f"{figure.value:g}",
                    figure.n,
                    figure.events,
                    figure.left_out,
                    figure.definition.words(),
                )
                for figure in (group.to_date, group.kaplan_meier, group.follow_up)
            ),
            long=(0, 6),
        )
    if rows:
        show.lines("")
        show.table(list(rows[0]), (row.values() for row in rows))
    show.lines("", f"log: {data.size} events, root {data.root}")


def _facts(group: GroupFigures) -> Iterator[tuple[str, object]]:
    counts = group.counts
    yield "enrolled, dosed, evaluable", f"{counts.enrolled}, {counts.dosed}, {counts.evaluable}"
    yield "alive, dead", f"{counts.alive}, {counts.dead}"
    yield "lost to follow-up, left otherwise", f"{counts.lost}, {counts.withdrawn}"
    if counts.first_dose is not None and counts.last_dose is not None:
        yield "first and last dose", f"{iso(counts.first_dose)}, {iso(counts.last_dose)}"
    if counts.prior_lines_mean is not None:
        yield (
            "prior lines: mean, median, range",
            f"{counts.prior_lines_mean:.2f}, {counts.prior_lines_median:g}, "
            f"{counts.prior_lines_low} to {counts.prior_lines_high} (n = {counts.prior_lines_n})",
        )
    if group.shortest is not None:
        yield "follow-up days: shortest, longest, all", f"{group.shortest}, {group.longest}, {group.total}"
    for found in group.responses:
        reached = ", ".join(f"{count} {category}" for category, count in found.categories.items() if count)
        yield f"best response, {found.criteria}, {found.evaluator}, as assessed", reached or "none"
        for rate in found.rates:
            share = "-" if rate.share is None else f"{100 * rate.share:.1f} %"
            yield f"{rate.name} ({rate.counts} or better)", f"{rate.responders} of {rate.n}, {share}"
