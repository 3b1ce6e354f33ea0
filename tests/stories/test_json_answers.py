"""Every command with --json: what it prints fits the schema, and is what the same question gives in Python."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import trialog as package
from tests.conftest import Command
from trialog.application.answers.base import Answer
from trialog.cli.app import _load
from trialog.cli.table_of_commands import COMMANDS, GROUPS

ROOT = Path(__file__).parents[2]
REGISTER = ROOT / "tests/data/announcements/paxalisib.csv"
AML = str(ROOT / "examples/aml.csv")

Question = Callable[[package.Log], Answer]

READING: dict[str, tuple[str, Question]] = {
    "snapshot --as-of 2017-11-07 --known-at 2017-11-07": (
        "snapshot",
        lambda log: log.snapshot(as_of="2017-11-07", known_at="2017-11-07"),
    ),
    "snapshot --as-of 2017-11 --cohort 1 --cohort 2 --compare --at 12m --rmst 1y --quantile 0.25 --subjects": (
        "snapshot",
        lambda log: log.snapshot(
            as_of="2017-11", cohorts=["1", "2"], compare=True, at=["12m"], rmst=["1y"], quantiles=["0.25"],
            subjects=True,
        ),
    ),
    "snapshot --as-of 2017-11-07 --pool -d month=calendar -d estimator=kaplan-meier": (
        "snapshot",
        lambda log: log.snapshot(
            as_of="2017-11-07", pool=True, definition={"month": "calendar", "estimator": "kaplan-meier"}
        ),
    ),
    "cohorts": ("cohorts", lambda log: log.cohorts()),
    "cohorts --known-at 2014-01-01": ("cohorts", lambda log: log.cohorts(known_at="2014-01-01")),
    "replay 2017-11-07": ("replay", lambda log: log.replay("2017-11-07")),
    "replay 2017": ("replay", lambda log: log.replay("2017")),
    "replay 2016-01-15": ("replay", lambda log: log.replay("2016-01-15")),
    "explain 2017-11-07/mOS-1 --max-lag 0": (
        "explain",
        lambda log: log.explain("2017-11-07/mOS-1", longest_lag=0),
    ),
    "history --cohort 1": ("history", lambda log: log.history(cohorts="1")),
    "history --figure orr --axis known-at --cohort 3": (
        "history",
        lambda log: log.history(figure="orr", axis="known-at", cohorts=["3"]),
    ),
    "history --figure count-dead --pool --from 2017-01-01 --to 2017-04-01": (
        "history",
        lambda log: log.history(figure="count-dead", pool=True, first="2017-01-01", last="2017-04-01"),
    ),
    "restate 2017-02-22 2017-11-07": ("restate", lambda log: log.restate("2017-02-22", "2017-11-07")),
    "restate 2017-02-22 2017-11-07 --all --cohort 2": (
        "restate",
        lambda log: log.restate("2017-02-22", "2017-11-07", every=True, cohorts="2"),
    ),
    f"estimate {AML} --time weeks --event died": (
        "estimate",
        lambda _: package.estimate(AML, time="weeks", event="died"),
    ),
    f"check {REGISTER}": ("check", lambda _: package.check_figures(REGISTER)),
    f"audit {REGISTER}": ("audit", lambda _: package.audit_figures(REGISTER)),
    "trials": ("trials", lambda log: log.trials()),
    "log": ("log", lambda log: log.events()),
    "log --event subject-died --event subject-left --limit 1": (
        "log",
        lambda log: log.events(kinds=["subject-died", "subject-left"], limit=1),
    ),
    "show 1-01": ("show", lambda log: log.timeline("1-01")),
    "announcements": ("announcements", lambda log: log.announcements()),
    "verify": ("verify", lambda log: log.verify()),
    "doctor": ("doctor", lambda log: log.doctor()),
    "checkpoint show": ("checkpoints", lambda log: log.checkpoints()),
    "checkpoint show 1": ("checkpoint", lambda log: log.checkpoint("1")),
    "prove 3": ("proof", lambda log: log.prove(3)),
    "check-proof proof.txt": ("checked-proof", lambda _: package.check_proof(Path("proof.txt"))),
}  # fmt: skip
"""Commands that change nothing, by the answer's name, with the same question in Python."""

WRITING = {
    "demo new.db": "demo",
    "register T1 --title t --on 2016-01-01 --log empty.db": "record",
    "open-cohort --cohort 9 --on 2018-01-01": "record",
    "close-cohort --cohort 1 --on 2018-01-01": "record",
    "enroll 9-01 --cohort 1 --on 2016-01-05": "record",
    "dose 1-01 --amount 1.50 --unit mCi/m2 --on 2016-01-05": "record",
    "response 1-01 --criteria 'IMWG 2016' --category SD --on 2016-01-05": "record",
    "progression 1-01 --on 2016-01-05": "record",
    "seen 1-01 --on 2016-01-05": "record",
    "left 1-01 --reason 'lost to follow-up' --on 2018-01-05": "record",
    "death 1-01 --on 2018-01": "record",
    "evaluability 1-01 --not-evaluable --on 2018-01-05": "record",
    "correct 40 --set occurred_on=2016-03-21 --reason r": "record",
    "retract 41 --reason r": "record",
    "withdraw 2017-11-07 --reason r --on 2018-01-01": "record",
    "announce later --title Later --on 2018-02-01": "announce",
    "append seen.jsonl": "append",
    "checkpoint create --out then.txt": "kept-checkpoint",
    "copy demo.db copied.db": "copy",
    "backup backup.db": "copy",
    "export log --out log.jsonl": "log-export",
    "compare adtte made.csv": "adtte-comparison",
    "import adtte made.csv --log empty.db --accept-left-out": "import",
    f"import table {ROOT}/examples/jasa/jasa.csv --map jasa --log empty.db": "import",
    "export adtte --out adtte.csv": "adtte-export",
    "import log exported.jsonl --log empty.db": "log-import",
    "keys master --out master": "master-key",
    "checkpoint key example.org/log --out key": "signing-key",
    "project --to tables.db": "project",
    "portfolio export demo.db --to another": "portfolio-export",
    "portfolio run figures --on portfolio": "portfolio",
    "portfolio verify portfolio --log demo.db": "portfolio-verify",
}
"""Commands that write something, or need more than a log; what they print differs from one time to the next."""

ELSEWHERE = {
    "import sdtm", "checkpoint keep", "checkpoint stamp", "checkpoint cosign", "private", "redact", "keys wrap",
}  # fmt: skip
"""Commands that need an extract, keys or a second party; their own tests compare them (tests/application)."""

NOT_TYPED: set[str] = set()
"""Commands whose JSON has no schema yet; to be empty one day, never longer."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from trialog.cli.app import run

    folder = tmp_path_factory.mktemp("demo")
    place = str(folder / "demo.db")
    assert run(["demo", place]) == 0
    assert run(["portfolio", "export", place, "--to", str(folder / "portfolio")]) == 0
    with package.open_log(place) as log:
        log.create_checkpoint()
        log.export_log(folder / "exported.jsonl")
        log.export_adtte(folder / "made.csv")
        (folder / "proof.txt").write_text(log.prove(3).proof, encoding="utf-8")
    package.create_log(folder / "empty.db").close()
    seen = {"event": "subject-seen-alive", "subject": "1-01", "occurred_on": "2018-02-01", "source": "s"}
    (folder / "seen.jsonl").write_text(json.dumps(seen) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def demo(trialog: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    for name in ("TRIALOG_KEY", "TRIALOG_KEY_FILE", "TRIALOG_KEYS", "TRIALOG_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("TRIALOG_LOG", "demo.db")
    monkeypatch.setenv("TRIALOG_SOURCE", "s")
    return trialog


def fits(name: str, printed: str) -> Any:
    found = json.loads(printed)
    jsonschema.validate(found, package.schema(name), cls=jsonschema.Draft202012Validator)
    return found


@pytest.mark.parametrize("command", READING)
def test_a_question_on_the_command_line_and_in_python(demo: Command, command: str) -> None:
    name, question = READING[command]

    asked = demo(*command.split(), "--json")
    with package.open_log("demo.db") as log:
        answer = question(log)

    assert asked.err == ""
    assert (asked.code, asked.out) == (answer.exit_code, answer.to_json() + "\n")
    fits(name, asked.out)
    assert answer.to_dict() == json.loads(asked.out)


@pytest.mark.parametrize("command", WRITING)
def test_what_a_command_says_that_it_wrote(demo: Command, command: str) -> None:
    asked = demo(*shlex.split(command), "--json")

    assert asked.code == 0, asked.err
    fits(WRITING[command], asked.out)


def test_every_command_with_json_is_tried() -> None:
    with_json = {
        name
        for spec in COMMANDS
        for name, each in (
            [(spec.name, spec)]
            if spec.function
            else [(f"{spec.name} {inner.name}", inner) for inner in GROUPS[spec.name]]
        )
        if any("--json" in parameter.opts for parameter in _load(each).params)
    }
    tried = {name for name in with_json for command in (*READING, *WRITING) if f"{command} ".startswith(f"{name} ")}

    assert with_json == tried | ELSEWHERE | NOT_TYPED
    assert not NOT_TYPED & tried


def test_an_answer_is_frozen_and_has_its_provenance(demo: Command) -> None:
    with package.open_log("demo.db") as log:
        answer = log.snapshot(as_of="2017-11-07")

    with pytest.raises(ValueError, match="frozen"):
        answer.trial = "other"
    assert (answer.trial, answer.data_cutoff, answer.known_at) == ("NCT02278315", "2017-11-07", None)
    assert (answer.log.size, len(answer.log.root)) == (124, 64)
    assert answer.definition.estimator == "to-date"
    # By hand: doses of 2015-07-24 and 2015-10-13, 837 and 756 days; their mean 796.5 days / 30.4375
    assert answer.cohorts[0].to_date.value_months == 796.5 / 30.4375
