"""The question ``schema``: what form does the JSON of an answer have?"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from trialog.events.errors import QuestionError
from trialog.events.vocabulary import suggestion

if TYPE_CHECKING:
    from trialog.application.answers.base import Answer

HOMES: Final[Mapping[str, str]] = {
    "adtte-comparison/1": "adtte_comparison:AdtteComparisonAnswer",
    "adtte-export/1": "adtte:AdtteExportAnswer",
    "announce/1": "announce:AnnounceAnswer",
    "announcements/1": "listing:AnnouncementsAnswer",
    "append/1": "recording:AppendFileAnswer",
    "append-events/1": "recording:AppendAnswer",
    "audit/1": "audit:AuditAnswer",
    "check/1": "check:CheckAnswer",
    "checked-proof/1": "trust:CheckedProofAnswer",
    "checkpoint/1": "trust:CheckpointAnswer",
    "checkpoints/1": "trust:CheckpointsAnswer",
    "cohorts/1": "cohorts:CohortsAnswer",
    "copy/1": "moving:CopyAnswer",
    "created/1": "moving:CreatedAnswer",
    "curve/1": "curve:CurveAnswer",
    "demo/1": "demo:DemoAnswer",
    "doctor/1": "trust:DoctorAnswer",
    "estimate/1": "estimate:EstimateAnswer",
    "explain/1": "explain:ExplainAnswer",
    "history/1": "history:HistoryAnswer",
    "import/1": "imported:ImportAnswer",
    "kept-checkpoint/1": "trust:KeptCheckpointAnswer",
    "lanes/1": "lanes:LanesAnswer",
    "log/1": "listing:EventsAnswer",
    "log-export/1": "moving:LogExportAnswer",
    "log-import/1": "moving:LogImportAnswer",
    "master-key/1": "private:MasterKeyAnswer",
    "pinned-history/1": "pins:PinnedHistoryAnswer",
    "portfolio/1": "portfolio:PortfolioAnswer",
    "portfolio-export/1": "portfolio:PortfolioExportAnswer",
    "portfolio-verify/1": "portfolio:PortfolioVerifyAnswer",
    "private/1": "private:PrivateAnswer",
    "project/1": "project:ProjectAnswer",
    "proof/1": "trust:ProofAnswer",
    "record/1": "recording:RecordAnswer",
    "redact/1": "private:RedactAnswer",
    "register/1": "register:RegisterAnswer",
    "replay/1": "replay:ReplayAnswer",
    "restate/1": "restate:RestateAnswer",
    "show/1": "listing:TimelineAnswer",
    "signing-key/1": "trust:SigningKeyAnswer",
    "snapshot/1": "snapshot:SnapshotAnswer",
    "stamp/1": "trust:StampAnswer",
    "trials/1": "listing:TrialsAnswer",
    "verify/1": "trust:VerifyAnswer",
    "wrap/1": "private:WrapAnswer",
}
"""Name and version of each answer, with the module of ``application/answers`` and the class that is it."""


def answer_class(name: str) -> type[Answer]:
    """Return the class of an answer.

    Args:
        name: Its name, with or without its version: ``snapshot`` or ``snapshot/1``.

    Raises:
        QuestionError: There is no such answer.
    """
    found = [home for full, home in HOMES.items() if name in (full, full.partition("/")[0])]
    if not found:
        names = tuple(full.partition("/")[0] for full in HOMES)
        raise QuestionError(f"no answer is called {name!r}{suggestion(name, names)}")
    module, _, attribute = found[-1].partition(":")
    answer: type[Answer] = getattr(import_module(f"trialog.application.answers.{module}"), attribute)
    return answer


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an answer, with its name and version as ``$id``.

    Args:
        name: Name of the answer, with or without its version.

    Raises:
        QuestionError: There is no such answer.
    """
    return answer_class(name).schema_document()
