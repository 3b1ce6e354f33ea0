"""Names of measures, cohorts and quotations."""

from __future__ import annotations

import pytest

from trialog.exchange.register.cohorts import read_cohort
from trialog.exchange.register.measures import read_measure
from trialog.exchange.register.wordings import (
    approximately,
    estimator_said,
    origin_said,
    says_no_median_yet,
    subjects_said,
)


@pytest.mark.parametrize(
    ("name", "measure", "role"),
    [
        ("mOS", "median-os", "figure"),
        ("median_OS", "median-os", "figure"),
        ("OS_median", "median-os", "figure"),
        ("mPFS", "median-pfs", "figure"),
        ("mTTP", "median-ttp", "figure"),
        ("mDOR", "median-dor", "figure"),
        ("median_follow_up", "median-follow-up", "figure"),
        ("mOS_CI95_low", "median-os-lower", "figure"),
        ("mOS_CI_high", "median-os-upper", "figure"),
        ("mOS_95CI_low", "median-os-lower", "figure"),
        ("mPFS_UCL", "median-pfs-upper", "figure"),
        ("mean_PFS", "mean-pfs", "figure"),
        ("OS_over_36m", "os-rate", "figure"),
        ("OS_rate", "os-rate", "figure"),
        ("alive_share", "alive-share", "figure"),
        ("n_alive", "count-alive", "figure"),
        ("n_followed", "count-alive", "figure"),
        ("count_alive", "count-alive", "figure"),
        ("number_of_deaths", "count-dead", "figure"),
        ("deaths", "count-dead", "figure"),
        ("n_still_in_PFS", "count-progression-free", "figure"),
        ("SD_count", "count-best-response", "figure"),
        ("CBR", "cbr", "figure"),
        ("prior_treatments_mean", "mean-prior-lines", "figure"),
        ("dose", "planned-dose", "figure"),
        ("n_enrolled", "count-enrolled", "subjects"),
        ("n_evaluable", "count-evaluable", "subjects"),
        ("first_dose_date", "other", "first entry"),
        ("cohort_opened_by_DMC", "other", "opened"),
        ("cohort_completed", "other", "closed"),
        ("cohort_start_after_cohort_1", "other", "after cohort"),
        ("mOS_status", "median-os", "status"),
        ("median-os", "median-os", "figure"),
        ("AE_grade_mean", "other", "words"),
        ("orphan_designation", "other", "words"),
        ("n_planned_min", "other", "words"),
    ],
)
def test_the_name_of_a_measure(name: str, measure: str, role: str) -> None:
    meaning = read_measure(name)

    assert (meaning.measure, meaning.role) == (measure, role)


@pytest.mark.parametrize(
    ("name", "measure", "evaluator", "confirmation"),
    [
        ("cORR", "orr", None, "confirmed"),
        ("confirmed_ORR", "orr", None, "confirmed"),
        ("unconfirmed ORR", "orr", None, "as assessed"),
        ("ORR (BICR)", "orr", "independent", None),
        ("confirmed ORR by independent review", "orr", "independent", "confirmed"),
        ("mPFS, investigator-assessed", "median-pfs", "investigator", None),
        ("12-month PFS rate by IRC", "pfs-rate", "independent", None),
        ("PR_count_confirmed", "count-best-response", None, "confirmed"),
        ("mOS by BICR", "other", None, None),  # a death is not assessed: such a name is not understood
    ],
)
def test_a_name_says_whose_assessments_count_and_which_responses(
    name: str, measure: str, evaluator: str | None, confirmation: str | None
) -> None:
    meaning = read_measure(name)

    assert (meaning.measure, meaning.evaluator, meaning.confirmation) == (measure, evaluator, confirmation)


@pytest.mark.parametrize(
    ("name", "at", "unit"),
    [
        ("OS_over_36m", "36", "months"),
        ("OS_at_12m", "12", "months"),
        ("OS12", "12", "months"),
        ("12-month OS", "12", "months"),
        ("1y_OS", "1", "years"),
        ("PFS_52w", "52", "weeks"),
        ("OS_rate_365_days", "365", "days"),
    ],
)
def test_a_rate_names_its_landmark(name: str, at: str, unit: str) -> None:
    meaning = read_measure(name)

    assert (meaning.at, meaning.at_unit) == (at, unit)


@pytest.mark.parametrize(
    ("name", "origin", "words"),
    [
        ("mOS_from_randomization", "randomisation", None),
        ("mOS_from_first_dose", "first dose", None),
        ("mOS_from_enrolment", "enrollment", None),
        ("mOS_from_surgery", None, "surgery"),
        ("mOS", None, None),
    ],
)
def test_a_median_names_its_origin(name: str, origin: str | None, words: str | None) -> None:
    meaning = read_measure(name)

    assert (meaning.origin, meaning.origin_words) == (origin, words)


def test_ends_of_a_range_are_bounds_and_the_other_cohort_is_named() -> None:
    assert (read_measure("mOS_low").comparator, read_measure("mOS_high").comparator) == (">=", "<=")
    assert read_measure("cohort_start_after_cohort_1").cohort == "1"
    assert read_measure("SD_count").category == "SD"
    assert read_measure("mOS_CI95_low").level == "95"


@pytest.mark.parametrize(
    ("text", "labels", "population"),
    [
        pytest.param("1", ("1",), None, id="a cohort"),
        pytest.param("1+2+3", ("1", "2", "3"), None, id="pooled"),
        pytest.param("A & B", ("A", "B"), None, id="pooled, with an ampersand"),
        pytest.param("Cohort 1", ("1",), None, id="the word cohort"),
        pytest.param("first-line ONCOS-102", ("first-line ONCOS-102",), None, id="a label of several words"),
        pytest.param("parts A+B evaluable", ("parts A+B evaluable",), None, id="words with a plus in them"),
        pytest.param("ITT", (), "ITT", id="everyone"),
        pytest.param("ITT, blinded, both arms", (), "ITT, blinded, both arms", id="a population with commas"),
        pytest.param("mITT (evaluable)", (), "mITT (evaluable)", id="brackets"),
        pytest.param("comparators", (), "comparators", id="other trials"),
        pytest.param("", (), None, id="nothing"),
    ],
)
def test_whom_a_figure_counts(text: str, labels: tuple[str, ...], population: str | None) -> None:
    found = read_cohort(text)

    assert (found.labels, found.population) == (labels, population)


def test_populations_are_named_by_their_words() -> None:
    assert read_cohort("external controls").external
    assert read_cohort("comparators").external
    assert not read_cohort("first-line control").external
    assert read_cohort("all").everyone
    assert read_cohort("ITT").counted == "enrolled"
    assert read_cohort("mITT (evaluable)").counted == "evaluable"
    assert read_cohort("safety population").counted == "dosed"


@pytest.mark.parametrize(
    ("quote", "estimator", "ongoing"),
    [
        ("ongoing median overall survival (mOS) from Cohort 1", "to-date", True),
        ("has experienced a mOS of 15.4 months to date", "to-date", True),
        ("patients in Cohort 2 have already achieved an average PFS of 127 days", "to-date", True),
        ("The median survival continues to increase", "to-date", True),
        (
            "the Kaplan-Meier median survival estimate for these patients is an amazing 88.2 months",
            "kaplan-meier",
            False,
        ),
        ("the estimated median overall survival was 12 months", "kaplan-meier", False),
        ("Kaplan-Meier median of 12 months to date", "kaplan-meier", True),
        ("In this ongoing phase 1 study median OS was 12.5 months (95% CI 8.0-NE)", None, False),
        ("To date, 12 patients were enrolled; the median OS was 12.5 months", None, False),
        ("Follow-up is ongoing; the median OS was 12 months", None, False),
        ("median follow-up of 10 months to date", None, False),
        ("the median OS in patients whose treatment is ongoing is 9 months", None, False),
        ("to date", "to-date", True),
        ("median OS is ongoing", "to-date", True),
        ("post treatment median survival of 11.9 months and 4.9 months, respectively", None, False),
        ("", None, False),
    ],
)
def test_what_a_quotation_commits_to(quote: str, estimator: str | None, ongoing: bool) -> None:
    said = estimator_said(quote)

    assert (said.estimator, said.ongoing) == (estimator, ongoing)
    assert bool(said.rule) == (estimator is not None)


@pytest.mark.parametrize(
    ("quote", "digits", "cohort", "n"),
    [
        ("28.8 months versus 12.5 months in the control group (n=6)", "28.8", "treated", None),
        ("28.8 months (n=7) versus 12.5 months in the control group", "28.8", "treated", 7),
        ("12.5 months in the control group (n=6)", "28.8", "treated", None),
        ("mOS of 13.5 months observed in the SoC-only control group (n=6)", "13.5", "first-line control", 6),
        ("mOS was 25.0 months for first-line treated patients (n=8)", "25.0", "first-line", 8),
    ],
)
def test_the_number_of_another_arm_is_not_taken(quote: str, digits: str, cohort: str, n: int | None) -> None:
    found = subjects_said(quote, digits, cohort)

    assert (found and found[0]) == n


def test_other_words_of_a_quotation() -> None:
    assert says_no_median_yet("Currently, the median overall survival (mOS) for each cohort is not yet evaluable")
    assert says_no_median_yet("it is also premature to report survival-related efficacy data")
    assert not says_no_median_yet("continues to follow all 12 evaluable patients")
    assert origin_said("mOS was 34.7 months from surgery") == "surgery"
    assert origin_said("19.3 months from randomization (22.4 months from surgery)") is None
    assert approximately("Cohorts 2 and 3 were initiated approximately 10 and 18 months after", "10")
    assert approximately("Cohorts 2 and 3 were initiated approximately 10 and 18 months after", "18")
    assert not approximately("approximately 10 patients had 18 months", "18")
    assert not approximately("a median of 118 months", "18")


@pytest.mark.parametrize(
    ("quote", "n"),
    [
        pytest.param("median OS of 9.0 months (n=24)", 24, id="n in brackets"),
        pytest.param("14.1 months in the first 6 patients", 6, id="in the first six"),
        pytest.param("9.7 months among 13 evaluable subjects", 13, id="among evaluable subjects"),
        pytest.param("25.0 months (n=8) against 13.5 (n=6)", None, id="two numbers"),
        pytest.param("9.7 months, with 5 patients alive", None, id="another number of patients"),
        pytest.param("a median of 9 months", None, id="none"),
    ],
)
def test_the_number_of_subjects_in_a_quotation(quote: str, n: int | None) -> None:
    found = subjects_said(quote)

    assert (found and found[0]) == n
