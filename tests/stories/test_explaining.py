"""``trialog explain`` on published papers: times read back from their curves, medians from their abstracts.

The times are rounded to whole days, with months of 30.4375 days as R's user took them.
"""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command

PAPERS = Path(__file__).parents[1] / "data/kmdata"
ENTRY, RELEASED = date(2010, 1, 1), "2025-01-01"

Cells = dict[str, str]


def rows(name: str) -> list[Cells]:
    with (PAPERS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ANNOUNCED = [row for row in rows("announced") if row["announced_median"]]


@pytest.fixture
def paper(trialog: Command, request: pytest.FixtureRequest) -> Command:
    """A log with the subjects of one paper and its medians, as announced on one day."""
    name: str = request.param
    lines: list[dict[str, Any]] = [{"event": "trial-registered", "title": name, "occurred_on": str(ENTRY)}]
    subjects = rows(name)
    lines += [
        {"event": "cohort-opened", "cohort": arm, "occurred_on": str(ENTRY)}
        for arm in sorted({row["arm"] for row in subjects})
    ]
    for number, row in enumerate(subjects, 1):
        last = ENTRY + timedelta(days=round(float(row["time"]) * 30.4375))
        subject = {"subject": f"S{number:04}"}
        lines.append({"event": "subject-enrolled", "cohort": row["arm"], "occurred_on": str(ENTRY), **subject})
        ended = (
            {"event": "subject-died"} if row["event"] == "1" else {"event": "subject-seen-alive", "contact": "other"}
        )
        lines.append({"occurred_on": str(last), **ended, **subject})
    shared = {"trial": name, "source": "paper", "reported_on": RELEASED}
    Path("paper.jsonl").write_text("\n".join(json.dumps({**line, **shared}) for line in lines), encoding="utf-8")
    register = ["date_announced,cohort,measure,value,unit,n,deaths"]
    register += [
        f"{RELEASED},{row['arm']},mOS,{row['announced_median']},months,{row['n']},{row['events']}"
        for row in ANNOUNCED
        if row["name"] == name
    ]
    Path("paper.csv").write_text("\n".join(register) + "\n", encoding="utf-8")
    trialog("init")
    assert trialog("append", "--by", "me", "paper.jsonl").code == 0
    assert trialog("announce", "--by", "me", "--file", "paper.csv").code == 0
    return trialog


def explained(paper: Command) -> dict[str, Any]:
    found = json.loads(paper("explain", RELEASED, "--max-lag", "0", "--json").out)
    return {each["figure"]["cohorts"][0]: each for each in found["figures"]}


def by_paper(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("paper", names, ids=names, indirect=True)


@by_paper("REVEL_2")
def test_medians_that_agree_are_reproduced_by_their_plainest_definition(paper: Command) -> None:
    found = explained(paper)

    assert {arm: each["reproduced_by"][0]["distance"] for arm, each in found.items()} == {
        "placebo_docetaxel": 0,
        "ramucirumab_docetaxel": 0,
    }
    assert {each["reproduced_by"][0]["definition"]["estimator"] for each in found.values()} == {"kaplan-meier"}


@by_paper("Checkmate017_1")
def test_a_median_that_agrees_only_by_rounding_says_so(paper: Command) -> None:
    """R's median is 9.25: to even digits that is 9.2, as printed; half-up, or half a day more, makes it 9.3."""
    found = explained(paper)

    assert found["d1"]["reproduced_by"][0]["rounding"] == "rounded"
    plainest = found["nivolumab"]["reproduced_by"][0]
    assert (plainest["rounding"], plainest["distance"]) == ("cut off", 1)
    assert {each["rounding"] for each in found["nivolumab"]["reproduced_by"]} == {"cut off"}


@by_paper("ACT1_2A")
def test_both_arms_whose_second_digit_is_5_or_6_are_reproduced_by_digits_cut_off(paper: Command) -> None:
    """7.56 was announced as 7.5, and 7.85 as 7.8."""
    together = json.loads(paper("explain", RELEASED, "--max-lag", "0", "--json").out)["together"]

    assert together[0]["rounding"] == "cut off"


@by_paper("RECOURSE_1A")
def test_a_median_that_differs_names_the_definition_that_gives_it_and_what_the_others_print(paper: Command) -> None:
    """7.04 months of 30.4375 days, announced as 7.1: 214 days are 7.1 months of 30."""
    found = explained(paper)

    assert found["placebo"]["reproduced_by"][0]["distance"] == 0
    assert found["tas-102"]["reproduced_by"][0]["definition"]["month"] == "30"
    # 215 days, with both ends counted, are 7.06 months of 30.4375 days.
    assert any(
        (each["definition"]["counting"], each["definition"]["month"]) == ("inclusive", "30.4375")
        for each in found["tas-102"]["reproduced_by"]
    )
    own = next(
        each for each in found["tas-102"]["at_own_cutoff"] if each["definition"] == found["tas-102"]["own_definition"]
    )
    assert (own["reproduces"], str(own["value"])[:4]) == (False, "7.03")


@by_paper("REVEL_2")
def test_a_figure_that_nothing_reproduces_is_exit_code_1(paper: Command) -> None:
    Path("wrong.csv").write_text(
        "date_announced,cohort,measure,value,unit\n2025-02-01,placebo_docetaxel,mOS,3.0,months\n", encoding="utf-8"
    )
    assert paper("announce", "--by", "me", "--file", "wrong.csv").code == 0

    result = paper("explain", "2025-02-01", "--max-lag", "0")

    assert result.code == 1
    assert "nothing reproduces it" in result.out
