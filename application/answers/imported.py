"""The answer of an import: what became of every record, and what was appended."""

from __future__ import annotations

from typing import ClassVar, Final

from pydantic import Field

from trialog.application.answers.base import Answer, Part
from trialog.application.answers.common import ANSWERED_WITH_A_GAP, LogPosition
from trialog.exchange.import_report import NOTHING_IMPORTED

REFUSED: Final = 1


class ImportedFilePart(Part):
    """A file that was read."""

    file: str
    sha256: str
    form: str = Field(description="For example csv.")


class SubjectLeftOutPart(Part):
    """A subject of whom nothing is imported."""

    subject: str
    reason: str


class ExtractSubjectsPart(Part):
    """The subjects of the files."""

    in_the_extract: int = Field(description="Subjects who are enrolled, those included who are left out.")
    left_out: tuple[SubjectLeftOutPart, ...]
    not_enrolled: int = Field(description="Screen failures and subjects without an arm.")


class LeftOutPart(Part):
    """Records that are not used, for one reason."""

    reason: str
    gap: bool = Field(description="Whether a figure could be other if they had been read.")
    count: int
    records: tuple[str, ...] = Field(description="Those listed by name.")


class RemarkPart(Part):
    """Records that are used although something is odd about them."""

    remark: str
    gap: bool
    count: int
    records: tuple[str, ...]


class DatasetPart(Part):
    """The records of one data set: used and left out add up to all."""

    dataset: str
    files: tuple[str, ...]
    records: int
    used: int
    left_out: tuple[LeftOutPart, ...]
    remarks: tuple[RemarkPart, ...]


class FileNotReadPart(Part):
    """A file that is no table."""

    file: str
    reason: str


class ContradictionPart(Part):
    """Records that contradict each other, or the log."""

    subject: str
    about: str
    sides: tuple[str, ...]
    outcome: str

    def words(self) -> str:
        """Return it as one line."""
        return f"{self.subject}, {self.about}: {' against '.join(self.sides)}; {self.outcome}"


class ChangesPart(Part):
    """Events of a data set, by what was done."""

    new: int = 0
    corrected: int = 0
    retracted: int = 0
    same: int = Field(default=0, description="Facts that the log held already.")


class ImportAnswer(Answer):
    """What an import did, or would do."""

    SCHEMA: ClassVar[str] = "import/1"

    report: str = "trialog-import/1"
    trial: str
    what: str
    source: str = Field(alias="from", description="What was imported.")
    reported_on: str | None = Field(description="Day on which the extract knew its facts; null: the day of recording.")
    dry_run: bool
    files: tuple[ImportedFilePart, ...]
    subjects: ExtractSubjectsPart
    datasets: tuple[DatasetPart, ...]
    files_not_read: tuple[FileNotReadPart, ...]
    contradictions: tuple[ContradictionPart, ...]
    appended: int
    already_in_the_log: int
    by_dataset: dict[str, ChangesPart]
    by_kind: dict[str, dict[str, int]] = Field(description="Events appended, by action and kind.")
    changes: tuple[str, ...] = Field(description="What changed of histories that the log held: what was, and what is.")
    left_as_they_are: tuple[str, ...] = Field(description="What differs and was left as it is, and why.")
    subjects_held_back: tuple[str, ...] = Field(description="Subjects whose records contradict the log.")
    transactions: int
    log: LogPosition
    checkpoint: str | None
    likely_causes: tuple[str, ...]
    accept_left_out: bool = Field(description="Whether what is left out is known and accepted.")
    trialog: str = Field(description="Version of the program.")

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was imported and the log held nothing of it either."""
        return not self.appended and not self.already_in_the_log

    @property
    def gaps(self) -> int:
        """Records that are left out and that a figure could miss."""
        left_out = sum(each.count for part in self.datasets for each in part.left_out if each.gap)
        remarked = sum(each.count for part in self.datasets for each in part.remarks if each.gap)
        return left_out + remarked + sum(each.outcome != NOTHING_IMPORTED for each in self.contradictions)

    @property
    def exit_code(self) -> int:
        """1 if nothing was imported, 3 if records or subjects were left out and nobody accepted that, else 0."""
        if self.is_nothing:
            return REFUSED
        left_out = bool(self.subjects.left_out or self.gaps)
        return ANSWERED_WITH_A_GAP if left_out and not self.accept_left_out else 0
