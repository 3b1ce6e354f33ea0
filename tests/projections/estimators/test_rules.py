"""The rules of each estimator, by hand or from R, where the oracle's tables do not reach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialog.events.errors import QuestionError
from trialog.projections import (
    KAPLAN_MEIER,
    TO_DATE,
    Definition,
    Survival,
    clopper_pearson,
    follow_up,
    history,
    log_rank,
    restricted_mean,
    survival,
    to_date_median,
)
from trialog.projections.estimators.log_rank import chi_square_upper


def test_a_curve_by_hand() -> None:
    """Acute myelogenous leukaemia, maintained arm (R survival::aml), weeks."""
    found = survival([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])

    assert found.curve.at_risk.tolist() == [11, 10, 8, 7, 6, 5, 4, 3, 2, 1]
    assert found.curve.survival[:3].tolist() == pytest.approx([10 / 11, 9 / 11, 63 / 88], rel=1e-15)
    assert found.median == 31


@pytest.mark.parametrize("n", range(2, 101, 2))
def test_exactly_one_half_is_decided_in_whole_numbers(n: int) -> None:
    """Without censoring the median of 1 to n is the middle; floats miss it in one even n of four."""
    assert survival(range(1, n + 1), [1] * n).median == (n + 1) / 2


@pytest.mark.parametrize("tenth", range(1, 10))
def test_every_level_is_the_decimal_that_was_written(tenth: int) -> None:
    """Of ten subjects who die on days 1 to 10, p = 0.3 lies between days 3 and 4; 0.3 as a float does not."""
    assert survival(range(1, 11), [1] * 10).quantile(tenth / 10).value == tenth + 0.5


def test_one_half_is_exact_in_a_cohort_of_a_million() -> None:
    days = np.arange(1, 1_000_001)

    assert survival(days, np.ones(days.size, bool)).median == 500_000.5


FLAT_AT_THE_END = ([54, 75, 77, 84, 87, 92, 103, 105, 112, 118], [1] * 5 + [0] * 5)


@pytest.mark.parametrize(
    ("days", "died", "ties", "expected"),
    [
        pytest.param([1, 2, 3, 4], [1, 1, 1, 1], "midpoint", 2.5, id="R and SAS take the midpoint"),
        pytest.param([1, 2, 3, 4], [1, 1, 1, 1], "first day", 2, id="lifelines takes the first day"),
        pytest.param([1, 2, 3, 4], [1, 1, 1, 1], "midpoint to end", 2.5, id="a midpoint is a midpoint"),
        pytest.param(*FLAT_AT_THE_END, "midpoint", 87, id="flat end: R's print"),
        pytest.param(*FLAT_AT_THE_END, "midpoint to end", 102.5, id="flat end: R's quantile"),
        pytest.param(*FLAT_AT_THE_END, "first day", 87, id="flat end: first day"),
        pytest.param([5, 5], [0, 0], "midpoint", None, id="nobody died: not reached"),
        pytest.param([0], [1], "midpoint", 0, id="a death on day 0"),
        pytest.param([], [], "midpoint", None, id="nobody"),
        pytest.param([10**9, 5, 2 * 10**9], [1, 1, 1], "midpoint", 10**9, id="times without bounds"),
    ],
)
def test_the_rules_of_the_median(days: list[int], died: list[int], ties: str, expected: float | None) -> None:
    assert survival(days, died, Definition(ties=ties)).median == expected  # type: ignore[arg-type]


def test_a_quantile_follows_rs_quantile_and_the_median_rs_print() -> None:
    found = survival(*FLAT_AT_THE_END)

    assert (found.median, found.quantile(0.5).value) == (87, 102.5)
    assert found.quantile(0.5).definition.ties == "midpoint to end"


def test_a_result_states_its_definition() -> None:
    definition = Definition(conf_type="log-log", level=0.9)
    found = survival([1, 2, 3], [1, 0, 1], definition)

    assert {found.definition, found.at(2).definition, found.restricted_mean(2).definition} == {definition}
    assert (found.follow_up.n, found.follow_up.deaths) == (3, 2)


def test_limits_of_another_level() -> None:
    """R: summary(survfit(Surv(1:8, rep(1, 8)) ~ 1, conf.int = 0.8))$table: 4.5, 3 to 7."""
    found = survival(range(1, 9), [1] * 8, Definition(level=0.8))

    assert (found.median, found.median_lower, found.median_upper) == (4.5, 3, 7)


@pytest.mark.parametrize(
    ("until", "value", "error"),
    [
        pytest.param(0, 0, 0, id="no time at all"),
        pytest.param(3, 3, 0, id="before the first time, where R refuses: everybody lived"),
        pytest.param(5, 5, 0, id="on the day of the first death"),
        # Area 5 + 5/2; A = 2.5 behind day 5, its d / (n (n - d)) = 1/2.
        pytest.param(10, 7.5, (2.5**2 / 2) ** 0.5, id="to the last death"),
        pytest.param(20, 7.5, (2.5**2 / 2) ** 0.5, id="beyond the last death nobody lives"),
    ],
)
def test_restricted_means_by_hand(until: int, value: float, error: float) -> None:
    mean = restricted_mean([5, 10], [1, 1], until)

    assert (mean.value, mean.std_error) == pytest.approx((value, error))
    assert mean.value is not None
    assert mean.upper is not None
    assert (mean.upper - mean.value) == pytest.approx(1.959963984540054 * error)


def test_of_nobody_nothing_is_said() -> None:
    """Survival of 1 with limits from 1 to 1 would be a claim, and there is nobody to make it of."""
    nobody = survival([], [])
    mark, mean = nobody.at(365), nobody.restricted_mean(365)

    assert [mark.n, mark.at_risk, mark.survival, mark.std_error, mark.lower, mark.upper] == [0, 0, *[None] * 4]
    assert [mean.n, mean.value, mean.std_error, mean.lower, mean.upper] == [0, *[None] * 4]
    assert (nobody.quantile(0.25).value, nobody.follow_up_median, survival([], [], TO_DATE).median) == (None,) * 3


def test_follow_up_of_deaths_and_censorings_on_one_day() -> None:
    """1+ 1 5+: R's flip gives 5, prodlim (deaths first) 3 by the midpoint rule (notes of 2026-11-22)."""
    assert follow_up([1, 1, 5], [0, 1, 0]).value == 5
    assert follow_up([1, 1, 5], [0, 1, 0], rule="deaths first").value == 3


@pytest.mark.parametrize(
    ("responders", "n", "lower", "upper"),
    [
        pytest.param(0, 0, 0, 1, id="nobody"),
        pytest.param(1, 10**6, 2.5317807663794211e-08, 5.5716306551722366e-06, id="one of a million"),
        pytest.param(999_999, 10**6, 0.99999442836934482, 0.99999997468219237, id="all but one of a million"),
        pytest.param(500_000, 10**6, 0.49901951919531184, 0.50098048080468816, id="half of a million"),
        pytest.param(0, 10**6, 0, 3.6888726502064855e-06, id="none of a million"),
        pytest.param(3, 10**9, 6.1867212332289550e-10, 8.7672730444606942e-09, id="three of a billion"),
    ],
)
def test_exact_limits_at_the_extremes(responders: int, n: int, lower: float, upper: float) -> None:
    """R 4.2.2: binom.test(responders, n)$conf.int."""
    found = clopper_pearson(responders, n)

    assert (found.lower, found.upper) == pytest.approx((lower, upper), rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("x", "df", "expected"),
    [
        pytest.param(1e-8, 1, 9.9992021154405275e-01, id="hardly any difference"),
        pytest.param(0.5, 3, 9.1889141165467592e-01, id="odd"),
        pytest.param(40, 5, 1.4933679000503954e-07, id="small"),
        pytest.param(700, 7, 6.8965125740903270e-147, id="very small"),
        pytest.param(1400, 2, 9.8596765437597708e-305, id="as small as a float can be"),
        pytest.param(0, 2, 1, id="no difference"),
    ],
)
def test_chi_square_tails(x: float, df: int, expected: float) -> None:
    """R 4.2.2: pchisq(x, df, lower.tail = FALSE)."""
    assert chi_square_upper(x, df) == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_log_rank_test_needs_two_groups_with_expected_deaths() -> None:
    alone = log_rank([1, 2, 3], [1, 1, 0], ["a", "a", "a"])
    # Group b is gone before anybody dies.
    gone = log_rank([5, 6, 1], [1, 1, 0], ["a", "a", "b"])
    nobody_died = log_rank([5, 6], [0, 0], ["a", "b"])

    assert [(test.df, test.p) for test in (alone, gone, nobody_died)] == [(0, None)] * 3


@pytest.mark.parametrize(
    ("days", "died", "complaint"),
    [
        ([1, -2], [1, 1], "row 2: duration -2 is wrong; expected a day at or after the origin, 0 or more"),
        ([1.0, -2.0], [1, 1], "row 2: duration -2 is wrong; expected a day at or after the origin, 0 or more"),
        ([1.0, float("nan")], [1, 1], "row 2: duration nan is wrong; expected a number of days"),
        ([1.0, float("inf")], [1, 1], "row 2: duration inf is wrong; expected a number of days"),
        ([1.5, 2], [1, 1], "row 1: duration 1.5 is wrong; expected whole days"),
        ([1, None], [1, 1], "row 2: duration None is wrong; expected whole days"),
        ([1e17], [1], "row 1: duration 1e+17 is wrong; expected whole days below 2 to the power of 53"),
        ([1, 2], [1], "2 durations but 1 indicators of death; expected one for each"),
        ([1, 2], [1, 2], "row 2: indicator of death 2 is wrong; expected 1 for died or 0 for censored"),
        ([1, 2], [1.0, float("nan")], "row 2: indicator of death nan is wrong; expected 1 for died or 0 for censored"),
        ([1, 2], [True, None], "row 2: indicator of death None is wrong; expected 1 for died or 0 for censored"),
        ([1, 2], ["1", "0"], "indicators of death are <U1; expected 1 for died and 0 for censored"),
        (["1", "2"], [1, 0], "durations are <U1; expected whole days"),
        ([[1, 2]], [1, 0], "expected two lists of numbers, found shapes (1, 2) and (2,)"),
        ([[1, 2], [3]], [1, 0], "expected a list of numbers, found rows of unequal length"),
    ],
)
def test_wrong_times_are_named(days: list[object], died: list[object], complaint: str) -> None:
    with pytest.raises(QuestionError) as refused:
        survival(days, died)  # type: ignore[arg-type]

    assert str(refused.value) == complaint


def test_one_wrong_row_of_a_million_is_named() -> None:
    days = np.arange(1_000_000)
    days[777_776] = -1

    with pytest.raises(QuestionError, match="row 777777: duration -1 is wrong"):
        survival(days, days > 0)


@pytest.mark.parametrize("p", [0, 1, -0.1, 1.5, float("nan"), "half"])
def test_a_quantile_lies_between_0_and_1(p: float) -> None:
    with pytest.raises(QuestionError, match="expected a share between 0 and 1"):
        survival([1, 2], [1, 1]).quantile(p)


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda: survival([1], [1]).at("12m"), "landmark at 12m is wrong"),  # type: ignore[arg-type]
        (lambda: survival([1], [1], "log-log"), "definition 'log-log' is wrong; expected a Definition"),  # type: ignore[arg-type]
        (lambda: history([1], [2], [1], None), "definition None is wrong"),  # type: ignore[arg-type]
        (lambda: follow_up([1], [1], rule="last"), "follow-up rule 'last' is not known"),  # type: ignore[arg-type]
        (lambda: survival(np.ma.array([1, 2], mask=[False, True]), [1, 1]), "row 2: duration nan is wrong"),
        (lambda: survival([1], [1]).at(-1), "landmark at -1 is wrong"),
        (lambda: restricted_mean([1], [1], float("inf")), "restricted mean at inf is wrong"),
        (lambda: clopper_pearson(5, 4), "5 responders of 4 is wrong; expected 0 to n of them"),
        (lambda: clopper_pearson(1.5, 4), "1.5 responders of 4 is wrong; expected two whole numbers"),  # type: ignore[arg-type]
        (lambda: clopper_pearson(1, 4, 95), "level 95 must lie between 0 and 1"),
        (lambda: clopper_pearson(1, 4, "x"), "level 'x' must lie between 0 and 1"),  # type: ignore[arg-type]
        (lambda: Definition(level="a"), "level 'a' must lie between 0 and 1"),  # type: ignore[arg-type]
        (lambda: Definition(level=None), "level None must lie between 0 and 1"),  # type: ignore[arg-type]
        (lambda: history([1], [2], [1], first="a"), "first cutoff 'a' is wrong; expected a whole day"),  # type: ignore[arg-type]
        (lambda: history([1], [2], [1], last=1.5), "last cutoff 1.5 is wrong; expected a whole day"),  # type: ignore[arg-type]
        (lambda: history([1], [2], [1], first=-(10**9)), "at most 200 years can"),
        (lambda: log_rank([1, 2], [1, 1], None), "group None is wrong"),  # type: ignore[arg-type]
        (lambda: log_rank([1, 2], [1, 1], ["a"]), "2 durations but 1 groups; expected one for each"),
        (lambda: log_rank([1, 2], [1, 1], ["a", None]), "row 2: group None is wrong; expected the name of a group"),
        (lambda: log_rank([1, 2], [1, 1], [float("nan"), 1]), "row 1: group nan is wrong"),
        (lambda: log_rank([1, 2], [1, 1], [["a"], ["b"]]), "row 1: group .* is wrong"),  # type: ignore[list-item]
        (lambda: to_date_median([1, -1]), "row 2: duration -1 is wrong"),
    ],
)
def test_a_question_that_cannot_be_asked(ask: object, complaint: str) -> None:
    with pytest.raises(QuestionError, match=complaint):
        ask()  # type: ignore[operator]


def times(pairs: list[tuple[int, bool]], definition: Definition = KAPLAN_MEIER) -> Survival:
    return survival([days for days, _ in pairs], [died for _, died in pairs], definition)


pairs = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40)


@given(pairs, st.randoms())
def test_the_order_of_subjects_changes_nothing(pairs: list[tuple[int, bool]], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (times(each) for each in (pairs, shuffled))

    assert (one.median, one.median_lower, one.median_upper) == (other.median, other.median_lower, other.median_upper)
    assert one.restricted_mean(20) == other.restricted_mean(20)


@given(st.lists(st.integers(0, 1000), max_size=50))
def test_the_to_date_median_is_the_plain_median(days: list[int]) -> None:
    assert to_date_median(days) == (float(np.median(days)) if days else None)


@given(pairs)
def test_the_to_date_median_is_never_above_kaplan_meier(pairs: list[tuple[int, bool]]) -> None:
    """With one tie rule: the plain median averages the two middle times, whatever comes behind them."""
    found = times(pairs, Definition(ties="midpoint to end"))
    plain = to_date_median([days for days, _ in pairs])

    assert plain is not None
    assert found.median is None or plain <= found.median


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=50))
def test_without_deaths_the_to_date_median_is_the_follow_up(days: list[int]) -> None:
    found = survival(days, [0] * len(days))

    assert found.median is None
    assert found.follow_up_median == to_date_median(days)


@given(pairs, st.integers(1, 9))
def test_narrow_and_wide_arrays_give_the_same(pairs: list[tuple[int, bool]], tenth: int) -> None:
    days, died = zip(*pairs, strict=True)
    wide = survival(np.array(days, np.int64), np.array(died))
    for dtype in (np.uint8, np.int16, np.float64):
        narrow = survival(np.array(days, dtype), np.array(died, np.int8))
        assert narrow.quantile(tenth / 10) == wide.quantile(tenth / 10)
