"""A fact that an import read: an event with the key under which a later import finds it again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

from trialog.events.catalogue import build
from trialog.events.kinds import ID_FORM, TrialEvent
from trialog.events.reference import Reference, source_text

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
        found: The first references; `source_text` writes them.
        count: References altogether.
        words: What stands before the references in the source, where the data have a source of their own.
    """

    key: str
    dataset: str
    kind: type[TrialEvent]
    day: str
    fields: dict[str, Any]
    found: tuple[Reference, ...]
    count: int = 1
    words: str = ""

    def fact(self) -> ImportedFact:
        """Return the fact.

        Raises:
            EventError: A field does not fit the kind of event.
        """
        event = build(self.kind, {**self.fields, "occurred_on": self.day, "source": self.source})
        first = self.found[0]
        record = "" if first.sequence is None else f" {first.by}={first.sequence}"
        return ImportedFact(self.key, self.dataset, event, f"{first.file} {first.dataset}{record}")

    @property
    def source(self) -> str:
        """Where it is written."""
        found = source_text(self.found, self.count)
        return f"{self.words}; {found}" if self.words else found
