"""The bytes of a log entry that are hashed: what is stored, never a re-serialisation.

A leaf of the log's Merkle tree is SHA-256(0x00 || frame), as RFC 9162 section 2.1.1
asks. Every field stands behind its length, because joined texts are ambiguous. The
random salt keeps a published proof from giving away the facts of its neighbours: a
plain hash of a kind, a date and a subject is reversed in seconds.
"""

from __future__ import annotations

import hashlib
from struct import Struct
from typing import Final

DOMAIN_TAG: Final = b"trialog-log/v1"
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32

_NUMBERS: Final = Struct(">QQq")
_LENGTHS: Final = Struct(">8I")


def frame(
    *,
    origin: str,
    position: int,
    stream: str,
    version: int,
    topic: str,
    event_id: str,
    recorded_at: int,
    actor: str,
    salt: bytes,
    payload: bytes,
) -> bytes:
    """Return the frame of a log entry.

    Layout: three big-endian 64-bit numbers (position, version, recorded at), eight 32-bit lengths,
    then the eight fields: domain tag, origin, stream, topic, event id, actor, salt, payload.
    """
    fields = (
        DOMAIN_TAG,
        origin.encode(),
        stream.encode(),
        topic.encode(),
        event_id.encode(),
        actor.encode(),
        salt,
        payload,
    )
    return b"".join((_NUMBERS.pack(position, version, recorded_at), _LENGTHS.pack(*map(len, fields)), *fields))


def leaf_hash(framed: bytes) -> bytes:
    """Return the 32-byte leaf of a frame."""
    return hashlib.sha256(b"\x00" + framed).digest()
