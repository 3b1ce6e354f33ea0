"""``trialog project``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli.definitions import DefinitionOption, definition_of
from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import progress_bar
from trialog.cli.session import last_day, opened, optional_day, trial_code
from trialog.events.dates import iso


def project(
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="FILE|URL", help="Where the tables are [default: beside the file; in the same database]."
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Data cutoff [default: the last day in the log].")
    ] = None,
    known_at: KnownAtOption = None,
    definition: DefinitionOption = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Write them anew even if they are up to date.")] = False,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Bring tables for other programs up to date: follow_up (one row a subject) and figure (per cohort).

    The table position says at which size and root of the log they stand. A new state takes the old one's
    place in one step; readers never see half of one.
    """
    from trialog.application.figure_tables import ReadModel, default_place
    from trialog.application.progress import each_step
    from trialog.application.trial_data import load
    from trialog.log.store.connections import shown as shown_place

    known = optional_day(known_at, "--known-at")
    with opened(log) as found:
        code = trial_code(found, trial)
        data = load(found, code)
        origin = found.recorder(code).checkpoint().origin
        cutoff = data.last_day(known) if as_of is None else last_day(as_of, "--as-of")
        chosen = definition_of(definition, data.trial(known).default_definition)
        place = to or default_place(found)
        model = ReadModel(place)
        try:
            with progress_bar("projecting subjects", quiet=json) as progress:
                told = each_step(len(data.columns.subjects), progress)
                done = model.bring_up(
                    data, origin, chosen, cutoff=cutoff, known_at=known, rebuild=rebuild, progress=told
                )
        finally:
            model.close()
    if json:
        show.as_json(
            {
                "trial": code,
                "to": shown_place(place),
                "data_cutoff": iso(cutoff),
                "known_at": None if known is None else iso(known),
                "definition": chosen.as_dict(),
                "written": done.written,
                "subjects": done.subjects,
                "figures": done.figures,
                "log": {"size": done.size, "root": done.root},
            }
        )
        return
    what = f"{done.subjects} subjects and {done.figures} figures written to" if done.written else "up to date:"
    show.lines(f"{code}: {what} {shown_place(place)}", f"log: {done.size} events, root {done.root}")
