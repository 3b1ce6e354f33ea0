"""Tables for other programs: up to date, swapped whole, on both stores."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.builders import Bench, died, enrolled, seen
from tests.conftest import Command
from trialog.events.errors import ConflictError
from trialog.log.store import figure_tables as readmodel
from trialog.log.store.database import Database


@pytest.fixture
def at(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench.append(enrolled("001", "2016-01-01"), enrolled("002", "2016-01-01"), died("001", "2016-04-10"))
    monkeypatch.setenv("TRIALOG_LOG", str(bench.place))
    return bench


def rows(query: str, place: str = "log.figures.db") -> list[tuple[object, ...]]:
    with sqlite3.connect(place) as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_follow_up_and_figures_stand_in_tables(trialog: Command, at: Bench) -> None:
    done = trialog("project", "--as-of", "2016-12-31")

    assert (done.code, done.err) == (0, "")
    assert "2 subjects and 3 figures written to" in done.out
    # 2016-01-01 to 2016-04-10 is 100 days; 002 was last known alive on the day of enrollment.
    query = "SELECT subject, days, died FROM follow_up ORDER BY subject"
    assert rows(query) == [("001", 100, 1), ("002", 0, 0)]
    size, root = at.log.recorder(at.tracker.trial).head()
    assert rows("SELECT size, root, data_cutoff FROM position") == [(size, root.hex(), "2016-12-31")]
    assert rows("SELECT count(*), min(n), max(n) FROM figure WHERE cohort = 'A'") == [(3, 2, 2)]


def test_what_is_up_to_date_is_left_alone_and_what_is_not_is_replaced(trialog: Command, at: Bench) -> None:
    trialog("project", "--as-of", "2016-12-31")
    again = trialog("project", "--as-of", "2016-12-31", "--json")
    at.append(died("002", "2016-10-27"))
    later = trialog("project", "--as-of", "2016-12-31", "--json")

    assert json.loads(again.out)["written"] is False
    assert json.loads(later.out)["written"] is True
    assert rows("SELECT subject, days, died FROM follow_up ORDER BY subject") == [("001", 100, 1), ("002", 300, 1)]
    assert rows("SELECT count(*), min(generation) FROM follow_up_kept") == [(2, 2)]


def test_an_interrupted_run_shows_nothing_and_is_swept_away(
    trialog: Command, at: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    trialog("project", "--as-of", "2016-12-31")
    at.append(died("002", "2016-10-27"))
    before = rows("SELECT * FROM follow_up ORDER BY subject")

    def power_cut(*_: object) -> None:
        raise ConflictError("cut")

    with monkeypatch.context() as patched:
        patched.setattr(readmodel.ReadModel, "_swap", power_cut)
        assert trialog("project", "--as-of", "2016-12-31").code == 1
    assert rows("SELECT count(*) FROM follow_up_kept") == [(4,)]
    assert rows("SELECT * FROM follow_up ORDER BY subject") == before

    trialog("project", "--as-of", "2016-12-31")
    assert rows("SELECT count(*) FROM follow_up_kept") == [(2,)]
    assert rows("SELECT days FROM follow_up WHERE subject = '002'") == [(300,)]


def test_an_older_log_never_overwrites_a_later_state(trialog: Command, at: Bench) -> None:
    Path("old.db").write_bytes(at.place.read_bytes())
    at.append(seen("002", "2016-12-01"))
    trialog("project", "--to", "figures.db")

    refused = trialog("project", "--to", "figures.db", "--log", "old.db")

    assert (refused.code, "stands at 6 events and the log at 5" in refused.err) == (1, True)


def test_another_log_of_the_same_trial_is_refused(trialog: Command, at: Bench, tmp_path: Path) -> None:
    trialog("project", "--to", "figures.db")
    other = Bench(tmp_path, name="other.db")
    other.append(enrolled("001", "2016-01-01"))
    other.log.close()

    refused = trialog("project", "--to", "figures.db", "--log", str(other.place))

    assert (refused.code, "holds figures of another log" in refused.err) == (1, True)


def test_a_server_holds_the_same_tables(trialog: Command, at: Bench, server_place: str) -> None:
    from sqlalchemy import text

    trialog("copy", str(at.place), server_place)
    trialog("project", "--as-of", "2016-12-31")
    assert trialog("project", "--as-of", "2016-12-31", "--log", server_place).code == 0

    with Database.open(server_place) as log, log.reading() as connection:
        there = connection.execute(text("SELECT subject, days, died FROM follow_up ORDER BY subject")).all()
    assert [tuple(row) for row in there] == rows("SELECT subject, days, died FROM follow_up ORDER BY subject")
