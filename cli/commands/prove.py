"""``trialog prove`` and ``trialog check-proof``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from trialog.application import keys as keeping
from trialog.cli.options import JsonOption, KeyFileOption, LogOption, PublicKeysOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import opened, trial_code
from trialog.events.dates import instant_text
from trialog.events.errors import EvidenceError, QuestionError
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.proof_files import EVENT_PROOF, ConsistencyProof, InclusionProof


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
    trial: TrialOption = None,
    log: LogOption = None,
) -> None:
    """Prove to somebody without the log that an event stands in it, or that it only grew.

    The proof of an event discloses that one event and about 20 hashes; the proof with --since discloses
    no event at all. Whoever gets it runs: trialog check-proof FILE.
    """
    from trialog.log.checks.proving import prove_event, prove_extension

    if sum((event is not None, since is not None, first)) != 1:
        raise QuestionError("say what to prove: an EVENT, or --since CHECKPOINT, or --first")
    with opened(log) as found:
        code = trial_code(found, trial)
        if checkpoint is not None:
            note = keeping.note_named(found, code, checkpoint)
        else:
            note, sign = found.recorder(code).checkpoint().note(), keeping.sign_if_possible(key_file)
            note = sign(note) if sign else note
        proof: InclusionProof | ConsistencyProof
        if event is not None:
            proof = prove_event(found, code, event, note)
        else:
            older = None if since is None else Checkpoint.of(keeping.note_named(found, code, since))
            proof = prove_extension(found, code, older.size if older else 0, note)
            if older is not None:
                proof.check(older)
    written = proof.written()
    if out is None:
        show.lines(written.rstrip("\n"))
        return
    keeping.write_new(out, written)
    show.lines(f"{len(proof.path)} hashes written to {out}")


def check_proof(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="From: trialog prove.")],
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", metavar="FILE", help="A checkpoint that you trust, since you kept it."),
    ] = None,
    key: PublicKeysOption = None,
    json: JsonOption = False,
) -> None:
    """Check a proof, far from the log.

    A proof is worth what its checkpoint is worth. The proof of an event needs the same checkpoint from
    a place that you trust, or a --key that signed it; the proof that a log grew begins at --checkpoint.
    Exit code 1 when it proves nothing.
    """
    text = keeping.read_text(file)
    keys = keeping.public_keys(key)
    trusted = None if checkpoint is None else Checkpoint.of(keeping.note_of_file(checkpoint))
    with keeping.about_file(file):
        if text.startswith(EVENT_PROOF):
            found = _check_event(InclusionProof.read(text), trusted, keys)
        else:
            extension = ConsistencyProof.read(text)
            if trusted is None:
                raise EvidenceError("this proves that a log grew; say with --checkpoint since when")
            keeping.check_signed(extension.note, keys)
            newer = extension.check(trusted)
            found = {"proves": "the log only grew", "from_size": trusted.size, **_as_fields(newer)}
    if json:
        show.as_json(found)
        return
    if "event" in found:
        entry = found["event"]
        show.lines(
            f"proved: {found['origin']} holds, at position {entry['position']} of {found['size']}:",
            f"{entry['topic']}, recorded {entry['recorded_at']} by {entry['by']} (id {entry['id']})",
            entry["payload"],
        )
    else:
        grew = (
            "was the same log"
            if found["size"] == found["from_size"]
            else f"grew to {found['size']}, the first ones unchanged"
        )
        show.lines(f"proved: {found['origin']} with {found['from_size']} events {grew}")
    show.lines(f"root {found['root']}")
    if trusted is None and not keys:
        show.note("note: the checkpoint itself was not checked; give --checkpoint or --key, or compare the root above")


def _check_event(proof: InclusionProof, trusted: Checkpoint | None, keys: list[Any]) -> dict[str, Any]:
    keeping.check_signed(proof.note, keys)
    entry, checkpoint = proof.check()
    if trusted is not None and checkpoint != trusted:
        raise EvidenceError(
            f"the proof leads to size {checkpoint.size}, root {checkpoint.root.hex()[:16]}..., "
            f"not to the checkpoint that you trust: size {trusted.size}, root {trusted.root.hex()[:16]}..."
        )
    return {
        "proves": "the event stands in the log",
        **_as_fields(checkpoint),
        "event": {
            "position": entry.position,
            "stream": entry.stream,
            "version": entry.version,
            "topic": entry.topic,
            "id": entry.event_id,
            "recorded_at": instant_text(entry.recorded_at),
            "by": entry.actor,
            "payload": entry.payload.decode("utf-8", "backslashreplace"),
        },
    }


def _as_fields(checkpoint: Checkpoint) -> dict[str, Any]:
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
