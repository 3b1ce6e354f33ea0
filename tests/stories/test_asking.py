"""Demo, replay, snapshot and the listings, as a person runs them."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Command
from trialog.application.demo.make import HONESTLY
from trialog.cli.table_of_commands import COMMANDS
from trialog.cli.table_of_commands import GROUPS as IN_GROUPS

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parents[1] / "data" / "expected_km.csv"


@pytest.fixture
def demo(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    assert trialog("demo", "demo.db").code == 0
    monkeypatch.setenv("TRIALOG_LOG", "demo.db")
    return trialog


def test_the_demo_reproduces_every_announced_median_from_one_history(trialog: Command) -> None:
    shown = json.loads(trialog("demo", "--json").out)

    # announcements of the sponsor, as printed in its releases
    survival = [
        (v["announced_on"], v["figure"]["cohorts"], v["figure"]["value"], v["verdict"])
        for v in shown["verdicts"]
        if v["figure"]["measure"] == "median-os" and not v["figure"]["external"] and v["figure"]["cohorts"]
    ]
    assert survival == [
        ("2016-12-01", ["1"], "11.9", "reproduced"),
        ("2016-12-01", ["2"], "4.9", "reproduced"),
        ("2017", ["1"], "22", "reproduced"),
        ("2017-11-07", ["1"], "26.2", "reproduced"),
        ("2017-11-07", ["2"], "15.4", "reproduced"),
        ("2017-11-07", ["3"], "10", "reproduced"),
    ]
    assert {v["verdict"] for v in shown["verdicts"] if v["figure"]["cohorts"]} == {"reproduced"}
    comparators = [v["figure"]["value"] for v in shown["verdicts"] if v["figure"]["external"]]
    assert comparators == ["11.9", "18.6"]


def test_the_demo_says_first_and_last_what_is_real(trialog: Command) -> None:
    lines = trialog("demo").out.splitlines()

    assert lines[0] == lines[-1] == HONESTLY
    assert any("(inferred)" in line for line in lines)


def test_the_demo_refuses_to_overwrite(demo: Command) -> None:
    again = demo("demo", "demo.db")

    assert again.code == 1
    assert again.err.startswith("trialog: demo.db exists already; nothing was changed; ")
    assert again.err.count("\n") == 1


def test_every_reconstructed_event_says_so(demo: Command) -> None:
    events = json.loads(demo("log", "--json").out)["events"]

    subjects = [event for event in events if "subject" in event]
    assert len(subjects) > 80
    assert all(event["source"].startswith("reconstruction:") for event in subjects)
    assert not any(event["source"].startswith("reconstruction:") for event in events if "announcement" in event)


def test_the_demo_history_holds_the_known_facts(demo: Command) -> None:
    rows = list(csv.DictReader(io.StringIO(demo("snapshot", "--as-of", "2017-02-22", "--subjects", "--csv").out)))

    assert [sum(row["cohort"] == cohort for row in rows) for cohort in "123"] == [4, 4, 4]
    assert {row["died"] for row in rows} == {"false"}
    assert min(row["first_dose_on"] for row in rows) == "2015-04-30"
    opened = {row["cohort"]: row["opened_on"] for row in json.loads(demo("cohorts", "--json").out)["cohorts"]}
    assert opened == {"1": "2015-04", "2": "2016-02", "3": "2016-09-29"}


@pytest.mark.parametrize("date", ["2016-12-01", "2017-02-22", "2017-02-27", "2017-11-07"])
def test_replaying_an_announcement(demo: Command, date: str) -> None:
    replayed = demo("replay", date)

    assert replayed.code == 0
    assert "announced figures hold" in replayed.out


def test_a_figure_that_is_only_shown_does_not_count_as_one_that_holds(demo: Command) -> None:
    # the release has five figures of this trial, and two of others
    assert "5 of 5 announced figures hold; 2 are shown for comparison only" in demo("replay", "2017-11-07").out


def test_a_figure_that_is_not_reproduced_is_exit_code_1(demo: Command) -> None:
    demo("announce", "wrong", "--title", "t", "--on", "2017-11-08", "--measure", "median-os", "--value", "30.0",
         "--unit", "months", "--cohort", "1", "--words", "w", "--source", "s")  # fmt: skip

    replayed = demo("replay", "2017-11-08")

    assert replayed.code == 1
    assert "differs" in replayed.out
    assert "0 of 1 announced figures hold" in replayed.out


def test_a_day_without_announcement_shows_the_state(demo: Command) -> None:
    replayed = demo("replay", "2016-01-15")

    assert replayed.code == 3
    assert "nothing was announced on 2016-01-15; the nearest announcement is of 2016-12-01; " in replayed.out
    assert "the log holds announcements of: 2016-12-01, 2017," in replayed.out


def test_a_partial_day_takes_every_announcement_within_it(demo: Command) -> None:
    found = json.loads(demo("replay", "2017", "--json").out)

    assert found["announcements"] == ["mid-2017", "2017-02-22", "2017-02-27", "2017-11-07"]


def test_a_snapshot_is_the_same_bytes_from_a_copy(demo: Command, tmp_path: Path) -> None:
    ask = (
        "snapshot",
        "--cohort",
        "1",
        "--as-of",
        "2017-11-07",
        "--known-at",
        "2017-11-07",
        "--subjects",
        "--json",
    )
    here = demo(*ask).out
    shutil.copy(tmp_path / "demo.db", tmp_path / "copy.db")

    assert demo(*ask, "--log", "copy.db").out == here
    found = json.loads(here)
    # By hand: doses of 2015-07-24 and 2015-10-13, 837 and 756 days; their mean 796.5 days / 30.4375
    assert found["cohorts"][0]["figures"][0]["value_months"] == 796.5 / 30.4375
    assert found["log"]["size"] == 124
    assert len(found["log"]["root"]) == 64
    assert set(found["cohorts"][0]["figures"][0]["definition"]) == {
        "estimator", "origin", "population", "censoring", "month", "ties", "conf_type", "level", "counting",
        "partial_dates", "assessments", "clinical_progression", "death_in_response",
    }  # fmt: skip


def test_pooled_cohorts_are_one_group(demo: Command) -> None:
    found = json.loads(
        demo("snapshot", "--as-of", "2017-11-07", "--cohort", "1", "--cohort", "2", "--pool", "--json").out
    )

    assert [(group["cohort"], group["counts"]["enrolled"]) for group in found["cohorts"]] == [("1+2", 8)]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["snapshot", "--as-of", "2017-13-01"], "--as-of: '2017-13-01' is not a day of the calendar"),
        (["snapshot", "--as-of", "2017-11-07", "--cohort", "9"],
         "no cohort '9' in trial NCT02278315; its cohorts are: 1, 2, 3"),
        (["snapshot", "--as-of", "2017-11-07", "-d", "origin=enrolment"],
         "origin 'enrolment' is not known; did you mean 'enrollment'? Known: enrollment, first dose, randomisation"),
        (["snapshot", "--as-of", "2017-11-07", "-d", "orign=enrollment"],
         "--definition: 'orign' is not a part; did you mean 'origin'?"),
        (["show", "9-99"], "no subject '9-99' in trial NCT02278315; trialog log lists the events"),
        (["cohorts", "--trial", "NCT9"], "no trial 'NCT9' in this log; it holds: NCT02278315"),
        (["replay", "yesterday"], "DATE: 'yesterday' is not a date"),
        (["log", "--event", "death"], "unknown kind of event 'death'"),
        (["cohorts", "--log", "none.db"], "no log at none.db; create one with: trialog init none.db"),
        (["cohorts", "--log", "."], ". is a folder; expected a log, for example trial.db"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked(demo: Command, arguments: list[str], complaint: str) -> None:
    asked = demo(*arguments)

    assert (asked.code, asked.out) == (1, "")
    assert asked.err.startswith(f"trialog: {complaint}")
    assert asked.err.count("\n") == 1


def test_a_subject_is_shown_with_its_corrections(demo: Command) -> None:
    demo("correct", "40", "--set", "occurred_on=2016-02-19", "--reason", "site query 7", "--source", "EDC")
    subject = json.loads(demo("log", "--json", "--after", "39", "--limit", "1").out)["events"][0]["subject"]

    shown = demo("show", subject)
    facts = json.loads(demo("show", subject, "--json").out)["facts"]

    assert "[corrected]" in shown.out
    assert "as first recorded" in shown.out
    assert [fact["corrections"][0]["reason"] for fact in facts if fact["corrections"]] == ["site query 7"]
    assert "[corrected]" not in demo("show", subject, "--known-at", "2018-01-01").out


def test_nothing_is_coloured_or_wrapped_in_a_pipe(demo: Command) -> None:
    for command in (["log"], ["show", "1-01"], ["cohorts"], ["announcements"], ["replay", "2017-11-07"]):
        shown = demo(*command)
        assert shown.err == ""
        assert "\x1b" not in shown.out
        assert all(line == line.rstrip() for line in shown.out.splitlines())


def test_log_lines_can_be_appended_to_another_log(demo: Command, tmp_path: Path) -> None:
    lines = demo("log", "--lines").out
    (tmp_path / "lines.jsonl").write_text(lines)

    assert len(lines.splitlines()) == 124
    assert [json.loads(line)["position"] for line in lines.splitlines()] == list(range(1, 125))


@pytest.mark.parametrize("spec", [pytest.param(spec, id=spec.name) for spec in COMMANDS])
def test_every_command_has_help(trialog: Command, spec: object) -> None:
    name = spec.name  # type: ignore[attr-defined]

    helped = trialog(name, "--help")

    assert helped.code == 0
    assert helped.out.startswith(f"Usage: trialog {name}")


COMMAND_LINES = [
    *((spec.name,) for spec in COMMANDS if spec.function),
    *((spec.name, each.name) for spec in COMMANDS if not spec.function for each in IN_GROUPS[spec.name]),
]


@pytest.mark.parametrize("command", COMMAND_LINES, ids=" ".join)
def test_help_names_each_value_by_one_word(trialog: Command, command: tuple[str, ...]) -> None:
    helped = trialog(*command, "--help").out
    usage = re.search(r"^Usage: trialog \S+(?: \S+)*? \[OPTIONS\](.*)$", helped, re.MULTILINE)

    assert usage is not None
    assert not re.search(r"<[a-z]|\[\[|\{[A-Z]", helped)  # types of Python, doubled or curly brackets
    for word in usage[1].split():
        assert re.fullmatch(r"\[?[A-Z|]+(\[/FIGURE\])?\]?", word)
        assert f"\n  {word.removeprefix('[').removesuffix(']')} " in helped or "FIGURE" in word


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        (("check-proof",), ["Usage: trialog check-proof [OPTIONS] FILE", "FILE From: trialog prove. [required]"]),
        (("prove",), ["Usage: trialog prove [OPTIONS] [EVENT]"]),
        (("enroll",), ["--cohort LABEL", "--prior-lines N", "--sex WORD", "--reported-on DAY", "--on DATE", "DAY YYYY-MM-DD"]),
        (("dose",), ["--amount NUMBER"]),
        (("redact",), ["--reason TEXT", "--on DATE"]),
        (("snapshot",), ["PART=WORD estimator=to-date|kaplan-meier; origin=enrollment|first dose|randomisation;"]),
        (("verify",), ["--trial CODE Only this trial [default: each of the log]."]),
        (("copy",), ["--trial CODE Only this trial [default: each of the log]."]),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)  # fmt: skip
def test_help_says_what_is_expected(trialog: Command, command: tuple[str, ...], lines: list[str]) -> None:
    helped = " ".join(trialog(*command, "--help").out.split())

    assert [line for line in lines if line not in helped] == []


def test_help_lists_every_command_without_loading_any(trialog: Command) -> None:
    shown = trialog("--help").out

    assert [spec.name for spec in COMMANDS if f"\n  {spec.name} " not in shown] == []
    code = "import sys, trialog.cli.app as a; a.run(['--help']); print([m for m in ('numpy', 'sqlalchemy', 'rich', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", ["death", "enroll", "correct"])
def test_the_help_of_a_command_loads_no_database(command: str) -> None:
    code = (
        f"import sys, trialog.cli.app as a; a.run(['{command}', '--help']); "
        "print([m for m in ('sqlalchemy', 'rich', 'eventsourcing') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_append_does_not_load_what_figures_need(demo: Command, tmp_path: Path) -> None:
    code = (
        "import sys, trialog.cli.app as a; "
        "a.run(['seen', '3-01', '--on', '2018-01-01', '--source', 's', '--log', sys.argv[1]]); "
        "print([m for m in ('numpy', 'rich', 'trialog.projections') if m in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, str(tmp_path / "demo.db")], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def jasa(trialog: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    convert = [sys.executable, str(ROOT / "examples/jasa/convert.py"), str(ROOT / "examples/jasa/jasa.csv")]
    lines = subprocess.run(convert, capture_output=True, text=True, check=True).stdout  # noqa: S603
    (tmp_path / "jasa.jsonl").write_text(lines)
    monkeypatch.setenv("TRIALOG_LOG", "jasa.db")
    trialog("init")
    assert trialog("append", "jasa.jsonl").out.startswith("277 events read, appended: 277 to STANFORD-HEART")
    return trialog


GROUPS = {"(all)": "enrolled", "transplanted by cutoff": "dosed", "not transplanted by cutoff": "not dosed"}


def test_real_subjects_at_every_cutoff_equal_r(jasa: Command) -> None:
    with EXPECTED.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["dataset"] == "jasa" and row["cutoff"]]
    assert len(rows) == 18
    for row in rows:
        for kind in ("log", "log-log", "plain"):
            shown = jasa("snapshot", "--as-of", row["cutoff"], "-d", f"population={GROUPS[row['group']]}",
                         "-d", f"conf_type={kind}", "--json")  # fmt: skip
            _, estimated, reverse = json.loads(shown.out)["cohorts"][0]["figures"]
            column = kind.replace("-", "")
            assert [
                estimated["n"], estimated["events"], estimated["value_days"], estimated["lower_days"],
                estimated["upper_days"], reverse["value_days"],
            ] == [
                int(row["n"]), int(row["events"]), *(float(row[name]) if row[name] else None for name in
                ("median", f"lcl_{column}", f"ucl_{column}", "reverse_km_median")),
            ], (row["cutoff"], row["group"], kind)  # fmt: skip


def test_real_subjects_are_replayed(jasa: Command) -> None:
    replayed = jasa("replay", "1970-12-31", "--known-at", "2020-01-01")

    assert replayed.code == 3  # nothing was announced
    assert "1.9 (1.2 to 5.0)" in replayed.out  # R: 57 (38 to 152) days


def test_a_correction_that_was_taken_back_is_part_of_the_story(demo: Command) -> None:
    demo("correct", "40", "--set", "occurred_on=2016-02-19", "--reason", "site query 7", "--source", "EDC")
    demo("retract", "125", "--reason", "wrong subject", "--source", "EDC")
    subject = json.loads(demo("log", "--json", "--after", "39", "--limit", "1").out)["events"][0]["subject"]

    shown = demo("show", subject).out
    fact = next(each for each in json.loads(demo("show", subject, "--json").out)["facts"]
                if each["as_recorded"]["position"] == 40)  # fmt: skip

    assert "event-corrected  [retracted]" in shown
    assert "wrong subject" in shown
    assert fact["corrections"] == []
    taken_back = fact["retracted_corrections"][0]
    assert (taken_back["correction"]["position"], taken_back["retraction"]["position"]) == (125, 126)
    assert (taken_back["correction"]["target_position"], taken_back["retraction"]["target_position"]) == (40, 125)
