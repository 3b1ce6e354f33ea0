"""``trialog audit``."""

from __future__ import annotations

import json as jsonlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialog.audit.deciding.solver import MISSING, Effort
from trialog.cli.definitions import DefinitionOption, definition_of
from trialog.cli.options import JsonOption
from trialog.cli.printing import tables as show
from trialog.events.dates import iso
from trialog.events.errors import LogError, QuestionError, TrialogError
from trialog.exchange.register.files import read_register

if TYPE_CHECKING:
    from trialog.audit.answering.answer import AuditAnswer


def audit(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Announced figures, CSV or YAML; - reads CSV from a pipe.")
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
        return _audit(file, definition, cutoffs, n, cohort, witness, time_limit, seed, json=json)
    except TrialogError as error:
        error.exit_code = 2  # 1 says that figures conflict, and nothing was decided
        raise


def _audit(
    file: str,
    definition: list[str] | None,
    cutoffs: str,
    n: list[str] | None,
    cohort: list[str] | None,
    witness: Path | None,
    time_limit: float,
    seed: int,
    *,
    json: bool,
) -> int:
    from trialog.application.audit import recompute_figures
    from trialog.audit.answering.answer import Request, answer_as_dict
    from trialog.audit.answering.answer import audit as decided

    readings = read_register(file)
    words = {"as-said": "as said", "free": "free"}
    if cutoffs not in words:
        raise QuestionError(f"--cutoffs {cutoffs!r} is not known; expected as-said or free")
    parts = frozenset(each.partition("=")[0].strip().replace("-", "_") for each in definition or ())
    if witness is not None and witness.exists():
        raise LogError(f"{witness} exists already; nothing was changed")
    request = Request(
        definition=definition_of(definition, None) if definition else None,
        given=parts,
        cutoffs=words[cutoffs],  # type: ignore[arg-type]
        n=_numbers(n),
        cohorts=tuple(cohort or ()),
        told=_tell if sys.stderr.isatty() and not json else lambda _: None,
    )
    _check_cohorts(request.cohorts, {reading.row.get("cohort") for reading in readings})
    answer = decided(readings, request, Effort(seconds=time_limit, seed=seed), recompute_figures)
    if witness is not None and answer.witness:
        _write(witness, answer)
    if json:
        show.as_json(answer_as_dict(answer, file))
    else:
        _print(answer, file, witness)
    if answer.solver_missing:
        show.note(f"trialog: {MISSING}")
    return answer.exit_code


def _numbers(given: list[str] | None) -> int | dict[str, int] | None:
    numbers: dict[str, int] = {}
    for each in given or ():
        name, _, number = each.rpartition("=")
        if not (number.isascii() and number.isdigit() and int(number) > 0):
            raise QuestionError(f"--n {each!r}: expected a number of subjects, or COHORT=NUMBER")
        numbers[name] = int(number)
    if "" in numbers:
        if len(numbers) > 1:
            raise QuestionError("--n: give one number for every cohort, or COHORT=NUMBER for each")
        return numbers[""]
    return numbers or None


def _check_cohorts(wanted: tuple[str, ...], known: set[str]) -> None:
    folded = {word.casefold() for word in known}
    for word in wanted:
        if word.casefold() not in folded:
            listed = ", ".join(repr(each) for each in sorted(known) if each)
            raise QuestionError(f"--cohort {word!r}: no row is about it; the file has {listed}")


def _tell(what: str) -> None:
    show.note(f"{what} ...")


def _write(place: Path, answer: AuditAnswer) -> None:
    """Write the history, whole or not at all."""
    text = "".join(jsonlib.dumps(line, ensure_ascii=False) + "\n" for line in answer.witness)
    unfinished = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(place)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LogError(f"cannot write {place}: {error.strerror}") from None


def _print(answer: AuditAnswer, file: str, witness: Path | None) -> None:
    from trialog.audit.answering.answer import answer_as_dict, rows_as_dicts

    found = answer_as_dict(answer, file)
    series = answer.series
    figures = sum(each["as"] == "figure" for each in found["used"])
    show.lines(
        f"{file}: {len(series.readings)} rows; {figures} figures and {len(found['used']) - figures} facts are used, "
        f"{len(found['not_used'])} rows are not",
        "",
    )
    first = answer.attempts[0]
    for attempt in answer.attempts:
        if attempt is first or attempt.outcome == "yes" or attempt.outcome != first.outcome:
            word = {"yes": "CONSISTENT", "no": "INCONSISTENT", "unknown": "UNDECIDED"}[attempt.outcome]
            told = attempt.breaches and (attempt is not first or answer.answer == "consistent")
            reason = f": {attempt.breaches[0].reason}" if told else ""
            show.lines(f"{word} when read as {_words(attempt.terms)}{reason}")
    if answer.answer == "inconsistent" and len(answer.attempts) > 1:
        others = len(answer.attempts) - 1
        show.lines(
            f"and under {'the one other definition' if others == 1 else f'each of {others} other definitions'} tried"
        )
    if answer.answer == "undecided":
        show.lines(f"undecided: {answer.reason}")
    if answer.one_definition:
        show.lines("the definition changes between releases; one estimator for all of them would be")
        for attempt in answer.one_definition:
            word = {"yes": "consistent", "no": "inconsistent", "unknown": "undecided"}[attempt.outcome]
            reason = f" ({attempt.breaches[0].reason})" if attempt.breaches else ""
            show.lines(f"  - {attempt.terms.definition.estimator}: {word}{reason}")
    if answer.conflict is not None:
        least = "the smallest conflict" if answer.conflict.minimal else "a conflict"
        show.lines("", f"{least}, row by row")
        _rows(rows_as_dicts(series, answer.conflict.rows))
        show.lines(f"why: {answer.conflict.reason}", "")
        scope = found["repairs_make_possible"]
        heading = (
            f"repairs, each shown to make possible {scope}:" if answer.repairs else "no single change was found to do"
        )
        show.lines(heading)
        show.lines(*(f"  - {repair.words}" for repair in answer.repairs))
    _print_cutoffs(found["cutoffs"])
    if answer.answer == "consistent":
        _print_witness(answer, witness)
    show.lines("", *(f"note: {note}" for note in series.notes))
    show.lines(f"rows that are not used: {_listed(found['not_used'])}" if found["not_used"] else "every row is used")
    if answer.hurried:
        show.lines("note: the time limit cut the search for repairs or windows short; give more with --time-limit")


def _words(terms: Any) -> str:
    definition = terms.definition
    living = {"cutoff": "the living counted to the cutoff", "last known alive": "subjects may be lost to follow-up"}
    cutoffs = {
        "as said": "cutoff = day of the release where none is stated",
        "free": "cutoffs that are not stated are open",
    }
    ties = "" if definition.ties == "midpoint" else ", first day of a flat half"
    return (
        f"{definition.estimator} medians where the words leave it open, {living[definition.censoring]}, "
        f"month = {definition.month} days{ties}; {cutoffs[terms.cutoffs]}"
    )


def _rows(rows: list[dict[str, Any]]) -> None:
    show.table(
        ("row", "announced on", "cohort", "measure", "value", "unit", "n", "words"),
        (
            (
                row["row"],
                row["date_announced"] or "undated",
                row["cohort"],
                row["measure"],
                row["value"],
                row["unit"],
                row["n"],
                f'"{row["quote"]}"' if row["quote"] else "",
            )
            for row in rows
        ),
        long=(7,),
    )


def _print_cutoffs(windows: list[dict[str, Any]]) -> None:
    if not windows:
        return
    show.lines("", "data cutoffs that no row states, and under which the figures can stand:")
    for window in windows:
        rows = ", ".join(str(row) for row in window["rows"])
        without = "" if window["without_row"] is None else f", without row {window['without_row']}"
        if window["latest"] is None:
            span = "none, with all others as said" if window["shown_to_be_none"] else "not decided"
        else:
            begin = "not found in the time" if window["earliest"] is None else window["earliest"]
            begin = f"{begin} or earlier" if window["earliest_is_end_of_search"] else begin
            end = f"{window['latest']} or later" if window["latest_is_end_of_search"] else window["latest"]
            span = f"{begin} to {end}"
        show.lines(f"  - {window['announced_on']} (rows {rows}{without}): {span}")


def _print_witness(answer: AuditAnswer, place: Path | None) -> None:
    chosen = answer.chosen
    assert chosen is not None and chosen.history is not None  # noqa: S101, PT018  # it is consistent
    show.lines("", "a history that gives every figure, constructed, not real subjects; each was replayed from it:")
    rows = []
    for group, people in sorted(chosen.history.people.items()):
        entries = [person.entry for person in people]
        dead = sum(person.end is not None and not person.lost for person in people)
        lost = sum(person.lost for person in people)
        n = answer.series.groups[group].n
        rows.append(
            (
                answer.series.groups[group].label,
                f"{len(people)}{' (assumed)' if n is None else ''}",
                f"{iso(min(entries))} to {iso(max(entries))}",
                dead,
                lost,
            )
        )
    show.table(("cohort", "subjects", "entered", "deaths", "lost"), rows)
    where = f"written to {place}" if place else "write it with --witness FILE"
    show.lines(f"{len(answer.witness)} events; {where}")


def _listed(rows: list[dict[str, Any]]) -> str:
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        by_reason.setdefault(row["why"], []).append(str(row["row"]))
    return "; ".join(f"{', '.join(numbers)} ({why})" for why, numbers in by_reason.items())
