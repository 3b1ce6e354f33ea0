"""What an import leaves out is noticed by a script, said beside the figures, and listed for queries."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import Command
from tests.extracts import ONCO, write_rows

DM = {"STUDYID": "S", "DOMAIN": "DM", "SITEID": "101", "ARMCD": "A", "ARM": "Arm A", "RFSTDTC": "2020-01-01"}
DS = {"STUDYID": "S", "DOMAIN": "DS", "DSCAT": "DISPOSITION EVENT", "DSSTDTC": "2020-06-01"}


def folder(dm: list[Mapping[str, str]], ds: list[Mapping[str, str]] | None = None) -> str:
    Path("extract").mkdir(exist_ok=True)
    columns = dict.fromkeys(name for row in dm for name in (*DM, "USUBJID", *row))
    write_rows(Path("extract/dm.csv"), [{**dict.fromkeys(columns, ""), **DM, **row} for row in dm])
    if ds is not None:
        write_rows(Path("extract/ds.csv"), [{**DS, "DSSEQ": str(at), **row} for at, row in enumerate(ds, 1)])
    return "extract"


COMPLETE: list[Mapping[str, str]] = [{"USUBJID": "1"}, {"USUBJID": "2"}, {"USUBJID": "3"}]
ONE_DEAD: list[Mapping[str, str]] = [*COMPLETE[:2], {"USUBJID": "3", "DTHFL": "Y"}]


def test_a_complete_extract_ends_with_0_and_so_does_the_same_one_again(trialog: Command) -> None:
    trialog("init")
    place = folder([*COMPLETE, {"USUBJID": "9", "ARMCD": "SCRNFAIL", "ARM": "Screen Failure"}])

    first, again = (trialog("import", "sdtm", place, "--json") for _ in range(2))

    assert (first.code, again.code) == (0, 0)
    assert json.loads(first.out)["subjects"] == {"in_the_extract": 3, "left_out": [], "not_enrolled": 1}
    assert json.loads(again.out)["appended"] == 0
    assert trialog("cohorts").code == 0
    assert "subjects of the extract" not in trialog("cohorts").out


def test_a_subject_that_is_left_out_ends_with_3_and_stays_beside_the_figures(trialog: Command) -> None:
    trialog("init")

    done = trialog("import", "sdtm", folder(ONE_DEAD))

    assert done.code == 3
    assert "2 of 3 subjects of the extract are used" in done.out
    assert "left out, and figures could be other: 1 of 3 subjects (3); --accept-left-out" in done.err
    for answer in (trialog("cohorts"), trialog("snapshot", "--as-of", "2020-12-31")):
        assert answer.code == 3
        assert "2 of 3 subjects of the extract are in the log (SDTM extract extract); left out: 3" in " ".join(
            answer.out.split()
        )
    (note,) = json.loads(trialog("cohorts", "--json").out)["notes"]
    assert note["kind"] == "extract left out"


def test_what_is_left_out_is_left_out_again_and_the_log_keeps_one_account(trialog: Command) -> None:
    trialog("init")
    first = trialog("import", "sdtm", folder(ONE_DEAD))

    again = trialog("import", "sdtm", "extract")

    assert (first.code, again.code) == (3, 3)
    assert trialog("log", "--lines").out.count("extract-imported") == 1


def test_a_later_extract_that_is_complete_takes_the_word_back(trialog: Command) -> None:
    trialog("init")
    trialog("import", "sdtm", folder(ONE_DEAD), "--reported-on", "2020-07-01")

    done = trialog("import", "sdtm", folder(COMPLETE), "--reported-on", "2020-08-01")

    assert done.code == 0
    assert trialog("cohorts").code == 0
    assert trialog("cohorts", "--known-at", "2020-07-15").code == 3


def test_who_accepts_it_gets_0_and_the_figures_still_say_it(trialog: Command) -> None:
    trialog("init")

    done = trialog("import", "sdtm", folder(ONE_DEAD), "--accept-left-out")
    overview = trialog("cohorts")

    assert (done.code, done.err, overview.code) == (0, "", 0)
    assert "2 of 3 subjects of the extract" in overview.out


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"DSDECOD": "MOVED ABROAD"}, 3),
        ({"DSDECOD": "COMPLETED", "DSSTDTC": "June"}, 3),
        ({"DSDECOD": "COMPLETED", "DSSCAT": "STUDY TREATMENT"}, 0),
        ({"DSDECOD": "FINAL LAB VISIT", "DSCAT": "OTHER EVENT", "DSSTDTC": "June"}, 0),
        ({"DSDECOD": "SCREEN FAILURE"}, 0),
    ],
)
def test_a_record_that_a_figure_could_miss_ends_with_3(trialog: Command, row: Mapping[str, str], code: int) -> None:
    trialog("init")

    assert trialog("import", "sdtm", folder(COMPLETE, [{"USUBJID": "1", "DSSCAT": "", **row}])).code == code


def test_nothing_imported_is_no_success_and_the_cause_is_named(trialog: Command) -> None:
    trialog("init")
    place = folder(COMPLETE)

    done = trialog("import", "sdtm", place, "--reported-on", "2019-01-01")

    assert done.code == 1
    assert "nothing was imported" in done.err
    assert (
        "likely cause: --reported-on says 2019-01-01, and 3 dates lie after it, up to 2020-01-01; name the day of the "
        "extract with --reported-on" in done.err
    )
    assert "no trial yet" in trialog("cohorts").err


def test_a_day_of_the_files_before_their_data_is_named(trialog: Command) -> None:
    trialog("init")
    Path("extract").mkdir()
    columns = ["STUDYID", "DOMAIN", "USUBJID", "RFSTDTC", "ARMCD", "ARM"]
    head = {
        "datasetJSONCreationDateTime": "2017-05-01T09:00:00", "datasetJSONVersion": "1.1.0", "itemGroupOID": "IG.DM",
        "dbLastModifiedDateTime": "2017-04-20T09:00:00", "records": 1, "name": "DM", "label": "DM",
        "columns": [{"itemOID": name, "name": name, "label": name, "dataType": "string"} for name in columns],
        "rows": [["S", "DM", "1", "2019-01-08", "A", "Arm A"]],
    }  # fmt: skip
    Path("extract/dm.json").write_text(json.dumps(head))

    done = trialog("import", "sdtm", "extract")

    assert done.code == 1
    assert "the files state that their data last changed on 2017-04-20, and 1 date lies after it" in done.err
    assert trialog("import", "sdtm", "extract", "--reported-on", "2019-02-01").code == 0


def test_discrepancies_are_listed_by_site_and_subject(trialog: Command) -> None:
    trialog("init")
    dm: list[Mapping[str, str]] = [
        {"USUBJID": "2", "SITEID": "102", "AGE": "x"},
        {"USUBJID": "3", "DTHFL": "Y"},
        {"USUBJID": "1"},
    ]

    trialog("import", "sdtm", folder(dm, [{"USUBJID": "1", "DSDECOD": "MOVED"}]), "--discrepancies", "queries.csv")

    with Path("queries.csv").open(newline="", encoding="utf-8") as file:
        rows = [
            (row["site"], row["subject"], row["kind"], row["moves_figures"], row["dataset"])
            for row in csv.DictReader(file)
            if "stands for the enrollment" not in row["what"]
        ]
    assert rows == [
        ("101", "1", "left out", "yes", "DS"),
        ("101", "3", "contradiction", "yes", ""),
        ("102", "2", "remark", "no", "DM"),
    ]


def test_the_report_says_the_same_in_json(trialog: Command) -> None:
    trialog("init")

    done = trialog("import", "sdtm", folder(ONE_DEAD), "--json")

    report = json.loads(done.out)
    assert done.code == 3
    assert report["subjects"]["left_out"] == [{"subject": "3", "reason": "dead, and no date of death"}]


def test_a_real_extract_leaves_nothing_out_that_a_figure_could_miss(trialog: Command) -> None:
    trialog("init")

    done = trialog("import", "sdtm", str(ONCO), "--reported-on", "2015-06-30")

    assert (done.code, done.err) == (0, "")
