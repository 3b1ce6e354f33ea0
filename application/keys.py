"""Files and keys of evidence: read with one-line refusals, written whole or not at all, secrets never shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trialog.events.errors import EvidenceError, LibraryError, LogError, QuestionError

if TYPE_CHECKING:
    from trialog.log.private.key_folder import FolderKeys
    from trialog.log.private.key_wrapping import MasterKey
    from trialog.log.store.database import Database
    from trialog.log.trust.signed_notes import Note, SigningKey, VerifierKey

KEY_FILE: Final = "TRIALOG_KEY_FILE"
KEY: Final = "TRIALOG_KEY"
KEYS: Final = "TRIALOG_KEYS"
MASTER_KEY_FILE: Final = "TRIALOG_MASTER_KEY_FILE"
MASTER_KEY: Final = "TRIALOG_MASTER_KEY"
LARGEST_FILE: Final = 4_000_000
"""Bytes."""


def read_bytes(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        EvidenceError: It cannot be read, or is far larger than any evidence.
    """
    try:
        with path.open("rb") as file:
            found = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise EvidenceError(f"cannot read {path}: {error.strerror}") from None
    if len(found) > LARGEST_FILE:
        raise EvidenceError(f"{path} has more than {LARGEST_FILE} bytes; that is no checkpoint and no proof")
    return found


def read_text(path: Path) -> str:
    """Return the text that a file holds, as `read_bytes` does."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError:
        raise EvidenceError(f"{path} is not text in UTF-8") from None


@contextmanager
def about_file(path: object) -> Iterator[None]:
    """Name the file in whatever is refused about it."""
    try:
        yield
    except LibraryError:
        raise
    except EvidenceError as error:
        raise EvidenceError(f"{path}: {error}") from None


def refuse_existing(path: Path) -> None:
    """Refuse a file that is there, before work is done of which nothing could be written.

    Raises:
        LogError: There is one.
    """
    if path.exists():
        raise LogError(f"{path} exists already; nothing was changed")


def write_new(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Write a new file, for its owner only, whole or not at all.

    Raises:
        LogError: There is a file already, or it cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise LogError(f"{path} exists already; nothing was changed") from None
    except OSError as error:
        raise LogError(f"cannot write {path}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise LogError(f"cannot write {path}: {error.strerror}") from None


def secret_text(path: Path) -> str:
    """Return a secret from a file that nobody but its owner can read.

    Raises:
        EvidenceError: Others can read it.
    """
    content = read_text(path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise EvidenceError(f"{path} can be read by others; a secret key is for its owner only: chmod 600 {path}")
    return content


def signing_key(file: Path | None) -> SigningKey | None:
    """Return the key that signs: from a file, else from the environment, else none."""
    from trialog.log.trust.signed_notes import SigningKey

    if file is not None:
        text = secret_text(file)
        with about_file(file):
            return SigningKey.read(text.strip())
    given = os.environ.get(KEY)
    if not given:
        return None
    with about_file(KEY):
        return SigningKey.read(given.strip())


def sign_if_possible(file: Path | None = None) -> Callable[[Note], Note] | None:
    """Return what signs a log's checkpoints, None where no key of a log is at hand."""
    named = file or os.environ.get(KEY_FILE)
    if not named and not os.environ.get(KEY):
        return None
    from trialog.log.trust.signed_notes import OF_LOG

    key = signing_key(Path(named) if named else None)
    if key is None or key.kind != OF_LOG:
        raise EvidenceError("a witness's key cannot sign for a log; expected one made by: trialog checkpoint key NAME")
    return key.sign


def public_keys(given: Sequence[str] | None) -> list[VerifierKey]:
    """Return public keys, each given as itself or as a file that holds it."""
    from trialog.log.trust.signed_notes import VerifierKey

    found = []
    for text in given or ():
        path = Path(text)
        if "+" in text and not path.exists():
            found.append(VerifierKey.read(text))
            continue
        written = read_text(path)
        with about_file(path):
            found.append(VerifierKey.read(written))
    return found


def check_signed(note: Note, keys: Sequence[VerifierKey]) -> None:
    """Check that each key signed a note.

    Raises:
        EvidenceError: One did not.
    """
    for key in keys:
        if key.check(note) is None:
            raise EvidenceError(f"the checkpoint is not signed by {key.name}")


def note_of_file(path: Path) -> Note:
    """Return the checkpoint's note that a file holds."""
    from trialog.log.trust.checkpoint import Checkpoint
    from trialog.log.trust.signed_notes import read_note

    text = read_text(path)
    with about_file(path):
        note = read_note(text)
        Checkpoint.of(note)
    return note


def note_named(log: Database, code: str, name: str) -> Note:
    """Return a checkpoint: from a file, or as the log kept it with an announcement or under a number."""
    from trialog.log.store.checkpoints import kept_with

    path = Path(name)
    if path.is_file():
        return note_of_file(path)
    try:
        return kept_with(log, code, name).note
    except QuestionError as error:
        raise QuestionError(f"{error}; nor is there a file of that name") from None


def keys_folder(given: Path | None, master_file: Path | None = None) -> FolderKeys:
    """Return the keys of sealed fields that an option or the environment names.

    Raises:
        QuestionError: Neither does.
    """
    found = keys_if_named(given, master_file)
    if found is None:
        raise QuestionError(f"say with --keys, or {KEYS}, in which folder the keys of sealed fields are")
    return found


def keys_if_named(given: Path | None = None, master_file: Path | None = None) -> FolderKeys | None:
    """Return the keys of sealed fields, None where no folder is named; a master key is read when one is needed."""
    folder = given or (Path(os.environ[KEYS]) if os.environ.get(KEYS) else None)
    if folder is None:
        return None
    from trialog.log.private.key_folder import FolderKeys

    return FolderKeys(folder, lambda: master_key(master_file))


def master_key(file: Path | None = None) -> MasterKey | None:
    """Return the key that wraps keys: from a file, else from the environment, else none.

    Raises:
        EvidenceError: It is no such key, or others can read its file.
    """
    from trialog.log.private.key_wrapping import MasterKey

    named = file or os.environ.get(MASTER_KEY_FILE)
    if named:
        with about_file(named):
            return MasterKey.read(secret_text(Path(named)))
    given = os.environ.get(MASTER_KEY)
    if not given:
        return None
    with about_file(MASTER_KEY):
        return MasterKey.read(given)
