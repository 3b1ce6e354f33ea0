"""Time stamps of checkpoints by a third party: ask, keep, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from trialog.application import keys as evidence
from trialog.application.answers.trust import StampAnswer
from trialog.application.trust.checkpoints import note_fields
from trialog.events.errors import EvidenceError, QuestionError

if TYPE_CHECKING:
    from trialog.log.store.checkpoints import StoredCheckpoint
    from trialog.log.store.database import Database

SECONDS_TO_ANSWER: Final = 30


def stamp_checkpoint(
    database: Database,
    code: str,
    name: str,
    *,
    authority: str | None = None,
    request: Path | None = None,
    response: Path | None = None,
    certificates: Path | None = None,
) -> StampAnswer:
    """Have a checkpoint stamped by an authority (RFC 3161), or look at the stamp that is kept.

    Args:
        database: An open log.
        code: The trial's code.
        name: Number of the checkpoint, or the announcement that it was kept with.
        authority: Address of the authority to ask over the network.
        request: A new file for the request, to be sent by other means.
        response: The authority's response, to be kept.
        certificates: Root certificates in PEM, against which the stamp is checked.

    Raises:
        QuestionError: There is no such checkpoint, it has no stamp, or two ways were given.
        EvidenceError: There was no answer, or it is no stamp of this checkpoint by that authority.
    """
    from trialog.log.store.checkpoints import kept_with
    from trialog.log.trust.timestamps import check_stamp, stamp_request, stamped_at

    if sum(given is not None for given in (authority, request, response)) > 1:
        raise QuestionError("--authority, --request and --response exclude one another")
    kept = kept_with(database, code, name)
    if request is not None:
        evidence.write_new(request, stamp_request(kept.note))
        return StampAnswer(**note_fields(kept.note), request=str(request))
    token = None
    if authority is not None:
        token = _asked(authority, stamp_request(kept.note))
    elif response is not None:
        token = evidence.read_bytes(response)
    fresh = token is not None
    if token is None:
        token = _kept_stamp(database, code, name, kept)
    with evidence.about_file(authority or response or f"the stamp of checkpoint {name}"):
        instant = stamped_at(kept.note, token)
    if certificates is not None:
        roots = evidence.read_bytes(certificates)
        with evidence.about_file(certificates):
            instant = check_stamp(kept.note, token, roots)
    if fresh:
        with database.recorder(code).writing() as transaction:
            transaction.keep(kept.note, kept.about, token)
    return StampAnswer(
        **note_fields(kept.note), stamped_at=instant.isoformat(), checked=certificates is not None, kept=fresh
    )


def _kept_stamp(database: Database, code: str, name: str, kept: StoredCheckpoint) -> bytes:
    from trialog.log.store.checkpoints import checkpoints_of

    stamps = [each.stamp for each in checkpoints_of(database, code) if each.note == kept.note and each.stamp]
    if not stamps:
        raise QuestionError(f"checkpoint {name!r} has no stamp; ask for one with --authority or --request")
    return stamps[-1]


def _asked(authority: str, query: bytes) -> bytes:
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    if not authority.startswith(("https://", "http://")):
        raise QuestionError(f"--authority {authority!r}: expected an address that begins with https:// or http://")
    asked = Request(authority, query, {"Content-Type": "application/timestamp-query"})  # noqa: S310  # checked above
    try:
        with urlopen(asked, timeout=SECONDS_TO_ANSWER) as answer:  # noqa: S310
            found: bytes = answer.read(evidence.LARGEST_FILE)
    except (URLError, OSError, ValueError) as error:
        raise EvidenceError(f"{authority}: no answer: {getattr(error, 'reason', error)}") from None
    return found
