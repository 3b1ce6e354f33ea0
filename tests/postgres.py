"""A real PostgreSQL of the tests' own: a cluster in a temporary folder, on a Unix socket, gone afterwards.

Without the server's programs the tests that need it are skipped and say so;
``TRIALOG_TEST_POSTGRES=required`` (as continuous integration sets it) makes that a failure.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

SUPERUSER = "owner"
DATABASE = "postgres"
_numbers = count(1)

SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "60",
    "shared_buffers": "64MB",
    # Durable as in production; only what does not touch durability is made small.
    "fsync": "on",
    "full_page_writes": "on",
    "log_min_messages": "fatal",
}


ITS_LAST_EVENT_WAS_LONG_AGO = (
    "ALTER TABLE trial DISABLE TRIGGER trial_only_grows",
    "UPDATE trial SET recorded_at = 0",
    "ALTER TABLE trial ENABLE ALWAYS TRIGGER trial_only_grows",
)
"""For a superuser: the time of the last event is then not what refuses another time."""


def schema_of(place: str) -> str:
    """Return the schema of a log that a cluster's URL names."""
    return place.partition("search_path%3D")[2].partition("&")[0]


def binaries() -> Path | None:
    """Return the folder of the server's programs, None where there is none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    return found[-1].parent if found else None


class Cluster:
    """A database cluster that can be started, stopped and killed."""

    def __init__(self) -> None:
        programs = binaries()
        if programs is None:
            raise FileNotFoundError("initdb of PostgreSQL")
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="trialog-pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        # initdb refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        self._run(
            "initdb", "-D", str(self.data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "-k", "-N"
        )

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def _command(self, program: str, *arguments: str) -> list[str]:
        command = [str(self.programs / program), *arguments]
        return ["runuser", "-u", self._user, "--", *command] if self._user else command

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(self._command(program, *arguments), check=True, capture_output=True, cwd="/")  # noqa: S603

    def start(self) -> None:
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value.strip(chr(39))}")]
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._process = subprocess.Popen(  # noqa: S603
            self._command("postgres", "-D", str(self.data), "-k", str(self.folder), *options),
            cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        ready = self._command("pg_isready", "-h", str(self.folder))
        while subprocess.run(ready, capture_output=True, check=False).returncode:  # noqa: S603
            if time.monotonic() > deadline or self._process.poll() is not None:
                self._process.kill()
                raise TimeoutError("PostgreSQL did not start")
            time.sleep(0.05)

    def children(self) -> list[int]:
        """Return the server's processes, the postmaster first."""
        master = self.postmaster
        found = subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True, check=False)  # noqa: S603, S607
        return [master, *map(int, found.stdout.split())]

    def kill(self) -> None:
        """Kill the postmaster and all of its children at once, as a power cut would."""
        for process in self.children():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._wait()

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop")
        self._wait()

    def _wait(self) -> None:
        if self._process:
            self._process.wait(30)
            self._process = None

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, role: str = SUPERUSER, schema: str = "public", **more: str) -> str:
        """Return the URL of a place in the cluster as some role sees it."""
        options = "&".join(f"{name}={value}" for name, value in more.items())
        return f"postgresql://{role}@/{DATABASE}?host={self.folder}&options=-csearch_path%3D{schema}" + (
            f"&{options}" if options else ""
        )

    @contextmanager
    def schema(self) -> Iterator[str]:
        """Make an empty schema: a place for one log."""
        name = f"t{next(_numbers)}"
        self.sql(f"CREATE SCHEMA {name}")
        try:
            yield name
        finally:
            self.sql(f"DROP SCHEMA {name} CASCADE")

    def sql(self, *statements: str, role: str = SUPERUSER, schema: str = "public") -> list[tuple[object, ...]]:
        """Run statements in one transaction and return the rows of the last one."""
        import psycopg

        with psycopg.connect(
            host=str(self.folder), dbname=DATABASE, user=role, options=f"-csearch_path={schema}"
        ) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def missing() -> str | None:
    """Return why there is no PostgreSQL here, None where there is one."""
    if binaries() is None:
        return "PostgreSQL is not installed"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed"
    if os.geteuid() == 0 and not (shutil.which("runuser") and _has_user("postgres")):
        return "PostgreSQL does not run as root, and there is no user postgres"
    return None


def require() -> None:
    """Skip the test where there is no PostgreSQL; fail it where there should be one."""
    why = missing()
    if why and os.environ.get("TRIALOG_TEST_POSTGRES") == "required":
        pytest.fail(why)
    if why:
        pytest.skip(why)


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
