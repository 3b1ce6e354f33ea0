"""The master key of private texts: make one, and wrap a folder's keys by it."""

from __future__ import annotations

from pathlib import Path

from trialog.application import keys as evidence
from trialog.application.answers.private import MasterKeyAnswer, WrapAnswer
from trialog.events.errors import QuestionError


def new_master_key(out: Path) -> MasterKeyAnswer:
    """Make a master key, in a new file for its owner only."""
    from trialog.log.private.key_wrapping import MasterKey

    key = MasterKey.new()
    evidence.write_new(out, key.written() + "\n", 0o600)
    return MasterKeyAnswer(id=key.key_id, file=str(out))


def wrap_keys(
    *, keys: Path | None = None, master_key_file: Path | None = None, old_master_key_file: Path | None = None
) -> WrapAnswer:
    """Wrap every key of a folder by a master key, whether it was plain or under the old one.

    Args:
        keys: The folder; else the one that the environment names.
        master_key_file: The master key; else the one that the environment names.
        old_master_key_file: The key that wraps some of them until now.

    Raises:
        QuestionError: No folder or no master key is named, or the master key is in that folder.
        EvidenceError: A key is damaged, or wrapped under neither; nothing was changed.
    """
    store = evidence.keys_folder(keys, master_key_file)
    new = evidence.master_key(master_key_file)
    if new is None:
        raise QuestionError(
            f"say with --master-key-file, or {evidence.MASTER_KEY_FILE}, which key wraps; make one: trialog keys master"
        )
    if master_key_file is not None and master_key_file.resolve().is_relative_to(store.folder.resolve()):
        raise QuestionError(f"{master_key_file} is in the key folder; a master key belongs elsewhere")
    old = evidence.master_key(old_master_key_file) if old_master_key_file else None
    done = store.wrap(new, old)
    return WrapAnswer(
        folder=str(store.folder),
        master_key=new.key_id,
        old_master_key=old.key_id if old else None,
        wrapped=done.wrapped,
        moved=done.moved,
        already=done.already,
        returned=[str(each) for each in done.returned],
    )
