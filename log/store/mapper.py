"""From log entries to stored rows and back, checked by pydantic on both ways."""

from __future__ import annotations

from typing import cast

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from trialog.events import registry as catalogue
from trialog.events.entry import LogEntry
from trialog.events.index_columns import columns_of
from trialog.log.store.rows import EntryNotification, StoredEntry


class EventMapper(Mapper[str]):
    """The library's mapper, with our topics and our bytes.

    The library's own restores events without checking them and imports whatever a topic names.
    """

    def __init__(self) -> None:
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Return the row of an entry; the log adds position, time, salt and leaf."""
        entry = cast("LogEntry", domain_event)
        return StoredEntry(
            originator_id=entry.stream,
            originator_version=entry.version,
            topic=entry.event.TOPIC,
            state=catalogue.to_payload(entry.event),
            event_id=entry.event_id,
            actor=entry.actor,
            columns=columns_of(entry.event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> LogEntry:
        """Return the entry of a row.

        Raises:
            EventError: The row is not an event of a known kind.
        """
        stored = cast("StoredEntry | EntryNotification", stored_event)
        return LogEntry(
            position=stored.position,
            stream=str(stored.originator_id),
            version=stored.originator_version,
            event_id=stored.event_id,
            recorded_at=stored.recorded_at,
            actor=stored.actor,
            event=catalogue.from_payload(stored.topic, stored.state),
        )
