"""Proofs as files that can be handed over and checked far from the log.

`InclusionProof` is C2SP tlog-proof: one entry, its path, the checkpoint that it leads to; the
entry's whole frame is in the ``extra`` line, so that nothing else is needed.
`ConsistencyProof` is the request of C2SP tlog-witness: a checkpoint, and the path that shows that
an older tree is its prefix; it discloses no entry at all.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from trialog.events.errors import EvidenceError
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.leaf import HASH_BYTES, LeafInput, leaf_hash, read_frame
from trialog.log.trust.proofs import check_consistency, check_inclusion
from trialog.log.trust.signed_notes import Note, from_base64, read_note

EVENT_PROOF: Final = "c2sp.org/tlog-proof@v1"
LONGEST_PATH: Final = 63
LONGEST_PROOF: Final = 3_000_000
"""Characters; the largest payload is a megabyte, written in base 64."""

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True)
class InclusionProof:
    """Proof that a log contains an entry.

    Attributes:
        framed: The entry's frame, with every field.
        path: From the entry upwards.
        note: The checkpoint that the path leads to.
    """

    framed: bytes
    path: tuple[bytes, ...]
    note: Note

    @classmethod
    def read(cls, written: str) -> Self:
        """Return the proof that a file holds.

        Raises:
            EvidenceError: It is malformed.
        """
        above, below = _halves(written, "an event's proof")
        title, *lines = above
        if title != EVENT_PROOF or len(lines) < 2:
            raise EvidenceError(f"not the proof of an event; expected a file that begins with {EVENT_PROOF}")
        framed = from_base64(_value(lines[0], "extra"))
        if framed is None:
            raise EvidenceError("the proof does not hold its entry; expected base 64 behind 'extra'")
        index = _number(lines[1], "index")
        if read_frame(framed).position != index + 1:
            raise EvidenceError("the proof is about another place in the log than its entry")
        return cls(framed, _hashes(lines[2:]), read_note(below))

    def written(self) -> str:
        """Return the proof as a file holds it."""
        index = read_frame(self.framed).position - 1
        lines = (EVENT_PROOF, f"extra {_text(self.framed)}", f"index {index}", *map(_text, self.path))
        return "\n".join(lines) + "\n\n" + self.note.written()

    def check(self) -> tuple[LeafInput, Checkpoint]:
        """Check that the path leads from the entry to the checkpoint, and return both.

        The checkpoint itself proves nothing: compare it with one you trust, or check its signatures.

        Raises:
            EvidenceError: The proof does not show that the entry is in that log.
        """
        entry, checkpoint = read_frame(self.framed), Checkpoint.of(self.note)
        if entry.origin != checkpoint.origin:
            raise EvidenceError(f"the entry is of {entry.origin[:200]!r}, the checkpoint of {checkpoint.origin}")
        check_inclusion(leaf_hash(self.framed), entry.position - 1, checkpoint.size, self.path, checkpoint.root)
        return entry, checkpoint


@dataclass(frozen=True)
class ConsistencyProof:
    """Proof that a checkpoint's log extends an older one.

    Attributes:
        old: Size of the older log.
        path: From the older to the newer log.
        note: The newer checkpoint.
    """

    old: int
    path: tuple[bytes, ...]
    note: Note

    @classmethod
    def read(cls, written: str) -> Self:
        """Return the proof that a file holds.

        Raises:
            EvidenceError: It is malformed.
        """
        above, below = _halves(written, "a proof of extension")
        return cls(_number(above[0], "old"), _hashes(above[1:]), read_note(below))

    def written(self) -> str:
        """Return the proof as a file holds it."""
        return "\n".join((f"old {self.old}", *map(_text, self.path))) + "\n\n" + self.note.written()

    def check(self, older: Checkpoint) -> Checkpoint:
        """Check that the newer checkpoint extends the older one, and return it.

        Raises:
            EvidenceError: It does not extend it.
        """
        newer = Checkpoint.of(self.note)
        if newer.origin != older.origin:
            raise EvidenceError(f"the checkpoints are of two logs: {older.origin} and {newer.origin}")
        if older.size != self.old:
            raise EvidenceError(
                f"the proof is of what came after {self.old} events; the older checkpoint has {older.size}"
            )
        check_consistency(older.size, older.root, newer.size, newer.root, self.path)
        return newer


def _halves(written: str, what: str) -> tuple[list[str], str]:
    if len(written) > LONGEST_PROOF:
        raise EvidenceError(f"{what} of {len(written)} characters; expected at most {LONGEST_PROOF}")
    above, blank, below = written.partition("\n\n")
    if not blank:
        raise EvidenceError(f"not {what}: expected lines, a blank line, and a checkpoint")
    return above.split("\n"), below


def _value(line: str, name: str) -> str:
    found, space, value = line.partition(" ")
    if found != name or not space:
        raise EvidenceError(f"expected a line that begins with {name!r}, found {line[:60]!r}")
    return value


def _number(line: str, name: str) -> int:
    value = _value(line, name)
    if not _NUMBER.fullmatch(value):
        raise EvidenceError(f"expected a number behind {name!r}, found {value[:60]!r}")
    return int(value)


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > LONGEST_PATH:
        raise EvidenceError(f"a path of {len(lines)} hashes; expected at most {LONGEST_PATH}")
    found = []
    for line in lines:
        value = from_base64(line)
        if value is None or len(value) != HASH_BYTES:
            raise EvidenceError(f"expected a hash in base 64, found {line[:60]!r}")
        found.append(value)
    return tuple(found)


def _text(value: bytes) -> str:
    return b64encode(value).decode()
