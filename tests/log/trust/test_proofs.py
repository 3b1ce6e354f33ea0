"""Inclusion and consistency proofs, against published vectors, by exhaustion, and forged."""

from __future__ import annotations

import hashlib
import random
from functools import partial

import pytest

from tests.log.trust.test_merkle import CT_INPUTS, CT_ROOTS
from trialog.events.errors import EvidenceError
from trialog.log.trust.leaf import leaf_hash
from trialog.log.trust.merkle import EMPTY_ROOT, node_hash, root_of
from trialog.log.trust.proofs import (
    check_consistency,
    check_inclusion,
    consistency_spans,
    inclusion_spans,
    roots_of_spans,
)

CT_LEAVES = [leaf_hash(bytes.fromhex(text)) for text in CT_INPUTS]

# Paths of the Certificate Transparency test vectors (transparency-dev/merkle, proof/verify_test.go, Apache-2.0).
L1, L3, L5, L6 = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
)
N01, N23, N45, N67 = (
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
)
N03, N47 = (
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
)
L0 = CT_ROOTS[0]


def proof(leaves: list[bytes], spans: list[tuple[int, int]]) -> list[bytes]:
    return roots_of_spans(leaves, spans)


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [(0, 1, []), (0, 8, [L1, N23, N47]), (5, 8, [L5, N67, N03]), (2, 3, [N01]), (1, 5, [L0, N23, L5])],
)
def test_published_inclusion_paths(index: int, size: int, path: list[str]) -> None:
    found = proof(CT_LEAVES[:size], inclusion_spans(index, size))

    assert [each.hex() for each in found] == path
    check_inclusion(CT_LEAVES[index], index, size, found, bytes.fromhex(CT_ROOTS[size - 1]))


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [(1, 1, []), (1, 8, [L1, N23, N47]), (6, 8, [N45, N67, N03]), (2, 5, [N23, L5]), (6, 7, [N45, L6, N03])],
)
def test_published_consistency_paths(old: int, new: int, path: list[str]) -> None:
    found = proof(CT_LEAVES[:new], consistency_spans(old, new))

    assert [each.hex() for each in found] == path
    check_consistency(old, bytes.fromhex(CT_ROOTS[old - 1]), new, bytes.fromhex(CT_ROOTS[new - 1]), found)


def leaves_of(count: int, seed: int = 0) -> list[bytes]:
    return [hashlib.sha256(f"{seed}:{number}".encode()).digest() for number in range(count)]


SIZES = range(1, 66)
ALL = leaves_of(SIZES[-1])


def test_every_entry_of_every_small_log_has_a_proof() -> None:
    for size in SIZES:
        root = root_of(ALL[:size])
        for index in range(size):
            path = proof(ALL[:size], inclusion_spans(index, size))
            check_inclusion(ALL[index], index, size, path, root)
            assert len(path) <= (size - 1).bit_length()


def test_every_prefix_of_every_small_log_has_a_proof() -> None:
    for new in SIZES:
        for old in range(new + 1):
            path = proof(ALL[:new], consistency_spans(old, new))
            check_consistency(old, root_of(ALL[:old]), new, root_of(ALL[:new]), path)


def flipped(value: bytes, random_: random.Random) -> bytes:
    at = random_.randrange(len(value) * 8)
    return bytes(byte ^ (1 << at % 8 if number == at // 8 else 0) for number, byte in enumerate(value))


def test_two_thousand_forged_proofs_are_refused() -> None:
    """One bit of the entry, of a root or of a step changed; a step left out, added or exchanged."""
    random_ = random.Random(20261122)  # noqa: S311
    refused = 0
    for number in range(2_000):
        new = random_.randrange(2, 66)
        root = root_of(ALL[:new])
        index, old = random_.randrange(new), random_.randrange(1, new)
        including = number % 2 == 0
        path = proof(ALL[:new], inclusion_spans(index, new) if including else consistency_spans(old, new))
        leaf, old_root = ALL[index], root_of(ALL[:old])
        match number % 5:
            case 0 if path:
                at = random_.randrange(len(path))
                path[at] = flipped(path[at], random_)
            case 1:
                root = flipped(root, random_)
            case 2:
                leaf, old_root = flipped(leaf, random_), flipped(old_root, random_)
            case 3 if path:
                path.pop(random_.randrange(len(path)))
            case _:
                path.insert(random_.randrange(len(path) + 1), ALL[random_.randrange(65)])
        if including:
            check = partial(check_inclusion, leaf, index, new, path, root)
        else:
            check = partial(check_consistency, old, old_root, new, root, path)
        with pytest.raises(EvidenceError):
            check()
        refused += 1
    assert refused == 2_000


def test_three_thousand_histories_rewritten_in_the_announced_part_are_refused() -> None:
    """The operator rewrites, leaves out, adds or exchanges entries before the checkpoint and proves what he has then."""
    random_ = random.Random(20261122)  # noqa: S311
    for number in range(3_000):
        new = random_.randrange(3, 66)
        old = random_.randrange(2, new)
        announced = root_of(ALL[:old])
        forged = list(ALL[:new])
        at = random_.randrange(old)
        match number % 4:
            case 0:
                forged[at] = flipped(forged[at], random_)
            case 1:
                del forged[at]
            case 2:
                forged.insert(at, leaves_of(1, seed=number)[0])
            case _:
                other = (at + 1) % old
                forged[at], forged[other] = forged[other], forged[at]
        size = len(forged)
        with pytest.raises(EvidenceError):
            check_consistency(old, announced, size, root_of(forged), proof(forged, consistency_spans(old, size)))


@pytest.mark.parametrize(
    ("old", "new", "old_root", "new_root", "path", "complaint"),
    [
        (2, 1, ALL[0], ALL[0], [], "a log of 1 entries cannot extend one of 2: entries are missing"),
        (1, 1, ALL[0], ALL[1], [], "two logs of the same size have different roots"),
        (0, 1, ALL[0], ALL[1], [], "two logs of the same size have different roots"),
        (0, 1, EMPTY_ROOT, ALL[1], [ALL[0]], "the consistency path should be empty"),
        (1, 1, ALL[0], ALL[0], [ALL[0]], "the consistency path should be empty"),
        (1, 2, ALL[0], node_hash(ALL[0], ALL[1]), [], "too short"),
        (3, 4, ALL[0], ALL[0], [], "the consistency path is empty"),
        (1, 2, ALL[0], ALL[0], [b"short"], "a hash of 32 bytes was expected"),
    ],
)
def test_what_proves_nothing(
    old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes], complaint: str
) -> None:
    with pytest.raises(EvidenceError, match=complaint):
        check_consistency(old, old_root, new, new_root, path)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (2, 1)])
def test_an_entry_outside_the_log(index: int, size: int) -> None:
    with pytest.raises(EvidenceError, match="has no entry at position"):
        check_inclusion(ALL[0], index, size, [], ALL[0])
    with pytest.raises(EvidenceError, match="has no entry at position"):
        inclusion_spans(index, size)


def test_a_log_that_ends_early_gives_no_proof() -> None:
    with pytest.raises(EvidenceError, match="the log ends before entry 8"):
        roots_of_spans(ALL[:7], consistency_spans(3, 8))
