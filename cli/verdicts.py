"""Verdicts as a table: announced words and value, rebuilt value, verdict, definition."""

from __future__ import annotations

from collections.abc import Sequence

from trialog.cli.printing import tables as show
from trialog.cli.printing.event_text import announced_value, whose
from trialog.events.dates import iso
from trialog.projections.announced.verdict import Verdict


def print_verdicts(found: Sequence[Verdict]) -> None:
    """Print one row for each verdict."""
    show.table(
        ("announced on", "cohort", "measure", "announced", "rebuilt", "verdict", "words", "rests on"),
        (
            (
                verdict.announced_on or "undated",
                whose(verdict.figure),
                verdict.figure.measure,
                announced_value(verdict.figure),
                verdict.rebuilt_text,
                verdict.status,
                f'"{verdict.figure.words}"',
                rests_on(verdict),
            )
            for verdict in found
        ),
        long=(6, 7),
    )


def rests_on(verdict: Verdict) -> str:
    """Return the definition, the subjects and the two days behind a rebuilt figure; or why there is none."""
    rebuilt = verdict.rebuilt
    if rebuilt is None:
        return verdict.why
    parts = []
    if rebuilt.definition is not None:
        parts.append(rebuilt.definition.words())
    if rebuilt.n:
        parts.append(f"n = {rebuilt.n}")
    if rebuilt.events is not None and rebuilt.definition is not None:
        parts.append(f"{rebuilt.events} ended")
    if verdict.cutoff is not None:
        inferred = " (inferred)" if verdict.cutoff_words.startswith("inferred") else ""
        parts.append(f"cutoff {iso(verdict.cutoff)}{inferred}")
    if verdict.known_at is not None:
        parts.append(f"known by {iso(verdict.known_at)}")
    return ", ".join(parts)


def remarks(found: Sequence[Verdict]) -> list[str]:
    """Return what a table has no room for, each said once: inferences, and what would reproduce a figure."""
    said: dict[str, None] = {}
    for verdict in found:
        whose = f"{verdict.announcement}, {verdict.figure.figure}"
        if verdict.cutoff is not None and verdict.cutoff_words.startswith("inferred"):
            said.setdefault(f"cutoff {iso(verdict.cutoff)} of {verdict.announcement} is {verdict.cutoff_words}")
        for inference in verdict.figure.inferred:
            said.setdefault(f"{whose}: {inference.field} is inferred: {inference.rule}")
        if verdict.definition_from == "looked for" and verdict.rebuilt is not None and verdict.rebuilt.definition:
            said.setdefault(
                f"{whose}: neither the figure nor the trial states a definition; taken is the plainest in use that "
                f"fits, {verdict.rebuilt.definition.words()}; {len(verdict.reproducing)} in use reproduce it, "
                f"{len(verdict.printing)} do not"
            )
        if verdict.status in ("differs", "bound fails"):
            others = verdict.reproducing
            if others:
                more = f" and {len(others) - 1} more" if len(others) > 1 else ""
                said.setdefault(f"{whose} would be reproduced by: {others[0].words()}{more}")
            elif verdict.rebuilt is not None and verdict.rebuilt.definition is not None:
                said.setdefault(f"{whose} is reproduced by no definition in use")
    return list(said)
