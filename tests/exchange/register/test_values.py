"""Values as people write them."""

from __future__ import annotations

import pytest

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
        pytest.param("15.7 (11.1-19.1)", "months", AnnouncedValue(digits="15.7", lower="11.1", upper="19.1"), id="limits behind it"),
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
        ("26,2", "months", "'26,2' has a comma; write decimals with a point"),
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
