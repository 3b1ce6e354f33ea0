"""``trialog audit`` and ``trialog check`` on small files of every kind, with the answer that is right by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command

CASES = Path(__file__).parents[1] / "data/audit"
ANSWERS = json.loads((CASES / "answers.json").read_text())
BY_LAW = (
    "rate-outside-its-limits", "landmark-outside-its-limits", "orr-above-dcr", "fraction-against-its-percent",
    "cr-and-pr-against-orr", "exact-limits", "subgroup-above-the-whole", "mean-of-whole-numbers",
    "percent-of-the-enrolled", "km-median-with-nobody-dead", "median-outside-its-limits", "pfs-above-os-all-dead",
    "range-does-not-hold-the-median",
)  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in ANSWERS])
def test_the_answer_is_the_right_one(trialog: Command, case: dict[str, Any]) -> None:
    # Ample time, since other tests run beside this one.
    result = trialog("audit", str(CASES / case["file"]), "--json", "--time-limit", "60", *case["args"])

    answer = json.loads(result.out)
    assert answer["answer"] in case["accept"], case["why"]
    assert result.code == {"consistent": 0, "inconsistent": 1, "undecided": 2}[answer["answer"]]
    assert set(case.get("used", [])) <= {row["row"] for row in answer["used"]}


@pytest.mark.parametrize("name", [case["case"] for case in ANSWERS if case["accept"] == ["consistent"]])
def test_no_law_is_broken_by_what_is_possible(trialog: Command, name: str) -> None:
    assert trialog("check", str(CASES / f"{name}.csv")).code == 0


@pytest.mark.parametrize("name", BY_LAW)
def test_check_names_a_broken_law_without_the_solver(
    trialog: Command, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("trialog.audit.deciding.decide.installed", lambda: False)

    result = trialog("check", str(CASES / f"{name}.csv"), "--json")

    answer = json.loads(result.out)
    assert result.code == 1
    assert [law["reason"] for law in answer["broken"]]
    assert answer["not_used"] == []


@pytest.mark.parametrize(
    ("rows", "broken"),
    [
        pytest.param(("1,mOS,10.0 (95% CI 8-12),months,40",), 0, id="a median inside its limits"),
        pytest.param(("1,ORR,50.0 (95% CI 27.2-72.8),percent,20",), 0, id="exact limits of 10 of 20"),
        pytest.param(("1,ORR,50.0 (95% CI 29.9-70.1),percent,20",), 0, id="Wilson's limits of 10 of 20"),
        pytest.param(("1,ORR,50.0 (80% CI 33.8-66.2),percent,20",), 0, id="80 % limits"),
        pytest.param(("1,CR_count,5,count,12", "1,PR_count,4,count,12", "1,ORR,75,percent,12"), 0, id="9 of 12"),
        pytest.param(("1,CR_count,5,count,12", "1,PR_count,4,count,12", "1,ORR,83.3,percent,12"), 1, id="9 are not 10"),
        pytest.param(("1,CR_count,5,count,12", "1,PR_count,4,count,12", "1,VGPR_count,1,count,12",
                      "1,ORR,83.3,percent,12"), 0, id="with a very good partial response"),
        pytest.param(("1,ORR,71.4% (5/7),percent,", ), 0, id="5 of 7"),
        pytest.param(("1,ORR,61% (5/7),percent,", ), 1, id="5 of 7 are not 61 %"),
        pytest.param(("1,CR_count,3 (5.4),count,56", ), 0, id="3 of 56"),
        pytest.param(("1,CR_count,3 (5.4),count,40", ), 1, id="3 of 40 are 7.5 %"),
        pytest.param(("1,n_dead,9,count,8", ), 1, id="more than all"),
        pytest.param(("1,prior_lines_mean,5.8,count,4", ), 0, id="23 of four"),
        pytest.param(("1,prior_lines_median,2.3,count,4", ), 1, id="no median of whole numbers"),
        pytest.param(("1,OS_12m,50,percent,40", "1,OS_24m,55,percent,40"), 1, id="survivors do not rise"),
        pytest.param(("all,ORR,63.0,percent,165", "EMD,ORR,35.7,percent,28", "no EMD,ORR,94/137 (68.6%),percent,137"),
                     0, id="two halves"),
        pytest.param(("all,ORR,70.3,percent,165", "EMD,ORR,35.7,percent,28", "no EMD,ORR,94/137 (68.6%),percent,137"),
                     1, id="two halves that are not the whole"),
    ],
)  # fmt: skip
def test_laws_of_whole_numbers(trialog: Command, rows: tuple[str, ...], broken: int) -> None:
    header = "date_announced,source,cohort,measure,value,unit,n\n"
    Path("f.csv").write_text(header + "".join(f"2024-05-01,s,{row}\n" for row in rows), encoding="utf-8")

    answer = json.loads(trialog("check", "f.csv", "--json").out)

    assert bool(answer["broken"]) is bool(broken), answer["broken"]


def test_what_words_only_suggest_is_left_open(trialog: Command) -> None:
    """Read as estimated, 12.5 and then 20.1 are Kaplan-Meier medians; -d settles it."""
    answer = json.loads(trialog("audit", str(CASES / "ongoing-median-control.csv"), "--json").out)

    assert (answer["by_rows"]["answer"], answer["by_words"]["answer"]) == ("consistent", "inconsistent")


def test_a_definition_that_a_row_contradicts_is_refused(trialog: Command) -> None:
    Path("f.csv").write_text(
        "date_announced,measure,value,unit,n,estimator\n2024,mOS,10,months,6,kaplan-meier\n", encoding="utf-8"
    )

    refused = trialog("audit", "f.csv", "--json", "-d", "estimator=to-date")

    assert (refused.code, refused.out) == (2, "")
    assert "row 1 states estimator=kaplan-meier" in refused.err


@pytest.mark.parametrize("part", ["origin=first dose", "population=dosed", "ties=midpoint to end", "counting=inclusive",
                                  "month=calendar", "month=30.42", "conf_type=plain", "level=0.8"])  # fmt: skip
def test_every_word_of_a_definition_works_to_the_end(trialog: Command, part: str) -> None:
    Path("f.csv").write_text("date_announced,measure,value,unit,n\n2024-05-01,mOS,10.1,months,6\n", encoding="utf-8")

    assert json.loads(trialog("audit", "f.csv", "--json", "-d", part).out)["answer"] == "consistent"


def test_another_trial_in_a_file_is_a_question(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIALOG_LOG", "t.db")
    monkeypatch.setenv("TRIALOG_ACTOR", "me")
    trialog("init")
    trialog("register", "NCT09999999", "--title", "t", "--on", "2019-01-01", "--source", "s")

    refused = trialog("announce", "--file", str(CASES / "wrong-trial.csv"))
    said = trialog("announce", "--file", str(CASES / "wrong-trial.csv"), "--same-trial", "BRIGHT-2 glioma")
    control = trialog("announce", "--file", str(CASES / "wrong-trial-control.csv"))

    assert (refused.code, said.code, control.code) == (1, 0, 0)
    assert "BRIGHT-2 glioma" in refused.err


def test_an_impossible_figure_is_recorded_with_a_warning(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIALOG_LOG", "t.db")
    monkeypatch.setenv("TRIALOG_ACTOR", "me")
    trialog("init")
    trialog("register", "T", "--title", "t", "--on", "2019-01-01", "--source", "s")

    result = trialog("announce", "--file", str(CASES / "orr-above-dcr.csv"))

    assert result.code == 0
    assert "cannot be true, row 1, 2" in result.err
