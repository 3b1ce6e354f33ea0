"""Endpoints: from which day, until which day, and how it ended; {admiral}'s rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import Bench, assessed, day, died, dosed, draft, enrolled, progressed, seen
from tests.projections.test_response import rows
from trialog.events.dates import iso
from trialog.events.definition import KAPLAN_MEIER
from trialog.events.measures import Endpoint
from trialog.projections.times import times

ENDPOINTS: dict[str, Endpoint] = {
    "OS": "overall survival",
    "PFS": "progression-free survival",
    "TTP": "time to progression",
    "RSD": "duration of response",
}


def taken(bench: Bench, endpoint: str, cutoff: str = "2020-01-01", **ask: Any) -> dict[str, tuple[str, str, bool]]:
    """Return origin, end and whether the time ended, by subject."""
    definition = replace(KAPLAN_MEIER, **ask.pop("definition", {}))
    state = bench.data().as_of(day(cutoff))
    of = times(state, definition, None, ENDPOINTS[endpoint], **ask)
    return {
        state.subjects[subject]: (iso(of.origin[at]), iso(of.end[at]), bool(of.ended[at]))
        for at, subject in enumerate(of.subject)
    }


@pytest.mark.parametrize("endpoint", ["OS", "PFS", "RSD"])
def test_every_row_of_pharmaverses_adtte(bench: Bench, endpoint: str) -> None:
    """{pharmaverseadam} ADTTE: 128 randomised subjects; its AVAL adds one day."""
    subjects, assessments = rows("adsl.csv"), [row for row in rows("adrs.csv") if row["PARAMCD"] == "OVR"]
    events = []
    for row in subjects:
        events.append(enrolled(row["USUBJID"], row["RANDDT"], randomised_on=row["RANDDT"]))
        if row["DTHDTC"]:
            events.append(died(row["USUBJID"], row["DTHDTC"]))
        if row["LSTALVDT"] > row["RANDDT"]:
            events.append(seen(row["USUBJID"], row["LSTALVDT"]))
    events += [assessed(row["USUBJID"], row["RSDTC"], row["AVALC"], "RECIST 1.1") for row in assessments]
    bench.append_all(events)

    found = taken(bench, endpoint, definition={"origin": "randomisation"})
    expected = {row["USUBJID"]: row for row in rows("../pharmaverse-onco/adtte_onco.csv") if row["PARAMCD"] == endpoint}
    # Contacts of the log prove life as well: an assessment after LSTALVDT moves OS, where ADTTE leaves it.
    later = {row["USUBJID"] for row in assessments} if endpoint == "OS" else set()

    assert found.keys() == expected.keys()
    for subject, row in expected.items():
        if subject not in later:
            assert found[subject] == (row["STARTDT"], row["ADT"], row["CNSR"] == "0"), subject
            assert day(row["ADT"]) - day(row["STARTDT"]) + 1 == int(row["AVAL"])


HISTORY = [
    enrolled("a", "2016-01-01"),
    assessed("a", "2016-02-01", "PR"),
    assessed("a", "2016-03-01", "PR"),
    assessed("a", "2016-04-01", "PD"),
    died("a", "2016-06-01"),
    enrolled("b", "2016-01-01"),
    assessed("b", "2016-02-01", "SD"),
    died("b", "2016-05-01"),
    enrolled("c", "2016-01-01"),
    assessed("c", "2016-02-01", "VGPR"),
    seen("c", "2016-08-01"),
    enrolled("d", "2016-01-01"),
    progressed("d", "2016-03-15"),
    enrolled("e", "2016-01-01"),
    seen("e", "2016-07-01"),
]


@pytest.mark.parametrize(
    ("endpoint", "ask", "expected"),
    [
        pytest.param("PFS", {}, {
            "a": ("2016-01-01", "2016-04-01", True), "b": ("2016-01-01", "2016-05-01", True),
            "c": ("2016-01-01", "2016-02-01", False), "d": ("2016-01-01", "2016-03-15", True),
            "e": ("2016-01-01", "2016-01-01", False),
        }, id="PFS: progression or death, else the last assessment, else the origin"),
        pytest.param("TTP", {}, {
            "a": ("2016-01-01", "2016-04-01", True), "b": ("2016-01-01", "2016-02-01", False),
            "c": ("2016-01-01", "2016-02-01", False), "d": ("2016-01-01", "2016-03-15", True),
            "e": ("2016-01-01", "2016-01-01", False),
        }, id="TTP: a death is censored at the last assessment"),
        pytest.param("TTP", {"definition": {"censoring": "cutoff"}}, {
            "a": ("2016-01-01", "2016-04-01", True), "b": ("2016-01-01", "2016-05-01", False),
            "c": ("2016-01-01", "2016-09-01", False), "d": ("2016-01-01", "2016-03-15", True),
            "e": ("2016-01-01", "2016-09-01", False),
        }, id="TTP counted to the cutoff: a death is censored on its day"),
        pytest.param("RSD", {}, {
            "a": ("2016-02-01", "2016-04-01", True), "c": ("2016-02-01", "2016-02-01", False),
        }, id="duration of response: responders only, from the response"),
        pytest.param("RSD", {"confirmation": "confirmed"}, {
            "a": ("2016-02-01", "2016-04-01", True),
        }, id="duration of confirmed response, from its first day"),
        pytest.param("RSD", {"evaluator": "independent"}, {}, id="nobody was assessed by the other evaluator"),
    ],
)  # fmt: skip
def test_endpoints(bench: Bench, endpoint: str, ask: dict[str, Any], expected: dict[str, Any]) -> None:
    bench.append_all(HISTORY)

    assert taken(bench, endpoint, "2016-09-01", **ask) == expected


def test_what_happens_after_the_cutoff_is_not_yet_there(bench: Bench) -> None:
    bench.append_all(HISTORY)

    assert taken(bench, "PFS", "2016-03-20")["a"] == ("2016-01-01", "2016-03-01", False)
    assert taken(bench, "RSD", "2016-01-31") == {}


def test_progression_by_one_evaluator_does_not_end_the_others_time(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01"),
        assessed("a", "2016-03-01", "PD", evaluator="independent"),
        assessed("a", "2016-04-01", "SD"),
    )

    assert taken(bench, "PFS") == {"a": ("2016-01-01", "2016-04-01", False)}
    assert taken(bench, "PFS", evaluator="independent") == {"a": ("2016-01-01", "2016-03-01", True)}


def test_populations_and_origins(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01", randomised_on="2016-01-03"),
        enrolled("b", "2016-01-01", evaluable=False),
        enrolled("c", "2016-01-01"),
        dosed("a", "2016-01-10"),
        dosed("b", "2016-01-12"),
        draft("evaluability-decided", "2016-05-01", subject="c", evaluable=True),
    )

    def who(**definition: str) -> dict[str, str]:
        return {subject: row[0] for subject, row in taken(bench, "OS", definition=definition).items()}

    assert who(population="dosed") == {"a": "2016-01-01", "b": "2016-01-01"}
    assert who(population="not dosed") == {"c": "2016-01-01"}
    assert who(population="evaluable") == {"a": "2016-01-01", "c": "2016-01-01"}
    assert who(origin="first dose") == {"a": "2016-01-10", "b": "2016-01-12"}
    assert who(origin="randomisation") == {"a": "2016-01-03"}
    assert who(origin="first dose", population="evaluable") == {"a": "2016-01-10"}
    left_out = times(bench.data().as_of(day("2016-06-01")), replace(KAPLAN_MEIER, origin="first dose")).left_out
    assert left_out == 1
