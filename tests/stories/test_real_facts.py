"""Facts as trials have them: dates known in part, two evaluators, baseline, contradictions, unconfirmed progressions.

Each log of `tests/data/figures` shows one kind of fault; the right values are arithmetic on its dates, or R's.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command

CASES = Path(__file__).parents[1] / "data" / "figures"


def snapshot(trialog: Command, case: str, as_of: str, *options: str) -> Any:
    assert trialog("init").code == 0
    appended = trialog("append", "--by", "me", str(CASES / f"{case}.jsonl"))
    assert appended.code == 0, appended.err
    return json.loads(trialog("snapshot", "--as-of", as_of, "--subjects", "--json", *options).out)


def figure(shown: Any, name: str, confirmed: bool = False) -> Any:
    found = [
        each
        for cohort in shown["cohorts"]
        for each in (*cohort["figures"], *cohort["endpoints"])
        if name in each["name"] and ("confirmed" in each["name"] + each["definition"]["origin"]) == confirmed
    ]
    return found[0]


def subject(shown: Any, name: str) -> Any:
    return next(each for each in shown["subjects"] if each["subject"] == name)


def adtte(trialog: Command, *options: str) -> dict[tuple[str, str], tuple[int, int, str]]:
    assert trialog("export", "adtte", "--out", "adtte.csv", *options).code == 0
    with Path("adtte.csv").open(encoding="utf-8") as file:
        return {
            (row["USUBJID"], row["PARAMCD"]): (int(row["AVAL"]), int(row["CNSR"]), row["ADT"])
            for row in csv.DictReader(file)
        }


# -- dates known in part ------------------------------------------------------------------------


def test_a_death_known_to_its_year_is_not_before_the_last_contact(trialog: Command) -> None:
    """Enrolled 2021-03-01, seen on 2021-09-14 (197 days later), died "2021": at most 305 days."""
    shown = snapshot(trialog, "partial-death-year", "2021-12-31")

    assert subject(shown, "A-01")["days"] == 197
    median = figure(shown, "kaplan-meier median overall")
    assert (median["value_days"], median["definition"]["partial_dates"]) == (197, "possible day")
    spans = [each for each in shown["cohorts"][0]["remarks"] if each["kind"] == "partial dates"]
    assert {(each["lower_months"], each["upper_months"]) for each in spans} == {(197 / 30.4375, 305 / 30.4375)}
    assert adtte(trialog)["A-01", "OS"] == (198, 0, "2021-09-14")


def test_a_death_known_to_its_month_after_the_last_contact_of_that_month(trialog: Command) -> None:
    shown = snapshot(trialog, "partial-death-month", "2021-09-30")

    assert (subject(shown, "A-02")["days"], subject(shown, "A-02")["died_on"]) == (197, "2021-09-14")


def test_a_subject_who_may_still_be_alive_is_named(trialog: Command) -> None:
    """Died "2021", seen on 2021-09-14: at a cutoff of 2021-10-31 the death may be yet to come."""
    shown = snapshot(trialog, "partial-death-year", "2021-10-31")

    named = [each["subjects"] for each in shown["cohorts"][0]["remarks"] if each["kind"] == "may be alive"]
    assert named == [["A-01"]]


def test_a_randomisation_after_the_death_is_refused(trialog: Command) -> None:
    assert trialog("init").code == 0

    refused = trialog("append", "--by", "me", str(CASES / "randomised-after-death.jsonl"))

    assert refused.code == 1
    assert "randomisation of subject D-01 on 2021-03-02 is after the death on 2021-02-10" in refused.err


def test_a_contact_after_the_cutoff_shows_that_a_partial_death_came_later(trialog: Command) -> None:
    shown = snapshot(trialog, "partial-death-month", "2021-09-10")

    assert (subject(shown, "A-02")["died"], subject(shown, "A-02")["days"]) == (False, 193)


def test_a_complete_progression_is_not_moved_to_fit_a_partial_death(trialog: Command) -> None:
    """Enrolled 06-10, PD 06-20, died "2021-06"."""
    shown = snapshot(trialog, "partial-death-after-progression", "2021-06-30")

    assert (subject(shown, "A-03")["progressed_on"], subject(shown, "A-03")["days"]) == ("2021-06-20", 10)
    assert figure(shown, "progression-free survival")["value_days"] == 10
    found = adtte(trialog)
    assert [found["A-03", code] for code in ("PFS", "TTP", "OS")] == [(11, 0, "2021-06-20")] * 3


# -- two evaluators -----------------------------------------------------------------------------


def test_independent_figures_follow_independent_review_alone(trialog: Command) -> None:
    """R 4.2, survival 3.5: Surv(c(304, 274, 0), c(1, 1, 0)) has the median 289 = (274 + 304) / 2."""
    shown = snapshot(trialog, "independent-review", "2021-12-31", "--evaluator", "independent")

    free = figure(shown, "progression-free survival")
    assert (free["value_days"], free["n"], free["events"], free["evaluator"]) == (289, 3, 2, "independent")
    assert "adequate assessments by independent review" in free["rules"]
    assert figure(shown, "time to progression")["events"] == 0
    rows = {each["subject"]: (each["best_response"], each["progressed_on"]) for each in shown["subjects"]}
    assert rows == {"B-01": (None, None), "B-02": ("SD", None), "B-03": ("SD", None)}
    assert adtte(trialog, "--evaluator", "independent")["B-03", "PFS"][:2] == (275, 0)


def test_the_investigators_own_clinical_progression_is_the_investigators(trialog: Command) -> None:
    shown = snapshot(trialog, "independent-review", "2021-12-31")

    assert subject(shown, "B-03")["progressed_on"] == "2021-03-08"
    assert figure(shown, "time to progression")["events"] == 1


def test_a_clinical_progression_can_be_left_out(trialog: Command) -> None:
    """Without the site's clinical progression of day 63 B-03 is free of progression until the death of day 274."""
    shown = snapshot(trialog, "independent-review", "2021-12-31", "-d", "clinical_progression=ignored")

    assert figure(shown, "time to progression")["events"] == 0
    assert "clinical progression ignored" in figure(shown, "time to progression")["rules"]
    assert subject(shown, "B-03")["progressed_on"] is None


# -- baseline -----------------------------------------------------------------------------------


def test_what_lies_before_the_origin_is_baseline(trialog: Command) -> None:
    """PD at screening, randomised on 03-02, PR on 04-20 and 06-15, 105 days after it."""
    shown = snapshot(trialog, "screening-assessment", "2021-12-31", "-d", "origin=randomisation")
    early = [each for each in shown["cohorts"][0]["remarks"] if each["kind"] == "progression before the origin"]
    assert [each["subjects"] for each in early] == [["C-01"]]

    assert [figure(shown, name)["events"] for name in ("progression-free survival", "time to progression")] == [0, 0]
    row = subject(shown, "C-01")
    assert (row["best_response"], row["best_response_on"], row["progressed_on"]) == ("PR", "2021-04-20", None)
    orr = next(each for each in shown["cohorts"][0]["responses"][0]["rates"] if each["name"] == "ORR")
    assert (orr["responders"], orr["n"]) == (1, 1)
    assert adtte(trialog, "--origin", "randomisation")["C-01", "PFS"] == (106, 1, "2021-06-15")
    history = trialog(
        "history", "--figure", "orr", "--every-day", "--to", "2021-12-31", "--json", "-d", "origin=randomisation"
    )
    assert json.loads(history.out)["cohorts"][0]["days"][-1]["value"] == 1


# -- confirmed responses, adequate assessments ----------------------------------------------------


def test_an_unconfirmed_progression_does_not_end_a_confirmed_response(trialog: Command) -> None:
    """IMWG: PR on days 28, 56, 112 and 140, PD on day 84 alone: 112 days and going on."""
    shown = snapshot(trialog, "unconfirmed-pd", "2021-12-31")

    confirmed = figure(shown, "duration of response", confirmed=True)
    assert (confirmed["events"], confirmed["value_days"]) == (0, None)
    assert figure(shown, "duration of response")["events"] == 1
    assert figure(shown, "progression-free survival", confirmed=True)["events"] == 0
    ends = adtte(trialog)
    (one,) = {name for name, _ in ends}
    assert ends[one, "CRSD"][:2] == (113, 1)
    assert ends[one, "RSD"][:2] == (57, 0)


def test_not_evaluable_is_no_assessment_unless_asked_for(trialog: Command) -> None:
    """R: 140 of times 56+, 91, 189; with NE counted the first is 112+ and the median 189."""
    shown = snapshot(trialog, "ne-last", "2021-12-31")

    assert figure(shown, "progression-free survival")["value_days"] == 140
    assert adtte(trialog)["F-01", "PFS"][:2] == (57, 1)
    every = json.loads(trialog("snapshot", "--as-of", "2021-12-31", "--json", "-d", "assessments=all").out)
    assert figure(every, "progression-free survival")["value_days"] == 189
    assert adtte(trialog, "--rules", "admiral", "--force")["F-01", "PFS"][:2] == (113, 1)


# -- parts of the definition ------------------------------------------------------------------------


def test_a_given_part_reaches_the_to_date_median_too(trialog: Command) -> None:
    """The middle of 60, 100 and 180."""
    shown = snapshot(trialog, "censoring-option", "2021-12-31", "-d", "censoring=last known alive")

    assert figure(shown, "to-date median overall")["value_days"] == 100


def test_a_sponsors_figure_that_counts_both_days_is_explained(trialog: Command) -> None:
    """504 days with both ends are 16.56 months, announced as 16.6; 503 are 16.53."""
    snapshot(trialog, "plus-one-day", "2024-06-30")
    assert trialog(
        "announce", "first release", "--by", "me", "--on", "2024-08-09", "--title", "First release", "--source", "release",
        "--data-cutoff", "2024-06-30", "--measure", "median-os", "--value", "16.6", "--unit", "months", "--cohort", "A",
        "--estimator", "kaplan-meier", "--words", "median overall survival was 16.6 months",
    ).code == 0  # fmt: skip

    explained = json.loads(trialog("explain", "first release", "--max-lag", "0", "--json").out)

    found = [each["definition"] for each in explained["figures"][0]["reproduced_by"]]
    assert any((each["counting"], each["month"]) == ("inclusive", "30.4375") for each in found)


@pytest.mark.parametrize(("options", "months"), [((), 86 / 30.4375), (("-d", "month=calendar"), 2 + 26 / 31)])
def test_calendar_months_count_the_rest_of_a_month_against_that_month(
    trialog: Command, options: tuple[str, ...], months: float
) -> None:
    shown = snapshot(trialog, "calendar-months", "2020-12-31", *options)

    assert figure(shown, "kaplan-meier median overall")["value_months"] == pytest.approx(months, rel=1e-12)
