from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialog.log.trust.leaf import frame, leaf_hash, leaf_maker
from trialog.log.trust.merkle import EMPTY_ROOT, Frontier, root_of

# Inputs and roots of the Certificate Transparency test vectors (google/certificate-transparency,
# cpp/merkletree/merkle_tree_test.cc; the same as in transparency-dev/merkle, Apache-2.0).
CT_INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_published_certificate_transparency_roots(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in CT_INPUTS[:size]]

    assert root_of(leaves).hex() == CT_ROOTS[size - 1]


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("cut", range(130))
def test_a_frontier_goes_on_from_where_it_was_packed(cut: int) -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(130)]
    before = Frontier()
    for leaf in leaves[:cut]:
        before.append(leaf)

    after = Frontier(cut, before.pack())
    for leaf in leaves[cut:]:
        after.append(leaf)

    assert after.root() == root_of(leaves)
    assert len(after.pack()) == 32 * (130).bit_count()


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="a frontier of size 3 has 2 hashes"):
        Frontier(3, b"\x00" * 32)


def framed(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "origin": "NCT1", "position": 1, "stream": "subject/a", "version": 1, "topic": "subject-died/1",
        "event_id": "x", "recorded_at": 1, "actor": "me", "salt": b"\x00" * 16, "payload": b"{}",
    }  # fmt: skip
    return frame(**{**fields, **changes})  # type: ignore[arg-type]


def test_the_frame_is_the_documented_bytes() -> None:
    lengths = [14, 4, 9, 14, 1, 2, 16, 2]
    expected = (
        (1).to_bytes(8, "big") * 3
        + b"".join(length.to_bytes(4, "big") for length in lengths)
        + b"trialog-log/v1" + b"NCT1" + b"subject/a" + b"subject-died/1" + b"x" + b"me" + b"\x00" * 16 + b"{}"
    )  # fmt: skip

    assert framed() == expected
    assert leaf_hash(framed()) == hashlib.sha256(b"\x00" + expected).digest()


@given(
    st.text(), st.integers(0, 2**63 - 1), st.lists(
        st.tuples(st.integers(0, 2**63 - 1), st.text(), st.integers(0, 2**63 - 1), st.text(), st.text(), st.text(),
                  st.binary(min_size=16, max_size=16), st.binary()), max_size=4)
)  # fmt: skip
def test_the_leaves_of_an_append_are_the_hashes_of_their_frames(
    origin: str, instant: int, entries: list[tuple[int, str, int, str, str, str, bytes, bytes]]
) -> None:
    leaf_of = leaf_maker(origin, instant)

    for position, stream, version, topic, event_id, actor, salt, payload in entries:
        whole = frame(
            origin=origin, position=position, stream=stream, version=version, topic=topic, event_id=event_id,
            recorded_at=instant, actor=actor, salt=salt, payload=payload,
        )  # fmt: skip
        assert leaf_of(position, stream, version, topic, event_id, actor, salt, payload) == leaf_hash(whole)


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "NCT", "stream": "1subject/a"},
        {"stream": "subject/asubject-", "topic": "died/1"},
        {"event_id": "xm", "actor": "e"},
        {"position": 2},
        {"version": 2},
        {"recorded_at": 2},
        {"salt": b"\x01" + b"\x00" * 15},
        {"payload": b"{} "},
    ],
)
def test_no_two_entries_share_a_frame(changes: dict[str, object]) -> None:
    assert framed(**changes) != framed()
