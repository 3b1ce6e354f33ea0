"""One append: read what the log has, hash the new entries, write all of them or none."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, func, select, text

from trialog.events.dates import day_of_instant
from trialog.events.entry import NewEntry
from trialog.events.errors import ConflictError, EventError
from trialog.log.store.postgresql import append as server
from trialog.log.store.postgresql.append import LARGEST_BYTES, LARGEST_CALL
from trialog.log.store.queries import (
    HEAD_AND_NOW,
    HEADS_LOCKED_AND_NOW,
    LOOKUPS,
    NEXT_TRIAL_NUMBERS,
    SERVER_NOW,
    TRIAL_ADDED,
    counted_events,
    fetch,
    run,
)
from trialog.log.store.rows import (
    Head,
    StoredEntry,
    codes_of,
    entries_of_streams,
    entries_with,
    head_of,
    heads_of,
    no_head,
    stream_numbers,
)
from trialog.log.store.schema import CHECKPOINT, EVENT
from trialog.log.store.session import LastSeenHead, SessionCache
from trialog.log.store.sqlite import append as file
from trialog.log.trust.checkpoint import Checkpoint, origin_of
from trialog.log.trust.leaf import SALT_BYTES, leaf_maker
from trialog.log.trust.signed_notes import Note

LARGEST_PAYLOAD: Final = 1 << 20
"""Bytes; an event that needs more is a document, and belongs in a document store."""

_NEW_TRIALS: Final = 20_261_122
"""Key of the advisory lock under which a server makes the rows of new trials."""

Clock = Callable[[], int]


Outline = tuple[int, int, int, bytes | None]
"""Kind, first and last day of occurrence of an event, and the payload of an enrollment."""


class Transaction:
    """An append to one trial's log.

    If the transaction is held, it keeps other writers out. On a server it need not be held: the insert is then based on
    the head that was found at the beginning, and is refused if the log has grown since.

    Args:
        connection: In a transaction that may write, or outside of one on a server.
        found: The head of the log, from `head_to_append_to` or from the session's memory.
        clock: Gives microseconds since 1970-01-01 UTC; None for the server's clock.
        memory: The session's memory of the log.

    Attributes:
        connection: Connection to the database.
        found: The head of the log as it was found.
        recorded_at: Time of recording of every event of this transaction.
        new_streams: Numbers of streams that it found or made.
    """

    def __init__(self, connection: Connection, found: LastSeenHead, clock: Clock | None, memory: SessionCache) -> None:
        self.connection = connection
        self._held = connection.in_transaction()
        self._written = False
        self._asks_server = clock is None
        self._sqlite = connection.dialect.name == "sqlite"
        self._lookups = LOOKUPS[connection.dialect.name]
        self._absent: set[str] = set()
        self._reserved_number = 0
        self.new_streams: dict[str, int] = {}
        self.found = found
        self._head = found.head
        self._numbers = memory.numbers_at(self._head)
        self._frontier = self._head.tree()
        # The clock may jump back; recording times may not.
        self.recorded_at: int = max(clock() if clock else found.now(), self._head.recorded_at)

    @property
    def left(self) -> LastSeenHead:
        """The head of the log, including this transaction's inserts, and when it was read."""
        return self.found._replace(head=self._head)

    @property
    def exists(self) -> bool:
        """Whether the log holds the trial."""
        return self._head.number > 0

    @property
    def size(self) -> int:
        """Number of events in the log, including this transaction's inserts."""
        return self._frontier.size

    @property
    def root(self) -> bytes:
        """Root of the Merkle tree, including this transaction's inserts."""
        return self._frontier.root()

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint of the log, including this transaction's inserts."""
        return Checkpoint(self._head.origin, self.size, self.root)

    def trial_codes(self) -> list[str]:
        """Return the code of each trial that the database holds."""
        return codes_of(self.connection)

    def entries_of(self, streams: Iterable[str]) -> dict[str, list[StoredEntry]]:
        """Return the whole entries of the given streams that the log has, each by version."""
        return entries_of_streams(self.connection, self._head, self._numbered(streams))

    def outlines_of(self, streams: Iterable[str]) -> dict[str, list[Outline]]:
        """Return the outlines of the given streams that the log has, each by version."""
        numbers, last = self._numbered(streams), self.size
        found: dict[str, list[Outline]] = {name: [] for name in numbers}
        if numbers:
            names = {number: name for name, number in numbers.items()}
            rows = fetch(self.connection, self._lookups.outlines, of_trial=self._head.number, numbers=names)
            for number, position, *outline in rows:
                if 1 <= position <= last:  # rows that the trial's row does not count are not part of the log
                    found[names[number]].append(tuple(outline))
        return found

    def entries_with_ids(self, event_ids: Iterable[str]) -> list[StoredEntry]:
        """Return the whole entries that have one of these ids."""
        return entries_with(self.connection, self._head, ids=list(event_ids)) if self.size else []

    def entries_at(self, positions: Iterable[int]) -> list[StoredEntry]:
        """Return the whole entries at the given positions, if the log has them."""
        return entries_with(self.connection, self._head, positions=list(positions)) if self.size else []

    def payloads_of_kind(self, kind: int) -> list[bytes]:
        """Return the payloads of every event of a kind, by position."""
        query = select(EVENT.c.payload).where(counted_events(self._head.number), EVENT.c.kind == kind)
        return [bytes(payload) for payload in self.connection.execute(query.order_by(EVENT.c.position)).scalars()]

    def insert(self, entries: Sequence[NewEntry]) -> None:
        """Hash entries and insert them after the last one.

        Raises:
            EventError: A payload is too large.
            ConflictError: There are more entries than an append that is not held can write; nothing was written.
            Exception: The driver's own error; its IntegrityError if a version or an event id is already taken.
        """
        for entry in entries:
            if len(entry.payload) > LARGEST_PAYLOAD:
                raise EventError(f"an event of {len(entry.payload)} bytes; expected at most {LARGEST_PAYLOAD}")
        if not entries:
            return
        self.begin()
        salts = secrets.token_bytes(SALT_BYTES * len(entries))
        instant, leaf_of = self.recorded_at, leaf_maker(self._head.origin, self.recorded_at)
        position, at = self.size, 0
        sealed = []
        for stream, version, topic, event_id, actor, payload, _ in entries:
            position += 1
            salt = salts[at : at + SALT_BYTES]
            at += SALT_BYTES
            sealed.append((instant, salt, leaf_of(position, stream, version, topic, event_id, actor, salt, payload)))
        self.write(entries, sealed)

    def begin(self, origin: str = "") -> None:
        """Make the trial's row if the log does not hold the trial yet.

        Args:
            origin: Origin of the log that the trial is copied from; if empty, a new one is made.

        Raises:
            EventError: The code cannot name a trial.
        """
        if self.exists:
            return
        origin = origin or origin_of(str(uuid4()), self._head.code)
        if not self._reserved_number:
            reserve_numbers(self.connection, [self])
        self._head = self._head._replace(number=self._reserved_number, origin=origin)
        run(self.connection, TRIAL_ADDED, **self._head._asdict())

    def reserve(self, number: int) -> None:
        """Assign a number to the trial, which the log does not hold yet."""
        self._reserved_number = number

    def write(self, entries: Sequence[NewEntry], sealed: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Insert entries with their time, salt and leaf, and move the trial's head."""
        calls = list(portions(entries))
        if not self._held:
            if self._written or len(calls) > 1 or self.connection.in_transaction():
                raise ConflictError("an append of several statements needs the lock")
            self._written = True
        for begin, end in calls:
            self._write(entries[begin:end], sealed[begin:end])

    def _write(self, entries: Sequence[NewEntry], sealed: Sequence[tuple[int, bytes, bytes]]) -> None:
        trial, position = self._head.number, self.size
        numbers, made = self._numbers_for([entry.stream for entry in entries])
        rows: list[tuple[Any, ...]] = []
        days = {instant: day_of_instant(instant) for instant in {instant for instant, _, _ in sealed}}
        for (stream, version, topic, event_id, actor, payload, columns), (instant, salt, leaf) in zip(
            entries, sealed, strict=True
        ):
            position += 1
            kind, first, last, reported, code, amount = columns
            known = days[instant] if reported is None else reported
            place = (trial, position, numbers[stream], version, kind)
            # In the order of the table's columns.
            rows.append(
                (*place, first, last, known, code, amount, instant, event_id, topic, actor, salt, leaf, payload)
            )
        self._frontier.extend([leaf for _, _, leaf in sealed])
        after = self._head._replace(
            size=self.size,
            recorded_at=max(self._head.recorded_at, *days),
            streams=max(self._head.streams, *numbers.values()),
            frontier=self._frontier.pack(),
        )
        new_streams = [(number, name) for name, number in made.items()]
        if self._sqlite:
            file.append(self.connection, self._head, new_streams, rows, after)
        else:
            prompt = self._asks_server and not self._held
            server.append(self.connection, self._head, new_streams, rows, after, prompt=prompt)
        self._head = after

    def keep(self, note: Note, about: str = "", stamp: bytes | None = None, kept_at: int | None = None) -> int:
        """Store a checkpoint's note in the log, and return its number; the transaction must be held.

        Args:
            note: Its text is a checkpoint of this trial.
            about: The announcement that depends on it; empty for none.
            stamp: A time-stamp token (RFC 3161) of the note's text.
            kept_at: Time at which it was first stored; None for now.
        """
        checkpoint = Checkpoint.of(note)
        last = select(func.coalesce(func.max(CHECKPOINT.c.number), 0)).where(CHECKPOINT.c.trial == self._head.number)
        number = int(self.connection.execute(last).scalar_one()) + 1
        self.connection.execute(
            CHECKPOINT.insert().values(
                trial=self._head.number,
                number=number,
                size=checkpoint.size,
                root=checkpoint.root,
                note=note.written(),
                stamp=stamp,
                about=about,
                kept_at=self.recorded_at if kept_at is None else kept_at,
            )
        )
        return number

    def assume_absent(self, streams: Iterable[str]) -> None:
        """Do not look these streams up; if the log has one of them, the insert is refused."""
        self._absent.update(streams)

    def find_streams(self, names: Iterable[str]) -> None:
        """Look up together the streams that `entries_of` and `outlines_of` will need."""
        self._numbered(names)

    def _numbered(self, names: Iterable[str]) -> dict[str, int]:
        """Return the numbers of the given streams that the log has; each is looked up in the database at most once."""
        known, found, asked = self._numbers, {}, []
        for name in names:
            number = known.get(name) or self.new_streams.get(name)
            if number is not None:
                found[name] = number
            elif name not in self._absent:
                asked.append(name)
        if asked and self.size:
            answer = stream_numbers(self.connection, self._head, asked)
            self.new_streams.update(answer)
            self._absent.update(name for name in asked if name not in answer)
            found.update(answer)
        return found

    def _numbers_for(self, names: Iterable[str]) -> tuple[dict[str, int], dict[str, int]]:
        """Return the numbers of all streams, and separately the numbers assigned to streams new to the log."""
        wanted = dict.fromkeys(names)
        numbers = self._numbered(wanted)
        fresh = [name for name in wanted if name not in numbers]
        first = self._head.streams + 1
        made = dict(zip(fresh, range(first, first + len(fresh)), strict=True))
        self.new_streams.update(made)
        return numbers | made, made


def insert_together(rows: Sequence[tuple[Transaction, Sequence[NewEntry]]]) -> None:
    """Insert into one or several trials of one database transaction.

    With several, everything is sent before waiting for the server.

    Raises:
        Exception: As with `Transaction.insert`, of any of the inserts.
    """
    if len(rows) == 1:
        ((transaction, entries),) = rows
        transaction.insert(entries)
        return
    connection = rows[0][0].connection
    reserve_numbers(connection, [transaction for transaction, _ in rows])
    with _sent_together(connection):
        for transaction, entries in rows:
            transaction.insert(entries)


def _sent_together(connection: Connection) -> AbstractContextManager[object]:
    """Return a context in which statements are sent without waiting for the server; errors are raised at its end."""
    if connection.dialect.name == "sqlite":
        return nullcontext()
    from psycopg import Pipeline

    raw: Any = connection.connection.driver_connection
    pipeline: AbstractContextManager[object] = raw.pipeline() if Pipeline.is_supported() else nullcontext()
    return pipeline


def reserve_numbers(connection: Connection, transactions: Iterable[Transaction]) -> None:
    """Give a number to each trial that the log does not hold yet."""
    new = [each for each in transactions if not each.exists]
    if new:
        numbers = fetch(connection, NEXT_TRIAL_NUMBERS[connection.dialect.name], count=len(new))
        if len(numbers) == 1:
            numbers = [(numbers[0][0] + at,) for at in range(len(new))]
        for each, (number,) in zip(new, numbers, strict=True):
            each.reserve(number)


def portions(entries: Sequence[NewEntry]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each batch of entries that fits one call."""
    begin = size = 0
    for at, entry in enumerate(entries):
        size += len(entry.payload)
        if at > begin and (at - begin == LARGEST_CALL or size > LARGEST_BYTES):
            yield begin, at
            begin, size = at, len(entry.payload)
    if entries:
        yield begin, len(entries)


def head_to_append_to(connection: Connection, code: str) -> LastSeenHead:
    """Return the head of a trial's log; within a transaction it is locked against other writers.

    Raises:
        ConflictError: There is no such trial yet, and it cannot be made, because the connection is in no transaction.
    """
    if connection.dialect.name == "sqlite":
        return LastSeenHead.at(head_of(connection, code), 0)
    if connection.in_transaction():
        return heads_to_append_to(connection, [code])[code]
    for *head, now in fetch(connection, HEAD_AND_NOW, code=code):
        return LastSeenHead.at(Head(*head), now)
    raise ConflictError(f"no trial {code} yet")


def heads_to_append_to(connection: Connection, codes: Sequence[str]) -> dict[str, LastSeenHead]:
    """Return the heads of several trials' logs, locked against other writers.

    Every writer takes locks in the same order, so that no two wait for each other: first the key that guards making
    new trials, if there is a new one, then the rows of trials by code.

    Args:
        connection: In a transaction that may write.
        codes: Codes of the trials.
    """
    if connection.dialect.name == "sqlite":
        heads = {head.code: head for head in heads_of(connection, codes)}
        return {code: LastSeenHead.at(heads.get(code) or no_head(code), 0) for code in codes}
    now = 0
    # With one trial, its row is locked immediately: there is no second lock.
    found = fetch(connection, HEADS_LOCKED_AND_NOW, codes=codes) if len(codes) == 1 else heads_of(connection, codes)
    if len(found) < len(codes):
        # There is no row to lock yet; the second of two writers finds the row that the first one made.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _NEW_TRIALS})
        now = int(connection.execute(select(SERVER_NOW)).scalar_one())
    if len(found) < len(codes) or len(codes) > 1:
        found = fetch(connection, HEADS_LOCKED_AND_NOW, codes=codes)
    seen = {row[1]: LastSeenHead.at(Head(*row[:-1]), row[-1]) for row in found}
    return {code: seen.get(code) or LastSeenHead.at(no_head(code), now) for code in codes}
