"""A portfolio's folder: Parquet files of segments, spread over buckets by trial, and a manifest that names them.

    manifest.json                            form, buckets, and the SHA-256 and size of every file
    heads.parquet                            one row for each trial: origin, size, root, frontier, checkpoint note
    segments/bucket=NN/part-<first 16 hex digits of its SHA-256>.parquet

The manifest is written last and replaced in one step, so that a reader sees either the old portfolio or the new one.
All segments of a trial are in one bucket: no question has to bring rows together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trialog.events.errors import LogError, QuestionError
from trialog.exchange.writing import write_whole
from trialog.portfolio.segment import BINARY, Segment

if TYPE_CHECKING:
    import pyarrow as pa

FORM: Final = "trialog-portfolio/1"
MANIFEST: Final = "manifest.json"
HEADS: Final = "heads.parquet"
BUCKETS: Final = 16
"""Of a new portfolio. Files are read whole, so that a bucket is the least that is written anew."""


@dataclass(frozen=True)
class TrialHead:
    """Where the export of a trial's log ends.

    Attributes:
        trial: Code of the trial.
        origin: Name of its log.
        size, root: Of the log, the root in hexadecimal.
        frontier: Edge of the tree.
        note: Text of the last checkpoint kept in the log at or before that size; empty for none.
        segments: Number of segments of the trial.
        streams: Number of streams of the log.
    """

    trial: str
    origin: str
    size: int
    root: str
    frontier: bytes
    note: str = ""
    segments: int = 1
    streams: int = 0


@dataclass(frozen=True)
class Manifest:
    """What a portfolio consists of.

    Attributes:
        buckets: Number of buckets.
        files: SHA-256 of each file, by its path in the folder.
    """

    buckets: int = BUCKETS
    files: Mapping[str, str] = field(default_factory=dict)

    def bucket_of(self, trial: str) -> int:
        """Return the bucket of a trial, the same on every machine."""
        return int.from_bytes(hashlib.sha256(trial.encode()).digest()[:4], "big") % self.buckets

    def parts(self, bucket: int | None = None) -> list[str]:
        """Return the files of segments, of one bucket or of all."""
        begins = "segments/" if bucket is None else f"segments/bucket={bucket:02d}/"
        return sorted(path for path in self.files if path.startswith(begins))


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a portfolio; an empty one if the folder holds none.

    Raises:
        QuestionError: The folder's manifest is none of this form.
    """
    file = folder / MANIFEST
    if not file.exists():
        return Manifest()
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["form"] != FORM:
            raise QuestionError(f"{file}: form {found['form']!r}; this version reads {FORM}")
        return Manifest(int(found["buckets"]), dict(found["files"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise QuestionError(f"{file} is not the manifest of a portfolio: {error}") from None


def existing(folder: Path) -> Manifest:
    """Return the manifest of a portfolio that must be there.

    Raises:
        QuestionError: The folder holds no portfolio.
    """
    if not (folder / MANIFEST).exists():
        raise QuestionError(f"{folder} holds no portfolio; make one: trialog portfolio export LOG --to {folder}")
    return read_manifest(folder)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in place, and remove the files that it does not name."""
    text = {"form": FORM, "buckets": manifest.buckets, "files": dict(sorted(manifest.files.items()))}
    _put(folder / MANIFEST, (json.dumps(text, indent=1) + "\n").encode())
    for file in sorted(folder.glob("segments/bucket=*/part-*.parquet")):
        if file.relative_to(folder).as_posix() not in manifest.files:
            file.unlink()


def changed_files(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Yield a sentence for each file that is missing or is not the one that the manifest names."""
    for path, expected in sorted(manifest.files.items()):
        file = folder / path
        if not file.exists():
            yield f"{path} is missing"
        elif _digest(file.read_bytes()) != expected:
            yield f"{path} was changed: its SHA-256 is not that of the manifest"


def write_part(folder: Path, bucket: int, segments: Iterable[Segment]) -> tuple[str, str]:
    """Write segments as one file of a bucket; return its path in the folder and its SHA-256."""
    import pyarrow as pa

    rows = [segment.row() for segment in segments]
    content = _parquet(pa.Table.from_pylist(rows, schema=segment_schema()), rows_in_group=1)
    digest = _digest(content)
    path = f"segments/bucket={bucket:02d}/part-{digest[:16]}.parquet"
    _put(folder / path, content)
    return path, digest


def read_part(file: Path) -> Iterator[Segment]:
    """Yield the segments of one file, one at a time, so that memory holds one trial and not a bucket.

    Raises:
        LogError: The file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as opened:
            for group in range(opened.num_row_groups):
                for row in opened.read_row_group(group).to_pylist():
                    yield Segment.of_row(row)
    except (OSError, pa.ArrowException) as error:
        raise LogError(f"{file}: {str(error).splitlines()[0]}; export the portfolio again") from None


def read_heads(folder: Path) -> dict[str, TrialHead]:
    """Return the head of each exported trial, by code."""
    import pyarrow.parquet as pq

    file = folder / HEADS
    if not file.exists():
        return {}
    return {row["trial"]: TrialHead(**row) for row in pq.read_table(file).to_pylist()}


def write_heads(folder: Path, heads: Mapping[str, TrialHead]) -> tuple[str, str]:
    """Write the heads of all trials; return the path in the folder and its SHA-256."""
    import pyarrow as pa

    schema = pa.schema(
        [
            ("trial", pa.string()),
            ("origin", pa.string()),
            ("size", pa.int64()),
            ("root", pa.string()),
            ("frontier", pa.binary()),
            ("note", pa.string()),
            ("segments", pa.int64()),
            ("streams", pa.int64()),
        ]
    )
    rows = [vars(heads[code]) for code in sorted(heads)]
    content = _parquet(pa.Table.from_pylist(rows, schema=schema), rows_in_group=100_000)
    _put(folder / HEADS, content)
    return HEADS, _digest(content)


def segment_schema() -> pa.Schema:
    """Return the Arrow schema of a segment's row."""
    import pyarrow as pa

    plain = [("trial", pa.string()), ("origin", pa.string()), ("after", pa.int64()), ("size", pa.int64()),
             ("root", pa.string()), ("frontier", pa.binary())]  # fmt: skip
    return pa.schema([*plain, *((name, pa.large_binary()) for name in BINARY)])


def _parquet(table: pa.Table, *, rows_in_group: int) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = pa.BufferOutputStream()
    pq.write_table(
        table, made, row_group_size=rows_in_group, compression="zstd", use_dictionary=False, write_statistics=False
    )
    return bytes(made.getvalue())


def _put(file: Path, content: bytes) -> None:
    """Write a file of the portfolio, with its folder.

    Raises:
        LogError: It cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LogError(f"cannot write {file}: {error.strerror}") from None
    write_whole(file, content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
