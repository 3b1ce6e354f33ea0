"""Keys of sealed fields, wrapped by a master key: their folder alone opens nothing.

A wrapped key is a tag with its version, the id of the master key, a nonce, and the key under
AES-256-GCM. Tag, id, log and name are authenticated, so that it opens only in its own place.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import b64encode
from dataclasses import dataclass
from typing import Final, Self

from trialog.events.errors import EvidenceError
from trialog.log.private.sealing import KEY_BYTES, cipher
from trialog.log.trust.signed_notes import from_base64

TAG: Final = b"trialog-wrapped-key/v1\n"

_ID_TAG: Final = b"trialog-master-key/v1\n"
_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_CHECK_BYTES: Final = 16
_WRITTEN_TAG: Final = "MASTER+KEY+"

WRAPPED_BYTES: Final = len(TAG) + _ID_BYTES + _NONCE_BYTES + KEY_BYTES + _CHECK_BYTES


@dataclass(frozen=True, repr=False)
class MasterKey:
    """A key that wraps keys; its secret is never displayed.

    Attributes:
        secret: The 32 secret bytes.
    """

    secret: bytes

    @classmethod
    def new(cls) -> Self:
        """Return a fresh key."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def read(cls, written: str) -> Self:
        """Parse a key from ``MASTER+KEY+id+key``.

        Raises:
            EvidenceError: It is malformed; the message reveals nothing of the secret.
        """
        claimed, _, encoded = written.strip().removeprefix(_WRITTEN_TAG).partition("+")
        secret = from_base64(encoded) or b""
        if not written.startswith(_WRITTEN_TAG) or len(secret) != KEY_BYTES:
            raise EvidenceError(f"not a master key: expected {_WRITTEN_TAG}ID+KEY, as trialog keys master writes it")
        key = cls(secret)
        if key.key_id != claimed:
            raise EvidenceError("the master key is damaged: its id does not fit")
        return key

    def __repr__(self) -> str:
        """Return a text without the secret."""
        return f"<master key {self.key_id}>"

    @property
    def key_id(self) -> str:
        """Sixteen hexadecimal digits that identify a master key and reveal nothing of its secret."""
        return hashlib.sha256(_ID_TAG + self.secret).digest()[:_ID_BYTES].hex()

    def written(self) -> str:
        """Return the key as ``MASTER+KEY+id+key``: a secret."""
        return f"{_WRITTEN_TAG}{self.key_id}+{b64encode(self.secret).decode()}"

    def wrapped(self, key: bytes, log: str, name: str) -> bytes:
        """Wrap a key for one place.

        Args:
            key: The key to wrap.
            log: Name of the log's folder.
            name: Name of the key in that folder.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        inside: bytes = cipher(self.secret).encrypt(nonce, key, _bound(self.key_id, log, name))
        return TAG + bytes.fromhex(self.key_id) + nonce + inside

    def unwrapped(self, content: bytes, log: str, name: str) -> bytes:
        """Return the key that was wrapped for this place.

        Raises:
            EvidenceError: It was wrapped by another master key or for another place, or it was changed.
        """
        opens = cipher(self.secret)
        from cryptography.exceptions import InvalidTag

        under = wrapped_under(content)
        if under != self.key_id:
            raise EvidenceError(f"wrapped under another master key, id {under}; here is {self.key_id}")
        at = len(TAG) + _ID_BYTES
        nonce, inside = content[at : at + _NONCE_BYTES], content[at + _NONCE_BYTES :]
        try:
            key: bytes = opens.decrypt(nonce, inside, _bound(self.key_id, log, name))
        except InvalidTag:
            raise EvidenceError(
                f"does not open under the master key {self.key_id}: it was changed, or it is another subject's or log's"
            ) from None
        return key


def wrapped_under(content: bytes) -> str | None:
    """Return the id of the master key that a key is wrapped under, None for a plain key.

    Raises:
        EvidenceError: It is neither wrapped nor plain.
    """
    if content.startswith(TAG):
        if len(content) != WRAPPED_BYTES:
            raise EvidenceError(f"damaged: {len(content)} bytes; expected the {WRAPPED_BYTES} of a wrapped key")
        return content[len(TAG) :][:_ID_BYTES].hex()
    if len(content) != KEY_BYTES:
        expected = f"the {KEY_BYTES} of a plain or the {WRAPPED_BYTES} of a wrapped key"
        raise EvidenceError(f"damaged: {len(content)} bytes; expected {expected}")
    if not any(content):
        raise EvidenceError("damaged: nothing but zeros, as a key that is being destroyed")
    return None


def _bound(key_id: str, log: str, name: str) -> bytes:
    """Return the bytes that are authenticated with a key; JSON makes them distinct for each place."""
    return TAG + json.dumps([key_id, log, name]).encode()
