"""Sealed fields: private texts of an event, encrypted under the subject's own key.

The log stores, hashes and proves the sealed form. Deleting a subject's key makes
its private texts unreadable in every copy of the log, and leaves every proof unchanged.
AES-256-GCM; the key opens a text only in the place that it was written for.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from trialog.events.entry import check_private
from trialog.events.errors import EvidenceError
from trialog.events.registry import BY_TOPIC, from_payload, parse_json, to_payload
from trialog.log.trust.signed_notes import from_base64

KEY_BYTES: Final = 32

_NONCE_BYTES: Final = 12
_SALT_BYTES: Final = 16
_DIGEST_BYTES: Final = 32


class SealedPlace(NamedTuple):
    """The one place in a log that a sealed field belongs to."""

    origin: str
    stream: str
    version: int
    event_id: str

    def bound(self) -> bytes:
        """Return the bytes that are authenticated with the text; JSON makes them distinct for each place."""
        return b"trialog-seal/v1\n" + json.dumps(list(self)).encode()


def new_key() -> bytes:
    """Return a fresh key."""
    return secrets.token_bytes(KEY_BYTES)


def sealed_by(key: bytes, texts: Mapping[str, str], place: SealedPlace) -> str:
    """Seal private texts; return the field that the log stores in the event."""
    plain = json.dumps(dict(texts), ensure_ascii=False).encode()
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    # GCM does not commit to its key: the digest inside prevents one sealed text from opening under two keys.
    inside = salt + hashlib.sha256(salt + key + plain).digest() + plain
    return b64encode(nonce + cipher(key).encrypt(nonce, inside, place.bound())).decode()


def opened_by(key: bytes, sealed: str, place: SealedPlace) -> dict[str, str]:
    """Return the private texts of an event.

    Raises:
        EvidenceError: The texts were sealed under another key or for another place.
    """
    opens = cipher(key)
    from cryptography.exceptions import InvalidTag

    value = from_base64(sealed) or b""
    try:
        inside: bytes = opens.decrypt(value[:_NONCE_BYTES], value[_NONCE_BYTES:], place.bound())
    except (InvalidTag, ValueError):
        raise EvidenceError("the sealed field does not open with this key in this place") from None
    salt, digest, plain = (
        inside[:_SALT_BYTES],
        inside[_SALT_BYTES : _SALT_BYTES + _DIGEST_BYTES],
        inside[_SALT_BYTES + _DIGEST_BYTES :],
    )
    if hashlib.sha256(salt + key + plain).digest() != digest:
        raise EvidenceError("the sealed field does not open with this key in this place")
    return check_private(parse_json(plain))


def without_seal(topic: str, payload: bytes) -> bytes:
    """Return a stored payload as it was before its private texts were sealed."""
    if b'"sealed":' not in payload or topic not in BY_TOPIC:
        return payload
    event = from_payload(topic, payload)
    return to_payload(event.model_copy(update={"sealed": None})) if getattr(event, "sealed", None) else payload


def cipher(key: bytes) -> Any:
    """Return AES-256-GCM under a key.

    Raises:
        EvidenceError: The library that provides it is not installed.
    """
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ModuleNotFoundError:
        raise EvidenceError("sealed fields need a library; install it with: pip install 'trialog[crypto]'") from None
    return AESGCM(key)
