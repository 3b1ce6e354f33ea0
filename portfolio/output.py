"""Rows of an answer as Parquet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def parquet_of(rows: Sequence[dict[str, Any]]) -> bytes:
    """Return rows as the bytes of a Parquet file; a list or an object in a field is written as JSON text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    made = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(plain), made, compression="zstd")
    return bytes(made.getvalue())


def _plain(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, (list, tuple, dict)) else value
