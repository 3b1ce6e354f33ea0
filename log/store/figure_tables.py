"""Figures as tables that other programs query: follow-up for each subject, figures for each cohort.

They may be deleted. Table ``position`` holds the size and root of the log that they were computed
from. A new state is written beside the old one, under the next generation, and one update of the
position replaces the old state. The views ``follow_up`` and ``figure`` show the state that the
position names, so that no reader ever sees a partly written one. The next run removes what an
interrupted run left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    delete,
    select,
    update,
)

from trialog.events.errors import ConflictError, LogError
from trialog.log.store.connections import open_engine, sqlite_file
from trialog.log.store.database import Database

ROWS_AT_ONCE: Final = 5_000

METADATA: Final = MetaData()

POSITION: Final = Table(
    "position",
    METADATA,
    Column("trial", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", Text, nullable=False),
    Column("data_cutoff", Text, nullable=False),
    Column("known_at", Text),
    Column("definition", Text, nullable=False),
)

_SUBJECT_COLUMNS: Final = (
    Column("cohort", Text),
    Column("enrolled_on", Text),
    Column("first_dose_on", Text),
    Column("origin_on", Text),
    Column("end_on", Text),
    Column("days", Integer),
    Column("died", Boolean),
    Column("last_known_alive_on", Text),
    Column("progressed_on", Text),
    Column("left_on", Text),
    Column("left_because", Text),
    Column("best_response", Text),
    Column("prior_lines", Integer),
)

FOLLOW_UP: Final = Table(
    "follow_up_kept",
    METADATA,
    Column("trial", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    *_SUBJECT_COLUMNS,
    PrimaryKeyConstraint("trial", "generation", "subject"),
)

FIGURE: Final = Table(
    "figure_kept",
    METADATA,
    Column("trial", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("cohort", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("reached", Boolean, nullable=False),
    Column("value_days", Double),
    Column("value_months", Text),
    Column("lower_days", Double),
    Column("lower_months", Text),
    Column("upper_days", Double),
    Column("upper_months", Text),
    Column("n", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    PrimaryKeyConstraint("trial", "generation", "cohort", "name"),
)

VIEWS: Final = {"follow_up": FOLLOW_UP, "figure": FIGURE}
FIGURE_COLUMNS: Final = frozenset(column.name for column in FIGURE.columns)
SUBJECT_COLUMNS: Final = frozenset(("subject", *(column.name for column in _SUBJECT_COLUMNS)))

Progress = Callable[[int], None]


class FigureState(NamedTuple):
    """A state of a trial's log, and the dates and definition that its figures are computed with.

    Attributes:
        trial: Its code.
        origin: Name of the log.
        size, root: The log's size and root.
        data_cutoff, known_at: ISO dates.
        definition: The figures' definition, as JSON.
    """

    trial: str
    origin: str
    size: int
    root: str
    data_cutoff: str
    known_at: str | None
    definition: str


Rows = Iterator[dict[str, Any]]


def default_place(log: Database) -> str:
    """Return the default place of the tables: beside a file, or in the same database on a server."""
    file = sqlite_file(log.place)
    return log.place if file is None else str(file.with_name(f"{file.stem}.figures{file.suffix or '.db'}"))


class ReadModel:
    """The tables, at a file or database.

    Args:
        place: File or URL; a missing file is created.

    Raises:
        LogError: The place cannot be opened, or holds other tables of these names.
    """

    def __init__(self, place: str) -> None:
        file = sqlite_file(place)
        if file is not None:
            _touch(file)
        self._database = Database(open_engine(place), place)
        with self._database.writing() as connection:
            if file is None:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20261123)")
            had = connection.dialect.has_table(connection, POSITION.name)
            METADATA.create_all(connection)
            if not had:
                for name, table in VIEWS.items():
                    columns = ", ".join(
                        f"kept.{column.name}" for column in table.columns if column.name != "generation"
                    )
                    connection.exec_driver_sql(
                        f"CREATE VIEW {name} AS SELECT {columns} FROM {table.name} AS kept "  # noqa: S608  # our names
                        "JOIN position ON position.trial = kept.trial AND position.generation = kept.generation"
                    )

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def position(self, trial: str) -> Mapping[str, Any] | None:
        """Return the state of the log that a trial's tables were computed from; None if there are none."""
        with self._database.reading() as connection:
            row = connection.execute(select(POSITION).where(POSITION.c.trial == trial)).one_or_none()
        return None if row is None else dict(row._mapping)

    def bring_up(
        self,
        state: FigureState,
        tables: Callable[[], tuple[Rows, Rows]],
        *,
        rebuild: bool = False,
        progress: Progress | None = None,
    ) -> tuple[int, int] | None:
        """Update a trial's tables to a state of its log.

        Args:
            state: The state of the log.
            tables: Computes the rows of ``follow_up`` and of ``figure``; not called if the tables are up to date.
            rebuild: Write them even if they are up to date.
            progress: Callback; takes the number of subjects written since its last call.

        Returns:
            Number of rows written to each table; None if they were up to date.

        Raises:
            ConflictError: Another process updated the tables meanwhile, or they belong to another log.
        """
        target = state._asdict()
        trial = target.pop("trial")
        had = self.position(trial)
        if had is not None and had["origin"] != state.origin:
            raise ConflictError(f"{self._database.shown} holds figures of another log of {trial}; choose another place")
        if had is not None and had["size"] > state.size:
            raise ConflictError(
                f"{self._database.shown} stands at {had['size']} events and the log at {state.size}: "
                "an older log, or somebody was faster"
            )
        if had is not None and not rebuild and all(had[name] == value for name, value in target.items()):
            return None
        generation = self._next_generation(trial, had)
        follow_up, figure = tables()
        subjects = self._write(FOLLOW_UP, trial, generation, follow_up, progress)
        figures = self._write(FIGURE, trial, generation, figure, None)
        self._swap(trial, had, {**target, "generation": generation})
        return subjects, figures

    def _next_generation(self, trial: str, had: Mapping[str, Any] | None) -> int:
        """Remove generations that no position names, and return the next generation's number."""
        current = 0 if had is None else int(had["generation"])
        with self._database.writing() as connection:
            for table in VIEWS.values():
                connection.execute(delete(table).where(table.c.trial == trial, table.c.generation != current))
        return current + 1

    def _write(
        self,
        table: Table,
        trial: str,
        generation: int,
        rows: Rows,
        progress: Progress | None,
    ) -> int:
        written = 0
        while some := [{"trial": trial, "generation": generation, **row} for row in islice(rows, ROWS_AT_ONCE)]:
            with self._database.writing() as connection:
                connection.execute(table.insert(), some)
            written += len(some)
            if progress:
                progress(len(some))
        return written

    def _swap(self, trial: str, had: Mapping[str, Any] | None, target: dict[str, Any]) -> None:
        """Replace the old generation with the new one, unless another process did so meanwhile."""
        with self._database.writing() as connection:
            if had is None:
                connection.execute(POSITION.insert().values(trial=trial, **target))
            else:
                moved = connection.execute(
                    update(POSITION)
                    .where(POSITION.c.trial == trial, POSITION.c.generation == had["generation"])
                    .values(target)
                )
                if moved.rowcount != 1:
                    raise ConflictError(f"{self._database.shown}: somebody else projected {trial} meanwhile; try again")
            for table in VIEWS.values():
                connection.execute(
                    delete(table).where(table.c.trial == trial, table.c.generation != target["generation"])
                )


def _touch(file: Path) -> None:
    try:
        file.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise LogError(f"cannot create {file}: {error.strerror}") from None
