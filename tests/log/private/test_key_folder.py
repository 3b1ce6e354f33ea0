"""A folder of keys under a master key: moved whole, broken off anywhere, redacted meanwhile."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trialog.events.errors import EventError, EvidenceError, LogError
from trialog.log.private.key_folder import Census, FolderKeys
from trialog.log.private.key_wrapping import MasterKey

LOG = "cf021bc1-b4e3-4e7a-88b2-5db1c54ebcc3"
ORIGIN = f"trialog/{LOG}/NCT00000001"
OLD, NEW, OTHER = (MasterKey(letter * 32) for letter in (b"o", b"n", b"x"))
SUBJECTS = ("001", "002", "003")


def name_of(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()


def file_of(folder: Path, subject: str) -> Path:
    return folder / LOG / name_of(subject)


def key_of(subject: str) -> bytes:
    return hashlib.sha256(b"a key for " + subject.encode()).digest()


def put(folder: Path, subject: str, master: MasterKey | None) -> None:
    """Write a key's file by hand."""
    place = file_of(folder, subject)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = key_of(subject)
    if master is not None:
        tag, key_id = b"trialog-wrapped-key/v1\n", hashlib.sha256(b"trialog-master-key/v1\n" + master.secret).digest()
        bound = tag + json.dumps([key_id[:8].hex(), LOG, place.name]).encode()
        content = tag + key_id[:8] + b"n" * 12 + AESGCM(master.secret).encrypt(b"n" * 12, content, bound)
    place.write_bytes(content)
    place.chmod(0o600)


def under(folder: Path, master: MasterKey | None) -> FolderKeys:
    return FolderKeys(folder, lambda: master)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_a_new_key_is_wrapped_and_comes_back(tmp_path: Path) -> None:
    key = under(tmp_path, NEW).key_for(ORIGIN, "001")

    assert key not in file_of(tmp_path, "001").read_bytes()
    assert file_of(tmp_path, "001").stat().st_mode & 0o777 == 0o600
    assert under(tmp_path, NEW).key_for(ORIGIN, "001") == under(tmp_path, NEW).existing(ORIGIN, "001") == key


def test_plain_keys_are_still_read_under_a_master_key(tmp_path: Path) -> None:
    put(tmp_path, "001", None)

    assert under(tmp_path, NEW).key_for(ORIGIN, "001") == key_of("001")


def test_no_plain_key_comes_to_stand_among_wrapped_ones(tmp_path: Path) -> None:
    put(tmp_path, "001", NEW)

    with pytest.raises(EvidenceError, match="a new one must be too; name their master key with TRIALOG_MASTER_KEY"):
        under(tmp_path, None).key_for(ORIGIN, "002")
    assert not file_of(tmp_path, "002").exists()


@pytest.mark.parametrize(
    ("master", "complaint"),
    [
        (None, f"wrapped under the master key {OLD.key_id}; name it with TRIALOG_MASTER_KEY_FILE"),
        (NEW, f"wrapped under another master key, id {OLD.key_id}; here is {NEW.key_id}"),
    ],
)
def test_a_key_that_does_not_open_says_which_master_key_it_needs(
    tmp_path: Path, master: MasterKey | None, complaint: str
) -> None:
    put(tmp_path, "001", OLD)

    with pytest.raises(EvidenceError) as refused:
        under(tmp_path, master).key_for(ORIGIN, "001")
    assert str(refused.value) == f"key {file_of(tmp_path, '001')}: {complaint}"


@pytest.mark.parametrize("master", [None, OLD])
def test_a_key_moved_under_another_name_is_refused_if_it_is_wrapped(tmp_path: Path, master: MasterKey | None) -> None:
    put(tmp_path, "001", master)
    file_of(tmp_path, "001").rename(file_of(tmp_path, "002"))

    if master is None:
        assert under(tmp_path, OLD).existing(ORIGIN, "002") == key_of("001")
        return
    with pytest.raises(EvidenceError, match="it was changed, or it is another subject's or log's"):
        under(tmp_path, OLD).existing(ORIGIN, "002")
    with pytest.raises(EvidenceError, match="it was changed, or it is another subject's or log's"):
        under(tmp_path, OLD).wrap(NEW, OLD)


def test_the_folder_itself_may_move(tmp_path: Path) -> None:
    put(tmp_path / "here", "001", OLD)
    (tmp_path / "here").rename(tmp_path / "there")

    assert under(tmp_path / "there", OLD).existing(ORIGIN, "001") == key_of("001")


def test_a_key_that_is_being_overwritten_seals_nothing(tmp_path: Path) -> None:
    put(tmp_path, "001", None)
    file_of(tmp_path, "001").write_bytes(bytes(32))

    with pytest.raises(EvidenceError, match="nothing but zeros"):
        under(tmp_path, NEW).key_for(ORIGIN, "001")


def test_a_redaction_needs_no_master_key_and_takes_what_a_broken_run_left(tmp_path: Path) -> None:
    put(tmp_path, "001", OLD)
    left = file_of(tmp_path, "001").with_name(name_of("001") + ".new")
    shutil.copy(file_of(tmp_path, "001"), left)

    def none_asked_for() -> MasterKey | None:
        raise AssertionError

    assert FolderKeys(tmp_path, none_asked_for).destroy(ORIGIN, "001")
    assert sorted(everything(tmp_path)) == [f"{LOG}/{name_of('001')}.redacted", "lock"]
    with pytest.raises(EventError, match="were redacted"):
        under(tmp_path, OLD).key_for(ORIGIN, "001")
    assert not under(tmp_path, None).destroy(ORIGIN, "001")


def test_a_destroyed_key_is_overwritten_to_its_end(tmp_path: Path) -> None:
    put(tmp_path, "001", OLD)
    os.link(file_of(tmp_path, "001"), tmp_path / "the same file")

    under(tmp_path, None).destroy(ORIGIN, "001")

    assert (tmp_path / "the same file").read_bytes() == bytes(91)


def test_a_plain_key_is_overwritten_once_it_is_wrapped(tmp_path: Path) -> None:
    put(tmp_path, "001", None)
    os.link(file_of(tmp_path, "001"), tmp_path / "the same file")

    under(tmp_path, None).wrap(NEW)

    assert (tmp_path / "the same file").read_bytes() == bytes(32)
    assert under(tmp_path, NEW).existing(ORIGIN, "001") == key_of("001")


states = st.sampled_from(["plain", "old", "new", "redacted", "returned"])


@given(st.lists(states, max_size=6))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mixture_is_wrapped_whole_and_a_second_run_has_nothing_to_do(tmp_path: Path, found: list[str]) -> None:
    folder = tmp_path / "keys"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    masters = {"plain": None, "old": OLD, "new": NEW, "returned": OLD}
    for number, state in enumerate(found):
        if state in ("redacted", "returned"):
            FolderKeys(folder).destroy(ORIGIN, str(number))
        if state in masters:
            put(folder, str(number), masters[state])
    marks = {name for name in everything(folder) if name.endswith(".redacted")}
    returned = tuple(sorted(file_of(folder, str(n)) for n, state in enumerate(found) if state == "returned"))
    numbers = [found.count(state) for state in ("plain", "old", "new")]

    assert under(folder, None).wrap(NEW, OLD) == (*numbers, returned)
    assert under(folder, None).wrap(NEW) == (0, 0, sum(numbers), returned)
    for number, state in enumerate(found):
        if state in ("plain", "old", "new"):
            assert under(folder, NEW).existing(ORIGIN, str(number)) == key_of(str(number))
    assert {name for name in everything(folder) if name.endswith(".redacted")} == marks
    assert not [name for name in everything(folder) if name.endswith(".new")]


def test_nothing_is_changed_where_one_key_cannot_be_opened(tmp_path: Path) -> None:
    for subject, master in zip(SUBJECTS, (None, OLD, OTHER), strict=True):
        put(tmp_path, subject, master)
    before = everything(tmp_path)

    with pytest.raises(EvidenceError) as refused:
        under(tmp_path, None).wrap(NEW, OLD)

    assert str(refused.value) == (
        f"key {file_of(tmp_path, '003')}: wrapped under another master key, id {OTHER.key_id}; here is {NEW.key_id} "
        f"and {OLD.key_id}; name that one with --old-master-key-file"
    )
    assert everything(tmp_path) == before


def test_a_folder_that_is_not_there_is_no_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot wrap the keys in"):
        FolderKeys(tmp_path / "none").wrap(NEW)


def test_what_a_folder_holds_is_counted_without_a_master_key(tmp_path: Path) -> None:
    put(tmp_path, "001", None)
    put(tmp_path, "002", OLD)
    put(tmp_path, "003", NEW)
    put(tmp_path, "004", None)
    file_of(tmp_path, "004").write_bytes(b"half a key")
    FolderKeys(tmp_path).destroy(ORIGIN, "005")
    put(tmp_path, "005", NEW)

    assert FolderKeys(tmp_path).census() == Census(1, {OLD.key_id: 1, NEW.key_id: 2}, 1, 1)
    assert FolderKeys(tmp_path / "none").census() == Census(0, {}, 0, 0)


# -- Broken off

KILLED = """
import os, pathlib, signal, sys
from trialog.log.private.key_folder import FolderKeys
from trialog.log.private.key_wrapping import MasterKey

folder, left = pathlib.Path(sys.argv[1]), int(sys.argv[2])
new, old = MasterKey(b"n" * 32), MasterKey(b"o" * 32)

def dying(really):
    def call(*given):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return really(*given)
    return call

os.fsync, os.replace, pathlib.Path.replace, pathlib.Path.unlink = map(
    dying, (os.fsync, os.replace, pathlib.Path.replace, pathlib.Path.unlink)
)
FolderKeys(folder).wrap(new, old)
print("done")
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_run_that_is_killed_before_any_step_loses_no_key_and_can_be_repeated(tmp_path: Path) -> None:
    """Each file is the old one or the new one, both of which open, and the next run does the rest."""
    half_done = 0
    for step in range(1, 40):
        folder = tmp_path / str(step)
        put(folder, "001", None)
        put(folder, "002", OLD)
        FolderKeys(folder).destroy(ORIGIN, "003")

        run = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", KILLED, str(folder), str(step)], capture_output=True, text=True, check=False
        )

        assert run.stderr == ""
        after = []
        for subject in ("001", "002"):
            content = file_of(folder, subject).read_bytes()
            after.append({NEW.key_id: NEW, OLD.key_id: OLD}.get(content[23:31].hex()))
            assert under(folder, after[-1]).existing(ORIGIN, subject) == key_of(subject)
        half_done += after.count(NEW) == 1
        assert FolderKeys(folder).wrap(NEW, OLD) == (after.count(None), after.count(OLD), after.count(NEW), ())
        for subject in ("001", "002"):
            assert under(folder, NEW).existing(ORIGIN, subject) == key_of(subject)
        names = sorted(each.name for each in (folder / LOG).iterdir())
        assert names == sorted([name_of("001"), name_of("002"), name_of("003") + ".redacted"])
        if run.stdout == "done\n":
            break
    assert step > 8
    assert half_done >= 3


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
def test_a_key_destroyed_while_the_folder_is_wrapped_does_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redaction by another program, at the moment when a key was read and its successor is about to be written."""
    put(tmp_path, "001", None)
    program = (
        "import pathlib, sys; from trialog.log.private.key_folder import FolderKeys; print('ready', flush=True); "
        f"print(FolderKeys(pathlib.Path(sys.argv[1])).destroy({ORIGIN!r}, '001'))"
    )
    redactions = []
    really = FolderKeys._replace

    def replace(self: FolderKeys, place: Path, content: bytes) -> None:
        redactions.append(
            subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)  # noqa: S603
        )
        assert redactions[0].stdout is not None
        assert redactions[0].stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            redactions[0].wait(0.3)
        really(self, place, content)

    monkeypatch.setattr(FolderKeys, "_replace", replace)
    FolderKeys(tmp_path).wrap(NEW)

    assert redactions[0].communicate(timeout=60)[0] == "True\n"
    assert [each.name for each in (tmp_path / LOG).iterdir()] == [name_of("001") + ".redacted"]
