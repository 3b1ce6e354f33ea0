"""``trialog import adtte``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.cli.import_options import ImportOptions, MissingOption, import_command
from trialog.events import dates
from trialog.events.errors import QuestionError
from trialog.exchange.adtte import AdtteReading
from trialog.exchange.missing_words import MissingWords
from trialog.exchange.tables.formats import form_of, open_table, sha256_of


@import_command
def adtte(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="ADTTE as CSV, XPT, Dataset-JSON, Parquet or Excel.")],
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="DATE", help="Day that stands for the origin where the rows have no dates."),
    ] = None,
    missing: MissingOption = None,
    *,
    common: ImportOptions,
) -> int:
    """Import ADTTE, for those who have nothing else.

    OS gives deaths and the day each subject was last seen; PFS and TTP give progressions. Rows without dates
    need --start. The same file again appends nothing; a later one corrects and retracts. Exit code 1: nothing was
    imported; 3: rows or subjects were left out that a figure could miss.
    """
    from trialog.application.recording.run_import import Source, importing, take_in

    if start is not None:
        try:
            dates.day_number(start)
        except ValueError as error:
            raise QuestionError(f"--start: {error}") from None
    table = open_table(file, encoding=common.encoding, tolerant=True)
    with importing(common.log, file.name, common.reported_on, quiet=common.json) as task:
        digest = sha256_of(file)
        task.sources.append(Source(file.name, digest, form_of(file)))
        if start is None:
            task.take_stated_day([table])
        reading = AdtteReading(
            task.watched(table, file.name),
            file.name,
            digest,
            latest_day=task.latest_day,
            start=start,
            missing=MissingWords(missing or ()),
        )
        return take_in(task, reading, what="ADTTE", **common.taken())
