"""Every value that R computed: medians and limits exactly, everything else within 1e-9."""

from __future__ import annotations

import csv

import pytest

from tests.projections.oracle import CONF_TYPES, ORACLE, Case, by_group, groups, reached, rows
from trialog.projections import (
    TO_DATE,
    Definition,
    Survival,
    clopper_pearson,
    follow_up,
    log_rank,
    survival,
    to_date_median,
)

CASES = {**groups("datasets_input.csv"), **groups("small_input.csv")}
SUMMARIES = {
    (row["dataset"], row["group"]): row for name in ("datasets", "small") for row in rows(f"{name}_summary.csv")
}
TABLES = {
    table: {**by_group(f"datasets_{table}.csv"), **by_group(f"small_{table}.csv")}
    for table in ("quantiles", "landmarks", "rmst", "curves")
}
each_group = pytest.mark.parametrize("group", [pytest.param(group, id="/".join(group)) for group in SUMMARIES])


def by_conf_type(case: Case) -> dict[str, Survival]:
    return {column: survival(*case, Definition(conf_type=word)) for column, word in CONF_TYPES.items()}  # type: ignore[arg-type]


def close(value: float | None) -> object:
    return None if value is None else pytest.approx(value, rel=1e-9, abs=0)


def known(value: float) -> float | None:
    return None if value != value else float(value)  # noqa: PLR0124  # NaN


@each_group
def test_medians_limits_and_follow_up(group: tuple[str, str]) -> None:
    case, row = CASES[group], SUMMARIES[group]
    found = by_conf_type(case)
    one = found["log"]

    assert {
        "n": one.n,
        "events": one.deaths,
        "max_time": one.curve.day[-1],
        "median": one.median,
        "median_quantile_rule": one.quantile(0.5).value,
        **{f"lcl_{kind}": each.median_lower for kind, each in found.items()},
        **{f"ucl_{kind}": each.median_upper for kind, each in found.items()},
        "fu_median": one.follow_up_median,
        **{f"fu_lcl_{kind}": found[kind].follow_up.lower for kind in ("log", "loglog")},
        **{f"fu_ucl_{kind}": found[kind].follow_up.upper for kind in ("log", "loglog")},
        "fu_median_deaths_first": follow_up(*case, rule="deaths first").value,
        "observed_time_median": to_date_median(case.days),
    } == {name: reached(value) for name, value in row.items() if name not in ("dataset", "group")}
    assert survival(*case, TO_DATE).median == reached(row["observed_time_median"])


@each_group
def test_quantiles(group: tuple[str, str]) -> None:
    found = by_conf_type(CASES[group])
    for row in TABLES["quantiles"][group]:
        quantile = found[row["conf_type"]].quantile(float(row["p"]))
        assert [quantile.value, quantile.lower, quantile.upper] == [
            reached(row[name]) for name in ("quantile", "lcl", "ucl")
        ], row


@each_group
def test_survival_at_landmarks(group: tuple[str, str]) -> None:
    found = by_conf_type(CASES[group])
    for row in TABLES["landmarks"][group]:
        for kind, each in found.items():
            mark = each.at(int(row["at"]))
            assert (mark.at_risk, mark.deaths, mark.beyond_last) == (
                int(row["n_risk"]), int(row["cum_events"]), row["beyond_last"] == "1"
            )  # fmt: skip
            assert [mark.survival, mark.std_error] == [close(reached(row[name])) for name in ("surv", "std_err")]
            if kind == "loglog" and mark.survival == 1:
                # R gives NA before version 3.8-4 of survival, and 1 from it on.
                assert (mark.lower, mark.upper) == (1, 1)
                continue
            assert [mark.lower, mark.upper] == [close(reached(row[f"{edge}_{kind}"])) for edge in ("lcl", "ucl")], row


@pytest.mark.parametrize("group", [pytest.param(group, id="/".join(group)) for group in TABLES["rmst"]])
def test_restricted_means(group: tuple[str, str]) -> None:
    found = survival(*CASES[group])
    for row in TABLES["rmst"][group]:
        mean = found.restricted_mean(int(row["tau"]))
        assert mean.value == close(float(row["rmst"])), row
        assert mean.std_error == pytest.approx(float(row["se"]), rel=1e-9, abs=1e-12), row
        assert mean.beyond_last is (row["beyond_last"] == "1")


@pytest.mark.parametrize("group", [pytest.param(group, id="/".join(group)) for group in TABLES["curves"]])
def test_whole_curves(group: tuple[str, str]) -> None:
    expected = TABLES["curves"][group]
    for kind, word in CONF_TYPES.items():
        curve = survival(*CASES[group]).curve
        lower, upper = curve.band(word, 0.95)  # type: ignore[arg-type]
        for place, row in enumerate(expected):
            assert [curve.day[place], curve.at_risk[place], curve.deaths[place], curve.censored[place]] == [
                int(row[name]) for name in ("time", "n_risk", "n_event", "n_censor")
            ]
            assert [curve.survival[place], known(curve.std_error[place])] == [
                close(reached(row[name])) for name in ("surv", "std_err")
            ]
            if kind != "loglog" or curve.survival[place] < 1:
                assert [known(lower[place]), known(upper[place])] == [
                    close(reached(row[f"{edge}_{kind}"])) for edge in ("lcl", "ucl")
                ], row
        assert curve.day.size == len(expected)


def test_quantile_and_print_of_tie_heavy_cases() -> None:
    """2,250 rows: limits that rise again, flat ends, and R's own rounding where it decides."""
    count = 0
    with (ORACLE.parent / "survfit_quantiles.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            count += 1
            definition = Definition(conf_type=row["conf_type"])  # type: ignore[arg-type]
            found = survival([int(t) for t in row["times"].split()], [int(d) for d in row["died"].split()], definition)
            quantile = found.quantile(float(row["p"]))
            assert [quantile.value, quantile.lower, quantile.upper] == [
                reached(row[k]) for k in ("quantile", "lcl", "ucl")
            ], row
            assert [found.median, found.median_lower, found.median_upper] == [
                reached(row[k]) for k in ("median", "median_lcl", "median_ucl")
            ], row
    assert count == 2250


def two_arms(name: str) -> dict[str, list[tuple[int, int, str]]]:
    found: dict[str, list[tuple[int, int, str]]] = {}
    for row in rows(name):
        found.setdefault(row["dataset"], []).append((int(row["time_days"]), int(row["status"]), row["group"]))
    return found


ARMS = {**two_arms("datasets_input.csv"), **two_arms("pairs_input.csv")}


@pytest.mark.parametrize("row", [
    pytest.param(row, id=f"{row['dataset']}/{row['group']}")
    for name in ("datasets", "pairs") for row in rows(f"{name}_logrank.csv")
])  # fmt: skip
def test_log_rank(row: dict[str, str]) -> None:
    test = log_rank(*zip(*ARMS[row["dataset"]], strict=True))
    group = next(each for each in test.groups if each.group == row["group"])

    assert (group.n, group.observed, test.df) == (int(row["n"]), int(row["observed"]), int(row["df"]))
    assert [group.expected, test.chi_square, test.p] == [close(float(row[name])) for name in ("expected", "chisq", "p")]


@pytest.mark.parametrize("row", [
    pytest.param(row, id=f"{row['responders']} of {row['n']} at {row['level']}") for row in rows("clopper_pearson.csv")
])  # fmt: skip
def test_exact_limits(row: dict[str, str]) -> None:
    found = clopper_pearson(int(row["responders"]), int(row["n"]), float(row["level"]))

    assert [found.share, found.lower, found.upper] == [close(float(row[name])) for name in ("rate", "lcl", "ucl")]
