"""``trialog import table``."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from trialog.cli.import_options import ImportOptions, import_command
from trialog.cli.options import SheetOption
from trialog.cli.printing import tables as show
from trialog.events.errors import EventError, LogError, QuestionError
from trialog.exchange.maps.apply import TableReading
from trialog.exchange.maps.model import Map, map_of
from trialog.exchange.maps.suggest import suggested
from trialog.exchange.tables.formats import form_of, open_table, sha256_of
from trialog.exchange.tables.table import Table


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
    from trialog.application.recording.run_import import Source, importing, take_in

    if listed:
        _list(common.json)
        return 0
    if shown:
        if map_ is None:
            raise QuestionError("--show needs --map NAME; --list names the shipped maps")
        show.lines(_text_of(map_)[0].rstrip("\n"))
        return 0
    if file is None:
        raise QuestionError("name the file to import; --list names the shipped maps")
    found = open_table(file, encoding=common.encoding, sheet=sheet, tolerant=True)
    if suggest:
        show.lines(suggested(found, _name_for(file)).rstrip("\n"))
        return 0
    if map_ is None:
        raise QuestionError(f"{file}: say with --map how it is read; {_fitting(found)}")
    chosen = map_of(*_text_of(map_))
    with importing(common.log, file.name, common.reported_on, quiet=common.json) as task:
        digest = sha256_of(file)
        task.sources.append(Source(file.name, digest, form_of(file)))
        reading = TableReading(
            task.watched(found, file.name),
            chosen,
            file.name,
            digest,
            latest_day=task.latest_day,
            own_days=chosen.known == "own day" and common.reported_on is None,
            whole=whole,
        )
        try:
            return take_in(task, reading, what=f"table by map {chosen.name}", **common.taken())
        finally:
            reading.close()


def shipped() -> dict[str, Map]:
    """Return the maps that come with trialog, by name."""
    found = {}
    for entry in files("trialog.cli").joinpath("maps").iterdir():
        if entry.name.endswith(".yaml"):
            read = map_of(entry.read_text(encoding="utf-8"), entry.name)
            found[read.name] = read
    return dict(sorted(found.items()))


def _text_of(name: str) -> tuple[str, str]:
    """Return the text of a map and where it stands.

    Raises:
        QuestionError: There is neither a shipped map nor a file of that name.
    """
    inside = files("trialog.cli").joinpath("maps", f"{name}.yaml")
    if re.fullmatch(r"[a-z0-9-]+", name) and inside.is_file():
        return inside.read_text(encoding="utf-8"), f"map {name}"
    path = Path(name)
    if not path.is_file():
        raise QuestionError(f"no map {name!r}: neither a file nor one of: {', '.join(shipped())}")
    try:
        return path.read_text(encoding="utf-8-sig"), name
    except UnicodeError:
        raise EventError(f"{name}: not UTF-8 text, as a map must be") from None
    except OSError as error:
        raise LogError(f"cannot read {name}: {error.strerror}") from None


def _fitting(found: Table) -> str:
    """Name the shipped maps whose columns a table has; of several those that ask for most."""
    columns = set(found.names)
    if {"STUDYID", "DOMAIN"} <= columns:
        return "it is a data set of SDTM; import the folder of the extract: trialog import sdtm DIR"
    if {"PARAMCD", "CNSR"} <= columns:
        return "it is ADTTE: trialog import adtte FILE"
    fitting = {name: len(each.columns) for name, each in shipped().items() if columns.issuperset(each.columns)}
    names = [name for name, count in fitting.items() if count == max(fitting.values())]
    if names:
        return f"its columns fit the shipped map {' or '.join(names)}"
    return "no shipped map fits its columns; draft one with --suggest"


def _name_for(file: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:40].rstrip("-")
    return name if re.fullmatch(r"[a-z][a-z0-9-]{2,39}", name) else f"map-{name}"[:40].rstrip("-")


def _list(json: bool) -> None:
    found = shipped()
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
