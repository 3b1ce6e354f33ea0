"""What must be known beside all figures of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialog.application.answers.common import NotePart
from trialog.events.arrays import NO_DAY
from trialog.events.dates import iso
from trialog.projections.defaults import STALE_AFTER
from trialog.projections.not_understood import left_out

MOST_NAMED = 5

if TYPE_CHECKING:
    from trialog.events.kinds import ExtractImported
    from trialog.projections.state.as_of import State
    from trialog.projections.trial_data import TrialData


def nothing_known(data: TrialData, known_at: int | None) -> tuple[NotePart, ...]:
    """Return a note if nothing at all was known by a day, so that a figure's absence is no finding."""
    first = data.first_known_on()
    if known_at is None or first is None or first <= known_at:
        return ()
    text = (
        f"nothing was known by {iso(known_at)}; what the log holds became known from {iso(first)} on "
        "(--reported-on says when, else the day of recording)"
    )
    return (NotePart(kind="nothing known", text=text),)


def assessments_left_out(state: State) -> tuple[NotePart, ...]:
    """Return a note if an import left out assessments that the figures of a state could rest on."""
    missed = left_out(state, None)
    return () if missed is None else (NotePart(kind="assessments left out", text=missed.words()),)


def extracts_left_out(data: TrialData, known_at: int | None) -> tuple[NotePart, ...]:
    """Return a note for each extract of which an import left out subjects or records that a figure could miss."""
    notes = [_extract_note(each) for each in data.incomplete_extracts(known_at)]
    untold = data.untold_endpoints(known_at)
    if "overall survival" in untold:
        text = (
            "overall survival is not computed: the ADTTE that was imported does not have it, and nobody knows who "
            "of those not known to have died is alive"
        )
        notes.append(NotePart(kind="endpoint not told", text=text))
    return tuple(notes)


def _extract_note(account: ExtractImported) -> NotePart:
    gone, records = account.left_out, account.records
    used = account.subjects - len(gone)
    parts = [f"{used} of {account.subjects} subjects of the extract are in the log ({account.what})"]
    if gone:
        named = ", ".join(list(gone)[:MOST_NAMED])
        parts.append(f"left out: {named}" + (f" and {len(gone) - MOST_NAMED} more" if len(gone) > MOST_NAMED else ""))
    if records:
        reasons = list(records.items())
        listed = "; ".join(f"{reason} ({count})" for reason, count in reasons[:MOST_NAMED])
        more = f" and {len(reasons) - MOST_NAMED} more reasons" if len(reasons) > MOST_NAMED else ""
        parts.append(f"{sum(records.values())} records left out: {listed}{more}")
    kind = "extract left out, accepted" if account.accepted else "extract left out"
    return NotePart(kind=kind, text="; ".join(parts))


def late_cutoff(data: TrialData, cutoff: int, known_at: int | None) -> tuple[NotePart, ...]:
    """Return a note if a cutoff lies long after everything that was known: the living are only taken to live."""
    if unknown := nothing_known(data, known_at):
        return unknown
    last = data.last_day(known_at)
    if cutoff - last <= STALE_AFTER:
        return ()
    text = (
        f"nothing is known after {iso(last)}, {cutoff - last} days before the cutoff; a to-date median that "
        "counts the living at the cutoff takes them to be alive there"
    )
    return (NotePart(kind="late cutoff", text=text),)


def is_reconstructed(data: TrialData) -> bool:
    """Tell whether a source of the trial or of an enrollment says that subjects are a reconstruction."""
    sources = [entry.event.source for entry in data.trial_history.entries]
    sources += [str(fields.get("source", "")) for fields in data.columns.payloads.values()]
    return any("reconstruct" in source.casefold() for source in sources)


def last_known_on(data: TrialData) -> str | None:
    """Return the day on which the last event became known, None if there is none."""
    known = data.columns.known
    known = known[known != NO_DAY]
    return iso(int(known.max())) if known.size else None
