"""``trialog export adtte``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import typer

from trialog.cli.export_options import ForceOption, FormatOption, OutOption
from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import last_day, opened, optional_day, trial_code
from trialog.events.dates import instant_text
from trialog.events.definition import CHOICES, KAPLAN_MEIER
from trialog.events.errors import QuestionError
from trialog.events.vocabulary import CRITERIA, EVALUATORS, suggestion
from trialog.exchange.tables.formats import write_table
from trialog.exchange.writing import (
    chosen_format,
    manifest_of,
    write_manifest,
    written,
)
from trialog.projections.adtte.rules import BY_ASSESSMENT, LAST_ALIVE, PARAMETERS, Rules

ANSWERED_WITH_A_GAP: Final = 3

if TYPE_CHECKING:
    from trialog.projections.adtte.rows import Adtte
    from trialog.projections.trial_data import TrialData


def adtte(
    out: OutOption,
    form: FormatOption = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Data cutoff [default: everything].")
    ] = None,
    known_at: KnownAtOption = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="CODE", help=f"{', '.join(PARAMETERS)}; repeatable [default: all]."),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(
            "--origin", metavar="WORD", help="randomisation, first dose or enrollment [default: the trial's]."
        ),
    ] = None,
    evaluator: Annotated[
        str, typer.Option("--evaluator", metavar="WHO", help="Whose assessments: investigator or independent.")
    ] = ("investigator"),
    criteria: Annotated[
        str | None,
        typer.Option("--criteria", metavar="WORD", help="By which assessments count [default: those in use]."),
    ] = None,
    last_alive: Annotated[
        str, typer.Option("--last-alive", metavar="WORD", help="What shows a subject alive: 'admiral' or 'any event'.")
    ] = "admiral",
    force: ForceOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> int:
    """Write ADTTE: overall and progression-free survival, duration of response, time to progression, follow-up.

    The rows follow the rules of {admiral}; SRCDOM, SRCVAR and SRCSEQ name the imported record, LOGPOS the event
    of the log. The same log and the same arguments give the same bytes, and a manifest that says what they rest on.
    Exit code 3: assessments that the import did not understand could move a row; LEFTOUT names the subjects.
    """
    from trialog.application.exporting.adtte_sources import read_sources
    from trialog.application.exporting.adtte_table import as_table
    from trialog.application.trial_data import load
    from trialog.projections.adtte.rows import adtte as adtte_rows
    from trialog.projections.serial import day

    chosen = chosen_format(out, form)
    cutoff = None if as_of is None else last_day(as_of, "--as-of")
    known = optional_day(known_at, "--known-at")
    _check("--evaluator", evaluator, EVALUATORS)
    _check("--criteria", criteria, CRITERIA)
    _check("--origin", origin, CHOICES["origin"])
    _check("--last-alive", last_alive, LAST_ALIVE)
    for code in parameter or ():
        _check("--param", code, tuple(PARAMETERS))
    with opened(log) as found:
        data = load(found, trial_code(found, trial))
        described = data.trial(known)
        default = described.default_definition or KAPLAN_MEIER
        rules = Rules(
            cast("Any", origin or default.origin),
            cast("Any", evaluator),
            cast("Any", criteria),
            cast("Any", last_alive),
        )
        sources = read_sources(found.recorder(data.code).entries(), data.size)
        rows = adtte_rows(
            data.columns,
            sources,
            rules,
            cutoff=cutoff,
            known_at=known,
            parameters=cast("Any", tuple(dict.fromkeys(parameter))) if parameter else tuple(PARAMETERS),
        )
    created = instant_text(sources.recorded_at)[:19] + "Z"
    with written(out, force=force) as stream:
        table = as_table(rows, data.code, dict(described.cohorts))
        write_table(table, chosen, stream, created, originator="trialog")
    about = {
        "trial": data.code,
        "data_cutoff": day(cutoff),
        "known_at": day(known),
        "log": {"size": data.size, "root": data.root},
        "definition": {**rows.rules.as_dict(), "parameters": _counts(rows)},
        "without_origin": list(rows.without_origin),
        "notes": list(rows.notes),
        "assessments_not_understood": dict(rows.not_understood),
    }
    manifest = write_manifest(out, "adtte", about, form=chosen, records=len(rows.rows))
    if json:
        show.as_json(manifest)
    else:
        _print(rows, manifest, data, out)
    asked = parameter or list(PARAMETERS)
    return ANSWERED_WITH_A_GAP if rows.not_understood and any(code in BY_ASSESSMENT for code in asked) else 0


def _check(option: str, word: str | None, known: tuple[str, ...]) -> None:
    if word is not None and word not in known:
        raise QuestionError(f"{option}: {word!r} is not known{suggestion(word, known)}")


def _counts(found: Adtte) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for row in found.rows:
        mine = counts.setdefault(row.parameter, {"n": 0, "events": 0})
        mine["n"] += 1
        mine["events"] += row.censored == 0
    return counts


def _print(found: Adtte, manifest: dict[str, Any], data: TrialData, out: Any) -> None:
    show.table(
        ("PARAMCD", "PARAM", "n", "events"),
        (
            (code, PARAMETERS[code], count["n"], count["events"])
            for code, count in manifest["definition"]["parameters"].items()
        ),
    )
    for note in found.notes:
        show.note(f"note: {note}")
    if found.not_understood:
        show.note(
            f"note: {sum(found.not_understood.values())} assessments of {len(found.not_understood)} subjects were not "
            f"understood and are left out; {', '.join(BY_ASSESSMENT)} could be other; LEFTOUT has whose"
        )
    if found.without_origin:
        show.note(
            f"note: {len(found.without_origin)} subjects have no {found.rules.origin} and no row; see the manifest"
        )
    show.lines(
        f"{len(found.rows)} rows written to {out}, from {found.rules.origin}, with {manifest_of(out).name}",
        f"log: {data.size} events, root {data.root}",
    )
