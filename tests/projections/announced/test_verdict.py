"""Announced against rebuilt: digits, bounds, definitions and cutoffs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.builders import Bench, assessed, died, dosed, draft, enrolled, seen
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.dates import iso
from trialog.events.entry import Draft
from trialog.projections.announced.recompute import RecomputedFigure
from trialog.projections.announced.verdict import Verdict, agrees, text_of, verdicts


def figure(**fields: Any) -> AnnouncedFigure:
    given = {"figure": "f", "measure": "median-os", "unit": "months", "words": "w", **fields}
    return AnnouncedFigure.model_validate(given)


@pytest.mark.parametrize(
    ("announced", "comparator", "value", "expected"),
    [
        pytest.param("26.2", "=", "26.15", True, id="half a unit below counts"),
        pytest.param("26.2", "=", "26.25", True, id="half a unit above counts"),
        pytest.param("26.2", "=", "26.149", False, id="less than half a unit below"),
        pytest.param("26.2", "=", "26.251", False, id="more than half a unit above"),
        pytest.param("22", "=", "21.5", True, id="no decimals: half a month"),
        pytest.param("22", "=", "22.51", False, id="no decimals: more than half a month"),
        pytest.param("10", "about", "10.9", True, id="about: a whole unit"),
        pytest.param("18.2", ">=", "18.2", True, id="at least"),
        pytest.param("18.2", ">=", "18.1", False, id="not even"),
        pytest.param("18.2", ">=", None, True, id="not reached lies above every bound"),
        pytest.param("50", ">", "50", False, id="over half is more than half"),
        pytest.param("50", "<=", "50", True, id="at most"),
        pytest.param("50", "<", "50", False, id="less than"),
        pytest.param(None, "not reached", None, True, id="not reached"),
        pytest.param(None, "not reached", "12", False, id="reached after all"),
        pytest.param("12", "=", None, False, id="announced, but not reached"),
    ],
)
def test_a_value_with_its_digits_stands_for_an_interval(
    announced: str | None, comparator: str, value: str | None, expected: bool
) -> None:
    found = figure(value=announced, comparator=comparator)

    assert agrees(found, None if value is None else Decimal(value)) is expected


def announce(cutoff: str | None = None, on: str | None = "2017-01-01", **fields: Any) -> list[Draft]:
    return [
        draft("announcement-made", on, announcement="r", title="t", **({"data_cutoff": cutoff} if cutoff else {})),
        draft(
            "figure-announced",
            on,
            announcement="r",
            figure={
                "figure": "f",
                "measure": "median-os",
                "unit": "days",
                "cohorts": ["A"],
                "words": "w",
                **fields,
            },
        ),
    ]


HISTORY = [
    enrolled("a", "2016-01-01", prior_lines=2, reported_on="2016-01-01"),
    enrolled("b", "2016-01-01", prior_lines=4, reported_on="2016-01-01"),
    enrolled("c", "2016-01-01", reported_on="2016-01-01"),
    dosed("a", "2016-01-11", reported_on="2016-01-11"),
    dosed("b", "2016-01-11", reported_on="2016-01-11"),
    assessed("a", "2016-02-01", "PR", reported_on="2016-02-01"),
    assessed("b", "2016-02-01", "SD", reported_on="2016-02-01"),
    died("a", "2016-04-10", reported_on="2016-04-10"),  # day 100
    seen("b", "2016-06-19", reported_on="2016-06-19"),  # day 170
    seen("c", "2016-07-19", reported_on="2016-07-19"),  # day 200
]


def verdict_of(bench: Bench, drafts: list[Draft]) -> Verdict:
    bench.append_all([*HISTORY, *drafts])
    data = bench.data()
    return verdicts(data, data.announcements(), bench.instant // 86_400_000_000)[0]


@pytest.mark.parametrize(
    ("fields", "status", "rebuilt"),
    [
        pytest.param({"value": "366", "estimator": "to-date"}, "reproduced", "366.0", id="two living of three at the cutoff"),
        pytest.param({"value": "365", "estimator": "to-date"}, "differs", "366.0", id="a day off"),
        pytest.param({"value": "200", "estimator": "to-date", "censoring": "last known alive"}, "differs", "170.0",
                     id="days 100, 170, 200"),
        pytest.param({"comparator": "not reached"}, "reproduced", "not reached", id="Kaplan-Meier: S = 2/3"),
        pytest.param({"value": "300", "comparator": ">="}, "bound holds", "not reached", id="Kaplan-Meier at least"),
        pytest.param({"value": "50", "comparator": "<="}, "bound fails", "not reached", id="Kaplan-Meier at most"),
        pytest.param({"value": "2", "measure": "count-alive", "unit": "count"}, "reproduced", "2", id="alive"),
        pytest.param({"value": "1", "measure": "count-dead", "unit": "count"}, "reproduced", "1", id="dead"),
        pytest.param({"value": "67", "measure": "alive-share", "unit": "percent"}, "reproduced", "66.7", id="share"),
        pytest.param({"value": "3.0", "measure": "mean-prior-lines", "unit": "count"}, "reproduced", "3.00", id="lines"),
        pytest.param({"value": "50", "measure": "orr", "unit": "percent", "counted": "dosed"}, "reproduced", "50.0",
                     id="1 of 2 dosed responded"),
        pytest.param({"value": "33", "measure": "orr", "unit": "percent"}, "reproduced", "33.3", id="1 of 3 enrolled"),
        pytest.param({"value": "1", "measure": "count-best-response", "unit": "count", "category": "SD"}, "reproduced",
                     "1", id="one stable disease"),
        pytest.param({"value": "100", "measure": "shortest-os"}, "reproduced", "100.0", id="shortest"),
        pytest.param({"value": "3", "measure": "shortest-os", "unit": "months"}, "reproduced", "3.29", id="100 days in months"),
        pytest.param({"value": "1", "measure": "other", "unit": "count"}, "not computable", "-", id="no rule"),
        pytest.param({"value": "1", "cohorts": []}, "not computable", "-", id="no cohort stated"),
        pytest.param({"value": "1", "cohorts": ["B"]}, "not computable", "-", id="unknown cohort"),
        pytest.param({"unit": "text"}, "not computable", "-", id="words only"),
        pytest.param({"value": "1", "cohorts": [], "external": True}, "shown only", "-", id="another trial's"),
    ],
)  # fmt: skip
def test_verdicts(bench: Bench, fields: dict[str, Any], status: str, rebuilt: str) -> None:
    found = verdict_of(bench, announce("2017-01-01", **fields))

    assert (found.status, found.rebuilt_text) == (status, rebuilt)


@pytest.mark.parametrize(
    ("announced", "value", "shown"),
    [
        ("10", "10.46", "10.46"),
        ("10", "10.4969", "10.497"),  # 10.50 would round to 11
        ("10", "10.5", "10.50"),
        ("26.2", "26.172", "26.17"),
        ("26.2", "26.2496", "26.2496"),  # 26.25 would round to 26.3
        ("10", "10.49999999999", "10.500000000"),  # no more digits than anybody reads
    ],
)
def test_a_rebuilt_time_is_shown_with_the_digits_that_rounding_it_takes(announced: str, value: str, shown: str) -> None:
    assert text_of(figure(value=announced), RecomputedFigure(Decimal(value), 4, 0, None)) == shown


def test_a_number_that_no_rule_computes_is_said_to_be_one(bench: Bench) -> None:
    written = {"measure": "n_planned_min", "value": "3", "unit": "count", "cohort": "A"}

    found = verdict_of(bench, announce("2017-01-01", unit="text", measure="other", written=written))

    assert found.why == "no rule computes 'n_planned_min' (3 count); it is kept in words"


def test_a_figure_that_differs_names_the_definitions_that_give_it(bench: Bench) -> None:
    found = verdict_of(bench, announce("2016-06-19", value="165", estimator="to-date"))

    # From first dose: day 90 died, day 160 alive, c not dosed: 125. From enrollment: 100, 170, 170.
    assert found.rebuilt_text == "170.0"
    assert found.reproducing == ()
    again = verdict_of_more(bench, value="125", estimator="to-date")
    assert {(d.estimator, d.origin) for d in again.reproducing} == {("to-date", "first dose")}


def verdict_of_more(bench: Bench, **fields: Any) -> Verdict:
    given = {"figure": "g", "measure": "median-os", "unit": "days", "cohorts": ["A"], "words": "w", **fields}
    bench.append(draft("figure-announced", "2017-01-01", announcement="r", figure=given))
    data = bench.data()
    return verdicts(data, data.announcements(), bench.instant // 86_400_000_000)[1]


@pytest.mark.parametrize(
    ("cutoff", "on", "expected", "words"),
    [
        ("2016-06-19", "2017-01-01", "2016-06-19", "stated"),
        ("2016-06", "2017-01-01", "2016-06-30", "stated, read as its last day 2016-06-30"),
        (None, "2017-01-01", "2017-01-01", "not stated; the day of the release is taken"),
        (None, "2017", "2017-12-31", "not stated; the day of the release is taken"),
    ],
)
def test_the_cutoff_of_a_figure(bench: Bench, cutoff: str | None, on: str, expected: str, words: str) -> None:
    found = verdict_of(bench, announce(cutoff, on, value="1"))

    assert found.cutoff is not None
    assert (iso(found.cutoff), found.cutoff_words) == (expected, words)


def test_without_any_day_nothing_can_be_rebuilt(bench: Bench) -> None:
    found = verdict_of(bench, announce(None, None, value="1"))

    assert (found.status, found.why) == ("not computable", "neither a cutoff nor the day of the release is known")
