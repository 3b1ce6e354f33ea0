"""Import a made-up SDTM extract in two sizes, and print what the larger one costs: python -m benchmarks.exchange.

Each import runs in a process of its own, so that its peak of memory is its own. The smaller extract has a quarter
of the records; time should grow fourfold at most, memory much less.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from trialog.exchange.tables.formats import Format, write_table
from trialog.exchange.tables.table import Column, Row, Table

BEGIN = date(2015, 1, 1)
PER_SUBJECT = 500
SCRIPT = """
import resource, sys
from trialog.cli.app import run
code = run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def table(name: str, columns: str, rows: Iterator[Row]) -> Table:
    """Return a data set of texts, with a whole number in --SEQ."""
    made = tuple(Column(each, each, "integer" if each.endswith("SEQ") else "string") for each in columns.split())
    kept = list(rows)
    return Table(name, made, lambda: iter(kept), name, study="BIG")


def extract(folder: Path, records: int, form: Format) -> None:
    """Write DM and DS for the subjects, and LB with a number of records over all of them."""
    folder.mkdir()
    subjects = max(1, records // PER_SUBJECT)

    def names() -> Iterator[tuple[str, str]]:
        for number in range(subjects):
            yield f"S-{number:05}", (BEGIN + timedelta(days=number % 700)).isoformat()

    def results() -> Iterator[Row]:
        for at in range(records):
            number, subject = divmod(at, subjects)
            day = BEGIN + timedelta(days=subject % 700 + number)
            yield "BIG", "LB", f"S-{subject:05}", number + 1, "HGB", day.isoformat()

    arm, milestone = ("A", "Arm A"), ("RANDOMIZED", "PROTOCOL MILESTONE")
    dm = (("BIG", "DM", name, *arm, day) for name, day in names())
    ds = (("BIG", "DS", name, 1, *milestone, day) for name, day in names())
    made = [
        table("DM", "STUDYID DOMAIN USUBJID ARMCD ARM RFSTDTC", dm),
        table("DS", "STUDYID DOMAIN USUBJID DSSEQ DSDECOD DSCAT DSSTDTC", ds),
        table("LB", "STUDYID DOMAIN USUBJID LBSEQ LBTESTCD LBDTC", results()),
    ]
    for each in made:
        with (folder / f"{each.name.lower()}.{form}").open("wb") as stream:
            write_table(each, form, stream, "2020-01-01T00:00:00Z")


def measured(folder: Path, log: Path) -> tuple[float, float, int]:
    """Import a folder, and return seconds, peak of memory in megabytes and events appended."""
    begun = time.perf_counter()
    command = [sys.executable, "-c", SCRIPT, "import", "sdtm", str(folder), "--log", str(log), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    seconds = time.perf_counter() - begun
    return seconds, int(done.stderr.split()[-1]) / 1024, json.loads(done.stdout)["appended"]


def main() -> None:
    """Print a line for each import and the ratios of the two sizes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exchange", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="laboratory records of the larger extract")
    parser.add_argument("--form", choices=["csv", "json", "ndjson", "xpt", "parquet"], default="csv")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = []
        for records in (asked.records // 4, asked.records):
            folder, log = Path(name) / str(records), Path(name) / f"{records}.db"
            extract(folder, records, asked.form)
            subprocess.run([sys.executable, "-m", "trialog", "init", str(log)], check=True, capture_output=True)  # noqa: S603
            for what in ("first", "again"):
                seconds, memory, appended = measured(folder, log)
                print(
                    f"{records:>9,} records, {what}: {seconds:6.1f} s ({records / seconds:,.0f} a second), "
                    f"peak {memory:,.0f} MB, {appended:,} events appended",
                    flush=True,
                )
                found.append((seconds, memory))
        for at, what in enumerate(("first", "again")):
            small, large = found[at], found[at + 2]
            longer, more = large[0] / small[0], large[1] / small[1]
            print(f"4 times the records, {what}: {longer:.1f} times as long, {more:.1f} times the memory")


if __name__ == "__main__":
    main()
