"""Signed notes (C2SP signed-note): a text, a blank line, and a signature on each line below.

Two kinds of signature are known: of the log itself, Ed25519 over the text (type 1), and
of a witness, Ed25519 over the time and the text (type 4, C2SP tlog-cosignature). Keys are
written as in Go's ``golang.org/x/mod/sumdb/note``: ``name+hash+key`` for the public half,
``PRIVATE+KEY+name+hash+key`` for the secret one.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from trialog.events.errors import EvidenceError, LibraryError

OF_LOG: Final = 1
OF_WITNESS: Final = 4
KINDS: Final = {OF_LOG: "log", OF_WITNESS: "witness"}

LONGEST_NOTE: Final = 100_000
"""Characters; a note with its signatures takes some hundred."""

_DASH: Final = "\u2014 "
_SECRET_TAG: Final = "PRIVATE+KEY+"  # noqa: S105  # the prefix of a key, not a key
_KEY_BYTES: Final = 32
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8


@dataclass(frozen=True)
class Signature:
    """One signature line.

    Attributes:
        name: Name of the key.
        key_id: Four bytes that distinguish keys with the same name.
        value: The signature; of a witness: the time in seconds since 1970 (eight bytes), then the signature.
    """

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line as written in the note."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text with its signatures; without a signature it is only a claim.

    Attributes:
        text: Lines, each with its line end.
        signatures: In the order in which they were added.
    """

    text: str
    signatures: tuple[Signature, ...] = ()

    def written(self) -> str:
        """Return the note as a file holds it."""
        if not self.signatures:
            return self.text
        return self.text + "\n" + "".join(signature.line for signature in self.signatures)

    def with_signatures(self, more: Iterable[Signature]) -> Self:
        """Return the note with signatures added that it does not have yet."""
        new = [each for each in more if each not in self.signatures]
        return replace(self, signatures=(*self.signatures, *new))


def read_note(written: str) -> Note:
    """Return the note in a file; a text without signatures is also a note.

    Raises:
        EvidenceError: It is malformed.
    """
    if len(written) > LONGEST_NOTE:
        raise EvidenceError(f"the note has {len(written)} characters; expected at most {LONGEST_NOTE}")
    if any(character < " " and character != "\n" for character in written):
        raise EvidenceError("the note holds control characters; expected lines of text")
    if not written.endswith("\n"):
        raise EvidenceError("the note does not end with a line end; it may be cut off")
    text, blank, below = written.rpartition("\n\n")
    if not blank:
        return Note(written)
    lines = below[:-1].split("\n")
    if not all(line.startswith(_DASH) for line in lines):
        raise EvidenceError("below the blank line of the note only signatures may stand")
    return Note(text + "\n", tuple(_read_signature(line) for line in lines))


def read_signature_lines(written: str) -> tuple[Signature, ...]:
    """Return signatures without their note, as a witness may send them.

    Raises:
        EvidenceError: A line is not a signature.
    """
    return tuple(_read_signature(line) for line in written.rstrip("\n").split("\n"))


def _read_signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    value = from_base64(encoded)
    if not line.startswith(_DASH) or not space or not _is_name(name) or value is None or len(value) <= _ID_BYTES:
        raise EvidenceError(f"not a signature: {line[:60]!r}")
    return Signature(name, value[:_ID_BYTES], value[_ID_BYTES:])


@dataclass(frozen=True)
class VerifierKey:
    """The public half of a key.

    Attributes:
        name: Whose key it is; no space, no plus.
        kind: `OF_LOG` or `OF_WITNESS`.
        public: The 32 bytes of the Ed25519 key.
    """

    name: str
    kind: int
    public: bytes

    @classmethod
    def read(cls, written: str) -> Self:
        """Parse a key from ``name+hash+key``.

        Raises:
            EvidenceError: It is malformed, or its hash does not fit.
        """
        if _SECRET_TAG in written:
            # If the user passes the secret key by mistake, do not repeat it on the screen and in terminal logs.
            raise EvidenceError("expected a public key: NAME+HASH+KEY, found a secret one, which is for its owner only")
        name, _, rest = written.strip().partition("+")
        claimed, _, encoded = rest.partition("+")
        kind, public = _read_key(encoded, "a public key: NAME+HASH+KEY", written)
        key = cls(name, kind, public)
        if not _is_name(name) or key.key_id.hex() != claimed:
            raise EvidenceError(f"the public key {_short(written)} is damaged: its hash does not fit")
        return key

    @property
    def key_id(self) -> bytes:
        """Four bytes that distinguish keys with the same name."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    def written(self) -> str:
        """Return the key as ``name+hash+key``."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"

    def check(self, note: Note) -> Signature | None:
        """Return this key's signature of a note, or None if there is none.

        Raises:
            EvidenceError: The note has a signature of this key, and it is wrong.
        """
        for signature in note.signatures:
            if signature.name != self.name or signature.key_id != self.key_id:
                continue
            if not self.verifies(note, signature):
                raise EvidenceError(f"the signature of {self.name} is wrong: the note or the signature was changed")
            return signature
        return None

    def verifies(self, note: Note, signature: Signature) -> bool:
        """Return whether a signature is a valid signature of a note by this key."""
        library = _ed25519()
        from cryptography.exceptions import InvalidSignature

        message, value = note.text.encode(), signature.value
        if self.kind == OF_WITNESS:
            time, value = value[:_TIME_BYTES], value[_TIME_BYTES:]
            message = _timed(int.from_bytes(time, "big"), note.text)
        try:
            library.Ed25519PublicKey.from_public_bytes(self.public).verify(value, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, repr=False)
class SigningKey:
    """A secret key; its secret is never displayed.

    Attributes:
        name: Whose key it is.
        kind: `OF_LOG` or `OF_WITNESS`.
        seed: The 32 secret bytes.
    """

    name: str
    kind: int
    seed: bytes

    @classmethod
    def new(cls, name: str, kind: int = OF_LOG) -> Self:
        """Return a fresh key.

        Raises:
            EvidenceError: The name has a space or a plus, or is empty.
        """
        if not _is_name(name):
            raise EvidenceError(
                f"{name!r} cannot name a key; expected text without spaces and +, such as example.org/cro"
            )
        return cls(name, kind, _ed25519().Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def read(cls, written: str) -> Self:
        """Parse a key from ``PRIVATE+KEY+name+hash+key``.

        Raises:
            EvidenceError: It is malformed; the message reveals nothing of the secret.
        """
        name, _, rest = written.strip().removeprefix(_SECRET_TAG).partition("+")
        claimed, _, encoded = rest.partition("+")
        kind, seed = _read_key(encoded, f"a secret key: {_SECRET_TAG}NAME+HASH+KEY", "")
        key = cls(name, kind, seed)
        if not written.startswith(_SECRET_TAG) or not _is_name(name) or key.verifier.key_id.hex() != claimed:
            raise EvidenceError("the secret key is damaged: its hash does not fit")
        return key

    def __repr__(self) -> str:
        """Return a text without the secret."""
        return f"<secret key of {self.name}>"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = _ed25519().Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def written(self) -> str:
        """Return the key as ``PRIVATE+KEY+name+hash+key``: a secret."""
        encoded = b64encode(bytes([self.kind]) + self.seed).decode()
        return f"{_SECRET_TAG}{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    def sign(self, note: Note, now: int = 0) -> Note:
        """Return the note with this key's signature.

        Args:
            note: The note to sign.
            now: Seconds since 1970; used only in the signature of a witness.
        """
        message = note.text.encode() if self.kind == OF_LOG else _timed(now, note.text)
        value = _ed25519().Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)
        if self.kind == OF_WITNESS:
            value = now.to_bytes(_TIME_BYTES, "big") + value
        return note.with_signatures([Signature(self.name, self.verifier.key_id, value)])


def witnessed_at(signature: Signature) -> int:
    """Return the seconds since 1970 at which a witness signed."""
    return int.from_bytes(signature.value[:_TIME_BYTES], "big")


def _timed(now: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {now}\n{text}".encode()


def _read_key(encoded: str, expected: str, shown: str) -> tuple[int, bytes]:
    value = from_base64(encoded)
    if value is None or len(value) != 1 + _KEY_BYTES or value[0] not in KINDS:
        found = f", found {_short(shown)}" if shown else ""
        raise EvidenceError(f"expected {expected}{found}")
    return value[0], value[1:]


def from_base64(encoded: str) -> bytes | None:
    """Decode a text in base 64; return None if it is not valid."""
    try:
        return b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def _short(written: str) -> str:
    return repr(written if len(written) <= 60 else f"{written[:57]}...")


def _ed25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ModuleNotFoundError:
        raise LibraryError("signatures need a library; install it with: pip install 'trialog[crypto]'") from None
    return ed25519
