"""``trialog import adtte``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.cli.import_options import ImportOptions, MissingOption, import_command
from trialog.cli.printing.imports import print_import
from trialog.cli.printing.progress import progress_line
from trialog.cli.session import asking


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
    with asking(common.log, common.trial) as asked, progress_line(quiet=common.json) as progress:
        answer = asked.import_adtte(
            file,
            start=start,
            missing=missing or (),
            encoding=common.encoding,
            on_progress=progress,
            **common.choices(),
        )
    return print_import(answer, json=common.json)
