"""``trialog audit``."""

from __future__ import annotations

import json as jsonlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.cli.definitions import DefinitionOption
from trialog.cli.options import JsonOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import progress_line
from trialog.events.errors import LogError, TrialogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trialog.application.answers.audit import (
        AttemptPart,
        AuditAnswer,
        RowPart,
        TermsPart,
        UnusedRow,
        WindowPart,
    )


def audit(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Announced figures: a table in any form, or YAML; - reads a pipe.")
    ],
    definition: DefinitionOption = None,
    cutoffs: Annotated[
        str,
        typer.Option(
            "--cutoffs",
            metavar="as-said|free",
            help="Cutoffs that no row states: the day of the release, or any day of the three years before it.",
        ),
    ] = "as-said",
    n: Annotated[
        list[str] | None,
        typer.Option("--n", metavar="N|COHORT=N", help="Subjects of every cohort, or of one; repeatable."),
    ] = None,
    cohort: Annotated[
        list[str] | None, typer.Option("--cohort", metavar="WORDS", help="Only rows of this cohort; repeatable.")
    ] = None,
    witness: Annotated[
        Path | None, typer.Option("--witness", metavar="FILE", help="Write the history that was found, as JSON Lines.")
    ] = None,
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="SECONDS", min=0.1, help="For everything together.")
    ] = 50.0,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="Of the solver's choices among equal histories.")
    ] = 0,
    json: JsonOption = False,
) -> int:
    """Decide whether announced figures can all be true, without any subject's data.

    Three answers. consistent: some history of subjects gives every figure, and here is one, in whole days.
    inconsistent: none does; with the smallest conflict, the reason, and the smallest changes that repair it.
    undecided: neither was shown within the time; never a guess.

    Exit codes: 0 consistent, 1 inconsistent, 2 undecided; 2 as well for a file that cannot be read.
    """
    try:
        answer = _ask(file, definition, cutoffs, n, cohort, witness, time_limit, seed, quiet=json)
    except TrialogError as error:
        error.exit_code = 2  # 1 says that figures conflict, and nothing was decided
        raise
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer, witness)
    if answer.solver_missing:
        show.note(f"trialog: {answer.solver_missing}")
    return answer.exit_code


def _ask(
    file: str,
    definition: list[str] | None,
    cutoffs: str,
    n: list[str] | None,
    cohort: list[str] | None,
    witness: Path | None,
    time_limit: float,
    seed: int,
    *,
    quiet: bool,
) -> AuditAnswer:
    from trialog.application.audit import audit_figures

    if witness is not None and witness.exists():
        raise LogError(f"{witness} exists already; nothing was changed")
    with progress_line(quiet=quiet) as line:
        answer = audit_figures(
            file,
            definition=definition,
            cutoffs=cutoffs,
            n=n,
            cohorts=cohort,
            time_limit=time_limit,
            seed=seed,
            on_progress=None if line is None else line.say,
        )
    if witness is not None and answer.witness:
        _write(witness, answer)
    return answer


def _write(place: Path, answer: AuditAnswer) -> None:
    """Write the history, whole or not at all."""
    text = "".join(jsonlib.dumps(line, ensure_ascii=False) + "\n" for line in answer.witness or ())
    unfinished = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(place)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LogError(f"cannot write {place}: {error.strerror}") from None


def _print(answer: AuditAnswer, witness: Path | None) -> None:
    figures = sum(row.role == "figure" for row in answer.used)
    rows = len(answer.used) + len(answer.not_used)
    assumed = [f"{cohort.n_assumed} in {cohort.cohort}" for cohort in answer.cohorts if cohort.n_assumed is not None]
    show.lines(
        f"{answer.answer}"
        + (f", with {len(answer.not_used)} of {rows} rows not used" if answer.not_used else "")
        + (f"; no row gives the number of subjects, assumed are {', '.join(assumed)}" if assumed else ""),
        f"{answer.file}: {rows} rows; {figures} figures and {len(answer.used) - figures} facts are used",
        "",
    )
    _print_evidence(answer)
    _print_definitions(answer)
    if answer.answer == "undecided":
        show.text(f"undecided: {answer.reason}")
    if answer.one_definition_for_all:
        show.text("the definition changes between releases; one estimator for all of them would be")
        for attempt in answer.one_definition_for_all:
            show.text(f"  - {attempt.definition.estimator}: {attempt.answer}{_broken(attempt, ' ({})')}")
    _print_conflict(answer)
    _print_cutoffs(answer.cutoffs)
    if witness is not None or not assumed:
        _print_example(answer, witness)
    show.text("", *(f"note: {note}" for note in answer.notes))
    unused = f"rows that are not used: {_listed(answer.not_used)}" if answer.not_used else "every row is used"
    show.text(unused)
    if answer.time_limit_reached:
        show.text("note: the time limit cut the search for repairs or windows short; give more with --time-limit")


def _print_evidence(answer: AuditAnswer) -> None:
    """Print what the rows alone and the words say, where they differ."""
    if answer.by_rows.answer == answer.by_words.answer:
        return
    for words, part in (
        ("by what the rows state", answer.by_rows),
        ("by what was read into their words", answer.by_words),
    ):
        reason = f" ({part.reason})" if part.reason else ""
        show.lines(f"{words}: {part.answer}{reason}")
    show.lines("")


def _print_definitions(answer: AuditAnswer) -> None:
    first = answer.definitions[0]
    for attempt in answer.definitions:
        if attempt is first or attempt.answer == "consistent" or attempt.answer != first.answer:
            said = attempt is not first or answer.answer == "consistent"
            reason = _broken(attempt, ": {}") if said else ""
            show.text(f"{attempt.answer.upper()} when read as {_words(attempt.definition)}{reason}")
    if answer.other_definitions:
        count = len(answer.other_definitions)
        show.lines(
            f"the same history gives every figure under {count} other definition{'s' if count > 1 else ''} tried"
        )
    others = len(answer.definitions) - 1
    if answer.answer == "inconsistent" and others:
        show.text(
            f"and under {'the one other definition' if others == 1 else f'each of {others} other definitions'} tried"
        )


def _broken(attempt: AttemptPart, form: str) -> str:
    """Return the reason in some form if a law decided, else nothing."""
    return form.format(attempt.reason) if attempt.conflict else ""


def _print_conflict(answer: AuditAnswer) -> None:
    if answer.conflict_is_minimal is None:
        return
    least = "the smallest conflict" if answer.conflict_is_minimal else "a conflict"
    show.text("", f"{least}, row by row")
    _rows(answer.conflict)
    show.text(f"why: {answer.reason}", "")
    show.text(
        f"repairs, each shown to make possible {answer.repairs_make_possible}:"
        if answer.repairs
        else "no single change was found to do"
    )
    show.text(*(f"  - {repair.words}" for repair in answer.repairs))


def _words(terms: TermsPart) -> str:
    living = {"cutoff": "the living counted to the cutoff", "last known alive": "subjects may be lost to follow-up"}
    cutoffs = {
        "as said": "cutoff = day of the release where none is stated",
        "free": "cutoffs that are not stated are open",
    }
    ties = {"midpoint": "", "first day": ", first day of a flat half", "midpoint to end": ", a flat half to its end"}
    month = "calendar months" if terms.month == "calendar" else f"month = {terms.month} days"
    both = ", both days counted" if terms.counting == "inclusive" else ""
    limits = (
        "" if (terms.conf_type, terms.level) == ("log", 0.95) else f", {100 * terms.level:g} % {terms.conf_type} limits"
    )
    return (
        f"{terms.estimator} medians where the words leave it open, {living[terms.censoring]}, "
        f"{month}{both}{ties[terms.ties]}{limits}; {cutoffs[terms.cutoffs]}"
    )


def _rows(rows: Iterable[RowPart]) -> None:
    show.table(
        ("row", "announced on", "cohort", "measure", "value", "unit", "n", "words"),
        (
            (
                row.row,
                row.date_announced or "undated",
                row.cohort,
                row.measure,
                row.value,
                row.unit,
                row.n,
                f'"{row.quote}"' if row.quote else "",
            )
            for row in rows
        ),
        long=(7,),
    )


def _print_cutoffs(windows: Sequence[WindowPart]) -> None:
    if not windows:
        return
    show.text("", "data cutoffs that no row states, and under which the figures can stand:")
    for window in windows:
        rows = ", ".join(str(row) for row in window.rows)
        without = "" if window.without_row is None else f", without row {window.without_row}"
        if window.latest is None:
            span = "none, with all others as said" if window.shown_to_be_none else "not decided"
        else:
            begin = "not found in the time" if window.earliest is None else window.earliest
            begin = f"{begin} or earlier" if window.earliest_is_end_of_search else begin
            end = f"{window.latest} or later" if window.latest_is_end_of_search else window.latest
            span = f"{begin} to {end}"
        show.text(f"  - {window.announced_on} (rows {rows}{without}): {span}")


def _print_example(answer: AuditAnswer, place: Path | None) -> None:
    if answer.witness is None:
        return
    show.text("", "a history that gives every figure, constructed, not real subjects; each was replayed from it:")
    found = [(cohort, cohort.example) for cohort in answer.cohorts if cohort.example is not None]
    show.table(
        ("cohort", "subjects", "entered", "deaths", "lost"),
        (
            (
                cohort.cohort,
                f"{example.subjects}{' (assumed)' if cohort.n is None else ''}",
                f"{example.first_entry} to {example.last_entry}",
                example.deaths,
                example.lost,
            )
            for cohort, example in found
        ),
    )
    where = f"written to {place}" if place else "write it with --witness FILE"
    show.text(f"{len(answer.witness)} events; {where}")


def _listed(rows: Iterable[UnusedRow]) -> str:
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        by_reason.setdefault(row.why, []).append(str(row.row))
    return "; ".join(f"{', '.join(numbers)} ({why})" for why, numbers in by_reason.items())
