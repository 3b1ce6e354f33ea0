"""Whatever somebody sends as evidence is read, or refused in one line; nothing else happens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialog.events.errors import EvidenceError
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.leaf import frame, read_frame
from trialog.log.trust.merkle import root_of
from trialog.log.trust.proof_files import ConsistencyProof, InclusionProof
from trialog.log.trust.signed_notes import Note, SigningKey, VerifierKey, read_note

CHECKPOINT = Checkpoint("trialog/x/NCT1", 1, b"\x01" * 32)
FRAMED = frame(
    origin="trialog/x/NCT1", position=1, stream="trial", version=1, topic="t/1", event_id="e", recorded_at=1,
    actor="me", salt=b"\x00" * 16, payload=b"{}",
)  # fmt: skip
PROOF = InclusionProof(FRAMED, (b"\x02" * 32,), CHECKPOINT.note()).written()
EXTENSION = ConsistencyProof(1, (b"\x02" * 32,), CHECKPOINT.note()).written()

READERS: list[tuple[str, Callable[[str], object], str]] = [
    ("note", lambda text: Checkpoint.of(read_note(text)), CHECKPOINT.note().written()),
    ("proof", lambda text: InclusionProof.read(text).check(), PROOF),
    ("extension", lambda text: ConsistencyProof.read(text).check(CHECKPOINT), EXTENSION),
    ("public key", VerifierKey.read, SigningKey.new("a").verifier.written()),
    ("secret key", SigningKey.read, SigningKey.new("a").written()),
]


def only_refused(read: Callable[[str], object], text: str) -> None:
    complaint = ""
    try:
        read(text)
    except EvidenceError as error:
        complaint = str(error)
    assert len(complaint.splitlines()) <= 1
    assert len(complaint) < 1_000


@pytest.mark.parametrize(("read", "_sample"), [pytest.param(*each[1:], id=each[0]) for each in READERS])
@given(text=st.text(max_size=300))
@settings(max_examples=1_000)
def test_any_text(read: Callable[[str], object], _sample: str, text: str) -> None:
    only_refused(read, text)


@pytest.mark.parametrize(("read", "sample"), [pytest.param(*each[1:], id=each[0]) for each in READERS])
@given(at=st.integers(0, 2_000), cut=st.integers(0, 3), put=st.text(max_size=3))
@settings(max_examples=1_000)
def test_a_true_text_with_some_characters_changed(
    read: Callable[[str], object], sample: str, at: int, cut: int, put: str
) -> None:
    at %= len(sample)
    only_refused(read, sample[:at] + put + sample[at + cut :])


@given(st.binary(max_size=300))
@settings(max_examples=1_000)
def test_any_bytes_as_a_frame(framed: bytes) -> None:
    with suppress(EvidenceError):
        assert frame(**read_frame(framed)._asdict()) == framed


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20), st.data())
def test_a_signature_of_one_checkpoint_never_fits_another(leaves: list[bytes], data: st.DataObject) -> None:
    key = SigningKey.new("example.org/log")
    note = key.sign(Checkpoint("trialog/x/NCT1", len(leaves), root_of(leaves)).note())
    size = data.draw(st.integers(0, 40).filter(lambda each: each != len(leaves)))
    forged = Note(Checkpoint("trialog/x/NCT1", size, root_of(leaves)).note().text, note.signatures)

    assert key.verifier.check(note) is not None
    with pytest.raises(EvidenceError, match=r"the signature of example\.org/log is wrong"):
        key.verifier.check(forged)
