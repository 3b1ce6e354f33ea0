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


def imported(trialog: Command, category: str, records: list[tuple[str, str, str, str]]) -> None:
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
    assert done.code == 0, done.err


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
