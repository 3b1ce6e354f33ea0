"""Months of the calendar between two days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def calendar_months(start: NDArray[np.integer], end: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the calendar months between days, as lubridate's ``time_length(interval(start, end), "month")``.

    Whole months are counted first; the rest is a share of the month that it lies in. If the last month has no
    day of the start's number, it ends on the first of the next: one month from 31 January ends on 1 March.

    Args:
        start: Days from 1970-01-01, shape (n,).
        end: Not before the start, shape (n,).
    """
    first, last = start.astype("datetime64[D]"), end.astype("datetime64[D]")
    month = first.astype("datetime64[M]")
    day_of_month = (first - month).astype(np.int64)
    whole = (last.astype("datetime64[M]") - month).astype(np.int64)
    whole -= _months_later(month, whole, day_of_month) > last
    begins, ends = (_months_later(month, whole + more, day_of_month) for more in (0, 1))
    share: NDArray[np.float64] = (last - begins).astype(np.int64) / (ends - begins).astype(np.int64)
    months: NDArray[np.float64] = whole + share
    return months


def _months_later(
    month: NDArray[np.datetime64], count: NDArray[np.int64], day_of_month: NDArray[np.int64]
) -> NDArray[np.datetime64]:
    later = month + count
    length = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(np.int64)
    reached: NDArray[np.datetime64] = later.astype("datetime64[D]") + np.minimum(day_of_month, length)
    return reached
