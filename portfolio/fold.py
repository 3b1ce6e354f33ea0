"""The fold: the segments of a bucket, trial by trial, into rows of an answer. What every engine runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trialog.events.errors import LogError
from trialog.portfolio.questions import rows_of
from trialog.portfolio.request import Request
from trialog.portfolio.segment import Segment, trial_data

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

Row = dict[str, Any]


def bucket_rows(files: list[str], request: Request) -> Iterator[Row]:
    """Yield the rows of every trial in the files of one bucket; memory holds one trial at a time.

    Args:
        files: Paths of all files of a bucket.
        request: What is asked.

    Raises:
        LogError: A file cannot be read, or the segments of a trial do not fit together.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    opened: list[ParquetFile] = []
    try:
        opened = [pq.ParquetFile(Path(file)) for file in files]
        for places in _places(opened).values():
            segments = [Segment.of_row(opened[file].read_row_group(group).to_pylist()[0]) for file, group in places]
            yield from rows_of(trial_data(segments), request)
    except (OSError, pa.ArrowException) as error:
        raise LogError(f"cannot read the portfolio: {str(error).splitlines()[0]}; export it again") from None
    finally:
        for file in opened:
            file.close()


def _places(opened: list[ParquetFile]) -> dict[str, list[tuple[int, int]]]:
    """Return where the segments of each trial are: file and row group."""
    found: dict[str, list[tuple[int, int]]] = {}
    for file, parquet in enumerate(opened):
        for group in range(parquet.num_row_groups):
            for code in parquet.read_row_group(group, columns=["trial"]).column("trial").to_pylist():
                found.setdefault(code, []).append((file, group))
    return dict(sorted(found.items()))
