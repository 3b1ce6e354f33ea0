"""Options of the commands that write an export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.application.exporting.forms import FORMATS

OutOption = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="File to write; its manifest is written beside it.")
]
FormatOption = Annotated[
    str | None,
    typer.Option("--format", metavar="FORM", help=f"{', '.join(FORMATS)} [default: the ending of the file]."),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]
