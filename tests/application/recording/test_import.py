"""Importing from Python: the same answers as the commands print; a trial's code that was typed must be known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import trialog as package
from tests.conftest import Command
from trialog.events.errors import QuestionError

ROOT = Path(__file__).parents[3]
JASA = ROOT / "examples" / "jasa" / "jasa.csv"


def test_the_command_prints_the_answer(trialog: Command) -> None:
    trialog("init", "one.db")
    printed = trialog("import", "table", str(JASA), "--map", "jasa", "--trial", "J", "--log", "one.db", "--json")

    with package.create_log("two.db") as log:
        answer = log.import_table(JASA, "jasa", "J", accept_left_out=False)

    found = json.loads(printed.out)
    roots = found["log"].pop("root"), answer.log.root
    assert len(set(map(len, roots))) == 1  # salts differ, and so do the roots
    assert printed.code == answer.exit_code
    assert found == {**answer.to_dict(), "log": {"size": answer.log.size}}
    assert answer.appended == answer.log.size
    with package.open_log("two.db") as log:
        again = log.import_table(JASA, "jasa", "J")
    assert (again.appended, again.already_in_the_log) == (0, answer.appended)


def test_a_code_that_the_log_does_not_hold_needs_a_word(tmp_path: Path) -> None:
    with package.create_log(tmp_path / "log.db") as log:
        log.append(
            {"event": "trial-registered", "title": "t", "occurred_on": "1967-01-01", "source": "s"}, "NCT01234567"
        )
        with pytest.raises(QuestionError, match="did you mean 'NCT01234567'"):
            log.import_table(JASA, "jasa", "NCT01234657")
        assert log.database.codes() == ["NCT01234567"]
        assert log.import_table(JASA, "jasa", "NCT01234657", new_trial=True).appended
        assert log.import_table(JASA, "jasa", "NCT01234567").appended
        assert log.database.codes() == ["NCT01234567", "NCT01234657"]


def test_the_command_refuses_a_typing_error_in_the_trial(trialog: Command) -> None:
    trialog("init")
    trialog("register", "NCT01234567", "--title", "t", "--on", "1967-01-01", "--source", "s")
    given = ("import", "table", str(JASA), "--map", "jasa", "--trial", "NCT01234657")

    refused = trialog(*given)
    assert (refused.code, refused.out) == (1, "")
    assert "did you mean 'NCT01234567'?" in refused.err
    assert trialog("trials").out.count("NCT") == 1
    assert trialog(*given, "--new-trial").code in (0, 3)


def test_an_import_of_one_record_is_whole(trialog: Command, tmp_path: Path) -> None:
    (tmp_path / "dm.csv").write_text(
        "STUDYID,DOMAIN,USUBJID,SUBJID,RFSTDTC,RFICDTC,ARMCD,ARM,AGE,SEX\n"
        "S,DM,S-002,002,2020-02-01,2020-01-20,1,Cohort 1,61,F\n"
    )
    told: list[tuple[str, int, int]] = []
    with package.create_log(tmp_path / "log.db") as log:
        answer = log.import_sdtm(tmp_path / "dm.csv", on_progress=lambda *step: told.append(step))

    assert (answer.trial, answer.subjects.in_the_extract) == ("S", 1)
    assert told[-1] == ("appending events", answer.appended, 0)
