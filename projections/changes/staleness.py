"""The day from which a history rests on old contacts: it counts living subjects as alive long after they were seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialog.events.arrays import NO_DAY
from trialog.events.definition import Definition
from trialog.projections.state.as_of import State
from trialog.projections.times import members, origins


@dataclass(frozen=True)
class Staleness:
    """Running times that rest on old contacts.

    Attributes:
        since: First day on which a running time rests on an old contact.
        on: The last day of the history.
        stale: Number of running times that rest on an old contact on that day.
        running: Number of running times on that day.
        subjects: Ids of the subjects with an old contact on that day, the oldest contact first.
        last_contacts: Day of the last contact of each.
    """

    since: int
    on: int
    stale: int
    running: int
    subjects: tuple[str, ...]
    last_contacts: tuple[int, ...]


def staleness(
    state: State, definition: Definition, cohorts: tuple[str, ...] | None, stale_after: int
) -> Staleness | None:
    """Return from when on running times rest on contacts that are older than some days; None if none does.

    Args:
        state: As of the last day of a history.
        definition: Origin and population of the figure.
        cohorts: Labels, pooled; None for all.
        stale_after: Days after which a contact is old.
    """
    origin = origins(state, definition)
    living = members(state, definition.population, cohorts) & (origin != NO_DAY) & (state.died == NO_DAY)
    contact = np.maximum(state.last_alive, origin).astype(np.int64)
    stale_from = contact + stale_after + 1
    stale = np.flatnonzero(living & (stale_from <= state.cutoff))
    if not stale.size:
        return None
    stale = stale[np.argsort(contact[stale], kind="stable")]
    return Staleness(
        since=int(stale_from[stale].min()),
        on=state.cutoff,
        stale=int(stale.size),
        running=int(living.sum()),
        subjects=tuple(state.subjects[at] for at in stale.tolist()),
        last_contacts=tuple(contact[stale].tolist()),
    )
