"""Values as people write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialog.exchange.register.brackets import BracketEnds
from trialog.exchange.register.values import AnnouncedValue, read_value


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        pytest.param("26.2", "months", AnnouncedValue(digits="26.2"), id="a number keeps its digits"),
        pytest.param("25.0", "months", AnnouncedValue(digits="25.0"), id="a printed nought is a digit"),
        pytest.param(">50", "percent", AnnouncedValue(">", "50"), id="more than"),
        pytest.param("\u2265 18.2", "months", AnnouncedValue(">=", "18.2"), id="the sign for at least"),
        pytest.param("at least 18.2", "months", AnnouncedValue(">=", "18.2"), id="at least, in words"),
        pytest.param("over 12", "months", AnnouncedValue(">", "12"), id="over"),
        pytest.param("<= 26", "months", AnnouncedValue("<=", "26"), id="at most"),
        pytest.param("less than 12", "months", AnnouncedValue("<", "12"), id="less than"),
        pytest.param("11.9+", "months", AnnouncedValue(">=", "11.9"), id="a plus: still growing"),
        pytest.param("18.2 or longer", "months", AnnouncedValue(">=", "18.2"), id="or longer"),
        pytest.param("about 50", "percent", AnnouncedValue("about", "50"), id="about"),
        pytest.param("~50", "percent", AnnouncedValue("about", "50"), id="a tilde"),
        pytest.param("not reached", "months", AnnouncedValue("not reached"), id="not reached"),
        pytest.param("NR", "months", AnnouncedValue("not reached"), id="not reached, in short"),
        pytest.param("not yet reached", "text", AnnouncedValue("not reached"), id="not reached, given as text"),
        pytest.param("not reached; >=18.2", "months", AnnouncedValue(">=", "18.2", reached=False), id="not reached, and a bound"),
        pytest.param("9-12", "months", AnnouncedValue("range", lower="9", upper="12"), id="a range"),
        pytest.param("3.1 - 28.4+", "months", AnnouncedValue("range", lower="3.1", upper="28.4"), id="a range with a living end"),
        pytest.param("NE", "months", AnnouncedValue("not reached"), id="not estimable, in short"),
        pytest.param("not estimable", "months", AnnouncedValue("not reached"), id="not estimable"),
        pytest.param("9 \u2013 12", "months", AnnouncedValue("range", lower="9", upper="12"), id="a range with a long dash"),
        pytest.param("15.7 (95% CI 11.1-19.1)", "months", AnnouncedValue(digits="15.7", lower="11.1", upper="19.1"), id="limits behind it"),
        pytest.param("26,2", "months", AnnouncedValue(digits="26.2"), id="a decimal comma"),
        pytest.param("8.3-NE", "months", AnnouncedValue(lower="8.3"), id="limits alone"),
        pytest.param("(6.9, \u2014)", "months", AnnouncedValue(lower="6.9"), id="limits alone, one of them a dash"),
        pytest.param("46/124 (37.1%)", "percent", AnnouncedValue(digits="46", n=124, unit="count"), id="a fraction and its percentage"),
        pytest.param("> 24 months (not reached)", "months", AnnouncedValue(">", "24", reached=False, unit="months"), id="a bound, not reached"),
        pytest.param("13.4*", "months", AnnouncedValue(digits="13.4"), id="a footnote"),
        pytest.param("15.7 (95% CI 11.1, NR)", "months", AnnouncedValue(digits="15.7", lower="11.1"), id="an open limit"),
        pytest.param("3 of 8", "count", AnnouncedValue(digits="3", n=8, unit="count"), id="three of eight"),
        pytest.param("2 x 15.625 (total 31.25)", "mCi/m2", AnnouncedValue(digits="31.25"), id="fractions: the total"),
        pytest.param("52 weeks", "weeks", AnnouncedValue(digits="52", unit="weeks"), id="a unit inside"),
        pytest.param("80%", "percent", AnnouncedValue(digits="80", unit="percent"), id="a percent sign inside"),
        pytest.param("1,234", "days", AnnouncedValue(digits="1234"), id="thousands"),
        pytest.param("2015-04", "date", AnnouncedValue(day="2015-04"), id="a partial date"),
        pytest.param("by 2018-05-11", "date", AnnouncedValue("<=", day="2018-05-11"), id="by a date"),
    ],
)  # fmt: skip
def test_a_value_is_read(text: str, unit: str, expected: AnnouncedValue) -> None:
    found = read_value(text, unit)

    assert (found.comparator, found.digits, found.lower, found.upper, found.reached, found.n, found.unit, found.day) == (
        expected.comparator, expected.digits, expected.lower, expected.upper, expected.reached, expected.n,
        expected.unit, expected.day,
    )  # fmt: skip
    assert not found.why_not


@pytest.mark.parametrize("text", [">50", "not reached; >=18.2", "9-12", "3 of 8", "1,234", "11.9+"])
def test_what_is_more_than_a_number_says_by_which_rule_it_was_read(text: str) -> None:
    assert text in read_value(text, "months").rule


@pytest.mark.parametrize(
    ("text", "unit", "why"),
    [
        ("1,234,56", "months", "is not a number"),
        ("12 (low end)", "months", "is not a number"),
        ("9" * 301, "months", "more than 300 characters"),
        ("not yet evaluable", "text", "said in words"),
        ("increasing", "months", "'increasing' is not a number, a bound, a range or 'not reached'"),
        ("", "months", "no value is given"),
        ("2015-13", "date", "'2015-13' is not a day of the calendar"),
        ("26.2 parsecs", "months", "'26.2 parsecs' is not a number"),
        ("nan", "months", "'nan' is not a number"),
        ("1e3", "months", "'1e3' is not a number"),
        ("\u0661\u0662", "months", "is not a number"),
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason(text: str, unit: str, why: str) -> None:
    found = read_value(text, unit)

    assert why in found.why_not
    assert not found.is_number


@pytest.mark.parametrize(
    ("text", "level", "spread", "unclear"),
    [
        ("10.0 (80% CI 6.9-12.1)", "80", None, None),
        ("10.0 (6.9-12.1; 95% CI)", "95", None, None),
        ("18.4 [95% confidence interval 14.9 to NR]", "95", None, None),
        ("NR (two-sided 80% CI 12.1, NE)", "80", None, None),
        ("16.5 (range 12 to 35)", None, BracketEnds("12", "35"), None),
        ("6.3 (2.3-40.8+)", None, BracketEnds("2.3", "40.8", high_plus=True), None),
        ("2.1+ to 30.4+", None, BracketEnds("2.1", "30.4", low_plus=True, high_plus=True), None),
        ("12.4 (95% CI 9.1-18.0; range 2-40+)", "95", BracketEnds("2", "40", high_plus=True), None),
        ("11.0 (3.5-33)", None, None, BracketEnds("3.5", "33")),
    ],
)
def test_two_numbers_in_brackets_are_limits_or_a_range_only_where_the_cell_says_so(
    text: str, level: str | None, spread: BracketEnds | None, unclear: BracketEnds | None
) -> None:
    found = read_value(text, "months")

    assert (found.level, found.spread, found.unclear) == (level, spread, unclear)
    assert not found.why_not


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("71.4% (5/7)", "percent", {"digits": "71.4", "count": 5, "n": 7}),
        ("46/124 (37.1%)", "percent", {"digits": "46", "count": 46, "n": 124, "share": "37.1"}),
        ("3 (5.4)", "count", {"digits": "3", "share": "5.4"}),
        ("26.06 months (n=7)", "months", {"digits": "26.06", "n": 7}),
        ("14 months and climbing", "months", {"digits": "14", "ongoing": True}),
        ("12.5 (n=9, 7 events)", "months", {"digits": "12.5", "n": 9, "deaths": 7}),
        ("1,234 (n=5)", "days", {"digits": "1234", "n": 5}),
    ],
)
def test_what_a_cell_says_beside_its_number_is_read(text: str, unit: str, said: dict[str, object]) -> None:
    found = read_value(text, unit)

    assert {name: getattr(found, name) for name in said} == said


@given(st.text(alphabet="0123456789.,%+-() []/nNRECI><=;to", max_size=300))
def test_any_cell_is_read_or_kept_with_a_reason_and_at_once(text: str) -> None:
    begun = time.monotonic()

    found = read_value(text, "months")

    assert found.is_number or found.why_not
    assert time.monotonic() - begun < 0.5
