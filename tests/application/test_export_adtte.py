"""ADTTE written from Python: the manifest is what the command prints, and what stands beside the file."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import trialog as package
from tests.builders import Bench, assessed, died, enrolled
from tests.conftest import Command
from trialog.events.errors import LogError, QuestionError


@pytest.fixture
def log(bench: Bench) -> package.Log:
    bench.append(
        enrolled("001", "2020-01-01"), assessed("001", "2020-03-01", "PR"), died("001", "2020-06-01"),
        enrolled("002", "2020-02-01"),
    )  # fmt: skip
    return package.Log(bench.log)


def test_the_manifest_is_what_the_command_prints(trialog: Command, bench: Bench, log: package.Log) -> None:
    answer = log.export_adtte("a.csv", parameters=["OS", "PFS"], as_of="2020-12-31")
    shown = trialog(
        "export", "adtte", "--out", "a.csv", "--force", "--param", "OS", "--param", "PFS", "--as-of", "2020-12-31",
        "--log", str(bench.place), "--json",
    )  # fmt: skip

    assert (shown.code, shown.out) == (answer.exit_code, answer.to_json() + "\n")
    assert json.loads(Path("a.csv.manifest.json").read_text()) == answer.to_dict()
    jsonschema.validate(answer.to_dict(), answer.schema_document())
    assert [(row["parameter"], row["n"], row["events"]) for row in answer.rows()] == [("OS", 2, 1), ("PFS", 2, 1)]


def test_what_is_wrong_is_named_as_python_has_it(log: package.Log, trialog: Command) -> None:
    with pytest.raises(QuestionError, match="parameters: 'OSS' is not known; did you mean 'OS'"):
        log.export_adtte("a.csv", parameters=["OSS"])
    with pytest.raises(QuestionError, match="last_alive: 'any' is not known"):
        log.export_adtte("a.csv", last_alive="any")
    log.export_adtte("a.csv")
    with pytest.raises(LogError, match="exists already; nothing was written"):
        log.export_adtte("a.csv")
