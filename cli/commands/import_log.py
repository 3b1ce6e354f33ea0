"""``trialog import log``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from trialog.cli.options import JsonOption, LogOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.meter import EVERY, Meter
from trialog.cli.session import opened
from trialog.events.errors import EventError, ExportError
from trialog.log.moving.log_export import ExportedEntry, read_entries, read_head


def log(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What trialog export log wrote.")],
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Put a whole log back: the same events, positions, times and salts, and so the same root.

    Every leaf and the root are computed again; where one differs, or the log holds the trial already,
    nothing is written.
    """
    from trialog.application.append_file import Lines
    from trialog.log.moving.restore import restore

    meter = Meter(not json)
    lines = Lines(str(file))
    source = iter(lines)
    first = next(source, None)
    if first is None:
        raise EventError(f"{file}: the file is empty")
    head = read_head(first[1], f"{lines.place}:1")

    def entries() -> Iterator[ExportedEntry]:
        for entry in read_entries(source, lines.place):
            if entry.position % EVERY == 0:
                meter.tick(f"reading {entry.position:,} of {head.size:,} events")
            yield entry

    with opened(log) as found:
        try:
            restore(found, head, entries())
        except ExportError as error:
            raise ExportError(f"{file}: {error}") from None
    meter.done()
    if json:
        show.as_json({"trial": head.trial, "restored": head.size, "log": {"size": head.size, "root": head.root.hex()}})
    else:
        show.lines(f"{head.size} events of {head.trial} put back", f"log: {head.size} events, root {head.root.hex()}")
