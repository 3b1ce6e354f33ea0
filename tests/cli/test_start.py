"""What a command loads before it does anything."""

from __future__ import annotations

import subprocess
import sys

import pytest

from trialog.cli.table_of_commands import COMMANDS, GROUPS

GROUPED = [(spec.name, each.name) for spec in COMMANDS if not spec.function for each in GROUPS[spec.name]]
PLAIN = [(spec.name,) for spec in COMMANDS if spec.function]
HEAVY = ("numpy", "sqlalchemy", "eventsourcing", "rich", "cryptography", "psycopg", "pyarrow", "ortools", "yaml")
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
