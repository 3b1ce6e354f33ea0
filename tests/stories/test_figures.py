"""Snapshot, history and restate, as a person runs them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import Bench, died, enrolled
from tests.conftest import Command

HISTORY = Path(__file__).parents[2] / "examples" / "three-cohorts.jsonl"


@pytest.fixture
def demo(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Three cohorts of four invented subjects, whose figures are worked out by hand below."""
    monkeypatch.setenv("TRIALOG_LOG", "demo.db")
    assert trialog("init").code == 0
    assert trialog("append", str(HISTORY)).code == 0
    return trialog


def asked(command: Command, *arguments: str) -> Any:
    done = command(*arguments, "--json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_a_snapshot_gives_what_is_asked_for(demo: Command) -> None:
    found = asked(demo, "snapshot", "--as-of", "2017-11-07", "--cohort", "2", "--at", "365", "--at", "12m,1y", "--rmst", "52w",
                  "--quantile", "0.25", "--confirm-days", "35", "--sd-days", "42")  # fmt: skip
    cohort = found["cohorts"][0]

    # Two of four died, on days 400 and 421.
    assert [(mark["day"], mark["survival"], mark["at_risk"]) for mark in cohort["landmarks"]] == [
        (365.0, 1.0, 4), (365.25, 1.0, 4), (365.25, 1.0, 4)
    ]  # fmt: skip
    assert (cohort["restricted_means"][0]["until_day"], cohort["restricted_means"][0]["value_days"]) == (364.0, 364.0)
    assert cohort["quantiles"] == [{"p": 0.25, "value_days": 410.5, "lower_days": 400.0, "upper_days": None}]
    assert [(each["confirmation"], each["criteria"]) for each in cohort["responses"]] == [
        ("as assessed", "IMWG 2016"), ("confirmed", "IMWG 2016")
    ]  # fmt: skip
    assert cohort["responses"][0]["rates"][2] == {
        "name": "DCR", "counts": "SD or better", "responders": 4, "n": 4, "percent": 100.0,
        "percent_lower": pytest.approx(100 * 0.025 ** (1 / 4)),  # by hand: the limit L of 4 of 4 has L^4 = 0.025
        "percent_upper": 100.0, "level": 0.95,
    }  # fmt: skip
    assert cohort["dose"] == {
        "planned": "18.75", "unit": "mCi/m2", "fractions": 1, "dosed": 4, "doses": 4, "mean": 18.75, "least": 18.75,
        "most": 18.75, "percent": 100.0, "left_out": 0,
    }  # fmt: skip
    assert {remark["kind"] for remark in cohort["remarks"]} == {"few subjects", "other definition"}
    assert [figure["name"] for figure in cohort["endpoints"]][:1] == ["kaplan-meier median progression-free survival"]


def test_a_snapshot_compares_cohorts(demo: Command) -> None:
    ask = ("snapshot", "--as-of", "2017-11-07", "--cohort", "1", "--cohort", "2")
    found = asked(demo, *ask, "--compare")["comparison"]

    # R: survdiff(Surv(c(600, 720, 840, 840, 400, 421, 480, 480), c(0,0,0,0,1,1,0,0)) ~ rep(1:2, each = 4)): see below
    assert [(group["cohort"], group["n"], group["observed"]) for group in found["groups"]] == [("1", 4, 0), ("2", 4, 2)]
    # Expected 4/8 + 4/7; variance 1/4 + 12/49; (0 - 15/14)^2 / (97/196)
    assert found["groups"][0]["expected"] == pytest.approx(15 / 14)
    assert found["chi_square"] == pytest.approx((15 / 14) ** 2 / (97 / 196))
    assert "log-rank (Mantel-Haenszel)" in demo(*ask, "--compare").out


def test_a_snapshot_says_what_small_numbers_leave_open(demo: Command) -> None:
    shown = demo("snapshot", "--as-of", "2018-09-01", "--cohort", "1").out

    assert (
        "note: to-date median overall survival and kaplan-meier median overall survival: rests on 4 subjects" in shown
    )
    assert "note: 4 living subjects were last known alive more than 180 days before the cutoff: 1-0" in shown
    assert "note: to-date median overall survival would be " in shown
    assert "12.5 (12.5 to 12.5) of 12.5 mCi/m2 planned, 100 % of plan, 4 doses" in shown


def test_a_cutoff_before_the_first_enrollment_is_an_answer(demo: Command) -> None:
    shown = demo("snapshot", "--as-of", "2014-01-01", "--cohort", "1")

    assert shown.code == 0
    assert "note: nobody was enrolled by the cutoff 2014-01-01" in shown.out


def test_observed_time_is_given_in_days_and_person_months(demo: Command) -> None:
    """Cohort 1 on 2017-06-01: 773, 708, 566 and 507 days, 2554 in all; 637 lies between the middle two."""
    shown = demo("snapshot", "--as-of", "2017-06-01", "--cohort", "1", "--json").out

    assert json.loads(shown)["cohorts"][0]["follow_up_days"] == {
        "shortest": 507, "median": 637, "longest": 773, "total": 2554, "total_months": 2554 / 30.4375
    }  # fmt: skip


def test_a_snapshot_as_csv_has_a_row_for_each_figure(demo: Command) -> None:
    rows = list(csv.DictReader(io.StringIO(demo("snapshot", "--as-of", "2017-11-07", "--csv").out)))

    assert len(rows) == 3 * 9
    assert {row["origin"] for row in rows} == {
        "first dose", "first response, as assessed", "first response, confirmed"
    }  # fmt: skip


def test_the_history_of_a_median_as_csv_is_every_day(demo: Command) -> None:
    rows = list(csv.DictReader(io.StringIO(demo("history", "--cohort", "1", "--to", "2017-11-07", "--csv").out)))
    by_day = {row["day"]: row for row in rows}

    assert rows[0]["day"] == "2015-04-13"  # first enrollment
    assert len(rows) == 940
    # The announced 11.9 (cutoff 2016-08-31) and 26.2 months (release of 2017-11-07).
    months = [float(by_day[day]["value_months"]) for day in ("2016-08-31", "2017-11-07")]
    assert months == [363 / 30.4375, 796 / 30.4375]


def test_a_history_says_what_moved_the_figure(demo: Command) -> None:
    found = asked(
        demo, "history", "--cohort", "2", "--from", "2017-03-01", "--to", "2017-06-01", "-d", "estimator=kaplan-meier"
    )
    (cohort,) = found["cohorts"]

    assert (found["axis"], found["figure"], len(cohort["days"])) == ("cutoff", "median-os", 93)
    assert [
        (
            move["day"],
            move["before"]["value_days"],
            move["after"]["value_days"],
            [by["event"] for by in move["moved_by"]],
        )
        for move in cohort["moves"]
    ] == [
        ("2017-03-24", None, 400.0, ["subject-died"]),
        ("2017-05-15", 400.0, 410.5, ["subject-died"]),
        ("2017-06-01", 410.5, pytest.approx(419, abs=10), ["calendar"]),
    ]


def test_a_history_as_table_lists_moves_or_days(demo: Command) -> None:
    moved = demo("history", "--cohort", "2", "-d", "estimator=kaplan-meier").out
    every = demo("history", "--cohort", "2", "--from", "2017-03-23", "--to", "2017-03-25", "--every-day").out
    quiet = demo("history", "--cohort", "2", "--from", "2017-08-01", "--to", "2017-08-02", "--figure", "count-dead").out

    assert "subject-died 2-01 on 2017-03-24 (#54)" in moved
    assert [line.split()[0] for line in every.splitlines() if line.startswith("2017-")] == [
        "2017-03-23", "2017-03-24", "2017-03-25"
    ]  # fmt: skip
    assert "nothing moved it" in quiet


def test_a_history_by_knowledge(demo: Command) -> None:
    found = asked(demo, "history", "--cohort", "2", "--axis", "known-at", "--as-of", "2017-11-07", "--from", "2017-01-01",
                  "--to", "2017-12-31")  # fmt: skip
    (cohort,) = found["cohorts"]

    assert (cohort["data_cutoff"], cohort["known_at"]) == ("2017-11-07", None)
    assert [(move["day"], [by["subject"] for by in move["moved_by"]]) for move in cohort["moves"]] == [
        ("2017-03-24", ["2-01"]), ("2017-05-15", ["2-02"])
    ]  # fmt: skip


@pytest.mark.parametrize("figure", ["median-pfs", "median-ttp", "median-follow-up", "orr", "count-dosed"])
def test_other_figures_have_a_history(demo: Command, figure: str) -> None:
    found = asked(demo, "history", "--pool", "--figure", figure)

    assert [cohort["cohort"] for cohort in found["cohorts"]] == ["1+2+3"]
    assert found["cohorts"][0]["moves"]


def test_a_duration_of_response_counts_responders(demo: Command) -> None:
    raw, confirmed = (
        asked(demo, "history", "--pool", "--figure", "median-dor", *more)["cohorts"][0]["days"][-1]
        for more in ((), ("--confirmed",))
    )

    # To date: from the response on 2017-09-12 to the last announcement, 2019-02-02: 365 and 143 days.
    assert (raw["n"], raw["value_days"], confirmed["n"]) == (1, 508.0, 0)


def test_survival_at_a_landmark_has_a_history(demo: Command) -> None:
    days = asked(demo, "history", "--cohort", "2", "--figure", "os-rate", "--at", "410")["cohorts"][0]["days"]

    # One of four died on day 400.
    assert (days[-1]["value"], days[-1]["n"]) == (0.75, 4)


def test_a_restatement_names_the_events_and_their_effects(demo: Command) -> None:
    demo("correct", "54", "--set", "occurred_on=2017-03-14", "--reason", "certificate", "--source", "EDC", "--on", "2017-12-01",
         "--reported-on", "2017-12-01")  # fmt: skip
    found = asked(demo, "restate", "2017-11-07", "2017-12-01")
    second = next(each for each in found["cohorts"] if each["cohort"] == "2")

    assert [each["moved"] for each in found["cohorts"]] == [False, True, False]
    # Day 390 (was 400) is neither among the middle two nor the day on which half had died: a limit moves alone.
    assert [(each["then"][key], each["now"][key]) for each in second["figures"][:2] for key in ("value_days", "lower_days")] == [
        (468.0, 468.0), (None, None), (421.0, 421.0), (400.0, 390.0)
    ]  # fmt: skip
    (moved,) = second["moved_by"]
    assert (moved["change"], moved["position"], moved["what"]) == (
        "corrected",
        127,
        "subject-died (#54) occurred_on = 2017-03-14",
    )
    shown = demo("restate", "2017-11-07", "2017-12-01").out
    assert "13.83 (13.14 to NR) to 13.83 (12.81 to NR)" in shown
    assert "nothing became known of its subjects" in shown
    assert len(asked(demo, "restate", "2017-01-01", "2017-12-01", "--all")["cohorts"][0]["moved_by"]) > 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["snapshot", "--as-of", "2017-11-07", "--at", "soon"], "--at 'soon' is wrong; expected a length of time: 365, 52w"),
        (["snapshot", "--as-of", "2017-11-07", "--at", "12m", "-d", "month=calendar"], "--at '12m': calendar months have no fixed"),
        (["snapshot", "--as-of", "2017-11-07", "--quantile", "2"], "quantile 2 is wrong; expected a share between 0 and 1"),
        (["snapshot", "--as-of", "2017-11-07", "--stale-after", "-1"], "--stale-after -1 is wrong; expected a number of days"),
        (["snapshot", "--as-of", "2017-11-07", "--sd-days", "-1"], "--sd-days -1 is wrong; expected a number of days"),
        (["snapshot", "--as-of", "2017-11-07", "--compare", "--pool"], "a comparison needs two cohorts or more"),
        (["snapshot", "--as-of", "2017-11-07", "--evaluator", "central"], "--evaluator 'central' is not known"),
        (["history", "--figure", "median"], "figure 'median' is not known; did you mean 'median-os'?"),
        (["history", "--figure", "os-rate"], "figure 'os-rate' is survival at a time; name it with --at"),
        (["history", "--axis", "known"], "--axis 'known' is not known; did you mean 'known-at'?"),
        (["history", "--as-of", "2017-11-07"], "--as-of goes with --axis known-at"),
        (["history", "--axis", "known-at", "--known-at", "2017-11-07"], "--known-at goes with --axis cutoff"),
        (["history", "--from", "2017-11-07", "--to", "2017-01-01"], "--to 2017-01-01 is before --from 2017-11-07"),
        (["history", "--from", "1900", "--to", "2199"], "a history spans at most 200 years"),
        (["history", "--cohort", "9"], "no cohort '9' in trial NCT02278315; its cohorts are: 1, 2, 3"),
        (["restate", "2017-11-07", "2017-01-01"], "NOW 2017-01-01 is before THEN 2017-11-07; expected a later day"),
        (["restate", "then", "2017-01-01"], "THEN: 'then' is not a date"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked(demo: Command, arguments: list[str], complaint: str) -> None:
    done = demo(*arguments)

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"trialog: {complaint}")
    assert done.err.count("\n") == 1


def test_a_restatement_of_more_events_than_anybody_reads_gives_the_figures_and_says_so(
    trialog: Command, bench: Bench
) -> None:
    subjects = [f"{number:04d}" for number in range(2600)]
    bench.append_all(
        [*(enrolled(each, "2016-01-01") for each in subjects), *(died(each, "2016-03-01") for each in subjects)]
    )
    words = ("restate", "2015-12-31", "2025-01-01", "--as-of", "2016-12-31", "--log", str(bench.place))

    shown = trialog(*words)
    assert shown.code == 0
    assert "5200 events became known, too many to say what each of them did" in shown.out
    (cohort,) = asked(trialog, *words)["cohorts"]
    assert (cohort["events"], cohort["moved_by"]) == (5200, None)
    assert [figure["now"]["n"] for figure in cohort["figures"]] == [2600] * 4


@pytest.mark.parametrize("option", [("--at", "1y"), ("--rmst", "1y"), ("--quantile", "0.25"), ("--compare",)])
def test_csv_leaves_nothing_out_in_silence(demo: Command, option: tuple[str, ...]) -> None:
    refused = demo("snapshot", "--as-of", "2017-11-07", "--csv", *option)

    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "trialog: --csv has no columns for --at, --rmst, --quantile, --curve and --compare; take --json\n"
    )


@pytest.mark.parametrize(
    ("axis", "fixed", "cutoff", "known_at"),
    [("cutoff", ("--known-at", "2017-06-30"), "day", "2017-06-30"),
     ("known-at", ("--as-of", "2017-06-30"), "2017-06-30", "day")],
)  # fmt: skip
def test_each_row_of_a_history_says_what_it_rests_on(
    demo: Command, axis: str, fixed: tuple[str, str], cutoff: str, known_at: str
) -> None:
    days = ("--from", "2017-06-01", "--to", "2017-06-02")

    shown = demo("history", "--cohort", "2", "--axis", axis, *fixed, *days, "-d", "estimator=kaplan-meier", "--csv")
    rows = list(csv.DictReader(io.StringIO(shown.out)))

    root = asked(demo, "cohorts")["log"]["root"]
    assert [row["day"] for row in rows] == ["2017-06-01", "2017-06-02"]
    for row in rows:
        assert (row["figure"], row["data_cutoff"], row["known_at"], row["log_root"]) == (
            "median-os", cutoff, known_at, root
        )  # fmt: skip
        assert (row["estimator"], row["month"], row["level"]) == ("kaplan-meier", "30.4375", "0.95")


@pytest.mark.parametrize("command", [("replay", "2030-01-01"), ("cohorts", "--as-of", "2030-01-01")])
def test_a_cutoff_long_after_everything_known_is_noted(demo: Command, command: tuple[str, ...]) -> None:
    assert [line for line in demo(*command).out.splitlines() if line.startswith("note: nothing is known after 20")]
    assert "note: nothing is known" not in demo(command[0], *command[1:-1], "2017-11-07").out


@pytest.mark.parametrize(
    "command",
    [
        ("replay", "2010-01-01"),
        ("cohorts", "--known-at", "2010-01-01"),
        ("snapshot", "--as-of", "2017-01-01", "--known-at", "2010-01-01"),
        ("history", "--known-at", "2010-01-01"),
        ("restate", "2009-01-01", "2010-01-01"),
    ],
    ids=" ".join,
)
def test_a_day_by_which_nothing_was_known_is_said_to_be_one(demo: Command, command: tuple[str, ...]) -> None:
    answered = demo(*command)

    assert answered.code == (3 if command[0] == "replay" else 0)  # nothing was announced that day
    assert "note: nothing was known by 2010-01-01; what the log holds became known from 2014-10-30 on" in answered.out
    assert "1970" not in answered.out


@pytest.mark.parametrize(
    "command",
    [("snapshot", "--as-of", "2017-01-01", "--csv"), ("history", "--csv"), ("log", "--lines")],
    ids=" ".join,
)
def test_two_forms_of_output_exclude_one_another(demo: Command, command: tuple[str, ...]) -> None:
    refused = demo(*command, "--json")

    assert (refused.code, refused.out) == (1, "")
    assert f"--json and {command[-1]} exclude one another" in refused.err


def test_an_unknown_kind_of_event_is_answered_with_those_known(demo: Command) -> None:
    assert "unknown kind of event 'zzz'; known: trial-registered, " in demo("log", "--event", "zzz").err
    assert "'subject-dead'; did you mean 'subject-died'? Known: " in demo("log", "--event", "subject-dead").err


@pytest.mark.parametrize("option", ["--confirm-days", "--sd-days"])
def test_days_that_cannot_be_are_refused_by_the_option_s_name(demo: Command, option: str) -> None:
    assert demo("snapshot", "--as-of", "2017-01-01", option, "-3").err.startswith(f"trialog: {option} -3 is wrong")


def test_a_line_of_the_log_cannot_be_appended_and_the_way_out_is_named(demo: Command, tmp_path: Path) -> None:
    (tmp_path / "lines.jsonl").write_text(demo("log", "--lines", "--limit", "1").out)

    refused = demo("append", "lines.jsonl", "--log", "demo.db")

    assert refused.code == 1
    assert refused.err == (
        "trialog: lines.jsonl:1: 'position' is given by a log and cannot be appended; "
        "a whole log moves with: trialog export log, trialog import log\n"
    )


def test_the_curve_of_a_cohort_by_hand(demo: Command) -> None:
    found = asked(demo, "snapshot", "--cohort", "2", "--curve", "--as-of", "2017-11-07")["curves"]

    # First doses 2016-02-18, 03-20, 04-19 and 06-10; deaths 2017-03-24 and 05-15, last contacts 2017-08-12 and 10-03:
    # 400, 421, 480 and 480 days. Greenwood: 0.75 * sqrt(1 / (4 * 3)) and
    # 0.5 * sqrt(1 / (4 * 3) + 1 / (3 * 2)).
    points = [(p["day"], p["at_risk"], p["ended"], p["censored"], p["survival"]) for p in found[0]["points"]]
    assert points == [(400, 4, 1, 0, 0.75), (421, 3, 1, 0, 0.5), (480, 2, 0, 2, 0.5)]
    assert [round(p["std_error"], 6) for p in found[0]["points"]] == [0.216506, 0.25, 0.25]
    assert all(each["at_risk"] + each["ended"] + each["censored"] == 4 for each in found[0]["risk"])
    assert "cohort 2: Kaplan-Meier overall survival" in demo("snapshot", "--cohort", "2", "--curve").out


def test_without_a_cutoff_a_snapshot_takes_in_every_announcement(demo: Command) -> None:
    assert asked(demo, "snapshot", "--cohort", "1")["data_cutoff"] == "2019-02-02"
