"""Options that the commands which import have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ReportedOnOption = Annotated[
    str | None,
    typer.Option(
        "--reported-on",
        metavar="DAY",
        help="Day of the extract: its facts count as known since then [default: what the files state, else today].",
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Read, compare and judge everything, write nothing.")]
ReportOption = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write the whole report as JSON, with the SHA-256 of each file."),
]
GoneOption = Annotated[
    bool, typer.Option("--gone", help="Accept that much of an earlier extract is gone, and retract it.")
]
AcceptOption = Annotated[
    bool,
    typer.Option("--accept-left-out", help="Records and subjects that are left out are known: exit code 0, not 3."),
]
DiscrepanciesOption = Annotated[
    Path | None,
    typer.Option(
        "--discrepancies", metavar="FILE", help="Write what was left out or is odd as CSV by site and subject."
    ),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Refuse the import when records contradict each other.")]
MissingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--missing", metavar="WORD", help="A word that means missing, beside NA, N/A, ., UNK and UNKNOWN; repeatable."
    ),
]
TitleOption = Annotated[
    str | None, typer.Option("--title", help="Title of the trial, where it is registered now and the files have none.")
]
