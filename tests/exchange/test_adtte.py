"""ADTTE as the only thing that somebody has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.extracts import DATA, LATEST, ONCO, a_table
from trialog.events.errors import TableError
from trialog.exchange.adtte import AdtteReading
from trialog.exchange.tables.formats import open_table

ROW = {
    "STUDYID": "S", "USUBJID": "1", "PARAMCD": "OS", "STARTDT": "2020-01-01", "ADT": "2020-06-01", "AVAL": "153",
    "CNSR": "1", "EVNTDESC": "Alive", "ARMCD": "A", "ARM": "Arm A",
}  # fmt: skip


def read(*rows: dict[str, str], **options: Any) -> AdtteReading:
    return AdtteReading(a_table("ADTTE", rows), "adtte.csv", "ab" * 32, latest_day=LATEST, **options)


def said(found: AdtteReading, subject: str = "1") -> list[tuple[str, str | None]]:
    return [(fact.event.TOPIC[:-2], fact.event.occurred_on) for fact in dict(found.subjects())[subject]]


def reasons(found: AdtteReading) -> dict[str, int]:
    return {reason: listed.count for reason, listed in found.account.of("ADTTE").left_out.items()}


@pytest.mark.parametrize(
    ("change", "event"),
    [
        ({}, ("subject-seen-alive", "2020-06-01")),
        ({"CNSR": "2"}, ("subject-seen-alive", "2020-06-01")),
        ({"CNSR": "0"}, ("subject-died", "2020-06-01")),
        ({"PARAMCD": "PFS"}, ("progression-ruled-out", "2020-06-01")),
        ({"PARAMCD": "TTP", "CNSR": "3"}, ("progression-ruled-out", "2020-06-01")),
        ({"PARAMCD": "PFS", "CNSR": "0", "EVNTDESC": "Death"}, ("subject-died", "2020-06-01")),
        ({"PARAMCD": "PFS", "CNSR": "0", "EVNTDESC": "PD"}, ("progression-found", "2020-06-01")),
        ({"PARAMCD": "TTP", "CNSR": "0.0", "EVNTDESC": "Disease Progression"}, ("progression-found", "2020-06-01")),
    ],
)
def test_a_row_becomes_an_event(change: dict[str, str], event: tuple[str, str]) -> None:
    assert said(read({**ROW, **change})) == [("subject-enrolled", "2020-01-01"), event]


def test_a_censoring_at_the_origin_says_no_more_than_the_origin() -> None:
    assert said(read({**ROW, "ADT": "2020-01-01"})) == [("subject-enrolled", "2020-01-01")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"PARAMCD": "RSD"}, "PARAMCD RSD gives no event; read are OS, PFS, TTP, TTPROG"),
        ({"CNSR": ""}, "CNSR is missing or no whole number"),
        ({"USUBJID": ""}, "USUBJID is missing or not an id"),
        ({"ADT": ""}, "STARTDT or ADT is missing"),
        ({"ADT": "19725"}, "ADT is not a date"),
        ({"ADT": "2019-12-31"}, "ADT lies before STARTDT"),
        ({"ADT": "2026-01-02"}, "ADT lies after 2026-01-01, the day of the extract"),
        ({"PARAMCD": "PFS", "CNSR": "0", "EVNTDESC": "PD or death"}, "EVNTDESC does not say whether it was progression or death"),
    ],
)  # fmt: skip
def test_a_row_that_is_no_event_is_left_out(change: dict[str, str], reason: str) -> None:
    assert reasons(read(ROW, {**ROW, "USUBJID": "2", **change})) == {reason: 1}


@pytest.mark.parametrize(
    ("other", "about"),
    [
        ({"PARAMCD": "PFS", "STARTDT": "2020-01-02"}, "the day of origin (STARTDT)"),
        ({"PARAMCD": "PFS", "CNSR": "0", "ADT": "2020-06-02", "EVNTDESC": "Death"}, "the day of death"),
    ],
)
def test_rows_that_contradict_each_other_hold_the_subject_back(other: dict[str, str], about: str) -> None:
    found = read({**ROW, "CNSR": "0"}, {**ROW, **other})

    assert [each.what for each in found.account.conflicts] == [about]
    assert found.held == {"1"}


@pytest.mark.parametrize(
    ("row", "end"),
    [
        ({"AVAL": "153"}, "2000-06-01"),
        ({"AVAL": "1"}, "2000-01-01"),
        ({"AVAL": "2", "AVALU": "WEEKS"}, "2000-01-14"),
        ({"AVAL": "1", "PARAM": "Overall survival (months)"}, "2000-01-30"),
    ],
)
def test_rows_without_dates_are_counted_from_a_nominal_day(row: dict[str, str], end: str) -> None:
    """AVAL = ADT - STARTDT + 1, so 153 days from 1 January of a leap year end on 1 June."""
    plain = {key: value for key, value in ROW.items() if key not in ("STARTDT", "ADT")}

    found = read({**plain, **row}, start="2000-01-01")

    last = "2000-01-01" if len(said(found)) == 1 else said(found)[1][1]
    assert last == end


def test_without_dates_and_without_a_nominal_day_the_file_is_refused() -> None:
    with pytest.raises(TableError, match="no columns STARTDT and ADT, so its times have no dates; name a day"):
        read({"USUBJID": "1", "PARAMCD": "OS", "CNSR": "1", "AVAL": "3"})


def test_what_is_no_adtte_is_refused() -> None:
    with pytest.raises(TableError, match="no column CNSR, which ADTTE has; for other tables: trialog import table"):
        read({"USUBJID": "1", "PARAMCD": "OS"})
    table = open_table(DATA / "cdisc-datasetjson/adam_adtte.xpt")
    with pytest.raises(TableError, match="254 rows: PARAMCD TTDE gives no event"):
        AdtteReading(table, "adam_adtte.xpt", "0" * 64, latest_day=LATEST)


def test_the_arms_of_a_real_file_become_cohorts_with_their_names() -> None:
    found = AdtteReading(open_table(ONCO / "adtte_onco.csv"), "adtte_onco.csv", "0" * 64, latest_day=LATEST)

    assert found.trial == "CDISCPILOT01"
    opened = {fact.event.cohort: fact.event.arm for fact in found.trial_facts()[1:]}  # type: ignore[attr-defined]
    assert opened == {"Pbo": "Placebo", "Xan_Hi": "Xanomeline High Dose", "Xan_Lo": "Xanomeline Low Dose"}
    assert len(list(found.subjects())) == 128
