"""Fixtures that several folders share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, settings

from tests import postgres
from tests.builders import Bench
from trialog.cli import faces
from trialog.cli.app import run

if TYPE_CHECKING:
    from trialog.cli.faces import Pages

settings.register_profile("ci", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A new log with one trial and one cohort."""
    made = Bench(tmp_path)
    yield made
    made.log.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server of the tests' own."""
    postgres.require()
    made = postgres.Cluster()
    made.start()
    yield made
    made.stop()
    made.remove()


@pytest.fixture
def server_place(cluster: postgres.Cluster) -> Iterator[str]:
    """The URL of a place for one log on a PostgreSQL server."""
    with cluster.schema() as schema:
        yield cluster.url(schema=schema)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for one log, on each of the two kinds of store."""
    if request.param == "sqlite":
        return str(tmp_path / "log.db")
    found: str = request.getfixturevalue("server_place")
    return found


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str


Command = Callable[..., Result]


@pytest.fixture
def trialog(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run ``trialog`` in an empty folder, as the command line would."""
    for name in ("TRIALOG_LOG", "TRIALOG_TRIAL", "TRIALOG_ACTOR", "TRIALOG_SOURCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    faces.provide(lambda: cast("Pages", import_module("trialog.pages.face")))

    def command(*arguments: str) -> Result:
        capsys.readouterr()
        code = run(arguments)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return command
