"""``trialog import adtte``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.cli.import_options import (
    DryRunOption,
    GoneOption,
    ReportedOnOption,
    ReportOption,
    StrictOption,
)
from trialog.cli.options import ByOption, EncodingOption, JsonOption, LogOption, TrialOption
from trialog.events import dates
from trialog.events.errors import QuestionError
from trialog.exchange.adtte import AdtteReading
from trialog.exchange.tables.formats import form_of, open_table, sha256_of


def adtte(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="ADTTE as CSV, XPT, Dataset-JSON, Parquet or Excel.")],
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="DATE", help="Day that stands for the origin where the rows have no dates."),
    ] = None,
    reported_on: ReportedOnOption = None,
    dry_run: DryRunOption = False,
    encoding: EncodingOption = None,
    gone: GoneOption = False,
    strict: StrictOption = False,
    report: ReportOption = None,
    by: ByOption = None,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Import ADTTE, for those who have nothing else.

    OS gives deaths and the day each subject was last seen; PFS and TTP give progressions. Rows without dates
    need --start. The same file again appends nothing; a later one corrects and retracts.
    """
    from trialog.application.recording.run_import import Source, importing, stated_day, take_in

    if start is not None:
        try:
            dates.day_number(start)
        except ValueError as error:
            raise QuestionError(f"--start: {error}") from None
    table = open_table(file, encoding=encoding, tolerant=True)
    with importing(log, file.name, reported_on, quiet=json) as task:
        digest = sha256_of(file)
        task.sources.append(Source(file.name, digest, form_of(file)))
        if task.reported_on is None and start is None:
            task.reported_on = stated_day([table], task.latest_day)
            if task.reported_on is not None:
                task.latest_day = dates.day_number(task.reported_on)
        reading = AdtteReading(
            task.watched(table, file.name), file.name, digest, latest_day=task.latest_day, start=start
        )
        take_in(
            task, reading, trial, by, what="ADTTE", dry_run=dry_run, gone=gone, strict=strict, report=report, json=json
        )
