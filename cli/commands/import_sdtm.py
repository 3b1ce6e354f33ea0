"""``trialog import sdtm``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.cli.import_options import ImportOptions, MissingOption, TitleOption, import_command
from trialog.cli.printing.imports import print_import
from trialog.cli.printing.progress import progress_line
from trialog.cli.session import asking


@import_command
def sdtm(
    place: Annotated[Path, typer.Argument(metavar="DIR|ZIP|FILE", help="The extract: a folder or a zip archive.")],
    criteria: Annotated[
        str | None,
        typer.Option(
            "--criteria", metavar="WORD", help="Criteria of responses without RSCAT, for example 'RECIST 1.1'."
        ),
    ] = None,
    actual_arm: Annotated[
        bool, typer.Option("--actual-arm", help="Cohort = arm that was given (ACTARMCD), not the planned one.")
    ] = False,
    missing: MissingOption = None,
    title: TitleOption = None,
    *,
    common: ImportOptions,
) -> int:
    """Import an SDTM extract: CSV, XPT or Dataset-JSON files, told apart by their content.

    Reads DM, DS, EX or EC, RS, DD, SS, and AE, LB, TU, TR, VS, SV for the days on which subjects were
    seen alive; SUPP-- is joined. Registers the trial and opens a cohort for each arm. The same extract
    again appends nothing; a later one appends what is new, and corrects or retracts what changed.
    Records that cannot be an event, and records that contradict each other, are listed with the reason. Exit code 1:
    nothing was imported; 3: records or subjects were left out that a figure could miss.
    """
    with asking(common.log, common.trial) as asked, progress_line(quiet=common.json) as progress:
        answer = asked.import_sdtm(
            place,
            criteria=criteria,
            actual_arm=actual_arm,
            missing=missing or (),
            title=title,
            encoding=common.encoding,
            on_progress=progress,
            **common.choices(),
        )
    return print_import(answer, json=common.json)
