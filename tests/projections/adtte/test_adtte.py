"""ADTTE: every row of {admiral}'s, and the rules one by one."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.builders import TRIAL, Bench, assessed, corrected, day, died, dosed, draft, enrolled, progressed, seen
from tests.extracts import ONCO, reading
from trialog.application.exporting.adtte_sources import read_sources
from trialog.application.exporting.adtte_table import as_table
from trialog.application.recording.append_file import append_file
from trialog.application.recording.import_extract import Import
from trialog.application.trial_data import load
from trialog.events.dates import iso
from trialog.events.definition import Definition
from trialog.events.errors import QuestionError
from trialog.events.measures import Endpoint
from trialog.exchange.sdtm.extract import SourceFile
from trialog.exchange.sdtm.people import SdtmOptions
from trialog.exchange.sdtm.reading import SdtmReading
from trialog.exchange.tables.formats import open_table, sha256_of
from trialog.exchange.tables.table import text_of
from trialog.log.store.database import Database
from trialog.projections.adtte.rows import Adtte, TimeToEvent, adtte
from trialog.projections.adtte.rules import Parameter, Rules
from trialog.projections.times import times


def made(log: Database, trial: str, rules: Rules | None = None, **options: Any) -> Adtte:
    data = load(log, trial)
    sources = read_sources(log.recorder(trial).entries(), data.size)
    return adtte(data.columns, sources, rules or Rules(), **options)


def rows(bench: Bench, rules: Rules | None = None, **options: Any) -> dict[tuple[str, str], tuple[str, str, int, str]]:
    """Return start, end, CNSR and EVNTDESC of each subject and parameter."""
    found = made(bench.log, TRIAL, rules, **options)
    return {(row.subject, row.parameter): (iso(row.start), iso(row.end), row.censored, row.what) for row in found.rows}


# -- {admiral} ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def onco(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The pharmaverse extract, imported."""
    sources = [
        SourceFile(path.name, sha256_of(path), open_table(path))
        for path in sorted(ONCO.glob("*.csv"))
        if "adtte" not in path.name
    ]
    log = Database.create(str(tmp_path_factory.mktemp("onco") / "log.db"))
    found = SdtmReading(sources, SdtmOptions(day("2026-01-01")))
    Import(log, found.trial, "tester", found, reason="extract").run()
    yield log
    log.close()


def test_every_row_of_admiral_comes_back_from_the_log(onco: Database) -> None:
    parameters: Sequence[Parameter] = ("OS", "PFS", "RSD")
    found = made(onco, "CDISCPILOT01", Rules.of("randomisation").like_admiral(), parameters=parameters)
    table = as_table(found, "CDISCPILOT01", dict(load(onco, "CDISCPILOT01").trial().cohorts))
    with (ONCO / "adtte_onco.csv").open(newline="", encoding="utf-8") as file:
        reference = list(csv.DictReader(file))
    compared = [name for name in reference[0] if not name.startswith(("SRC", "ACTARM"))]

    ours = [dict(zip(table.names, map(text_of, row), strict=True)) for row in table]

    assert len(reference) == 259
    assert [[row[name] for name in compared] for row in ours] == [[row[name] for name in compared] for row in reference]


def test_each_row_names_the_record_that_its_end_rests_on(onco: Database) -> None:
    found: dict[tuple[str, str], TimeToEvent] = {
        (row.subject, row.parameter): row
        for row in made(onco, "CDISCPILOT01", Rules.of("randomisation").like_admiral()).rows
    }

    def source(subject: str, parameter: str) -> tuple[str, str | None, int | None]:
        row = found[subject, parameter]
        return row.domain, row.variable, row.sequence

    # By hand from the files: the last dose of 1015, its CR of week 9, the death of 1211 and the randomisation of 1111.
    assert source("01-701-1015", "OS") == ("EX", "EXENDTC", 3)
    assert source("01-701-1015", "PFS") == ("RS", "RSDTC", 9)
    assert source("01-701-1211", "OS") == ("DM", "DTHDTC", None)
    assert source("01-701-1111", "PFS") == ("DS", "DSSTDTC", 1)
    for row in found.values():
        entry = onco.recorder("CDISCPILOT01").entries(row.position - 1, 1)
        assert row.subject in str(next(iter(entry)).originator_id)


# -- rules, one by one -------------------------------------------------------------------------


def test_survival_ends_with_death_or_with_the_last_contact_or_at_the_origin(bench: Bench) -> None:
    bench.append(enrolled("dead", "2020-01-01"), died("dead", "2020-03-01"), seen("dead", "2020-02-01"))
    bench.append(enrolled("alive", "2020-01-01"), seen("alive", "2020-05-01"), seen("alive", "2020-02-01"))
    bench.append(enrolled("new", "2020-01-01"))
    bench.append(enrolled("screened", "2020-01-01"), seen("screened", "2019-12-20"))

    found = rows(bench)

    assert found["dead", "OS"] == ("2020-01-01", "2020-03-01", 0, "Death")
    assert found["alive", "OS"] == ("2020-01-01", "2020-05-01", 1, "Alive")
    # derive_param_tte: of two equal censorings the last listed one counts, the origin.
    assert found["new", "OS"] == ("2020-01-01", "2020-01-01", 1, "Enrollment")
    assert found["screened", "OS"] == ("2020-01-01", "2020-01-01", 1, "Enrollment")


def test_follow_up_is_survival_with_event_and_censoring_exchanged(bench: Bench) -> None:
    bench.append(enrolled("dead", "2020-01-01"), died("dead", "2020-03-01"))
    bench.append(enrolled("alive", "2020-01-01"), seen("alive", "2020-05-01"))

    found = {(row.subject, row.parameter): row for row in made(bench.log, TRIAL).rows}

    dead, alive = found["dead", "FUOS"], found["alive", "FUOS"]
    assert (dead.censored, dead.what, dead.until, dead.length) == (1, "Death", "Death", 61)
    assert (alive.censored, alive.what, alive.until, alive.length) == (0, "Alive", None, 122)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param([("SD", "2020-02-01"), ("PD", "2020-03-01"), ("SD", "2020-04-01")], ("2020-03-01", 0, "Disease Progression"), id="first progression"),
        pytest.param([("SD", "2020-02-01"), ("NE", "2020-04-01")], ("2020-02-01", 1, "Last Tumor Assessment"), id="not evaluable is no assessment"),
        pytest.param([], ("2020-01-01", 1, "Enrollment"), id="nothing"),
        pytest.param([("SD", "2019-12-01")], ("2020-01-01", 1, "Enrollment"), id="before the origin"),
        pytest.param([("SD", "2020-01-01")], ("2020-01-01", 1, "Enrollment"), id="on the day of origin: the last listed"),
        pytest.param([("SD", "2020-03-01"), ("PD", "2020-03-01")], ("2020-03-01", 0, "Disease Progression"), id="the worst of a day"),
        pytest.param([("NE", "2020-03-01"), ("PD", "2020-03-01")], ("2020-03-01", 0, "Disease Progression"), id="not evaluable is the least bad"),
        pytest.param([("PD", "2020-02")], ("2020-02-29", 0, "Disease Progression"), id="a month counts on its last day"),
        pytest.param([("PD", "2020")], ("2020-12-31", 0, "Disease Progression"), id="a year counts on its last day"),
    ],
)  # fmt: skip
def test_progression_free_survival(
    bench: Bench, history: list[tuple[str, str]], expected: tuple[str, int, str]
) -> None:
    assert _of_one(bench, history) == ("2020-01-01", *expected)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param([("SD", "2020-02-01"), ("NE", "2020-04-01")], ("2020-04-01", 1, "Last Tumor Assessment"), id="not evaluable is an assessment"),
        pytest.param([("PD", "2020")], ("2020-01-01", 1, "Enrollment"), id="a year alone does not count"),
    ],
)  # fmt: skip
def test_progression_free_survival_as_admiral_has_it(
    bench: Bench, history: list[tuple[str, str]], expected: tuple[str, int, str]
) -> None:
    assert _of_one(bench, history, Rules().like_admiral()) == ("2020-01-01", *expected)


def _of_one(bench: Bench, history: list[tuple[str, str]], rules: Rules | None = None) -> tuple[str, str, int, str]:
    bench.append(enrolled("a", "2020-01-01"))
    # Another subject, so that the criteria are in use whatever the case.
    bench.append(enrolled("b", "2020-01-01"), assessed("b", "2020-02-01", "SD", "RECIST 1.1"))
    bench.append_all(
        [assessed("a", on, category, "RECIST 1.1", event_id=f"r{n}") for n, (category, on) in enumerate(history)]
    )

    return rows(bench, rules)["a", "PFS"]


def test_a_death_before_progression_ends_progression_free_survival_and_censors_time_to_progression(
    bench: Bench,
) -> None:
    bench.append(enrolled("a", "2020-01-01"), assessed("a", "2020-02-01", "SD", "RECIST 1.1"), died("a", "2020-05-01"))

    found = rows(bench)

    assert found["a", "PFS"] == ("2020-01-01", "2020-05-01", 0, "Death")
    assert found["a", "TTP"] == ("2020-01-01", "2020-02-01", 1, "Last Tumor Assessment")


def test_progression_and_death_on_one_day_are_a_progression(bench: Bench) -> None:
    bench.append(enrolled("a", "2020-01-01"), assessed("a", "2020-05-01", "PD", "RECIST 1.1"), died("a", "2020-05-01"))

    assert rows(bench)["a", "PFS"] == ("2020-01-01", "2020-05-01", 0, "Disease Progression")


def test_a_progression_found_outside_of_an_assessment_counts(bench: Bench) -> None:
    bench.append(enrolled("a", "2020-01-01"), progressed("a", "2020-03-01"))

    assert rows(bench)["a", "TTP"] == ("2020-01-01", "2020-03-01", 0, "Disease Progression")
    assert ("a", "RSD") not in rows(bench)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param([("SD", "2020-02-01"), ("PR", "2020-03-01"), ("CR", "2020-04-01")], ("2020-03-01", "2020-04-01", 1), id="from the first response"),
        pytest.param([("PR", "2020-03-01"), ("PD", "2020-04-01")], ("2020-03-01", "2020-04-01", 0), id="until progression"),
        pytest.param([("PD", "2020-02-01"), ("PR", "2020-03-01")], None, id="a response after progression is none"),
        pytest.param([("SD", "2020-02-01")], None, id="no response"),
        pytest.param([("PR", "2020-02-01"), ("PD", "2020-02-01")], None, id="the worst of the day is no response"),
    ],
)  # fmt: skip
def test_duration_of_response(
    bench: Bench, history: list[tuple[str, str]], expected: tuple[str, str, int] | None
) -> None:
    bench.append(enrolled("a", "2020-01-01"))
    bench.append_all(
        [assessed("a", on, category, "RECIST 1.1", event_id=f"r{n}") for n, (category, on) in enumerate(history)]
    )

    found = rows(bench).get(("a", "RSD"))

    assert (found[:3] if found else None) == expected


def test_in_myeloma_a_partial_response_or_better_is_a_response(bench: Bench) -> None:
    bench.append(enrolled("a", "2020-01-01"), assessed("a", "2020-02-01", "MR"), assessed("a", "2020-03-01", "VGPR"))

    assert rows(bench)["a", "RSD"][0] == "2020-03-01"


def test_evaluators_are_never_mixed(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2020-01-01"),
        assessed("a", "2020-02-01", "SD", "RECIST 1.1"),
        assessed("a", "2020-03-01", "PD", "RECIST 1.1", evaluator="independent"),
    )

    assert rows(bench)["a", "PFS"] == ("2020-01-01", "2020-02-01", 1, "Last Tumor Assessment")
    assert rows(bench, Rules(evaluator="independent"))["a", "PFS"] == (
        "2020-01-01",
        "2020-03-01",
        0,
        "Disease Progression",
    )


def test_criteria_are_chosen_when_there_are_several(bench: Bench) -> None:
    bench.append(
        enrolled("a", "2020-01-01"), assessed("a", "2020-02-01", "SD"), assessed("a", "2020-03-01", "SD", "Lugano")
    )

    with pytest.raises(QuestionError, match="investigator assessed by IMWG 2016, Lugano; say with --criteria which"):
        rows(bench)
    assert rows(bench, Rules(criteria="Lugano"))["a", "PFS"][1] == "2020-03-01"


def test_without_any_assessment_the_parameters_that_need_one_are_left_out_and_said(bench: Bench) -> None:
    bench.append(enrolled("a", "2020-01-01"))

    found = made(bench.log, TRIAL)

    assert {row.parameter for row in found.rows} == {"OS", "FUOS"}
    assert found.notes == ("PFS, RSD, TTP left out: no assessment by investigator and no progression is in the log",)


def test_a_subject_without_the_origin_has_no_row(bench: Bench) -> None:
    bench.append(enrolled("a", "2020-01-01"), dosed("a", "2020-01-08"), enrolled("b", "2020-01-01"))

    found = made(bench.log, TRIAL, Rules.of("first dose"))

    assert {row.subject for row in found.rows} == {"a"}
    assert found.without_origin == ("b",)
    assert {iso(row.start) for row in found.rows} == {"2020-01-08"}


# -- the two axes ---------------------------------------------------------------------------------


def test_nothing_after_the_cutoff_counts_but_it_shows_that_the_subject_lived(bench: Bench) -> None:
    bench.append(enrolled("a", "2020-01-01"), seen("a", "2020-02-01"), died("a", "2020-06-01"))
    bench.append(enrolled("b", "2020-01-01"), seen("b", "2020-02-01"), seen("b", "2020-07-01"))
    bench.append(enrolled("c", "2020-04-01"), enrolled("d", "2020-01-01"), seen("d", "2020-02-01"))
    bench.append(assessed("b", "2020-02-10", "SD"), assessed("b", "2020-06-01", "PD"))

    found = rows(bench, cutoff=day("2020-03-31"))

    assert found["a", "OS"] == ("2020-01-01", "2020-03-31", 1, "Alive")
    assert found["b", "OS"] == ("2020-01-01", "2020-03-31", 1, "Alive")
    assert found["d", "OS"] == ("2020-01-01", "2020-02-01", 1, "Alive")
    assert found["b", "PFS"] == ("2020-01-01", "2020-02-10", 1, "Last Tumor Assessment")
    assert ("c", "OS") not in found
    assert rows(bench, cutoff=day("2020-06-01"))["a", "OS"] == ("2020-01-01", "2020-06-01", 0, "Death")


def test_a_correction_counts_from_the_day_on_which_it_was_known(bench: Bench) -> None:
    bench.append(enrolled("a", "2020-01-01"), died("a", "2020-06-01", event_id="d", reported_on="2020-06-10"))
    bench.append(
        corrected("d", {"occurred_on": "2020-05-01"}, on="2020-07-01", reported_on="2020-07-01", source="certificate")
    )

    assert rows(bench, known_at=day("2020-06-30")) == {}
    early = draft("subject-enrolled", "2020-01-01", subject="b", cohort="A", reported_on="2020-01-01")
    bench.append(early, died("b", "2020-06-01", event_id="e", reported_on="2020-06-10"))
    bench.append(corrected("e", {"occurred_on": "2020-05-01"}, on="2020-07-01", reported_on="2020-07-01"))

    assert rows(bench, known_at=day("2020-06-30"))["b", "OS"][1:3] == ("2020-06-01", 0)
    assert rows(bench, known_at=day("2020-07-01"))["b", "OS"][1:3] == ("2020-05-01", 0)


# -- last known alive: {admiral}'s rule and our own ------------------------------------------------


def imported(tmp_path: Path, **datasets: Any) -> Database:
    log = Database.create(str(tmp_path / "sdtm.db"))
    found = reading(**datasets)
    Import(log, "S", "tester", found, reason="extract").run()
    return log


@pytest.mark.parametrize(
    ("datasets", "admiral", "any_event"),
    [
        pytest.param({"AE": [{"AESTDTC": "2020-03-01", "AEENDTC": "2020-04"}]}, "2020-04-01", "2020-04-01", id="AE, a month on its first day"),
        pytest.param({"LB": [{"LBDTC": "2020-03-01T10:00"}]}, "2020-03-01", "2020-03-01", id="LB"),
        pytest.param({"SS": [{"SSTESTCD": "SURVSTAT", "SSSTRESC": "ALIVE", "SSDTC": "2020-03-01"}]}, "2020-03-01", "2020-03-01", id="SS"),
        pytest.param({"EX": [{"EXTRT": "X", "EXDOSE": "1", "EXDOSU": "mg", "EXSTDTC": "2020-02-01", "EXENDTC": "2020-03-01"}]}, "2020-03-01", "2020-03-01", id="EX, its last day"),
        pytest.param({"EX": [{"EXTRT": "X", "EXDOSE": "1", "EXDOSU": "mg", "EXSTDTC": "2020-03-01", "EXENDTC": "2020-03-01"}]}, "2020-03-01", "2020-03-01", id="EX of one day"),
        pytest.param({"EX": [{"EXTRT": "X", "EXDOSE": "1", "EXDOSU": "mg", "EXSTDTC": "2020-02-01"}]}, "2020-01-01", "2020-02-01", id="EX without an end"),
        pytest.param({"EX": [{"EXTRT": "X", "EXDOSE": "1", "EXDOSU": "mg", "EXSTDTC": "2020-02-01", "EXENDTC": "2020-03"}]}, "2020-01-01", "2020-03-01", id="EX with a partial end"),
        pytest.param({"DS": [{"DSDECOD": "RANDOMIZED", "DSSTDTC": "2020-01-01"}, {"DSDECOD": "COMPLETED", "DSSTDTC": "2020-03-01"}]}, "2020-01-01", "2020-03-01", id="DS"),
        pytest.param({"VS": [{"VSDTC": "2020-03-01"}]}, "2020-01-01", "2020-03-01", id="VS"),
        pytest.param({"RS": [{"RSTESTCD": "OVRLRESP", "RSSTRESC": "SD", "RSCAT": "RECIST", "RSDTC": "2020-03-01"}]}, "2020-01-01", "2020-03-01", id="RS"),
    ],
)  # fmt: skip
def test_which_records_show_a_subject_alive(tmp_path: Path, datasets: Any, admiral: str, any_event: str) -> None:
    with imported(tmp_path, **datasets) as log:
        ends = {
            rule: next(iso(row.end) for row in made(log, "S", Rules.of("randomisation", last_alive=rule)).rows if row.parameter == "OS")
            for rule in ("admiral", "any event")
        }  # fmt: skip

    assert ends == {"admiral": admiral, "any event": any_event}


# -- logs that nobody imported -----------------------------------------------------------------------


@pytest.mark.parametrize("cutoff", ["1969-12-31", "1970-12-31", "1974-04-01"])
def test_the_times_of_a_log_by_hand_are_those_of_its_figures(tmp_path: Path, cutoff: str) -> None:
    """AVAL - 1 is the time that snapshot takes, for the Stanford data at R's cutoffs and for the demo."""
    from trialog.application.recording.import_table import shipped_maps as shipped
    from trialog.exchange.maps.apply import TableReading

    jasa = Path(__file__).parents[3] / "examples/jasa/jasa.csv"
    found = TableReading(open_table(jasa), shipped()["jasa"], "jasa.csv", "0" * 64, latest_day=day("2020-01-01"))
    with Database.create(str(tmp_path / "jasa.db")) as log:
        Import(log, "JASA", "tester", found, reason="jasa").run()
        assert _compare(log, "JASA", day(cutoff), Definition()) == {"OS"}


def test_the_times_of_the_demo_are_those_of_its_figures(tmp_path: Path) -> None:
    with Database.create(str(tmp_path / "demo.db")) as log:
        path = files("trialog.application.demo") / "clr131.jsonl"
        append_file(log, str(path), trial="NCT02278315", by="tester")
        for cutoff in ("2016-08-31", "2017-02-22", "2017-11-07"):
            compared = _compare(log, "NCT02278315", day(cutoff), Definition())
        assert compared == {"OS", "PFS", "TTP", "RSD"}


ENDPOINTS: dict[Parameter, Endpoint] = {
    "OS": "overall survival",
    "PFS": "progression-free survival",
    "TTP": "time to progression",
    "RSD": "duration of response",
}


def _compare(log: Database, trial: str, cutoff: int, definition: Definition) -> set[Parameter]:
    data = load(log, trial)
    rules = Rules(definition)
    found = made(log, trial, rules, cutoff=cutoff)
    compared = {row.parameter for row in found.rows} & ENDPOINTS.keys()

    for parameter in compared:
        of = times(data.as_of(cutoff), definition, endpoint=ENDPOINTS[parameter])
        expected = sorted(zip(of.length.tolist(), (~of.ended).astype(np.int64).tolist(), strict=True))
        rows = [row for row in found.rows if row.parameter == parameter]
        assert sorted((row.length - 1, row.censored) for row in rows) == expected, parameter
        assert all(row.domain in ("LOG", "JASA", "jasa") for row in rows)
    return compared


def test_the_source_of_a_hand_recorded_end_is_its_place_in_the_log(bench: Bench) -> None:
    receipt = bench.append(enrolled("a", "2020-01-01"), died("a", "2020-03-01"))

    (row,) = made(bench.log, TRIAL, parameters=("OS",)).rows

    assert (row.domain, row.variable, row.sequence, row.position) == ("LOG", "occurred_on", 4, 4)
    assert receipt.appended[1].position == 4


def test_nobody_enrolled_gives_no_row(bench: Bench) -> None:
    assert made(bench.log, TRIAL).rows == ()
