"""``trialog keys``: the keys of private texts, wrapped by a master key that is kept elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.application import keys as keeping
from trialog.cli.options import JsonOption, KeysOption, MasterKeyFileOption
from trialog.cli.printing import tables as show
from trialog.events.errors import QuestionError


def master(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="New file for the master key.")],
    json: JsonOption = False,
) -> None:
    """Make a master key, in a file for its owner only; its id is printed.

    Keep it, and a copy of it, away from the key folder and its backups: either alone opens nothing, and
    without it no private text can be read again.
    """
    from trialog.log.private.key_wrapping import MasterKey

    key = MasterKey.new()
    keeping.write_new(out, key.written() + "\n", 0o600)
    if json:
        show.as_json({"id": key.key_id, "file": str(out)})
        return
    show.lines(f"master key {key.key_id}")
    show.note(f"it is in {out}; name it with {keeping.MASTER_KEY_FILE}, then run: trialog keys wrap")


def wrap(
    keys: KeysOption = None,
    master_key_file: MasterKeyFileOption = None,
    old_master_key_file: Annotated[
        Path | None,
        typer.Option("--old-master-key-file", metavar="FILE", help="Key that wraps some or all of them until now."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Wrap every key of the folder by the master key, whether it was plain or under the old master key.

    Each file is replaced in one step; run it again if it was broken off. Marks of redaction stay. Backups of
    the folder from before still open with what opened them then: plain, or with the old master key.
    """
    store = keeping.keys_folder(keys, master_key_file)
    new = keeping.master_key(master_key_file)
    if new is None:
        raise QuestionError(
            f"say with --master-key-file, or {keeping.MASTER_KEY_FILE}, which key wraps; make one: trialog keys master"
        )
    if master_key_file is not None and master_key_file.resolve().is_relative_to(store.folder.resolve()):
        raise QuestionError(f"{master_key_file} is in the key folder; a master key belongs elsewhere")
    old = keeping.master_key(old_master_key_file) if old_master_key_file else None
    done = store.wrap(new, old)
    if json:
        show.as_json(
            {
                "folder": str(store.folder),
                "master_key": new.key_id,
                "wrapped": done.wrapped,
                "moved": done.moved,
                "already": done.already,
                "returned": [str(each) for each in done.returned],
            }
        )
        return
    moved = f", moved from {old.key_id}: {done.moved}" if old else ""
    show.lines(
        f"{store.folder}: keys wrapped under {new.key_id}: {done.wrapped}{moved}, already under it: {done.already}"
    )
    for each in done.returned:
        show.note(f"{each} is the key of a redacted subject, perhaps from a backup; destroy it: trialog redact")
