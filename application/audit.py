"""The question ``audit``: can announced figures all be true, without any subject's data?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Literal

from trialog.application.answers.audit import AuditAnswer, result_fields
from trialog.application.arguments import DefinitionLike, as_labels, definition_of
from trialog.events.dates import day_number
from trialog.events.definition import PARTS, Definition
from trialog.events.entry import Draft
from trialog.events.errors import ArgumentError
from trialog.events.version import __version__
from trialog.projections.announced.verdict import Verdict, verdicts

if TYPE_CHECKING:
    from trialog.events.kinds import TrialEvent
    from trialog.exchange.register.row_reading import RowReading

Cutoffs = Literal["as said", "free"]
Numbers = int | str | Mapping[str, int] | Sequence[str]
"""Subjects of every cohort, or of each cohort by its label; or texts such as ``6`` and ``A=6``."""

SECONDS: Final = 50.0
RECORDED_BY: Final = "trialog audit"
_COMPLETE: Final = len("2017-11-07")
_DAYS_AFTER: Final = 400
_MICROSECONDS_A_DAY: Final = 86_400_000_000


def audit_figures(
    file: str | Path,
    *,
    definition: DefinitionLike | None = None,
    cutoffs: str = "as said",
    n: Numbers | None = None,
    cohorts: str | Iterable[str] | None = None,
    time_limit: float = SECONDS,
    seed: int = 0,
    on_progress: Callable[[str], None] | None = None,
) -> AuditAnswer:
    """Decide whether announced figures can all be true, without any subject's data.

    Args:
        file: The figures, a table in any form or YAML; ``-`` reads a table from standard input.
        definition: Parts of the definition that hold for every figure.
        cutoffs: Cutoffs that no row states: "as said", the day of the release, or "free", any day of the three years
            before it.
        n: Subjects of every cohort, or of some by their label.
        cohorts: Only rows of these cohorts; None: all.
        time_limit: Seconds for everything together.
        seed: Of the solver's choices among equal histories.
        on_progress: Takes what the audit is at, in words.

    Raises:
        QuestionError: An argument is wrong.
        LogError: The file cannot be read.
        EventError: The file is none of announced figures; a line for each of the first wrong rows.
    """
    from trialog.audit.answering.answer import AuditRequest, audit
    from trialog.audit.deciding.solver import Effort
    from trialog.exchange.register.files import read_register

    readings = read_register(str(file), lenient=True)
    wanted = as_labels(cohorts) or ()
    _check_cohorts(wanted, readings)
    request = AuditRequest(
        definition=definition_of(definition) if definition else None,
        given=_given_parts(definition),
        cutoffs=_cutoffs(cutoffs),
        n=_numbers(n),
        cohorts=wanted,
        told=on_progress or (lambda _: None),
    )
    result = audit(readings, request, Effort(seconds=time_limit, seed=seed), recompute_figures)
    name = "-" if str(file) == "-" else str(file)
    return AuditAnswer(file=name, trialog=__version__, **result_fields(result))


def _given_parts(definition: DefinitionLike | None) -> frozenset[str]:
    """Return which parts of the definition hold even where a row states another."""
    if isinstance(definition, Definition):
        return frozenset(PARTS)
    texts = (definition,) if isinstance(definition, str) else definition or ()
    return frozenset(text.partition("=")[0].strip().replace("-", "_") for text in texts)


def _cutoffs(word: str) -> Cutoffs:
    plain = word.replace("-", " ")
    if plain == "as said":
        return "as said"
    if plain == "free":
        return "free"
    raise ArgumentError("cutoffs", f" {word!r} is not known; expected as-said or free")


def _numbers(given: Numbers | None) -> int | Mapping[str, int] | None:
    if given is None or isinstance(given, int | Mapping):
        return given
    numbers: dict[str, int] = {}
    for each in (given,) if isinstance(given, str) else given:
        name, _, number = each.rpartition("=")
        if not (number.isascii() and number.isdigit() and int(number) > 0):
            raise ArgumentError("n", f" {each!r}: expected a number of subjects, or COHORT=NUMBER")
        numbers[name] = int(number)
    if "" in numbers:
        if len(numbers) > 1:
            raise ArgumentError("n", ": give one number for every cohort, or COHORT=NUMBER for each")
        return numbers[""]
    return numbers or None


def _check_cohorts(wanted: Sequence[str], readings: Sequence[RowReading]) -> None:
    known = {reading.row.get("cohort") for reading in readings}
    folded = {word.casefold() for word in known}
    for word in wanted:
        if word.casefold() not in folded:
            listed = ", ".join(repr(each) for each in sorted(known) if each)
            raise ArgumentError("cohorts", f" {word!r}: no row is about it; the file has {listed}")


def recompute_figures(trial: str, events: Sequence[TrialEvent]) -> list[Verdict]:
    """Append a constructed history to a log of its own, and compare each announced figure with that log.

    The log is a file in a temporary folder, so that the rules and figures are those of any other log.

    Args:
        trial: Code of the constructed trial.
        events: Its events.

    Raises:
        HistoryError: The events break a rule.
    """
    from trialog.application.recording.append_session import AppendSession
    from trialog.application.trial_data import load
    from trialog.log.store.database import Database

    days = [day_number(on) for on in (event.occurred_on for event in events) if on is not None and len(on) == _COMPLETE]
    clock = (max(days) + _DAYS_AFTER) * _MICROSECONDS_A_DAY
    with TemporaryDirectory() as folder:
        database = Database.create(str(Path(folder) / "example.db"), clock=lambda: clock)
        try:
            AppendSession(database, trial, RECORDED_BY).append([Draft(event) for event in events])
            data = load(database, trial)
            return verdicts(data, data.announcements())
        finally:
            database.close()
