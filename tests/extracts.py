"""Small extracts and tables, written as the thought that they show."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trialog.events.dates import day_number
from trialog.exchange.fact import ImportedFact
from trialog.exchange.import_report import ContradictoryRecords
from trialog.exchange.sdtm.extract import SourceFile
from trialog.exchange.sdtm.people import SdtmOptions
from trialog.exchange.sdtm.reading import SdtmReading
from trialog.exchange.tables.table import Column, Table, table_of

DATA = Path(__file__).parent / "data"
ONCO = DATA / "pharmaverse-onco"
CDISC = DATA / "cdisc-datasetjson"
LATEST = day_number("2026-01-01")

Rows = Sequence[Mapping[str, str]]


def a_table(name: str, rows: Rows) -> Table:
    """Return a table of texts with every column that any row has."""
    names = list(dict.fromkeys(key for row in rows for key in row))
    return table_of(
        name, [Column(each) for each in names], [tuple(row.get(each) or None for each in names) for row in rows]
    )


def extract(**datasets: Rows) -> list[SourceFile]:
    """Return an extract; STUDYID, DOMAIN and --SEQ are filled in where a row has none."""
    files: list[SourceFile] = []
    for domain, rows in datasets.items():
        full = []
        for number, row in enumerate(rows, 1):
            plain = {"STUDYID": "S", "USUBJID": "1", **row}
            if not domain.startswith("SUPP"):
                plain = {"DOMAIN": domain, **plain}
            if domain == "DM":
                plain = {"ARMCD": "A", "ARM": "Arm A", **plain}
            elif not domain.startswith("SUPP"):
                plain = {f"{domain}SEQ": str(number), **plain}
            full.append(plain)
        files.append(SourceFile(f"{domain.lower()}.csv", f"{len(files):064x}", a_table(domain, full)))
    return files


def reading(latest: int = LATEST, **datasets: Any) -> SdtmReading:
    """Read an extract; a subject "1" randomised on 2020-01-01 is there unless DM and DS say otherwise."""
    options = datasets.pop("options", SdtmOptions(latest))
    whole = {
        "DM": [{}],
        "DS": [{"DSDECOD": "RANDOMIZED", "DSCAT": "PROTOCOL MILESTONE", "DSSTDTC": "2020-01-01"}],
        **datasets,
    }
    return SdtmReading(extract(**whole), options)


def facts(found: SdtmReading, subject: str = "1") -> list[ImportedFact]:
    """Return the facts of one subject."""
    return dict(found.subjects())[subject]


def said(found: SdtmReading, subject: str = "1") -> list[tuple[str, str | None]]:
    """Return kind and day of each fact of one subject."""
    return [(fact.event.TOPIC.partition("/")[0], fact.event.occurred_on) for fact in facts(found, subject)]


def reasons(found: SdtmReading, dataset: str) -> dict[str, int]:
    """Return why records of a data set were left out, and how many."""
    return {reason: listed.count for reason, listed in found.account.of(dataset).left_out.items()}


def conflicts(found: SdtmReading) -> list[ContradictoryRecords]:
    return found.account.conflicts


def onco_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of the pharmaverse extract."""
    with (ONCO / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
