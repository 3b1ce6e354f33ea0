"""``trialog prove`` and ``trialog check-proof``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.application.answers.trust import CheckedProofAnswer
from trialog.cli.options import JsonOption, KeyFileOption, LogOption, PublicKeysOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking
from trialog.events.visible import visible_line


def prove(
    event: Annotated[
        str | None, typer.Argument(metavar="EVENT", help="Its position or its id; without it, --since is needed.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="CHECKPOINT", help="Prove instead that the log extends this checkpoint."),
    ] = None,
    first: Annotated[
        bool, typer.Option("--first", help="A request for a witness that has not seen this log yet.")
    ] = False,
    checkpoint: Annotated[
        str | None,
        typer.Option(
            "--checkpoint", metavar="CHECKPOINT", help="To which the proof leads [default: the log as it stands]."
        ),
    ] = None,
    key_file: KeyFileOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the proof to a new file.")] = None,
    json: JsonOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Prove to somebody without the log that an event stands in it, or that it only grew.

    The proof of an event discloses that one event and about 20 hashes; the proof with --since discloses
    no event at all. Whoever gets it runs: trialog check-proof FILE.
    """
    from trialog.application.keys import write_new

    with asking(log, trial) as asked:
        answer = asked.prove(event, since=since, first=first, checkpoint=checkpoint, key_file=key_file)
    if out is not None:
        write_new(out, answer.proof)
    if json:
        show.answer_as_json(answer)
    elif out is None:
        show.lines(answer.proof.rstrip("\n"))
    else:
        show.lines(f"{answer.hashes} hashes written to {out}")


def check_proof(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="From: trialog prove.")],
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", metavar="FILE", help="A checkpoint that you trust, since you kept it."),
    ] = None,
    key: PublicKeysOption = None,
    json: JsonOption = False,
) -> int:
    """Check a proof, far from the log.

    A proof is worth what its checkpoint is worth. The proof of an event needs the same checkpoint from
    a place that you trust, or a --key that signed it; the proof that a log grew begins at --checkpoint.
    Without either the proof can only be consistent with itself, which anybody can make: exit code 3. Exit code 1
    if it is not.
    """
    from trialog.application.trust.proofs import check_proof as ask

    answer = ask(file, checkpoint=checkpoint, keys=key or ())
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer)
    return answer.exit_code


def _print(answer: CheckedProofAnswer) -> None:
    entry = answer.event
    if entry is None:
        grew = (
            "was the same log"
            if answer.size == answer.from_size
            else f"grew to {answer.size}, the first ones unchanged"
        )
        show.lines(f"proved: {answer.origin} with {answer.from_size} events {grew}", f"root {answer.root}")
        return
    # In one line each: a forged payload may hold lines of its own.
    recorded = visible_line(f"{entry.topic}, recorded {entry.recorded_at} by {entry.by} (id {entry.id})")
    payload = visible_line(entry.payload)
    if answer.trusted:
        show.lines(
            f"proved: {answer.origin} holds, at position {entry.position} of {answer.size}:",
            recorded,
            payload,
            f"root {answer.root}",
        )
        return
    show.lines(
        "consistent with itself, proves nothing yet: say with --checkpoint or --key by what it can be trusted",
        f"it claims: position {entry.position} of {answer.size} in {answer.origin}",
        f"it claims: {recorded}",
        f"it claims: {payload}",
        f"it claims: root {answer.root}",
    )
