"""``trialog announce --file`` and ``trialog audit``: the four real series, series of other kinds, sloppy files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command

SERIES = Path(__file__).parents[1] / "data/announcements"
HEADER = "date_announced,data_cutoff,trial,cohort,measure,value,unit,n,source,url,quote"


def written(*lines: str, header: str = HEADER) -> str:
    """Write a register file of the real series' shape: cells up to ``n``, and a quotation behind a bar."""
    rows = [header]
    for line in lines:
        cells, _, quote = line.partition("|")
        rows.append(f'{cells},Release,,"{quote}"' if header == HEADER else cells)
    Path("series.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return "series.csv"


def audited(trialog: Command, file: str, *options: str) -> dict[str, Any]:
    result = trialog("audit", file, "--json", *options)
    answer: dict[str, Any] = json.loads(result.out)
    assert result.code == {"consistent": 0, "inconsistent": 1, "undecided": 2}[answer["answer"]]
    assert (answer["witness"] is not None) is (answer["answer"] == "consistent")
    return answer


def rows(found: Sequence[dict[str, Any]]) -> list[int]:
    return [each["row"] for each in found]


def verdicts_of(trialog: Command, *years: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for year in years:
        replayed = json.loads(trialog("replay", year, "--json").out)
        found.update(verdict["verdict"] for verdict in replayed["verdicts"])
    return found


# The real series


@pytest.mark.parametrize(
    ("name", "trial", "read", "announcements", "roles"),
    [
        pytest.param(
            "clr131", "NCT02278315", 54, 16,
            {"figure": 26, "words": 16, "opened": 3, "status": 3, "subjects": 2, "after cohort": 2, "first entry": 1,
             "closed": 1},
            id="CLR 131",
        ),
        pytest.param("oncos102", "ONCOS", 7, 5, {"figure": 7}, id="ONCOS-102"),
        pytest.param("paxalisib", "NCT03522298", 12, 4, {"figure": 11, "words": 1}, id="paxalisib"),
        pytest.param("dcvax-l", "DCVAX", 12, 4, {"figure": 11, "words": 1}, id="DCVax-L"),
    ],
)  # fmt: skip
def test_every_row_of_a_real_series_is_registered_once(
    trialog: Command, name: str, trial: str, read: int, announcements: int, roles: dict[str, int]
) -> None:
    trialog("init", "t.db")
    Path("trial.jsonl").write_text(
        json.dumps({"event": "trial-registered", "trial": trial, "title": "T", "occurred_on": "2010", "source": "s"})
    )
    assert trialog("append", "--log", "t.db", "--by", "me", "trial.jsonl").code == 0
    arguments = ("announce", "--file", str(SERIES / f"{name}.csv"), "--log", "t.db", "--by", "me", "--json")

    first, again = trialog(*arguments), trialog(*arguments)

    found = json.loads(first.out)
    assert (found["read"], len(found["announcements"])) == (read, announcements)
    assert found["appended"] == read + announcements
    assert Counter(row["role"] for row in found["rows"]) == roles
    assert (json.loads(again.out)["appended"], again.code) == (0, 0)
    # Each median of these series lacks its n, its cutoff or its definition; the note says which.
    assert "a median without" in first.err


def test_clr131_conflicts_in_the_two_figures_of_cohort_1(trialog: Command) -> None:
    answer = audited(trialog, str(SERIES / "clr131.csv"), "--time-limit", "600")

    assert answer["answer"] == "inconsistent"
    assert [(row["row"], row["value"]) for row in answer["conflict"]] == [(12, "11.9"), (42, "26.2")]
    assert answer["conflict_is_minimal"]
    assert "rose 14.3 months in 11.2" in answer["reason"]
    # By hand: 92 days, a Kaplan-Meier median in 2017 only, a fifth subject, or drop either row
    repairs = {(each["kind"], *each["rows"]) for each in answer["repairs"]}
    assert {("another estimator", 42), ("drop a row", 12), ("drop a row", 42), ("one subject more", 12)} <= repairs
    assert ("another estimator", 12) not in repairs
    earlier = next(each for each in answer["repairs"] if each["kind"] == "earlier cutoff")
    assert (earlier["cutoff_on_or_before"], earlier["lag_days"]) == ("2016-08-31", 92)


def test_clr131_is_replayed_against_the_demo(trialog: Command) -> None:
    """The demo has the early cutoff of 2016; registered anew without it, the release of that day differs."""
    trialog("demo", "t.db")
    assert trialog("announce", "--file", str(SERIES / "clr131.csv"), "--log", "t.db", "--by", "me").code == 0

    replayed = {
        (verdict["announcement"], verdict["figure"]["figure"] if isinstance(verdict["figure"], dict) else verdict["figure"]): verdict["verdict"]
        for year in ("2016", "2017")
        for verdict in json.loads(trialog("replay", year, "--log", "t.db", "--json").out)["verdicts"]
    }  # fmt: skip

    late = "2017-11-07 Company-release-seed"
    assert [replayed[late, f"mOS-{cohort}"] for cohort in "123"] == ["reproduced"] * 3
    assert replayed["2016-12-01", "mOS-1"] == "reproduced"
    assert replayed["2016-12-01 GlobeNewswire", "mOS-1"] == "differs"
    assert replayed[late, "mOS-low-comparators"] == "shown only"
    assert replayed["2016-12-01 GlobeNewswire", "mOS-trend-1-2"] == "not computable"


@pytest.mark.parametrize(
    ("name", "years", "verdicts"),
    [
        pytest.param("oncos102", ("2020", "2021"), {"bound holds": 3, "reproduced": 4}, id="ONCOS-102"),
        pytest.param("paxalisib", ("2020", "2021"), {"reproduced": 11}, id="paxalisib"),
        pytest.param("dcvax-l", ("2018",), {"reproduced": 7}, id="DCVax-L, the dated releases"),
    ],
)
def test_a_witness_of_a_real_series_is_appended_and_replayed(
    trialog: Command, monkeypatch: pytest.MonkeyPatch, name: str, years: Sequence[str], verdicts: dict[str, int]
) -> None:
    monkeypatch.setenv("TRIALOG_LOG", "w.db")

    answer = audited(trialog, str(SERIES / f"{name}.csv"), "--witness", "w.jsonl")

    assert answer["answer"] == "consistent"
    trialog("init")
    assert trialog("append", "w.jsonl").code == 0
    assert verdicts_of(trialog, *years) == verdicts


def test_dcvax_figures_from_two_origins_are_not_joined(trialog: Command) -> None:
    answer = audited(trialog, str(SERIES / "dcvax-l.csv"))

    same = {each["cohort"] for each in answer["cohorts"] if each["cohort"].startswith("newly diagnosed")}
    assert same == {"newly diagnosed DCVax-L, from randomisation", "newly diagnosed DCVax-L, from surgery"}
    assert 11 in rows(answer["not_used"])  # external controls


# Series of other kinds


def test_medians_that_jump_can_only_be_kaplan_meier(trialog: Command) -> None:
    """4.5 months in 2.0 is no to-date median."""
    file = written("2019-01-10,,X,A,mOS,10.0,months,6", "2019-03-12,,X,A,mOS,14.5,months,6")

    answer = audited(trialog, file)
    to_date = audited(trialog, file, "--definition", "estimator=to-date")

    assert (answer["answer"], answer["definition"]["estimator"]) == ("consistent", "kaplan-meier")
    assert "rose 4.5 months in 2.0" in answer["definitions"][0]["reason"]
    assert (to_date["answer"], rows(to_date["conflict"])) == ("inconsistent", [1, 2])


def test_units_that_agree_only_in_months_of_28_days(trialog: Command) -> None:
    """52 weeks are 364 days: 13.0 months of 28 days, 12.1 of 30, 12.0 of 30.4375."""
    answer = audited(trialog, written("2019-01-10,,Y,A,mOS,52.0,weeks,9", "2019-01-10,,Y,A,mOS,13.0,months,9"))

    assert (answer["answer"], answer["definition"]["month"]) == ("consistent", "28")


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(("2018-01-08,,Z,1,mOS,12.0,months,4", "2018-07-09,,Z,1,mOS,8.0,months,10"), id="n beside the figure"),
        pytest.param(
            (
                "2018-01-08,,Z,1,mOS,12.0,months,", "2018-01-08,,Z,1,n_evaluable,4,count,",
                "2018-07-09,,Z,1,mOS,8.0,months,", "2018-07-09,,Z,1,n_evaluable,10,count,",
            ),
            id="n in rows of its own",
        ),
    ],
)  # fmt: skip
def test_a_median_that_falls_because_n_grew_is_not_compared(trialog: Command, lines: Sequence[str]) -> None:
    answer = audited(trialog, written(*lines))

    assert answer["answer"] == "consistent"
    assert answer["definition"]["estimator"] == "to-date"
    assert any("n = 4, 10 count different subjects and are not compared" in note for note in answer["notes"])


def test_the_same_fall_for_the_same_subjects_is_against_the_law(trialog: Command) -> None:
    file = written("2018-01-08,,Z,1,mOS,12.0,months,10", "2018-07-09,,Z,1,mOS,8.0,months,10")

    answer = audited(trialog, file, "--definition", "estimator=to-date")

    assert (answer["answer"], rows(answer["conflict"])) == ("inconsistent", [1, 2])
    assert "fell 4.0 months" in answer["reason"]


def test_a_definition_that_changes_in_words_is_followed_and_said(trialog: Command) -> None:
    answer = audited(
        trialog,
        written(
            "2018-01-08,,W,1,mOS,9.0,months,5|9.0 months to date",
            "2018-07-09,,W,1,mOS,14.9,months,5|14.9 months to date",
            "2018-12-10,,W,1,mOS,24.0,months,5|Kaplan-Meier median of 24.0 months",
        ),
        # Ample, since one question may take a twentieth of it and a busy machine is slow.
        "--time-limit",
        "600",
    )

    assert answer["answer"] == "consistent"
    one = {each["definition"]["estimator"]: each["answer"] for each in answer["one_definition_for_all"]}
    assert one == {"to-date": "inconsistent", "kaplan-meier": "consistent"}


def test_a_definition_that_changes_silently_is_a_repair(trialog: Command) -> None:
    """Four of five alive in July allow no Kaplan-Meier median then; 9.1 months in 5.1 no to-date one after."""
    answer = audited(
        trialog,
        written(
            "2018-01-08,,W,1,mOS,9.0,months,5",
            "2018-07-09,,W,1,mOS,14.9,months,5",
            "2018-07-09,,W,1,n_alive,4,count,5",
            "2018-12-10,,W,1,mOS,24.0,months,5",
        ),
        # A flat half that ends midway to the last contact can be moved by old contacts.
        "--definition",
        "ties=midpoint",
    )

    assert answer["answer"] == "inconsistent"
    kinds = {(each["kind"], tuple(each["rows"])) for each in answer["repairs"]}
    assert ("another estimator", (4,)) in kinds
    assert any(kind == "the definition changed" for kind, _ in kinds)


def test_bounds_alone_are_satisfied(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIALOG_LOG", "w.db")
    answer = audited(
        trialog,
        written(
            "2018-01-08,,V,1,mOS,>=9.0,months,5",
            "2018-07-09,,V,1,mOS,not reached; >=14.2,months,5",
            "2019-01-09,,V,1,mOS,not reached,months,5",
            "2019-07-09,,V,1,mOS,at least 20,months,5",
        ),
        "--witness", "w.jsonl",
    )  # fmt: skip

    assert answer["answer"] == "consistent"
    trialog("init")
    trialog("append", "w.jsonl")
    found = verdicts_of(trialog, "2018", "2019")
    assert found["bound holds"] + found["reproduced"] == 4


def test_a_bound_longer_than_the_cohort_has_been_open_conflicts(trialog: Command) -> None:
    answer = audited(
        trialog, written("2017-01-30,,V,1,first_dose_date,2017-01,date,", "2018-01-08,,V,1,mOS,>=19.0,months,5")
    )

    assert (answer["answer"], rows(answer["conflict"])) == ("inconsistent", [1, 2])
    assert "before which nobody entered" in answer["reason"]


@pytest.mark.parametrize(
    ("lines", "conflict", "reason"),
    [
        pytest.param(("2019-03-12,,X,A,OS_12m,50,percent,40", "2019-03-12,,X,A,OS_24m,55,percent,40"), [1, 2],
                     "the share of survivors never rises", id="a rate that rises with the landmark"),
        pytest.param(("2019-03-12,,X,A,mOS,14,months,40|Kaplan-Meier", "2019-03-12,,X,A,OS_24m,55,percent,40"), [1, 2],
                     "after a median of 14 months", id="most alive after the median"),
        pytest.param(("2019-03-12,,X,A,mOS,14,months,40|Kaplan-Meier", "2019-03-12,,X,A,OS_12m,40,percent,40"), [1, 2],
                     "needs at least half of the subjects alive", id="most dead before the median"),
        pytest.param(("2019-03-12,,X,A,n_dead,6,count,8", "2019-09-12,,X,A,n_alive,4,count,8"), [1, 2],
                     "the number of the dead never falls", id="the dead do not rise"),
        pytest.param(("2019-03-12,,X,A,alive_share,45,percent,8",), [1],
                     "no whole number of 8 subjects gives that percentage", id="a share that no number of subjects has"),
        pytest.param(("2019-03-12,,X,A,mOS,10.0,months,6", "2019-03-12,,X,A,mOS,12.0,months,6"), [1, 2],
                     "apart at one data cutoff", id="two values of one figure"),
    ],
)  # fmt: skip
def test_what_no_history_can_do_is_found_without_the_solver(
    trialog: Command, monkeypatch: pytest.MonkeyPatch, lines: Sequence[str], conflict: list[int], reason: str
) -> None:
    monkeypatch.setattr("trialog.audit.deciding.decide.installed", lambda: False)

    answer = audited(trialog, written(*lines))

    assert (answer["answer"], rows(answer["conflict"])) == ("inconsistent", conflict)
    assert reason in answer["reason"]


# Without the solver, and without time


def test_without_the_solver_what_it_would_decide_is_undecided(
    trialog: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trialog.audit.deciding.decide.installed", lambda: False)
    monkeypatch.setattr("trialog.audit.answering.cutoffs.installed", lambda: False)
    file = written("2019-01-10,,X,A,mOS,10.0,months,6", "2019-03-12,,X,A,mOS,12.0,months,6")

    result = trialog("audit", file, "--json")

    answer = json.loads(result.out)
    assert (result.code, answer["answer"]) == (2, "undecided")
    assert "pip install 'trialog[audit]'" in answer["reason"]
    assert result.err.count("\n") == 1


def test_when_the_time_is_over_the_answer_is_undecided(trialog: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written("2019-01-10,,X,A,mOS,10.0,months,6", "2019-03-12,,X,A,mOS,12.0,months,6")
    monkeypatch.setattr("trialog.audit.deciding.solver.Effort.left", property(lambda _: 0.0))

    answer = audited(trialog, file)

    assert answer["answer"] == "undecided"
    assert answer["time_limit_reached"]


# Sloppy files


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("measure,value,unit\nmOS,9.0,months\n", "column 'date_announced' is missing", id="no dates"),
        pytest.param("date_announced,cohort,measure,value\n2018,1,mOS,9\n", "column 'unit' is missing", id="no units"),
        pytest.param("", "the file is empty", id="empty"),
        pytest.param("date_announced,measure,value,unit\n", "no rows", id="only a header"),
        pytest.param("date_announced,measure,value,unit\n08/01/2018,mOS,9,months\n", "is not a date", id="another date"),
        pytest.param("date_announced,measure,value,unit,n\n2018,mOS,9,months,0\n", "n: 0 subjects", id="n of 0"),
        pytest.param("date_announced,data_cutoff,measure,value,unit\n2018-01-08,2018-02,mOS,9,months\n",
                     "data_cutoff: 2018-02 is after the announcement of 2018-01-08", id="a cutoff after the release"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_line_and_exit_code_2(trialog: Command, text: str, complaint: str) -> None:
    Path("series.csv").write_text(text, encoding="utf-8")

    result = trialog("audit", "series.csv", "--json")

    assert (result.code, result.out) == (2, "")
    assert complaint in result.err
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        pytest.param("2019,,X,A,HR,0.62 (0.40-0.90),,6", "no rule computes 'HR'", id="hazard ratio"),
        pytest.param("2019,,X,A,p_value,0.03,,", "no rule computes 'p_value'", id="p value"),
        pytest.param("2019,,X,A,foo_bar,4,widgets,", "no rule computes 'foo_bar'", id="unknown measure"),
        pytest.param("2019,,X,A,mOS,,months,6", "no value is given", id="blank value"),
        pytest.param("2019,,X,A,mOS,TBD,months,6", "'TBD' is not a number", id="words"),
        pytest.param('2019,,X,A,mOS,"1,234,5",months,6', "is not a number", id="commas"),
        pytest.param("2019,,X,A,mOS,-3,months,6", "a time cannot be below zero", id="below zero"),
        pytest.param("2019,,X,A,mOS,99999,months,6", "longer than anybody lives", id="a slipped digit"),
        pytest.param("2019,,X,A,mOS,12,furlongs,6", "unit 'furlongs' is not known", id="unknown unit"),
        pytest.param("2019,,X,A,mOS,12,percent,6", "a time in percent cannot be checked", id="a median in percent"),
    ],
)
def test_a_row_that_cannot_be_checked_is_kept_and_named(trialog: Command, line: str, why: str) -> None:
    file = written(line, "2019-01-10,,X,A,mOS,10.0,months,6")

    answer, alone = audited(trialog, file), audited(trialog, written(line))

    assert answer["answer"] == "consistent"
    assert [(each["row"], why in each["why"]) for each in answer["not_used"]] == [(1, True)]
    assert (alone["answer"], alone["reason"]) == ("undecided", "no row gives a figure that can be checked")


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(("2018,,X,A,mOS,9.0,months,6", "2018-07,,X,A,mOS,12.0,months,6"), id="partial dates"),
        pytest.param(("2019-01-10,,X,A,mOS,40,weeks,6", "2019-03-12,,X,A,mOS,0.9,years,6"), id="weeks and years"),
        pytest.param(("2019-03-12,,X,A,mOS,10-12,months,6",), id="a range"),
        pytest.param(("2019-03-12,,X,A,OS_1y,50%,percent,6", "2019-03-12,,X,A,alive_share,67,%,6"), id="percent"),
        pytest.param((",,X,A,mOS,10.0,months,6",), id="undated"),
        pytest.param(("2019-03-12,,,,mOS,10.0,months,",), id="neither trial, cohort nor n"),
        pytest.param(("2019-03-12,,X,A,mOS,10.0 months,months,6",), id="the unit beside the number"),
        pytest.param(("2019-03-12,,X,A,mOS,~10,months,6", "2019-03-12,,X,A,mOS,≥9,months,6"), id="signs"),
    ],
)
def test_a_sloppy_file_gets_an_answer_with_a_witness(trialog: Command, lines: Sequence[str]) -> None:
    assert audited(trialog, written(*lines))["answer"] == "consistent"


def test_headers_of_a_spreadsheet_are_understood(trialog: Command) -> None:
    file = written("2019-03-12,A,mOS,10.0,months,6", header="Date Announced,Cohort,Measure,Value,Unit,N")

    assert audited(trialog, file)["answer"] == "consistent"


def test_the_order_of_rows_changes_nothing_but_their_numbers(trialog: Command) -> None:
    lines = [
        "2016-12-01,,X,1,mOS,11.9,months,4",
        "2017-11-07,,X,1,mOS,26.2,months,4",
        "2017-11-07,,X,2,mOS,15.4,months,4",
    ]
    only = ("--definition", "estimator=to-date")

    there, back = audited(trialog, written(*lines), *only), audited(trialog, written(*reversed(lines)), *only)

    assert there["reason"] == back["reason"]
    assert (rows(there["conflict"]), rows(back["conflict"])) == ([1, 2], [2, 3])
    assert [each["words"].replace("row 3", "row 1") for each in back["repairs"][:2]] == [
        each["words"] for each in there["repairs"][:2]
    ]


def test_a_witness_overwrites_nothing(trialog: Command) -> None:
    Path("w.jsonl").write_text("mine", encoding="utf-8")

    result = trialog("audit", written("2019-03-12,,X,A,mOS,10.0,months,6"), "--witness", "w.jsonl")

    assert result.code == 2
    assert Path("w.jsonl").read_text(encoding="utf-8") == "mine"


# Files laid out in other ways


def test_subjects_counted_only_in_the_words_keep_two_medians_apart(trialog: Command) -> None:
    Path("s.csv").write_text(
        "quote,value,measure,unit,cohort,date_announced\n"
        '"14.1 months,\nin the first 6 patients",14.1,mOS,months,1,2018-01\n'
        '"now ""only"" 9.7 months (n = 13)",9.7,mOS,months,1,2018-09\n',
        encoding="utf-8",
    )

    answer = audited(trialog, "s.csv")

    assert (answer["answer"], answer["definition"]["estimator"]) == ("consistent", "to-date")
    assert [each["n"] for each in answer["cohorts"]] == [6, 13]
    assert answer["used"][0]["inferred"]["n"] == "the words give it: 'in the first 6 patients'"


def test_an_upper_limit_that_cannot_be_estimated_leaves_the_median_reached(trialog: Command) -> None:
    answer = audited(
        trialog,
        written(
            "2019-12-10,,X,A,mOS,22.5,months,6",
            "2019-12-10,,X,A,mOS_CI_low,10.1,months,6",
            "2019-12-10,,X,A,mOS_CI_high,NE,months,6",
        ),
    )

    assert (answer["answer"], rows(answer["used"])) == ("consistent", [1, 2, 3])


def test_cohorts_of_two_trials_are_told_apart(trialog: Command) -> None:
    answer = audited(trialog, written("2019-12-10,,X,A,mOS,22.5,months,6", "2020-12-10,,Y,A,mOS,2.5,months,6"))

    assert [each["cohort"] for each in answer["cohorts"]] == ["A, X", "A, Y"]


def test_progression_by_two_evaluators_is_not_one_history(trialog: Command) -> None:
    # A median PFS of 6 months by the site and of 4 months by the review, of the same subjects at the same cutoff.
    header = "date_announced,data_cutoff,trial,cohort,measure,value,unit,n,evaluator"
    file = written(
        "2020-06-01,2020-05-01,T,A,mPFS,6.0,months,9,investigator",
        "2020-06-01,2020-05-01,T,A,mPFS,4.0,months,9,independent",
        header=header,
    )

    found = audited(trialog, file)

    assert found["answer"] == "consistent"
    assert [each["why"] for each in found["not_used"]] == [
        "by independent review; the other figures of its cohort are checked without it"
    ]
