"""The quick half of the faults; `make faults` repeats all of them as often as their figures ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import postgres
from tests.builders import TRIAL, Bench, enrolled
from tests.conftest import Command
from tests.faults import hostile, powerloss, scenarios
from trialog.log.store.database import Database


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    scenarios.kills_during_append(tmp_path, 60)


def test_an_acknowledgement_before_the_commit_is_found_out(tmp_path: Path) -> None:
    scenarios.kills_of_a_liar(tmp_path, 20)


@pytest.mark.skipif(powerloss.missing() is not None, reason="strace is not installed")
def test_what_was_acknowledged_survives_a_power_cut(tmp_path: Path) -> None:
    scenarios.power_loss(tmp_path, 200)


def test_a_rebuild_in_place_is_found_torn(tmp_path: Path) -> None:
    scenarios.kills_during_naive_rebuild(tmp_path, 20)


def test_columns_are_never_half_rebuilt(tmp_path: Path) -> None:
    scenarios.kills_during_rebuild(tmp_path, 25)


def test_a_checkpoint_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    scenarios.kills_during_checkpoint(tmp_path, 25)


def test_every_flipped_bit_that_matters_is_found(tmp_path: Path) -> None:
    scenarios.bit_flips(tmp_path, 80)


def test_every_cut_that_matters_is_found(tmp_path: Path) -> None:
    scenarios.truncations(tmp_path, 80)


def test_an_older_backup_is_refused(tmp_path: Path) -> None:
    scenarios.older_backup(tmp_path)


def test_a_rewritten_history_is_refused(tmp_path: Path) -> None:
    scenarios.rewrites(tmp_path, 20)


def test_a_race_has_one_winner(tmp_path: Path) -> None:
    scenarios.races(tmp_path, 50)


def test_a_race_on_a_server_has_one_winner(tmp_path: Path, server_place: str) -> None:
    scenarios.races(tmp_path, 30, server_place)


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    scenarios.two_writers(tmp_path, 1.0)


def test_two_writers_on_a_server_lose_nothing(tmp_path: Path, server_place: str) -> None:
    scenarios.two_writers(tmp_path, 1.0, server_place)


def test_sending_again_writes_nothing_twice(tmp_path: Path) -> None:
    scenarios.unknown_commit(tmp_path, 10)


def test_the_time_of_recording_ignores_a_clock_that_goes_back(tmp_path: Path) -> None:
    scenarios.clock_back(tmp_path)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    scenarios.disk_full(tmp_path)


def test_every_failing_statement_surfaces(tmp_path: Path) -> None:
    scenarios.every_call_fails(tmp_path)


def test_a_killed_server_loses_nothing(tmp_path: Path) -> None:
    postgres.require()
    cluster = postgres.Cluster()
    cluster.start()
    try:
        scenarios.server_kills(cluster, cluster.url(), 2)
    finally:
        cluster.stop()
        cluster.remove()


@pytest.mark.parametrize("what", hostile.CHECKS)
def test_a_hostile_text_is_taken_whole_or_refused_in_one_line(tmp_path: Path, what: str) -> None:
    hostile.examples(tmp_path, what, 300)


def test_a_file_that_may_only_be_read_is_read(tmp_path: Path, trialog: Command) -> None:
    bench = Bench(tmp_path)
    bench.log.close()
    bench.place.chmod(0o400)

    assert trialog("log", "--log", str(bench.place)).code == 0


@pytest.mark.parametrize(("size", "accepted"), [(0, True), (900_000, True), (1 << 21, False), (100 << 20, False)])
def test_a_payload_is_stored_or_refused_before_anything_is_written(tmp_path: Path, size: int, accepted: bool) -> None:
    from tests.log.store.test_trial_log import entry
    from trialog.events.errors import EventError

    with Database.create(str(tmp_path / "log.db")) as log:
        recorder = log.recorder("T")
        if accepted:
            recorder.insert_events([entry("s", 1, b"x" * size)])
            assert len(next(iter(recorder.entries())).state) == size
        else:
            with pytest.raises(EventError, match="expected at most 1048576"):
                recorder.insert_events([entry("s", 1, b"x" * size)])
            assert recorder.size() == 0


@pytest.mark.parametrize(
    "subject", ["../../x", "a'; DROP TABLE event; --", "=1+1", "\u0000", "\ud800", "9" * 10_000, "O\u2019Neil"]
)
def test_a_hostile_id_is_refused_in_one_line(tmp_path: Path, subject: str) -> None:
    from trialog.events.errors import EventError

    with pytest.raises(EventError) as refused:
        enrolled(subject, "2016-01-01")

    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 1_000
    assert TRIAL not in str(refused.value)
