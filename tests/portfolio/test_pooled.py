"""Pooled groups are compared within trials, as R's survdiff compares within strata."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from trialog.portfolio.questions.pooled import answer_of
from trialog.portfolio.request import Request

TWO_ARMS = Path(__file__).parents[1] / "data/figures/two-arms.csv"
"""Fourteen invented subjects in two arms and two strata; the strata are two trials here."""


def rows() -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for subject in csv.DictReader(TWO_ARMS.read_text(encoding="utf-8").splitlines()):
        key = (subject["stratum"], subject["arm"])
        row = found.setdefault(
            key,
            {"trial": key[0], "label": key[1], "n": 0, "left_out": 0, "day": [], "ended": [], "censored": [],
             "log_size": 1, "log_root": "00"},
        )  # fmt: skip
        died = subject["d"] == "1"
        row["n"] += 1
        row["day"].append(int(subject["t"]))
        row["ended"].append(int(died))
        row["censored"].append(int(not died))
    return list(found.values())


@pytest.mark.parametrize(
    ("stratified", "chi_square", "p"),
    [
        # R 4.2, survival 3.5: survdiff(Surv(t, d) ~ arm + strata(stratum)), and without strata
        (True, 1.217389, 0.269874),
        (False, 1.488071, 0.222516),
    ],
)
def test_two_arms_in_two_trials_as_r(stratified: bool, chi_square: float, p: float) -> None:
    found = answer_of(rows(), Request("pooled", by="cohort", stratified=stratified))

    assert [row["label"] for row in found] == ["A", "B"]
    assert {(round(row["chi_square"], 6), round(row["p"], 6), row["df"]) for row in found} == {(chi_square, p, 1)}
    assert ("stratified by trial" in found[0]["test"]) == stratified
    # R: survfit without the entry: medians 151 and 260
    assert [row["value_days"] for row in found] == [151, 260]


def test_labels_that_share_no_trial_are_not_compared_within_trials() -> None:
    apart = [{**row, "trial": row["label"]} for row in rows() if row["trial"] == rows()[0]["trial"]]

    (first, _) = answer_of(apart, Request("pooled", by="sponsor"))

    assert first["p"] is None
    assert first["test"].startswith("none within trials")
