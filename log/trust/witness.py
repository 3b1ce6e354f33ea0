"""A witness: an outside party who vouches that a log only ever grew, without seeing any event."""

from __future__ import annotations

from collections.abc import Sequence

from trialog.events.errors import EvidenceError
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.proof_files import ConsistencyProof
from trialog.log.trust.signed_notes import Note, SigningKey, VerifierKey


def cosigned(
    request: ConsistencyProof, seen: Note | None, key: SigningKey, now: int, log_keys: Sequence[VerifierKey]
) -> Note:
    """Check a request, and return its checkpoint with the witness's signature.

    Args:
        request: A new checkpoint, and the proof that it extends the last one.
        seen: The last checkpoint that this witness signed for this log; None if it has signed none yet.
        key: The witness's key.
        now: Seconds since 1970.
        log_keys: Keys of the log; when given, one of them must have signed the checkpoint.

    Raises:
        EvidenceError: The checkpoint does not extend the last one, or is not signed by the log.
    """
    checkpoint = Checkpoint.of(request.note)
    signed = [each.check(request.note) for each in log_keys]
    if log_keys and not any(signed):
        names = ", ".join(each.name for each in log_keys)
        raise EvidenceError(f"the checkpoint is not signed by {names}; nothing was signed")
    if seen is not None:
        _refuse_other_past(request, checkpoint, Checkpoint.of(seen))
        request.check(Checkpoint.of(seen))
    elif request.old or request.path:
        raise EvidenceError(
            f"this witness has not seen {checkpoint.origin} before; expected a request that begins at size 0"
        )
    return key.sign(request.note, now)


def _refuse_other_past(request: ConsistencyProof, asked: Checkpoint, last: Checkpoint) -> None:
    """Refuse a request that does not start from this witness's last checkpoint."""
    if asked.size == last.size and asked.root != last.root:
        raise EvidenceError(
            f"two logs of {asked.origin} have {asked.size} events: this witness signed the root "
            f"{last.root.hex()[:16]}..., the request has {asked.root.hex()[:16]}...; nothing was signed"
        )
    if asked.size < last.size:
        raise EvidenceError(
            f"the request is of {asked.size} events; this witness has signed {last.size}; nothing was signed"
        )
    if request.old != last.size:
        raise EvidenceError(
            f"the request begins at {request.old} events; expected one that begins at the {last.size} that this "
            "witness signed last: trialog prove --since that checkpoint"
        )
