"""The question ``project``: tables for other programs, one row a subject and one row a figure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trialog.application.answers.common import DefinitionPart, day, provenance
from trialog.application.answers.figures import FigurePart
from trialog.application.answers.project import ProjectAnswer
from trialog.application.arguments import Date, DefinitionLike, definition_of, last_day, optional_day
from trialog.application.progress import OnProgress, each_step
from trialog.application.trial_data import load
from trialog.events.dates import iso
from trialog.log.store.connections import shown
from trialog.log.store.figure_tables import (
    FIGURE_COLUMNS,
    SUBJECT_COLUMNS,
    FigureState,
    ReadModel,
    Rows,
    default_place,
)
from trialog.projections.cohort_figures import group_figures
from trialog.projections.months import printed
from trialog.projections.subject_rows import subject_rows

if TYPE_CHECKING:
    from trialog.events.definition import Definition
    from trialog.log.store.database import Database
    from trialog.projections.trial_data import TrialData


def project(
    database: Database,
    trial: str,
    *,
    to: str | None = None,
    as_of: Date | None = None,
    known_at: Date | None = None,
    definition: DefinitionLike | None = None,
    rebuild: bool = False,
    on_progress: OnProgress | None = None,
) -> ProjectAnswer:
    """Bring the tables up to date; `trialog.application.opening.Log.project` has the arguments."""
    known = optional_day(known_at, "known_at")
    data = load(database, trial)
    cutoff = data.default_cutoff(known) if as_of is None else last_day(as_of, "as_of")
    chosen = definition_of(definition, data.trial(known).default_definition)
    state = FigureState(
        trial=data.code,
        origin=database.recorder(trial).checkpoint().origin,
        size=data.size,
        root=data.root,
        data_cutoff=iso(cutoff),
        known_at=day(known),
        definition=json.dumps(chosen.as_dict(), sort_keys=True),
    )
    place = to or default_place(database)
    model = ReadModel(place)
    try:
        done = model.bring_up(
            state,
            lambda: _tables(data, chosen, cutoff, known),
            rebuild=rebuild,
            progress=each_step(len(data.columns.subjects), on_progress),
        )
    finally:
        model.close()
    subjects, figures = done or (0, 0)
    return ProjectAnswer(
        **provenance(data, cutoff, known),
        to=shown(place),
        definition=DefinitionPart.of(chosen),
        written=done is not None,
        subjects=subjects,
        figures=figures,
    )


def _tables(data: TrialData, definition: Definition, cutoff: int, known_at: int | None) -> tuple[Rows, Rows]:
    state = data.as_of(cutoff, known_at)
    labels = tuple(data.trial(known_at).cohorts)

    def figures() -> Iterator[dict[str, Any]]:
        for label in labels:
            group = group_figures(state, label, (label,), definition)
            for figure in (group.to_date, group.kaplan_meier, group.follow_up):
                fields = FigurePart.of(figure).model_dump(mode="json")
                columns = {name: _column(name, value) for name, value in fields.items() if name in FIGURE_COLUMNS}
                yield {**columns, "cohort": label, "definition": figure.definition.words()}

    rows = subject_rows(state, definition, labels)
    return ({name: row[name] for name in SUBJECT_COLUMNS} for row in rows), figures()


def _column(name: str, value: Any) -> Any:
    """Return a value as its column stores it: months as text with two decimals."""
    return printed(value, 2) if name.endswith("_months") and value is not None else value
