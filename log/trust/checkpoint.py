"""A checkpoint: one log's size and root at a moment, in the format of C2SP tlog-checkpoint.

    trialog/0b0ff8f4-9d6f-4f3d-8d2a-6f4f0f7a0d55/NCT02278315
    126
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

With a copy of these three lines anybody can check at any later time whether the first 126
entries of that log are unchanged. Signatures below them show who vouches for it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final, Self

from trialog.events.errors import EventError, EvidenceError
from trialog.events.kinds import LABEL_FORM
from trialog.log.trust.leaf import HASH_BYTES
from trialog.log.trust.signed_notes import Note, from_base64

ORIGIN_TAG: Final = "trialog"
LONGEST_ORIGIN: Final = 200
"""Characters; ours take at most 110."""

_CODE: Final = re.compile(LABEL_FORM)
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


def origin_of(log_id: str, code: str) -> str:
    """Return the name of a trial's log, different from that of any other log of the same trial.

    Args:
        log_id: The log's UUID, made when the trial was first written to it.
        code: The trial's code.

    Raises:
        EventError: The code has characters that a name cannot contain.
    """
    if not _CODE.fullmatch(code):
        raise EventError(
            f"{code!r} cannot be a trial's code; expected at most 64 letters, digits, spaces and . _ + / -"
        )
    return f"{ORIGIN_TAG}/{log_id}/{code}"


def code_of_origin(origin: str) -> str:
    """Return the trial's code in an origin, or the origin itself if it is not ours."""
    tag, _, rest = origin.partition("/")
    _, slash, code = rest.partition("/")
    return code if tag == ORIGIN_TAG and slash else origin


@dataclass(frozen=True)
class Checkpoint:
    """Size and root of one log.

    Attributes:
        origin: The log's name.
        size: Entries.
        root: Root of their Merkle tree.
    """

    origin: str
    size: int
    root: bytes

    @classmethod
    def of(cls, note: Note) -> Self:
        """Return the checkpoint that a note holds.

        Raises:
            EvidenceError: Its text is not a checkpoint.
        """
        lines = note.text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise EvidenceError("not a checkpoint; expected three lines: the log's origin, its size, its root")
        origin, size, root, *_ = lines
        if not origin.isprintable() or len(origin) > LONGEST_ORIGIN:
            raise EvidenceError("not a checkpoint: its first line is not the name of a log")
        decoded = from_base64(root)
        if not _SIZE.fullmatch(size) or decoded is None or len(decoded) != HASH_BYTES:
            raise EvidenceError(f"not a checkpoint: expected a size and a root behind {origin[:80]!r}")
        return cls(origin, int(size), decoded)

    @property
    def code(self) -> str:
        """The trial's code."""
        return code_of_origin(self.origin)

    def note(self) -> Note:
        """Return the checkpoint as a note, unsigned."""
        return Note(f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n")
