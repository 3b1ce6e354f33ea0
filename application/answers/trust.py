"""Answers about trust in a log: what was verified, checkpoints, proofs, and what protects the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from trialog.application.answers.base import Answer, Part


class CheckpointPart(Part):
    """Size and root of a trial's log."""

    origin: str = Field(description="Name of the trial's log.")
    size: int = Field(description="Number of events.")
    root: str = Field(description="Root of the Merkle tree, 64 hexadecimal digits.")


class SignaturePart(Part):
    """A signature under a checkpoint."""

    name: str = Field(description="Whose it says that it is.")
    status: Literal["valid", "invalid", "unknown key"] = Field(description="What the given keys say of it.")


class KeptPart(Part):
    """What vouches for a checkpoint that the log keeps."""

    number: int
    about: str | None = Field(description="The announcement that rests on it.")
    size: int
    signatures: list[SignaturePart]
    stamp: Literal["readable", "wrong", "library missing"] | None = Field(
        description="The time stamp: readable is not yet checked against the certificate of an authority."
    )
    stamped_at: str | None = Field(description="The instant that a readable stamp claims.")


class VerifiedTrialPart(Part):
    """A trial whose log shows no difference."""

    trial: str
    origin: str
    size: int
    root: str
    last_recorded_at: str = Field(description="UTC instant of the last event.")
    kept_checkpoints: int = Field(description="Checkpoints kept in the log; each is a prefix of it.")
    kept: list[KeptPart]


class VerifyAnswer(Answer):
    """What verification found."""

    SCHEMA: ClassVar[str] = "verify/1"
    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset({"extends", "difference", "differences"})

    verified: bool = Field(description="Whether nothing differs.")
    log: str = Field(description="Where the log is, without any password.")
    trials: list[VerifiedTrialPart] = Field(description="The trials without a difference.")
    extends: list[CheckpointPart] | None = Field(default=None, description="Given checkpoints that the log extends.")
    difference: str | None = Field(default=None, description="The first difference.")
    differences: list[str] | None = Field(
        default=None, description="What differs: of the log as a whole, then the first difference of each trial."
    )

    @property
    def exit_code(self) -> int:
        """1 if something differs, 3 if a time stamp could not be read for want of a library."""
        if not self.verified:
            return 1
        return 3 if any(each.stamp == "library missing" for trial in self.trials for each in trial.kept) else 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each verified trial."""
        for trial in self.trials:
            yield trial.model_dump()


class CheckpointAnswer(Answer):
    """A checkpoint with its signatures."""

    SCHEMA: ClassVar[str] = "checkpoint/1"

    origin: str
    size: int
    root: str
    signed_by: list[str] = Field(description="Names of the keys that signed, as the note says.")
    note: str = Field(description="The signed note, as a file holds it.")


class KeptCheckpointAnswer(Answer):
    """A checkpoint that was kept in the log just now, or before."""

    SCHEMA: ClassVar[str] = "kept-checkpoint/1"

    number: int = Field(description="Its number in the log.")
    about: str | None = Field(description="The announcement that rests on it.")
    origin: str
    size: int
    root: str
    signed_by: list[str]
    note: str


class ListedCheckpointPart(Part):
    """One of the checkpoints that a log keeps."""

    number: int
    about: str | None
    kept_at: str
    stamped: bool = Field(description="Whether a time stamp is kept with it.")
    stamp: Literal["readable", "wrong", "library missing"] | None = Field(description="What can be said of it.")
    stamped_at: str | None = Field(description="The instant that a readable stamp claims.")
    origin: str
    size: int
    root: str
    signed_by: list[str] = Field(description="Names of the keys that signed, as the note says.")
    signatures: list[SignaturePart]
    note: str


class CheckpointsAnswer(Answer):
    """The checkpoints that a log keeps of a trial."""

    SCHEMA: ClassVar[str] = "checkpoints/1"

    trial: str
    checkpoints: list[ListedCheckpointPart]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each checkpoint."""
        for each in self.checkpoints:
            yield each.model_dump()


class StampAnswer(Answer):
    """A time stamp of a checkpoint, or the request for one."""

    SCHEMA: ClassVar[str] = "stamp/1"
    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset({"request", "stamped_at", "checked", "kept"})

    origin: str
    size: int
    root: str
    signed_by: list[str]
    note: str
    request: str | None = Field(default=None, description="File to which the request was written.")
    stamped_at: str | None = Field(default=None, description="The instant that the stamp claims.")
    checked: bool | None = Field(default=None, description="Whether the stamp was checked against a certificate.")
    kept: bool | None = Field(default=None, description="Whether the stamp was added to the log just now.")


class SigningKeyAnswer(Answer):
    """A new key; its secret half is in a file."""

    SCHEMA: ClassVar[str] = "signing-key/1"

    name: str
    kind: Literal["log", "witness"]
    public: str = Field(description="The public half, to be given to those who check.")
    file: str = Field(description="File with the secret half.")


class ProofAnswer(Answer):
    """A proof as a file holds it."""

    SCHEMA: ClassVar[str] = "proof/1"

    proves: str
    origin: str
    size: int
    root: str
    hashes: int = Field(description="Hashes in the proof.")
    proof: str = Field(description="The proof, as a file holds it.")


class ProvedEventPart(Part):
    """The event that a proof holds."""

    position: int
    stream: str
    version: int
    topic: str
    id: str
    recorded_at: str
    by: str
    payload: str


class CheckedProofAnswer(Answer):
    """What a proof proves."""

    SCHEMA: ClassVar[str] = "checked-proof/1"
    LEFT_OUT_IF_NONE: ClassVar[frozenset[str]] = frozenset({"from_size", "event"})

    trusted: bool = Field(description="Whether the checkpoint is one that is trusted, or signed by each given key.")
    proves: str = Field(description="What it proves; nothing yet if its checkpoint is not trusted.")
    from_size: int | None = Field(default=None, description="Size of the log that was extended.")
    origin: str
    size: int
    root: str
    event: ProvedEventPart | None = None

    @property
    def exit_code(self) -> int:
        """3 if the proof is only consistent with itself."""
        return 0 if self.trusted else 3


class FindingPart(Part):
    """One thing that was looked at."""

    subject: str
    found: str
    verdict: Literal["good", "note", "bad"]
    means: str = Field(description="What it guarantees, or what is missing.")


class DoctorAnswer(Answer):
    """What protects a log and what does not."""

    SCHEMA: ClassVar[str] = "doctor/1"

    log: str
    healthy: bool
    findings: list[FindingPart]

    @property
    def exit_code(self) -> int:
        """1 if something is bad."""
        return 0 if self.healthy else 1

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each finding."""
        for each in self.findings:
            yield each.model_dump()
