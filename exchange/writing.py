"""Writing an export: the file and its manifest, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from trialog.events.errors import LogError, QuestionError
from trialog.events.version import __version__
from trialog.events.vocabulary import suggestion
from trialog.exchange.tables.formats import FORMATS, Format

MANIFEST: Final = ".manifest.json"


def chosen_format(out: Path, given: str | None) -> Format:
    """Return the form that was asked for, else the one that a file's ending names.

    Raises:
        QuestionError: The form is unknown.
    """
    word = (given or out.suffix.removeprefix(".")).lower()
    for form in FORMATS:
        if word == form:
            return form
    asked = f"--format {given!r}" if given else f"the ending of {out.name!r}"
    raise QuestionError(f"{asked} is not known{suggestion(word, tuple(FORMATS))}; or say it with --format")


@contextmanager
def written(out: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Open a new file, for its owner only, that appears under its name when all of it is written.

    Raises:
        LogError: Something is there already, or the folder cannot be written.
    """
    if str(out) == "-":
        raise LogError("an export is a file with its manifest beside it; expected a file name, found '-'")
    if not force:
        for each in (out, manifest_of(out)):
            if each.exists():
                raise LogError(f"{each} exists already; nothing was written; --force replaces it")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    except OSError as error:
        raise LogError(f"cannot write {out}: {error.strerror}") from None
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(out)
    except OSError as error:
        raise LogError(f"cannot write {out}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def write_whole(out: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only; a file that is there already is replaced.

    Raises:
        LogError: It cannot be written.
    """
    with written(out, force=True) as stream:
        stream.write(content)


def manifest_of(out: Path) -> Path:
    """Return where the manifest of a file stands."""
    return out.with_name(out.name + MANIFEST)


def write_manifest(out: Path, what: str, about: dict[str, Any], *, form: str, records: int) -> dict[str, Any]:
    """Write what a file rests on beside it, and return it; the same file has the same manifest.

    Args:
        out: The file.
        what: Of what it is an export, for example ``adtte``.
        about: Trial, both time axes, rules, log position and root.
        form: Of the file.
        records: Rows or lines in it.
    """
    content = out.read_bytes()
    manifest = {
        "manifest": "trialog-export/1",
        "what": what,
        **about,
        "files": [
            {
                "file": out.name,
                "form": form,
                "records": records,
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        ],
        "trialog": __version__,
    }
    with written(manifest_of(out), force=True) as stream:
        stream.write((json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
    return manifest
