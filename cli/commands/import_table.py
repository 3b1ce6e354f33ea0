"""``trialog import table``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.cli.import_options import ImportOptions, import_command
from trialog.cli.options import SheetOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.imports import print_import
from trialog.cli.printing.progress import progress_line
from trialog.cli.session import asking
from trialog.events.errors import QuestionError


@import_command
def table(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="CSV, TSV, Excel, Parquet, Dataset-JSON or XPT.")
    ] = None,
    map_: Annotated[
        str | None, typer.Option("--map", metavar="NAME|FILE", help="A shipped map, or a YAML file of yours.")
    ] = None,
    suggest: Annotated[bool, typer.Option("--suggest", help="Draft a map from the header and print it.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the shipped maps.")] = False,
    shown: Annotated[bool, typer.Option("--show", help="Print the map instead of using it.")] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="The file is a whole extract: what it no longer has is retracted.")
    ] = False,
    sheet: SheetOption = None,
    *,
    common: ImportOptions,
) -> int:
    """Import any table by a map that says which column is what.

    The same file again appends nothing; rows that cannot be an event are listed with the reason. Exit code 1: nothing
    was imported; 3: rows or subjects were left out that a figure could miss.
    """
    from trialog.application.recording.import_table import map_text

    if listed:
        _list(common.json)
        return 0
    if shown:
        if map_ is None:
            raise QuestionError("--show needs --map NAME; --list names the shipped maps")
        show.lines(map_text(map_)[0].rstrip("\n"))
        return 0
    if file is None:
        raise QuestionError("name the file to import; --list names the shipped maps")
    if suggest or map_ is None:
        from trialog.application.recording.suggest_map import fitting_map, suggested_map

        if not suggest:
            advice = fitting_map(file, encoding=common.encoding, sheet=sheet)
            raise QuestionError(f"{file}: say with --map how it is read; {advice}")
        show.lines(suggested_map(file, encoding=common.encoding, sheet=sheet).rstrip("\n"))
        return 0
    with asking(common.log, common.trial) as asked, progress_line(quiet=common.json) as progress:
        answer = asked.import_table(
            file,
            map_,
            whole=whole,
            sheet=sheet,
            encoding=common.encoding,
            on_progress=progress,
            **common.choices(),
        )
    return print_import(answer, json=common.json)


def _list(json: bool) -> None:
    from trialog.application.recording.import_table import shipped_maps

    found = shipped_maps()
    if json:
        show.as_json(
            [{"map": name, "about": each.about, "columns": list(each.columns)} for name, each in found.items()]
        )
        return
    show.table(
        ("map", "for a table with the columns", "about"),
        ((name, ", ".join(each.columns), each.about) for name, each in found.items()),
        long=(1, 2),
    )
