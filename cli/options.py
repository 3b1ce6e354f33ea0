"""Options that several commands share, and what they mean when they are not given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from trialog.application.arguments import who_records
from trialog.application.keys import KEY, KEY_FILE, KEYS, MASTER_KEY, MASTER_KEY_FILE
from trialog.events.errors import QuestionError

DEFAULT_LOG: Final = "trialog.db"

LogOption = Annotated[
    str | None,
    typer.Option("--log", envvar="TRIALOG_LOG", metavar="FILE|URL", help=f"The log [default: {DEFAULT_LOG}]."),
]
TrialOption = Annotated[
    str | None,
    typer.Option(
        "--trial", envvar="TRIALOG_TRIAL", metavar="CODE", help="The trial [default: the only one of the log]."
    ),
]
EachTrialOption = Annotated[
    str | None,
    typer.Option("--trial", envvar="TRIALOG_TRIAL", metavar="CODE", help="Only this trial [default: each of the log]."),
]
ByOption = Annotated[
    str | None,
    typer.Option("--by", envvar="TRIALOG_ACTOR", metavar="NAME", help="Who records [default: the login name]."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
KnownAtOption = Annotated[
    str | None,
    typer.Option("--known-at", metavar="DATE", help="Count only what was known by this day."),
]
EncodingOption = Annotated[
    str | None,
    typer.Option("--encoding", metavar="NAME", help="Encoding of CSV and SAS files, for example windows-1252."),
]
SheetOption = Annotated[str | None, typer.Option("--sheet", metavar="NAME", help="Sheet of a workbook.")]
EvaluatorOption = Annotated[
    str, typer.Option("--evaluator", metavar="WHO", help="Whose assessments count: investigator or independent.")
]


KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        envvar=KEY_FILE,
        metavar="FILE",
        help=f"Secret key that signs, in a file for its owner only [default: the key in {KEY}, else none].",
    ),
]
KeysOption = Annotated[
    Path | None, typer.Option("--keys", envvar=KEYS, metavar="FOLDER", help="Where the keys of sealed fields are.")
]
MasterKeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--master-key-file",
        envvar=MASTER_KEY_FILE,
        metavar="FILE",
        help=f"Key that wraps those keys, in a file for its owner only [default: the key in {MASTER_KEY}, else none].",
    ),
]
PublicKeysOption = Annotated[
    list[str] | None,
    typer.Option("--key", metavar="KEY|FILE", help="Public key that must have signed; repeatable."),
]


def one_form(**given: bool) -> None:
    """Refuse two forms of output at once.

    Raises:
        QuestionError: More than one was asked for.
    """
    asked = [f"--{name}" for name, wanted in given.items() if wanted]
    if len(asked) > 1:
        raise QuestionError(f"{' and '.join(asked)} exclude one another; what is printed has one form")


def several(given: list[str] | None) -> list[str]:
    """Return the values of an option that may be repeated, or hold several between commas."""
    return [part.strip() for each in given or () for part in each.split(",")]


def log_place(given: str | None) -> str:
    """Return where the log is."""
    return given or DEFAULT_LOG


def actor(given: str | None) -> str:
    """Return who records: the option, else the environment, else the login name."""
    return who_records(given)
