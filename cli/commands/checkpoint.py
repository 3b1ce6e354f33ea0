"""``trialog checkpoint``: what an outsider keeps to tell whether a log was rewritten."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.application.answers.trust import CheckpointAnswer, KeptCheckpointAnswer, ListedCheckpointPart
from trialog.cli.options import JsonOption, KeyFileOption, LogOption, PublicKeysOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import progress_bar
from trialog.cli.session import asking

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
    with asking(log, trial) as asked, progress_bar("verifying", quiet=json) as progress:
        answer = asked.create_checkpoint(key_file=key_file, about=about, out=out, on_progress=progress)
    _print(answer, json)


def list_or_show(
    name: Annotated[
        str | None,
        typer.Argument(metavar="CHECKPOINT", help="A file, a number, or the announcement it was kept with."),
    ] = None,
    key: PublicKeysOption = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """List the checkpoints kept in the log, or print one as it is.

    A signature is checked against the public keys that --key names, and is by an unknown key otherwise; a time
    stamp is read, and checked by: trialog checkpoint stamp --check.
    """
    from trialog.application.trust.checkpoints import read_checkpoint

    if name is not None and Path(name).is_file():
        _print(read_checkpoint(Path(name)), json)
        return
    with asking(log, trial) as asked:
        if name is not None:
            _print(asked.checkpoint(name), json)
            return
        code = asked.trial_code()
        answer = asked.checkpoints(keys=key or ())
    if json:
        show.answer_as_json(answer)
        return
    show.table(
        ("#", "kept at", "about", "size", "root", "signatures", "stamped"),
        (
            (
                each.number,
                each.kept_at[:19] + "Z",
                each.about,
                each.size,
                each.root,
                ", ".join(f"{one.name}: {one.status}" for one in each.signatures) or "none",
                _stamped(each),
            )
            for each in answer.checkpoints
        ),
        long=(4,),
    )
    if not answer.checkpoints:
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
    with asking(log, None) as asked:
        answer = asked.keep_checkpoint(file, about=about, keys=key or ())
    _print(answer, json)


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
    with asking(log, trial) as asked:
        code = asked.trial_code()
        answer = asked.stamp_checkpoint(
            name, authority=authority, request=request, response=response, certificates=check
        )
    if json:
        show.answer_as_json(answer)
    elif answer.request is not None:
        show.lines(f"request written to {answer.request}; send it as application/timestamp-query")
    else:
        vouched = "checked against the certificate" if answer.checked else "not checked; --check PEM does that"
        show.lines(f"{code}: {answer.size} events, stamped at {answer.stamped_at} ({vouched})")


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
    from trialog.application.trust.checkpoints import cosign as ask

    _print(ask(request, key_file=key_file, seen=seen, keys=key or (), out=out), json)


def key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key: no spaces, for example example.org/trials.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="New file for the secret key.")],
    witness: Annotated[bool, typer.Option("--witness", help="A witness's key instead of a log's.")] = False,
    json: JsonOption = False,
) -> None:
    """Make a key; the secret half goes to a file for its owner only, the public half is printed.

    Keep the secret away from the database: whoever has both can sign a rewritten log.
    """
    from trialog.application.trust.checkpoints import new_signing_key

    answer = new_signing_key(name, out, witness=witness)
    if json:
        show.answer_as_json(answer)
        return
    show.lines(answer.public)
    show.note(f"the secret key is in {answer.file}; give the line above to whoever checks")


def _stamped(listed: ListedCheckpointPart) -> str:
    if listed.stamped_at is not None:
        return f"{listed.stamped_at[:19]}Z, not checked"
    return listed.stamp or ""


def _print(answer: CheckpointAnswer | KeptCheckpointAnswer, json: bool) -> None:
    if json:
        show.answer_as_json(answer)
    else:
        show.lines(answer.note.rstrip("\n"))
