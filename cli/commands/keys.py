"""``trialog keys``: the keys of private texts, wrapped by a master key that is kept elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialog.application.keys import MASTER_KEY_FILE
from trialog.cli.options import JsonOption, KeysOption, MasterKeyFileOption
from trialog.cli.printing import tables as show


def master(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="New file for the master key.")],
    json: JsonOption = False,
) -> None:
    """Make a master key, in a file for its owner only; its id is printed.

    Keep it, and a copy of it, away from the key folder and its backups: either alone opens nothing, and
    without it no private text can be read again.
    """
    from trialog.application.trust.master_key import new_master_key

    answer = new_master_key(out)
    if json:
        show.answer_as_json(answer)
        return
    show.lines(f"master key {answer.id}")
    show.note(f"it is in {answer.file}; name it with {MASTER_KEY_FILE}, then run: trialog keys wrap")


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
    from trialog.application.trust.master_key import wrap_keys

    answer = wrap_keys(keys=keys, master_key_file=master_key_file, old_master_key_file=old_master_key_file)
    if json:
        show.answer_as_json(answer)
        return
    moved = f", moved from {answer.old_master_key}: {answer.moved}" if answer.old_master_key else ""
    show.lines(
        f"{answer.folder}: keys wrapped under {answer.master_key}: {answer.wrapped}{moved}, "
        f"already under it: {answer.already}"
    )
    for each in answer.returned:
        show.note(f"{each} is the key of a redacted subject, perhaps from a backup; destroy it: trialog redact")
