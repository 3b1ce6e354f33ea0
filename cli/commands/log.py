"""``trialog log``."""

from __future__ import annotations

import json as jsonlib
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final

import typer

from trialog.cli.options import JsonOption, LogOption, TrialOption, one_form
from trialog.cli.printing import tables as show
from trialog.cli.session import asking
from trialog.events.registry import name_of
from trialog.events.visible import visible_json
from trialog.events.words import about, details

if TYPE_CHECKING:
    from trialog.application.answers.entries import EntryPart

ROWS_IN_A_TABLE: Final = 10_000


def log(
    event: Annotated[
        list[str] | None, typer.Option("--event", metavar="KIND", help="Only this kind of event; repeatable.")
    ] = None,
    after: Annotated[int, typer.Option("--after", min=0, metavar="N", help="Only what comes after position N.")] = 0,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most N events.")] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Print JSON Lines, one event a line; to move a log: export log.")
    ] = False,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """List the events of a trial's log, in their order."""
    one_form(json=json, lines=lines)
    with asking(log, trial) as asked:
        if json:
            show.answer_as_json(asked.events(kinds=event, after=after, limit=limit))
            return
        found = asked.each_event(kinds=event, after=after, limit=limit)
        entries = iter(found)
        if lines:
            for entry in entries:
                show.lines(visible_json(jsonlib.dumps(entry.line(), ensure_ascii=False)))
            return
        # In pieces, so that a log of any size is listed in little memory.
        while rows := list(map(_row, islice(entries, ROWS_IN_A_TABLE))):
            show.table(("#", "recorded at", "by", "event", "about", "on", "reported on", "what"), rows, long=(7,))
        show.lines(f"{found.trial}: {found.size} events, root {found.root}")


def _row(entry: EntryPart) -> tuple[object, ...]:
    return (
        entry.position,
        entry.recorded_at[:19] + "Z",
        entry.by,
        name_of(entry.event),
        about(entry.event) if entry.target_position is None else f"#{entry.target_position}",
        entry.event.occurred_on,
        entry.event.reported_on,
        details(entry.event),
    )
