"""Importing any table by a map that says which column is what."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from trialog.application.answers.imported import ImportAnswer
from trialog.application.recording.run_import import ImportChoices, begin, take_in
from trialog.events.errors import EventError, LogError, QuestionError
from trialog.exchange.maps.apply import TableReading
from trialog.exchange.maps.model import Map, map_of
from trialog.exchange.tables.formats import open_table, sha256_of

if TYPE_CHECKING:
    from trialog.log.store.database import Database


def import_table(
    database: Database,
    file: str | Path,
    map_name: str,
    trial: str | None = None,
    *,
    whole: bool = False,
    sheet: str | None = None,
    encoding: str | None = None,
    **choices: Unpack[ImportChoices],
) -> ImportAnswer:
    """Import a table.

    Args:
        database: An open log.
        file: CSV, TSV, Excel, Parquet, Dataset-JSON or XPT.
        map_name: Name of a shipped map, or a YAML file.
        trial: Its trial; the one that the table or its map states if None.
        whole: The file is a whole extract: what it no longer has is retracted.
        sheet: Of a workbook.
        encoding: Of a text file.
        choices: As in `ImportChoices`.

    Raises:
        QuestionError: There is no such map, or a choice is wrong.
        TableError: The file is no table.
        HistoryError: The import is refused; nothing was written.
    """
    path = Path(file)
    chosen = map_of(*map_text(map_name))
    found = open_table(path, encoding=encoding, sheet=sheet, wanted=chosen.all_columns(), tolerant=True)
    task = begin(database, path.name, choices)
    digest = sha256_of(path)
    task.add_file(path.name, digest, path)
    reading = TableReading(
        task.watched(found, path.name),
        chosen,
        path.name,
        digest,
        latest_day=task.latest_day,
        own_days=chosen.known == "own day" and choices.get("reported_on") is None,
        whole=whole,
    )
    try:
        return take_in(task, reading, trial, f"table by map {chosen.name}")
    finally:
        reading.close()


def shipped_maps() -> dict[str, Map]:
    """Return the maps that come with trialog, by name."""
    found = {}
    for entry in files("trialog.cli").joinpath("maps").iterdir():
        if entry.name.endswith(".yaml"):
            read = map_of(entry.read_text(encoding="utf-8"), entry.name)
            found[read.name] = read
    return dict(sorted(found.items()))


def map_text(name: str) -> tuple[str, str]:
    """Return the text of a map and where it is.

    Raises:
        QuestionError: There is neither a shipped map nor a file of that name.
    """
    inside = files("trialog.cli").joinpath("maps", f"{name}.yaml")
    if re.fullmatch(r"[a-z0-9-]+", name) and inside.is_file():
        return inside.read_text(encoding="utf-8"), f"map {name}"
    path = Path(name)
    if not path.is_file():
        raise QuestionError(f"no map {name!r}: neither a file nor one of: {', '.join(shipped_maps())}")
    try:
        return path.read_text(encoding="utf-8-sig"), name
    except UnicodeError:
        raise EventError(f"{name}: not UTF-8 text, as a map must be") from None
    except OSError as error:
        raise LogError(f"cannot read {name}: {error.strerror}") from None
