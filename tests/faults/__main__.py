"""All the faults, as often as their figures ask for: ``make faults``, or ``python -m tests.faults --share 0.1``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests import postgres
from tests.faults import hostile, powerloss, scenarios

Scenario = tuple[str, Callable[[Path], scenarios.Figures]]


def rows(share: float, cluster: Any) -> Iterator[Scenario]:
    """Yield name and work of each scenario."""

    def times(count: int) -> int:
        return max(2, round(count * share))

    yield "kill -9 during append", lambda f: scenarios.kills_during_append(f, times(1_000))
    yield "control: acknowledged too early", lambda f: scenarios.kills_of_a_liar(f, times(50))
    if powerloss.missing() is None:
        yield "power loss", lambda f: scenarios.power_loss(f, times(1_000))
    yield "kill -9 during rebuild of the columns", lambda f: scenarios.kills_during_rebuild(f, times(200))
    yield "control: rebuilt in place", lambda f: scenarios.kills_during_naive_rebuild(f, times(50))
    yield "kill -9 during checkpoint and signing", lambda f: scenarios.kills_during_checkpoint(f, times(200))
    yield "disk full", scenarios.disk_full
    yield "every n-th statement fails", scenarios.every_call_fails
    yield "bit flips in the file", lambda f: scenarios.bit_flips(f, times(400))
    yield "the file cut short", lambda f: scenarios.truncations(f, times(400))
    yield "older backup restored", scenarios.older_backup
    yield "history rewritten consistently", lambda f: scenarios.rewrites(f, times(300))
    yield "two writers, SQLite", lambda f: scenarios.two_writers(f, 5)
    yield "stale version, SQLite", lambda f: scenarios.races(f, times(1_000))
    yield "retry after an unknown commit", lambda f: scenarios.unknown_commit(f, times(100))
    yield "clock an hour back", scenarios.clock_back
    for what in hostile.CHECKS:
        yield f"hostile {what}", partial(_hostile, what, times(5_000))
    if cluster is not None:
        yield "two writers, PostgreSQL", lambda f: _on(cluster, lambda place: scenarios.two_writers(f, 5, place))
        yield "stale version, PostgreSQL", lambda f: _on(cluster, lambda place: scenarios.races(f, times(1_000), place))
        yield "kill -9 of PostgreSQL", lambda _: scenarios.server_kills(cluster, cluster.url(), times(20))


def _hostile(what: str, count: int, folder: Path) -> scenarios.Figures:
    return hostile.examples(folder, what, count)


def _on(cluster: Any, work: Callable[[str], scenarios.Figures]) -> scenarios.Figures:
    with cluster.schema() as schema:
        return work(cluster.url(schema=schema))


def main() -> int:
    """Run every scenario and print a row for each; exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the counts, for a quick look")
    share = parser.parse_args().share
    cluster = None
    why = postgres.missing()
    if why is None:
        cluster = postgres.Cluster()
        cluster.start()
    else:
        sys.stdout.write(f"without the rows of PostgreSQL: {why}\n")
    broken = 0
    try:
        for name, work in rows(share, cluster):
            begun = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    found = ", ".join(f"{what} {value}" for what, value in work(Path(folder)).items())
                except AssertionError as error:
                    broken += 1
                    found = f"BROKEN: {str(error).splitlines()[0] if str(error) else 'see the scenario'}"
            sys.stdout.write(f"{name:<40} {found} ({time.monotonic() - begun:.0f} s)\n")
            sys.stdout.flush()
    finally:
        if cluster is not None:
            cluster.stop()
            cluster.remove()
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
