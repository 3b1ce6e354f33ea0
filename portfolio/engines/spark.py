"""Apache Spark: the same fold over the same files, in the workers of a cluster. The only importer of pyspark.

The files must be at the same path for every worker. Spark restarts what a lost worker did not finish.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from trialog.events.errors import LogError, QuestionError
from trialog.portfolio.request import Request

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

Row = dict[str, Any]


def session(master: str | None = None) -> SparkSession:
    """Return a Spark session: the running one, or a new one.

    Args:
        master: ``local[2]``, ``spark://host:7077`` and the like; None for what Spark is configured with.

    Raises:
        QuestionError: pyspark or Java is not installed.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise QuestionError("--engine spark needs the extra 'spark': pip install 'trialog[spark]'") from None
    builder = SparkSession.builder.appName("trialog portfolio").config("spark.ui.enabled", "false")
    if master is not None:
        builder = builder.master(master)
    # Workers on this machine run this Python, which has trialog; on a cluster, name theirs in PYSPARK_PYTHON.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        made = builder.getOrCreate()
        made.sparkContext.setLogLevel("ERROR")
        return made
    except Exception as error:  # noqa: BLE001  # pyspark raises what its gateway to Java meets
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise QuestionError(f"Spark could not be started: {first}; it needs Java 17 or newer") from None


def run(buckets: Sequence[list[str]], request: Request, *, spark: SparkSession) -> Iterator[Row]:
    """Yield the rows of all trials.

    Args:
        buckets: The files of each bucket; a task of Spark folds one of them.
        request: What is asked.
        spark: An open session.
    """
    text = request.to_json()

    def fold(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        from trialog.portfolio.fold import bucket_rows

        asked = Request.of_json(text)
        for batch in batches:
            for files in batch.column(0).to_pylist():
                rows = [json.dumps(row) for row in bucket_rows(json.loads(files), asked)]
                yield pa.RecordBatch.from_arrays([pa.array(rows, pa.string())], names=["row"])

    tasks = [(json.dumps(files),) for files in buckets]
    frame = spark.createDataFrame(tasks, "files string").repartition(max(1, len(tasks)))
    try:
        for found in frame.mapInArrow(fold, "row string").toLocalIterator():
            row: Row = json.loads(found["row"])
            yield row
    except Exception as error:  # noqa: BLE001  # whatever the gateway or a worker raised
        raise LogError(f"Spark gave up: {_cause(str(error))}") from None


def _cause(text: str) -> str:
    """Return the last line of a worker's traceback, which says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for line in lines if "Error: " in line and not line.startswith("at ")]
    return said[-1] if said else lines[0] if lines else "no reason was given"
