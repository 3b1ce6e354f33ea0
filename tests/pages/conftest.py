"""Chromium once for all tests of pages, and logs to draw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import Command
from tests.pages.browser import chromium
from trialog.cli import faces
from trialog.pages import face

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once."""
    with chromium() as started:
        yield started


@pytest.fixture
def drawing(trialog: Command) -> Command:
    """Run ``trialog`` with pages, in a folder that holds the demo's log ``demo.db``."""
    faces.provide(lambda: face)
    assert trialog("demo", "demo.db").code == 0
    return trialog


@pytest.fixture
def stanford(drawing: Command, tmp_path: Path) -> str:
    """The log of the Stanford heart transplants, 103 real subjects."""
    place = str(tmp_path / "jasa.db")
    assert drawing("init", place).code == 0
    done = drawing("import", "table", str(ROOT / "examples/jasa/jasa.csv"), "--map", "jasa", "--log", place)
    assert done.code == 0, done.err
    return place
