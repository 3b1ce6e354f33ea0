"""``trialog export adtte``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.definitions import DefinitionOption
from trialog.cli.export_options import ForceOption, FormatOption, OutOption
from trialog.cli.options import JsonOption, KnownAtOption, LogOption, TrialOption
from trialog.cli.printing import tables as show
from trialog.cli.session import asking
from trialog.projections.adtte.rules import BY_ASSESSMENT, PARAMETERS

if TYPE_CHECKING:
    from trialog.application.answers.adtte import AdtteExportAnswer

MANIFEST = ".manifest.json"


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
    definition: DefinitionOption = None,
    rule_set: Annotated[
        str,
        typer.Option("--rules", metavar="WORD", help="'definition', or 'admiral' for the rules of its templates."),
    ] = "definition",
    last_alive: Annotated[
        str | None,
        typer.Option("--last-alive", metavar="WORD", help="What shows a subject alive: 'any event' or 'admiral'."),
    ] = None,
    force: ForceOption = False,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> int:
    """Write ADTTE: overall and progression-free survival, duration of response, time to progression, follow-up.

    The rows are the times of the figures, or with --rules admiral those of {admiral}'s templates. SRCDOM, SRCVAR and
    SRCSEQ name the imported record, LOGPOS the event of the log. The same log and the same arguments give the same
    bytes, and a manifest that says what they rest on. Exit code 3: assessments that the import did not understand
    could move a row; LEFTOUT names the subjects.
    """
    with asking(log, trial) as found:
        answer = found.export_adtte(
            out,
            form=form,
            as_of=as_of,
            known_at=known_at,
            parameters=parameter or (),
            origin=origin,
            evaluator=evaluator,
            criteria=criteria,
            definition=definition,
            rules=rule_set,
            last_alive=last_alive,
            force=force,
        )
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer, out)
    return answer.exit_code


def _print(answer: AdtteExportAnswer, out: Path) -> None:
    show.table(
        ("PARAMCD", "PARAM", "n", "events"),
        (
            (code, PARAMETERS[code], count.n, count.events)  # type: ignore[index]
            for code, count in answer.definition.parameters.items()
        ),
    )
    for note in answer.notes:
        show.note(f"note: {note}")
    missed = answer.assessments_not_understood
    if missed:
        show.note(
            f"note: {sum(missed.values())} assessments of {len(missed)} subjects were not "
            f"understood and are left out; {', '.join(BY_ASSESSMENT)} could be other; LEFTOUT has whose"
        )
    if answer.without_origin:
        show.note(
            f"note: {len(answer.without_origin)} subjects have no {answer.definition.origin} and no row; "
            "see the manifest"
        )
    written = answer.files[0]
    show.text(
        f"{written.records} rows written to {out}, from {answer.definition.origin}, with {written.file}{MANIFEST}",
        f"log: {answer.log.size} events, root {answer.log.root}",
    )
