"""Verdicts as a table: announced words and value, rebuilt value, verdict, definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trialog.cli.printing import tables as show
from trialog.events.words import announced_value, measure_words, whose

if TYPE_CHECKING:
    from trialog.application.answers.verdicts import VerdictPart


def print_verdicts(found: Sequence[VerdictPart]) -> None:
    """Print one row for each verdict."""
    show.table(
        ("announced on", "cohort", "measure", "announced", "rebuilt", "verdict", "words", "rests on"),
        (
            (
                verdict.announced_on or "undated",
                whose(verdict.figure),
                measure_words(verdict.figure),
                announced_value(verdict.figure),
                verdict.prints or "-",
                verdict.verdict,
                f'"{verdict.figure.words}"',
                rests_on(verdict),
            )
            for verdict in found
        ),
        long=(6, 7),
    )


def rests_on(verdict: VerdictPart) -> str:
    """Return the definition, the subjects and the two days behind a rebuilt figure; or why there is none."""
    if verdict.prints is None:
        return verdict.why or ""
    parts = []
    if verdict.definition is not None:
        parts.append(verdict.definition.words())
    if verdict.n:
        parts.append(f"n = {verdict.n}")
    if verdict.events is not None and verdict.definition is not None:
        parts.append(f"{verdict.events} ended")
    if verdict.caveat is not None:
        parts.append(verdict.caveat)
    if verdict.data_cutoff is not None:
        inferred = " (inferred)" if verdict.data_cutoff_from.startswith("inferred") else ""
        parts.append(f"cutoff {verdict.data_cutoff}{inferred}")
    if verdict.known_at is not None:
        parts.append(f"known by {verdict.known_at}")
    return ", ".join(parts)


def remarks(found: Sequence[VerdictPart]) -> list[str]:
    """Return what a table has no room for, each said once: inferences, and what would reproduce a figure."""
    said: dict[str, None] = {}
    for verdict in found:
        whose = f"{verdict.announcement}, {verdict.figure.figure}"
        if verdict.data_cutoff is not None and verdict.data_cutoff_from.startswith("inferred"):
            said.setdefault(f"cutoff {verdict.data_cutoff} of {verdict.announcement} is {verdict.data_cutoff_from}")
        for inference in verdict.figure.inferred:
            said.setdefault(f"{whose}: {inference.field} is inferred: {inference.rule}")
        if verdict.definition_from == "looked for" and verdict.definition is not None:
            said.setdefault(
                f"{whose}: neither the figure nor the trial states a definition; taken is the plainest in use that "
                f"fits, {verdict.definition.words()}; {len(verdict.reproduced_by)} in use reproduce it, "
                f"{len(verdict.not_reproduced_by)} do not"
            )
        if verdict.verdict in ("differs", "bound fails"):
            others = verdict.reproduced_by
            if others:
                more = f" and {len(others) - 1} more" if len(others) > 1 else ""
                said.setdefault(f"{whose} would be reproduced by: {others[0].words()}{more}")
            elif verdict.definition is not None:
                said.setdefault(f"{whose} is reproduced by no definition in use")
    return list(said)
