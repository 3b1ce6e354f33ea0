"""Announced figures of every measure are recomputed as snapshot and history compute them; values worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import trialog as trialog_package
from tests.conftest import Command

SMALL = Path(__file__).parents[1] / "data" / "commands" / "small.jsonl"
NOBODY = Path(__file__).parents[1] / "data" / "commands" / "nobody-assessed.jsonl"
DAY = "2021-03-01"


@pytest.fixture
def small(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("TRIALOG_SOURCE", "s")
    monkeypatch.setenv("TRIALOG_ACTOR", "tester")
    assert trialog("init").code == 0
    assert trialog("append", str(SMALL)).code == 0
    return trialog


def announced(command: Command, measure: str, value: str, unit: str, *more: str) -> dict[str, Any]:
    """Announce a figure of cohort 1 on a day, and return what replay says of it."""
    release = ("--title", "t", "--on", DAY, "--measure", measure, "--value", value, "--unit", unit, "--cohort", "1")
    done = command("announce", "r", *release, "--words", "w", *more)
    assert done.code == 0, done.err
    (found,) = json.loads(command("replay", DAY, "--json").out)["verdicts"]
    return dict(found)


@pytest.mark.parametrize(
    ("measure", "value", "unit", "more"),
    [
        # Responses on 2020-03-10, 04-01 and 06-01; ended by PD after 175 days (001), by PD after 289 days (002), and
        # by death after 255 days (005).
        pytest.param("median-dor", "255", "days", (), id="duration of response"),
        # PD after 235, 347, 60 and 290 days; 005 died without one after assessments until day 244, 006 until day 184.
        # S = 5/6, then 5/6 x 3/4 = 5/8 at day 235, then 5/16 < 1/2 at day 290.
        pytest.param("median-ttp", "290", "days", (), id="time to progression"),
        pytest.param("orr", "50.0", "percent", (), id="3 of 6 responded"),
        pytest.param("orr", "3", "count", (), id="and as a number"),
        # Each was confirmed by the next visit, 61 days later.
        pytest.param("orr", "50.0", "percent", ("--confirmation", "confirmed"), id="all of them confirmed"),
        pytest.param("cr-rate", "17", "percent", (), id="1 complete response of 6"),
        pytest.param("dcr", "83", "percent", (), id="all but 003"),
        pytest.param("cbr", "83", "percent", (), id="clinical benefit likewise"),
        # Nobody was assessed independently.
        pytest.param("orr", "0", "percent", ("--evaluator", "independent"), id="none by independent review"),
        # Deaths after 177 (003), 315 (001) and 316 days (005); at half a year one of six.
        pytest.param("os-rate", "83", "percent", ("--at", "182", "--at-unit", "days"), id="survival at a time"),
        pytest.param("os-rate", "5", "count", ("--at", "182", "--at-unit", "days"), id="known to have survived it"),
        pytest.param("planned-dose", "10", "mCi/m2", (), id="dose"),
        pytest.param("mean-prior-lines", "2.5", "count", (), id="prior lines: 2, 3, 1, 4, 2, 3"),
    ],
)  # fmt: skip
def test_an_announced_measure_is_recomputed(
    small: Command, measure: str, value: str, unit: str, more: tuple[str, ...]
) -> None:
    found = announced(small, measure, value, unit, *more)

    assert (found["verdict"], found["why"]) == ("reproduced", None)


def test_a_median_that_is_replayed_is_the_one_that_history_gives(small: Command) -> None:
    for measure in ("median-dor", "median-ttp", "median-pfs"):
        answer = json.loads(small("history", "--figure", measure, "--from", DAY, "--to", DAY, "--json").out)
        value = answer["cohorts"][0]["days"][0]["value_days"]
        small("announce", "r", "--title", "t", "--on", DAY, "--measure", measure, "--value", f"{value:g}", "--unit",
              "days", "--cohort", "1", "--words", "w")  # fmt: skip

    replayed = json.loads(small("replay", DAY, "--json").out)["verdicts"]

    assert [(found["figure"]["measure"], found["verdict"]) for found in replayed] == [
        ("median-dor", "reproduced"), ("median-ttp", "reproduced"), ("median-pfs", "reproduced"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "value", "unit", "more", "why"),
    [
        ("median-dor", "3", "percent", (), "'percent' is not a unit of time"),
        ("orr", "3", "months", (), "a part of the subjects is a percentage or a count; 'months' is neither"),
        ("os-rate", "50", "percent", (), "the rate has no landmark"),
        ("count-best-response", "2", "count", (), "figure 'count-best-response' names no response category"),
        ("count-best-response", "2", "count", ("--category", "MR"), "category 'MR' is not one of RECIST 1.1"),
        ("median-dor", "3", "months", ("--evaluator", "independent"), "nobody has responded by the cutoff"),
        ("planned-dose", "10", "count", (), "the dose is planned in mCi/m2, announced in count"),
        ("median-os-lower", "3", "months", ("--estimator", "to-date"), "a to-date median has no confidence limits"),
    ],
)  # fmt: skip
def test_a_refusal_has_a_reason_that_is_true_of_the_log(
    small: Command, measure: str, value: str, unit: str, more: tuple[str, ...], why: str
) -> None:
    found = announced(small, measure, value, unit, *more)

    assert found["verdict"] == "not computable"
    assert found["why"].startswith(why)


def test_nobody_assessed_is_zero_of_n_and_said_everywhere(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIALOG_ACTOR", "tester")
    trialog("init")
    trialog("append", str(NOBODY))
    words = "none of 3 subjects was assessed by the investigator"

    replayed = json.loads(trialog("replay", "2020-06-01", "--json").out)["verdicts"][0]
    followed = json.loads(
        trialog("history", "--figure", "orr", "--from", "2020-06-01", "--to", "2020-06-01", "--json").out
    )["cohorts"][0]
    shown = json.loads(trialog("snapshot", "--as-of", "2020-06-01", "--json").out)["cohorts"][0]

    assert (replayed["verdict"], replayed["rebuilt"], replayed["n"], replayed["assessed"]) == ("reproduced", 0.0, 3, 0)
    assert replayed["caveat"] == words
    (day,) = followed["days"]
    assert (day["value"], day["lower"], day["n"], day["assessed"]) == (0.0, None, 3, 0)
    assert followed["caveats"] == ["nobody had been assessed by the investigator on 2020-06-01"]
    assert shown["responses"] == []
    assert f"{words}: response rates are 0 of 3" in [remark["text"] for remark in shown["remarks"]]
    assert words in trialog("replay", "2020-06-01").out
    assert (
        "nobody had been assessed by the investigator from 2020-02-01 to" in trialog("history", "--figure", "orr").out
    )


def test_a_rate_at_a_time_does_not_follow_the_default_estimator(trialog: Command, tmp_path: Path) -> None:
    """Four subjects alive, one of them followed beyond half a year: nobody has died, so survival is 1."""
    lines: list[dict[str, Any]] = [
        {"event": "trial-registered", "title": "t", "occurred_on": "2020-01-01", "default_definition": {
            "estimator": "to-date", "censoring": "cutoff"}},
        {"event": "cohort-opened", "cohort": "1", "occurred_on": "2020-01-01"},
        *({"event": "subject-enrolled", "subject": f"00{number}", "cohort": "1", "occurred_on": day}
          for number, day in enumerate(("2020-01-01", "2020-09-01", "2020-09-02", "2020-09-03"), 1)),
    ]  # fmt: skip
    common = {"trial": "R", "source": "s", "reported_on": "2020-10-01"}
    file = tmp_path / "rate.jsonl"
    file.write_text("\n".join(json.dumps({**line, **common}) for line in lines), encoding="utf-8")
    trialog("init")
    assert trialog("append", str(file), "--by", "tester").code == 0
    figure = ("--on", "2020-10-01", "--measure", "os-rate", "--unit", "percent", "--at", "6", "--at-unit", "months",
              "--cohort", "1", "--words", "w", "--source", "s", "--by", "tester")  # fmt: skip
    trialog("announce", "r", "--title", "t", *figure, "--value", "100", "--figure", "estimate")
    trialog("announce", "r", *figure, "--value", "25", "--figure", "so-far")
    trialog("announce", "r", *figure, "--value", "25", "--figure", "said-so", "--estimator", "to-date")

    found = {
        each["figure"]["figure"]: each for each in json.loads(trialog("replay", "2020-10-01", "--json").out)["verdicts"]
    }

    assert [(name, each["verdict"], each["rebuilt"]) for name, each in found.items()] == [
        ("estimate", "reproduced", 100.0), ("so-far", "differs", 100.0), ("said-so", "reproduced", 25.0),
    ]  # fmt: skip
    assert found["estimate"]["definition"]["estimator"] == "kaplan-meier"
    assert found["so-far"]["reproduced_by"][0]["estimator"] == "to-date"


def test_a_median_by_independent_review_is_replayed_explained_and_pinned(trialog: Command, tmp_path: Path) -> None:
    """The site finds progression after 100 days, the independent review after 150."""
    lines: list[dict[str, Any]] = [
        {"event": "trial-registered", "title": "t", "occurred_on": "2020-01-01"},
        {"event": "cohort-opened", "cohort": "1", "occurred_on": "2020-01-01"},
        {"event": "subject-enrolled", "subject": "001", "cohort": "1", "occurred_on": "2020-01-01"},
        *({"event": "response-assessed", "subject": "001", "criteria": "RECIST 1.1", "category": "PD",
           "evaluator": evaluator, "occurred_on": day}
          for evaluator, day in (("investigator", "2020-04-10"), ("independent", "2020-05-30"))),
    ]  # fmt: skip
    common = {"trial": "R", "source": "s", "reported_on": "2020-06-01"}
    file = tmp_path / "review.jsonl"
    file.write_text("\n".join(json.dumps({**line, **common}) for line in lines), encoding="utf-8")
    trialog("init")
    assert trialog("append", str(file), "--by", "tester").code == 0
    figure = ("--on", "2020-06-01", "--measure", "median-pfs", "--unit", "days", "--cohort", "1", "--words", "w",
              "--source", "s", "--by", "tester", "--estimator", "kaplan-meier")  # fmt: skip
    trialog(
        "announce", "r", "--title", "t", *figure, "--value", "150", "--figure", "review", "--evaluator", "independent"
    )
    trialog("announce", "r", *figure, "--value", "100", "--figure", "site")

    replayed = json.loads(trialog("replay", "2020-06-01", "--json").out)["verdicts"]
    explained = json.loads(trialog("explain", "r", "--json").out)["figures"]

    assert [(each["figure"]["figure"], each["verdict"], each["rebuilt"]) for each in replayed] == [
        ("review", "reproduced", 150.0), ("site", "reproduced", 100.0),
    ]  # fmt: skip
    assert all(each["reproduced_by"][0]["cutoffs"][0]["lag_days"][0] == 0 for each in explained)
    assert "median-pfs (independent)" in trialog("replay", "2020-06-01").out
    with trialog_package.open_log("trialog.db") as log:
        for evaluator, name in (("independent", "150 days"), ("investigator", "100 days")):
            pinned = log.pinned_history(figure="median-pfs", evaluator=evaluator)
            assert [pin.announced for pin in pinned.pins] == [name]
