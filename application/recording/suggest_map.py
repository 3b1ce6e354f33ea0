"""The question ``import table --suggest``: which map reads a table?"""

from __future__ import annotations

import re
from pathlib import Path

from trialog.application.recording.import_table import shipped_maps
from trialog.exchange.maps.suggest import suggested
from trialog.exchange.tables.formats import open_table


def suggested_map(file: Path, *, encoding: str | None = None, sheet: str | None = None) -> str:
    """Propose a map of a file's columns, as YAML with its open questions.

    Raises:
        TableError: The file is no table that can be read.
    """
    return suggested(open_table(file, encoding=encoding, sheet=sheet, tolerant=True), _name_for(file))


def fitting_map(file: Path, *, encoding: str | None = None, sheet: str | None = None) -> str:
    """Name the shipped maps whose columns a file has; of several those that ask for most.

    Raises:
        TableError: The file is no table that can be read.
    """
    found = open_table(file, encoding=encoding, sheet=sheet, tolerant=True)
    columns = set(found.names)
    if {"STUDYID", "DOMAIN"} <= columns:
        return "it is a data set of SDTM; import the folder of the extract: trialog import sdtm DIR"
    if {"PARAMCD", "CNSR"} <= columns:
        return "it is ADTTE: trialog import adtte FILE"
    fitting = {name: len(each.columns) for name, each in shipped_maps().items() if columns.issuperset(each.columns)}
    names = [name for name, count in fitting.items() if count == max(fitting.values())]
    if names:
        return f"its columns fit the shipped map {' or '.join(names)}"
    return "no shipped map fits its columns; draft one with --suggest"


def _name_for(file: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:40].rstrip("-")
    return name if re.fullmatch(r"[a-z][a-z0-9-]{2,39}", name) else f"map-{name}"[:40].rstrip("-")
