"""Printing: tables for people, JSON and CSV for programs, nothing coloured when not on a terminal."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from trialog.events.visible import visible, visible_json, visible_line

if TYPE_CHECKING:
    from trialog.application.answers.base import Answer

WIDEST: Final = 100_000
"""Columns of a table that nothing cuts off."""

RULE: Final = "\N{BOX DRAWINGS LIGHT HORIZONTAL}"

INDENT: Final = "    "


def prepare() -> None:
    """Make printing safe wherever it goes: UTF-8 into files and pipes, what a terminal can show on a terminal.

    So the same question gives the same bytes on every machine, whatever its locale, and no letter stops a
    command that has done its work.
    """
    if sys.stdout is None:  # closed by whoever called: trialog ... >&-
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if stream is sys.stdout and not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
        else:
            stream.reconfigure(errors="replace")


def as_json(value: Any) -> None:
    """Print a value as JSON, keys in the order given, two spaces deep."""
    typer.echo(visible_json(json.dumps(value, indent=2, ensure_ascii=False)))


def answer_as_json(answer: Answer) -> None:
    """Print an answer as the JSON that it gives in Python too."""
    typer.echo(answer.to_json())


def answer_as_csv(answer: Answer, header: Sequence[str]) -> None:
    """Print the rows of an answer as CSV.

    Args:
        answer: The answer.
        header: Names of the first columns, if it has no row.
    """
    rows = iter(answer.rows())
    first = next(rows, None)
    if first is None:
        as_csv(header, ())
    else:
        as_csv(list(first), (row.values() for row in chain((first,), rows)))


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


def table(header: Sequence[str], rows: Iterable[Iterable[object]], *, long: Sequence[int] = ()) -> None:
    """Print rows as a table.

    Outside a terminal every row is one line, so that other programs can read it. On a terminal that is
    too narrow, the long columns stand below their row.

    Args:
        header: Name of each column.
        rows: Cells; None is printed as nothing.
        long: Columns that hold sentences.
    """
    cells = [["" if cell is None else visible_line(str(cell).replace("\n", " ")) for cell in row] for row in rows]
    drawn = _drawn(header, cells)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    if not width or not long or max(map(len, drawn)) <= width:
        lines(*drawn)
        return
    short = [column for column in range(len(header)) if column not in long]
    head, rule, *drawn = _drawn([header[column] for column in short], [[row[c] for c in short] for row in cells])
    lines(head, rule)
    for line, row in zip(drawn, cells, strict=True):
        if line:
            lines(line)
        for column in long:
            if row[column]:
                text = f"{header[column]}: {row[column]}"
                lines(*textwrap.wrap(text, width, initial_indent=INDENT, subsequent_indent=INDENT * 2))


def _drawn(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return header, rule and rows, one line each."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for name in header:
        made.add_column(name, no_wrap=True)
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    text = io.StringIO()
    Console(file=text, width=WIDEST, highlight=False, color_system=None, legacy_windows=False).print(made)
    drawn = [line.rstrip() for line in text.getvalue().splitlines()]
    if not _can_show(RULE):
        drawn[1] = drawn[1].replace(RULE, "-")
    return drawn


def _can_show(letter: str) -> bool:
    """Return whether standard output can carry a letter."""
    try:
        letter.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def lines(*text: str) -> None:
    """Print lines; what would steer a terminal is written as an escape."""
    for line in text:
        typer.echo(visible(line))


def text(*sentences: str) -> None:
    """Print lines of words; on a terminal those that are too long go on below, indented, at a blank."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in sentences:
        if not width or len(line) <= width:
            lines(line)
            continue
        words = line.lstrip(" ")
        indent = line[: len(line) - len(words)]
        wrapped = textwrap.wrap(
            words,
            width,
            initial_indent=indent,
            subsequent_indent=indent + INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines(*wrapped)


def note(line: str) -> None:
    """Print a remark on standard error, so that it never mixes with what a program reads."""
    typer.echo(visible(line), err=True)
