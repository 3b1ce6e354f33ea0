"""What an import left out or found odd, as a table by site and subject: a list of queries for the sites."""

from __future__ import annotations

from collections.abc import Iterator

from trialog.exchange.import_report import ImportReport, RejectedRecords
from trialog.exchange.tables.table import Column, Table, table_of

COLUMNS = (
    Column("site", "Site"),
    Column("subject", "Subject"),
    Column("kind", "Contradiction, left out or remark"),
    Column("moves_figures", "Whether a figure could be other without it"),
    Column("dataset", "Data set"),
    Column("record", "Record"),
    Column("what", "What is wrong"),
)

_Line = tuple[str, str, str, str, str, str, str]


def discrepancies(account: ImportReport) -> Table:
    """Return every contradiction, every record that was left out as a gap, and every remark, by site and subject."""
    return table_of("DISCREPANCIES", COLUMNS, sorted(_lines(account)), "What an import found")


def _lines(account: ImportReport) -> Iterator[_Line]:
    for each in account.conflicts:
        said = f"{each.what}: {' against '.join(each.sides)}; {each.outcome}"
        yield _line(account, each.subject, "contradiction", True, "", "", said)
    for dataset, reason, listed in account.left_out():
        if listed.is_gap:
            yield from _listed(account, "left out", dataset, reason, listed)
    for dataset, remark, listed in account.remarks():
        yield from _listed(account, "remark", dataset, remark, listed)


def _listed(account: ImportReport, kind: str, dataset: str, reason: str, listed: RejectedRecords) -> Iterator[_Line]:
    for record, subject in zip(listed.records, listed.subjects, strict=True):
        yield _line(account, subject, kind, listed.is_gap, dataset, record, reason)


def _line(account: ImportReport, subject: str, kind: str, is_gap: bool, dataset: str, record: str, what: str) -> _Line:
    return account.sites.get(subject, ""), subject, kind, "yes" if is_gap else "no", dataset, record, what
