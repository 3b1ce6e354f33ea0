"""The question ``compare adtte``: does somebody else's ADTTE say what the log's does?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from trialog.application.answers.adtte_comparison import AdtteComparisonAnswer, AdtteDifference
from trialog.application.arguments import Date
from trialog.application.exporting.export_adtte import export_adtte
from trialog.events.words import sentence
from trialog.exchange.adtte_comparison import COMPARED, AdtteRows, RowDifference, differences
from trialog.exchange.tables.formats import open_table, sha256_of
from trialog.log.store.trial_log import EventMapper

if TYPE_CHECKING:
    from trialog.log.store.database import Database


def compare_adtte(
    database: Database,
    find_trial: Callable[[], str],
    file: str | Path,
    *,
    encoding: str | None = None,
    as_of: Date | None = None,
    known_at: Date | None = None,
    parameters: Sequence[str] = (),
    origin: str | None = None,
    evaluator: str = "investigator",
    criteria: str | None = None,
    rules: str = "definition",
    last_alive: str | None = None,
) -> AdtteComparisonAnswer:
    """Compare an ADTTE with the log's; `trialog.application.opening.Log.compare_adtte` has the arguments."""
    path = Path(file)
    theirs = AdtteRows(open_table(path, encoding=encoding, tolerant=True), path.name)
    with TemporaryDirectory(prefix="trialog-") as folder:
        out = Path(folder) / "adtte.csv"
        made = export_adtte(
            database, find_trial, out, as_of=as_of, known_at=known_at, parameters=parameters, origin=origin,
            evaluator=evaluator, criteria=criteria, rules=rules, last_alive=last_alive,
        )  # fmt: skip
        ours = AdtteRows(open_table(out), "the log's ADTTE")
    both = ours.parameters & theirs.parameters
    found = list(differences(ours, theirs))
    compared = {key for key in (*ours.rows, *theirs.rows) if key[1] in both}
    mine, others = ({subject for subject, _ in rows.rows} for rows in (ours, theirs))
    return AdtteComparisonAnswer(
        trial=made.trial,
        data_cutoff=made.data_cutoff,
        known_at=made.known_at,
        log=made.log,
        file=path.name,
        sha256=sha256_of(path),
        parameters=tuple(sorted(both)),
        only_in_the_log=tuple(sorted(ours.parameters - theirs.parameters)),
        only_in_the_file=tuple(sorted(theirs.parameters - ours.parameters)),
        variables=tuple(name for name in COMPARED if name in ours.columns and name in theirs.columns),
        rows_compared=len(compared),
        rows_equal=len(compared - {(each.subject, each.parameter) for each in found}),
        subjects_missing_in_the_log=tuple(sorted(others - mine)),
        subjects_missing_in_the_file=tuple(sorted(mine - others)),
        differences=tuple(_with_event(each, ours, database, made.trial) for each in found),
        assessments_not_understood=made.assessments_not_understood,
    )


def _with_event(found: RowDifference, ours: AdtteRows, database: Database, trial: str) -> AdtteDifference:
    row = ours.rows.get((found.subject, found.parameter))
    position = int(row["LOGPOS"]) if row and row.get("LOGPOS") else None
    words = None
    if position is not None:
        stored = next(iter(database.recorder(trial).entries(position - 1, 1)))
        words = sentence(EventMapper().to_domain_event(stored).event)
    return AdtteDifference(
        subject=found.subject,
        parameter=found.parameter,
        variable=found.variable,
        log=found.ours,
        file=found.theirs,
        position=position,
        event=words,
    )
