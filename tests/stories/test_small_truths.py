"""What a person runs into in the first hour: a typing error, a day without news, a log named without an option."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Command


@pytest.fixture
def demo(trialog: Command) -> Command:
    assert trialog("demo", "demo.db").code == 0
    return trialog


def test_a_day_without_announcements_names_the_nearest_and_exits_with_3(demo: Command) -> None:
    done = demo("replay", "2017-11-08", "--log", "demo.db")

    assert done.code == 3
    assert "nothing was announced on 2017-11-08; the nearest announcement is of 2017-11-07" in done.out


def test_replay_takes_the_name_of_an_announcement(demo: Command) -> None:
    named = json.loads(demo("replay", "mid-2017", "--log", "demo.db", "--json").out)
    assert named["announcements"] == ["mid-2017"]

    unknown = demo("replay", "mid-2016", "--log", "demo.db")
    assert unknown.code == 1
    assert "no announcement has that name; did you mean 'mid-2017'?" in unknown.err


def test_the_demo_twice_says_how_to_go_on(demo: Command) -> None:
    done = demo("demo", "demo.db")

    assert done.code == 1
    assert "demo.db exists already; nothing was changed; give another name" in done.err
    assert "trialog replay 2017-11-07 --log demo.db" in done.err


@pytest.mark.parametrize("command", [("verify",), ("cohorts",), ("log", "--limit", "1"), ("checkpoint", "show")])
def test_a_log_may_be_the_first_argument(demo: Command, command: tuple[str, ...]) -> None:
    at = 2 if command[0] == "checkpoint" else 1
    named = demo(*command[:at], "demo.db", *command[at:])

    assert (named.code, named.err) == (0, "")
    assert named.out == demo(*command, "--log", "demo.db").out


def test_a_file_that_is_no_log_stays_an_argument(demo: Command) -> None:
    Path("1-01").write_text("SQLite format 3", encoding="utf-8")

    assert demo("show", "1-01", "--log", "demo.db").code == 0
    done = demo("show", "demo.db", "1-01")
    assert (done.code, done.err) == (0, "")
    assert demo("backup", "demo.db", "--log", "demo.db").code == 1


def test_a_mistyped_subject_is_asked_back_before_it_is_enrolled(demo: Command) -> None:
    recorded = demo("seen", "1-1", "--on", "2017-10-01", "--source", "s", "--log", "demo.db")
    assert recorded.code == 1
    assert "unknown subject 1-1; did you mean 1-01? If not, enroll it first" in recorded.err

    shown = demo("show", "01-01", "--log", "demo.db")
    assert "no subject '01-01' in trial NCT02278315; did you mean 1-01?" in shown.err
    far = demo("seen", "999-77", "--on", "2017-10-01", "--source", "s", "--log", "demo.db")
    assert "did you mean" not in far.err


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("undo", "'retract'"),
        ("delete", "'retract'"),
        ("remove", "'retract'"),
        ("list", "'log' or 'cohorts' or 'announcements'"),
        ("subjects", "'cohorts' or 'snapshot'"),
        ("events", "'log'"),
        ("verfy", "'verify'"),
    ],
)
def test_a_command_by_another_name(trialog: Command, name: str, meant: str) -> None:
    done = trialog(name)

    assert done.code == 2
    assert f"no command {name!r}; did you mean {meant}?" in done.err


def test_no_guess_is_better_than_a_wrong_one(trialog: Command) -> None:
    assert "did you mean" not in trialog("frobnicate").err


def test_a_trial_without_cohorts_says_what_records_one(trialog: Command) -> None:
    assert trialog("init", "e.db").code == 0
    assert trialog("register", "E", "--title", "t", "--on", "2024-01-01", "--source", "s", "--log", "e.db").code == 0

    done = trialog("cohorts", "e.db")

    assert "1970" not in done.out
    assert "data cutoff 2024-01-01" in done.out
    assert "E has no cohort yet: trialog open-cohort" in done.out


def test_a_failure_of_the_program_is_one_line_and_70(tmp_path: Path) -> None:
    code = (
        "import trialog.cli.app as app, trialog.__main__ as m\n"
        "def broken(*a): raise ZeroDivisionError('division by\\nzero')\n"
        "app.run = broken\n"
        "m.main()\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)  # noqa: S603

    assert done.returncode == 70
    assert done.stderr == (
        "trialog: failure of the program, ZeroDivisionError: division by zero (TRIALOG_DEBUG=1 shows where)\n"
    )
