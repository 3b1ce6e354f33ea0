"""The answer to ``demo``: a log of a real trial's announcements and reconstructed subjects, replayed."""

from __future__ import annotations

from typing import ClassVar

from trialog.application.answers.common import Provenance
from trialog.application.answers.verdicts import VerdictPart


class DemoAnswer(Provenance):
    """A verdict on each figure that the sponsor announced."""

    SCHEMA: ClassVar[str] = "demo/1"

    honestly: str
    place: str
    verdicts: tuple[VerdictPart, ...]

    @property
    def survival(self) -> tuple[VerdictPart, ...]:
        """The verdicts on announced medians of overall survival."""
        return tuple(each for each in self.verdicts if each.figure.measure == "median-os")

    @property
    def exit_code(self) -> int:
        """1 if a median of this trial's cohorts is not reproduced."""
        return 0 if all(each.verdict == "reproduced" for each in self.survival if each.figure.cohorts) else 1
