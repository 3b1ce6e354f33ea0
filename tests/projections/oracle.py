"""Reading the values that R computed; see tests/data/README.md."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ORACLE = Path(__file__).parents[1] / "data" / "oracle"
CONF_TYPES = {"plain": "plain", "log": "log", "loglog": "log-log"}


def rows(name: str) -> Iterator[dict[str, str]]:
    with (ORACLE / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def reached(text: str) -> float | None:
    return None if text == "NA" else float(text)


class Case(NamedTuple):
    """Times and indicators of one group of the oracle."""

    days: list[int]
    died: list[int]


def groups(name: str) -> dict[tuple[str, str], Case]:
    """Return the cases of an input file by dataset and group."""
    found: dict[tuple[str, str], Case] = defaultdict(lambda: Case([], []))
    for row in rows(name):
        case = found[row["dataset"], row["group"]]
        case.days.append(int(row["time_days"]))
        case.died.append(int(row["status"]))
    return found


def by_group(name: str) -> dict[tuple[str, str], list[dict[str, str]]]:
    """Return the rows of a table by dataset and group."""
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows(name):
        found[row["dataset"], row["group"]].append(row)
    return found
