"""SDTM dates: the part that is known."""

from __future__ import annotations

import pytest

from trialog.exchange.dtc import clinical_date


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2014-01-02", "2014-01-02"),
        ("2014-01-02T10:30", "2014-01-02"),
        ("2014-01-02T10:30:00.5+02:00", "2014-01-02"),
        ("2014-01-02 10:30", "2014-01-02"),
        ("2014-02", "2014-02"),
        ("2014", "2014"),
        ("2003---15", "2003"),
        ("2003-12--", "2003-12"),
        ("2003-12-15T-:15", "2003-12-15"),
        ("2003-12-15T10:00/2003-12-15T10:30", "2003-12-15"),
        ("2003-12/2004-02", "2003-12/2004-02"),
        ("2003-12-15/2003-12-20", "2003-12-15/2003-12-20"),
        ("2003-12-15T08:00/2003-12-16T09:00", "2003-12-15/2003-12-16"),
        ("", None),
        ("  ", None),
    ],
)
def test_a_date_is_kept_as_far_as_it_is_known(text: str, known: str | None) -> None:
    assert clinical_date(text) == known


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("--12-15", "'--12-15' has no year"),
        ("-----T07:15", "'-----T07:15' has no year"),
        ("02JAN2014", "is not an ISO 8601 date such as 2017-03-17"),
        ("01/02/2014", "is not an ISO 8601 date"),
        ("19725", "is not an ISO 8601 date"),
        ("2014-02-30", "is not a day of the calendar"),
        ("2014-13", "is not a day of the calendar"),
        ("1014-01-02", "lies outside the years 1900 to 2199"),
        ("2003-12-20/2003-12-15", "is not an interval of days"),
        ("2003-12-20/", "is not an ISO 8601 date"),
        ("/2003-12-20", "is not an ISO 8601 date"),
        ("2003-12-15/P5D", "is not an ISO 8601 date"),
        ("２０１４-01-02", "is not an ISO 8601 date"),
    ],
)
def test_what_is_no_date_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        clinical_date(text)
