"""Audits and explanations asked from Python: the answer is what the command prints, and fits its schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import trialog as package
from tests.conftest import Command
from trialog.events.errors import QuestionError

HEADER = "date_announced,cohort,measure,value,unit,n\n"
CONSISTENT = HEADER + "2019-03-12,A,mOS,10.0,months,6\n2019-06-12,A,n_alive,4,count,6\n2019-09-12,B,words,x,text,\n"
FALLING = HEADER + "2019-03-12,A,mOS,10.0,months,6\n2019-09-12,A,mOS,8.0,months,6\n"
TO_DATE = {"estimator": "to-date"}


@pytest.mark.parametrize(("content", "answer"), [(CONSISTENT, "consistent"), (FALLING, "inconsistent")])
def test_an_audit_in_python_is_what_the_command_prints(
    trialog: Command, tmp_path: Path, content: str, answer: str
) -> None:
    (tmp_path / "series.csv").write_text(content)

    found = package.audit_figures("series.csv", definition=TO_DATE, n={"A": 6})
    shown = trialog("audit", "series.csv", "-d", "estimator=to-date", "--n", "A=6", "--json")

    assert (found.answer, found.exit_code) == (answer, shown.code)
    assert found.to_json() + "\n" == shown.out
    jsonschema.validate(json.loads(shown.out), found.schema_document())


def test_the_rows_of_an_audit_are_those_of_the_file(tmp_path: Path, trialog: Command) -> None:
    (tmp_path / "series.csv").write_text(FALLING + "2019-09-12,A,words,x,text,\n")

    found = package.audit_figures("series.csv", definition=TO_DATE)

    assert [(row["row"], row["as"], row["in_conflict"]) for row in found.rows()] == [
        (1, "figure", True),
        (2, "figure", True),
        (3, None, False),
    ]
    assert found.cohorts[0].example is None
    assert found.repairs[0].rows


def test_progress_is_told_to_a_callback(tmp_path: Path, trialog: Command, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "series.csv").write_text(CONSISTENT)
    told: list[str] = []

    package.audit_figures("series.csv", definition=TO_DATE, on_progress=told.append)

    assert told[0] == "looking for a history"
    assert capsys.readouterr() == ("", "")


def test_a_wrong_argument_is_named_as_python_has_it(tmp_path: Path, trialog: Command) -> None:
    (tmp_path / "series.csv").write_text(CONSISTENT)

    with pytest.raises(QuestionError, match="cutoffs 'said' is not known; expected as-said or free"):
        package.audit_figures("series.csv", cutoffs="said")
    with pytest.raises(QuestionError, match="cohorts 'C': no row is about it; the file has 'A', 'B'"):
        package.audit_figures("series.csv", cohorts=["C"])


def test_an_explanation_in_python_is_what_the_command_prints(trialog: Command, tmp_path: Path) -> None:
    trialog("init")
    events = [
        {"event": "trial-registered", "occurred_on": "2015-01-01", "title": "T"},
        {"event": "cohort-opened", "occurred_on": "2015-01-01", "cohort": "A"},
        *(
            {"event": "subject-enrolled", "occurred_on": "2016-01-01", "subject": f"00{number}", "cohort": "A"}
            for number in (1, 2, 3)
        ),
        *(
            {"event": "subject-died", "occurred_on": day, "subject": f"00{number}"}
            for number, day in ((1, "2016-07-01"), (2, "2016-12-31"), (3, "2017-02-01"))
        ),
    ]
    lines = (json.dumps({**event, "trial": "X-1", "source": "s", "by": "me"}) + "\n" for event in events)
    (tmp_path / "events.jsonl").write_text("".join(lines))
    assert trialog("append", "events.jsonl").code == 0
    (tmp_path / "said.csv").write_text(
        "date_announced,data_cutoff,announcement,cohort,measure,value,unit,n\n2017-03-01,2017-02-28,first,A,mOS,12.0,months,3\n"
    )
    assert trialog("announce", "--file", "said.csv", "--by", "me").code == 0
    asked = ("explain", "first", "--max-lag", "3", "--known-at", "2030-01-01")

    with package.open_log("trialog.db") as log:
        found = log.explain("first", longest_lag=3, known_at="2030-01-01")
    shown = trialog(*asked, "--json")

    # 365 days, the second of three, are 11.99 months: reproduced by its own definition
    assert (found.exit_code, shown.code) == (0, 0)
    assert found.to_json() + "\n" == shown.out
    assert found.figures[0].reproduced_by[0].distance == 0
    jsonschema.validate(json.loads(shown.out), found.schema_document())
    own = next(row for row in found.rows() if row["estimator"] == "kaplan-meier" and row["month"] == "30.4375")
    assert own["value"] == pytest.approx(365 / 30.4375)
