"""TS: title, sponsor, indication and start of the trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trialog.events.provenance import Reference
from trialog.exchange.dtc import clinical_date
from trialog.exchange.import_report import ImportReport
from trialog.exchange.sdtm.extract import Extract

_WANTED: Final = {"TITLE": "title", "SPONSOR": "sponsor", "INDIC": "indication", "SSTDTC": "started_on"}
LONGEST: Final = 500


@dataclass
class Study:
    """What TS says of the trial; None where it says nothing."""

    title: str | None = None
    sponsor: str | None = None
    indication: str | None = None
    started_on: str | None = None
    found: tuple[Reference, ...] = ()


def read_study(extract: Extract, account: ImportReport) -> Study:
    """Read the trial summary, where the extract has one."""
    study, found = Study(), []
    if "TS" not in extract:
        return study
    mine = account.of("TS")
    for record in extract.records("TS"):
        name = _WANTED.get(record["TSPARMCD"].upper())
        value = record["TSVAL"]
        if name is None or not value or getattr(study, name) is not None:
            mine.leave_out("says nothing that an event of trialog holds", f"{record['TSPARMCD']} {record}")
            continue
        if name == "started_on":
            try:
                value = clinical_date(value) or ""
            except ValueError as error:
                mine.leave_out("TSVAL is not a date", f"{record['TSPARMCD']} {record} ({error})")
                continue
        setattr(study, name, value[:LONGEST])
        found.append(record.reference("TSVAL"))
        mine.use()
    study.found = tuple(found)
    return study
