"""Keys wrapped by a master key: what is in the bytes, and that nothing else opens.

Expected values are made with `cryptography` and `hashlib` alone.
"""

from __future__ import annotations

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from trialog.events.errors import EvidenceError
from trialog.log.private.key_wrapping import MasterKey, wrapped_under

MASTER = bytes(range(32))
MASTER_ID = "5952c41e0c3ca676"
"""From sha256sum: the first 8 bytes of the hash of ``trialog-master-key/v1``, a line end, and the key."""
WRITTEN = f"MASTER+KEY+{MASTER_ID}+AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
KEY = b"k" * 32
LOG = "cf021bc1-b4e3-4e7a-88b2-5db1c54ebcc3"
NAME = hashlib.sha256(b"001").hexdigest()

secrets = st.binary(min_size=32, max_size=32)
names = st.text(max_size=70)


def by_hand(secret: bytes, key: bytes, log: str, name: str, nonce: bytes = b"n" * 12) -> bytes:
    tag = b"trialog-wrapped-key/v1\n"
    key_id = hashlib.sha256(b"trialog-master-key/v1\n" + secret).digest()[:8]
    bound = tag + json.dumps([key_id.hex(), log, name]).encode()
    return tag + key_id + nonce + AESGCM(secret).encrypt(nonce, key, bound)


def test_a_master_key_is_written_with_its_id() -> None:
    key = MasterKey.read(WRITTEN + "\n")

    assert (key.secret, key.key_id, key.written()) == (MASTER, MASTER_ID, WRITTEN)


def test_a_master_key_never_shows_itself() -> None:
    assert repr(MasterKey(MASTER)) == f"<master key {MASTER_ID}>"


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        pytest.param("", "not a master key", id="nothing"),
        pytest.param(WRITTEN.removeprefix("MASTER+KEY+"), "not a master key", id="no beginning"),
        pytest.param(WRITTEN.replace("MASTER", "PRIVATE"), "not a master key", id="a signing key"),
        pytest.param(WRITTEN[:-5], "not a master key", id="cut"),
        pytest.param(WRITTEN.replace("AAEC", "AAED"), "its id does not fit", id="a letter changed"),
        pytest.param(WRITTEN.replace(MASTER_ID, "0" * 16), "its id does not fit", id="another id"),
    ],
)
def test_a_damaged_master_key_is_refused_without_showing_it(written: str, complaint: str) -> None:
    with pytest.raises(EvidenceError, match=complaint) as refused:
        MasterKey.read(written)

    assert "AAEC" not in str(refused.value)
    assert "GxwdHh8" not in str(refused.value)


@given(secrets, secrets, names, names)
def test_a_key_is_wrapped_as_the_page_says(secret: bytes, key: bytes, log: str, name: str) -> None:
    content = MasterKey(secret).wrapped(key, log, name)

    assert content == by_hand(secret, key, log, name, nonce=content[31:43])
    assert len(content) == 91
    assert MasterKey(secret).unwrapped(by_hand(secret, key, log, name), log, name) == key


def test_no_nonce_comes_twice() -> None:
    assert len({MasterKey(MASTER).wrapped(KEY, LOG, NAME)[31:43] for _ in range(1_000)}) == 1_000


def test_every_flipped_bit_is_refused() -> None:
    good = by_hand(MASTER, KEY, LOG, NAME)
    for bit in range(len(good) * 8):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EvidenceError):
            MasterKey(MASTER).unwrapped(bytes(flipped), LOG, NAME)


def test_every_cut_is_refused_also_the_one_as_long_as_a_plain_key() -> None:
    good = by_hand(MASTER, KEY, LOG, NAME)
    for length in range(len(good)):
        with pytest.raises(EvidenceError, match=f"damaged: {length} bytes"):
            wrapped_under(good[:length])
    with pytest.raises(EvidenceError, match="damaged: 92 bytes"):
        wrapped_under(good + b"\n")


@given(names, names, names, names)
def test_a_wrapped_key_opens_in_its_own_place_only(log: str, name: str, other_log: str, other_name: str) -> None:
    content = by_hand(MASTER, KEY, log, name)
    if (log, name) == (other_log, other_name):
        assert MasterKey(MASTER).unwrapped(content, other_log, other_name) == KEY
        return
    with pytest.raises(EvidenceError, match="it was changed, or it is another subject's or log's"):
        MasterKey(MASTER).unwrapped(content, other_log, other_name)


def test_names_that_run_together_are_two_places() -> None:
    with pytest.raises(EvidenceError, match="does not open"):
        MasterKey(MASTER).unwrapped(by_hand(MASTER, KEY, "ab", "c"), "a", "bc")


def test_another_master_key_is_named_by_its_id() -> None:
    other = MasterKey(b"o" * 32)

    with pytest.raises(EvidenceError, match=f"under another master key, id {MASTER_ID}; here is {other.key_id}$"):
        other.unwrapped(by_hand(MASTER, KEY, LOG, NAME), LOG, NAME)


def test_an_id_that_was_exchanged_does_not_make_a_key_open_under_another() -> None:
    other = MasterKey(b"o" * 32)
    content = by_hand(MASTER, KEY, LOG, NAME)

    with pytest.raises(EvidenceError, match="does not open"):
        other.unwrapped(content[:23] + bytes.fromhex(other.key_id) + content[31:], LOG, NAME)


def test_a_plain_key_is_told_from_a_wrapped_one_and_zeros_are_none() -> None:
    assert wrapped_under(KEY) is None
    assert wrapped_under(by_hand(MASTER, KEY, LOG, NAME)) == MASTER_ID
    with pytest.raises(EvidenceError, match="nothing but zeros"):
        wrapped_under(bytes(32))
