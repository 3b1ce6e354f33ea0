"""What each SDTM record becomes, and why some become nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.extracts import ONCO, conflicts, extract, facts, onco_rows, reading, reasons, said
from trialog.events.dates import day_number
from trialog.events.errors import TableError
from trialog.events.kinds import AssessmentNotUnderstood, ResponseAssessed
from trialog.exchange.missing_words import MissingWords
from trialog.exchange.sdtm.extract import SourceFile
from trialog.exchange.sdtm.people import SdtmOptions
from trialog.exchange.sdtm.reading import SdtmReading
from trialog.exchange.tables.formats import open_table, sha256_of
from trialog.exchange.tables.table import text_of

RANDOMISED = {"DSDECOD": "RANDOMIZED", "DSCAT": "PROTOCOL MILESTONE", "DSSTDTC": "2020-01-01"}
DEATH = {"DSDECOD": "DEATH", "DSCAT": "DISPOSITION EVENT", "DSSTDTC": "2020-06-01"}


def enrollment(found: SdtmReading, subject: str = "1") -> dict[str, Any]:
    return facts(found, subject)[0].event.model_dump(exclude_none=True, exclude={"source", "subject"})


# -- DM and DS: enrollment --------------------------------------------------------------


def test_a_randomised_subject_is_enrolled_on_that_day_in_its_planned_arm() -> None:
    found = reading(
        DM=[{"ARMCD": "XH", "ARM": "High dose", "ACTARMCD": "XL", "AGE": "63", "AGEU": "YEARS", "SEX": "F", "RFSTDTC": "2020-01-03"}],
        DS=[{"DSDECOD": "INFORMED CONSENT OBTAINED", "DSSTDTC": "2019-12-20"}, RANDOMISED],
    )  # fmt: skip

    assert enrollment(found) == {
        "occurred_on": "2020-01-01",
        "cohort": "XH",
        "consent_on": "2019-12-20",
        "randomised_on": "2020-01-01",
        "age": 63,
        "sex": "F",
    }
    assert facts(found)[0].event.source.startswith(
        "dm.csv sha256:0000000000000000 DM ARMCD,AGE,SEX; ds.csv sha256:0000000000000000 DS DSSEQ=2 DSSTDTC"
    )
    assert list(found.account.of("DM").remarks) == ["ACTARMCD is another arm than ARMCD"]


@pytest.mark.parametrize(
    ("dm", "ds", "day"),
    [
        pytest.param({"RFICDTC": "2019-12-20", "RFSTDTC": "2020-01-03"}, [], "2019-12-20", id="consent in DM"),
        pytest.param({"RFICDTC": "2019-12-20"}, [{**RANDOMISED, "DSDECOD": "ENTERED INTO TRIAL"}], "2020-01-01", id="entering"),
        pytest.param({}, [{**RANDOMISED, "DSDECOD": "Enrolled", "DSSTDTC": "2019-12-30"}, RANDOMISED], "2020-01-01", id="randomisation before entering"),
        pytest.param({"RFSTDTC": "2020-01-03", "DMDTC": "2020-01-02"}, [], "2020-01-03", id="first treatment"),
        pytest.param({"DMDTC": "2020-01-02"}, [], "2020-01-02", id="day of collection"),
        pytest.param({"RFSTDTC": "2020-01"}, [], "2020-01", id="partial"),
        pytest.param({}, [{**RANDOMISED, "DSSTDTC": "2020-03-01"}, RANDOMISED], "2020-01-01", id="randomised twice: the first"),
    ],
)  # fmt: skip
def test_without_randomisation_the_next_best_day_counts(dm: dict[str, str], ds: list[dict[str, str]], day: str) -> None:
    assert enrollment(reading(DM=[dm], DS=ds))["occurred_on"] == day


@pytest.mark.parametrize(
    ("dm", "reason"),
    [
        ({"ARMCD": "SF", "ARM": "Screen Fail"}, "screen failure"),
        ({"ARMCD": "SF", "ARM": ""}, "screen failure"),
        ({"ARMCD": "SCRNFAIL", "ARM": "Screen Failure"}, "screen failure"),
        ({"ARMCD": "S1", "ARM": "screening failure"}, "screen failure"),
        ({"ARMCD": "NOTTRT", "ARM": "Not Treated"}, "not treated"),
        ({"ARMCD": "NotAssgn", "ARM": "Not Assigned"}, "not assigned to an arm"),
        ({"ARMCD": "NA", "ARM": "NA", "ARMNRS": "SCREEN FAILURE"}, "screen failure"),
        ({"ARMCD": "Scrnfail", "ARM": "Screen Failure"}, "screen failure"),
        ({"ARMCD": "", "ARM": "", "ARMNRS": "SCREEN FAILURE"}, "screen failure"),
        ({"ARMCD": "", "ARM": "", "ARMNRS": "NOT ASSIGNED"}, "not assigned to an arm"),
        ({"ARMCD": "", "ARM": "", "ARMNRS": "NOT ASSIGNED, TREATED"}, "not assigned, treated"),
        ({"ARMCD": "", "ARM": ""}, "no arm"),
        ({"USUBJID": ""}, "USUBJID is missing"),
        ({"USUBJID": "a b"}, "USUBJID is not an id; expected letters, digits and . _ : / + -, beginning with a letter or digit"),
    ],
)  # fmt: skip
def test_who_is_not_enrolled_is_listed_with_the_reason_and_so_are_the_records(dm: dict[str, str], reason: str) -> None:
    found = reading(
        DM=[{"USUBJID": "2"}, {"USUBJID": "1", **dm}],
        DS=[{**RANDOMISED, "USUBJID": "2"}, RANDOMISED],
        AE=[{"AESTDTC": "2020-02-01"}],
    )

    assert reasons(found, "DM") == {reason: 1}
    assert [subject for subject, _ in found.subjects()] == ["2"]
    expected = "the subject is not in DM" if reason.startswith("USUBJID") else f"the subject is not enrolled: {reason}"
    assert reasons(found, "AE") == {expected: 1}


def test_assigned_and_not_treated_is_enrolled() -> None:
    found = reading(DM=[{"ARMNRS": "ASSIGNED, NOT TREATED", "ACTARMCD": ""}])

    assert enrollment(found)["cohort"] == "A"


def test_a_short_code_is_an_arm_where_its_name_is_one() -> None:
    found = reading(DM=[{"ARMCD": "SF", "ARM": "Sorafenib 400 mg"}])

    assert enrollment(found)["cohort"] == "SF"


def test_a_day_that_only_stands_for_the_enrollment_is_remarked() -> None:
    found = reading(
        DM=[{"USUBJID": "1", "RFICDTC": "2019-12-20"}, {"USUBJID": "2", "RFSTDTC": "2020-01-03"}, {"USUBJID": "3"}],
        DS=[{**RANDOMISED, "USUBJID": "3"}],
    )

    assert {text: listed.records for text, listed in found.account.of("DM").remarks.items()} == {
        "no day of randomisation or of entering the trial; the consent stands for the enrollment": ["1"],
        "no day of randomisation or of entering the trial; RFSTDTC stands for the enrollment": ["2"],
    }


@pytest.mark.parametrize("word", ["NA", "N/A", "n/a", ".", "UNK", "Unknown", " ", "-99"])
def test_words_for_a_missing_value_say_nothing(word: str) -> None:
    options = SdtmOptions(day_number("2026-01-01"), missing=MissingWords(["-99"]))

    found = reading(DM=[{"AGE": word, "SEX": word, "DTHFL": word, "DTHDTC": word, "RFICDTC": word}], options=options)

    assert enrollment(found) == {"occurred_on": "2020-01-01", "cohort": "A", "randomised_on": "2020-01-01"}
    assert conflicts(found) == []


def test_the_actual_arm_counts_when_it_is_asked_for() -> None:
    dm = [{"ARMCD": "XH", "ACTARMCD": "XL", "ACTARM": "Low dose"}]

    found = reading(DM=dm, options=SdtmOptions(day_number("2026-01-01"), actual_arm=True))

    assert enrollment(found)["cohort"] == "XL"


def test_an_arm_whose_code_no_label_can_hold_is_written_with_dashes() -> None:
    found = reading(DM=[{"ARMCD": "A&B (1)", "ARM": "A and B"}])

    assert [(fact.event.cohort, fact.event.arm) for fact in found.trial_facts()[1:]] == [("A-B -1", "A and B")]  # type: ignore[attr-defined]


def test_two_arms_that_would_share_a_label_are_refused() -> None:
    with pytest.raises(TableError, match="the arms 'A&B' and 'A%B' would both become cohort 'A-B'"):
        reading(DM=[{"ARMCD": "A&B"}, {"USUBJID": "2", "ARMCD": "A%B"}])


@pytest.mark.parametrize(
    ("term", "category", "subcategory", "reason"),
    [
        ("COMPLETED", "DISPOSITION EVENT", "", "completed"),
        ("LOST TO FOLLOW-UP", "DISPOSITION EVENT", "STUDY PARTICIPATION", "lost to follow-up"),
        ("WITHDRAWAL BY SUBJECT", "DISPOSITION EVENT", "", "withdrawal by subject"),
        ("PROTOCOL VIOLATION", "DISPOSITION EVENT", "", "protocol deviation"),
        ("LACK OF EFFICACY", "DISPOSITION EVENT", "", "other"),
    ],
)
def test_a_disposition_is_the_end_of_the_study(term: str, category: str, subcategory: str, reason: str) -> None:
    row = {"DSDECOD": term, "DSCAT": category, "DSSCAT": subcategory, "DSSTDTC": "2020-05-01"}

    left = facts(reading(DS=[RANDOMISED, row]))[1]

    assert (left.key, left.event.reason) == ("sdtm:DS:1:2", reason)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"DSDECOD": "COMPLETED", "DSCAT": "DISPOSITION EVENT", "DSSCAT": "STUDY TREATMENT", "DSSTDTC": "2020-05-01"},
         "the end of treatment (DSSCAT), not of the study"),
        ({"DSDECOD": "FINAL LAB VISIT", "DSCAT": "OTHER EVENT", "DSSTDTC": "2020-05-01"},
         "DSCAT OTHER EVENT says nothing of consent, randomisation, leaving or death"),
        ({"DSDECOD": "COMPLETED", "DSCAT": "DISPOSITION EVENT"}, "DSSTDTC is missing"),
        ({"DSDECOD": "COMPLETED", "DSSTDTC": "2.5.2020"}, "DSSTDTC is not a date"),
        ({"DSDECOD": "COMPLETED", "DSSTDTC": "2026-01-02"}, "DSSTDTC lies after 2026-01-01, the day of the extract"),
    ],
)  # fmt: skip
def test_a_disposition_that_says_nothing_is_left_out(row: dict[str, str], reason: str) -> None:
    assert reasons(reading(DS=[RANDOMISED, row]), "DS") == {reason: 1}


# -- EX ---------------------------------------------------------------------------------

DOSE = {"EXTRT": "DRUG", "EXDOSE": "54", "EXDOSU": "mg", "EXROUTE": "ORAL", "EXSTDTC": "2020-01-02", "EXENDTC": "2020-01-16"}  # fmt: skip


def test_a_period_of_dosing_is_a_dose_on_its_first_day_and_a_contact_on_its_last() -> None:
    found = facts(reading(EX=[DOSE]))

    assert [(fact.key, fact.event.occurred_on) for fact in found[1:]] == [
        ("sdtm:EX:1:1", "2020-01-02"),
        ("sdtm:EX:1:END:2020-01-16", "2020-01-16"),
    ]
    dose, end = found[1].event, found[2].event
    assert (dose.amount, dose.unit, dose.route) == ("54", "mg", "oral")  # type: ignore[attr-defined]
    assert (end.contact, end.source) == ("treatment", "ex.csv sha256:0000000000000000 EX EXSEQ=1 EXENDTC")  # type: ignore[attr-defined]


def test_one_day_of_dosing_is_one_event_that_names_both_variables() -> None:
    found = facts(reading(EX=[{**DOSE, "EXENDTC": "2020-01-02T09:00"}]))

    assert [fact.event.source for fact in found[1:]] == ["ex.csv sha256:0000000000000000 EX EXSEQ=1 EXSTDTC,EXENDTC"]


def test_a_placebo_of_amount_0_is_a_dose() -> None:
    found = facts(reading(EX=[{**DOSE, "EXTRT": "PLACEBO", "EXDOSE": "0"}]))

    assert found[1].event.amount == "0"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"EXDOSE": "0"}, "EXDOSE is 0 and the treatment is no placebo: nothing was given"),
        ({"EXDOSE": ""}, "EXDOSE is missing"),
        ({"EXDOSE": "fifty"}, "EXDOSE is not an amount"),
        ({"EXDOSE": "-1"}, "EXDOSE is not an amount"),
        ({"EXDOSU": "10^6 cells"}, "dose-administered: unit: '10^6 cells' is not allowed here; expected a short unit such as mCi/m2 or mg"),
        ({"EXOCCUR": "N"}, "not given (EXOCCUR is N)"),
        ({"EXSTDTC": "", "EXENDTC": ""}, "EXSTDTC and EXENDTC are missing"),
        ({"EXSTDTC": "2020-02-30"}, "EXSTDTC is not a date"),
        ({"USUBJID": "9"}, "the subject is not in DM"),
    ],
)  # fmt: skip
def test_a_record_that_is_no_dose_is_left_out(change: dict[str, str], reason: str) -> None:
    assert reasons(reading(EX=[{**DOSE, **change}]), "EX") == {reason: 1}


def test_a_comma_between_semicolons_stands_before_the_decimals(tmp_path: Path) -> None:
    path = tmp_path / "ex.csv"
    path.write_text("STUDYID;DOMAIN;USUBJID;EXSEQ;EXTRT;EXDOSE;EXDOSU;EXSTDTC\nS;EX;1;1;DRUG;12,5;mg;2020-01-02\n")
    files = [*extract(DM=[{"RFSTDTC": "2020-01-01"}]), SourceFile("ex.csv", sha256_of(path), open_table(path))]

    dose = facts(SdtmReading(files, SdtmOptions(day_number("2026-01-01"))))[1].event

    assert dose.amount == "12.5"  # type: ignore[attr-defined]
    assert reasons(reading(EX=[{**DOSE, "EXDOSE": "12,5"}]), "EX") == {"EXDOSE is not an amount": 1}


def test_a_wrong_cell_that_nobody_uses_is_remarked_and_one_that_is_used_is_refused(tmp_path: Path) -> None:
    def table(**cells: object) -> list[SourceFile]:
        values = {"STUDYID": "S", "DOMAIN": "AE", "USUBJID": "1", "AESEQ": 1, "AESTDTC": "2020-04-01", **cells}
        columns = [
            {
                "itemOID": name,
                "name": name,
                "label": name,
                "dataType": "integer" if name in ("AESEQ", "AELLTCD") else "string",
            }
            for name in values
        ]
        head = {
            "datasetJSONCreationDateTime": "2026-01-01T00:00:00", "datasetJSONVersion": "1.1.0", "itemGroupOID": "IG",
            "records": 1, "name": "AE", "label": "AE", "columns": columns, "rows": [list(values.values())],
        }  # fmt: skip
        path = tmp_path / "ae.json"
        path.write_text(json.dumps(head))
        return [
            *extract(DM=[{"RFSTDTC": "2020-01-01"}]),
            SourceFile("ae.json", "0" * 64, open_table(path, tolerant=True)),
        ]

    found = SdtmReading(table(AELLTCD="xyz"), SdtmOptions(day_number("2026-01-01")))

    assert said(found)[1:] == [("subject-seen-alive", "2020-04-01")]
    assert {text: each.records for text, each in found.account.of("AE").remarks.items()} == {
        "AELLTCD holds a cell of another type than the column; it is not used": ["ae.json record 1: '\"xyz\"'"]
    }
    with pytest.raises(TableError, match=r"ae\.json: record 1, AESTDTC: '20200401' is not of type string"):
        SdtmReading(table(AESTDTC=20200401), SdtmOptions(day_number("2026-01-01")))


def test_without_a_unit_there_is_no_dose_but_its_days_show_the_subject_alive() -> None:
    found = reading(EX=[{**DOSE, "EXDOSU": ""}])

    assert said(found)[1:] == [("subject-seen-alive", "2020-01-02"), ("subject-seen-alive", "2020-01-16")]
    assert [reason for _, reason, _ in found.account.remarks()] == [
        "EXDOSU is missing: no dose without its unit; its days show the subject alive"
    ]


def test_an_end_before_the_start_of_dosing_is_remarked_and_both_stand() -> None:
    found = reading(EX=[{**DOSE, "EXENDTC": "2020-01-01"}])

    assert said(found)[1:] == [("subject-seen-alive", "2020-01-01"), ("dose-administered", "2020-01-02")]
    assert [reason for _, reason, _ in found.account.remarks()] == [
        "EXENDTC lies before EXSTDTC; each counts as it stands"
    ]


def test_a_record_that_stands_twice_is_read_once_and_a_number_given_twice_is_refused() -> None:
    twice = {**DOSE, "EXSEQ": "1"}

    found = reading(EX=[twice, twice])

    assert said(found) == said(reading(EX=[twice]))
    assert reasons(found, "EX") == {"the same record stands twice": 1}
    with pytest.raises(TableError, match=r"ex.csv: 1 has two EX records EXSEQ=1 that differ; number them apart"):
        reading(EX=[twice, {**twice, "EXDOSE": "81"}])


def test_ec_is_read_only_without_ex() -> None:
    collected = {key.replace("EX", "EC", 1): value for key, value in DOSE.items()}

    assert said(reading(EC=[collected, {**collected, "ECMOOD": "SCHEDULED"}]))[1][0] == "dose-administered"
    both = reading(EX=[DOSE], EC=[collected])
    assert len(facts(both)) == 3
    assert reasons(both, "EC") == {"EX of this extract tells the same doses": 1}


# -- RS ---------------------------------------------------------------------------------

RS = {"RSTESTCD": "OVRLRESP", "RSCAT": "RECIST 1.1", "RSSTRESC": "PR", "RSEVAL": "INVESTIGATOR", "RSDTC": "2020-03"}


def responses(found: SdtmReading) -> list[tuple[str, str, str, str | None]]:
    return [
        (fact.event.criteria, fact.event.category, fact.event.evaluator, fact.event.occurred_on)
        for fact in facts(found)
        if isinstance(fact.event, ResponseAssessed)
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("RECIST 1.1", "PR", "investigator", "2020-03")),
        ({"RSEVAL": ""}, ("RECIST 1.1", "PR", "investigator", "2020-03")),
        ({"RSCAT": "RECIST"}, ("RECIST 1.1", "PR", "investigator", "2020-03")),
        ({"RSCAT": "IMWG", "RSSTRESC": "VGPR"}, ("IMWG 2016", "VGPR", "investigator", "2020-03")),
        ({"RSCAT": "IMWG 2016", "RSSTRESC": "SCR"}, ("IMWG 2016", "sCR", "investigator", "2020-03")),
        ({"RSCAT": "recist v1.1", "RSSTRESC": "pr"}, ("RECIST 1.1", "PR", "investigator", "2020-03")),
        ({"RSSTRESC": "Partial Response"}, ("RECIST 1.1", "PR", "investigator", "2020-03")),
        ({"RSSTRESC": "NOT EVALUABLE"}, ("RECIST 1.1", "NE", "investigator", "2020-03")),
        ({"RSTESTCD": "", "RSTEST": "Overall Response"}, ("RECIST 1.1", "PR", "investigator", "2020-03")),
        ({"RSCAT": "LUGANO 2014", "RSSTRESC": "CMR"}, ("Lugano", "CR", "investigator", "2020-03")),
        ({"RSCAT": "LUGANO 2014", "RSSTRESC": "PMR"}, ("Lugano", "PR", "investigator", "2020-03")),
        ({"RSCAT": "LUGANO 2014", "RSSTRESC": "NMR"}, ("Lugano", "SD", "investigator", "2020-03")),
        ({"RSCAT": "LUGANO 2014", "RSSTRESC": "PMD"}, ("Lugano", "PD", "investigator", "2020-03")),
        ({"RSCAT": "LUGANO 2014", "RSSTRESC": "SAD"}, ("Lugano", "SD", "investigator", "2020-03")),
        ({"RSEVAL": "Blinded Independent Central Review"}, ("RECIST 1.1", "PR", "independent", "2020-03")),
        ({"RSCAT": "Lugano Classification"}, ("Lugano", "PR", "investigator", "2020-03")),
        ({"RSSTRESC": "", "RSORRES": "NON-CR/NON-PD"}, ("RECIST 1.1", "NON-CR/NON-PD", "investigator", "2020-03")),
        ({"RSEVAL": "INDEPENDENT ASSESSOR", "RSACPTFL": "Y"}, ("RECIST 1.1", "PR", "independent", "2020-03")),
        ({"RSEVAL": "INDEPENDENT ASSESSOR"}, ("RECIST 1.1", "PR", "independent", "2020-03")),
    ],
)
def test_a_response_carries_criteria_category_evaluator_and_day(
    change: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert responses(reading(RS=[{**RS, **change}])) == [expected]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"RSTESTCD": "TRGRESP"}, "RSTESTCD TRGRESP is not the overall response"),
        ({"RSSTAT": "NOT DONE"}, "not done (RSSTAT)"),
        ({"RSEVAL": "SPONSOR"}, "RSEVAL SPONSOR is neither investigator nor independent assessor"),
        ({"RSDTC": ""}, "RSDTC is missing"),
        ({"RSSTRESC": ""}, "RSSTRESC is missing"),
        ({"RSSTRESC": "BETTER"}, "RSSTRESC BETTER is not a category of RECIST 1.1"),
        ({"RSCAT": "iRECIST"}, "RSCAT iRECIST is not known; known: IMWG 2016, RECIST 1.1, Lugano"),
        ({"RSCAT": "RECIST 1.0"}, "RSCAT RECIST 1.0 is not known; known: IMWG 2016, RECIST 1.1, Lugano"),
    ],
)
def test_a_record_that_is_no_overall_response_is_left_out(change: dict[str, str], reason: str) -> None:
    assert reasons(reading(RS=[{**RS, **change}]), "RS") == {reason: 1}


@pytest.mark.parametrize(
    ("change", "evaluator", "dated"),
    [
        ({"RSSTRESC": "BETTER"}, "investigator", True),
        ({"RSCAT": "RANO"}, "investigator", True),
        ({"RSSTRESC": ""}, "investigator", True),
        ({"RSEVAL": "INDEPENDENT ASSESSOR", "RSSTRESC": "BETTER"}, "independent", True),
        ({"RSEVAL": "NURSE"}, None, True),
        ({"RSDTC": ""}, "investigator", False),
        ({"RSSTRESC": "BETTER", "RSDTC": "March"}, "investigator", False),
    ],
)
def test_an_assessment_that_is_not_understood_is_an_event_that_says_so(
    change: dict[str, str], evaluator: str | None, dated: bool
) -> None:
    found = reading(RS=[{**RS, **change}])

    (event,) = [fact.event for fact in facts(found) if isinstance(fact.event, AssessmentNotUnderstood)]
    assert (event.evaluator, event.dated) == (evaluator, dated)
    assert event.occurred_on == ("2020-03" if dated else "2020-01-01")
    assert event.why in reasons(found, "RS")


@pytest.mark.parametrize(
    "change",
    [
        {"RSSTAT": "NOT DONE"},
        {"RSTESTCD": "TRGRESP", "RSSTRESC": "BETTER"},
        {"RSEVAL": "SPONSOR"},
        {"RSSTRESC": "NOT DONE"},
        {"RSSTRESC": "NA"},
        {"RSDTC": "2027-01-01"},
    ],
)
def test_where_nothing_was_assessed_nothing_is_missed(change: dict[str, str]) -> None:
    assert said(reading(RS=[{**RS, **change}]))[1:] == []


def test_two_categories_of_one_day_are_remarked() -> None:
    found = reading(RS=[{**RS, "RSCAT": "LUGANO", "RSSTRESC": word} for word in ("NMR", "PAR")])

    assert [category for _, category, _, _ in responses(found)] == ["SD", "PR"]
    assert list(found.account.of("RS").remarks) == [
        "another assessment of the same day and criteria has another category"
    ]


CRITERIA_DATA = ONCO.parent / "pharmaverse-criteria"


@pytest.mark.parametrize(("name", "criteria"), [("lugano", "Lugano"), ("imwg", "IMWG 2016")])
def test_published_responses_have_their_first_progression_and_response(name: str, criteria: str) -> None:
    sources = [
        SourceFile(path.name, sha256_of(path), open_table(path))
        for path in (CRITERIA_DATA / each for each in ("dm.csv", "ds.csv", f"rs_{name}.csv"))
    ]
    with (CRITERIA_DATA / f"expected_{name}.csv").open(newline="", encoding="utf-8") as file:
        expected = list(csv.DictReader(file))

    found = SdtmReading(sources, SdtmOptions(day_number("2015-06-30")))

    people = dict(found.subjects())
    best = {"Lugano": ("CR", "PR"), "IMWG 2016": ("sCR", "CR", "VGPR", "PR")}[criteria]
    for row in expected:
        mine = [
            (event.category, event.occurred_on)
            for event in (fact.event for fact in people[row["USUBJID"]])
            if isinstance(event, ResponseAssessed) and event.criteria == criteria
        ]
        assert len(mine) == int(row["assessments"])
        assert next((day for category, day in mine if category == "PD"), "") == row["first_PD"]
        response = row["first_CR_or_PR"] if "first_CR_or_PR" in row else row["first_PR_or_better"]
        assert next((day for category, day in mine if category in best), "") == response
    assert not {reason for reason in reasons(found, "RS") if "category" in reason or "RSCAT" in reason}


def test_of_independent_assessors_only_the_accepted_record_counts() -> None:
    one = {**RS, "RSEVAL": "INDEPENDENT ASSESSOR", "RSEVALID": "RADIOLOGIST 1", "VISITNUM": "2", "RSACPTFL": ""}
    other = {**one, "RSEVALID": "RADIOLOGIST 2", "RSSTRESC": "CR", "RSACPTFL": "Y"}

    found = reading(RS=[one, other])

    assert [category for _, category, _, _ in responses(found)] == ["CR"]
    assert reasons(found, "RS") == {"another assessor's record is the accepted one (RSACPTFL)": 1}
    undecided = reading(RS=[one, {**other, "RSACPTFL": ""}])
    assert reasons(undecided, "RS") == {"several independent assessors, and none is marked as accepted (RSACPTFL)": 2}


@pytest.mark.parametrize(("category", "criteria"), [("PD", "RECIST 1.1"), ("MR", "IMWG 2016")])
def test_without_rscat_the_criteria_that_have_every_category_are_taken_and_said(category: str, criteria: str) -> None:
    found = reading(RS=[{key: value for key, value in {**RS, "RSSTRESC": category}.items() if key != "RSCAT"}])

    assert responses(found)[0][0] == criteria
    assert list(found.account.of("RS").remarks) == [
        f"RSCAT is missing; taken as {criteria}, which has every category found (--criteria names another)"
    ]


# -- contacts -----------------------------------------------------------------------------


def test_many_records_of_a_day_are_one_contact_that_names_the_first_three() -> None:
    found = facts(reading(LB=[{"LBDTC": "2020-02-01T10:00"}] * 40 + [{"LBDTC": "2020-03"}]))

    assert [(fact.key, fact.event.occurred_on) for fact in found[1:]] == [
        ("sdtm:LB:1:2020-02-01", "2020-02-01"),
        ("sdtm:LB:1:2020-03", "2020-03"),
    ]
    assert found[1].event.source.endswith("LB LBSEQ=3 LBDTC; and 37 more")


def test_an_adverse_event_shows_the_subject_alive_when_it_begins_and_when_it_ends() -> None:
    found = reading(AE=[{"AESTDTC": "2020-02-01", "AEENDTC": "2020-02-10"}, {"AESTDTC": "2020", "AEENDTC": "Feb 2020"}])

    assert [day for _, day in said(found)[1:]] == ["2020", "2020-02-01", "2020-02-10"]
    assert list(found.account.of("AE").remarks) == ["AEENDTC is not a date; only the other day is used"]


@pytest.mark.parametrize(
    ("status", "expected", "reason"),
    [
        ("ALIVE", [("subject-seen-alive", "2020-04-01")], {}),
        ("UNKNOWN", [], {"survival status UNKNOWN shows nobody alive or dead": 1}),
    ],
)
def test_survival_status_is_a_contact_only_when_alive(
    status: str, expected: list[tuple[str, str]], reason: dict[str, int]
) -> None:
    found = reading(SS=[{"SSTESTCD": "SURVSTAT", "SSSTRESC": status, "SSDTC": "2020-04-01"}])

    assert said(found)[1:] == expected
    assert reasons(found, "SS") == reason


# -- death, and contradictions ----------------------------------------------------------------


def died(found: SdtmReading) -> tuple[str | None, str, bool | None]:
    event = facts(found)[-1].event
    return event.occurred_on, event.cause, event.related  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("datasets", "expected"),
    [
        pytest.param({"DM": [{"DTHDTC": "2020-06-01", "DTHFL": "Y"}]}, ("2020-06-01", "unknown", None), id="DM"),
        pytest.param({"DM": [{"DTHDTC": "2020-06"}], "DS": [RANDOMISED, DEATH]}, ("2020-06", "unknown", None), id="DM's date counts as it is"),
        pytest.param({"DS": [RANDOMISED, DEATH, {**DEATH, "DSSTDTC": "2020"}]}, ("2020-06-01", "unknown", None), id="else the most exact of DS"),
        pytest.param(
            {"DM": [{"DTHDTC": "2020-06-01"}], "DD": [{"DDTESTCD": "PRCDTH", "DDSTRESC": "PROGRESSIVE DISEASE", "DDDTC": "2020-06-20"}]},
            ("2020-06-01", "disease", None), id="cause from DD, not its day of collection",
        ),
        pytest.param(
            {"DM": [{"DTHDTC": "2020-06-01"}], "AE": [{"AEOUT": "FATAL", "AESTDTC": "2020-05-30", "AEREL": "RELATED"}]},
            ("2020-06-01", "adverse event", True), id="fatal adverse event",
        ),
        pytest.param(
            {"DM": [{"DTHDTC": "2020-06-01"}], "SS": [{"SSTESTCD": "SURVSTAT", "SSSTRESC": "DEAD", "SSDTC": "2020-07-01"}]},
            ("2020-06-01", "unknown", None), id="dead in SS",
        ),
    ],
)  # fmt: skip
def test_a_death_is_put_together_from_the_data_sets_that_tell_of_it(datasets: Any, expected: Any) -> None:
    found = reading(**datasets)

    assert died(found) == expected
    assert conflicts(found) == []


@pytest.mark.parametrize(
    ("datasets", "about", "sides"),
    [
        pytest.param(
            {"DM": [{"DTHDTC": "2020-06-02"}], "DS": [RANDOMISED, DEATH]},
            "the day of death",
            ["DM DTHDTC: 2020-06-02 (dm.csv sha256:0000000000000000 DM DTHDTC)",
             "DS DSSTDTC of DEATH: 2020-06-01 (ds.csv sha256:0000000000000000 DS DSSEQ=2 DSSTDTC)"], id="two days",
        ),
        pytest.param(
            {"DM": [{"DTHFL": "Y"}]}, "dead, and no date of death",
            ["DM DTHFL is Y (dm.csv sha256:0000000000000000 DM DTHFL)"], id="flag without a day",
        ),
        pytest.param(
            {"DM": [{"DTHDTC": "2020-06-31"}]}, "dead, and no date of death",
            ["DM: DTHDTC is not a date: '2020-06-31' is not a day of the calendar; expected YYYY-MM-DD, or YYYY-MM or YYYY where only that is known (dm.csv sha256:0000000000000000 DM DTHDTC)"],
            id="no day of the calendar",
        ),
        pytest.param(
            {"AE": [{"AEOUT": "FATAL", "AESTDTC": "2020-05-30"}]}, "dead, and no date of death",
            ["AE is fatal (ae.csv sha256:0000000000000000 AE AESEQ=1 AEOUT)"], id="fatal event without a death",
        ),
        pytest.param(
            {"DM": [{"DTHDTC": "2019-12-31"}]}, "died before enrollment",
            ["subject-died 2019-12-31 (dm.csv sha256:0000000000000000 DM DTHDTC)",
             "subject-enrolled 2020-01-01 (dm.csv sha256:0000000000000000 DM ARMCD; ds.csv sha256:0000000000000000 DS DSSEQ=1 DSSTDTC)"],
            id="before enrollment",
        ),
        pytest.param(
            {"DM": [{}, {"AGE": "60"}]}, "the subject stands twice in DM",
            ["dm.csv sha256:0000000000000000 DM ARMCD", "DM record 2"], id="twice in DM",
        ),
        pytest.param(
            {"DS": []}, "enrolled, and no day of randomisation or enrollment (DS), consent (DS, RFICDTC) or start (RFSTDTC)",
            ["dm.csv sha256:0000000000000000 DM ARMCD"], id="no day of enrollment",
        ),
    ],
)  # fmt: skip
def test_nothing_is_imported_of_a_subject_whose_records_contradict_each_other(
    datasets: Any, about: str, sides: list[str]
) -> None:
    found = reading(**datasets)

    assert [(each.subject, each.what, list(each.sides)) for each in conflicts(found)] == [("1", about, sides)]
    assert found.held == {"1"}
    assert list(found.subjects()) == []


def test_what_is_dated_after_the_death_is_left_out_alone_and_both_sides_are_shown() -> None:
    found = reading(DM=[{"DTHDTC": "2020-06-01"}], RS=[{**RS, "RSDTC": "2020-06-02"}, {**RS, "RSDTC": "2020-06"}])

    assert said(found)[1:] == [("response-assessed", "2020-06"), ("subject-died", "2020-06-01")]
    (conflict,) = conflicts(found)
    assert conflict.sides == (
        "subject-died 2020-06-01 (dm.csv sha256:0000000000000000 DM DTHDTC)",
        "response-assessed 2020-06-02 (rs.csv sha256:0000000000000000 RS RSSEQ=1 RSDTC)",
    )
    assert conflict.outcome == "the later one left out"


# -- the extract ------------------------------------------------------------------------------


def test_supplemental_qualifiers_are_joined_to_their_record() -> None:
    blank = {"RSTESTCD": "OVRLRESP", "RSSTRESC": "PR", "RSEVAL": "INVESTIGATOR", "RSDTC": "2020-03-01"}
    joined = {"RDOMAIN": "RS", "IDVAR": "RSSEQ", "IDVARVAL": "2.0", "QNAM": "RSCAT", "QVAL": "Lugano"}
    orphan = {**joined, "RDOMAIN": "XX"}

    found = reading(RS=[{**RS}, blank], SUPPRS=[joined, orphan])

    assert [criteria for criteria, *_ in responses(found)] == ["RECIST 1.1", "Lugano"]
    assert reasons(found, "SUPPRS") == {"qualifies a data set that is not in the extract": 1}


def test_every_record_is_used_or_left_out() -> None:
    files = [open_table(path) for path in sorted(ONCO.glob("*.csv"))]
    sources = extract()
    for path, table in zip(sorted(ONCO.glob("*.csv")), files, strict=True):
        sources.append(type(extract(DM=[{}])[0])(path.name, sha256_of(path), table))

    found = SdtmReading(sources, SdtmOptions(day_number("2026-01-01")))

    for name, file in (
        ("AE", "ae"),
        ("DM", "dm"),
        ("DS", "ds"),
        ("EX", "ex"),
        ("LB", "lb_dates"),
        ("TU", "tu_onco_recist"),
    ):
        account = found.account.of(name)
        rows = onco_rows(f"{file}.csv")
        left = [record for listed in account.left_out.values() for record in listed.records]
        assert account.records == len(rows) == account.used + len(left)
        known = {f"{row['USUBJID']}{f' {name}SEQ=' + row[name + 'SEQ'] if name != 'DM' else ''}" for row in rows}
        assert set(left) <= known
    assert found.account.unread == {
        "adtte_onco.csv": "an ADaM data set, not SDTM; for ADTTE there is: trialog import adtte"
    }


def test_twins_in_two_forms_are_read_once_and_contradicting_files_are_refused() -> None:
    (one,) = extract(DM=[{"RFSTDTC": "2020-01-01"}])
    (twin,) = extract(DM=[{"RFSTDTC": "2020-01-01"}])
    (other,) = extract(DM=[{"RFSTDTC": "2020-01-02"}])
    options = SdtmOptions(day_number("2026-01-01"))

    found = SdtmReading([one, type(twin)("dm.xpt", twin.digest, twin.table)], options)
    assert found.account.unread == {"dm.xpt": "the same DM records as dm.csv; read once"}
    with pytest.raises(TableError, match=r"dm\.csv and dm\.xpt both hold DM record 1 and differ"):
        SdtmReading([one, type(other)("dm.xpt", other.digest, other.table)], options)


def test_a_split_data_set_is_read_whole() -> None:
    one, two = extract(LB=[{"LBDTC": "2020-02-01"}]), extract(LB=[{"LBSEQ": "9", "LBDTC": "2020-03-01"}])
    whole = [*extract(DM=[{"RFSTDTC": "2020-01-01"}]), *one, type(two[0])("lbhe.csv", two[0].digest, two[0].table)]

    found = SdtmReading(whole, SdtmOptions(day_number("2026-01-01")))

    assert [day for _, day in said(found)] == ["2020-01-01", "2020-02-01", "2020-03-01"]


@pytest.mark.parametrize(
    ("datasets", "complaint"),
    [
        ({"AE": [{"AESTDTC": "2020-01-01"}]}, "no DM data set among 1 files"),
        ({"DM": [{"ARMCD": "SCRNFAIL"}]}, "no subject of DM is enrolled"),
        ({"DM": [{"STUDYID": "A"}, {"STUDYID": "B", "USUBJID": "2"}]}, "DM: expected one STUDYID, found: A, B"),
    ],
)
def test_an_extract_without_subjects_of_one_study_is_refused(datasets: Any, complaint: str) -> None:
    with pytest.raises(TableError, match=complaint):
        SdtmReading(extract(**datasets), SdtmOptions(day_number("2026-01-01")))


def test_the_trial_is_named_by_its_summary() -> None:
    found = reading(
        TS=[
            {"TSPARMCD": "TITLE", "TSVAL": "A trial of heart"},
            {"TSPARMCD": "SPONSOR", "TSVAL": "Sponsor Inc."},
            {"TSPARMCD": "SSTDTC", "TSVAL": "2019-11-01"},
            {"TSPARMCD": "PHASE", "TSVAL": "1"},
        ]
    )

    trial = found.trial_facts()[0].event
    assert (trial.occurred_on, trial.title, trial.sponsor) == ("2019-11-01", "A trial of heart", "Sponsor Inc.")  # type: ignore[attr-defined]
    assert trial.default_definition.origin == "randomisation"  # type: ignore[attr-defined]
    assert reasons(found, "TS") == {"says nothing that an event of trialog holds": 1}


def test_a_cell_is_text_whatever_type_its_file_gives_it() -> None:
    assert [text_of(cell) for cell in (54.0, 0.5, 7, True, None, "x")] == ["54", "0.5", "7", "true", "", "x"]
