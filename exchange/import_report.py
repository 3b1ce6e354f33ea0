"""What became of every record of an import: nothing is dropped without a reason and a count.

A reason is a gap where a figure could be other if the record had been read: a death, a dose, a contact, an
assessment. A screen failure, a planned dose or a record that only repeats another is none.
"""

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
        is_gap: Whether a figure could be other without them.
        is_in_log: Whether events of the log say so already, each on its day.
        count: All of them.
        records: Those listed by name, at most `MOST_LISTED`.
        subjects: Whose they are, in the same order; empty where nobody's.
    """

    is_gap: bool = False
    is_in_log: bool = False
    count: int = 0
    records: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)

    def add(self, record: str, subject: str = "") -> None:
        """Count a record, and list it if there is room."""
        self.count += 1
        if len(self.records) < MOST_LISTED:
            self.records.append(record)
            self.subjects.append(subject)


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

    def __str__(self) -> str:
        return f"{self.subject}, {self.what}: {' against '.join(self.sides)}; {self.outcome}"


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

    def leave_out(
        self, reason: str, record: str, *, subject: str = "", gap: bool = False, in_log: bool = False
    ) -> None:
        """Count a record that is not used.

        Args:
            reason: Why.
            record: Which.
            subject: Whose.
            gap: A figure could be other if it had been read.
            in_log: An event says so, as for an assessment that is not understood.
        """
        self.records += 1
        self.left_out.setdefault(reason, RejectedRecords(gap, in_log)).add(record, subject)

    def remark(self, what: str, record: str, *, subject: str = "", gap: bool = False) -> None:
        """Note something about a record that is used nevertheless; ``gap``: a part of it is not, as above."""
        self.remarks.setdefault(what, RejectedRecords(gap)).add(record, subject)


@dataclass
class ImportReport:
    """Every data set's records, and every contradiction between them.

    Attributes:
        datasets: By name, in the order in which they were read.
        unread: Files that are not read, and why.
        conflicts: In order of subjects.
        subjects: Subjects of the files who are enrolled in the trial, those included who are left out.
        left_out_subjects: Those of whom nothing is imported, and why.
        not_enrolled: Subjects of the files who are not enrolled: screen failures and subjects without an arm.
        sites: Site of each subject, where the files say it.
        endpoints: Parameters of an ADTTE; None for other files.
        too_late: Dates after the day of the extract: how many, and the latest one.
    """

    datasets: dict[str, DatasetAccount] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    conflicts: list[ContradictoryRecords] = field(default_factory=list)
    subjects: int = 0
    left_out_subjects: dict[str, str] = field(default_factory=dict)
    not_enrolled: int = 0
    sites: dict[str, str] = field(default_factory=dict)
    endpoints: tuple[str, ...] | None = None
    too_late: tuple[int, str] = (0, "")

    def of(self, dataset: str) -> DatasetAccount:
        """Return the account of one data set."""
        return self.datasets.setdefault(dataset, DatasetAccount())

    def hold(self, conflict: ContradictoryRecords) -> None:
        """Note a contradiction because of which nothing of a subject is imported."""
        self.conflicts.append(conflict)
        self.left_out_subjects.setdefault(conflict.subject, conflict.what)

    def note_too_late(self, day: str) -> None:
        """Count a date after the day of the extract."""
        count, latest = self.too_late
        self.too_late = count + 1, max(latest, day)

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

    def gaps(self, *, in_log: bool = True) -> dict[str, int]:
        """Return each reason for which records were left out that a figure could miss, and how many they are.

        Args:
            in_log: Count those too of which events of the log tell.
        """
        found = {
            f"{name}: {reason}": listed.count
            for name, reason, listed in (*self.left_out(), *self.remarks())
            if listed.is_gap and (in_log or not listed.is_in_log)
        }
        later = sum(each.outcome != NOTHING_IMPORTED for each in self.conflicts)
        return found | ({"contradictions: a record left out": later} if later else {})

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return {
            "subjects": {
                "in_the_extract": self.subjects,
                "left_out": [{"subject": name, "reason": why} for name, why in self.left_out_subjects.items()],
                "not_enrolled": self.not_enrolled,
            },
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


NOTHING_IMPORTED: Final = "nothing of the subject was imported"
"""Outcome of a contradiction that holds a subject back."""


def _listed(word: str, text: str, listed: RejectedRecords) -> dict[str, Any]:
    return {word: text, "gap": listed.is_gap, "count": listed.count, "records": listed.records}
