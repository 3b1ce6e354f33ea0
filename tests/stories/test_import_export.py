"""Data in and out from the command line: a series of extracts, every form, and files that must not get in."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.conftest import Command, Result
from tests.extracts import CDISC, DATA, ONCO, onco_rows, write_rows
from trialog.exchange.tables.formats import FORMATS, open_table
from trialog.exchange.tables.table import text_of
from trialog.log.store.database import Database
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.signed_notes import VerifierKey, read_note

ROOT = Path(__file__).parents[2]
CUTOFF = "2013-09-30"
EARLY, LATE = "2013-10-15", "2015-06-30"
FILES = {"dm": "DM", "ds": "DS", "ex": "EX", "rs_onco_recist": "RS", "ae": "AE", "lb_dates": "LB"}


@pytest.fixture
def begun(trialog: Command) -> Command:
    assert trialog("init").code == 0
    return trialog


def early_extract(folder: Path) -> Path:
    """Write the extract as it might have been at a cutoff in 2013, before some values were put right."""
    script = [sys.executable, str(ROOT / "examples/extracts/cut.py"), str(ONCO), str(folder), CUTOFF]
    subprocess.run(script, check=True)  # noqa: S603
    return folder


def late_extract(folder: Path) -> Path:
    folder.mkdir()
    for name in FILES:
        shutil.copy(ONCO / f"{name}.csv", folder / f"{name}.csv")
    return folder


def adtte(command: Command, log: str, *arguments: str) -> str:
    out = Path(f"{log}.{len(arguments)}.adtte.csv")
    parameters = [word for code in ("OS", "PFS", "RSD") for word in ("--param", code)]
    rules = ("--rules", "admiral")
    done = command("export", "adtte", "--out", str(out), "--force", "--log", log, *parameters, *rules, *arguments)
    assert done.code == 0, done.err
    return out.read_text()


def without_provenance(text: str) -> list[dict[str, str]]:
    return [
        {name: value for name, value in row.items() if not name.startswith(("SRC", "LOGPOS"))}
        for row in csv.DictReader(io.StringIO(text))
    ]


def test_an_import_keeps_a_signed_checkpoint_where_a_key_is_named(
    begun: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = early_extract(tmp_path / "early")
    key = begun("checkpoint", "key", "example.org/log", "--out", "log.key").out.strip()
    monkeypatch.setenv("TRIALOG_KEY_FILE", "log.key")

    first = json.loads(begun("import", "sdtm", str(extract), "--json").out)
    again = json.loads(begun("import", "sdtm", str(extract), "--json").out)

    note = read_note(first["checkpoint"])
    assert VerifierKey.read(key).check(note) is not None
    checkpoint = Checkpoint.of(note)
    assert (checkpoint.size, checkpoint.root.hex()) == (first["log"]["size"], first["log"]["root"])
    assert (again["appended"], again["checkpoint"]) == (0, None)
    assert begun("verify", "--since", "1").code == 0, "it is kept in the log, under its number"


def test_a_damaged_key_stops_an_import_before_anything_is_written(
    begun: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIALOG_KEY", "no key")

    refused = begun("import", "sdtm", str(early_extract(tmp_path / "early")))

    assert (refused.code, len(refused.err.splitlines())) == (1, 1)
    monkeypatch.delenv("TRIALOG_KEY")
    (place,) = Path().glob("*.db")
    with Database.open(str(place)) as log:
        assert log.trials() == []


def test_a_series_of_extracts_becomes_the_two_time_axes(trialog: Command, tmp_path: Path) -> None:
    early, late = early_extract(tmp_path / "early"), late_extract(tmp_path / "late")
    for name in ("series.db", "early.db", "late.db"):
        trialog("init", name)
    first = trialog("import", "sdtm", str(early), "--reported-on", EARLY, "--log", "series.db", "--json")
    second = trialog("import", "sdtm", str(late), "--reported-on", LATE, "--log", "series.db", "--json")
    trialog("import", "sdtm", str(early), "--reported-on", EARLY, "--log", "early.db")
    trialog("import", "sdtm", str(late), "--reported-on", LATE, "--log", "late.db")
    assert (first.code, second.code) == (0, 0), second.err

    # Everything known: as if the late extract alone had come, and that is {admiral}'s ADTTE.
    everything = without_provenance(adtte(trialog, "series.db"))
    assert everything == without_provenance(adtte(trialog, "late.db"))
    reference = [
        tuple(row[name] for name in ("USUBJID", "PARAMCD", "STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC"))
        for row in onco_rows("adtte_onco.csv")
    ]
    assert [tuple(row[name] for name in ("USUBJID", "PARAMCD", "STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC")) for row in everything] == reference  # fmt: skip

    # As known when the early extract came: byte for byte what the early extract alone gives, to this day.
    assert adtte(trialog, "series.db", "--known-at", EARLY) == adtte(trialog, "early.db")
    assert adtte(trialog, "series.db", "--known-at", "2014-12-31") == adtte(trialog, "early.db")

    # What the late extract changed, and nothing else: three events corrected, and what only the early one had is gone.
    report = json.loads(second.out)
    assert report["by_kind"]["corrected"] == {"subject-enrolled": 1, "response-assessed": 1, "subject-died": 1}
    assert report["by_kind"]["retracted"] == {"dose-administered": 1}
    assert report["already_in_the_log"] + 4 == json.loads(first.out)["appended"]
    shown = trialog("show", "01-701-1028", "--log", "series.db")
    assert f"SDTM extract of {LATE}" in shown.out


def test_the_same_extract_again_appends_nothing_in_whatever_form_it_comes(begun: Command, tmp_path: Path) -> None:
    folder = tmp_path / "json"
    folder.mkdir()
    for path in CDISC.glob("sdtm_*.json"):
        shutil.copy(path, folder)
    twins = tmp_path / "xpt"
    twins.mkdir()
    for path in CDISC.glob("sdtm_*.xpt"):
        shutil.copy(path, twins)
    with ZipFile("extract.zip", "w") as archive:
        for path in twins.iterdir():
            archive.write(path, f"extract/{path.name}")

    first = begun("import", "sdtm", str(folder))
    again = [begun("import", "sdtm", str(place)) for place in (folder, twins, "extract.zip")]

    # 17 enrolled, 14 left, 3 died, and the trial with three arms; the files say 2020-08-21 of themselves.
    assert first.out.splitlines()[0] == "CDISCPILOT01: SDTM extract json, known on 2020-08-21"
    assert "38 events appended, 0 in the log already" in first.out
    assert ["0 events appended, 38 in the log already" in done.out for done in again] == [True] * 3


def test_a_report_counts_every_record_and_names_every_file(begun: Command) -> None:
    done = begun("import", "sdtm", str(ONCO), "--report", "report.json", "--dry-run")

    report = json.loads(Path("report.json").read_text())
    assert done.code == 0
    for dataset in report["datasets"]:
        left = sum(each["count"] for each in dataset["left_out"])
        assert dataset["records"] == dataset["used"] + left
        assert all(each["count"] == len(each["records"]) for each in dataset["left_out"])
    assert {each["dataset"]: each["records"] for each in report["datasets"]} == {
        "AE": 590, "DM": 153, "DS": 428, "EX": 301, "LB": 970, "RS": 45, "TU": 51,
    }  # fmt: skip
    hashes = {each["file"]: each["sha256"] for each in report["files"]}
    assert hashes["dm.csv"] == hashlib.sha256((ONCO / "dm.csv").read_bytes()).hexdigest()
    assert report["files_not_read"][0]["file"] == "adtte_onco.csv"
    assert begun("log").err.startswith("trialog: the log holds no trial yet")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["import", "sdtm", "nowhere"], "no file or folder nowhere"),
        (["import", "sdtm", str(ONCO), "--reported-on", "2014"], "--reported-on: '2014' is not a complete date"),
        (["import", "sdtm", str(ONCO), "--reported-on", "2199-01-01"], "--reported-on: 2199-01-01 has not come yet"),
        (["import", "sdtm", str(ONCO), "--criteria", "RECIST"], "--criteria: 'RECIST' is not known; did you mean 'RECIST 1.1'?"),
        (["import", "sdtm", str(ONCO / "ae.csv")], "no DM data set among 1 files"),
        (["import", "adtte", str(ONCO / "dm.csv")], "dm.csv: no column PARAMCD, which ADTTE has"),
        (["import", "adtte", str(DATA / "vissig/adtte_first_200.csv")], "no columns STARTDT and ADT"),
        (["import", "adtte", str(ONCO / "adtte_onco.csv"), "--start", "x"], "--start: 'x' is not a date"),
        (["import", "table"], "name the file to import; --list names the shipped maps"),
        (["import", "table", str(ONCO / "dm.csv")], "say with --map how it is read; it is a data set of SDTM"),
        (["import", "table", str(DATA / "survival/lung.csv")], "say with --map how it is read; no shipped map fits its columns"),
        (["import", "table", str(ONCO / "dm.csv"), "--map", "nothing"], "no map 'nothing': neither a file nor one of: ggswim-end"),
        (["import", "table", str(ONCO / "dm.csv"), "--map", "jasa"], "dm.csv: no column 'birth.dt', which map jasa needs"),
        (["import", "log", str(ONCO / "dm.csv")], "dm.csv:1: not the head of a log; expected format"),
        (["export", "adtte", "--out", "a.pdf"], "the ending of 'a.pdf' is not known"),
        (["export", "adtte", "--out", "a.csv"], "the log holds no trial yet"),
        (["export", "adtte", "--out", "a.csv", "--origin", "birth"], "--origin: 'birth' is not known"),
        (["export", "adtte", "--out", "a.csv", "--param", "XX"], "--param: 'XX' is not known"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_answered_is_one_line(begun: Command, arguments: list[str], complaint: str) -> None:
    done = begun(*arguments)

    assert (done.code, done.out) == (1, "")
    assert complaint in done.err
    assert done.err.startswith("trialog: ")
    assert done.err.count("\n") == 1


# -- every file of the reference data -------------------------------------------------------

OUTCOMES = {
    "cdisc-datasetjson/LICENSE": "say with --map how it is read; no shipped map fits",
    "cdisc-datasetjson/adam_adtte.json": "254 rows: PARAMCD TTDE gives no event",
    "cdisc-datasetjson/adam_adtte.xpt": "254 rows: PARAMCD TTDE gives no event",
    "cdisc-datasetjson/dataset.schema.json": "not Dataset-JSON 1.1: 'datasetJSONCreationDateTime' is missing",
    "ggswim/end_study_events.csv": "map ggswim-end",
    "ggswim/infusion_events.csv": "map ggswim-infusions",
    "ggswim/patient_data.csv": "map ggswim-lanes",
    "kmdata/ACT1_2A.csv": "map kmdata-months or kmdata-weeks",
    "kmdata/CONCUR_2A.csv": "map kmdata-months or kmdata-weeks",
    "kmdata/Checkmate017_1.csv": "map kmdata-months or kmdata-weeks",
    "kmdata/QUARTZ_2A.csv": "map kmdata-months or kmdata-weeks",
    "kmdata/RECOURSE_1A.csv": "map kmdata-months or kmdata-weeks",
    "kmdata/REVEL_2.csv": "map kmdata-months or kmdata-weeks",
    "kmdata/SMART_3.csv": "map kmdata-months or kmdata-weeks",
    "kmdata/announced.csv": "no shipped map fits its columns",
    "pharmaverse-onco/adtte_onco.csv": "265 events",
    "pharmaverse/adrs.csv": "no shipped map fits its columns",
    "pharmaverse/adsl.csv": "no shipped map fits its columns",
    "survival/lung.csv": "no shipped map fits its columns; draft one with --suggest",
    "tcga-lung/NOTICE": "no shipped map fits its columns",
    "tcga-lung/data_clinical.txt": "map tcga-clinical",
    "tcga-lung/data_timeline_treatment.txt": "map tcga-treatment",
    "vissig/adtte_first_200.csv": "name a day that stands for the origin with --start",
}
"""What a person who hands in each file is told; every other file is read as part of its folder of SDTM."""


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_file_of_the_reference_data_is_imported_or_refused_with_advice(begun: Command, name: str) -> None:
    kind = "adtte" if "adtte" in name else "table"

    done = begun("import", kind, str(DATA / name))

    assert OUTCOMES[name] in done.out + done.err
    assert done.code == (0 if "events" in OUTCOMES[name] else 1)
    assert "Traceback" not in done.err


def test_an_adtte_that_names_no_trial_is_refused_with_advice(begun: Command, tmp_path: Path) -> None:
    with (tmp_path / "adtte.csv").open("w", newline="", encoding="utf-8") as file:
        columns = ["USUBJID", "PARAMCD", "STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC"]
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(onco_rows("adtte_onco.csv"))

    done = begun("import", "adtte", str(tmp_path / "adtte.csv"))

    assert done.code == 1
    assert "names no trial; say which with --trial" in done.err


def test_the_table_of_outcomes_has_every_file() -> None:
    there = {str(path.relative_to(DATA)) for path in DATA.rglob("*") if path.is_file()}
    extracts = ("cdisc-datasetjson/sdtm_", "pharmaverse-onco/", "pharmaverse-criteria/")
    sdtm = {name for name in there if name.startswith(extracts)}
    ours = ("oracle/", "announcements/", "audit/", "figures/", "axes/", "commands/")
    own = {name for name in there if "/" not in name or name.startswith(ours)}

    assert there - sdtm - own == set(OUTCOMES) - {"pharmaverse-onco/adtte_onco.csv"}


# -- files that must not get in ---------------------------------------------------------------


def broken(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / "ae.csv"
        path.write_bytes(change(path.read_bytes()))

    return apply


def formula(folder: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["STUDYID", "DOMAIN", "USUBJID", "AESEQ", "AESTDTC"])
    book.active.append(["CDISCPILOT01", "AE", "01-701-1015", 1, "=TODAY()"])
    (folder / "ae.csv").unlink()
    book.save(folder / "ae.xlsx")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        pytest.param(broken(lambda content: content[: len(content) // 2]), "ae.csv: record 288 has 8 cells; expected 11, as in the header", id="cut off"),
        pytest.param(broken(lambda content: content.replace(b"ERYTHEMA", "ERYTHÈME".encode("latin-1"), 1)), "ae.csv: line 2 is not utf-8 text", id="encoding"),
        pytest.param(broken(lambda content: content.replace(b"AEDECOD", b"AETERM", 1)), "ae.csv: column 'AETERM' stands twice", id="a column twice"),
        pytest.param(broken(lambda content: content + b'a,"' + b"x\n" * 50_000_000), "field larger than field limit", id="100 MB cell"),
        pytest.param(broken(lambda content: content[:200] + bytes(2) + content[200:]), "holds a NUL character", id="NUL"),
        pytest.param(formula, "cell E2 holds a formula; replace it by its value and save again", id="formula"),
        pytest.param(lambda folder: shutil.copy(folder / "dm.csv", folder / "dm2.csv") and (folder / "dm2.csv").write_text(
            (folder / "dm2.csv").read_text().replace(",63,", ",64,", 1)), "dm.csv and dm2.csv both hold DM record 01-701-1015 and differ", id="two DMs"),
    ],
)  # fmt: skip
def test_a_hostile_extract_leaves_the_log_untouched(
    begun: Command, tmp_path: Path, damage: Callable[[Path], Any], complaint: str
) -> None:
    begun("import", "sdtm", str(late_extract(tmp_path / "good")))
    before = Path("trialog.db").read_bytes()
    folder = late_extract(tmp_path / "bad")
    damage(folder)

    done = begun("import", "sdtm", str(folder))

    assert (done.code, done.out) == (1, "")
    assert complaint in done.err
    assert Path("trialog.db").read_bytes() == before


def test_an_archive_with_a_path_trick_leaves_the_log_untouched(begun: Command) -> None:
    with ZipFile("evil.zip", "w") as archive:
        archive.writestr("dm.csv", "a\n")
        archive.writestr("../../evil.csv", "b\n")

    done = begun("import", "sdtm", "evil.zip")

    assert (
        done.err == "trialog: evil.zip: its member '../../evil.csv' points outside of the archive; nothing was read\n"
    )


# -- exports --------------------------------------------------------------------------------


@pytest.fixture
def onco(begun: Command) -> Command:
    assert begun("import", "sdtm", str(ONCO), "--reported-on", LATE).code == 0
    return begun


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_of_adtte_says_the_same_and_what_it_rests_on(onco: Command, form: str) -> None:
    done = onco("export", "adtte", "--out", f"adtte.{form}", "--as-of", "2013-09-30", "--json")
    onco("export", "adtte", "--out", "plain.csv", "--as-of", "2013-09-30")

    manifest = json.loads(Path(f"adtte.{form}.manifest.json").read_text())
    table = open_table(Path(f"adtte.{form}"))
    assert json.loads(done.out) == manifest
    assert [[text_of(cell) for cell in row] for row in table] == [
        [text_of(cell) for cell in row] for row in open_table(Path("plain.csv"))
    ]
    assert manifest["files"][0]["sha256"] == hashlib.sha256(Path(f"adtte.{form}").read_bytes()).hexdigest()
    assert manifest["files"][0]["records"] == len(list(table))
    log = json.loads(onco("log", "--json").out)
    assert manifest["log"] == {"size": log["size"], "root": log["root"]}
    assert (manifest["data_cutoff"], manifest["known_at"]) == ("2013-09-30", None)
    assert manifest["definition"]["origin"] == "randomisation"


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_log_and_arguments_give_the_same_bytes(onco: Command, form: str) -> None:
    shutil.copy("trialog.db", "copy.db")

    for name, log in (("one", "trialog.db"), ("two", "copy.db")):
        onco("export", "adtte", "--out", f"{name}.{form}", "--log", log)

    assert Path(f"one.{form}").read_bytes() == Path(f"two.{form}").read_bytes()
    one, two = (json.loads(Path(f"{name}.{form}.manifest.json").read_text()) for name in ("one", "two"))
    assert {**one, "files": [{**one["files"][0], "file": ""}]} == {**two, "files": [{**two["files"][0], "file": ""}]}


def test_a_file_that_is_there_is_not_replaced_unless_that_is_asked_for(onco: Command) -> None:
    Path("adtte.csv").write_text("precious")

    refused = onco("export", "adtte", "--out", "adtte.csv")

    assert refused.err == "trialog: adtte.csv exists already; nothing was written; --force replaces it\n"
    assert Path("adtte.csv").read_text() == "precious"
    assert onco("export", "adtte", "--out", "adtte.csv", "--force").code == 0


def test_an_export_that_fails_leaves_nothing_half_written(onco: Command, tmp_path: Path) -> None:
    onco("open-cohort", "--cohort", "B", "--arm", "Größe", "--on", "2013-01-01", "--source", "x")
    onco("enroll", "z-1", "--cohort", "B", "--on", "2013-01-01", "--randomised-on", "2013-01-01", "--source", "x")

    done = onco("export", "adtte", "--out", "adtte.xpt")

    assert done.err == "trialog: XPT: ADTTE record 517, ARM: 'Größe' has a sign that is not printable ASCII\n"
    assert [path.name for path in Path().iterdir() if "adtte" in path.name] == []


def test_adtte_that_was_exported_imports_again_and_gives_the_same_survival(onco: Command) -> None:
    onco("export", "adtte", "--out", "adtte.xpt", "--param", "OS", "--param", "PFS", "--rules", "admiral")
    onco("init", "other.db")

    done = onco("import", "adtte", "adtte.xpt", "--log", "other.db")

    # The head of the XPT carries the instant of the log's last event, and that is today.
    assert done.code == 0, done.err
    columns = ("USUBJID", "PARAMCD", "STARTDT", "ADT", "AVAL", "CNSR")
    ours = [
        tuple(row[name] for name in columns)
        for row in csv.DictReader(io.StringIO(adtte(onco, "other.db")))
        if row["PARAMCD"] == "OS"
    ]
    assert ours == [
        tuple(row[name] for name in columns) for row in onco_rows("adtte_onco.csv") if row["PARAMCD"] == "OS"
    ]


def test_a_log_goes_out_and_comes_back_with_the_same_root(onco: Command) -> None:
    out = onco("export", "log", "--out", "log.jsonl")
    onco("init", "other.db")

    back = onco("import", "log", "log.jsonl", "--log", "other.db")

    assert (out.code, back.code) == (0, 0)
    assert out.out.splitlines()[-1] == back.out.splitlines()[-1]
    assert onco("log", "--lines", "--log", "other.db").out == onco("log", "--lines").out
    again = onco("import", "log", "log.jsonl", "--log", "other.db")
    assert again.err == "trialog: the log holds trial CDISCPILOT01 already; put it back into an empty log\n"


def test_a_log_for_publication_has_no_salt_and_cannot_be_put_back(onco: Command) -> None:
    onco("export", "log", "--out", "public.jsonl", "--without-salts")
    onco("init", "other.db")

    assert '"salt":' not in Path("public.jsonl").read_text()
    assert onco("import", "log", "public.jsonl", "--log", "other.db").err.startswith(
        "trialog: public.jsonl: this export of CDISCPILOT01 was written without salts, for publication"
    )


# -- maps -----------------------------------------------------------------------------------


def test_jasa_by_its_map_gives_the_figures_of_r(begun: Command) -> None:
    """R {survival}: at the cutoff of 1970-12-31 45 subjects, 34 deaths, median 57 days (38 to 152)."""
    done = begun("import", "table", str(ROOT / "examples/jasa/jasa.csv"), "--map", "jasa")

    shown = json.loads(begun("snapshot", "--as-of", "1970-12-31", "--json").out)
    figure = next(each for each in shown["cohorts"][0]["figures"] if each["definition"]["estimator"] == "kaplan-meier")
    assert done.code == 0
    assert (figure["n"], figure["events"]) == (45, 34)
    assert (figure["value_days"], figure["lower_days"], figure["upper_days"]) == (57, 38, 152)


def test_the_map_and_the_script_of_the_example_make_the_same_events(begun: Command) -> None:
    import subprocess
    import sys

    script = [sys.executable, str(ROOT / "examples/jasa/convert.py"), str(ROOT / "examples/jasa/jasa.csv")]
    Path("jasa.jsonl").write_bytes(subprocess.run(script, capture_output=True, check=True).stdout)  # noqa: S603
    begun("import", "table", str(ROOT / "examples/jasa/jasa.csv"), "--map", "jasa")
    begun("init", "script.db")
    begun("append", "jasa.jsonl", "--log", "script.db")

    def events(log: str) -> list[str]:
        left_out = ("source", "id", "by", "position", "recorded_at")
        lines = [json.loads(line) for line in begun("log", "--lines", "--log", log).out.splitlines()]
        return sorted(str(sorted((k, v) for k, v in event.items() if k not in left_out)) for event in lines)

    assert events("trialog.db") == events("script.db")


def test_tables_of_one_trial_come_in_one_after_the_other(begun: Command) -> None:
    for name, map_ in (("data_clinical.txt", "tcga-clinical"), ("data_timeline_treatment.txt", "tcga-treatment")):
        done = begun("import", "table", str(DATA / "tcga-lung" / name), "--map", map_)
        assert done.code == 0, done.err

    assert "431 events appended" in done.out
    again = begun("import", "table", str(DATA / "tcga-lung/data_clinical.txt"), "--map", "tcga-clinical")
    assert "0 events appended, 964 in the log already" in again.out


def test_a_table_that_changed_corrects_the_log_and_retracts_only_when_it_is_whole(begun: Command) -> None:
    Path("m.yaml").write_text(
        "map: visits\ntrial: {code: T, title: A trial, on: 2020-01-01}\nsubject: {column: id}\nevents:\n"
        "  - event: subject-enrolled\n    on: {column: start}\n    set: {cohort: {constant: A}}\n"
    )
    rows = [{"id": "a", "start": "2020-01-01"}, {"id": "b", "start": "2020-02-01"}]
    write_rows(Path("t.csv"), rows)

    def take(*options: str) -> Result:
        return begun("import", "table", "t.csv", "--map", "m.yaml", *options)

    assert "4 events appended" in take().out
    write_rows(Path("t.csv"), [{"id": "a", "start": "2020-01-02"}])
    assert "2 events appended" in take().out  # the enrollment and the cohort's opening move a day
    assert "0 events appended" in take().out
    assert "1 events appended" in take("--whole").out
    assert begun("show", "b").out.count("event-retracted") == 1


def test_a_draft_is_printed_and_imports_once_a_person_has_completed_it(begun: Command) -> None:
    draft = begun("import", "table", str(DATA / "survival/lung.csv"), "--suggest").out
    Path("lung.yaml").write_text(draft)
    refused = begun("import", "table", str(DATA / "survival/lung.csv"), "--map", "lung.yaml")
    Path("lung.yaml").write_text(draft.replace("TODO", "LUNG"))

    done = begun("import", "table", str(DATA / "survival/lung.csv"), "--map", "lung.yaml")

    assert refused.err.startswith("trialog: lung.yaml: trial: TODO still stands in this draft")
    assert done.code == 0, done.err
    # 228 subjects, 165 deaths, median 310 days (R {survival}).
    figures = json.loads(begun("snapshot", "--as-of", "2010-01-01", "--json").out)["cohorts"][0]["figures"]
    figure = next(each for each in figures if each["definition"]["estimator"] == "kaplan-meier")
    assert (figure["n"], figure["events"], figure["value_days"]) == (228, 165, 310)


@pytest.mark.parametrize(
    ("name", "advice"),
    [("ae.csv", "import the folder of the extract: trialog import sdtm DIR"), ("adtte_onco.csv", "it is ADTTE: trialog import adtte FILE")],
)  # fmt: skip
def test_a_table_of_cdisc_is_sent_to_its_own_command(begun: Command, name: str, advice: str) -> None:
    assert advice in begun("import", "table", str(ONCO / name)).err


def test_the_shipped_maps_are_listed_and_shown(begun: Command) -> None:
    listed = json.loads(begun("import", "table", "--list", "--json").out)

    assert [each["map"] for each in listed] == sorted(each["map"] for each in listed)
    for each in listed:
        assert begun("import", "table", "--show", "--map", each["map"]).out.startswith(f"map: {each['map']}\n")


@pytest.mark.parametrize("group", ["import", "export"])
def test_the_groups_list_their_commands(trialog: Command, group: str) -> None:
    done = trialog(group, "--help")

    assert done.code == 0
    for name in {"import": ("sdtm", "adtte", "table", "log"), "export": ("adtte", "log")}[group]:
        assert f"\n  {name} " in done.out
        assert trialog(group, name, "--help").code == 0


def test_an_export_goes_to_a_file_because_its_manifest_stands_beside_it(onco: Command) -> None:
    refused = onco("export", "log", "--out", "-")

    assert (refused.code, refused.out) == (1, "")
    assert "expected a file name, found '-'" in refused.err
    assert not Path("-").exists()


def test_a_table_given_as_a_whole_log_is_refused_as_such(begun: Command) -> None:
    refused = begun("import", "log", str(ONCO / "dm.csv"))

    assert refused.code == 1
    assert "not the head of a log; expected format 'trialog-log/1'" in refused.err
