"""What every answer can do: give rows, become a frame, keep its form."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import trialog as package
from tests.conftest import Command
from trialog.application.answers.base import Answer
from trialog.events.errors import QuestionError


@pytest.fixture
def log(trialog: Command, tmp_path: Path) -> Iterator[package.Log]:
    assert trialog("demo", "demo.db").code == 0
    with package.open_log(tmp_path / "demo.db") as found:
        yield found


def frames(name: str) -> ModuleType:
    """A library of data frames whose frame is its name and the rows."""
    module = ModuleType(name)
    module.DataFrame = lambda rows: (name, rows)  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize(
    ("installed", "taken"),
    [(("pandas",), "pandas"), (("polars",), "polars"), (("pandas", "polars"), "pandas")],
    ids=str,
)
def test_a_frame_is_of_the_library_that_is_installed(
    log: package.Log, monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...], taken: str
) -> None:
    for name in ("pandas", "polars"):
        # None in sys.modules makes an import fail.
        monkeypatch.setitem(sys.modules, name, frames(name) if name in installed else None)
    answer = log.cohorts()

    assert answer.to_frame() == (taken, list(answer.rows()))


def test_a_frame_needs_a_library(log: package.Log, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pandas", "polars"):
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(QuestionError, match="a data frame needs pandas or polars; install one of them"):
        log.cohorts().to_frame()


def test_a_frame_of_pandas(log: package.Log) -> None:
    pytest.importorskip("pandas")

    frame = log.snapshot(as_of="2017-11-07", cohorts="1").to_frame()
    subjects = log.snapshot(as_of="2017-11-07", subjects=True).to_frame()

    # By hand: doses of 2015-07-24 and 2015-10-13, 837 and 756 days
    assert frame.loc[0, "value_days"] == 796.5
    assert frame.loc[0, "estimator"] == "to-date"
    assert subjects.groupby("cohort").size().to_dict() == {"1": 4, "2": 4, "3": 4}


def questions(log: package.Log) -> Iterator[Answer]:
    yield log.snapshot(as_of="2017-11-07")
    yield log.snapshot(as_of="2017-11-07", subjects=True)
    yield log.cohorts()
    yield log.replay("2017")
    yield log.history(cohorts="1", last="2015-06-01")
    yield log.history(figure="count-enrolled", pool=True, last="2015-06-01")
    yield log.restate("2017-02-22", "2017-11-07")
    yield log.trials()
    yield log.events()
    yield log.timeline("1-01")
    yield log.announcements()


def test_rows_of_an_answer_have_the_same_columns_and_plain_values(log: package.Log) -> None:
    for answer in questions(log):
        rows = list(answer.rows())
        assert rows, answer.SCHEMA
        assert len({tuple(row) for row in rows}) == 1, answer.SCHEMA
        if answer.SCHEMA == "log/1":  # an event may hold a definition, changes, or an announced figure
            continue
        plain = (str, int, float, bool, type(None))
        odd = {name: value for row in rows for name, value in row.items() if not isinstance(value, plain)}
        assert odd == {}, answer.SCHEMA


def test_an_answer_without_rows_says_so(log: package.Log) -> None:
    with pytest.raises(QuestionError, match="a ProjectAnswer has no rows; take its JSON"):
        log.project(to="tables.db").to_frame()


def test_an_answer_can_be_read_back(log: package.Log) -> None:
    """What is written as JSON makes the same answer again, to the last digit."""
    asked: list[Answer] = [
        log.snapshot(as_of="2017-11-07", subjects=True, at=["12m"], compare=True),
        log.cohorts(),
        log.history(cohorts="2", figure="os-rate", at="12m"),
        log.restate("2017-02-22", "2017-11-07"),
    ]
    for answer in asked:
        again: Any = type(answer).model_validate_json(answer.to_json())
        assert again.to_json() == answer.to_json()
