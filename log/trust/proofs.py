"""Short proofs about a Merkle tree: that an entry is in it, and that an older tree is a prefix of it.

RFC 9162, sections 2.1.3 and 2.1.4. A proof is a list of about log2(size) hashes and
discloses no other entry. It does not bind the sizes: take size and root from a
checkpoint that you trust, never from the proof itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trialog.events.errors import EvidenceError
from trialog.log.trust.leaf import HASH_BYTES
from trialog.log.trust.merkle import EMPTY_ROOT, Frontier, node_hash

Span = tuple[int, int]
"""Leaves from the first index up to, not including, the second; counted from 0."""


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Return the sub-trees whose roots are the inclusion path of a leaf, from the leaf upwards.

    Args:
        index: Index of the leaf, from 0.
        size: Number of leaves of the tree.

    Raises:
        EvidenceError: The tree has no such leaf.
    """
    if not 0 <= index < size:
        raise EvidenceError(f"a log of {size} entries has no entry at position {index + 1}")
    spans = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """Return the sub-trees whose roots prove that a tree of some size is a prefix of a larger one.

    Raises:
        EvidenceError: The old size is larger than the new one.
    """
    if not 0 <= old <= new:
        raise EvidenceError(f"a log of {new} entries cannot extend one of {old}")
    if old in (0, new):
        return []
    spans = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start, whole = middle, False
    if not whole:
        spans.append((start, end))
    return spans[::-1]


def roots_of_spans(leaves: Iterable[bytes], spans: Sequence[Span]) -> list[bytes]:
    """Return the root of each sub-tree, in the order given, from one pass over the tree's leaves.

    Args:
        leaves: All leaves of the tree, in order.
        spans: Sub-trees that do not overlap.
    """
    roots: dict[Span, bytes] = {}
    waiting = iter(sorted(spans))
    current = next(waiting, None)
    frontier = Frontier()
    for index, leaf in enumerate(leaves):
        if current is None:
            break
        if index >= current[0]:
            frontier.append(leaf)
        if index + 1 == current[1]:
            roots[current] = frontier.root()
            frontier = Frontier()
            current = next(waiting, None)
    if current is not None:
        raise EvidenceError(f"the log ends before entry {current[1]}")
    return [roots[span] for span in spans]


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is at an index of the tree with this size and root.

    Raises:
        EvidenceError: It is not, or the path is malformed.
    """
    _check_form([leaf, root, *path])
    if not 0 <= index < size:
        raise EvidenceError(f"a log of {size} entries has no entry at position {index + 1}")
    at, last, node = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise EvidenceError("the inclusion path is too long for a log of this size")
        if at & 1 or at == last:
            node = node_hash(step, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, step)
        at, last = at >> 1, last >> 1
    if last:
        raise EvidenceError("the inclusion path is too short for a log of this size")
    if node != root:
        raise EvidenceError("the inclusion path does not lead to the root: the entry is not in this log as shown")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Check that the tree with the old size and root is a prefix of the one with the new size and root.

    Raises:
        EvidenceError: It is not, or the path is malformed.
    """
    _check_form([old_root, new_root, *path])
    if not 0 <= old <= new:
        raise EvidenceError(f"a log of {new} entries cannot extend one of {old}: entries are missing")
    if old in (0, new):
        _check_same(old_root, new_root if old else EMPTY_ROOT, path)
        return
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        raise EvidenceError("the consistency path is empty")
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    older = newer = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise EvidenceError("the consistency path is too long for logs of these sizes")
        if at & 1 or at == last:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            newer = node_hash(newer, step)
        at, last = at >> 1, last >> 1
    if last:
        raise EvidenceError("the consistency path is too short for logs of these sizes")
    if older != old_root or newer != new_root:
        raise EvidenceError("the newer log does not extend the older one: entries were changed or taken out")


def _check_same(one: bytes, other: bytes, path: Sequence[bytes]) -> None:
    if path:
        raise EvidenceError("the consistency path should be empty")
    if one != other:
        raise EvidenceError("two logs of the same size have different roots: one of them was rewritten")


def _split(size: int) -> int:
    """Return the largest power of two smaller than a size."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_form(hashes: Iterable[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise EvidenceError(f"a hash of {HASH_BYTES} bytes was expected")
