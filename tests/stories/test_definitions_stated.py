"""Every figure states what it follows: the words beside each column, by docs/figures.md."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.conftest import Command


@pytest.fixture
def demo(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    assert trialog("demo", "demo.db").code == 0
    monkeypatch.setenv("TRIALOG_LOG", "demo.db")
    return trialog


TO_DATE = (
    "to-date mOS: months, to-date, from first dose, dosed subjects, living counted at the cutoff, "
    "month = 30.4375 days, ties midpoint, partial dates on a possible day"
)
KAPLAN_MEIER = (
    "Kaplan-Meier mOS: months, kaplan-meier, from first dose, dosed subjects, living censored at last known alive, "
    "month = 30.4375 days, ties midpoint, partial dates on a possible day, 95 % log limits"
)


@pytest.mark.parametrize(
    "command",
    [("replay", "2017-11-07"), ("cohorts",), ("restate", "2017-06-01", "2017-11-07")],
    ids=lambda command: command[0],
)
def test_an_overview_states_the_definition_of_each_median(demo: Command, command: tuple[str, ...]) -> None:
    lines = demo(*command).out.splitlines()

    assert TO_DATE in lines
    assert KAPLAN_MEIER in lines


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("median-os", "median-os in months, overall survival, to-date, from first dose"),
        ("median-pfs -d estimator=kaplan-meier -d 'censoring=last known alive' -d conf_type=plain -d level=0.9",
         "median-pfs in months, progression-free survival, kaplan-meier, from first dose, dosed subjects, living "
         "censored at last assessment, month = 30.4375 days, ties midpoint, "
         "partial dates on a possible day, 90 % plain limits"),
        ("median-dor", "median-dor in months, duration of response, to-date, from first response, as assessed"),
        ("median-follow-up", "median-follow-up in months, overall survival, reverse Kaplan-Meier (flip), kaplan-meier"),
        ("os-rate --at 12m", "os-rate in percent, overall survival at day 365.25, kaplan-meier"),
        ("orr --confirmed",
         "orr in percent, share of dosed subjects, best response confirmed by the investigator, PR or better, 95 % exact limits "
         "(Clopper-Pearson)"),
        ("count-dead", "count-dead, subjects of the cohort"),
    ],
    ids=lambda value: value.split(" ")[0],
)  # fmt: skip
def test_a_history_states_what_its_own_figure_follows(demo: Command, figure: str, words: str) -> None:
    lines = demo("history", "--cohort", "2", "--figure", *shlex.split(figure)).out.splitlines()

    assert [line for line in lines if line.startswith(f"NCT02278315: {words}")], lines


def test_a_history_of_progression_says_in_json_where_open_times_end(demo: Command) -> None:
    words = ("-d", "estimator=kaplan-meier", "-d", "censoring=last known alive")

    shown = json.loads(demo("history", "--cohort", "2", "--figure", "median-pfs", *words, "--json").out)

    assert shown["definition"]["censoring"] == "last assessment"


def test_a_snapshot_names_the_limits_of_medians_and_rates(demo: Command) -> None:
    shown = demo("snapshot", "--cohort", "2", "--as-of", "2017-11-07", "-d", "level=0.9").out

    assert "months (90 % log)" in shown
    assert "of the dosed subjects; limits 90 % exact (Clopper-Pearson)" in shown
