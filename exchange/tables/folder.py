"""The files of an extract: a folder, or a zip archive that is unpacked under names of our own."""

from __future__ import annotations

import shutil
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile

from trialog.events.errors import TableError

LARGEST_UNPACKED: Final = 8_000_000_000
MOST_FILES: Final = 2_000
_DAMAGED: Final = (OSError, RuntimeError, NotImplementedError, EOFError, ValueError, zlib.error)
"""What zipfile raises for a damaged archive, besides its own error."""


@dataclass(frozen=True, slots=True)
class ExtractFile:
    """A file of an extract.

    Attributes:
        name: Its name there, without the folder.
        path: Where it can be read now.
    """

    name: str
    path: Path


@contextmanager
def files_of(place: Path) -> Iterator[list[ExtractFile]]:
    """List the files of a folder, of a zip archive, or one file alone; by name, hidden ones left out.

    Raises:
        TableError: There is nothing, or the archive is damaged, encrypted, too large, or its names
            point outside of it.
    """
    if place.is_dir():
        found = sorted(each for each in place.iterdir() if each.is_file() and not each.name.startswith("."))
        if not found:
            raise TableError(f"{place}: no file in this folder; expected the data sets of an extract")
        yield [ExtractFile(each.name, each) for each in found]
    elif not place.is_file():
        raise TableError(f"no file or folder {place}")
    elif is_zipfile(place) and not _is_workbook(place):
        with tempfile.TemporaryDirectory(prefix="trialog-") as folder:
            yield _unpacked(place, Path(folder))
    else:
        yield [ExtractFile(place.name, place)]


def _is_workbook(place: Path) -> bool:
    try:
        with ZipFile(place) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (BadZipFile, *_DAMAGED):
        return False


def _unpacked(place: Path, folder: Path) -> list[ExtractFile]:
    found: dict[str, ExtractFile] = {}
    try:
        with ZipFile(place) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MOST_FILES or sum(member.file_size for member in members) > LARGEST_UNPACKED:
                raise TableError(
                    f"{place.name}: more than {MOST_FILES} files or {LARGEST_UNPACKED} bytes; unpack it yourself first"
                )
            for number, member in enumerate(members):
                name = _safe_name(member, place.name)
                if name.startswith(".") or "__MACOSX" in member.filename:
                    continue
                if name in found:
                    raise TableError(f"{place.name}: holds two files named {name!r}")
                # A name of ours: what an archive calls its files never becomes a path.
                target = folder / f"{number:04}"
                with archive.open(member) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
                found[name] = ExtractFile(name, target)
    except TableError:
        raise
    except (BadZipFile, *_DAMAGED) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise TableError(f"{place.name}: cannot be unpacked: {reason}") from None
    if not found:
        raise TableError(f"{place.name}: no file in this archive; expected the data sets of an extract")
    return [found[name] for name in sorted(found)]


def _safe_name(member: ZipInfo, archive: str) -> str:
    name = member.filename
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or ":" in name or "\0" in member.orig_filename:
        raise TableError(f"{archive}: its member {name!r} points outside of the archive; nothing was read")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise TableError(f"{archive}: its member {name!r} is a link; nothing was read")
    if member.flag_bits & 1:
        raise TableError(f"{archive}: its member {name!r} is encrypted; unpack it yourself first")
    return parts.name


@contextmanager
def local_file(place: str, most: int = LARGEST_UNPACKED) -> Iterator[Path]:
    """Return where a file can be read more than once: its path, or a copy of what comes through a pipe.

    Args:
        place: A path; ``-`` is standard input.
        most: Bytes after which a pipe is not read on; one more shows that there are too many.
    """
    if place != "-":
        yield Path(place)
        return
    with tempfile.TemporaryDirectory(prefix="trialog-") as folder:
        path = Path(folder) / "standard input"  # the name that messages show
        with path.open("wb") as copy:
            left = most + 1
            while left and (some := sys.stdin.buffer.read(min(left, 1 << 20))):
                left -= copy.write(some)
        yield path
