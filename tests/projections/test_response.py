"""Best overall response and rates: published rules, {admiralonco}'s own cases, and by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.builders import Bench, assessed, day, died, dosed, enrolled, progressed
from trialog.events.errors import QuestionError
from trialog.events.vocabulary import CATEGORIES, Criteria
from trialog.projections.confirmation import ResponseRule, Visit, confirmed_visits
from trialog.projections.response import best_of, responses
from trialog.projections.times import members

PHARMAVERSE = Path(__file__).parents[1] / "data" / "pharmaverse"


def visits(text: str) -> list[Visit]:
    """Read ``0 PR, 31 CR`` as days and categories; ``!`` marks what its source calls confirmed."""
    found = []
    for part in text.split(","):
        number, category = part.split()
        found.append(Visit(int(number), category.rstrip("!"), category.endswith("!")))
    return found


def best(text: str, criteria: Criteria, rule: ResponseRule | None = None, progression: int | None = None) -> str:
    known = CATEGORIES[criteria]
    counted = confirmed_visits(visits(text), criteria, rule or ResponseRule(), 0, progression)
    return min((visit.category for visit in counted), key=known.index)


# {admiralonco}, tests/testthat/test-derive_param_confirmed_bor.R, its subjects 1 to 9 (8 has no assessment):
# days from its reference date; 28 days confirm, stable disease counts from day 28 on.
ADMIRAL = [
    pytest.param("0 PR, 31 CR, 46 NE, 60 CR, 91 SD", "CR", "PR", id="1: CR, one NE, CR"),
    pytest.param("20 SD, 51 PR, 80 SD, 92 CR", "SD", "SD", id="2: SD between PR and CR"),
    pytest.param("1 CR, 21 CR, 51 SD", "SD", "CR", id="3: CR 20 days apart"),
    pytest.param("2 PR, 62 SD, 93 SD, 123 PR, 137 NON-CR/NON-PD", "SD", "SD", id="4: SD in between"),
    pytest.param("0 PR, 9 SD, 19 PR, 135 NON-CR/NON-PD", "NON-CR/NON-PD", "NON-CR/NON-PD", id="5: SD too early"),
    pytest.param("4 PR, 14 CR, 57 PR", "SD", "SD", id="6: PR after CR"),
    pytest.param("4 PR, 14 CR, 59 NE", "NE", "NE", id="7: nothing confirmed, too early for SD"),
    pytest.param("15 PD, 34 SD", "PD", "PD", id="9: after PD nothing counts"),
]


@pytest.mark.parametrize(("history", "usual", "strict"), ADMIRAL)
def test_recist_as_admiralonco_confirms(history: str, usual: str, strict: str) -> None:
    """``strict`` is its second test (14 days, no NE), without the SD that it also accepts there."""
    assert best(history, "RECIST 1.1", ResponseRule(sd_days=28)) == usual
    if not history.startswith(("20 SD", "0 PR, 9")):
        assert best(history, "RECIST 1.1", ResponseRule(confirm_days=14, most_ne=0, sd_days=28)) == strict


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param("30 PR, 58 PR", "PR", id="28 days are enough"),
        pytest.param("30 PR, 57 PR", "SD", id="27 days are not"),
        pytest.param("30 PR, 60 NE, 90 PR", "PR", id="PR, NE, PR"),
        pytest.param("30 PR, 60 NE, 90 NE, 120 PR", "SD", id="two NE are one too many"),
        pytest.param("30 CR, 60 PR", "SD", id="CR, then PR: the CR was none"),
        pytest.param("30 PR, 60 PD", "SD", id="PR, then PD: table 3 of RECIST says SD"),
        pytest.param("30 PR, 45 PR, 60 PR", "PR", id="a PR in between does not hurt"),
        pytest.param("30 CR!, 60 SD", "CR", id="its source calls it confirmed"),
        pytest.param("30 SD", "SD", id="stable disease needs no confirmation"),
        pytest.param("30 PD", "PD", id="nor does progression"),
    ],
)
def test_recist_by_hand(history: str, expected: str) -> None:
    assert best(history, "RECIST 1.1") == expected


@pytest.mark.parametrize(
    ("history", "progression", "expected"),
    [
        pytest.param("30 VGPR, 58 VGPR", None, "VGPR", id="two consecutive assessments"),
        pytest.param("30 VGPR, 31 VGPR", None, "VGPR", id="no minimum interval"),
        pytest.param("30 sCR, 58 VGPR", None, "VGPR", id="what both of them show"),
        pytest.param("30 PR, 58 sCR", None, "PR", id="the same, rising"),
        pytest.param("30 PR", None, "SD", id="a single response is stable disease"),
        pytest.param("30 PR, 58 NE, 86 PR", None, "PR", id="NE is passed over"),
        pytest.param("30 PR, 58 PD, 86 PD", None, "SD", id="PR, then progression"),
        pytest.param("30 MR, 58 SD, 86 MR", None, "SD", id="MR needs confirmation too"),
        pytest.param("30 PR!, 58 SD", None, "PR", id="its source calls it confirmed"),
        pytest.param("30 PD, 58 PD", None, "PD", id="PD confirmed by PD"),
        pytest.param("30 PD", None, "NE", id="a single PD is not confirmed"),
        pytest.param("30 PD, 58 PR, 86 PR", None, "PR", id="a PD that is contradicted ends nothing"),
        pytest.param("30 PD", 40, "PD", id="a progression recorded as such, or death, needs none"),
        pytest.param("30 PR, 58 PR", 40, "SD", id="nothing after it counts"),
    ],
)
def test_imwg_by_hand(history: str, progression: int | None, expected: str) -> None:
    assert best(history, "IMWG 2016", progression=progression) == expected


def test_lugano_needs_no_confirmation() -> None:
    assert best("30 CR, 60 PD, 90 CR", "Lugano") == "CR"
    assert best("30 SD, 60 PD, 90 CR", "Lugano") == "SD"


@pytest.mark.parametrize("field", ["confirm_days", "most_ne", "sd_days"])
def test_a_rule_has_no_negative_days(field: str) -> None:
    with pytest.raises(QuestionError, match=f"{field} -1 is wrong; expected 0 or more"):
        ResponseRule(**{field: -1})


def rows(name: str) -> list[dict[str, str]]:
    with (PHARMAVERSE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_pharmaverse_subjects_have_the_responses_of_their_adrs(bench: Bench) -> None:
    """BOR, CBOR and the day of the first (confirmed) response of {pharmaverseadam}, SD from day 42 on."""
    table = rows("adrs.csv")
    subjects = sorted({row["USUBJID"] for row in table})
    randomised = {row["USUBJID"]: row["RANDDT"] for row in rows("adsl.csv")}
    bench.append_all([
        *(enrolled(subject, randomised[subject]) for subject in subjects),
        *(assessed(row["USUBJID"], row["RSDTC"], row["AVALC"], "RECIST 1.1") for row in table if row["PARAMCD"] == "OVR"),
    ])  # fmt: skip
    state = bench.data().as_of(day("2020-01-01"))
    expected = {(row["USUBJID"], row["PARAMCD"]): row for row in table}

    for confirmation, category, response in (("as assessed", "BOR", "RSP"), ("confirmed", "CBOR", "CRSP")):
        found = best_of(state, "RECIST 1.1", "investigator", confirmation, ResponseRule(sd_days=42))  # type: ignore[arg-type]
        for place, subject in enumerate(state.subjects):
            row = expected[subject, category]
            assert CATEGORIES["RECIST 1.1"][found.category[place]] == row["AVALC"], (subject, category)
            first = expected[subject, response]
            assert found.response_on[place] == (day(first["ADT"]) if first["AVALC"] == "Y" else 2**31 - 1)


def group(bench: Bench, **ask: object) -> dict[str, int]:
    state = bench.data().as_of(day("2020-01-01"))
    found = responses(state, members(state, "enrolled", None), "IMWG 2016", **ask)  # type: ignore[arg-type]
    return {category: count for category, count in found.categories.items() if count} | (
        {"none": found.not_assessed} if found.not_assessed else {}
    )


def test_the_worst_of_a_day_counts_and_ne_only_alone(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01"),
        enrolled("b", "2016-01-01"),
        assessed("a", "2016-02-01", "PR"),
        assessed("a", "2016-02-01", "SD"),
        assessed("a", "2016-02-01", "NE"),
        assessed("b", "2016-02-01", "NE"),
    )

    assert group(bench) == {"SD": 1, "NE": 1}


def test_evaluators_are_never_mixed(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01"),
        enrolled("b", "2016-01-01"),
        assessed("a", "2016-02-01", "PD", evaluator="independent"),
        assessed("a", "2016-03-01", "PR"),
        assessed("a", "2016-04-01", "VGPR", evaluator="independent"),
        assessed("b", "2016-02-01", "PR"),
        assessed("b", "2016-03-01", "PR", evaluator="independent"),
    )

    assert group(bench) == {"PR": 2}
    assert group(bench, evaluator="independent") == {"PD": 1, "PR": 1}
    assert group(bench, confirmation="confirmed") == {"SD": 2}


def test_after_a_progression_nothing_counts(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01"),
        enrolled("b", "2016-01-01"),
        assessed("a", "2016-02-01", "SD"),
        assessed("a", "2016-03-01", "PD"),
        assessed("a", "2016-04-01", "PR"),
        assessed("b", "2016-02-01", "SD"),
        progressed("b", "2016-03-15"),
        assessed("b", "2016-04-01", "PR"),
    )

    assert group(bench) == {"SD": 2}


def test_death_confirms_a_single_pd(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01"),
        enrolled("b", "2016-01-01"),
        assessed("a", "2016-02-01", "PD"),
        assessed("b", "2016-02-01", "PD"),
        died("b", "2016-02-20"),
    )

    assert group(bench) == {"PD": 2}
    assert group(bench, confirmation="confirmed") == {"PD": 1, "NE": 1}


def test_stable_disease_runs_from_the_origin(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2016-01-01"),
        enrolled("b", "2016-01-01"),
        dosed("a", "2016-01-20"),
        assessed("a", "2016-02-20", "SD", "RECIST 1.1"),
        assessed("b", "2016-02-20", "SD", "RECIST 1.1"),
    )
    state = bench.data().as_of(day("2020-01-01"))
    rule = ResponseRule(sd_days=42)

    def categories(**ask: object) -> list[str]:
        found = best_of(state, "RECIST 1.1", rule=rule, **ask)  # type: ignore[arg-type]
        return [CATEGORIES["RECIST 1.1"][place] for place in found.category]

    assert categories() == ["SD", "SD"]  # 50 days from enrollment
    assert categories(origin=state.first_dose) == ["NE", "NE"]  # 31 days from the dose; b has none
    assert categories(origin=state.first_dose, confirmation="confirmed") == ["NE", "NE"]


def test_rates_have_exact_limits(bench: Bench) -> None:
    bench.append_all([enrolled(name, "2016-01-01") for name in "abcd"])
    bench.append(*(assessed(name, "2016-02-01", "PR") for name in "ab"), assessed("c", "2016-02-01", "MR"))
    state = bench.data().as_of(day("2020-01-01"))
    orr, cbr, dcr = responses(state, members(state, "enrolled", None), "IMWG 2016").rates

    assert [(rate.name, rate.responders, rate.n) for rate in (orr, cbr, dcr)] == [
        ("ORR", 2, 4),
        ("CBR", 3, 4),
        ("DCR", 3, 4),
    ]
    # R: binom.test(2, 4)$conf.int, binom.test(3, 4)$conf.int
    assert orr.limits == pytest.approx((0.06758598649, 0.93241401351), rel=1e-9)
    assert cbr.limits == pytest.approx((0.1941204497, 0.9936905368), rel=1e-9)


def test_nobody_assessed_is_an_answer(bench: Bench) -> None:
    bench.append(enrolled("a", "2016-01-01"))

    assert group(bench) == {"none": 1}
    assert group(bench, confirmation="confirmed") == {"none": 1}
