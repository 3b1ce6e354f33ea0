"""ADTTE rows as a table with the names and labels of ADaM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trialog.domain.trial import Cohort
from trialog.events.dates import iso
from trialog.exchange.tables.table import Cell, Column, Row, Table
from trialog.projections.adtte.rows import Adtte
from trialog.projections.adtte.rules import BY_ASSESSMENT, PARAMETERS

NAME: Final = "ADTTE"
LABEL: Final = "Time-to-Event Analysis Dataset"

COLUMNS: Final = (
    Column("STUDYID", "Study Identifier", key=1),
    Column("USUBJID", "Unique Subject Identifier", key=2),
    Column("ASEQ", "Analysis Sequence Number", "integer"),
    Column("AGE", "Age", "integer"),
    Column("SEX", "Sex"),
    Column("ARM", "Description of Planned Arm"),
    Column("ARMCD", "Planned Arm Code"),
    Column("TRTP", "Planned Treatment"),
    Column("PARAM", "Parameter"),
    Column("PARAMCD", "Parameter Code", key=3),
    Column("STARTDT", "Time-to-Event Origin Date for Subject", "date", format="DATE9.", numeric_date=True),
    Column("ADT", "Analysis Date", "date", format="DATE9.", numeric_date=True),
    Column("AVAL", "Analysis Value", "integer"),
    Column("AVALU", "Analysis Value Unit"),
    Column("CNSR", "Censor", "integer"),
    Column("EVNTDESC", "Event or Censoring Description"),
    Column("CNSDTDSC", "Censor Date Description"),
    Column("SRCDOM", "Source Data"),
    Column("SRCVAR", "Source Variable"),
    Column("SRCSEQ", "Source Sequence Number", "integer"),
    Column("LOGPOS", "Position of the Event in the Log", "integer"),
)

LEFT_OUT: Final = Column("LEFTOUT", "Assessments Left Out, Not Understood", "integer")
"""Stands last, and only where an import could not read an assessment."""


def as_table(found: Adtte, study: str, cohorts: dict[str, Cohort]) -> Table:
    """Return rows as a table.

    Args:
        found: The rows.
        study: STUDYID.
        cohorts: Names of the arms in words.
    """

    def rows() -> Iterator[Row]:
        subject, number = "", 0
        for row in found.rows:
            number = number + 1 if row.subject == subject else 1
            subject = row.subject
            cohort = cohorts.get(row.cohort)
            arm = (cohort.arm if cohort else None) or row.cohort
            cells: tuple[Cell, ...] = (
                study,
                row.subject,
                number,
                row.age,
                row.sex,
                arm,
                row.cohort,
                arm,
                PARAMETERS[row.parameter],
                row.parameter,
                iso(row.start),
                iso(row.end),
                row.length,
                "DAYS",
                row.censored,
                row.what,
                row.until,
                row.domain,
                row.variable,
                row.sequence,
                row.position,
            )
            if found.not_understood:
                cells += (found.not_understood.get(row.subject, 0) if row.parameter in BY_ASSESSMENT else None,)
            yield cells

    return Table(NAME, (*COLUMNS, *([LEFT_OUT] if found.not_understood else [])), rows, LABEL, study=study)
