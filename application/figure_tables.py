"""Figures as tables that other programs query: follow-up for each subject, figures for each cohort.

They are disposable, and say at which size and root of the log they stand (table ``position``).
A new state is written beside the old one, under the next generation, and one update of the
position puts it in the old one's place; the views ``follow_up`` and ``figure`` show the state
that the position names, so that nobody ever reads half of one. What an interrupted run left
behind is swept away by the next.
"""

from __future__ import annotations

import json
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

from trialog.application.answers.figures import FigurePart
from trialog.events.dates import iso
from trialog.events.definition import Definition
from trialog.events.errors import ConflictError, LogError
from trialog.log.store.connections import open_engine, sqlite_file
from trialog.log.store.database import Database
from trialog.projections.cohort_figures import group_figures
from trialog.projections.months import printed
from trialog.projections.subject_rows import subject_rows
from trialog.projections.trial_data import TrialData

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

Progress = Callable[[int], None]


class Projected(NamedTuple):
    """What a run did.

    Attributes:
        size, root: The log's state that the tables show now.
        subjects, figures: Rows; 0 where nothing had to be written.
        written: Whether anything was.
    """

    size: int
    root: str
    subjects: int
    figures: int
    written: bool


def default_place(log: Database) -> str:
    """Return where the tables are kept when nobody says: beside a file, in the same database on a server."""
    file = sqlite_file(log.place)
    return log.place if file is None else str(file.with_name(f"{file.stem}.figures{file.suffix or '.db'}"))


class ReadModel:
    """The tables, at a place of their own.

    Args:
        place: File or URL; a file is made where there is none.

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
        """Give back every connection."""
        self._database.close()

    def position(self, trial: str) -> Mapping[str, Any] | None:
        """Return at which state of the log the tables of a trial stand, None where there are none."""
        with self._database.reading() as connection:
            row = connection.execute(select(POSITION).where(POSITION.c.trial == trial)).one_or_none()
        return None if row is None else dict(row._mapping)

    def bring_up(
        self,
        data: TrialData,
        origin: str,
        definition: Definition,
        *,
        cutoff: int,
        known_at: int | None = None,
        rebuild: bool = False,
        progress: Progress | None = None,
    ) -> Projected:
        """Bring a trial's tables to a state of its log; nothing to do where they stand there already.

        Args:
            data: The state.
            origin: Of the log.
            definition: Of the figures.
            cutoff: Day of the data cutoff.
            known_at: Day by which things were known; None for all that is known now.
            rebuild: Write them anew even so.
            progress: Is told how many more subjects are written.

        Raises:
            ConflictError: Somebody else brought the tables further meanwhile, or they are of another log.
        """
        target = {
            "origin": origin,
            "size": data.size,
            "root": data.root,
            "data_cutoff": iso(cutoff),
            "known_at": None if known_at is None else iso(known_at),
            "definition": json.dumps(definition.as_dict(), sort_keys=True),
        }
        had = self.position(data.code)
        if had is not None and had["origin"] != origin:
            raise ConflictError(
                f"{self._database.shown} holds figures of another log of {data.code}; choose another place"
            )
        if had is not None and had["size"] > data.size:
            raise ConflictError(
                f"{self._database.shown} stands at {had['size']} events and the log at {data.size}: "
                "an older log, or somebody was faster"
            )
        if had is not None and not rebuild and all(had[name] == value for name, value in target.items()):
            return Projected(data.size, data.root, 0, 0, written=False)
        generation = self._next_generation(data.code, had)
        state = data.as_of(cutoff, known_at)
        labels = tuple(data.trial(known_at).cohorts)
        subjects = self._write(FOLLOW_UP, data.code, generation, subject_rows(state, definition, labels), progress)
        rows = _figure_rows(state, labels, definition)
        figures = self._write(FIGURE, data.code, generation, rows, None)
        self._swap(data.code, had, {**target, "generation": generation})
        return Projected(data.size, data.root, subjects, figures, written=True)

    def _next_generation(self, trial: str, had: Mapping[str, Any] | None) -> int:
        """Sweep away what no position names, and return the next generation's number."""
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
        rows: Iterator[dict[str, Any]],
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
        """Put the new generation in the old one's place, unless somebody else did so meanwhile."""
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


def _figure_rows(state: Any, labels: tuple[str, ...], definition: Definition) -> Iterator[dict[str, Any]]:
    columns = {column.name for column in FIGURE.columns}
    for label in labels:
        group = group_figures(state, label, (label,), definition)
        for figure in (group.to_date, group.kaplan_meier, group.follow_up):
            fields = FigurePart.of(figure).model_dump(mode="json")
            kept = {name: _column(name, value) for name, value in fields.items() if name in columns}
            yield {**kept, "cohort": label, "definition": figure.definition.words()}


def _column(name: str, value: Any) -> Any:
    """Return a value as its column stores it: months as text with two decimals."""
    return printed(value, 2) if name.endswith("_months") and value is not None else value


def _touch(file: Path) -> None:
    try:
        file.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise LogError(f"cannot create {file}: {error.strerror}") from None
