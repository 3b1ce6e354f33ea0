"""The bytes of a log entry that are hashed: the stored bytes, never a re-serialization.

A leaf of the log's Merkle tree is SHA-256(0x00 || frame), as RFC 9162 section 2.1.1
asks. Every field follows its length, because joined texts are ambiguous. The
random salt prevents a published proof from revealing the facts of its neighbors: a
plain hash of a kind, a date and a subject is reversed in seconds.

The origin names the one log that the entry belongs to. It is the first line of every
checkpoint too, so that neither an entry nor a root can be presented as another log's.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from trialog.events.errors import EvidenceError

DOMAIN_TAG: Final = b"trialog-log/v1"
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32

_HEAD: Final = struct.Struct(">QQq8I")
_LEAF: Final = b"\x00"


class LeafInput(NamedTuple):
    """The fields of a frame.

    Attributes:
        origin: The log's origin, `trialog.log.trust.checkpoint.origin_of`.
        position: Place in the log, from 1.
        stream, version: The history it belongs to, and its number there.
        topic: Kind of event, with its version.
        event_id: Unique in the log.
        recorded_at: Microseconds since 1970-01-01 UTC.
        actor: Who recorded it.
        salt: Random bytes.
        payload: The event as the log stores it.
    """

    origin: str
    position: int
    stream: str
    version: int
    topic: str
    event_id: str
    recorded_at: int
    actor: str
    salt: bytes
    payload: bytes


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
    return _HEAD.pack(position, version, recorded_at, *map(len, fields)) + b"".join(fields)


def read_frame(framed: bytes) -> LeafInput:
    """Return the fields of a frame.

    Raises:
        EvidenceError: The bytes are not a frame of this version.
    """
    try:
        position, version, recorded_at, *lengths = _HEAD.unpack_from(framed)
        if len(framed) != _HEAD.size + sum(lengths):
            raise ValueError("the lengths do not add up")
        fields, at = [], _HEAD.size
        for length in lengths:
            fields.append(framed[at : at + length])
            at += length
        tag, *texts, salt, payload = fields
        if tag != DOMAIN_TAG:
            raise ValueError(f"it begins with {tag[:20]!r}")
        origin, stream, topic, event_id, actor = (text.decode() for text in texts)
    except (struct.error, ValueError) as error:
        raise EvidenceError(f"not a log entry of version {DOMAIN_TAG.decode()}: {error}") from None
    return LeafInput(origin, position, stream, version, topic, event_id, recorded_at, actor, salt, payload)


def leaf_hash(framed: bytes) -> bytes:
    """Return the 32-byte leaf of a frame."""
    return hashlib.sha256(_LEAF + framed).digest()


class _Encoded(dict[str, bytes]):
    """Texts as bytes, each encoded once: an append has few distinct streams, topics and actors."""

    def __missing__(self, text: str) -> bytes:
        found = self[text] = text.encode()
        return found


LeafOf = Callable[[int, str, int, str, str, str, bytes, bytes], bytes]
"""Computes the leaf from position, stream, version, topic, event id, actor, salt and payload."""


def leaf_maker(origin: str, recorded_at: int) -> LeafOf:
    """Return a faster ``leaf_hash(frame(...))`` for one append: the shared fields are prepared once.

    Args:
        origin: Origin of every leaf.
        recorded_at: Recording time of every leaf.
    """
    begin = DOMAIN_TAG + origin.encode()
    tag_length, origin_length = len(DOMAIN_TAG), len(begin) - len(DOMAIN_TAG)
    pack, sha256, length, encode = _HEAD.pack, hashlib.sha256, len, str.encode
    encoded = _Encoded()

    def leaf(
        position: int, stream: str, version: int, topic: str, event_id: str, actor: str, salt: bytes, payload: bytes
    ) -> bytes:
        in_stream, of_topic, own, by = encoded[stream], encoded[topic], encode(event_id), encoded[actor]
        head = pack(
            position,
            version,
            recorded_at,
            tag_length,
            origin_length,
            length(in_stream),
            length(of_topic),
            length(own),
            length(by),
            length(salt),
            length(payload),
        )
        return sha256(b"".join((_LEAF, head, begin, in_stream, of_topic, own, by, salt, payload))).digest()

    return leaf
