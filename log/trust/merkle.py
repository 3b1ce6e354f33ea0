"""The Merkle tree over a trial's log (RFC 9162 section 2.1): its root determines every entry and their order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from trialog.events.errors import TreeError
from trialog.log.trust.leaf import HASH_BYTES

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
_NODE: Final = b"\x01"


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(_NODE + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its complete sub-trees, largest first.

    Holds one hash for each 1 in the binary form of the size, so that a log of a million
    entries appends and gives its root from at most 20 hashes.
    """

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        """Continue from `pack`.

        Raises:
            TreeError: The packed hashes do not fit the size.
        """
        if len(packed) != HASH_BYTES * size.bit_count():
            raise TreeError(f"a frontier of size {size} has {size.bit_count()} hashes, not {len(packed)} bytes")
        self.size = size
        self._peaks = [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)]

    def append(self, leaf: bytes) -> None:
        """Append one leaf."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaves, in order."""
        total, peaks, sha256 = self.size, self._peaks, hashlib.sha256
        try:
            for leaf in leaves:
                node, size = leaf, total
                while size & 1:
                    node = sha256(_NODE + peaks.pop() + node).digest()
                    size >>= 1
                peaks.append(node)
                total += 1
        finally:
            self.size = total

    def root(self) -> bytes:
        """Return the tree's root, the hash of nothing for an empty tree."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def pack(self) -> bytes:
        """Return the hashes in a form that the constructor takes."""
        return b"".join(self._peaks)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaves, in order."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()
