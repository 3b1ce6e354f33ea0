"""Whoever a record says is dead is dead, or held back by name: never seen alive, never "left, other"."""

from __future__ import annotations

from typing import Any

import pytest

from tests.extracts import conflicts, reading, reasons, said
from trialog.exchange.sdtm import words

RANDOMISED = {"DSDECOD": "RANDOMIZED", "DSCAT": "PROTOCOL MILESTONE", "DSSTDTC": "2020-01-01"}
ENDED = {"DSCAT": "DISPOSITION EVENT", "DSSTDTC": "2020-06-01"}


@pytest.mark.parametrize(
    "term",
    ["DEATH", "Died", "DEAD", "deceased", "EXPIRED", "Subject died", "PATIENT DECEASED", "Death due to sepsis",
     "DIED OF DISEASE", "Dead of disease", "FATAL", "Patient has died", "DEATH - DURING FOLLOW-UP"],
)  # fmt: skip
@pytest.mark.parametrize("place", [{}, {"DSSCAT": "STUDY TREATMENT"}, {"EPOCH": "TREATMENT"}, {"DSCAT": "OTHER EVENT"}])
def test_every_word_of_death_in_ds_is_a_death(term: str, place: dict[str, str]) -> None:
    found = reading(DS=[RANDOMISED, {**ENDED, "DSDECOD": term, **place}])

    assert said(found)[1:] == [("subject-died", "2020-06-01")]


@pytest.mark.parametrize("decoded", ["", "OTHER", "Other"])
def test_the_reported_term_is_read_where_the_coded_one_says_nothing(decoded: str) -> None:
    found = reading(DS=[RANDOMISED, {**ENDED, "DSDECOD": decoded, "DSTERM": "Patient died"}])

    assert said(found)[1:] == [("subject-died", "2020-06-01")]


@pytest.mark.parametrize(
    "datasets",
    [
        pytest.param({"DS": [RANDOMISED, {**ENDED, "DSDECOD": "PROGRESSION LEADING TO DEATH"}]}, id="DS, not the day"),
        pytest.param({"DS": [RANDOMISED, {**ENDED, "DSDECOD": "ADVERSE EVENT", "DSTERM": "DEATH DUE TO SEPSIS"}]}, id="DSTERM"),
        pytest.param({"DS": [RANDOMISED, {**ENDED, "DSDECOD": "DEATH", "DSSTDTC": "2020-06-31"}]}, id="DS, no day of the calendar"),
        pytest.param({"DS": [RANDOMISED, {**ENDED, "DSDECOD": "DEATH", "DSSTDTC": "2027-06-01"}]}, id="DS, after the extract"),
        pytest.param({"DS": [RANDOMISED, {**ENDED, "DSDECOD": "DIED", "DSSTDTC": "UNK"}]}, id="DS, day unknown"),
        pytest.param({"DM": [{"DTHFL": "yes"}]}, id="flag in words"),
        pytest.param({"DM": [{"DTHFL": "1"}]}, id="flag as a number"),
        pytest.param({"DM": [{"DTHFL": "DECEASED"}]}, id="flag as a word of death"),
        pytest.param({"DM": [{"DTHFL": "X"}]}, id="flag that says neither"),
        pytest.param({"DM": [{"DTHFL": "Y", "DTHDTC": "UNKNOWN"}]}, id="flag, day unknown"),
        pytest.param({"AE": [{"AETOXGR": "5", "AESTDTC": "2020-05-30"}]}, id="grade 5"),
        pytest.param({"AE": [{"AETOXGR": "Grade 5", "AESTDTC": "2020-05-30"}]}, id="grade 5 in words"),
        pytest.param({"AE": [{"AETOXGR": "5.0", "AESTDTC": "2020-05-30"}]}, id="grade 5 as a float"),
        pytest.param({"AE": [{"AETOXGR": "5 - DEATH", "AESTDTC": "2020-05-30"}]}, id="grade 5 with its word"),
        pytest.param({"AE": [{"AEOUT": "Fatal", "AESTDTC": "2020-05-30"}]}, id="outcome"),
        pytest.param({"AE": [{"AEOUT": "RESULTED IN DEATH", "AESTDTC": "2020-05-30"}]}, id="outcome in words"),
        pytest.param({"AE": [{"AEOUT": "DIED", "AESTDTC": "2020-05-30"}]}, id="outcome died"),
        pytest.param({"AE": [{"AESDTH": "YES", "AESTDTC": "2020-05-30"}]}, id="AESDTH"),
        pytest.param({"AE": [{"AESEV": "DEATH", "AESTDTC": "2020-05-30"}]}, id="severity"),
        pytest.param({"AE": [{"AEDECOD": "Sudden death", "AESTDTC": "2020-05-30"}]}, id="the event is the death"),
        pytest.param({"SS": [{"SSTESTCD": "SURVSTAT", "SSSTRESC": "Deceased", "SSDTC": "2020-07-01"}]}, id="SS"),
        pytest.param({"SS": [{"SSTESTCD": "SURVSTAT", "SSSTRESC": "D", "SSDTC": "2020-07-01"}]}, id="SS, a letter"),
        pytest.param({"SS": [{"SSTESTCD": "SURVSTAT", "SSSTRESC": "DEAD", "SSDTC": "July"}]}, id="SS, no day"),
        pytest.param({"SS": [{"SSTESTCD": "OSSTAT", "SSSTRESC": "DIED"}]}, id="SS, another test"),
        pytest.param({"DD": [{"DDTESTCD": "PRCDTH", "DDSTRESC": "UNKNOWN"}]}, id="DD, cause unknown"),
        pytest.param({"DD": [{"DDTESTCD": "SECDTH1", "DDSTRESC": "SEPSIS"}]}, id="DD, not the primary cause"),
        pytest.param({"DD": [{"DDTESTCD": "prcdth", "DDSTRESC": "SEPSIS"}]}, id="DD in small letters"),
        pytest.param({"RS": [{"RSTESTCD": "OVRLRESP", "RSCAT": "RECIST 1.1", "RSSTRESC": "DEATH", "RSDTC": "2020-05-01"}]}, id="RS"),
    ],
)  # fmt: skip
def test_who_is_dead_without_a_day_is_held_back_by_name(datasets: Any) -> None:
    found = reading(**datasets)

    assert [(each.subject, each.what) for each in conflicts(found)] == [("1", "dead, and no date of death")]
    assert found.held == {"1"}


@pytest.mark.parametrize(
    "datasets",
    [
        pytest.param({"DM": [{"DTHFL": "N"}]}, id="flag no"),
        pytest.param({"DM": [{"DTHFL": "NA", "DTHDTC": "."}]}, id="missing words"),
        pytest.param({"AE": [{"AETOXGR": "4"}, {"AETOXGR": "3-5"}, {"AETOXGR": "15"}]}, id="other grades"),
        pytest.param({"AE": [{"AEOUT": "NOT RECOVERED/NOT RESOLVED"}, {"AEOUT": "NOT FATAL"}, {"AEOUT": "NON-FATAL"}]}, id="other outcomes"),
        pytest.param({"AE": [{"AESDTH": "N"}, {"AEDECOD": "Death of relative"}, {"AETERM": "fear of death"}]}, id="other people's"),
        pytest.param({"DD": [{"DDTESTCD": "PRCDTH", "DDSTAT": "NOT DONE"}]}, id="DD not done"),
        pytest.param({"SS": [{"SSTESTCD": "SURVSTAT", "SSSTRESC": "NOT DEAD", "SSDTC": "2020-02-01"}]}, id="SS denies it"),
    ],
)  # fmt: skip
def test_who_is_not_said_to_be_dead_is_not(datasets: Any) -> None:
    found = reading(**datasets)

    assert conflicts(found) == []
    assert "subject-died" not in dict(said(found))


def test_the_death_of_a_relative_is_remarked_and_the_reason_counts() -> None:
    row = {**ENDED, "DSDECOD": "WITHDRAWAL BY SUBJECT", "DSTERM": "DEATH OF SPOUSE"}

    found = reading(DS=[RANDOMISED, row])

    assert said(found)[1:] == [("subject-left", "2020-06-01")]
    assert "DSTERM mentions a death, and DSDECOD is another reason; not read as the subject's death" in (
        found.account.of("DS").remarks
    )


def test_a_day_of_death_that_is_missing_and_no_flag_is_remarked() -> None:
    found = reading(DM=[{"DTHDTC": "UNKNOWN"}])

    assert list(found.account.of("DM").remarks) == [
        "DTHDTC is unknown, and DTHFL does not say that the subject died; read as no death"
    ]


def test_dead_before_the_day_of_death_is_a_contradiction() -> None:
    status = {"SSTESTCD": "SURVSTAT", "SSSTRESC": "DEAD", "SSDTC": "2020-05-01"}

    found = reading(DM=[{"DTHDTC": "2020-06-01"}], SS=[status])

    assert [(each.what, len(each.sides)) for each in conflicts(found)] == [("dead before the day of death", 2)]
    assert conflicts(reading(DM=[{"DTHDTC": "2020-05"}], SS=[status])) == []


def test_an_interval_is_no_exact_day_of_death() -> None:
    found = reading(DM=[{"DTHDTC": "2020-06-02/2020-06-20", "DTHFL": "Y"}])

    assert said(found)[1:] == [("subject-died", "2020-06-02/2020-06-20")]


# -- leaving --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        ("LOST TO FOLLOW-UP", "lost to follow-up"),
        ("Lost to follow up", "lost to follow-up"),
        ("LOST TO FOLLOWUP", "lost to follow-up"),
        ("LOST TO F/U", "lost to follow-up"),
        ("Subject lost to follow-up", "lost to follow-up"),
        ("LTFU", "lost to follow-up"),
        ("WITHDRAWAL BY SUBJECT", "withdrawal by subject"),
        ("WITHDREW CONSENT", "withdrawal by subject"),
        ("Consent withdrawn", "withdrawal by subject"),
        ("SUBJECT WITHDREW CONSENT", "withdrawal by subject"),
        ("WITHDRAWAL OF CONSENT", "withdrawal by subject"),
        ("PATIENT'S DECISION", "withdrawal by subject"),
        ("DISCONTINUATION BY SUBJECT", "withdrawal by subject"),
        ("Withdrawal by Parent/Guardian", "withdrawal by subject"),
        ("DISEASE PROGRESSION", "progressive disease"),
        ("PROTOCOL-SPECIFIED WITHDRAWAL CRITERION MET", "other"),
        ("Physician Decision", "physician decision"),
        ("STUDY TERMINATED BY SPONSOR", "study terminated by sponsor"),
    ],
)
def test_reasons_are_read_in_their_usual_spellings(term: str, reason: str) -> None:
    assert words.reason_of(term) == reason


def test_a_reason_that_is_not_known_is_listed_and_nobody_leaves() -> None:
    found = reading(DS=[RANDOMISED, {**ENDED, "DSDECOD": "MOVED ABROAD"}])

    assert said(found)[1:] == []
    assert reasons(found, "DS") == {"the reason MOVED ABROAD is not known: who left, and why, is not taken from it": 1}


@pytest.mark.parametrize(
    ("subcategory", "epoch", "expected"),
    [
        ("STUDY PARTICIPATION", "TREATMENT", ("study", "DSSCAT")),
        ("End of Study", "TREATMENT", ("study", "DSSCAT")),
        ("STUDY TREATMENT", "FOLLOW-UP", ("treatment", "DSSCAT")),
        ("Study drug", "", ("treatment", "DSSCAT")),
        ("TREATMENT DISCONTINUATION", "", ("treatment", "DSSCAT")),
        ("SURVIVAL FOLLOW-UP", "TREATMENT", ("study", "DSSCAT")),
        ("", "TREATMENT", ("treatment", "EPOCH")),
        ("", "Open Label Treatment", ("treatment", "EPOCH")),
        ("", "FOLLOW-UP", ("study", "EPOCH")),
        ("", "LONG-TERM FOLLOWUP", ("study", "EPOCH")),
        ("", "POST-TREATMENT FOLLOW UP", ("study", "EPOCH")),
        ("", "SCREENING", ("epoch", "EPOCH")),
        ("PART B", "TREATMENT", ("treatment", "EPOCH")),
        ("", "", None),
    ],
)
def test_what_ended_is_told_by_dsscat_and_then_by_epoch(subcategory: str, epoch: str, expected: object) -> None:
    assert words.ended(subcategory, epoch) == expected


@pytest.mark.parametrize(
    ("term", "place", "left"),
    [
        ("ADVERSE EVENT", {"EPOCH": "TREATMENT"}, []),
        ("COMPLETED", {"EPOCH": "TREATMENT"}, []),
        ("COMPLETED", {"EPOCH": "SCREENING"}, []),
        ("WITHDRAWAL BY SUBJECT", {"EPOCH": "TREATMENT"}, []),
        ("LOST TO FOLLOW-UP", {"EPOCH": "TREATMENT"}, [("subject-left", "2020-06-01")]),
        ("LOST TO FOLLOW-UP", {"DSSCAT": "STUDY TREATMENT"}, []),
        ("WITHDRAWAL BY SUBJECT", {"DSSCAT": "STUDY PARTICIPATION", "EPOCH": "TREATMENT"}, [("subject-left", "2020-06-01")]),
        ("WITHDRAWAL BY SUBJECT", {"EPOCH": "FOLLOW-UP"}, [("subject-left", "2020-06-01")]),
        ("WITHDRAWAL BY SUBJECT", {}, [("subject-left", "2020-06-01")]),
    ],
)  # fmt: skip
def test_the_end_of_treatment_is_not_the_end_of_the_study(
    term: str, place: dict[str, str], left: list[tuple[str, str]]
) -> None:
    found = reading(DS=[RANDOMISED, {**ENDED, "DSDECOD": term, **place}])

    assert said(found)[1:] == left


@pytest.mark.parametrize("place", [{"EPOCH": "TREATMENT"}, {"DSSCAT": "STUDY TREATMENT"}])
def test_a_withdrawal_in_the_treatment_epoch_is_remarked(place: dict[str, str]) -> None:
    found = reading(DS=[RANDOMISED, {**ENDED, "DSDECOD": "WITHDRAWAL BY SUBJECT", **place}])

    assert list(found.account.of("DS").remarks) == [
        f"withdrawal by subject at the end of treatment ({next(iter(place))}): not read as leaving the study"
    ]


def test_an_end_that_neither_variable_places_is_the_end_of_the_study_with_a_remark() -> None:
    found = reading(DS=[RANDOMISED, {**ENDED, "DSDECOD": "COMPLETED"}])

    assert said(found)[1:] == [("subject-left", "2020-06-01")]
    assert list(found.account.of("DS").remarks) == [
        "neither DSSCAT nor EPOCH says what ended; read as the end of the study"
    ]
