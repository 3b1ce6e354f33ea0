"""A portfolio of two logs: the same rows as the logs give, whoever computes them, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command
from trialog.application.opening import open_log
from trialog.application.portfolio.export import MOST_SEGMENTS, export_portfolio
from trialog.application.portfolio.run import run_portfolio
from trialog.application.portfolio.verify import verify_portfolio
from trialog.events.errors import DifferenceError, QuestionError
from trialog.portfolio import folder as files
from trialog.portfolio.engines import local
from trialog.portfolio.request import Request

ROOT = Path(__file__).parents[2]
JASA = ROOT / "examples/jasa/jasa.csv"


@pytest.fixture
def logs(trialog: Command) -> list[str]:
    """The demo's log and that of the Stanford heart transplants."""
    assert trialog("demo", "demo.db").code == 0
    assert trialog("init", "jasa.db").code == 0
    assert trialog("import", "table", str(JASA), "--map", "jasa", "--log", "jasa.db").code == 0
    return ["demo.db", "jasa.db"]


@pytest.fixture
def folder(logs: list[str]) -> Path:
    """Both logs, exported."""
    export_portfolio(logs, Path("portfolio"))
    return Path("portfolio")


def seen(trialog: Command, subject: str, day: str, log: str = "demo.db") -> None:
    assert trialog("seen", subject, "--on", day, "--source", "test", "--log", log).code == 0


def test_figures_are_those_of_each_log(folder: Path, logs: list[str]) -> None:
    rows = run_portfolio("figures", folder, as_of="2017-11-07", known_at=["2017-11-07"], workers=1).found

    with open_log("demo.db") as log:
        answer = log.snapshot(as_of="2017-11-07", known_at="2017-11-07")
    expected = {
        (group.cohort, figure.definition.estimator): (figure.value_days, figure.value_months, figure.n, figure.events)
        for group in answer.cohorts
        for figure in group.figures[:2]
    }
    found = {
        (row["cohort"], row["estimator"]): (row["value_days"], row["value_months"], row["n"], row["events"])
        for row in rows
        if row["trial"] == answer.trial
    }
    assert found == expected
    assert {row["log_root"] for row in rows if row["trial"] == answer.trial} == {answer.log.root}
    assert round(found["1", "to-date"][1], 2) == 26.17  # the announced 26.2 months


def test_announced_figures_hold_or_do_not_as_replay_says(folder: Path) -> None:
    answer = run_portfolio("holds", folder, workers=1)

    with open_log("demo.db") as log:
        verdicts = {
            each.figure.figure: each.verdict for each in log.replay("2017-11-07").verdicts if not each.figure.external
        }
    found = {row["figure"]: row["verdict_then"] for row in answer.found if row["announcement"] == "2017-11-07"}
    assert found == verdicts
    assert answer.exit_code == (0 if all(row["holds"] for row in answer.found) else 1)


def test_pooling_two_halves_of_stanford_gives_the_whole_as_r_has_it(trialog: Command) -> None:
    header, *lines = JASA.read_text(encoding="utf-8").splitlines()
    for name, half in (("A", lines[::2]), ("B", lines[1::2])):
        Path(f"{name}.csv").write_text("\n".join([header, *half]) + "\n", encoding="utf-8")
        shutil.copy(ROOT / "cli/maps/jasa.yaml", f"{name}.yaml")
        text = Path(f"{name}.yaml").read_text(encoding="utf-8").replace("STANFORD-HEART", f"STANFORD-{name}")
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
        assert trialog("init", f"{name}.db").code == 0
        done = trialog("import", "table", f"{name}.csv", "--map", f"{name}.yaml", "--log", f"{name}.db")
        assert done.code == 0, done.err
    export_portfolio(["A.db", "B.db"], Path("halves"))

    (row,) = run_portfolio("pooled", Path("halves"), as_of="1974-04-01", workers=1).found

    # R: survfit(Surv(futime, fustat) ~ 1, jasa) has n = 103, events = 75, median 99 (71 to 262); examples/jasa.
    assert (row["trials"], row["n"], row["events"]) == (2, 103, 75)
    assert (row["value_days"], row["lower_days"], row["upper_days"]) == (99, 71, 262)
    (small,) = run_portfolio("pooled", Path("halves"), least=104, workers=1).found
    assert (small["suppressed"], small["n"], small["value_days"]) == (True, None, None)


def test_processes_give_the_same_bytes_as_one(folder: Path) -> None:
    for question in ("figures", "holds", "pooled", "trend"):
        alone = run_portfolio(question, folder, workers=1).to_json()
        assert run_portfolio(question, folder, workers=2).to_json() == alone


@pytest.mark.filterwarnings("ignore:PySpark does not yet")
def test_spark_gives_the_same_bytes(folder: Path) -> None:
    spark_or_skip()
    for question in ("figures", "holds", "pooled"):
        alone = run_portfolio(question, folder, workers=1).to_json()
        assert run_portfolio(question, folder, engine="spark", master="local[2]").to_json() == alone


def spark_or_skip() -> None:
    if shutil.which("java") is None:
        if os.environ.get("TRIALOG_TEST_SPARK") == "required":
            pytest.fail("TRIALOG_TEST_SPARK=required, but there is no java on the PATH")
        pytest.skip("Spark needs Java")


def _killed_once(files: list[str], request: str) -> list[dict[str, Any]]:
    marker = Path(files[0]).parents[2] / "killed"
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return local._task(files, request)


def test_a_worker_that_is_killed_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request("figures")
    manifest = files.existing(folder)
    buckets = [[str(folder.resolve() / path)] for path in manifest.parts()]
    expected = sorted(json.dumps(row) for row in local.run(buckets, request, workers=1))

    monkeypatch.setattr(local, "_task", _killed_once)
    found = sorted(json.dumps(row) for row in local.run(buckets, request, workers=2))

    assert (folder / "killed").exists()
    assert found == expected


def test_an_export_adds_only_what_is_new(trialog: Command, folder: Path, logs: list[str]) -> None:
    before = dict(files.existing(folder).files)
    again = export_portfolio(logs, folder)
    assert again.files_written == 0
    assert dict(files.existing(folder).files) == before

    seen(trialog, "1-01", "2017-10-20")
    grown = export_portfolio(logs, folder)

    assert [trial.new_events for trial in grown.trials] == [1, 0]
    kept = set(before) - {files.HEADS}
    assert kept < set(files.existing(folder).files)
    assert_equal_to_a_new_export(folder, logs)


def test_many_segments_become_one(trialog: Command, folder: Path, logs: list[str]) -> None:
    for day in range(1, MOST_SEGMENTS + 3):
        seen(trialog, "1-01", f"2018-01-{day:02d}")
        export_portfolio(logs, folder)

    manifest = files.existing(folder)
    parts = manifest.parts(manifest.bucket_of("NCT02278315"))
    assert len(parts) <= MOST_SEGMENTS
    on_disk = sorted(path.relative_to(folder).as_posix() for path in folder.glob("segments/*/*.parquet"))
    assert on_disk == manifest.parts()
    assert_equal_to_a_new_export(folder, logs)


def assert_equal_to_a_new_export(folder: Path, logs: list[str]) -> None:
    shutil.rmtree("fresh", ignore_errors=True)
    export_portfolio(logs, Path("fresh"))
    for question in ("figures", "holds", "trend"):
        assert (
            run_portfolio(question, folder, workers=1).found == run_portfolio(question, Path("fresh"), workers=1).found
        )
    assert verify_portfolio(folder, logs).exit_code == 0


def test_another_log_of_the_trial_is_refused_by_name(trialog: Command, folder: Path, logs: list[str]) -> None:
    before = dict(files.existing(folder).files)
    assert trialog("demo", "other.db").code == 0

    with pytest.raises(DifferenceError, match=r"NCT02278315: .*other\.db is another log"):
        export_portfolio(["other.db"], folder)
    with pytest.raises(QuestionError, match=r"is in .*demo\.db and in .*other\.db"):
        export_portfolio(["demo.db", "other.db"], Path("twice"))
    assert dict(files.existing(folder).files) == before


def test_an_older_copy_of_the_log_is_refused(trialog: Command, folder: Path, logs: list[str]) -> None:
    shutil.copy("demo.db", "older.db")
    seen(trialog, "1-01", "2017-10-20")
    export_portfolio(logs, folder)

    with pytest.raises(DifferenceError, match="has 124 events, but 125 were exported"):
        export_portfolio(["older.db"], folder)


def damaged(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*.parquet"))


def test_verify_finds_a_changed_file_and_says_what_was_not_compared(folder: Path, logs: list[str]) -> None:
    assert verify_portfolio(folder, logs).exit_code == 0
    partly = verify_portfolio(folder, logs[:1])
    assert partly.exit_code == 3
    assert [trial.by for trial in partly.trials] == ["log", "file hashes"]

    for file in damaged(folder):
        whole = file.read_bytes()
        changed = bytearray(whole)
        changed[len(changed) // 2] ^= 1
        file.write_bytes(bytes(changed))
        found = verify_portfolio(folder)
        assert found.exit_code == 1
        assert "was changed" in found.faults[0]
        file.write_bytes(whole)


def test_verify_compares_every_number_with_the_log(folder: Path, logs: list[str]) -> None:
    manifest = files.existing(folder)
    bucket = manifest.bucket_of("NCT02278315")
    (path,) = manifest.parts(bucket)
    (segment,) = [each for each in files.read_part(folder / path) if each.trial == "NCT02278315"]
    segment.events.arrays["first"] = segment.events.arrays["first"].copy()
    segment.events.arrays["first"][10] += 1
    (folder / path).unlink()
    new, digest = files.write_part(folder, bucket, [segment])
    named = {name: value for name, value in manifest.files.items() if name != path}
    files.write_manifest(folder, files.Manifest(manifest.buckets, {**named, new: digest}))

    found = verify_portfolio(folder, logs)

    assert found.exit_code == 1
    assert found.faults == ("NCT02278315: first of the export differs from the log",)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("portfolio", "run", "figure", "--on", "portfolio"), "did you mean 'figures'"),
        (("portfolio", "run", "figures", "--on", "nowhere"), "nowhere holds no portfolio; make one"),
        (("portfolio", "run", "figures", "2017-01-01", "--on", "portfolio"), "only restated takes days"),
        (("portfolio", "run", "restated", "--on", "portfolio"), "restated compares two known-at days"),
        (("portfolio", "run", "figures", "--on", "portfolio", "--as-of", "2017-13"), "2017-13"),
        (("portfolio", "run", "figures", "--on", "portfolio", "--engine", "ray"), "expected local or spark"),
        (("portfolio", "run", "figures", "--on", "portfolio", "--measure", "mos"), "measure 'mos' is not known"),
        (("portfolio", "run", "pooled", "--on", "portfolio", "-d", "month=calendar"), "no fixed number"),
        (("portfolio", "run", "figures", "--on", "portfolio", "--out", "a.xlsx"), "expected .parquet or .json"),
        (("portfolio", "run", "pooled", "--on", "portfolio", "--labels", "x.csv", "--by", "area"), "cannot read x.csv"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    folder: Path, trialog: Command, arguments: tuple[str, ...], says: str
) -> None:
    done = trialog(*arguments)

    assert done.code in (1, 2)
    assert says in done.err
    assert done.err.count("\n") == 1


def test_the_command_line_prints_the_same_rows(folder: Path, trialog: Command) -> None:
    done = trialog("portfolio", "run", "figures", "--on", "portfolio", "--workers", "1", "--json")
    assert done.out.rstrip("\n") == run_portfolio("figures", Path("portfolio"), workers=1).to_json()

    assert trialog("portfolio", "run", "trend", "--on", "portfolio", "--workers", "1", "--out", "t.parquet").code == 0
    import pyarrow.parquet as pq

    assert pq.read_table("t.parquet").num_rows == len(run_portfolio("trend", folder, workers=1).found)
    done = trialog("portfolio", "verify", "portfolio", "--log", "demo.db")
    assert done.code == 3
    assert "file hashes" in done.out
