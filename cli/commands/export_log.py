"""``trialog export log``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli.export_options import ForceOption, OutOption
from trialog.cli.options import JsonOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.meter import EVERY, Meter
from trialog.cli.session import opened, trial_code
from trialog.exchange.writing import write_manifest, written
from trialog.log.moving.log_export import FORMAT, entry_line, head_line


def log(
    out: OutOption,
    without_salts: Annotated[
        bool,
        typer.Option("--without-salts", help="Leave the salts out, for publication; the log cannot be put back then."),
    ] = False,
    force: ForceOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Write a trial's log as JSON Lines, each entry with its place, time, salt and leaf.

    With the salts `trialog import log` puts the same log back, with the same root. Without them the file
    can be published: its leaves give the root, and each event can be tied to its leaf later, by its salt.
    """
    from trialog.log.moving.restore import head_of, sealed_entries

    meter = Meter(not json)
    with opened(log) as found:
        code = trial_code(found, trial)
        recorder = found.recorder(code)
        head = head_of(recorder, salts=not without_salts)
        size, root = head.size, head.root
        with written(out, force=force) as stream:
            stream.write(head_line(head))
            for entry in sealed_entries(recorder, head):
                stream.write(entry_line(entry))
                if entry.position % EVERY == 0:
                    meter.tick(f"writing {entry.position:,} of {size:,} events")
    meter.done()
    about = {
        "trial": code,
        "data_cutoff": None,
        "known_at": None,
        "log": {"size": size, "root": root.hex()},
        "definition": {"format": FORMAT, "salts": not without_salts},
    }
    manifest = write_manifest(out, "log", about, form="jsonl", records=size)
    if json:
        show.as_json(manifest)
    else:
        salts = "without salts" if without_salts else "with salts"
        show.lines(f"{size} events of {code} written to {out}, {salts}", f"log: {size} events, root {root.hex()}")
