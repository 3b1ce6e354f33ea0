"""verify, checkpoint, prove, doctor, copy and backup, as a person runs them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests import forging
from tests.builders import TRIAL, Bench, died, enrolled, seen
from tests.conftest import Command
from trialog.log.store.database import Database
from trialog.log.store.rows import StoredEntry


@pytest.fixture
def place(bench: Bench, monkeypatch: pytest.MonkeyPatch, trialog: Command) -> Path:
    """A log of five events, named in the environment."""
    for name in ("TRIALOG_KEY", "TRIALOG_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    bench.append(enrolled("001", "2016-01-01"), seen("001", "2016-06-01"), died("001", "2017-03-17"))
    monkeypatch.setenv("TRIALOG_LOG", str(bench.place))
    monkeypatch.setenv("TRIALOG_SOURCE", "test")
    return bench.place


def later_death(entry: StoredEntry) -> StoredEntry:
    """Move the death to a later day, everything that follows from it included."""
    if b"2017-03-17" not in entry.state:
        return entry
    columns = entry.columns._replace(occurred_first=17_300, occurred_last=17_300)
    return replace(entry, state=entry.state.replace(b"2017-03-17", b"2017-05-14"), columns=columns)


def test_an_untouched_log_is_verified(trialog: Command, place: Path) -> None:
    result = trialog("verify")

    assert (result.code, result.err) == (0, "")
    assert f"{TRIAL}: 5 events verified, root " in result.out
    assert "compared with nothing outside of the log" in result.out


def test_an_empty_log_is_verified(trialog: Command, tmp_path: Path) -> None:
    trialog("init", "empty.db")

    assert trialog("verify", "--log", "empty.db").out.startswith("the log is empty")


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        pytest.param("UPDATE event SET payload = CAST(replace(payload, '2017-03-17', '2017-05-17') AS BLOB) WHERE position = 5", "position 5: the row does not have its leaf", id="payload"),
        pytest.param("UPDATE event SET actor = 'somebody' WHERE position = 2", "position 2: the row does not have its leaf", id="who"),
        pytest.param("UPDATE event SET recorded_at = recorded_at - 1 WHERE position = 3", "position 3: the row does not have its leaf", id="when recorded"),
        pytest.param("UPDATE event SET salt = zeroblob(16) WHERE position = 1", "position 1: the row does not have its leaf", id="salt"),
        pytest.param("UPDATE event SET leaf = zeroblob(32) WHERE position = 4", "position 4: the row does not have its leaf", id="leaf"),
        pytest.param("UPDATE event SET occurred_first = occurred_first + 1 WHERE position = 5", "position 5: column occurred_first is", id="plain column: day"),
        pytest.param("UPDATE event SET known_on = known_on - 9 WHERE position = 5", "position 5: column known_on is", id="plain column: known on"),
        pytest.param("UPDATE event SET kind = 9 WHERE position = 5", "position 5: column kind is 9", id="plain column: kind"),
        pytest.param("DELETE FROM event WHERE position = 3", "position 3 is missing", id="an event taken out"),
        pytest.param("DELETE FROM event WHERE position = 5", "position 5 is missing", id="the last event taken out"),
        pytest.param("UPDATE event SET stream = 1 WHERE position = 5", "position 5: the row does not have its leaf", id="stream"),
        pytest.param("UPDATE stream SET name = 'subject/002' WHERE name = 'subject/001'", "position 3: the row does not have its leaf", id="subject renamed"),
        pytest.param("UPDATE trial SET frontier = zeroblob(64)", "the root in the trial's row does not fit", id="root"),
        pytest.param("UPDATE trial SET recorded_at = 0", "the time of the last event in the trial's row", id="last time"),
        pytest.param("UPDATE trial SET size = 4", "the trial's row was changed or is damaged: a frontier of size 4 has 1 hashes, not 64 bytes", id="size"),
        pytest.param("UPDATE trial SET size = 3", "the root in the trial's row does not fit", id="size of as many hashes"),
        pytest.param("UPDATE trial SET origin = 'trialog/x/y'", "position 1: the row does not have its leaf", id="origin"),
    ],
)  # fmt: skip
def test_the_first_difference_is_named(trialog: Command, place: Path, statement: str, difference: str) -> None:
    forging.unguarded(place, statement)

    result = trialog("verify")
    as_json = trialog("verify", "--json")

    assert result.code == as_json.code == 1
    assert result.out == ""
    assert difference in result.err
    assert len(result.err.splitlines()) == 1
    assert json.loads(as_json.out)["verified"] is False
    assert difference in json.loads(as_json.out)["difference"]


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        pytest.param("DELETE FROM checkpoint WHERE number = 1", "kept checkpoint 1 is missing", id="taken out"),
        pytest.param("UPDATE trial SET origin = 'trialog/x/y'", "kept checkpoint 1 is of trialog/", id="trial renamed"),
        pytest.param("UPDATE checkpoint SET size = 4 WHERE number = 2", "kept checkpoint 2: its note says something else than its row", id="size"),
        pytest.param("UPDATE checkpoint SET note = 'x' WHERE number = 2", "kept checkpoint 2: the note does not end", id="note"),
    ],
)  # fmt: skip
def test_what_happened_to_a_kept_checkpoint_is_named(
    trialog: Command, place: Path, statement: str, difference: str
) -> None:
    trialog("checkpoint", "create")
    trialog("checkpoint", "create")
    forging.unguarded(place, statement)

    result = trialog("verify")

    assert (result.code, result.out) == (1, "")
    assert difference in result.err
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize(
    "command",
    [
        ("log",), ("show", "001"), ("cohorts",), ("snapshot", "--as-of", "2017-01-01"), ("checkpoint", "create"),
        ("checkpoint", "show"), ("prove", "1"), ("prove", "1", "--trial", TRIAL), ("backup", "b.db"), ("verify", "--trial", TRIAL),
        ("seen", "001", "--on", "2016-07-01"), ("export", "log", "--out", "o.jsonl"), ("announcements",), ("announcements", "--trial", TRIAL),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_breaks_on_a_changed_size(trialog: Command, place: Path, command: tuple[str, ...]) -> None:
    forging.unguarded(place, "UPDATE trial SET size = 4")

    result = trialog(*command)

    assert (result.code, result.out) == (1, "")
    assert "a frontier of size 4 has 1 hashes, not 64 bytes" in result.err
    assert len(result.err.splitlines()) == 1


def test_a_log_cut_off_is_damaged_and_not_another_file(trialog: Command, place: Path) -> None:
    content = place.read_bytes()
    place.write_bytes(content[: len(content) // 3])

    for command in ("verify", "doctor", "log"):
        result = trialog(command)
        assert (result.code, result.out) == (1, "")
        assert result.err.startswith(f"trialog: {place} is damaged: ")


def test_a_trial_that_the_log_does_not_hold_is_never_an_empty_one(trialog: Command, place: Path) -> None:
    for command in (("log",), ("prove", "1"), ("prove", "--first"), ("export", "log", "--out", "o.jsonl"), ("verify",)):
        result = trialog(*command, "--trial", "NCT404")
        assert (result.code, result.out) == (1, "")
        assert "no trial 'NCT404' in this log" in result.err
    assert not Path("o.jsonl").exists()


def test_a_checkpoint_file_that_is_not_there_is_said_so_in_a_log_of_many_trials(trialog: Command, place: Path) -> None:
    trialog("register", "NCT2", "--title", "T", "--on", "2016-01-01")

    result = trialog("verify", "--since", "none.txt")

    assert (result.code, result.out) == (1, "")
    assert "no file 'none.txt'" in result.err


def test_a_changed_log_is_not_written_out(trialog: Command, place: Path) -> None:
    forging.unguarded(place, "UPDATE event SET actor = 'somebody' WHERE position = 2")

    refused = trialog("export", "log", "--out", "log.jsonl")

    assert (refused.code, refused.err) == (1, f"trialog: {TRIAL}: position 2: the row does not have its leaf\n")
    assert not Path("log.jsonl").exists()


def test_events_that_are_gone_are_missed_by_every_answer(trialog: Command, place: Path) -> None:
    forging.unguarded(place, "DELETE FROM event WHERE position = 4")

    assert trialog("cohorts").err == (
        f"trialog: {TRIAL}: events are missing: 5 should follow position 0 and 4 do; run trialog verify\n"
    )


def test_a_changed_export_is_refused_by_the_name_of_its_file(trialog: Command, place: Path) -> None:
    trialog("export", "log", "--out", "log.jsonl")
    trialog("init", "new.db")
    text = Path("log.jsonl").read_text()
    Path("changed.jsonl").write_text(text.replace("2017-03-17", "2017-03-18"))
    Path("cut.jsonl").write_text("".join(text.splitlines(keepends=True)[:-1]))

    changed = trialog("import", "log", "changed.jsonl", "--log", "new.db")
    cut = trialog("import", "log", "cut.jsonl", "--log", "new.db")
    again = trialog("import", "log", "log.jsonl")

    assert (
        changed.err
        == f"trialog: changed.jsonl: position 5 of {TRIAL}: the entry is not what its leaf says; the file was changed\n"
    )
    assert cut.err == f"trialog: cut.jsonl: {TRIAL}: its head says 5 entries, 4 came; the file is cut off\n"
    assert again.err.startswith(f"trialog: the log holds trial {TRIAL} already")
    assert trialog("verify", "--log", "new.db").out == "the log is empty\n"


def test_a_checkpoint_is_not_computed_for_a_file_that_is_there(trialog: Command, place: Path) -> None:
    trialog("checkpoint", "create", "--out", "then.txt")
    forging.unguarded(place, "UPDATE event SET actor = 'x' WHERE position = 2")

    result = trialog("checkpoint", "create", "--out", "then.txt")

    assert (result.code, result.err) == (1, "trialog: then.txt exists already; nothing was changed\n")


def test_a_checkpoint_that_is_kept_already_is_not_kept_twice(trialog: Command, place: Path) -> None:
    trialog("checkpoint", "create", "--out", "then.txt")

    again = trialog("checkpoint", "keep", "then.txt", "--json")
    about = trialog("checkpoint", "keep", "then.txt", "--about", "r1", "--json")

    assert [json.loads(each.out)["number"] for each in (again, about)] == [1, 2]
    assert len(json.loads(trialog("checkpoint", "show", "--json").out)["checkpoints"]) == 2


def test_growth_is_proved_in_words_that_fit_it(trialog: Command, place: Path, bench: Bench) -> None:
    trialog("checkpoint", "create", "--out", "then.txt")
    trialog("prove", "--since", "then.txt", "--out", "same")
    bench.append(enrolled("002", "2016-01-01"))
    trialog("prove", "--since", "then.txt", "--out", "grown")

    same = trialog("check-proof", "same", "--checkpoint", "then.txt")
    grown = trialog("check-proof", "grown", "--checkpoint", "then.txt")

    assert "with 5 events was the same log" in same.out
    assert "with 5 events grew to 6, the first ones unchanged" in grown.out


LONG = "a" * 300
"""A name that no file system takes: the question whether the file is there is refused, as in a closed folder."""


@pytest.mark.parametrize(
    "command",
    [
        ("verify", "--log", LONG), ("init", LONG), ("verify", "--since", LONG), ("checkpoint", "show", LONG), ("prove", "1", "--out", LONG),
        ("backup", LONG), ("copy", LONG, "b.db"), ("copy", "a.db", LONG), ("import", "sdtm", LONG), ("import", "table", LONG, "--map", "jasa"),
        ("append", LONG), ("audit", LONG), ("estimate", LONG, "--time", "a", "--event", "b"),
        ("check-proof", LONG), ("export", "log", "--out", LONG), ("project", "--to", LONG), ("announce", "--file", LONG), ("demo", LONG),
    ],
    ids=lambda command: " ".join(command).replace(LONG, "LONG"),
)  # fmt: skip
def test_a_place_that_the_system_refuses_is_one_line(trialog: Command, place: Path, command: tuple[str, ...]) -> None:
    Path("a.db").write_bytes(place.read_bytes())

    result = trialog(*command)

    assert (result.code, result.out) == (2 if command[0] == "audit" else 1, "")
    assert "File name too long" in result.err
    assert len(result.err.splitlines()) == 1


def test_a_backup_into_a_folder_that_is_not_there(trialog: Command, place: Path) -> None:
    result = trialog("backup", "none/copy.db")

    assert (result.code, result.err) == (1, "trialog: cannot write none/copy.db: there is no folder none\n")


def test_a_damaged_event_is_listed_with_its_position(trialog: Command, place: Path) -> None:
    forging.unguarded(place, "UPDATE event SET payload = CAST(replace(payload, '2017-03-17', '2017-99-17') AS BLOB)")

    assert "position 5: subject-died/1: occurred_on: '2017-99-17' is not a day" in trialog("log").err


def test_a_consistent_rewrite_shows_only_against_a_checkpoint_kept_elsewhere(
    trialog: Command, place: Path, bench: Bench
) -> None:
    trialog("checkpoint", "create", "--out", "then.txt")
    forging.rewritten(bench.log, "forged.db", later_death).close()

    assert trialog("verify", "--log", "forged.db").code == 0

    result = trialog("verify", "--log", "forged.db", "--since", "then.txt")
    assert result.code == 1
    assert "the checkpoint given has the root" in result.err
    assert "its beginning was rewritten" in result.err


def test_a_log_that_lost_its_tail_is_found_against_a_checkpoint(trialog: Command, place: Path, bench: Bench) -> None:
    trialog("checkpoint", "create", "--out", "then.txt")
    forging.rewritten(bench.log, "short.db", lambda entry: entry if entry.position < 5 else None).close()

    result = trialog("verify", "--log", "short.db", "--since", "then.txt")

    assert result.code == 1
    assert "the log has 4 events and the checkpoint given 5: events are missing" in result.err


def test_a_log_that_grew_extends_its_checkpoint(trialog: Command, place: Path, bench: Bench) -> None:
    trialog("checkpoint", "create", "--out", "then.txt")
    bench.append(enrolled("002", "2017-01-01"))

    result = trialog("verify", "--since", "then.txt", "--json")

    found = json.loads(result.out)
    assert (result.code, found["verified"], found["trials"][0]["size"]) == (0, True, 6)
    assert found["extends"][0]["size"] == 5


def test_a_checkpoint_of_another_log_is_refused(trialog: Command, place: Path, tmp_path: Path) -> None:
    other = Bench(tmp_path, name="other.db")
    other.log.close()
    trialog("checkpoint", "create", "--out", "other.txt", "--log", str(other.place))

    result = trialog("verify", "--since", "other.txt")

    assert result.code == 1
    assert "the checkpoint is of the log trialog/" in result.err


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "then.txt: the note does not end with a line end"),
        ("one line\n", "then.txt: not a checkpoint; expected three lines"),
        ("origin\nmany\nroot\n", "then.txt: not a checkpoint: expected a size and a root behind 'origin'"),
        ("origin\n5\nAAAA\n", "then.txt: not a checkpoint"),
        ("a\n1\n\x00\n", "then.txt: the note holds control characters"),
    ],
)
def test_what_is_no_checkpoint(trialog: Command, place: Path, tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "then.txt").write_text(content)

    result = trialog("verify", "--since", "then.txt")

    assert result.code == 1
    assert complaint in result.err
    assert len(result.err.splitlines()) == 1


def test_an_announcement_keeps_the_checkpoint_that_it_rests_on(trialog: Command, place: Path, bench: Bench) -> None:
    announced = trialog("announce", "2023-12-01", "--title", "T", "--on", "2023-12-01")
    bench.append(enrolled("003", "2016-01-01"))

    assert announced.code == 0
    assert "log: 6 events, root " in announced.out
    assert "extends the checkpoint of 6 events" in trialog("verify", "--since", "2023-12-01").out
    kept = json.loads(trialog("checkpoint", "show", "--json").out)["checkpoints"]
    assert [(each["about"], each["size"]) for each in kept] == [("2023-12-01", 6)]
    assert kept[0]["note"] in announced.out + "\n"


def test_an_unknown_checkpoint_names_those_kept(trialog: Command, place: Path) -> None:
    trialog("checkpoint", "create", "--about", "2020-01-01")

    result = trialog("verify", "--since", "nonesuch")

    assert result.code == 1
    assert "no checkpoint 'nonesuch'" in result.err
    assert "kept are: 2020-01-01" in result.err


def test_a_checkpoint_is_not_made_of_a_log_that_does_not_verify(trialog: Command, place: Path) -> None:
    forging.unguarded(place, "UPDATE event SET actor = 'x' WHERE position = 1")

    result = trialog("checkpoint", "create", "--out", "then.txt")

    assert result.code == 1
    assert not Path("then.txt").exists()


# -- keys and signatures


@pytest.fixture
def keys(trialog: Command, place: Path) -> tuple[str, str]:
    """The public halves of a log's and a witness's key."""
    log = trialog("checkpoint", "key", "example.org/log", "--out", "log.key")
    witness = trialog("checkpoint", "key", "cro.example", "--witness", "--out", "witness.key")
    return log.out.strip(), witness.out.strip()


def test_a_signed_checkpoint_holds_with_its_key_and_no_other(
    trialog: Command, place: Path, keys: tuple[str, str]
) -> None:
    trialog("checkpoint", "create", "--key-file", "log.key", "--out", "then.txt")
    trialog("checkpoint", "key", "example.org/log", "--out", "other.key")
    other = trialog("checkpoint", "key", "somebody", "--out", "third.key").out.strip()

    assert trialog("verify", "--since", "then.txt", "--key", keys[0]).code == 0
    refused = trialog("verify", "--since", "then.txt", "--key", other)
    assert (refused.code, "the checkpoint is not signed by somebody" in refused.err) == (1, True)


def test_a_changed_note_does_not_have_its_signature(trialog: Command, place: Path, keys: tuple[str, str]) -> None:
    trialog("checkpoint", "create", "--key-file", "log.key", "--out", "then.txt")
    text = Path("then.txt").read_text()
    Path("then.txt").write_text(text.replace("\n5\n", "\n4\n"))

    result = trialog("verify", "--since", "then.txt", "--key", keys[0])

    assert (result.code, "the signature of example.org/log is wrong" in result.err) == (1, True)


def test_a_secret_key_is_never_shown_and_is_for_its_owner_only(
    trialog: Command, place: Path, keys: tuple[str, str]
) -> None:
    secret = Path("log.key").read_text()
    assert Path("log.key").stat().st_mode & 0o777 == 0o600
    assert secret.strip().startswith("PRIVATE+KEY+example.org/log+")
    Path("log.key").chmod(0o640)

    result = trialog("checkpoint", "create", "--key-file", "log.key")

    assert result.code == 1
    assert "log.key can be read by others" in result.err
    assert secret.split("+", 4)[-1] not in result.out + result.err + "".join(keys)


def test_a_key_is_taken_from_the_environment(
    trialog: Command, place: Path, keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIALOG_KEY", Path("log.key").read_text())

    made = trialog("announce", "r", "--title", "T", "--on", "2023-01-01", "--json")

    assert "\u2014 example.org/log " in json.loads(made.out)["checkpoint"]


def test_a_damaged_key_tells_nothing_of_itself(
    trialog: Command, place: Path, keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = Path("log.key").read_text().strip()
    monkeypatch.setenv("TRIALOG_KEY", secret[:-10] + ("A" if secret[-10] != "A" else "B") + secret[-9:])

    result = trialog("checkpoint", "create")

    assert (result.code, "TRIALOG_KEY: the secret key is damaged" in result.err) == (1, True)
    assert secret.split("+", 4)[-1][:10] not in result.err


@pytest.mark.parametrize("given", ["log.key", "the key itself"])
def test_a_secret_key_given_as_the_public_one_is_not_repeated(
    trialog: Command, place: Path, keys: tuple[str, str], given: str
) -> None:
    trialog("checkpoint", "create", "--key-file", "log.key", "--out", "then.txt")
    secret = Path("log.key").read_text().strip()

    result = trialog("verify", "--since", "then.txt", "--key", given if given == "log.key" else secret)

    assert result.code == 1
    assert "expected a public key: NAME+HASH+KEY, found a secret one" in result.err
    assert secret.split("+", 4)[-1][:8] not in result.out + result.err


WITHOUT_CRYPTOGRAPHY = """
import sys
sys.modules["cryptography"] = None
from trialog.cli.app import main
main()
"""


def test_a_signature_is_not_checked_without_the_library_that_can(
    trialog: Command, place: Path, keys: tuple[str, str]
) -> None:
    trialog("prove", "5", "--key-file", "log.key", "--out", "proof.txt")

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", WITHOUT_CRYPTOGRAPHY, "check-proof", "proof.txt", "--key", keys[0]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "trialog: signatures need a library; install it with: pip install 'trialog[crypto]'\n"


# -- proofs


def test_a_proof_convinces_somebody_without_the_log(trialog: Command, place: Path, keys: tuple[str, str]) -> None:
    trialog("checkpoint", "create", "--key-file", "log.key", "--out", "then.txt")
    assert trialog("prove", "5", "--checkpoint", "then.txt", "--out", "proof.txt").code == 0
    place.unlink()

    trusting = trialog("check-proof", "proof.txt", "--checkpoint", "then.txt", "--key", keys[0], "--json")
    unsure = trialog("check-proof", "proof.txt")

    found = json.loads(trusting.out)
    assert (trusting.code, found["event"]["position"], found["size"]) == (0, 5, 5)
    assert json.loads(found["event"]["payload"])["occurred_on"] == "2017-03-17"
    assert (unsure.code, "consistent with itself, proves nothing yet" in unsure.out) == (3, True)


def test_every_changed_character_of_a_proof_is_noticed(trialog: Command, place: Path) -> None:
    """Or leaves the meaning alone: the last bits of a base 64 group may be spelt in several ways."""
    trialog("checkpoint", "create", "--out", "then.txt")
    trialog("prove", "3", "--checkpoint", "then.txt", "--out", "proof.txt")
    text = Path("proof.txt").read_text()
    told = trialog("check-proof", "proof.txt", "--checkpoint", "then.txt").out

    for at in range(0, len(text), 3):
        changed = "B" if text[at] != "B" else "C"
        Path("forged.txt").write_text(text[:at] + changed + text[at + 1 :])
        result = trialog("check-proof", "forged.txt", "--checkpoint", "then.txt")
        assert result.code == 1 or result.out == told


def test_a_proof_of_a_rewritten_log_does_not_lead_to_the_checkpoint(
    trialog: Command, place: Path, bench: Bench
) -> None:
    trialog("checkpoint", "create", "--out", "then.txt")
    forging.rewritten(bench.log, "forged.db", later_death).close()

    onto = trialog("prove", "5", "--checkpoint", "then.txt", "--log", "forged.db")
    trialog("prove", "5", "--log", "forged.db", "--out", "proof.txt")
    own = trialog("check-proof", "proof.txt", "--checkpoint", "then.txt")

    assert (onto.code, "the stored leaves do not lead to the checkpoint" in onto.err) == (1, True)
    assert (own.code, "not to the checkpoint that you trust" in own.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["prove"], "say what to prove"),
        (["prove", "99"], "no event '99' in the log"),
        (["prove", "nonesuch"], "no event 'nonesuch' in the log"),
        (["prove", "1", "--checkpoint", "none.txt"], "no checkpoint 'none.txt'"),
        (["check-proof", "none.txt"], "trialog: cannot read none.txt"),
        (["checkpoint", "keep", "none.txt"], "trialog: cannot read none.txt"),
        (["checkpoint", "create", "--key-file", "none.txt"], "trialog: cannot read none.txt"),
        (["checkpoint", "cosign", "none.txt", "--key-file", "none.txt"], "trialog: cannot read none.txt"),
        (["check-proof", "none.txt", "--key", "none.txt"], "trialog: cannot read none.txt"),
    ],
)
def test_what_cannot_be_proved(trialog: Command, place: Path, arguments: list[str], complaint: str) -> None:
    result = trialog(*arguments)

    assert (result.code, result.out) == (1, "")
    assert complaint in result.err


# -- a witness


def test_a_witness_signs_what_grew_and_refuses_what_was_rewritten(
    trialog: Command, place: Path, bench: Bench, keys: tuple[str, str]
) -> None:
    trialog("prove", "--first", "--key-file", "log.key", "--out", "first")
    signed = trialog(
        "checkpoint", "cosign", "first", "--key-file", "witness.key", "--key", keys[0], "--out", "seen.txt"
    )
    assert signed.code == 0
    assert trialog("checkpoint", "keep", "seen.txt", "--key", keys[1]).code == 0
    then = place.read_bytes()
    bench.append(enrolled("002", "2016-01-01"))

    trialog("prove", "--since", "seen.txt", "--key-file", "log.key", "--out", "second")
    assert b"002" not in Path("second").read_bytes()
    assert trialog("checkpoint", "cosign", "second", "--key-file", "witness.key", "--out", "seen2.txt").code == 0

    Path("old.db").write_bytes(then)
    restored = Database.open("old.db")
    forging.rewritten(restored, "forged.db", later_death).close()
    restored.close()
    forged = Database.open("forged.db")
    Path("third").write_text(f"old 5\n\n{forged.recorder(TRIAL).checkpoint().note().written()}")
    forged.close()
    refused = trialog("checkpoint", "cosign", "third", "--key-file", "witness.key")
    assert refused.code == 1
    assert refused.out == ""
    assert "the request is of 5 events; this witness has signed 6; nothing was signed" in refused.err

    late = trialog("checkpoint", "cosign", "first", "--key-file", "witness.key")
    assert (late.code, late.err) == (1, refused.err)


def test_a_witness_shown_two_logs_of_one_size_says_so(
    trialog: Command, place: Path, bench: Bench, keys: tuple[str, str]
) -> None:
    trialog("prove", "--first", "--out", "first")
    trialog("checkpoint", "cosign", "first", "--key-file", "witness.key", "--out", "seen.txt")
    forging.rewritten(bench.log, "forged.db", later_death).close()
    trialog("prove", "--first", "--out", "second", "--log", "forged.db")
    bench.append(enrolled("002", "2016-01-01"))
    trialog("prove", "--first", "--out", "third")

    refused = trialog("checkpoint", "cosign", "second", "--key-file", "witness.key")
    wrong_start = trialog("checkpoint", "cosign", "third", "--key-file", "witness.key")

    assert (refused.code, refused.out) == (1, "")
    assert "have 5 events: this witness signed the root " in refused.err
    assert (wrong_start.code, wrong_start.out) == (1, "")
    assert "begins at 0 events; expected one that begins at the 5 that this witness signed last" in wrong_start.err


def test_a_witness_does_not_sign_for_the_wrong_log_key(trialog: Command, place: Path, keys: tuple[str, str]) -> None:
    trialog("prove", "--first", "--out", "first")

    refused = trialog("checkpoint", "cosign", "first", "--key-file", "witness.key", "--key", keys[0])
    wrong_kind = trialog("checkpoint", "cosign", "first", "--key-file", "log.key")

    assert (refused.code, "is not signed by example.org/log; nothing was signed" in refused.err) == (1, True)
    assert (wrong_kind.code, "a witness needs a key of its own" in wrong_kind.err) == (1, True)
    assert not Path("witness").exists()


# -- a time-stamp authority


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A folder with a time-stamp authority made by OpenSSL."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path / "tsa"
    folder.mkdir()
    (folder / "tsa.cnf").write_text(
        "[req]\ndistinguished_name = dn\nprompt = no\n[dn]\nCN = Test TSA\n"
        "[ca]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign\n"
        "[leaf]\nbasicConstraints = CA:FALSE\nextendedKeyUsage = critical, timeStamping\n"
        "keyUsage = critical, digitalSignature\n"
        "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\ncrypto_device = builtin\nsigner_cert = leaf.pem\n"
        "signer_key = leaf.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256, sha384, sha512\n"
        "ordering = no\ntsa_name = no\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n"
    )
    (folder / "serial").write_text("01")
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -config tsa.cnf -extensions ca",
        "req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -config tsa.cnf -subj /CN=Test_stamp",
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 30 -extfile tsa.cnf -extensions leaf",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)  # noqa: S603, S607
    return folder


def test_a_checkpoint_is_stamped_by_an_authority_and_checked(
    trialog: Command, place: Path, authority: Path, bench: Bench
) -> None:
    trialog("checkpoint", "create")
    trialog("checkpoint", "stamp", "1", "--request", "query.tsq")
    shutil.copy("query.tsq", authority)
    reply = "ts -reply -queryfile query.tsq -out reply.tsr -config tsa.cnf -section t"
    subprocess.run(["openssl", *reply.split()], cwd=authority, check=True, capture_output=True)  # noqa: S603, S607
    root = str(authority / "ca.pem")

    kept = trialog("checkpoint", "stamp", "1", "--response", str(authority / "reply.tsr"), "--check", root)
    again = json.loads(trialog("checkpoint", "stamp", "1", "--check", root, "--json").out)

    assert (kept.code, kept.err) == (0, "")
    assert "5 events, stamped at " in kept.out
    assert (again["checked"], again["kept"]) == (True, False)
    assert [each["stamped"] for each in json.loads(trialog("checkpoint", "show", "--json").out)["checkpoints"]] == [
        False,
        True,
    ]
    bench.append(enrolled("009", "2016-01-01"))
    trialog("checkpoint", "create", "--about", "later")
    other = trialog("checkpoint", "stamp", "later", "--response", str(authority / "reply.tsr"))
    assert (other.code, "the time stamp is of something else than this checkpoint" in other.err) == (1, True)
    assert trialog("verify").code == 0


def test_what_is_no_stamp(trialog: Command, place: Path, tmp_path: Path) -> None:
    trialog("checkpoint", "create")
    (tmp_path / "reply.tsr").write_bytes(b"nonsense")

    refused = trialog("checkpoint", "stamp", "1", "--response", "reply.tsr")
    none = trialog("checkpoint", "stamp", "1")

    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "trialog: reply.tsr: not the response of a time-stamp authority (RFC 3161)\n"
    assert (none.code, "checkpoint '1' has no stamp" in none.err) == (1, True)


def test_a_stamp_is_asked_for_a_kept_checkpoint(trialog: Command, place: Path, tmp_path: Path) -> None:
    made = trialog("checkpoint", "create", "--out", "then.txt", "--json")

    of_a_file = trialog("checkpoint", "stamp", "then.txt", "--request", "ask.tsq")
    asked = trialog("checkpoint", "stamp", "1", "--request", "ask.tsq", "--json")

    assert json.loads(made.out)["about"] is None
    assert (of_a_file.code, of_a_file.out) == (1, "")
    assert "no such file" not in of_a_file.err
    assert (asked.code, json.loads(asked.out)["request"], json.loads(asked.out)["size"]) == (0, "ask.tsq", 5)


# -- doctor, copy, backup


def test_doctor_says_what_protects_a_file(trialog: Command, place: Path) -> None:
    result = trialog("doctor")

    assert (result.code, result.err) == (0, "")
    assert "survives power loss" in result.out
    assert "nothing to mend" in result.out


def test_doctor_finds_guards_that_were_taken_away(trialog: Command, place: Path) -> None:
    with sqlite3.connect(place) as connection:
        connection.execute("DROP TRIGGER event_not_changed")
        connection.execute("CREATE TRIGGER sly AFTER INSERT ON event BEGIN SELECT 1; END")
    connection.close()
    place.chmod(0o666)

    result = trialog("doctor", "--json")

    bad = {each["subject"]: each["found"] for each in json.loads(result.out)["findings"] if each["verdict"] == "bad"}
    assert result.code == 1
    assert bad == {"guards": "missing: event_not_changed; not ours: sly", "permissions": "0666"}


def test_doctor_tells_a_trigger_of_somebody_else_from_one_taken_away(trialog: Command, place: Path) -> None:
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TRIGGER sly AFTER INSERT ON event BEGIN SELECT 1; END")
    connection.close()

    result = trialog("doctor")

    assert result.code == 1
    assert "not ours: sly" in result.out
    assert "a trigger that trialog did not make can change or refuse what is appended" in result.out
    assert "took away" not in result.out


def test_a_backup_is_one_whole_verified_file(trialog: Command, place: Path, bench: Bench) -> None:
    trialog("checkpoint", "create", "--out", "then.txt")

    made = trialog("backup", "copy.db", "--json")

    assert made.code == 0
    assert json.loads(made.out)["trials"][0]["size"] == 5
    assert sorted(each.name for each in Path().glob("copy.db*")) == ["copy.db"]
    assert trialog("verify", "--log", "copy.db", "--since", "then.txt").code == 0
    assert (
        trialog("snapshot", "--as-of", "2018-01-01", "--log", "copy.db").out
        == trialog("snapshot", "--as-of", "2018-01-01").out
    )
    again = trialog("backup", "copy.db")
    assert (again.code, "copy.db exists already; nothing was changed" in again.err) == (1, True)


def test_a_copy_goes_on_where_the_last_one_ended(trialog: Command, place: Path, bench: Bench) -> None:
    trialog("copy", str(place), "two.db")
    bench.append(enrolled("002", "2016-01-01"))

    result = trialog("copy", str(place), "two.db")

    assert (result.code, "6 events in two.db, verified" in result.out) == (0, True)


def test_a_copy_never_mixes_two_logs(trialog: Command, place: Path, bench: Bench) -> None:
    trialog("copy", str(place), "two.db")
    with_other = Database.open("two.db")
    forging.rewritten(with_other, "forged.db", later_death).close()
    with_other.close()

    result = trialog("copy", str(place), "forged.db")

    assert (result.code, f"holds other events of {TRIAL}" in result.err) == (1, True)


def test_a_copy_of_a_log_onto_itself_is_refused(trialog: Command, place: Path) -> None:
    result = trialog("copy", str(place), f"{place.parent}/./{place.name}")

    assert (result.code, result.out) == (1, "")
    assert "is both FROM and TO" in result.err


def test_a_damaged_log_is_not_copied(trialog: Command, place: Path) -> None:
    forging.unguarded(place, "UPDATE event SET actor = 'x' WHERE position = 2")

    result = trialog("backup", "copy.db")

    assert (result.code, "position 2: the row does not have its leaf" in result.err) == (1, True)
    assert list(Path().glob("copy.db*")) == []

    copied = trialog("copy", str(place), "copy.db")

    assert (copied.code, "position 2: the row does not have its leaf" in copied.err) == (1, True)
    assert list(Path().glob("copy.db*")) == []


def test_roles_are_printed_and_only_for_servers(trialog: Command, place: Path) -> None:
    assert "CREATE POLICY by_trial ON event" in trialog("init", "--roles", "print").out
    assert "--roles is for PostgreSQL" in trialog("init", "new.db", "--roles", "apply").err
    assert not Path("new.db").exists()
    assert "expected print or apply" in trialog("init", "new.db", "--roles", "all").err


def test_a_password_in_a_url_is_refused_and_not_repeated(trialog: Command) -> None:
    result = trialog("verify", "--log", "postgresql://me:hunter2@localhost/x")

    assert result.code == 1
    assert "a password in the URL of a log can be read by others" in result.err
    assert "hunter2" not in result.err


def test_a_checkpoint_given_as_a_proof_is_told_from_one(trialog: Command, place: Path) -> None:
    trialog("checkpoint", "create", "--out", "then.txt")

    refused = trialog("check-proof", "then.txt")

    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("trialog: then.txt: not a proof of extension")
