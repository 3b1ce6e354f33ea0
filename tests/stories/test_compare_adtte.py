"""Somebody else's ADTTE against the log's, row by row."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.conftest import Command
from tests.extracts import ONCO, onco_rows, write_rows


@pytest.fixture
def imported(trialog: Command) -> Command:
    trialog("init")
    trialog("import", "sdtm", str(ONCO), "--reported-on", "2015-06-30")
    return trialog


def test_the_adtte_of_admiralonco_is_equal_in_every_row(imported: Command) -> None:
    done = imported("compare", "adtte", str(ONCO / "adtte_onco.csv"), "--rules", "admiral", "--json")

    answer = json.loads(done.out)
    assert done.code == 0
    assert (answer["rows_compared"], answer["rows_equal"], answer["differences"]) == (259, 259, [])
    assert answer["parameters"] == ["OS", "PFS", "RSD"]


def test_each_difference_names_the_event_of_the_log_behind_it(imported: Command) -> None:
    rows = onco_rows("adtte_onco.csv")
    rows[0] = {**rows[0], "ADT": "2014-07-03", "AVAL": "183"}
    write_rows(Path("other.csv"), rows)

    done = imported("compare", "adtte", "other.csv", "--rules", "admiral", "--json")

    answer = json.loads(done.out)
    assert done.code == 1
    assert [(each["variable"], each["log"], each["file"]) for each in answer["differences"]] == [
        ("ADT", "2014-07-02", "2014-07-03"),
        ("AVAL", "182", "183"),
    ]
    assert {each["event"] for each in answer["differences"]} == {
        "subject-seen-alive 01-701-1015 on 2014-07-02: treatment"
    }
    listed = imported("log", "--lines").out.splitlines()
    assert json.loads(listed[answer["differences"][0]["position"] - 1])["occurred_on"] == "2014-07-02"


def test_subjects_that_one_of_the_two_lacks_are_named(imported: Command) -> None:
    rows = [row for row in onco_rows("adtte_onco.csv") if row["USUBJID"] != "01-701-1015"]
    rows.append({**rows[0], "USUBJID": "X-1"})
    write_rows(Path("other.csv"), rows)

    answer = json.loads(imported("compare", "adtte", "other.csv", "--rules", "admiral", "--json").out)

    assert (answer["subjects_missing_in_the_file"], answer["subjects_missing_in_the_log"]) == (["01-701-1015"], ["X-1"])
    assert {(each["subject"], each["variable"]) for each in answer["differences"]} == {
        ("01-701-1015", "row"),
        ("X-1", "row"),
    }


def test_other_names_and_spellings_of_the_same_are_no_difference(imported: Command) -> None:
    rows = []
    for row in onco_rows("adtte_onco.csv"):
        other = {**row, "RANDDT": row["STARTDT"], "ADTM": f"{row['ADT']}T12:00:00", "AVAL": f"{row['AVAL']}.0"}
        other["EVNTDESC"] = row["EVNTDESC"].upper()
        rows.append({name: value for name, value in other.items() if name not in ("STARTDT", "ADT")})
    write_rows(Path("other.csv"), rows)

    assert imported("compare", "adtte", "other.csv", "--rules", "admiral").code == 0


def test_the_logs_own_export_is_equal_in_every_form(imported: Command) -> None:
    for form in ("csv", "json", "xpt"):
        imported("export", "adtte", "--out", f"own.{form}")

        assert imported("compare", "adtte", f"own.{form}").code == 0


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([{"USUBJID": "1", "PARAMCD": "OS"}], "no column CNSR, which ADTTE has"),
        ([{"USUBJID": "1", "PARAMCD": "OS", "CNSR": "0"}] * 2, "record 2: a second row of 1 and OS"),
    ],
)
def test_what_is_no_adtte_is_refused_in_one_line(imported: Command, rows: list[dict[str, str]], complaint: str) -> None:
    with Path("other.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    done = imported("compare", "adtte", "other.csv")

    assert (done.code, done.out) == (1, "")
    assert complaint in done.err
    assert done.err.count("\n") == 1


PFS_ONLY = [
    {"STUDYID": "S", "USUBJID": "1", "ARM": "A", "PARAMCD": "PFS", "STARTDT": "2024-01-01", "ADT": "2024-04-09",
     "AVAL": "100", "CNSR": "0", "EVNTDESC": "Disease Progression"},
    {"STUDYID": "S", "USUBJID": "2", "ARM": "A", "PARAMCD": "PFS", "STARTDT": "2024-01-01", "ADT": "2024-05-29",
     "AVAL": "150", "CNSR": "1", "EVNTDESC": "Last Tumor Assessment"},
    {"STUDYID": "S", "USUBJID": "3", "ARM": "A", "PARAMCD": "PFS", "STARTDT": "2024-01-01", "ADT": "2024-07-18",
     "AVAL": "200", "CNSR": "0", "EVNTDESC": "Death"},
]  # fmt: skip


def test_censored_progression_free_times_come_back_and_what_the_file_lacks_is_not_computed(trialog: Command) -> None:
    """R: survfit(Surv(c(100, 150, 200), c(1, 0, 1)) ~ 1) has the median 200, which counts both days."""
    write_rows(Path("pfs.csv"), PFS_ONLY)
    trialog("init")

    done = trialog("import", "adtte", "pfs.csv")

    assert done.code == 0, done.err
    compared = trialog("compare", "adtte", "pfs.csv", "--param", "PFS")
    assert compared.code == 0, compared.out
    trialog("export", "adtte", "--out", "own.csv")
    with Path("own.csv").open(newline="", encoding="utf-8") as file:
        assert {row["PARAMCD"] for row in csv.DictReader(file)} == {"PFS"}
    (group,) = json.loads(trialog("snapshot", "--as-of", "2025-06-30", "--json").out)["cohorts"]
    found = {figure["name"]: (figure["n"], figure["value_days"]) for figure in (*group["figures"], *group["endpoints"])}
    assert found["kaplan-meier median progression-free survival"] == (3, 199.0)
    assert found["kaplan-meier median overall survival"] == (0, None)
