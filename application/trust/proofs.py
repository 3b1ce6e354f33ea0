"""Proofs that an event is in a log, or that a log only grew: made with the log, checked without it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trialog.application import keys as evidence
from trialog.application.answers.trust import CheckedProofAnswer, ProofAnswer, ProvedEventPart
from trialog.events.dates import instant_text
from trialog.events.errors import EvidenceError, QuestionError
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.proof_files import EVENT_PROOF, ConsistencyProof, InclusionProof

if TYPE_CHECKING:
    from trialog.log.store.database import Database
    from trialog.log.trust.leaf import LeafInput
    from trialog.log.trust.signed_notes import VerifierKey

IN_THE_LOG = "the event stands in the log"
ONLY_GREW = "the log only grew"
NOTHING_YET = "nothing yet: it is consistent with itself, and its checkpoint is not known to be true"


def prove(
    database: Database,
    code: str,
    event: str | int | None = None,
    *,
    since: str | Path | None = None,
    first: bool = False,
    checkpoint: str | Path | None = None,
    key_file: Path | None = None,
) -> ProofAnswer:
    """Prove to somebody without the log that an event is in it, or that it only grew.

    Args:
        database: An open log.
        code: The trial's code.
        event: Position or id of the event to prove.
        since: Prove instead that the log extends this checkpoint.
        first: Make instead a request for a witness that has not seen this log yet.
        checkpoint: To which the proof leads; by default the log as it is now.
        key_file: Secret key that signs that last one; else the one that the environment names, else none.

    Raises:
        QuestionError: There is no such event or checkpoint, or not exactly one thing is to be proved.
        DifferenceError: The stored leaves do not lead to the checkpoint.
    """
    from trialog.log.checks.proving import prove_event, prove_extension

    if sum((event is not None, since is not None, first)) != 1:
        raise QuestionError("say what to prove: an EVENT, or --since CHECKPOINT, or --first")
    if checkpoint is not None:
        note = evidence.note_named(database, code, str(checkpoint))
    else:
        note, sign = database.recorder(code).checkpoint().note(), evidence.sign_if_possible(key_file)
        note = sign(note) if sign else note
    proof: InclusionProof | ConsistencyProof
    if event is not None:
        proof = prove_event(database, code, str(event), note)
    else:
        older = None if since is None else Checkpoint.of(evidence.note_named(database, code, str(since)))
        proof = prove_extension(database, code, older.size if older else 0, note)
        if older is not None:
            proof.check(older)
    leads_to = Checkpoint.of(note)
    return ProofAnswer(
        proves=ONLY_GREW if event is None else IN_THE_LOG,
        origin=leads_to.origin,
        size=leads_to.size,
        root=leads_to.root.hex(),
        hashes=len(proof.path),
        proof=proof.written(),
    )


def check_proof(file: Path, *, checkpoint: Path | None = None, keys: Sequence[str] = ()) -> CheckedProofAnswer:
    """Check a proof, far from the log.

    Args:
        file: The proof.
        checkpoint: File of a checkpoint that is trusted.
        keys: Public keys that must have signed the checkpoint to which the proof leads, as texts or files.

    Raises:
        EvidenceError: The proof proves nothing.
    """
    text = evidence.read_text(file)
    verifiers = evidence.public_keys(keys)
    trusted = None if checkpoint is None else Checkpoint.of(evidence.note_of_file(checkpoint))
    with evidence.about_file(file):
        if text.startswith(EVENT_PROOF):
            return _check_event(InclusionProof.read(text), trusted, verifiers)
        return _check_extension(ConsistencyProof.read(text), trusted, verifiers)


def _check_extension(
    proof: ConsistencyProof, trusted: Checkpoint | None, keys: list[VerifierKey]
) -> CheckedProofAnswer:
    if trusted is None:
        raise EvidenceError("this proves that a log grew; say with --checkpoint since when")
    evidence.check_signed(proof.note, keys)
    newer = proof.check(trusted)
    return CheckedProofAnswer(
        trusted=True,
        proves=ONLY_GREW,
        from_size=trusted.size,
        origin=newer.origin,
        size=newer.size,
        root=newer.root.hex(),
    )


def _check_event(proof: InclusionProof, trusted: Checkpoint | None, keys: list[VerifierKey]) -> CheckedProofAnswer:
    evidence.check_signed(proof.note, keys)
    entry, checkpoint = proof.check()
    if trusted is not None and checkpoint != trusted:
        raise EvidenceError(
            f"the proof leads to size {checkpoint.size}, root {checkpoint.root.hex()[:16]}..., "
            f"not to the checkpoint that you trust: size {trusted.size}, root {trusted.root.hex()[:16]}..."
        )
    known = trusted is not None or bool(keys)
    return CheckedProofAnswer(
        trusted=known,
        proves=IN_THE_LOG if known else NOTHING_YET,
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        event=_event_part(entry),
    )


def _event_part(entry: LeafInput) -> ProvedEventPart:
    return ProvedEventPart(
        position=entry.position,
        stream=entry.stream,
        version=entry.version,
        topic=entry.topic,
        id=entry.event_id,
        recorded_at=instant_text(entry.recorded_at),
        by=entry.actor,
        payload=entry.payload.decode("utf-8", "backslashreplace"),
    )
