"""Evidence for a stored checkpoint: signatures, a time stamp, and plausible times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from trialog.events.dates import instant_text
from trialog.events.errors import EvidenceError, LibraryError
from trialog.log.store.checkpoints import StoredCheckpoint
from trialog.log.trust.signed_notes import OF_LOG, OF_WITNESS, Note, Signature, VerifierKey, witnessed_at

SignatureStatus = Literal["valid", "invalid", "unknown key"]
StampStatus = Literal["readable", "wrong", "library missing"]

TOLERANCE: Final = 5 * 60 * 1_000_000
"""Microseconds by which two clocks may differ."""


@dataclass(frozen=True)
class SignatureFound:
    """A signature of a checkpoint.

    Attributes:
        name: The signer's name, as the signature claims.
        key_id: Eight hexadecimal digits that distinguish keys with the same name.
        status: Result of checking it with the known keys.
        at: Seconds since 1970 at which a witness signed, if this is a witness's valid signature.
    """

    name: str
    key_id: str
    status: SignatureStatus
    at: int | None = None


@dataclass(frozen=True)
class KeptFound:
    """The evidence for one stored checkpoint.

    Attributes:
        kept: The checkpoint.
        signatures: Its signatures, in the order of the note.
        stamp: None if there is no time stamp.
        stamped_at: Microseconds since 1970, as a readable stamp claims.
        wrong: What is wrong with the stamp.
    """

    kept: StoredCheckpoint
    signatures: tuple[SignatureFound, ...]
    stamp: StampStatus | None
    stamped_at: int | None
    wrong: str = ""


def look_at(kept: StoredCheckpoint, keys: Sequence[VerifierKey]) -> KeptFound:
    """Return the evidence for a stored checkpoint.

    Args:
        kept: The checkpoint.
        keys: The known keys.
    """
    signatures = tuple(signature_found(kept.note, each, keys) for each in kept.note.signatures)
    if kept.stamp is None:
        return KeptFound(kept, signatures, None, None)
    from trialog.log.trust.timestamps import stamped_at

    try:
        instant = stamped_at(kept.note, kept.stamp)
    except LibraryError:
        return KeptFound(kept, signatures, "library missing", None)
    except EvidenceError as error:
        return KeptFound(kept, signatures, "wrong", None, str(error))
    return KeptFound(kept, signatures, "readable", int(instant.timestamp() * 1_000_000))


def signature_found(note: Note, signature: Signature, keys: Sequence[VerifierKey]) -> SignatureFound:
    """Return the result of checking a signature with the known keys."""
    for key in keys:
        if (key.name, key.key_id) == (signature.name, signature.key_id):
            valid = key.verifies(note, signature)
            at = witnessed_at(signature) if valid and key.kind == OF_WITNESS else None
            return SignatureFound(signature.name, signature.key_id.hex(), "valid" if valid else "invalid", at)
    return SignatureFound(signature.name, signature.key_id.hex(), "unknown key")


def differences_of_kept(
    code: str, found: Sequence[KeptFound], times: Mapping[int, int], keys: Sequence[VerifierKey]
) -> Iterator[str]:
    """Yield what is wrong with a trial's stored checkpoints.

    Args:
        code: The trial's code.
        found: From `look_at`, in order.
        times: Recording time of each checkpoint's last event, by the checkpoint's size.
        keys: Known keys. After the first checkpoint signed by a log's key, each later one must be signed by it.
    """
    for each in found:
        where, recorded = f"{code}: kept checkpoint {each.kept.number}", times.get(each.kept.checkpoint.size, 0)
        for signature in each.signatures:
            if signature.status == "invalid":
                yield f"{where}: the signature of {signature.name} is wrong: the note or the signature was changed"
            if signature.at is not None and signature.at * 1_000_000 + TOLERANCE < recorded:
                yield f"{where}: {signature.name} signed it before its last event was recorded"
        if each.stamp == "wrong":
            yield f"{where}: its time stamp: {each.wrong}"
        if each.stamped_at is not None and each.stamped_at + TOLERANCE < recorded:
            yield (
                f"{where}: stamped at {instant_text(each.stamped_at)}, before its last event was recorded, "
                f"{instant_text(recorded)}; one of the two clocks was wrong"
            )
        if each.kept.kept_at < recorded:
            yield f"{where}: kept before its last event was recorded"
    for key in keys:
        yield from _unsigned(code, found, key)


def _unsigned(code: str, found: Sequence[KeptFound], key: VerifierKey) -> Iterator[str]:
    signed = [each.kept.number for each in found if signed_by(each, key)]
    if not signed or key.kind != OF_LOG:
        return
    for each in found:
        if each.kept.number > signed[0] and each.kept.number not in signed:
            yield f"{code}: kept checkpoint {each.kept.number} is not signed by {key.name}, which signed {signed[0]}"


def signed_by(found: KeptFound, key: VerifierKey) -> bool:
    """Return whether a key signed a stored checkpoint."""
    mine = (key.name, key.key_id.hex())
    return any((each.name, each.key_id) == mine and each.status == "valid" for each in found.signatures)
