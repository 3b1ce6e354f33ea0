"""Keys of sealed fields: one small file for each subject, in a folder away from the log and its backups.

Whoever restores this folder from a backup brings redacted texts back: give it backups of its
own, and keep those no longer than an erasure may take. A subject's file is named by a hash,
so that the folder lists nobody. What was redacted leaves a mark, and gets no new key.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from trialog.events.errors import EventError, EvidenceError, LogError
from trialog.events.sealing import KEY_BYTES, new_key

_MARK: Final = ".redacted"


class FolderKeys:
    """Keys of sealed fields in a folder.

    Args:
        folder: For its owner only; made at first use.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key_for(self, origin: str, subject: str) -> bytes:
        """Return a subject's key, a new one at first use; it is on the disk before it is returned.

        Raises:
            EventError: The subject was redacted.
            LogError: The folder cannot be read or written.
        """
        place = self._place(origin, subject)
        if self._mark(place).exists():
            raise EventError(f"the private texts of subject {subject} were redacted; no new ones can be sealed")
        found = self.existing(origin, subject)
        if found is not None:
            return found
        key = new_key()
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(place, key)
        except FileExistsError:
            return self.key_for(origin, subject)
        except OSError as error:
            raise LogError(f"cannot write a key to {self.folder}: {error.strerror}") from None
        return key

    def existing(self, origin: str, subject: str) -> bytes | None:
        """Return a subject's key, None where there is none.

        Raises:
            EvidenceError: Others can read it, or it is damaged.
            LogError: It cannot be read.
        """
        place = self._place(origin, subject)
        try:
            if os.name == "posix" and place.stat().st_mode & 0o077:
                raise EvidenceError(f"a key in {self.folder} can be read by others: chmod -R go= {self.folder}")
            key = place.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LogError(f"cannot read a key in {self.folder}: {error.strerror}") from None
        if len(key) != KEY_BYTES:
            raise EvidenceError(f"a key in {self.folder} is damaged: {len(key)} bytes; expected {KEY_BYTES}")
        return key

    def destroy(self, origin: str, subject: str) -> bool:
        """Remove a subject's key for ever and return whether there was one; the mark stays.

        Raises:
            LogError: The folder cannot be written.
        """
        place = self._place(origin, subject)
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._mark(place).exists():
                self._write(self._mark(place), b"")
            if not place.exists():
                return False
            # Overwritten first: on most disks that is the end of it, and where not, the file is gone at least.
            with place.open("r+b") as file:
                file.write(bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            place.unlink()
            _sync(place.parent)
        except OSError as error:
            raise LogError(f"cannot write to {self.folder}: {error.strerror}") from None
        return True

    def _place(self, origin: str, subject: str) -> Path:
        log = origin.split("/")[1] if "/" in origin else origin
        return self.folder / log / hashlib.sha256(subject.encode()).hexdigest()

    @staticmethod
    def _mark(place: Path) -> Path:
        return place.with_name(place.name + _MARK)

    @staticmethod
    def _write(place: Path, content: bytes) -> None:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _sync(place.parent)


def _sync(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
