"""What PostgreSQL refuses, to whom, and that both stores hold the same log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from tests import postgres
from tests.builders import TRIAL, Bench, assessed, corrected, died, dosed, enrolled, opened, registered, seen
from tests.conftest import Command
from trialog.application.answers.figures import group_fields
from trialog.application.recording.append_session import AppendSession
from trialog.application.trial_data import load
from trialog.events.definition import KAPLAN_MEIER
from trialog.events.entry import Draft
from trialog.events.errors import LogError
from trialog.log.checks.doctor import BAD, examine
from trialog.log.checks.verify import verify_log
from trialog.log.moving.copy import copy_trial
from trialog.log.store.database import Database
from trialog.log.store.postgresql.roles import apply_roles
from trialog.log.store.queries import LOOKUPS, Lookups
from trialog.projections.cohort_figures import group_figures


@dataclass(frozen=True)
class Server:
    """A log with two trials, one of them given to the writer `alice` and the reader `bob`."""

    cluster: postgres.Cluster
    schema: str

    def url(self, role: str) -> str:
        return self.cluster.url(role, self.schema)

    def sql(self, role: str, *statements: str) -> list[tuple[object, ...]]:
        return self.cluster.sql(*statements, role=role, schema=self.schema)


@pytest.fixture
def server(cluster: postgres.Cluster, tmp_path: Path) -> Iterator[Server]:
    with cluster.schema() as schema:
        found = Server(cluster, schema)
        bench = Bench(tmp_path, at=found.url(postgres.SUPERUSER))
        bench.append(enrolled("001", "2016-01-01"), died("001", "2017-03-17"))
        other = AppendSession(bench.log, "NCT2", "somebody")
        other.append([draft._replace(event_id=f"o{number}") for number, draft in enumerate(_registration())])
        for _ in range(2):  # the second time nothing changes
            with bench.log.writing() as connection:
                apply_roles(connection)
        bench.log.close()
        cluster.sql(
            "DO $$ BEGIN CREATE ROLE alice LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE carol LOGIN; "
            "EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            "GRANT trialog_writer TO alice",
            "GRANT trialog_reader TO bob",
            f"INSERT INTO access VALUES ('alice', '{TRIAL}'), ('alice', 'NCT3'), ('bob', '{TRIAL}')",  # noqa: S608
            schema=schema,
        )
        yield found


def _registration() -> list[Draft]:
    return [registered(), opened()]


COPY_OF_ROW = (
    "INSERT INTO event (trial, position, stream, version, kind, known_on, code, recorded_at, event_id, topic, actor, "
    "salt, leaf, payload) SELECT trial, {position}, stream, {version}, kind, known_on, code, {at}, '{id}', topic, actor, "
    "salt, leaf, payload FROM event WHERE position = 4"
)
NOW = "trialog_microseconds(clock_timestamp())"


@pytest.mark.parametrize(
    ("role", "attempt"),
    [
        *[
            (role, attempt)
            for role in (postgres.SUPERUSER, "alice", "bob", "carol")
            for attempt in (
                "UPDATE event SET payload = ''",
                "DELETE FROM event",
                "TRUNCATE event",
                "DELETE FROM trial",
                "TRUNCATE trial CASCADE",
                "UPDATE trial SET code = 'x'",
                "UPDATE trial SET size = size - 1",
                "UPDATE trial SET size = size + 1",
                "UPDATE trial SET recorded_at = 0",
                "UPDATE trial SET recorded_at = 9000000000000000",
                "INSERT INTO trial VALUES (9, 'NCT3', 'o', 1000, 0, 0, '')",
                "INSERT INTO trial VALUES (9, 'NCT3', 'o', 0, 1000, 0, '')",
                "INSERT INTO trial VALUES (9, 'NCT3', 'o', 0, 0, 1, '')",
                "INSERT INTO trial VALUES (9, 'NCT3', 'o', 0, 0, 0, 'x')",
                "UPDATE trial SET streams = streams + 1",
                "INSERT INTO stream VALUES (1, 4, 'x')",
                "INSERT INTO stream VALUES (1, 3, 'x'), (1, 5, 'y')",
                f"{COPY_OF_ROW.format(position=5, version=3, at=NOW, id='now')} AND trial = 1 UNION ALL SELECT "
                + COPY_OF_ROW.format(position=6, version=4, at=f"{NOW} - 5000000", id="then").partition("SELECT")[2],
                "UPDATE stream SET name = 'x'",
                "DELETE FROM stream",
                "DELETE FROM checkpoint",
                "UPDATE log SET value = '9'",
                "INSERT INTO log VALUES ('schema', '9')",
                COPY_OF_ROW.format(position=9, version=3, at=NOW, id="gap"),
                COPY_OF_ROW.format(position=5, version=9, at=NOW, id="versions"),
                COPY_OF_ROW.format(position=5, version=0, at=NOW, id="before the first"),
                f"{COPY_OF_ROW.format(position=5, version=0, at=NOW, id='0')} AND trial = 1 UNION ALL SELECT "
                + COPY_OF_ROW.format(position=6, version=-1, at=NOW, id="-1").partition("SELECT")[2],
                COPY_OF_ROW.format(position=4, version=2, at=NOW, id="again"),
                COPY_OF_ROW.format(position=4, version=2, at=NOW, id="again") + " ON CONFLICT (trial, position) DO UPDATE SET actor = 'x'",
            )
        ],
        *[
            (role, attempt)
            for role in ("alice", "bob", "carol")
            for attempt in (
                "ALTER TABLE event DISABLE TRIGGER ALL",
                "DROP TRIGGER event_not_changed ON event",
                "SET session_replication_role = replica",
                "UPDATE event SET login = 'x'",
                COPY_OF_ROW.format(position=5, version=3, at="0", id="earlier"),
                COPY_OF_ROW.format(position=5, version=3, at=f"{NOW} + 60000000", id="later"),
                COPY_OF_ROW.format(position=5, version=3, at=NOW, id="who").replace("(trial,", "(login, trial,").replace("SELECT trial", "SELECT 'x', trial"),
                "INSERT INTO access VALUES ('alice', '*')",
                "INSERT INTO trial VALUES (77, 'NCT2b', 'o', 0, 0, 0, '')",
                "CREATE TABLE more (a int)",
            )
        ],
    ],
)  # fmt: skip
def test_raw_sql_is_refused_to_everybody(server: Server, role: str, attempt: str) -> None:
    before = server.sql(postgres.SUPERUSER, "SELECT position, leaf FROM event ORDER BY trial, position")

    with pytest.raises(psycopg.Error):
        server.sql(role, attempt)

    assert server.sql(postgres.SUPERUSER, "SELECT position, leaf FROM event ORDER BY trial, position") == before
    assert server.sql(postgres.SUPERUSER, "SELECT value FROM log") == [("2",)]


def test_a_superuser_who_plays_a_replica_is_refused_too(server: Server) -> None:
    with pytest.raises(psycopg.Error, match="events are immutable"):
        server.sql(postgres.SUPERUSER, "SET session_replication_role = replica", "DELETE FROM event")


@pytest.mark.parametrize(("microseconds", "refused"), [(11_000_000, True), (5_000_000, False), (-11_000_000, True)])
def test_a_writer_has_seconds_between_its_look_at_the_clock_and_its_call(
    server: Server, microseconds: int, refused: bool
) -> None:
    server.sql(postgres.SUPERUSER, *postgres.ITS_LAST_EVENT_WAS_LONG_AGO)
    attempt = COPY_OF_ROW.format(position=5, version=3, at=f"{NOW} - {microseconds}", id="then")

    if refused:
        with pytest.raises(psycopg.Error, match="the time of recording is not now"):
            server.sql("alice", attempt)
    else:
        server.sql("alice", attempt)


def test_a_stream_begins_with_version_0_or_1(server: Server) -> None:
    server.sql("alice", "INSERT INTO stream VALUES (1, 3, 'x')")
    begun = COPY_OF_ROW.replace(" stream, {version}", " 3, {version}")

    for version in (-1, 2):
        with pytest.raises(psycopg.Error, match="version is not the next one of the stream"):
            server.sql("alice", begun.format(position=5, version=version, at=NOW, id="begun"))
    server.sql("alice", begun.format(position=5, version=0, at=NOW, id="begun"))


def test_what_stands_behind_the_head_is_found(server: Server) -> None:
    """Everybody is kept from appending by it: their events would take its place."""
    with Database.open(server.url("alice")) as log:
        verify_log(log)
        server.sql("alice", "INSERT INTO stream VALUES (1, 3, 'x')")
        with pytest.raises(LogError, match="stream 3 stands behind the head of the trial"):
            verify_log(log)
        server.sql("alice", COPY_OF_ROW.format(position=5, version=3, at=NOW, id="behind"))
        with pytest.raises(LogError, match="position 5 stands behind the head of the trial"):
            verify_log(log)


def test_each_trial_is_appended_to_by_itself(server: Server) -> None:
    one = COPY_OF_ROW.format(position=5, version=3, at=NOW, id="one")
    other = (
        one.partition("SELECT")[2]
        .replace("trial,", "2,")
        .replace(" 5, stream, 3,", " 3, 1, 3,")
        .replace("'one'", "'2'")
    )

    with pytest.raises(psycopg.Error, match="events of several trials at once"):
        server.sql(postgres.SUPERUSER, f"{one} AND trial = 1 UNION ALL SELECT {other}")


@pytest.mark.parametrize("table", ["event", "trial"])
def test_a_writer_s_temporary_table_does_not_blind_the_guards(server: Server, table: str) -> None:
    with pytest.raises(psycopg.Error, match=r"position is not the next one|permission denied"):
        server.sql(
            "alice",
            f"CREATE TEMPORARY TABLE {table} AS SELECT * FROM {server.schema}.{table} LIMIT 0",  # noqa: S608
            COPY_OF_ROW.format(position=9, version=3, at=NOW, id="gap")
            .replace("INTO event", f"INTO {server.schema}.event")
            .replace("FROM event", f"FROM {server.schema}.event"),
        )


def test_a_writer_appends_to_its_trials_and_sees_no_other(server: Server) -> None:
    with Database.open(server.url("alice")) as log:
        assert [head.code for head in log.trials()] == [TRIAL]
        AppendSession(log, TRIAL, "Alice A.").append([enrolled("002", "2016-01-01")])
        AppendSession(log, "NCT3", "Alice A.").append(_registration())
        with pytest.raises(LogError, match=r"row-level security"):
            AppendSession(log, "NCT4", "Alice A.").append(_registration())
        assert [each.checkpoint.size for each in verify_log(log)] == [5, 2]
    rows = server.sql(postgres.SUPERUSER, "SELECT DISTINCT actor, login FROM event WHERE login <> 'owner'")
    assert rows == [("Alice A.", "alice")]


@pytest.mark.parametrize("name", Lookups._fields)
@pytest.mark.parametrize("analyzed", [False, True])
def test_a_writer_s_lookups_go_by_their_index_too(server: Server, name: str, analyzed: bool) -> None:
    """Row-level security adds conditions; a subquery in them made each append of a writer a quarter of a second."""
    if analyzed:
        server.sql(postgres.SUPERUSER, "ANALYZE event, stream, trial, access")
    statement = getattr(LOOKUPS["postgresql"], name)
    asked = {"ids": ["a"] * 900, "names": ["a"] * 900, "numbers": [1] * 900, "positions": [1] * 900, "of_trial": 1}
    with Database.open(server.url("alice")) as log, log.reading() as connection:
        compiled = statement.compile(dialect=log.engine.dialect)
        given = compiled.construct_params({key: value for key, value in asked.items() if key in compiled.params})
        plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {compiled}", given))

    column = {"ids": "event_id", "names": "name", "positions": "position", "numbers": "stream"}
    wanted = column[next(key for key in column if key in compiled.params)]
    conditions = next(line for line in plan.splitlines() if "Index Cond:" in line)
    assert "(trial = 1)" in conditions, plan
    assert f"{wanted} " in conditions.replace('"', "").replace("(", ""), plan
    assert "Seq Scan on" not in plan, plan
    assert "Sort" not in plan, plan
    assert "JIT" not in plan, plan


def test_a_reader_replays_its_trials_and_appends_nothing(server: Server) -> None:
    with Database.open(server.url("bob")) as log:
        assert load(log, TRIAL).size == 4
        with pytest.raises(LogError, match="permission denied"):
            AppendSession(log, TRIAL, "Bob").append([enrolled("002", "2016-01-01")])


def test_a_login_without_a_role_sees_nothing(server: Server) -> None:
    with pytest.raises(LogError, match="is not a log of trialog"):
        Database.open(server.url("carol"))


def test_a_login_that_does_not_exist_is_told_from_a_place_without_a_log(server: Server, trialog: Command) -> None:
    stranger = trialog("verify", "--log", server.url("nobody_here"))
    without_role = trialog("verify", "--log", server.url("carol"))

    assert (stranger.code, 'role "nobody_here" does not exist' in stranger.err) == (1, True)
    assert "trialog init" not in stranger.err
    assert "or ask the owner of one for a role in it" in without_role.err


@pytest.mark.parametrize(
    ("role", "arguments", "complaint"),
    [
        ("alice", ("register", "NCT4"), "this login was not given that trial (row-level security); its owner adds a row"),
        ("bob", ("register", TRIAL), "permission denied for table trial; that needs another role: a reader reads"),
        ("alice", ("open-cohort", "--cohort", "9", "--trial", "NCT2"), "unknown trial 'NCT2'"),
    ],
)  # fmt: skip
def test_what_a_login_may_not_do_is_said_with_the_way_out(
    server: Server, trialog: Command, role: str, arguments: tuple[str, ...], complaint: str
) -> None:
    title = ("--title", "T") if arguments[0] == "register" else ()

    refused = trialog(*arguments, *title, "--on", "2016-01-01", "--source", "s", "--log", server.url(role))

    assert (refused.code, refused.out) == (1, "")
    assert complaint in refused.err
    assert len(refused.err.splitlines()) == 1


def test_a_login_with_some_trials_is_told_that_an_answer_is_about_those_alone(
    server: Server, trialog: Command, tmp_path: Path
) -> None:
    said = "note: this login sees the trials that it was given and no other"
    for number, command in enumerate((("verify",), ("backup", "b.db"))):
        assert said in trialog(*command, "--log", server.url("alice")).err, number
    assert said in trialog("copy", server.url("bob"), "c.db").err
    assert said not in trialog("verify", "--log", server.url(postgres.SUPERUSER)).err
    assert said not in trialog("verify", "--trial", TRIAL, "--log", server.url("alice")).err

    server.sql(postgres.SUPERUSER, "INSERT INTO access VALUES ('bob', '*')")
    assert said not in trialog("verify", "--log", server.url("bob")).err
    server.sql(postgres.SUPERUSER, "DELETE FROM access WHERE login = 'bob'")
    assert "holds no trial that this login was given" in trialog("cohorts", "--log", server.url("bob")).err


def test_doctor_knows_a_guarded_server_from_an_unguarded_one(server: Server) -> None:
    with Database.open(server.url("alice")) as log:
        assert [each for each in examine(log) if each.verdict == BAD] == []
    server.sql(postgres.SUPERUSER, "ALTER TABLE event DISABLE TRIGGER event_not_changed")
    with Database.open(server.url("alice")) as log:
        assert [each.found for each in examine(log) if each.verdict == BAD] == [
            "changed or switched off: event_not_changed"
        ]


def test_what_a_superuser_changed_is_found(server: Server) -> None:
    server.sql(
        postgres.SUPERUSER,
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "UPDATE event SET actor = 'x' WHERE position = 2",
    )
    with (
        Database.open(server.url("bob")) as log,
        pytest.raises(LogError, match="position 2: the row does not have its leaf"),
    ):
        verify_log(log)


# -- both stores


def history(bench: Bench) -> None:
    for number in range(1, 9):
        subject = f"{number:03}"
        bench.append(enrolled(subject, f"2016-{number:02}-01"), dosed(subject, f"2016-{number:02}-10"))
        bench.append(assessed(subject, "2017-01-01", "PR"), seen(subject, "2017-06-01"))
        if number % 2:
            bench.append(died(subject, f"2018-{number:02}-01", event_id=f"death-{subject}"))
    bench.append(corrected("death-003", {"occurred_on": "2018-05-05"}, on="2019-01-01"))


@pytest.mark.parametrize("way", ["there", "back"])
def test_both_stores_give_the_same_root_and_the_same_figures(
    way: str, server_place: str, tmp_path: Path, trialog: Command
) -> None:
    file = str(tmp_path / "log.db")
    first, second = (file, server_place) if way == "there" else (server_place, file)
    bench = Bench(tmp_path, at=first)
    history(bench)
    with Database.create(second) as other:
        copied = copy_trial(bench.log, other, TRIAL)
        found = []
        for log in (bench.log, other):
            data = load(log, TRIAL)
            state = data.as_of(17_800)
            figures = [group_fields(group_figures(state, label, (label,), KAPLAN_MEIER)) for label in ("A",)]
            found.append((data.size, data.root, figures))
        assert found[0] == found[1]
        assert copied.root.hex() == found[0][1]
    bench.log.close()
    asked = ("snapshot", "--as-of", "2018-10-01", "--subjects", "--json")
    assert trialog(*asked, "--log", first).out == trialog(*asked, "--log", second).out != ""


def test_a_second_writer_of_a_trial_is_told_to_wait(server_place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialog.log.store.connections.BUSY_SECONDS", 1)
    with Database.create(server_place) as one, Database.open(server_place) as two:
        AppendSession(one, TRIAL, "a").append(_registration())
        with (
            one.recorder(TRIAL).writing(),
            pytest.raises(LogError, match="another program has been writing to it for 1 s"),
        ):
            AppendSession(two, TRIAL, "b").append([enrolled("001", "2016-01-01")])
        with one.recorder(TRIAL).writing():
            # Another trial is another log: its writers do not wait.
            AppendSession(two, "NCT2", "b").append(_registration())


def test_two_that_create_at_once_make_one_log(server_place: str) -> None:
    Database.create(server_place).close()

    with pytest.raises(LogError, match="holds a log already"):
        Database.create(server_place)


def test_a_server_that_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(LogError) as refused:
        Database.open(f"postgresql://me@/none?host={tmp_path}")

    assert len(str(refused.value).splitlines()) == 1


def test_init_makes_a_log_and_its_roles(cluster: postgres.Cluster, trialog: Command) -> None:
    with cluster.schema() as schema:
        place = cluster.url(schema=schema)
        made = trialog("init", place, "--roles", "apply")
        again = trialog("init", place, "--roles", "apply")
        refused = trialog("init", place)
        doctor = trialog("doctor", "--log", place)

    assert (made.code, made.err) == (0, "")
    assert "created an empty log at postgresql://" in made.out
    assert again.out.startswith("applied the roles")
    assert (refused.code, "holds a log already" in refused.err) == (1, True)
    assert doctor.code == 0


def test_a_schema_that_is_not_there_is_asked_for(cluster: postgres.Cluster, trialog: Command) -> None:
    refused = trialog("init", cluster.url(schema="nosuch"))

    assert (refused.code, refused.out) == (1, "")
    assert "there is no such schema; its owner makes it first: CREATE SCHEMA name" in refused.err


def test_a_lost_connection_leaves_the_program_usable(cluster: postgres.Cluster, server_place: str) -> None:
    with Database.create(server_place) as log:
        tracker = AppendSession(log, TRIAL, "a")
        tracker.append(_registration())
        with pytest.raises(LogError), log.reading() as connection:  # noqa: PT012  # all of it is the loss
            own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            cluster.sql(f"SELECT pg_terminate_backend({own})")
            connection.execute(text("SELECT 1"))
        tracker.append([enrolled("001", "2016-01-01")])
        assert verify_log(log)[0].checkpoint.size == 3
