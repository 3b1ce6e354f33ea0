"""The question ``export adtte``: time-to-event rows (ADaM BDS-TTE) in a file, with a manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from trialog.application.answers.adtte import AdtteExportAnswer
from trialog.application.answers.common import day
from trialog.application.arguments import Date, DefinitionLike, definition_of, evaluator_of, optional_day
from trialog.application.exporting.adtte_sources import read_sources
from trialog.application.exporting.adtte_table import as_table
from trialog.events.dates import instant_text
from trialog.events.definition import CHOICES, KAPLAN_MEIER
from trialog.events.errors import ArgumentError
from trialog.events.vocabulary import CRITERIA, suggestion
from trialog.exchange.tables.formats import write_table
from trialog.exchange.writing import chosen_format, write_manifest, written
from trialog.projections.adtte.rows import adtte
from trialog.projections.adtte.rules import LAST_ALIVE, PARAMETERS, Parameter, Rules

if TYPE_CHECKING:
    from trialog.log.store.database import Database
    from trialog.projections.adtte.rows import Adtte

Word = TypeVar("Word", bound=str)

RULES: Final = ("definition", "admiral")


def export_adtte(
    database: Database,
    find_trial: Callable[[], str],
    out: str | Path,
    *,
    form: str | None = None,
    as_of: Date | None = None,
    known_at: Date | None = None,
    parameters: Sequence[str] = (),
    origin: str | None = None,
    evaluator: str = "investigator",
    criteria: str | None = None,
    definition: DefinitionLike | None = None,
    rules: str = "definition",
    last_alive: str | None = None,
    force: bool = False,
) -> AdtteExportAnswer:
    """Write ADTTE and its manifest; `trialog.application.opening.Log.export_adtte` has the arguments.

    ``find_trial`` returns the trial's code; it is called when the other arguments are known to be right.
    """
    from trialog.application.trial_data import load

    out = Path(out)
    chosen = chosen_format(out, form)
    cutoff, known = optional_day(as_of, "as_of"), optional_day(known_at, "known_at")
    asked = _parameters(parameters)
    made_by = _known("rules", rules, RULES)
    alive = None if last_alive is None else _known("last_alive", last_alive, LAST_ALIVE)
    by_criteria = None if criteria is None else _known("criteria", criteria, CRITERIA)
    whose = evaluator_of(evaluator)
    begins = None if origin is None else _known("origin", origin, CHOICES["origin"])
    code = find_trial()
    data = load(database, code)
    described = data.trial(known)
    followed = definition_of(definition, described.default_definition or KAPLAN_MEIER)
    wanted = Rules(followed if begins is None else replace(followed, origin=begins), whose, by_criteria)  # type: ignore[arg-type]
    wanted = wanted.like_admiral() if made_by == "admiral" else wanted
    wanted = wanted if alive is None else replace(wanted, last_alive=alive)
    untold = data.untold_endpoints(known)
    told = tuple(each for each in asked if _TOLD_BY.get(each) not in untold)
    sources = read_sources(database.recorder(code).entries(), data.size)
    found = adtte(data.columns, sources, wanted, cutoff=cutoff, known_at=known, parameters=told)
    created = instant_text(sources.recorded_at)[:19] + "Z"
    with written(out, force=force) as stream:
        table = as_table(found, code, dict(described.cohorts))
        write_table(table, chosen, stream, created, originator="trialog")
    about = {
        "trial": code,
        "data_cutoff": day(cutoff),
        "known_at": day(known),
        "log": {"size": data.size, "root": data.root},
        "parameters": list(asked),
        "definition": {**found.rules.as_dict(), "parameters": _counts(found)},
        "without_origin": list(found.without_origin),
        "notes": [*found.notes, *_untold_note([each for each in asked if each not in told])],
        "assessments_not_understood": dict(found.not_understood),
    }
    return AdtteExportAnswer.model_validate(write_manifest(out, "adtte", about, form=chosen, records=len(found.rows)))


_TOLD_BY: Mapping[str, str] = {
    "OS": "overall survival",
    "FUOS": "overall survival",
    "PFS": "progression-free survival",
    "TTP": "time to progression",
}
"""The endpoint of each parameter that an imported ADTTE may lack."""


def _untold_note(missing: Sequence[str]) -> list[str]:
    """Return why parameters are left out that the imported ADTTE does not have."""
    return [f"{', '.join(missing)} left out: the ADTTE that was imported does not tell them"] if missing else []


def _parameters(given: Sequence[str]) -> tuple[Parameter, ...]:
    """Return the parameters that were asked for, each once; all of them if none was."""
    known = tuple(PARAMETERS)
    return tuple(dict.fromkeys(_known("parameters", word, known) for word in given)) or known


def _known(argument: str, word: str, known: Sequence[Word]) -> Word:
    for each in known:
        if word == each:
            return each
    raise ArgumentError(argument, f": {word!r} is not known{suggestion(word, tuple(known))}")


def _counts(found: Adtte) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for row in found.rows:
        mine = counts.setdefault(row.parameter, {"n": 0, "events": 0})
        mine["n"] += 1
        mine["events"] += row.censored == 0
    return counts
