"""Time stamps by a third party (RFC 3161): proof that a checkpoint existed before some instant.

Only a hash is sent. The whole response of the authority is stored, so that anybody
who has its root certificate can check it years later, with these functions or with
``openssl ts -verify``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from trialog.events.errors import EvidenceError, LibraryError
from trialog.log.trust.signed_notes import Note

LARGEST_RESPONSE: Final = 100_000
"""Bytes; a response with its certificates takes some thousand."""


def stamp_request(note: Note) -> bytes:
    """Return the request (``application/timestamp-query``) for a note's text, without its signatures."""
    found: bytes = _library().TimestampRequestBuilder().data(note.text.encode()).nonce(nonce=True).build().as_bytes()
    return found


def stamped_at(note: Note, response: bytes) -> datetime:
    """Return the instant that a response claims for a note; it proves nothing without `check_stamp`.

    Raises:
        EvidenceError: It is not a time stamp, or it is one of something else.
    """
    return _claimed(note, _read(response))


def check_stamp(note: Note, response: bytes, root_certificates: bytes) -> datetime:
    """Return the instant before which a note existed, as an authority certifies.

    Args:
        note: The stamped note.
        response: The authority's whole response.
        root_certificates: Root certificates of the trusted authorities, PEM.

    Raises:
        EvidenceError: It is not a time stamp of this note by one of them.
    """
    library, stamp = _library(), _read(response)
    instant = _claimed(note, stamp)
    try:
        builder = library.VerifierBuilder()
        for root in _certificates(root_certificates):
            builder = builder.add_root_certificate(root)
        builder.build().verify_message(stamp, note.text.encode())
    except (ValueError, library.VerificationError) as error:
        raise EvidenceError(f"the time stamp does not hold: {error}") from None
    return instant


def _claimed(note: Note, stamp: Any) -> datetime:
    import hashlib

    info = stamp.tst_info
    known = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
    algorithm = known.get(info.message_imprint.hash_algorithm.dotted_string)
    if algorithm is None or hashlib.new(algorithm, note.text.encode()).digest() != info.message_imprint.message:
        raise EvidenceError("the time stamp is of something else than this checkpoint")
    instant: datetime = info.gen_time
    return instant


def _read(response: bytes) -> Any:
    if len(response) > LARGEST_RESPONSE:
        raise EvidenceError(f"a time stamp of {len(response)} bytes; expected at most {LARGEST_RESPONSE}")
    try:
        found = _library().decode_timestamp_response(response)
        if found.status not in (0, 1):
            raise EvidenceError(f"the authority refused to stamp: {', '.join(found.status_string) or found.status}")
    except ValueError:  # its message describes only the parser's internals
        raise EvidenceError("not the response of a time-stamp authority (RFC 3161)") from None
    return found


def _certificates(pem: bytes) -> Sequence[Any]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(pem)
    except ValueError:
        raise EvidenceError("no certificate found; expected the authority's root certificate in PEM") from None


def _library() -> Any:
    try:
        import rfc3161_client
    except ModuleNotFoundError:
        raise LibraryError("time stamps need a library; install it with: pip install 'trialog[stamp]'") from None
    return rfc3161_client
