"""The examples of README.md, docs/ and examples/ run, and print what the pages say.

What a page shows as a session (a block of ``console`` whose commands stand behind ``$``) is run from its first
command to its last, in an empty folder that has ``examples`` and ``tests`` of the repository in it. A page may use:

- ``trialog ...`` and ``python FILE ...``, with ``> FILE`` behind it;
- ``export NAME=value``, and ``pip install``, which is passed over;
- ``# exits with 1`` behind a command that is meant to fail, and other comments;
- lines that are printed, in their order; ``...`` stands for any, and what is not shown is not compared.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Command

ROOT = Path(__file__).parents[2]
FORMATS = sorted(path for path in (ROOT / "docs/formats").glob("*.md") if path.name != "README.md")
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXIT = re.compile(r"#.*exits with (\d)")


@dataclass
class Step:
    """A command of a page, and the lines that it is said to print."""

    command: str
    shown: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        found = EXIT.search(self.command)
        return int(found[1]) if found else 0


def steps(page: Path) -> list[Step]:
    found: list[Step] = []
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if not block.startswith("$ "):
            continue
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Step(line[2:]))
            elif line.strip() not in ("", "..."):
                found[-1].shown.append(line.rstrip())
    return found


def pages() -> list[Path]:
    everywhere = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    return sorted(page for page in everywhere if steps(page))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_examples_of_a_page_run_and_print_what_it_shows(
    trialog: Command, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tests", "examples"):
        Path(name).symlink_to(ROOT / name)
    for step in steps(page):
        program, *arguments = shlex.split(step.command, comments=True)
        into = arguments[arguments.index(">") + 1] if ">" in arguments else None
        if into is not None:
            arguments = arguments[: arguments.index(">")]
        match program:
            case "export":
                for each in arguments:
                    name, _, value = each.partition("=")
                    monkeypatch.setenv(name, value)
                continue
            case "pip":
                continue
            case "python":
                done = subprocess.run(  # noqa: S603 - what our own pages say
                    [sys.executable, *arguments], capture_output=True, text=True, check=False, env=dict(os.environ)
                )
                code, out, err = done.returncode, done.stdout, done.stderr
            case _:
                assert program == "trialog", f"{page.name}: a page runs trialog, not {program}"
                result = trialog(*arguments)
                code, out, err = result.code, result.out, result.err
        assert code == step.code, f"{page.name}: {step.command}: {err}"
        if into is not None:
            Path(into).write_text(out, encoding="utf-8")
        _in_order(step, [line.rstrip() for line in (out + err).splitlines()])


def _in_order(step: Step, printed: list[str]) -> None:
    rest = iter(printed)
    for line in step.shown:
        assert any(line == each for each in rest), (
            f"{step.command}: {line!r} is not among what it prints:\n" + "\n".join(printed)
        )


@pytest.mark.parametrize("page", FORMATS, ids=lambda page: page.stem)
def test_every_page_of_a_format_is_listed_and_has_an_example(page: Path) -> None:
    index = (ROOT / "docs/formats/README.md").read_text(encoding="utf-8")

    assert f"({page.name})" in index
    assert any(step.command.startswith("trialog") for step in steps(page))


def test_every_link_of_a_page_leads_to_a_file() -> None:
    everywhere = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in everywhere
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not target.startswith(("http:", "https:")) and not (page.parent / target).exists()
    ]

    assert broken == []


def test_the_examples_of_the_page_on_python_run(trialog: Command) -> None:
    Path("examples").symlink_to(ROOT / "examples")
    assert trialog("demo", "trial.db").code == 0

    found = doctest.testfile(str(ROOT / "docs/python.md"), module_relative=False)

    assert found.failed == 0
    assert found.attempted > 30
