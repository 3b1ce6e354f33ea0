"""``python -m benchmarks.walk``: count the files and functions that everyday tasks enter.

Each task runs as a process of its own, with a profiler that notes every call of a function of trialog. What runs
while a module is imported does not count, nor do lambdas and comprehensions. ``--files`` lists each file with the
number of its functions that were entered.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple

SOURCE: Final = ("--source", "EDC")
DM: Final = (
    "STUDYID,DOMAIN,USUBJID,SUBJID,RFSTDTC,RFICDTC,ARMCD,ARM,AGE,SEX\n"
    "S,DM,S-002,002,2020-02-01,2020-01-20,1,Cohort 1,61,F\n"
)
EVENTS: Final = 277


class Walk(NamedTuple):
    """What a task entered.

    Attributes:
        functions: Number of functions by file.
        changes: How often a call led into another file than the call before it.
    """

    functions: dict[str, int]
    changes: int


class Task(NamedTuple):
    """A task: arguments of the command, and what prepares its folder."""

    name: str
    arguments: tuple[str, ...]
    prepare: Callable[[Path], None]


def _run(*arguments: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "trialog", *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S603


def _one_subject(folder: Path) -> None:
    _run("init", folder=folder)
    _run("register", "S", "--title", "A trial", "--on", "2020-01-01", *SOURCE, folder=folder)
    _run("open-cohort", "--cohort", "1", "--on", "2020-01-01", *SOURCE, folder=folder)
    _run("enroll", "001", "--cohort", "1", "--on", "2020-01-10", *SOURCE, folder=folder)


def _many_lines(folder: Path) -> None:
    _one_subject(folder)
    lines: list[dict[str, Any]] = []
    for number in range(EVENTS // 4 + 1):
        subject = {"subject": f"1{number:03}", "source": "EDC"}
        lines += [
            {"event": "subject-enrolled", **subject, "cohort": "1", "occurred_on": "2020-02-01"},
            {"event": "dose-administered", **subject, "amount": "10", "unit": "mg", "occurred_on": "2020-02-02"},
            {"event": "subject-seen-alive", **subject, "occurred_on": "2020-03-01"},
            {"event": "subject-died", **subject, "occurred_on": "2020-04-01"},
        ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines[:EVENTS])
    (folder / "events.jsonl").write_text(text, encoding="utf-8")


def _one_record(folder: Path) -> None:
    _one_subject(folder)
    (folder / "extract").mkdir()
    (folder / "extract" / "dm.csv").write_text(DM, encoding="utf-8")


TASKS: Final = (
    Task("death, one row", ("death", "001", "--on", "2020-06-01", *SOURCE), _one_subject),
    Task(f"append, {EVENTS} events", ("append", "events.jsonl"), _many_lines),
    Task("import sdtm, one DM record", ("import", "sdtm", "extract"), _one_record),
)


class _Watcher:
    """Notes each function of trialog that is called, except those that run while a module is imported."""

    def __init__(self, home: Path) -> None:
        self._roots = tuple(str(each.resolve()) for each in home.iterdir() if each.is_dir())
        self._file_of: dict[CodeType, str] = {}
        self._importing = 0
        self._last = ""
        self.entered: dict[CodeType, str] = {}
        self.changes = 0

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """Take in one event of the profiler."""
        code = frame.f_code
        file = self._file_of.get(code)
        if file is None:
            path = str(Path(code.co_filename).resolve())
            file = self._file_of[code] = path if path.startswith(self._roots) else ""
        if not file:
            return
        if code.co_name == "<module>":
            self._importing += {"call": 1, "return": -1}.get(event, 0)
        elif event == "call" and not self._importing and not code.co_name.startswith("<"):
            self.entered[code] = file
            self.changes += file != self._last
            self._last = file


def watched(arguments: list[str]) -> Walk:
    """Run a command in this process and return what it entered."""
    import trialog
    from trialog.cli.app import run

    home = Path(trialog.__file__).resolve().parent
    watcher = _Watcher(home)
    sys.setprofile(watcher.note)
    try:
        done = run(arguments)
    finally:
        sys.setprofile(None)
    if done:
        raise SystemExit(f"{' '.join(arguments)}: exit code {done}")
    root = (home / "cli").resolve().parent
    counted = Counter(str(Path(file).relative_to(root)) for file in watcher.entered.values())
    return Walk(dict(sorted(counted.items())), watcher.changes)


def walk(task: Task) -> Walk:
    """Run a task as a process of its own, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        task.prepare(Path(folder))
        code = (
            "import json, sys; from benchmarks.walk.__main__ import watched; found = watched(sys.argv[2:]); "
            "open(sys.argv[1], 'w').write(json.dumps(found))"
        )
        found = Path(folder) / "found.json"
        place = str(Path(__file__).resolve().parents[2])
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {place!r}); {code}", str(found), *task.arguments],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return Walk(*json.loads(found.read_text(encoding="utf-8")))


def main() -> None:
    """Print one line for each task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", action="store_true", help="list the files of each task")
    given = parser.parse_args()
    sys.stdout.write(f"{'task':<30} {'files':>6} {'functions':>10} {'changes of file':>16}\n")
    for task in TASKS:
        found = walk(task)
        functions = sum(found.functions.values())
        sys.stdout.write(f"{task.name:<30} {len(found.functions):>6} {functions:>10} {found.changes:>16,}\n")
        if given.files:
            for file, count in found.functions.items():
                sys.stdout.write(f"    {count:>4}  {file}\n")


if __name__ == "__main__":
    main()
