"""``trialog log``."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final

import typer

from trialog.cli.options import JsonOption, LogOption, TrialOption, one_form
from trialog.cli.printing import tables as show
from trialog.cli.printing.event_text import about, details
from trialog.cli.session import opened, trial_code
from trialog.events.dates import instant_text
from trialog.events.entry import LogEntry
from trialog.events.errors import TrialogError
from trialog.events.kinds import EventCorrected, EventRetracted
from trialog.events.registry import kind_named, name_of
from trialog.exchange.json_lines import as_fields

if TYPE_CHECKING:
    from trialog.log.store.trial_log import EventMapper, StoredEntry


AMENDMENTS: Final = (EventCorrected, EventRetracted)
ROWS_IN_A_TABLE: Final = 10_000


def log(
    event: Annotated[
        list[str] | None, typer.Option("--event", metavar="KIND", help="Only this kind of event; repeatable.")
    ] = None,
    after: Annotated[int, typer.Option("--after", min=0, metavar="N", help="Only what stands behind position N.")] = 0,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most N events.")] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Print JSON Lines, one event a line; to move a log: export log.")
    ] = False,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """List the events of a trial's log, in their order."""
    from trialog.log.store.trial_log import EventMapper

    one_form(json=json, lines=lines)
    wanted = {kind_named(name).KIND for name in event or ()}
    mapper = EventMapper()
    with opened(log) as found:
        code = trial_code(found, trial)
        recorder = found.recorder(code)
        size, root = recorder.head()
        targets: dict[int, int] = {}
        stored = (
            row
            for row in recorder.entries(after)
            if row.position <= size and (not wanted or row.columns.kind in wanted)
        )
        entries = (_entry(mapper, row, targets) for row in islice(stored, limit))
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
        # In pieces, so that a log of any size is listed in little memory.
        while rows := [_row(entry, targets) for entry in islice(entries, ROWS_IN_A_TABLE)]:
            show.table(("#", "recorded at", "by", "event", "about", "on", "reported on", "what"), rows, long=(7,))
        show.lines(f"{code}: {size} events, root {root.hex()}")


def _entry(mapper: EventMapper, row: StoredEntry, targets: dict[int, int]) -> LogEntry:
    """Return the entry of a row, and note the position of what an amendment is about."""
    try:
        entry = mapper.to_domain_event(row)
    except TrialogError as error:
        raise type(error)(f"position {row.position}: {error}") from None
    if isinstance(entry.event, AMENDMENTS):
        targets[row.position] = row.columns.code
    return entry


def _row(entry: LogEntry, targets: dict[int, int]) -> tuple[object, ...]:
    target = targets.pop(entry.position, None)
    return (
        entry.position,
        instant_text(entry.recorded_at)[:19] + "Z",
        entry.actor,
        name_of(entry.event),
        about(entry.event) if target is None else f"#{target}",
        entry.event.occurred_on,
        entry.event.reported_on,
        details(entry.event),
    )
