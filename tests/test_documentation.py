"""What the documentation shows is what comes out."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from tests.conftest import Command

DOCS = Path(__file__).parents[1] / "docs"
FOUR_A_COHORT = Path(__file__).parent / "data" / "four-a-cohort.jsonl"

AML = {
    "maintained": ("9 13 13 18 23 28 31 34 45 48 161", "1 1 0 1 1 0 1 1 0 1 0"),
    "not maintained": ("5 5 8 8 12 16 23 27 30 33 43 45", "1 1 1 1 1 0 1 1 1 1 1 1"),
}
"""R's survival::aml."""


def shown(page: str) -> list[tuple[str, str]]:
    """Return each ``$ trialog`` command of a page with the output that stands below it."""
    blocks = re.findall(r"```console\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    return [
        (command, output) for block in blocks for command, output in re.findall(r"\$ (.+)\n((?:[^$].*\n|\n)*)", block)
    ]


@pytest.mark.parametrize(("command", "output"), [pytest.param(*each, id=each[0]) for each in shown("figures.md")])
def test_the_commands_of_the_page_on_figures(trialog: Command, command: str, output: str) -> None:
    """As printed; ``...`` stands for lines that are left out."""
    trialog("init", "trial.db")
    trialog("append", str(FOUR_A_COHORT), "--log", "trial.db", "--by", "j.doe")
    with Path("aml.csv").open("w", encoding="utf-8") as file:
        file.write("weeks,died,arm\n")
        for arm, (weeks, died) in AML.items():
            file.writelines(f"{t},{d},{arm}\n" for t, d in zip(weeks.split(), died.split(), strict=True))

    log = () if "estimate" in command else ("--log", "trial.db")
    done = trialog(*command.split()[1:], *log)

    assert (done.code, done.err) == (0, "")
    parts = [part for part in re.split(r"^\.\.\.\n", output, flags=re.MULTILINE) if part]
    assert parts
    assert re.search(".*".join(re.escape(part) for part in parts), done.out, re.DOTALL), done.out


def test_the_examples_of_the_page_on_python_run() -> None:
    found = doctest.testfile(str(DOCS / "python.md"), module_relative=False)

    assert found.failed == 0
    assert found.attempted > 15
