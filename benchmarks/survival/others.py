"""The same figures by other programs: median survival with log-log limits from days and indicators.

Each is given its input in the form it likes best, prepared before the clock starts.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054
Figure = tuple[float, float, float]
Job = Callable[[], Figure]


def crossing(days: NDArray[Any], height: NDArray[Any]) -> float:
    """Return the first day below one half; NaN for none."""
    with np.errstate(invalid="ignore"):
        below = height < 0.5
    at = int(below.argmax())
    return float(days[at]) if below[at] else float("nan")


def from_bins(days: NDArray[Any], deaths: NDArray[Any], ended: NDArray[Any]) -> Figure:
    """Return the median and its limits from counts by day, days ascending."""
    at_risk = ended[::-1].cumsum()[::-1].astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = ((at_risk - deaths) / at_risk).cumprod()
        spread = np.exp(Z * np.sqrt((deaths / (at_risk * (at_risk - deaths))).cumsum()) / np.log(survival))
        lower, upper = survival ** (1 / spread), survival**spread
    return crossing(days, survival), crossing(days, lower), crossing(days, upper)


def numpy_sort(days: NDArray[np.int64], died: NDArray[np.bool_]) -> Job:
    """Sort the times, then count equal ones."""

    def job() -> Figure:
        order = np.argsort(days, kind="stable")
        times, dead = days[order], died[order]
        begins = np.flatnonzero(np.append(True, np.diff(times) != 0))
        ended = np.diff(np.append(begins, times.size))
        return from_bins(times[begins], np.add.reduceat(dead.astype(np.int64), begins), ended)

    return job


def duckdb_sql(days: NDArray[np.int64], died: NDArray[np.bool_]) -> Job:
    """Group by day in SQL, on a table in memory."""
    import duckdb
    import pandas as pd

    frame = pd.DataFrame({"day": days, "died": died.astype(np.int8)})
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute("create table times as select * from frame")

    def job() -> Figure:
        rows = connection.execute(
            "select day, sum(died)::bigint as deaths, count(*) as ended from times group by day order by day"
        ).fetchnumpy()
        return from_bins(rows["day"], rows["deaths"], rows["ended"])

    return job


def polars_group_by(days: NDArray[np.int64], died: NDArray[np.bool_]) -> Job:
    """Group by day in a data frame."""
    import polars as pl

    frame = pl.DataFrame({"day": days, "died": died.astype(np.int8)})

    def job() -> Figure:
        rows = (
            frame.lazy()
            .group_by("day")
            .agg(pl.col("died").cast(pl.Int64).sum().alias("deaths"), pl.len().alias("ended"))
            .sort("day")
            .collect()
        )
        return from_bins(rows["day"].to_numpy(), rows["deaths"].to_numpy(), rows["ended"].to_numpy().astype(np.int64))

    return job


def lifelines_fit(days: NDArray[np.int64], died: NDArray[np.bool_]) -> Job:
    """Fit lifelines, and read its median and limits."""
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times

    def job() -> Figure:
        fitter = KaplanMeierFitter().fit(days, died)
        limits = median_survival_times(fitter.confidence_interval_)
        return float(fitter.median_survival_time_), float(limits.iloc[0, 0]), float(limits.iloc[0, 1])

    return job


def r_survfit(days: NDArray[np.int64], died: NDArray[np.bool_], repeats: int) -> tuple[float, Figure] | None:
    """Return the seconds of R's survfit with its table, as R's own clock has them; None without R."""
    program = shutil.which("Rscript")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        days.astype(np.int32).tofile(Path(folder) / "days")
        died.astype(np.int32).tofile(Path(folder) / "died")
        script = str(Path(__file__).with_name("survfit.R"))
        done = subprocess.run(  # noqa: S603
            [program, script, folder, str(days.size), str(repeats)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        print(f"R is there, but: {done.stderr.strip().splitlines()[-1]}")
        return None
    seconds, median, lower, upper = (float(part) for part in done.stdout.split())
    return seconds, (median, lower, upper)
