"""``trialog log``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli import show
from trialog.cli.options import JsonOption, LogOption, TrialOption
from trialog.cli.session import opened, trial_code
from trialog.cli.words import about, details
from trialog.events.catalogue import kind_named, name_of
from trialog.events.dates import instant_text
from trialog.events.lines import as_fields
from trialog.events.store.mapper import EventMapper


def log(
    event: Annotated[
        list[str] | None, typer.Option("--event", metavar="KIND", help="Only this kind of event; repeatable.")
    ] = None,
    after: Annotated[int, typer.Option("--after", min=0, metavar="N", help="Only what stands behind position N.")] = 0,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most N events.")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Print JSON Lines, one event a line.")] = False,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """List the events of a trial's log, in their order."""
    wanted = {kind_named(name).KIND for name in event or ()}
    mapper = EventMapper()
    with opened(log) as found:
        code = trial_code(found, trial)
        recorder = found.recorder(code)
        size, root = recorder.head()
        stored = (
            row
            for row in recorder.entries(after)
            if row.position <= size and (not wanted or row.columns.kind in wanted)
        )
        entries = (mapper.to_domain_event(row) for row, _ in zip(stored, range(limit or size), strict=False))
        if lines:
            import json as jsonlib

            for entry in entries:
                show.lines(jsonlib.dumps(as_fields(entry, code), ensure_ascii=False))
            return
        if json:
            show.as_json(
                {
                    "trial": code,
                    "size": size,
                    "root": root.hex(),
                    "events": [as_fields(entry, code) for entry in entries],
                }
            )
            return
        show.table(
            ("#", "recorded at", "by", "event", "about", "on", "reported on", "what"),
            (
                (
                    entry.position,
                    instant_text(entry.recorded_at)[:19] + "Z",
                    entry.actor,
                    name_of(entry.event),
                    about(entry.event),
                    entry.event.occurred_on,
                    entry.event.reported_on,
                    details(entry.event),
                )
                for entry in entries
            ),
            wrap=(7,),
        )
        show.lines(f"{code}: {size} events, root {root.hex()}")
