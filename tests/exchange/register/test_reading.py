"""Register files: what is refused, what is inferred, and that nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trialog.events.errors import EventError
from trialog.exchange.register.files import read_register
from trialog.exchange.register.reading import read_rows
from trialog.exchange.register.register import releases_of
from trialog.exchange.register.row_reading import RowReading
from trialog.exchange.register.table import Row, read_table
from trialog.exchange.tables.formats import Format, write_table
from trialog.exchange.tables.table import Column, table_of

SERIES = Path(__file__).parents[2] / "data/announcements"
HEADER = "date_announced,data_cutoff,trial,cohort,measure,value,unit,n,source,url,quote"


def read(text: str, name: str = "f.csv") -> tuple[RowReading, ...]:
    return read_rows(read_table(text.encode(), name), name)


def row(
    measure: str = "mOS", value: str = "10.0", unit: str = "months", on: str = "2017-01-01", cohort: str = "1",
    n: str = "4", quote: str = "",
) -> RowReading:  # fmt: skip
    line = f'{on},,T,{cohort},{measure},"{value}",{unit},{n},S,,"{quote}"'
    return read(f"{HEADER}\n{line}\n")[0]


@pytest.mark.parametrize("name", ["clr131", "oncos102", "paxalisib", "dcvax-l"])
def test_every_row_of_the_real_series_is_read_and_keeps_its_cells(name: str) -> None:
    content = (SERIES / f"{name}.csv").read_bytes()
    rows = read_table(content, name)

    readings = read_rows(rows, name)

    assert len(readings) == len(content.decode().splitlines()) - 1
    for reading, written in zip(readings, rows, strict=True):
        assert reading.figure.written is not None
        assert reading.figure.written.value == written.get("value")
        assert reading.figure.words == written.get("quote")
        assert reading.role in ("words", "status") if reading.why else reading.role != "words"


def test_a_file_keeps_the_line_on_which_each_row_begins() -> None:
    found = read(f'{HEADER}\n2017-01-01,,T,1,mOS,10,months,4,S,,"two\nlines"\n\n2017-02-01,,T,1,mOS,11,months,4,S,,x\n')

    assert [(each.row.number, each.row.line) for each in found] == [(1, 2), (2, 5)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "f.csv: the file is empty; expected a header line and rows", id="empty"),
        pytest.param(HEADER + "\n", "f.csv: no rows", id="only a header"),
        pytest.param("date_announced,measur,value,unit\n", "f.csv: unknown column 'measur'; did you mean 'measure'?",
                     id="a misspelt column"),
        pytest.param("date_announced;measur;value;unit\n", "f.csv: unknown column 'measur'; did you mean 'measure'?",
                     id="a misspelt column of a file with semicolons"),
        pytest.param("measure,value,unit\nmOS,1,months\n", "column 'date_announced' is missing", id="a missing column"),
        pytest.param("measure,measure\n", "column 'measure' stands twice", id="a column twice"),
        pytest.param(f"{HEADER}\n2017-01-01,,T\n", "f.csv:2: row 1: 3 cells, expected 11", id="too few cells"),
        pytest.param(f"{HEADER}\n1 Jan 2017,,T,1,mOS,1,months,4,S,,\n",
                     "f.csv:2: row 1: date_announced: '1 Jan 2017' is not a date", id="a date that is none"),
        pytest.param(f"{HEADER}\n2017-01-01,,T,1,mOS,1,months,four,S,,\n", "n: 'four' is not a whole number", id="n"),
        pytest.param(f"{HEADER}\n2017-01-01,,T,1,,1,months,4,S,,\n", "measure: expected what is measured", id="measure"),
        pytest.param('date_announced,measure,value,unit,estimator\n2017,mOS,1,months,kaplan\n',
                     "estimator: 'kaplan' is not known; did you mean 'kaplan-meier'?", id="a word of a closed list"),
        pytest.param(f'{HEADER}\n"2017', "not CSV", id="an open quotation mark"),
        pytest.param(f"{HEADER}\n2017,,T,1,mOS,1\0,months,4,S,,\n", "NUL", id="NUL"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_the_place_and_what_was_expected(text: str, complaint: str) -> None:
    with pytest.raises(EventError, match="f") as refused:
        read(text)

    assert complaint in str(refused.value)


def test_every_wrong_row_is_named_the_first_twenty_at_once() -> None:
    wrong = "\n".join(f"2017-13-{day:02},,T,1,mOS,1,months,4,S,," for day in range(1, 26))

    with pytest.raises(EventError) as refused:
        read(f"{HEADER}\n{wrong}\n")

    lines = str(refused.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "f.csv: and 5 more"


def test_other_encodings_are_named() -> None:
    begin = HEADER.encode() + b"\n2017,,T,1,mOS,"
    with pytest.raises(EventError, match=f"byte {len(begin)} is not UTF-8"):
        read_table(begin + b"\xff", "f.csv")
    assert read_table(b"\xef\xbb\xbf" + f"{HEADER}\n2017,,T,1,mOS,1,months,4,S,,\n".encode(), "f.csv")


YAML = """
trial: T
source: S
rows:
  - {date_announced: 2017-11-07, cohort: 1, measure: mOS, value: 26.20, unit: months, ongoing: no}
  - date_announced: 2017-11-07
    cohort: "1+2"
    measure: n_alive
    value: 010
    unit: count
    n: 8
"""


def test_yaml_says_what_was_written() -> None:
    """`no`, 010 and 26.20 are the text that was written, not False, 8 and 26.2."""
    found = read(YAML, "f.yaml")

    assert [each.figure.value for each in found] == ["26.20", "010"]
    assert [each.figure.cohorts for each in found] == [("1",), ("1", "2")]
    assert found[0].figure.ongoing is False
    assert {each.trial for each in found} == {"T"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: &x [1]\nrows: *x\n", "f.yaml:2: an alias (*) is not allowed in a register file"),
        ("rows:\n  - {measure: mOS, measure: mPFS}\n", "key 'measure' stands twice"),
        ("rows: 5\n", "expected a list of rows"),
        ("- 5\n", "row 1: expected a mapping of columns"),
        ("- {date_announced: 2017, measure: mOS, value: [1, 2], unit: months}\n", "column 'value' holds a list"),
        ("- {date_announced: 2017, measure: mOS, value: 1}\n", "column 'unit' is missing"),
        ("- {date_announced: 2017, measure: mOS, value: 1, unit: months, cohrt: 1}\n", "did you mean 'cohort'?"),
        ("rows: [\n", "not YAML"),
        ("- !!python/object:os.system {}\n", "row 1: column 'date_announced' is missing"),
    ],
)
def test_yaml_that_is_no_register_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(EventError) as refused:
        read(text, "f.yaml")

    assert complaint in str(refused.value)


def inferred(reading: RowReading) -> set[str]:
    return {each.field for each in reading.figure.inferred}


def test_what_the_words_do_not_say_is_marked() -> None:
    stated = read("date_announced,measure,value,unit,cohort,estimator\n2017-01-01,mOS,10,months,1,to-date\n")[0]
    ongoing = row(quote="ongoing median overall survival")

    assert (stated.figure.estimator, inferred(stated)) == ("to-date", set())
    assert (ongoing.figure.estimator, inferred(ongoing)) == ("to-date", {"estimator", "ongoing"})
    assert "estimator" not in ongoing.figure.states
    assert "estimator" in stated.figure.states


def test_a_column_wins_over_the_words() -> None:
    found = read(
        "date_announced,measure,value,unit,estimator,comparator,quote\n"
        "2017-01-01,mOS,10,months,kaplan-meier,>=,about 10 months to date\n"
    )[0]

    assert (found.figure.estimator, found.figure.comparator) == ("kaplan-meier", ">=")


def test_not_reached_and_limits_make_a_kaplan_meier_median() -> None:
    not_reached = row(value="not reached; >=18.2")
    limits = row(value="15.7 (95% CI 11.1-19.1)")

    assert (not_reached.figure.estimator, not_reached.figure.reached) == ("kaplan-meier", False)
    assert (limits.figure.estimator, limits.figure.lower) == ("kaplan-meier", "11.1")


def test_a_release_that_calls_the_median_not_evaluable_gives_a_to_date_number() -> None:
    both = read(
        f"{HEADER}\n2016-12-01,,T,1,mOS,11.9,months,,S,,x\n"
        "2016-12-01,,T,1+2,mOS_status,not yet evaluable,text,,S,,y\n"
        "2017-12-01,,T,1,mOS,20,months,,S,,x\n"
    )

    assert [each.figure.estimator for each in both] == ["to-date", None, None]


def test_limits_in_rows_of_their_own_make_the_median_kaplan_meier() -> None:
    found = read(
        f"{HEADER}\n2021-12-03,,T,ITT,mOS,15.7,months,30,S,,\n2021-12-03,,T,ITT,mOS_CI_low,11.1,months,30,S,,\n"
        "2021-12-03,,T,mITT,mOS,15.9,months,27,S,,\n"
    )

    assert [each.figure.estimator for each in found] == ["kaplan-meier", "kaplan-meier", None]


@pytest.mark.parametrize(
    ("measure", "value", "unit", "why"),
    [
        ("AE_grade_mean", "2.57", "grade", "no rule computes 'AE_grade_mean'"),
        ("mOS", "26.2", "parsecs", "unit 'parsecs' is not known"),
        ("mOS", "26.2", "", "no unit is given"),
        ("mOS", "52 weeks", "months", "the value is written in weeks, its unit says months"),
        ("OS_rate", "50", "percent", "a rate without its landmark"),
        ("IND_submitted", "2014-08-11", "date", "a date that no figure of survival depends on"),
        ("ORR", "8.3-19.1", "percent", "limits or a range without the number that they belong to"),
    ],
)
def test_a_row_that_nothing_is_computed_of_is_kept_with_the_reason(
    measure: str, value: str, unit: str, why: str
) -> None:
    found = row(measure, value, unit)

    assert found.role == "words"
    assert why in found.why
    assert found.figure.written is not None
    assert (found.figure.written.value, found.figure.value) == (value, None)


def test_a_median_that_is_not_yet_evaluable_is_a_status() -> None:
    assert row(value="not yet evaluable").role == "status"
    assert row("mOS_status", "not reached", "text").figure.comparator == "not reached"


def test_releases_are_named_by_their_day_and_told_apart_by_their_source() -> None:
    found = read(
        f"{HEADER}\n2017-11-07,,T,1,mOS,26.2,months,,Wire,,\n2017-11-07,,T,2,mOS,15.4,months,,Wire,,\n"
        "2018-01-01,,T,1,mOS,28,months,,Wire,,\n2018-01-01,,T,1,mOS,28,months,,Blog,,\n,,T,1,mOS,22,months,,Blog,,\n"
    )

    releases = {release.name: len(release.figures) for release in releases_of(found)}
    again = {release.name: len(release.figures) for release in releases_of(found[::-1])}

    assert releases == {"undated": 1, "2017-11-07": 2, "2018-01-01 Blog": 1, "2018-01-01 Wire": 1}
    assert again == releases
    taken = releases_of(found[:2], {"2017-11-07": "Another source"})
    assert [release.name for release in taken] == ["2017-11-07 Wire"]


def test_figures_of_a_release_have_names_of_their_own() -> None:
    found = read(
        f"{HEADER}\n2017-11-07,,T,1,mOS,26.2,months,,W,,a\n2017-11-07,,T,1,mOS,26.3,months,,W,,b\n"
        "2017-11-07,,T,2,mOS,15.4,months,,W,,\n"
    )

    (release,) = releases_of(found)

    assert [figure.figure.figure for figure in release.figures.values()] == ["mOS-1", "mOS-1-2", "mOS-2"]


@pytest.mark.parametrize(
    ("cells", "lower", "spread"),
    [
        pytest.param({"quote": "median OS of 11.0 months"}, None, None, id="nothing says it"),
        pytest.param({"quote": "(95% CI 3.5-33)"}, "3.5", None, id="the words"),
        pytest.param({"quote": "range 3.5 to 33"}, None, "3.5", id="the words: a range"),
        pytest.param({"quote": "median follow-up 9 months (follow-up range 3.5 to 33)"}, None, None, id="a range of follow-up"),
        pytest.param({"unit": "months (95% CI)"}, "3.5", None, id="the unit"),
        pytest.param({"measure": "mOS, months (range)"}, None, "3.5", id="the measure"),
        pytest.param({"level": "80"}, "3.5", None, id="the column level"),
    ],
)  # fmt: skip
def test_two_numbers_in_brackets_are_limits_only_where_the_row_says_so(
    cells: dict[str, str], lower: str | None, spread: str | None
) -> None:
    found = one_row(value="11.0 (3.5-33)", **cells).figure

    assert (found.value, found.lower, found.range_lower) == ("11.0", lower, spread)


@pytest.mark.parametrize("level", ["80", "0.8", "80%", "80 %", "0.80"])
def test_a_level_is_the_same_however_it_is_written(level: str) -> None:
    assert one_row(value="11.0 (3.5-33)", level=level).figure.level == "80"


@pytest.mark.parametrize("level", ["0.8%", "100", "8", "high"])
def test_a_level_that_is_none_is_refused(level: str) -> None:
    with pytest.raises(EventError, match="level"):
        one_row(level=level)


@pytest.mark.parametrize(
    ("unit", "measure", "value", "figure"),
    [
        ("percent", "ORR", "46/124 (37.1%)", ("37.1", "percent", 124, 46)),
        ("percent", "ORR", "37.1 (46)", ("37.1", "percent", None, 46)),
        ("count", "CR_count", "5.4% (3/56)", ("3", "count", 56, None)),
        ("n (%)", "CR_count", "3 (5.4)", ("3", "count", None, None)),
        ("% (95% CI)", "ORR", "36 (20-50)", ("36", "percent", None, None)),
    ],
)
def test_shares_and_counts_in_their_unit(
    unit: str, measure: str, value: str, figure: tuple[str, str, int | None, int | None]
) -> None:
    found = one_row(measure=measure, value=value, unit=unit).figure

    assert (found.value, found.unit, found.n, found.count) == figure


def one_row(**cells: str) -> RowReading:
    given = {
        "date_announced": "2017-01-01",
        "measure": "mOS",
        "value": "10.0",
        "unit": "months",
        "cohort": "1",
        **cells,
    }
    return read_rows((Row(1, 2, {name: cell for name, cell in given.items() if cell}),), "f.csv")[0]


def test_limits_may_stand_without_their_median() -> None:
    found = one_row(value="8.3-NE").figure

    assert (found.value, found.lower, found.upper, found.estimator) == (None, "8.3", None, "kaplan-meier")


def test_words_that_only_suggest_are_told_from_words_that_say() -> None:
    suggested, said = (
        one_row(quote="estimated median (n=7)", value="9"),
        one_row(quote="ongoing median", value="9 (n=7)"),
    )

    assert suggested.doubtful == {"estimator", "n"}
    assert said.doubtful == frozenset()


def test_still_growing_beside_limits_leaves_the_estimator_open() -> None:
    assert one_row(value="9.0 (95% CI 5-NE)", quote="ongoing median OS").figure.estimator is None


POOLS = HEADER.replace("url,", "")


def labels_of(*lines: str) -> list[tuple[str, ...]]:
    return [each.figure.cohorts for each in read(POOLS + "\n" + "\n".join(lines) + "\n")]


@pytest.mark.parametrize(
    ("words", "n", "labels"),
    [
        pytest.param("A+B", "8", ("A", "B"), id="4 + 4 are 8: a pool"),
        pytest.param("A+B", "4", ("A+B",), id="4 + 4 are not 4: a combination arm"),
        pytest.param("A+B", "", ("A+B",), id="nothing says that it is a pool"),
        pytest.param("A+C", "8", ("A+C",), id="C is no cohort"),
        pytest.param("A & B", "8", ("A", "B"), id="with an ampersand"),
        pytest.param("cohorts A and B", "", ("A", "B"), id="written as a pool"),
        pytest.param("A+B pooled", "7", ("A", "B"), id="written as a pool, of another number"),
        pytest.param("arm A+B", "8", ("A+B",), id="written as an arm"),
    ],
)
def test_a_plus_pools_cohorts_or_names_a_combination_arm(words: str, n: str, labels: tuple[str, ...]) -> None:
    found = labels_of(
        "2024,,T,A,mOS,10,months,4,S,", "2024,,T,B,mOS,12,months,4,S,", f"2024,,T,{words},mOS,11,months,{n},S,"
    )

    assert found[2] == labels


def test_numbered_cohorts_with_a_plus_are_a_pool_unless_their_numbers_say_otherwise() -> None:
    assert labels_of("2024,,T,1+2,mOS,10,months,8,S,") == [("1", "2")]
    assert labels_of("2024,,T,1,n_dead,1,count,4,S,", "2024,,T,2,n_dead,1,count,4,S,", "2024,,T,1+2,mOS,9,months,5,S,")[
        2
    ] == ("1+2",)


def test_a_log_tells_its_cohorts() -> None:
    row_of_pool = (
        Row(
            1,
            2,
            {"date_announced": "2024", "measure": "mOS", "value": "9", "unit": "months", "cohort": "A+B", "n": "8"},
        ),
    )

    pooled = read_rows(row_of_pool, "f.csv", cohorts={"A": 4, "B": 4})
    arm = read_rows(row_of_pool, "f.csv", cohorts={"A": 4, "B": 4, "A+B": None})

    assert pooled[0].figure.cohorts == ("A", "B")
    assert arm[0].figure.cohorts == ("A+B",)


def test_a_wrong_row_loses_the_file_only_where_nothing_else_can_be_read() -> None:
    text = f"{HEADER}\n2017-13-01,,T,1,mOS,1,months,4,S,,\n2017-01-01,,T,1,mOS,2,months,4,S,,\n"

    first, second = read_rows(read_table(text.encode(), "f.csv"), "f.csv", lenient=True)

    assert (first.role, first.announced_on) == ("words", None)
    assert "date_announced: '2017-13-01' is not a day" in first.why
    assert second.figure.value == "2"
    with pytest.raises(EventError, match="date_announced"):
        read_rows(read_table(text.encode(), "f.csv")[:1], "f.csv", lenient=True)


CASES = Path(__file__).parents[2] / "data/audit"


def test_the_usual_forms_of_a_value_say_what_they_say() -> None:
    rows = read_table((CASES / "value-formats.csv").read_bytes(), "value-formats.csv")
    figures = {each.row.number: each.figure.model_dump() for each in read_rows(rows, "value-formats.csv")}

    for case in json.loads((CASES / "value-formats.json").read_text())["rows"]:
        figure = figures[case["row"]]
        for name, number in case["is"].items():
            found = figure[name]
            assert (found if isinstance(number, str) else float(found)) == number, case


@pytest.mark.parametrize("form", ["csv", "tsv", "xlsx", "xpt", "parquet", "json", "ndjson"])
def test_a_register_may_be_a_table_in_any_form(tmp_path: Path, form: Format) -> None:
    """Semicolons and workbooks are what spreadsheets write; the rows are those of the same file as CSV."""
    names = ("DATE_ANN", "COHORT") if form == "xpt" else ("date announced", "Cohort")
    columns = [Column(name) for name in (*names, "MEASURE", "VALUE", "UNIT")]
    with (tmp_path / "f").open("wb") as stream:
        table = table_of(
            "F", columns, [("2017-11-07", "1", "mOS", "26.2", "months"), ("2018-07-01", "1", "mOS", "22.0", "months")]
        )
        write_table(table, form, stream, "2024-01-01T00:00:00Z")

    if form == "xpt":  # its names have eight letters at most, so that no register fits
        with pytest.raises(EventError, match="unknown column 'date_ann'"):
            read_register(str(tmp_path / "f"))
    else:
        found = read_register(str(tmp_path / "f"))
        assert [(each.figure.value, each.figure.cohorts) for each in found] == [("26.2", ("1",)), ("22.0", ("1",))]


def test_cells_of_a_register_may_be_separated_by_semicolons() -> None:
    found = read('date_announced;measure;value;unit;quote\n2017-01-01;mOS;22,5;months;"a; b"\n')

    assert (found[0].figure.value, found[0].figure.words) == ("22.5", "a; b")
