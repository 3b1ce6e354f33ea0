"""What a command loads before it does anything."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

import trialog
from trialog.cli.table_of_commands import COMMANDS, GROUPS

GROUPED = [(spec.name, each.name) for spec in COMMANDS if not spec.function for each in GROUPS[spec.name]]
PLAIN = [(spec.name,) for spec in COMMANDS if spec.function]
HEAVY = (
    "altair", "cryptography", "docx", "eventsourcing", "numpy", "openpyxl", "ortools", "pandas", "polars", "psycopg",
    "pyarrow", "pyreadstat", "rich", "sqlalchemy", "vl_convert", "xlsxwriter", "yaml",
)  # fmt: skip
PROGRAM = """
import sys
from trialog.cli.app import main
sys.argv = ["trialog", *{arguments!r}]
try:
    main()
except SystemExit as left:
    assert not left.code, left.code
print(*sorted({heavy!r} & sys.modules.keys()), file=sys.stderr)
"""


def loaded(*arguments: str, heavy: tuple[str, ...]) -> list[str]:
    program = PROGRAM.format(arguments=arguments, heavy=set(heavy))
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
    return done.stderr.split()


def test_the_list_of_commands_loads_nothing() -> None:
    assert loaded("--help", heavy=("pydantic", *HEAVY)) == []


@pytest.mark.parametrize("command", [*PLAIN, *GROUPED], ids=" ".join)
def test_help_loads_neither_numbers_nor_a_database(command: tuple[str, ...]) -> None:
    assert loaded(*command, "--help", heavy=HEAVY) == []


def test_the_package_loads_nothing_before_it_is_asked() -> None:
    code = f"import sys, trialog; print(*sorted({{'pydantic', *{HEAVY!r}}} & sys.modules.keys()))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout.split() == []


def test_no_name_of_the_package_is_that_of_a_folder() -> None:
    folders = {path.name for path in Path(trialog.__file__).parent.iterdir() if path.is_dir()}

    assert {"events", "log", "audit", "projections"} <= folders
    assert not folders & set(trialog.__all__)


def seconds(*command: str) -> float:
    """Return the processor time of a command, the least of five runs."""
    found = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own program
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def test_the_list_of_commands_is_printed_within_its_budget() -> None:
    bare = seconds(sys.executable, "-c", "pass")

    assert seconds(sys.executable, "-m", "trialog", "--help") < 4 * bare + 0.1
