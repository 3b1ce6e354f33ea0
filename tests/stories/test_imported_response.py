"""Response by criteria from imported assessments: raw and confirmed side by side, one evaluator at a time."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command
from tests.extracts import DATA, ONCO, write_rows


def responses(trialog: Command, *arguments: str) -> dict[str, dict[str, Any]]:
    """Return criteria, evaluator, categories found and responders of the pooled cohorts, raw and confirmed."""
    done = trialog("snapshot", "--as-of", "2020-12-31", "--pool", "--json", *arguments)
    assert done.code == 0, done.err
    (group,) = json.loads(done.out)["cohorts"]
    return {
        each["confirmation"]: {
            "by": (each["criteria"], each["evaluator"]),
            "categories": {category: count for category, count in each["categories"].items() if count},
            "responders": {rate["name"]: rate["responders"] for rate in each["rates"]},
        }
        for each in group["responses"]
    }


def test_an_imported_extract_has_the_best_responses_of_admiralonco(trialog: Command) -> None:
    trialog("init")
    trialog("import", "sdtm", str(ONCO), "--reported-on", "2015-06-30")
    with (DATA / "pharmaverse/adrs.csv").open(newline="", encoding="utf-8") as file:
        adrs = list(csv.DictReader(file))

    found = responses(trialog, "--sd-days", "42")

    for confirmation, code in (("as assessed", "BOR"), ("confirmed", "CBOR")):
        expected = Counter(row["AVALC"] for row in adrs if row["PARAMCD"] == code and row["AVALC"] != "MISSING")
        assert found[confirmation]["categories"] == expected
    assert (found["as assessed"]["responders"]["ORR"], found["confirmed"]["responders"]["ORR"]) == (3, 1)


# Days from 2020-01-01. The two evaluators disagree: mixed, two partial responses 31 days apart would confirm each other.
RECIST = [
    ("1", "INVESTIGATOR", "2020-03-01", "PR"),
    ("1", "INDEPENDENT ASSESSOR", "2020-03-01", "SD"),
    ("1", "INVESTIGATOR", "2020-04-01", "SD"),
    ("1", "INDEPENDENT ASSESSOR", "2020-04-01", "PR"),
    # Two records of one evaluator on one day: the worse counts.
    ("2", "INVESTIGATOR", "2020-03-01", "CR"),
    ("2", "INVESTIGATOR", "2020-03-01", "PR"),
    ("2", "INVESTIGATOR", "2020-04-01", "PR"),
    ("2", "INDEPENDENT ASSESSOR", "2020-03-01", "PD"),
]
IMWG = [
    ("1", "INVESTIGATOR", "2020-02-01", "VGPR"),
    ("1", "INVESTIGATOR", "2020-02-02", "sCR"),
    ("1", "INDEPENDENT ASSESSOR", "2020-02-01", "MR"),
    ("2", "INVESTIGATOR", "2020-02-01", "MR"),
    ("2", "INVESTIGATOR", "2020-03-01", "NE"),
    ("2", "INVESTIGATOR", "2020-04-01", "PR"),
    ("2", "INDEPENDENT ASSESSOR", "2020-04-01", "PR"),
]


def imported(trialog: Command, category: str, records: list[tuple[str, str, str, str]], code: int = 0) -> None:
    trialog("init")
    Path("extract").mkdir()
    write_rows(
        Path("extract/dm.csv"),
        [
            {"STUDYID": "S", "DOMAIN": "DM", "USUBJID": subject, "ARMCD": "A", "ARM": "Arm A", "RFSTDTC": "2020-01-01"}
            for subject in ("1", "2")
        ],
    )
    write_rows(
        Path("extract/rs.csv"),
        [
            {
                "STUDYID": "S",
                "DOMAIN": "RS",
                "USUBJID": subject,
                "RSSEQ": str(number),
                "RSTESTCD": "OVRLRESP",
                "RSCAT": category,
                "RSSTRESC": term,
                "RSEVAL": evaluator,
                "RSDTC": day,
            }
            for number, (subject, evaluator, day, term) in enumerate(records, 1)
        ],
    )
    done = trialog("import", "sdtm", "extract")
    assert done.code == code, done.err


@pytest.mark.parametrize(
    ("category", "records", "evaluator", "raw", "confirmed", "orr"),
    [
        pytest.param("RECIST 1.1", RECIST, "investigator", {"PR": 2}, {"PR": 1, "SD": 1}, (2, 1), id="recist, investigator"),
        pytest.param("RECIST 1.1", RECIST, "independent", {"PR": 1, "PD": 1}, {"SD": 1, "PD": 1}, (1, 0), id="recist, independent"),
        # What two consecutive assessments share: VGPR of VGPR and sCR, MR of MR and (past the NE) PR.
        pytest.param("IMWG 2016", IMWG, "investigator", {"sCR": 1, "PR": 1}, {"VGPR": 1, "MR": 1}, (2, 1), id="imwg, investigator"),
        pytest.param("IMWG 2016", IMWG, "independent", {"MR": 1, "PR": 1}, {"SD": 2}, (1, 0), id="imwg, independent"),
    ],
)  # fmt: skip
def test_rates_are_raw_and_confirmed_by_one_evaluator(
    trialog: Command,
    category: str,
    records: list[tuple[str, str, str, str]],
    evaluator: str,
    raw: dict[str, int],
    confirmed: dict[str, int],
    orr: tuple[int, int],
) -> None:
    imported(trialog, category, records)

    found = responses(trialog, "--evaluator", evaluator)

    assert {each["by"] for each in found.values()} == {(category, evaluator)}
    assert found["as assessed"]["categories"] == raw
    assert found["confirmed"]["categories"] == confirmed
    assert (found["as assessed"]["responders"]["ORR"], found["confirmed"]["responders"]["ORR"]) == orr


NOT_READ = [
    ("1", "INVESTIGATOR", "2020-03-01", "PR"),
    ("1", "INVESTIGATOR", "2020-04-01", "MUCH BETTER"),
    ("2", "INDEPENDENT ASSESSOR", "2020-04-01", "WORSE"),
]


def test_an_assessment_that_was_not_understood_is_named_beside_every_figure_that_it_could_move(
    trialog: Command,
) -> None:
    imported(trialog, "RECIST 1.1", NOT_READ, code=3)

    text = trialog("snapshot", "--as-of", "2020-12-31")
    before = trialog("snapshot", "--as-of", "2020-03-31", "--json")
    (group,) = json.loads(trialog("snapshot", "--as-of", "2020-12-31", "--json").out)["cohorts"]

    said = [each for each in group["remarks"] if each["kind"] == "assessments left out"]
    assert [(each["assessments"], each["subjects"]) for each in said] == [(1, ["1"])]
    assert (
        "1 response assessment of 1 subject (1) was not understood and is left out; progression-free survival, "
        "time to progression, duration of response and responses could be other" in text.out.replace("\n", " ")
    )
    assert "assessments left out" not in before.out
    assert (text.code, before.code) == (3, 0)
    assert trialog("snapshot", "--as-of", "2020-12-31", "--evaluator", "independent").code == 3  # subject 2
    overview = trialog("cohorts")
    assert "1 response assessment of 1 subject (1) was not understood" in overview.out
    assert overview.code == 3


def test_adtte_names_the_subjects_whose_assessments_were_not_understood(trialog: Command) -> None:
    imported(trialog, "RECIST 1.1", NOT_READ, code=3)

    done = trialog("export", "adtte", "--out", "adtte.csv")
    survival = trialog("export", "adtte", "--out", "os.csv", "--param", "OS")

    assert (done.code, survival.code) == (3, 0)
    assert "1 assessments of 1 subjects were not understood" in done.err
    assert json.loads(Path("adtte.csv.manifest.json").read_text())["assessments_not_understood"] == {"1": 1}
    with Path("adtte.csv").open(newline="", encoding="utf-8") as file:
        rows = {(row["USUBJID"], row["PARAMCD"]): row["LEFTOUT"] for row in csv.DictReader(file)}
    assert rows == {
        ("1", "FUOS"): "", ("1", "OS"): "", ("1", "PFS"): "1", ("1", "RSD"): "1", ("1", "TTP"): "1",
        ("2", "FUOS"): "", ("2", "OS"): "", ("2", "PFS"): "0", ("2", "TTP"): "0",
    }  # fmt: skip


def test_a_later_extract_that_is_understood_takes_the_word_back(trialog: Command) -> None:
    imported(trialog, "RECIST 1.1", NOT_READ, code=3)
    rows = [dict(row) for row in csv.DictReader(Path("extract/rs.csv").read_text().splitlines())]
    write_rows(Path("extract/rs.csv"), [{**row, "RSSTRESC": "PD" if row["RSSEQ"] == "2" else "PR"} for row in rows])

    done = trialog("import", "sdtm", "extract")

    assert done.code == 0, done.err
    (group,) = json.loads(trialog("snapshot", "--as-of", "2020-12-31", "--json", "--subjects").out)["cohorts"]
    assert "assessments left out" not in [each["kind"] for each in group["remarks"]]
    assert trialog("export", "adtte", "--out", "adtte.csv").code == 0
