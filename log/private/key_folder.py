"""Keys of sealed fields: one small file for each subject, in a folder away from the log and its backups.

If a master key is named, it wraps each key, and a copy of the folder opens nothing without it. Plain keys
can still be read. Restoring this folder from a backup makes redacted texts readable again: back it up
separately, and delete those backups within the time allowed for an erasure. A subject's file is named by a
hash, so that the folder reveals no subjects. A redacted subject leaves a mark, and gets no new key.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from trialog.events.errors import EventError, EvidenceError, LogError
from trialog.log.private.key_wrapping import WRAPPED_BYTES, wrapped_under
from trialog.log.private.sealing import KEY_BYTES, new_key

if TYPE_CHECKING:
    from trialog.log.private.key_wrapping import MasterKey

_MARK: Final = ".redacted"
_NEW: Final = ".new"
_LOCK: Final = "lock"
_NAME: Final = re.compile(r"[0-9a-f]{64}")


class Wrapping(NamedTuple):
    """The result of wrapping the keys of a folder.

    Attributes:
        wrapped: Number of plain keys that are now wrapped.
        moved: Number of keys moved from the old master key to the new one.
        already: Number of keys that this master key already wrapped.
        returned: Key files that are present although their subject was redacted; left unchanged.
    """

    wrapped: int
    moved: int
    already: int
    returned: tuple[Path, ...]


class Census(NamedTuple):
    """The content of a folder.

    Attributes:
        plain: Number of keys that are not wrapped.
        wrapped: How many keys each master key wraps, by its id.
        damaged: Files that are not keys.
        returned: Keys that are present although their subject was redacted.
    """

    plain: int
    wrapped: dict[str, int]
    damaged: int
    returned: int


class FolderKeys:
    """Keys of sealed fields in a folder.

    Args:
        folder: Accessible to its owner only; created at first use.
        master: Returns the key that wraps them, None for plain keys; called when one is needed.
    """

    def __init__(self, folder: Path, master: Callable[[], MasterKey | None] = lambda: None) -> None:
        self.folder = folder
        self._master = master
        self._known_plain = False

    def key_for(self, origin: str, subject: str) -> bytes:
        """Return a subject's key, making it at first use; the key is on disk before it is returned.

        Raises:
            EventError: The subject was redacted.
            EvidenceError: The existing key cannot be used, or a new one cannot be wrapped.
            LogError: The folder cannot be read or written.
        """
        place = self._place(origin, subject)
        self._refuse_redacted(place, subject)
        found = self.existing(origin, subject)
        if found is not None:
            return found
        key = new_key()
        content = self._kept(key, place)
        try:
            with self._alone():
                self._refuse_redacted(place, subject)
                place.parent.mkdir(mode=0o700, exist_ok=True)
                self._write(place, content)
        except FileExistsError:
            return self.key_for(origin, subject)
        except OSError as error:
            raise LogError(f"cannot write a key to {self.folder}: {error.strerror}") from None
        return key

    def existing(self, origin: str, subject: str) -> bytes | None:
        """Return a subject's key, or None.

        Raises:
            EvidenceError: Other users can read it, it is damaged, or its master key is not available.
            LogError: It cannot be read.
        """
        place = self._place(origin, subject)
        content = self._content(place)
        if content is None:
            return None
        with _about(place):
            under = wrapped_under(content)
            if under is None:
                return content
            master = self._master()
            if master is None:
                raise EvidenceError(f"wrapped under the master key {under}; name it with TRIALOG_MASTER_KEY_FILE")
            return _opened(place, content, master)

    def has(self, origin: str, subject: str) -> bool:
        """Return whether a subject's key exists, even if it cannot be opened here.

        Raises:
            LogError: The folder cannot be read.
        """
        return self._there(self._place(origin, subject))

    def destroy(self, origin: str, subject: str) -> bool:
        """Remove a subject's key permanently and return whether there was one; the mark remains.

        Needs no master key.

        Raises:
            LogError: The folder cannot be written.
        """
        place = self._place(origin, subject)
        try:
            with self._alone():
                place.parent.mkdir(mode=0o700, exist_ok=True)
                if not self._mark(place).exists():
                    self._write(self._mark(place), b"")
                _wipe(_beside(place))
                return _wipe(place)
        except OSError as error:
            raise LogError(f"cannot write to {self.folder}: {error.strerror}") from None

    def wrap(self, master: MasterKey, old: MasterKey | None = None) -> Wrapping:
        """Wrap every key of the folder, of every log; at any time each file is either the old or the new one.

        After an interruption, another run completes the work. All keys are opened before the first is replaced.

        Args:
            master: The new master key.
            old: The old master key, if some keys are wrapped by it.

        Raises:
            EvidenceError: A key is damaged, or wrapped under neither master key; nothing was changed.
            LogError: The folder cannot be read or written.
        """
        done: Counter[str] = Counter()
        returned: list[Path] = []
        try:
            places = list(self._places())
            for place in places:
                content = None if self._mark(place).exists() else self._content(place)
                if content is not None:
                    _key_in(place, content, master, old)
            for place in places:
                # Read again under the lock: a key that was destroyed meanwhile must not be restored.
                with self._alone():
                    content = self._content(place)
                    if content is None:
                        continue
                    if self._mark(place).exists():
                        returned.append(place)
                        continue
                    key, before = _key_in(place, content, master, old)
                    if before != "already":
                        self._replace(place, master.wrapped(key, place.parent.name, place.name))
                    done[before] += 1
        except OSError as error:
            raise LogError(f"cannot wrap the keys in {self.folder}: {error.strerror}") from None
        return Wrapping(done["wrapped"], done["moved"], done["already"], tuple(returned))

    def census(self) -> Census:
        """Return the folder's content; needs no master key.

        Raises:
            EvidenceError: Other users can read a key.
            LogError: The folder cannot be read.
        """
        found: Counter[str | None] = Counter()
        damaged = returned = 0
        try:
            for place in self._places() if self.folder.exists() else ():
                returned += self._mark(place).exists()
                content = self._content(place)
                try:
                    found[wrapped_under(content or b"")] += 1
                except EvidenceError:
                    damaged += 1
        except OSError as error:
            raise LogError(f"cannot read {self.folder}: {error.strerror}") from None
        return Census(found.pop(None, 0), {under: n for under, n in sorted(found.items()) if under}, damaged, returned)

    def _kept(self, key: bytes, place: Path) -> bytes:
        """Return the content of a new key's file.

        Raises:
            EvidenceError: No master key is named, although keys here are wrapped.
        """
        master = self._master()
        if master is not None:
            return master.wrapped(key, place.parent.name, place.name)
        if not self._known_plain and self.folder.exists():
            if any(each.stat().st_size == WRAPPED_BYTES for each in self._places()):
                raise EvidenceError(
                    f"keys in {self.folder} are wrapped, and a new one must be too; name their master key with "
                    "TRIALOG_MASTER_KEY_FILE"
                )
            self._known_plain = True
        return key

    def _content(self, place: Path) -> bytes | None:
        """Return the content of a key's file, or None if there is no file."""
        try:
            if os.name == "posix" and place.stat().st_mode & 0o077:
                raise EvidenceError(f"a key in {self.folder} can be read by others: chmod -R go= {self.folder}")
            content = place.read_bytes()
            # A file that was replaced after it was opened reads as zeros; reading again finds the new one.
            return content if any(content) else place.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LogError(f"cannot read a key in {self.folder}: {error.strerror}") from None

    def _places(self) -> Iterator[Path]:
        """Yield the file of each key, of every log."""
        for log in sorted(self.folder.iterdir()):
            if log.is_dir():
                yield from (each for each in sorted(log.iterdir()) if _NAME.fullmatch(each.name))

    def _place(self, origin: str, subject: str) -> Path:
        log = origin.split("/")[1] if "/" in origin else origin
        return self.folder / log / hashlib.sha256(subject.encode()).hexdigest()

    @staticmethod
    def _mark(place: Path) -> Path:
        return place.with_name(place.name + _MARK)

    def _there(self, place: Path) -> bool:
        try:
            return place.exists()
        except OSError as error:
            raise LogError(f"cannot read a key in {self.folder}: {error.strerror}") from None

    def _refuse_redacted(self, place: Path, subject: str) -> None:
        if self._there(self._mark(place)):
            raise EventError(f"the private texts of subject {subject} were redacted; no new ones can be sealed")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder's lock while one of its files changes, if the system has such locks."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
            with suppress(ImportError, OSError):
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _replace(self, place: Path, content: bytes) -> None:
        """Replace a file's content atomically, then overwrite the old content."""
        new = _beside(place)
        _wipe(new)
        self._write(new, content)
        with place.open("r+b") if os.name == "posix" else nullcontext() as old:
            new.replace(place)
            _sync(place.parent)
            if old is not None:
                _zero(old)

    @staticmethod
    def _write(place: Path, content: bytes) -> None:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _sync(place.parent)


def _key_in(place: Path, content: bytes, master: MasterKey, old: MasterKey | None) -> tuple[bytes, str]:
    """Return the key in a file, and the name of the count in `Wrapping` that includes it."""
    with _about(place):
        under = wrapped_under(content)
        if under is None:
            return content, "wrapped"
        if under == master.key_id:
            return _opened(place, content, master), "already"
        if old is not None and under == old.key_id:
            return _opened(place, content, old), "moved"
        here = f"{master.key_id} and {old.key_id}" if old else master.key_id
        raise EvidenceError(
            f"wrapped under another master key, id {under}; here is {here}; name that one with --old-master-key-file"
        )


def _opened(place: Path, content: bytes, master: MasterKey) -> bytes:
    return master.unwrapped(content, place.parent.name, place.name)


@contextmanager
def _about(place: Path) -> Iterator[None]:
    """Add the file's name to errors about a key."""
    try:
        yield
    except EvidenceError as error:
        raise EvidenceError(f"key {place}: {error}") from None


def _beside(place: Path) -> Path:
    """Return the temporary path for a key's new content; an interrupted run may leave this file."""
    return place.with_name(place.name + _NEW)


def _wipe(place: Path) -> bool:
    """Overwrite and remove a file, and return whether there was one."""
    try:
        with place.open("r+b") as file:
            _zero(file)
    except FileNotFoundError:
        return False
    place.unlink()
    _sync(place.parent)
    return True


def _zero(file: BinaryIO) -> None:
    # On most disks overwriting destroys the content; on others at least the file is removed.
    file.write(bytes(max(KEY_BYTES, os.fstat(file.fileno()).st_size)))
    file.flush()
    os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
