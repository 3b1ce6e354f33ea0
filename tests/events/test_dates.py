from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialog.events import dates


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param("1970-01-01", 0, 0, id="day zero"),
        pytest.param("2017-11-07", 17477, 17477, id="17,477 days after 1970-01-01"),
        pytest.param("1967-11-15", -778, -778, id="before 1970"),
        pytest.param("2016-02", 16832, 16860, id="a leap February has 29 days"),
        pytest.param("2015-02", 16467, 16494, id="a common February has 28"),
        pytest.param("2016-12", 17136, 17166, id="December ends with the year"),
        pytest.param("2016", 16801, 17166, id="a leap year has 366 days"),
        pytest.param("1970-01-01/1970-01-05", 0, 4, id="an interval keeps both ends"),
        pytest.param("2015-02/2016", 16467, 17166, id="the ends of an interval may be partial"),
    ],
)
def test_a_date_spans_the_days_it_can_mean(text: str, first: int, last: int) -> None:
    assert dates.span(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["", "17 March 2017", "2017-3-17", "2017-13", "2017-02-29", "2017-00-01", "17-03-17", "2017-03-17T10:00", "0001",
     "9999-12-31", "1899-12-31", "٢٠١٧-٠٣-١٧", "2017-03-", " 2017",
     "2017/", "/2017"],
)  # fmt: skip
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date|not a day of the calendar|outside the years"):
        dates.span(text)


@pytest.mark.parametrize("text", ["2017-03", "2017-03-01/2017-03-02"])
def test_a_partial_date_is_not_complete(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}' is not a complete date; expected YYYY-MM-DD"):
        dates.day_number(text)


@pytest.mark.parametrize("text", ["2017-03-02/2017-03-01", "2017/2018/2019"])
def test_an_interval_has_two_ends_and_does_not_end_before_it_begins(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}' is not an interval of days"):
        dates.span(text)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_days_are_whole_and_come_back(day: date) -> None:
    number = dates.day_number(day.isoformat())

    assert number == (day - date(1970, 1, 1)).days
    assert dates.iso(number) == day.isoformat()


@given(st.integers(1900, 2199), st.integers(1, 12))
def test_a_month_spans_its_own_days_only(year: int, month: int) -> None:
    first, last = dates.span(f"{year}-{month:02}")

    days = [date(1970, 1, 1) + timedelta(days=number) for number in range(first, last + 1)]
    assert {(day.year, day.month) for day in days} == {(year, month)}
    assert (days[-1] + timedelta(days=1)).day == 1


def test_kiritimati_may_have_tomorrow_already() -> None:
    noon = dates.day_number("2024-01-01") * 86_400_000_000 + 12 * 3_600_000_000

    assert dates.iso(dates.day_of_instant(noon)) == "2024-01-01"
    assert dates.iso(dates.latest_calendar_day(noon)) == "2024-01-02"


def test_an_instant_is_written_in_utc_and_read_back() -> None:
    assert dates.instant_text(1_700_000_000_123_456) == "2023-11-14T22:13:20.123456Z"
    assert dates.instant_of("2023-11-14T22:13:20.123456Z") == 1_700_000_000_123_456
