"""The option that names parts of a definition: ``--definition origin="first dose"``, and so on."""

from __future__ import annotations

from typing import Annotated

import typer

DefinitionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--definition",
        "-d",
        metavar="PART=WORD",
        help="Part of the definition in place of the trial's default, for example origin=enrollment; repeatable.",
    ),
]
