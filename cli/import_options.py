"""Options that the commands which import have in common, said once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from trialog.cli.options import ByOption, EncodingOption, JsonOption, LogOption, TrialOption

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


NewTrialOption = Annotated[
    bool,
    typer.Option("--new-trial", help="Begin a new trial: --trial names one that the log, which holds others, lacks."),
]


@dataclass(frozen=True)
class ImportOptions:
    """What every import is told, each field an option with that name."""

    reported_on: ReportedOnOption = None
    dry_run: DryRunOption = False
    encoding: EncodingOption = None
    gone: GoneOption = False
    strict: StrictOption = False
    accept_left_out: AcceptOption = False
    report: ReportOption = None
    discrepancies: DiscrepanciesOption = None
    by: ByOption = None
    trial: TrialOption = None
    new_trial: NewTrialOption = False
    log: LogOption = None
    json: JsonOption = False

    def choices(self) -> dict[str, Any]:
        """Return what is said of the import itself, beyond the reading of its files: `ImportChoices`."""
        names = ("reported_on", "by", "dry_run", "gone", "strict", "accept_left_out", "new_trial", "report",
                 "discrepancies")  # fmt: skip
        return {name: getattr(self, name) for name in names}


def import_command(run: Callable[..., int]) -> Callable[..., int]:
    """Return a command with its own options and those of every import.

    Args:
        run: Takes its own options by name, and the others as ``common``.
    """
    own = [each for each in inspect.signature(run, eval_str=True).parameters.values() if each.name != "common"]
    types = get_type_hints(ImportOptions, include_extras=True)
    common = [
        inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=types[each.name])
        for each in fields(ImportOptions)
        if each.default is not MISSING
    ]
    parameters = [*(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *common]

    def command(**given: Any) -> int:
        options = ImportOptions(**{each.name: given.pop(each.name) for each in common})
        return run(common=options, **given)

    command.__name__, command.__doc__ = run.__name__, run.__doc__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command
