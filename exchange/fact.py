"""A fact that an import read: an event with the key under which a later import finds it again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from trialog.events.kinds import ID_FORM, TrialEvent
from trialog.events.provenance import Reference, source_text
from trialog.events.registry import build

_ID: Final = re.compile(ID_FORM)
LONGEST_KEY: Final = 120
"""Leaves room in an id for the suffix of a record that was gone and came back (``+2``)."""


@dataclass(frozen=True, slots=True)
class ImportedFact:
    """An event that a data set states.

    Attributes:
        key: Names the record, the same in every extract; becomes the event's id.
        dataset: Where it comes from; an extract without this data set says nothing about it.
        event: Without ``reported_on``.
        where: File and record, for messages.
    """

    key: str
    dataset: str
    event: TrialEvent
    where: str = ""


def key_of(prefix: str, dataset: str, *parts: str) -> str:
    """Return a key such as ``sdtm:AE:01-701-1015:2014-01-03``; a hash stands for what an id cannot hold."""
    plain = ":".join((prefix, dataset, *parts))
    if len(plain) <= LONGEST_KEY and _ID.fullmatch(plain):
        return plain
    return f"{prefix}:{dataset}:{hashlib.sha256(plain.encode()).hexdigest()[:32]}"


@dataclass(slots=True)
class Statement:
    """What will become a fact, kept small as long as a whole extract is in memory.

    Attributes:
        kind: Of the event.
        day: ``occurred_on``.
        fields: The event's other fields, without its source.
        source: Where it is written; see `trialog.events.provenance`.
        where: File and record, for messages.
    """

    key: str
    dataset: str
    kind: type[TrialEvent]
    day: str
    fields: dict[str, Any]
    source: str
    where: str

    def fact(self) -> ImportedFact:
        """Return the fact.

        Raises:
            EventError: A field does not fit the kind of event.
        """
        event = build(self.kind, {**self.fields, "occurred_on": self.day, "source": self.source})
        return ImportedFact(self.key, self.dataset, event, self.where)

    def says(self, other: Statement) -> bool:
        """Tell whether another statement says the same, whatever it is written in."""
        return (self.kind, self.day, self.fields) == (other.kind, other.day, other.fields)


def stated(
    key: str,
    dataset: str,
    kind: type[TrialEvent],
    day: str,
    fields: dict[str, Any],
    found: Sequence[Reference],
    *,
    count: int | None = None,
    words: str = "",
) -> Statement:
    """Return a statement.

    Args:
        key: See `key_of`.
        dataset: Where it comes from.
        kind: Of the event.
        day: ``occurred_on``.
        fields: The event's other fields.
        found: The first references; `source_text` writes them.
        count: References altogether, where not all of them were kept.
        words: What stands before the references, where the data have a source of their own.
    """
    first = found[0]
    record = "" if first.sequence is None else f" {first.by}={first.sequence}"
    source = source_text(found, count)
    return Statement(
        key,
        dataset,
        kind,
        day,
        fields,
        f"{words}; {source}" if words else source,
        f"{first.file} {first.dataset}{record}",
    )
