"""``trialog schema``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli.printing import tables as show


def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of an answer [default: list the names].")
    ] = None,
) -> None:
    """Print the JSON Schema of what a command prints with --json, or list the names with their versions."""
    from trialog.application.schemas import HOMES
    from trialog.application.schemas import schema as schema_of

    if name is None:
        show.lines(*HOMES)
    else:
        show.as_json(schema_of(name))
