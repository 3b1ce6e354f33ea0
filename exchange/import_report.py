"""What became of every record of an import: nothing is dropped without a reason and a count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

MOST_LISTED: Final = 10_000
"""Records listed by name for each reason; all of them are counted."""


@dataclass
class RejectedRecords:
    """Records that share a reason.

    Attributes:
        count: All of them.
        records: Those listed by name, at most `MOST_LISTED`.
    """

    count: int = 0
    records: list[str] = field(default_factory=list)

    def add(self, record: str) -> None:
        """Count a record, and list it if there is room."""
        self.count += 1
        if len(self.records) < MOST_LISTED:
            self.records.append(record)


@dataclass(frozen=True, slots=True)
class ContradictoryRecords:
    """Records that contradict each other, side by side; nobody guesses which is right.

    Attributes:
        subject: Whose.
        what: What they contradict each other about.
        sides: What each of them says, and where.
        outcome: What the import did about it.
    """

    subject: str
    what: str
    sides: tuple[str, ...]
    outcome: str


@dataclass
class DatasetAccount:
    """The records of one data set: ``records`` is always ``used`` plus those left out."""

    files: list[str] = field(default_factory=list)
    records: int = 0
    used: int = 0
    left_out: dict[str, RejectedRecords] = field(default_factory=dict)
    remarks: dict[str, RejectedRecords] = field(default_factory=dict)

    def use(self) -> None:
        """Count a record that an event rests on."""
        self.records += 1
        self.used += 1

    def leave_out(self, reason: str, record: str) -> None:
        """Count a record that no event rests on."""
        self.records += 1
        self.left_out.setdefault(reason, RejectedRecords()).add(record)

    def remark(self, what: str, record: str) -> None:
        """Note something about a record that is used nevertheless."""
        self.remarks.setdefault(what, RejectedRecords()).add(record)


@dataclass
class ImportReport:
    """Every data set's records, and every contradiction between them.

    Attributes:
        datasets: By name, in the order in which they were read.
        unread: Files that are not read, and why.
        conflicts: In order of subjects.
    """

    datasets: dict[str, DatasetAccount] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    conflicts: list[ContradictoryRecords] = field(default_factory=list)

    def of(self, dataset: str) -> DatasetAccount:
        """Return the account of one data set."""
        return self.datasets.setdefault(dataset, DatasetAccount())

    def left_out(self) -> Iterator[tuple[str, str, RejectedRecords]]:
        """Yield data set, reason and records of everything that was left out."""
        for name, dataset in self.datasets.items():
            for reason, listed in dataset.left_out.items():
                yield name, reason, listed

    def remarks(self) -> Iterator[tuple[str, str, RejectedRecords]]:
        """Yield data set, remark and records of everything odd that was used nevertheless."""
        for name, dataset in self.datasets.items():
            for remark, listed in dataset.remarks.items():
                yield name, remark, listed

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return {
            "datasets": [
                {
                    "dataset": name,
                    "files": found.files,
                    "records": found.records,
                    "used": found.used,
                    "left_out": [_listed("reason", reason, each) for reason, each in found.left_out.items()],
                    "remarks": [_listed("remark", remark, each) for remark, each in found.remarks.items()],
                }
                for name, found in self.datasets.items()
            ],
            "files_not_read": [{"file": name, "reason": reason} for name, reason in self.unread.items()],
            "contradictions": [
                {
                    "subject": each.subject,
                    "about": each.what,
                    "sides": list(each.sides),
                    "outcome": each.outcome,
                }
                for each in self.conflicts
            ],
        }


def _listed(word: str, text: str, listed: RejectedRecords) -> dict[str, Any]:
    return {word: text, "count": listed.count, "records": listed.records}
