"""Check a log that trialog exported, without any of trialog's code: written from docs/format.md alone.

    python verifier.py LOG.jsonl [--checkpoint FILE]... [--key KEY|FILE]... [--proof FILE]...

Exit code 0 if everything holds, 1 if something does not. Signatures need the library ``cryptography``.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import struct
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple


class WrongError(Exception):
    """Something does not hold."""


class Checkpoint(NamedTuple):
    """Text, origin, size, root and signatures (name, id and value) of a checkpoint."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes, bytes]]


def sha256(*parts: bytes) -> bytes:
    """Return H of some bytes."""
    return hashlib.sha256(b"".join(parts)).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """Return the root over leaves: sub-trees of equal size are joined as soon as there are two."""
    peaks: list[tuple[int, bytes]] = []
    for leaf in leaves:
        size, node = 1, leaf
        while peaks and peaks[-1][0] == size:
            node = sha256(b"\1", peaks.pop()[1], node)
            size *= 2
        peaks.append((size, node))
    if not peaks:
        return sha256()
    root = peaks.pop()[1]
    while peaks:
        root = sha256(b"\1", peaks.pop()[1], root)
    return root


def frame(origin: str, line: dict[str, object], salt: bytes, payload: bytes) -> bytes:
    """Return the frame of an exported entry."""
    instant = datetime.strptime(str(line["recorded_at"]), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    micros = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    texts = ["trialog-log/v1", origin, *(str(line[name]) for name in ("stream", "topic", "id", "by"))]
    fields = [*(text.encode() for text in texts), salt, payload]
    return struct.pack(">QQq8I", line["position"], line["version"], micros, *map(len, fields)) + b"".join(fields)


def leaves_of(file: Path) -> tuple[dict[str, object], list[bytes]]:
    """Return the head of an exported log and its leaves, each computed if the log has its salts."""
    first, *lines = file.read_bytes().rstrip(b"\n").split(b"\n")
    head = json.loads(first)
    if head["format"] != "trialog-log/1":
        raise WrongError(f"format {head['format']!r} is not known")
    leaves: list[bytes] = []
    versions: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        entry = json.loads(line)
        stream = entry["stream"]
        versions[stream] = versions.get(stream, 0) + 1
        if (entry["position"], entry["version"]) != (number, versions[stream]):
            raise WrongError(
                f"line {number + 1}: position {entry['position']} or version {entry['version']} is out of order"
            )
        leaf = bytes.fromhex(entry["leaf"])
        if head["salts"]:
            payload = line.partition(b',"event":')[2][:-1]
            computed = sha256(b"\0", frame(head["origin"], entry, bytes.fromhex(entry["salt"]), payload))
            if computed != leaf:
                raise WrongError(f"position {number}: the entry does not have its leaf")
        leaves.append(leaf)
    if len(leaves) != head["size"] or root_of(leaves) != bytes.fromhex(head["root"]):
        raise WrongError("size or root of the head are not those of the entries")
    return head, leaves


def read_checkpoint(written: str) -> Checkpoint:
    """Return a checkpoint with its signatures."""
    text, _, below = written.partition("\n\n")
    text = text.rstrip("\n") + "\n"
    origin, size, root = text.split("\n")[:3]
    signatures = []
    for line in below.splitlines():
        dash, name, value = line.split(" ")
        if dash != "\u2014":
            raise WrongError(f"not a signature: {line[:40]!r}")
        blob = base64.b64decode(value, validate=True)
        signatures.append((name, blob[:4], blob[4:]))
    return Checkpoint(text, origin, int(size), base64.b64decode(root, validate=True), signatures)


def check_signature(checkpoint: Checkpoint, written: str) -> None:
    """Check that a public key signed a checkpoint."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name, claimed, encoded = written.strip().split("+", 2)
    blob = base64.b64decode(encoded, validate=True)
    key_id = sha256(name.encode(), b"\n", blob)[:4]
    if key_id.hex() != claimed:
        raise WrongError(f"the key {name} is damaged")
    for signer, its_id, value in checkpoint.signatures:
        if (signer, its_id) != (name, key_id):
            continue
        message, signature = checkpoint.text.encode(), value
        if blob[0] == 4:
            seconds, signature = int.from_bytes(value[:8], "big"), value[8:]
            message = f"cosignature/v1\ntime {seconds}\n".encode() + message
        try:
            Ed25519PublicKey.from_public_bytes(blob[1:]).verify(signature, message)
        except InvalidSignature:
            raise WrongError(f"the signature of {name} is wrong") from None
        return
    raise WrongError(f"not signed by {name}")


def check_prefix(leaves: list[bytes], head: dict[str, object], checkpoint: Checkpoint) -> None:
    """Check that the log extends a checkpoint."""
    if checkpoint.origin != head["origin"]:
        raise WrongError(f"the checkpoint is of {checkpoint.origin}, the log is {head['origin']}")
    if checkpoint.size > len(leaves):
        raise WrongError(f"the checkpoint has {checkpoint.size} events, the log {len(leaves)}: events are missing")
    if root_of(leaves[: checkpoint.size]) != checkpoint.root:
        raise WrongError(f"the first {checkpoint.size} events are not those of the checkpoint")


def check_event_proof(written: str) -> tuple[int, Checkpoint]:
    """Check the proof of an event, and return its position and the checkpoint to which it leads."""
    above, _, below = written.partition("\n\n")
    title, extra, index, *path = above.split("\n")
    if title != "c2sp.org/tlog-proof@v1":
        raise WrongError("not the proof of an event")
    framed = base64.b64decode(extra.removeprefix("extra "), validate=True)
    position, _, _, *lengths = struct.unpack_from(">QQq8I", framed)
    start = 56 + lengths[0]
    origin = framed[start : start + lengths[1]].decode()
    checkpoint, f = read_checkpoint(below), int(index.removeprefix("index "))
    if position != f + 1 or origin != checkpoint.origin or not f < checkpoint.size:
        raise WrongError("the proof is of another place or another log than its entry")
    node, s = sha256(b"\0", framed), checkpoint.size - 1
    for each in path:
        if s == 0:
            raise WrongError("the path is too long")
        p = base64.b64decode(each, validate=True)
        if f % 2 or f == s:
            node = sha256(b"\1", p, node)
            while f % 2 == 0 and f:
                f, s = f // 2, s // 2
        else:
            node = sha256(b"\1", node, p)
        f, s = f // 2, s // 2
    if s or node != checkpoint.root:
        raise WrongError("the path does not lead to the root")
    return position, checkpoint


def main() -> int:
    """Check what is named on the command line."""
    given = argparse.ArgumentParser(description="Check a log that trialog exported.")
    given.add_argument("log", type=Path)
    given.add_argument("--checkpoint", type=Path, action="append", default=[])
    given.add_argument("--key", action="append", default=[])
    given.add_argument("--proof", type=Path, action="append", default=[])
    asked = given.parse_args()
    keys = [Path(key).read_text(encoding="utf-8") if Path(key).is_file() else key for key in asked.key]
    try:
        head, leaves = leaves_of(asked.log)
        checked = "every leaf recomputed" if head["salts"] else "leaves as given: the export has no salts"
        print(f"{head['origin']}: {len(leaves)} events, {checked}, root {root_of(leaves).hex()}")
        for file in asked.checkpoint:
            checkpoint = read_checkpoint(file.read_text(encoding="utf-8"))
            check_prefix(leaves, head, checkpoint)
            for key in keys:
                check_signature(checkpoint, key)
            print(f"{file}: a prefix of {checkpoint.size} events, {len(keys)} signatures checked")
        for file in asked.proof:
            position, checkpoint = check_event_proof(file.read_text(encoding="utf-8"))
            check_prefix(leaves, head, checkpoint)
            print(f"{file}: the event at position {position} is in this log")
    except (WrongError, ValueError, KeyError, struct.error) as error:
        print(f"wrong: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
