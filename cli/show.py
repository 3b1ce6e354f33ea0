"""Printing: tables for people, JSON and CSV for programs, nothing coloured when not on a terminal."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

import typer

NARROWEST: Final = 100
"""Columns below which a table is not squeezed; the terminal wraps it then."""


def as_json(value: Any) -> None:
    """Print a value as JSON, keys in the order given, two spaces deep."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def as_csv(header: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Print rows as CSV (RFC 4180), None as an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    typer.echo(text.getvalue(), nl=False)


def _cell(value: object) -> object:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def table(header: Sequence[str], rows: Iterable[Iterable[object]], *, wrap: Sequence[int] = ()) -> None:
    """Print rows as a table.

    On a terminal the columns named in ``wrap`` break into lines to fit its width; elsewhere every row
    is one line, so that other programs can read it.

    Args:
        header: Name of each column.
        rows: Cells; None is printed as nothing.
        wrap: Columns that may break.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for number, name in enumerate(header):
        made.add_column(name, no_wrap=not (terminal and number in wrap), overflow="fold")
    for row in rows:
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    if terminal:
        console = Console(highlight=False)
        console.width = max(console.width, NARROWEST)
        console.print(made)
        return
    text = io.StringIO()
    Console(file=text, width=10_000, highlight=False, color_system=None, legacy_windows=False).print(made)
    typer.echo("\n".join(line.rstrip() for line in text.getvalue().splitlines()))


def lines(*text: str) -> None:
    """Print lines."""
    for line in text:
        typer.echo(line)


def note(line: str) -> None:
    """Print a remark on standard error, so that it never mixes with what a program reads."""
    typer.echo(line, err=True)
