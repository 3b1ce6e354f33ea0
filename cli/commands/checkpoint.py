"""``trialog checkpoint``: what an outsider keeps to tell whether a log was rewritten."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from trialog.application import keys as keeping
from trialog.cli.options import JsonOption, KeyFileOption, LogOption, PublicKeysOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import shown
from trialog.cli.session import opened, trial_code
from trialog.events.dates import instant_text
from trialog.events.errors import EvidenceError, LogError, QuestionError
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.signed_notes import KINDS, OF_LOG, OF_WITNESS, Note, SigningKey

SECONDS_TO_ANSWER: Final = 30

OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it to a new file too.")]


def create(
    key_file: KeyFileOption = None,
    out: OutOption = None,
    about: Annotated[str, typer.Option("--about", metavar="NAME", help="Announcement that rests on it.")] = "",
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Verify a trial's log, then write down its size and root, signed if there is a key.

    The note is kept in the log and printed. It is evidence only where the log's owner cannot change
    it: send it to somebody, print it in the release, have it stamped or cosigned.
    """
    from trialog.log.checks.verify import verify_trial

    sign = keeping.sign_if_possible(key_file)
    if out is not None:
        keeping.refuse_existing(out)
    with opened(log) as found:
        code = trial_code(found, trial)
        size = found.recorder(code).size()
        with shown("verifying", size, quiet=json) as progress:
            checkpoint = verify_trial(found, code, progress=progress).checkpoint
        note = sign(checkpoint.note()) if sign else checkpoint.note()
        if out is not None:
            keeping.write_new(out, note.written())
        with found.recorder(code).writing() as transaction:
            number = transaction.keep(note, about)
    _print(note, json, number=number, about=about or None)


def list_or_show(
    name: Annotated[
        str | None,
        typer.Argument(metavar="CHECKPOINT", help="A file, a number, or the announcement it was kept with."),
    ] = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """List the checkpoints kept in the log, or print one as it stands."""
    from trialog.log.store.checkpoints import checkpoints_of

    if name is not None and Path(name).is_file():
        _print(keeping.note_of_file(Path(name)), json)
        return
    with opened(log) as found:
        code = trial_code(found, trial)
        if name is not None:
            _print(keeping.note_named(found, code, name), json)
            return
        kept = checkpoints_of(found, code)
    if json:
        show.as_json(
            {
                "trial": code,
                "checkpoints": [
                    {
                        "number": each.number,
                        "about": each.about or None,
                        "kept_at": instant_text(each.kept_at),
                        "stamped": each.stamp is not None,
                        **_as_fields(each.note),
                    }
                    for each in kept
                ],
            }
        )
        return
    show.table(
        ("#", "kept at", "about", "size", "root", "signed by", "stamped"),
        (
            (
                each.number,
                instant_text(each.kept_at)[:19] + "Z",
                each.about,
                each.checkpoint.size,
                each.checkpoint.root.hex(),
                ", ".join(signature.name for signature in each.note.signatures) or "nobody",
                "yes" if each.stamp else "",
            )
            for each in kept
        ),
        long=(4,),
    )
    if not kept:
        show.lines(f"no checkpoint of {code} is kept; make one with: trialog checkpoint create")


def keep(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Checkpoint, for example with a witness's signature.")],
    about: Annotated[str, typer.Option("--about", metavar="NAME", help="Announcement that rests on it.")] = "",
    key: PublicKeysOption = None,
    json: JsonOption = False,
    log: LogOption = None,
) -> None:
    """Keep a checkpoint that came from elsewhere, if the log extends it.

    One that is kept already, with the same signatures and for the same announcement, is not kept twice.
    """
    from trialog.log.checks.verify import verify_trial
    from trialog.log.store.checkpoints import checkpoints_of

    note = keeping.note_of_file(file)
    keeping.check_signed(note, keeping.public_keys(key))
    checkpoint = Checkpoint.of(note)
    with opened(log) as found:
        verify_trial(found, checkpoint.code, since=[checkpoint])
        same = [
            each.number for each in checkpoints_of(found, checkpoint.code) if (each.note, each.about) == (note, about)
        ]
        if same:
            number = same[0]
        else:
            with found.recorder(checkpoint.code).writing() as transaction:
                number = transaction.keep(note, about)
    _print(note, json, number=number, about=about or None)


def stamp(
    name: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A number, or the announcement it was kept with.")],
    authority: Annotated[
        str | None, typer.Option("--authority", metavar="URL", help="Time-stamp authority (RFC 3161) to ask now.")
    ] = None,
    request: Annotated[
        Path | None, typer.Option("--request", metavar="FILE", help="Write the request, to be sent by other means.")
    ] = None,
    response: Annotated[
        Path | None, typer.Option("--response", metavar="FILE", help="The authority's response, to be kept.")
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="PEM", help="Root certificate of the authority; check the stamp against it."),
    ] = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Have a checkpoint stamped by a time-stamp authority, or check the stamp that is kept.

    Only a hash leaves the house. With --authority it is asked over the network; where that is not
    allowed, write the --request, send it, and bring back the --response.
    """
    from trialog.log.store.checkpoints import checkpoints_of, kept_with
    from trialog.log.trust.timestamps import check_stamp, stamp_request, stamped_at

    if sum(given is not None for given in (authority, request, response)) > 1:
        raise QuestionError("--authority, --request and --response exclude one another")
    with opened(log) as found:
        code = trial_code(found, trial)
        kept = kept_with(found, code, name)
        if request is not None:
            keeping.write_new(request, stamp_request(kept.note))
            if json:
                show.as_json({**_as_fields(kept.note), "request": str(request)})
            else:
                show.lines(f"request written to {request}; send it as application/timestamp-query")
            return
        token = None
        if authority is not None:
            token = _asked(authority, stamp_request(kept.note))
        elif response is not None:
            token = keeping.read_bytes(response)
        fresh = token is not None
        if token is None:
            stamps = [each.stamp for each in checkpoints_of(found, code) if each.note == kept.note and each.stamp]
            if not stamps:
                raise QuestionError(f"checkpoint {name!r} has no stamp; ask for one with --authority or --request")
            token = stamps[-1]
        with keeping.about_file(authority or response or f"the stamp of checkpoint {name}"):
            instant = stamped_at(kept.note, token)
        if check is not None:
            roots = keeping.read_bytes(check)
            with keeping.about_file(check):
                instant = check_stamp(kept.note, token, roots)
        if fresh:
            with found.recorder(code).writing() as transaction:
                transaction.keep(kept.note, kept.about, token)
    if json:
        show.as_json(
            {**_as_fields(kept.note), "stamped_at": instant.isoformat(), "checked": check is not None, "kept": fresh}
        )
        return
    vouched = "checked against the certificate" if check else "not checked; --check PEM does that"
    show.lines(f"{code}: {kept.checkpoint.size} events, stamped at {instant.isoformat()} ({vouched})")


def cosign(
    request: Annotated[
        Path, typer.Argument(metavar="FILE", help="From: trialog prove --since CHECKPOINT, the first time: --first.")
    ],
    key_file: KeyFileOption = None,
    seen: Annotated[
        Path, typer.Option("--seen", metavar="FOLDER", help="Where this witness keeps the last checkpoint of each log.")
    ] = Path("witness"),
    key: PublicKeysOption = None,
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Vouch, as a witness, that a log only grew since the last time, without seeing one event.

    Needs no log: the request holds a checkpoint and some hashes. Send the result back; the log's owner
    keeps it with: trialog checkpoint keep FILE.
    """
    from trialog.log.trust.proof_files import ConsistencyProof
    from trialog.log.trust.witness import cosigned

    secret = keeping.signing_key(key_file)
    if secret is None or secret.kind != OF_WITNESS:
        raise EvidenceError("a witness needs a key of its own; make one with: trialog checkpoint key NAME --witness")
    text = keeping.read_text(request)
    with keeping.about_file(request):
        asked = ConsistencyProof.read(text)
        checkpoint = Checkpoint.of(asked.note)
    place = seen / f"{_file_name(checkpoint.origin)}.checkpoint"
    last = keeping.note_of_file(place) if place.exists() else None
    note = cosigned(asked, last, secret, int(time.time()), keeping.public_keys(key))
    _remember(place, note)
    if out is not None:
        keeping.write_new(out, note.written())
    _print(note, json)


def key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key: no spaces, for example example.org/trials.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="New file for the secret key.")],
    witness: Annotated[bool, typer.Option("--witness", help="A witness's key instead of a log's.")] = False,
    json: JsonOption = False,
) -> None:
    """Make a key; the secret half goes to a file for its owner only, the public half is printed.

    Keep the secret away from the database: whoever has both can sign a rewritten log.
    """
    secret = SigningKey.new(name, OF_WITNESS if witness else OF_LOG)
    keeping.write_new(out, secret.written() + "\n", 0o600)
    public = secret.verifier.written()
    if json:
        show.as_json({"name": name, "kind": KINDS[secret.kind], "public": public, "file": str(out)})
        return
    show.lines(public)
    show.note(f"the secret key is in {out}; give the line above to whoever checks")


def _print(note: Note, json: bool, **more: Any) -> None:
    if json:
        show.as_json({**more, **_as_fields(note)})
    else:
        show.lines(note.written().rstrip("\n"))


def _as_fields(note: Note) -> dict[str, Any]:
    checkpoint = Checkpoint.of(note)
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "signed_by": [signature.name for signature in note.signatures],
        "note": note.written(),
    }


def _file_name(origin: str) -> str:
    return "".join(each if each.isalnum() or each in "-._" else "_" for each in origin)


def _remember(place: Path, note: Note) -> None:
    """Replace the last checkpoint seen, in one step, so that it survives power loss."""
    new = place.with_name(f"{place.name}.new")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        keeping.write_new(new, note.written())
        new.replace(place)
    except OSError as error:
        raise LogError(f"cannot write {place}: {error.strerror}") from None


def _asked(authority: str, query: bytes) -> bytes:
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    if not authority.startswith(("https://", "http://")):
        raise QuestionError(f"--authority {authority!r}: expected an address that begins with https:// or http://")
    asked = Request(authority, query, {"Content-Type": "application/timestamp-query"})  # noqa: S310  # checked above
    try:
        with urlopen(asked, timeout=SECONDS_TO_ANSWER) as answer:  # noqa: S310
            found: bytes = answer.read(keeping.LARGEST_FILE)
    except (URLError, OSError, ValueError) as error:
        raise EvidenceError(f"{authority}: no answer: {getattr(error, 'reason', error)}") from None
    return found
