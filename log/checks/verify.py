"""Recomputing everything that a log claims: leaves, plain columns, order, times, root, checkpoints.

The check of a trial ends at its first difference. If the owner of a database changed an entry and every value that
follows from it, only a checkpoint stored elsewhere reveals the change.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, select

from trialog.events.dates import day_of_instant, instant_text
from trialog.events.errors import DifferenceError, EventError, QuestionError
from trialog.events.index_columns import AMENDMENT_KINDS, IndexColumns, columns_of
from trialog.events.registry import from_payload
from trialog.log.checks.tables import outside, unlisted
from trialog.log.store.checkpoints import StoredCheckpoint, kept_checkpoints
from trialog.log.store.database import Database
from trialog.log.store.queries import LOOKUPS, of_each
from trialog.log.store.replay import Replay, ranges
from trialog.log.store.rows import Head, head_of, heads
from trialog.log.store.schema import EVENT, EVENT_COLUMNS
from trialog.log.trust.checkpoint import Checkpoint, code_of_origin
from trialog.log.trust.leaf import SALT_BYTES, LeafOf, leaf_maker
from trialog.log.trust.merkle import Frontier

Progress = Callable[[int], None]
"""Callback; takes the number of events checked since its last call."""

_ROWS_OF_TRANSACTION: Final = 2_000
_OWN_COLUMNS: Final = EVENT_COLUMNS.index("stream")
"""Index of the first column that is checked row by row; the columns before it selected the rows."""

_KNOWN: Final = IndexColumns._fields.index("reported_on")


@dataclass(frozen=True)
class Verified:
    """A trial's log without a difference.

    Attributes:
        checkpoint: Its head.
        recorded_at: Time of the last event.
        kept: Checkpoints stored in the log, each verified as a prefix of it.
        times: Recording time of each checkpoint's last event, by the checkpoint's size.
    """

    checkpoint: Checkpoint
    recorded_at: int
    kept: tuple[StoredCheckpoint, ...]
    times: Mapping[int, int]


@dataclass(frozen=True)
class LogCheck:
    """The result of checking a whole log.

    Attributes:
        verified: The trials without a difference.
        differences: Differences of the log as a whole, then the first difference of each trial that has one.
    """

    verified: tuple[Verified, ...]
    differences: tuple[str, ...]


def check_log(log: Database, *, since: Sequence[Checkpoint] = (), progress: Progress | None = None) -> LogCheck:
    """Check every trial of a log; a difference in one does not stop the check of the others.

    Args:
        log: An open log.
        since: Checkpoints that the log must extend.
        progress: Callback for progress updates.

    Raises:
        LogError: The database cannot be read at all.
    """
    differences = list(_of_file(log))
    with log.reading() as connection:
        found = heads(connection)
        differences += [f"{log.shown}: {each}" for each in unlisted(log, connection, found)]
    differences += _other_origins(log, found, since)
    verified = []
    for head in found:
        try:
            verified.append(_Verifying(log, head, since, progress).result())
        except DifferenceError as error:
            differences.append(str(error))
    return LogCheck(tuple(verified), tuple(differences))


def verify_log(log: Database, *, since: Sequence[Checkpoint] = (), progress: Progress | None = None) -> list[Verified]:
    """Verify every trial of a log, as `check_log` does.

    Raises:
        DifferenceError: The first difference: which trial, which position, and what differs.
        LogError: The database cannot be read.
    """
    found = check_log(log, since=since, progress=progress)
    if found.differences:
        raise DifferenceError(found.differences[0])
    return list(found.verified)


def verify_trial(
    log: Database, code: str, *, since: Sequence[Checkpoint] = (), progress: Progress | None = None
) -> Verified:
    """Verify one trial of a log. The file as a whole is not checked, so the cost depends on this trial only.

    Raises:
        QuestionError: The log does not hold the trial.
        DifferenceError: The first difference.
        LogError: The database cannot be read.
    """
    with log.reading() as connection:
        head = head_of(connection, code)
    if not head.number:
        raise QuestionError(f"no trial {code!r} in this log")
    for difference in _other_origins(log, [head], since):
        raise DifferenceError(difference)
    return _Verifying(log, head, since, progress).result()


def _of_file(log: Database) -> Iterator[str]:
    """Yield differences between the indexes and the tables of an SQLite file: an answer may come from either."""
    if not log.is_file:
        return
    with log.reading() as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
    if found != "ok":
        yield f"{log.shown}: the file is damaged: {' '.join(str(found).split())}"


def _other_origins(log: Database, found: Sequence[Head], since: Sequence[Checkpoint]) -> Iterator[str]:
    origins = {head.origin for head in found}
    for checkpoint in since:
        if checkpoint.origin not in origins:
            here = ", ".join(origins) or "none"
            yield f"{log.shown}: the checkpoint is of the log {checkpoint.origin}; here is {here}"


@dataclass
class _Verifying:
    """The state of one pass over a trial's rows."""

    log: Database
    head: Head
    since: Sequence[Checkpoint]
    progress: Progress | None
    frontier: Frontier = field(default_factory=Frontier)
    recorded_at: int = 0
    versions: dict[int, int] = field(default_factory=dict)
    streams: list[str] = field(default_factory=list)
    times: dict[int, int] = field(default_factory=dict)
    _instant: int = -1
    _leaf_of: LeafOf = field(default=leaf_maker("", 0))

    def result(self) -> Verified:
        self.head.tree()
        self._check_streams()
        with self.log.reading() as connection:
            kept = kept_checkpoints(connection, self.head)
        waiting = sorted(
            {(each.checkpoint.size, each.checkpoint.root, f"kept checkpoint {each.number}") for each in kept}
            | {(each.size, each.root, "the checkpoint given") for each in self.since if each.origin == self.head.origin}
        )
        if waiting and waiting[-1][0] > self.head.size:
            raise self._difference(
                f"the log has {self.head.size} events and {waiting[-1][2]} {waiting[-1][0]}: events are missing, "
                "perhaps because an older copy was restored"
            )
        for begin, end in ranges(0, self.head.size, _ROWS_OF_TRANSACTION):
            with self.log.reading() as connection:
                rows = self._rows(connection, begin, end)
                targets = []
                for row in rows:
                    while waiting and waiting[0][0] == self.frontier.size:
                        self._check_root(*waiting.pop(0))
                    targets.extend(self._check_row(row))
                self._check_targets(connection, targets)
                self._check_ids(connection, rows)
            if self.progress:
                self.progress(len(rows))
        for size, root, name in waiting:
            self._check_root(size, root, name)
        self._check_head()
        stray = outside(self.log, self.head)
        if stray:
            raise self._difference(stray)
        checkpoint = Checkpoint(self.head.origin, self.head.size, self.head.root)
        return Verified(checkpoint, self.recorded_at, tuple(kept), self.times)

    def _rows(self, connection: Connection, begin: int, end: int) -> Sequence[Any]:
        query = select(*(EVENT.c[name] for name in EVENT_COLUMNS)).where(
            EVENT.c.trial == self.head.number, EVENT.c.position > begin, EVENT.c.position <= end
        )
        rows = connection.execute(query.order_by(EVENT.c.position)).all()
        if len(rows) != end - begin:
            found = Counter(row.position for row in rows)
            if missing := set(range(begin + 1, end + 1)) - found.keys():
                raise self._difference(f"position {min(missing)} is missing")
            raise self._difference(f"there are two events at position {found.most_common(1)[0][0]}")
        return rows

    def _check_streams(self) -> None:
        self.streams = Replay(self.log, self.head).streams()
        if len(set(self.streams)) != len(self.streams):
            name, _ = Counter(self.streams).most_common(1)[0]
            raise self._difference(f"two streams have the name {name!r}")

    def _check_row(self, row: Sequence[Any]) -> list[tuple[int, int, str]]:
        """Check one row; return position, code and target of an amendment."""
        position = self.frontier.size + 1
        try:
            return self._differences(position, row)
        except (AttributeError, IndexError, OverflowError, TypeError, ValueError, struct.error) as error:
            # A damaged page may hold anything in place of a number or a text.
            raise self._difference(f"position {position}: not readable: {error}") from None

    def _differences(self, position: int, row: Sequence[Any]) -> list[tuple[int, int, str]]:
        # Unpack by position; attribute access would double the cost.
        (number, version, kind, first, last, known, code, amount, instant, event_id, topic, actor, salt, stored,
         payload) = row[_OWN_COLUMNS:]  # fmt: skip
        if not 1 <= number <= len(self.streams):
            raise self._difference(f"position {position}: stream {number} is not one of the {len(self.streams)} known")
        stream = self.streams[number - 1]
        if instant != self._instant:
            self._instant, self._leaf_of = instant, leaf_maker(self.head.origin, instant)
        leaf = self._leaf_of(position, stream, version, topic, event_id, actor, bytes(salt), bytes(payload))
        if leaf != bytes(stored) or len(salt) != SALT_BYTES:
            raise self._difference(
                f"position {position}: the row does not have its leaf: stored {bytes(stored).hex()[:16]}..., "
                f"recomputed {leaf.hex()[:16]}..."
            )
        self.frontier.append(leaf)
        due = self.versions.get(number, 0) + 1
        if version != due:
            raise self._difference(f"position {position}: version {version} of {stream}; expected {due}")
        self.versions[number] = version
        if instant < self.recorded_at:
            raise self._difference(
                f"position {position}: recorded at {instant_text(instant)}, before the event in front of it"
            )
        self.recorded_at = instant
        try:
            event = from_payload(topic, payload)
        except EventError as error:
            raise self._difference(f"position {position}: the payload is not an event: {error}") from None
        if event.stream != stream:
            raise self._difference(f"position {position}: an event of {event.stream} stands in the stream {stream}")
        amends = event.KIND in AMENDMENT_KINDS
        plain = columns_of(event, code if amends else 0)
        due_known = day_of_instant(instant) if plain.reported_on is None else plain.reported_on
        expected = (*plain[:_KNOWN], due_known, *plain[_KNOWN + 1 :])
        found = (kind, first, last, known, code, amount)
        if found != expected:
            raise self._difference(f"position {position}: {_unlike(found, expected)}")
        return [(position, code, event.target)] if amends else []  # type: ignore[attr-defined]

    def _check_targets(self, connection: Connection, targets: list[tuple[int, int, str]]) -> None:
        """Check that each amendment's column points at the event that its payload names."""
        if not targets:
            return
        of_trial = select(EVENT.c.position, EVENT.c.event_id).where(EVENT.c.trial == self.head.number)
        wanted = sorted({code for _, code, _ in targets})
        query = of_each(of_trial, EVENT.c.position, wanted, server=not self.log.is_file)
        ids: dict[int, str] = {row.position: row.event_id for row in connection.execute(query)}
        for position, code, target in targets:
            if ids.get(code) != target or code >= position:
                raise self._difference(f"position {position}: column code is {code}; the payload is about {target!r}")

    def _check_ids(self, connection: Connection, rows: Sequence[Any]) -> None:
        """Check that no id of these rows is a duplicate in the log."""
        ids = {row.event_id for row in rows}
        given = {"of_trial": self.head.number, "ids": ids}
        found = connection.execute(LOOKUPS[connection.dialect.name].known_ids, given).all()
        if not len(found) == len(ids) == len(rows):
            raise self._difference(
                f"an event id between positions {rows[0].position} and {rows[-1].position} stands twice"
            )

    def _check_root(self, size: int, root: bytes, name: str) -> None:
        self.times[size] = self.recorded_at
        if size != self.frontier.size or root != self.frontier.root():
            raise self._difference(
                f"{name} has the root {root.hex()[:16]}... at size {size}; today's log has another one there: "
                "its beginning was rewritten"
            )

    def _check_head(self) -> None:
        head = self.head
        if code_of_origin(head.origin) != head.code:
            raise self._difference(f"the trial's row names the log of {code_of_origin(head.origin)!r}")
        claims = {
            "size": (head.size, self.frontier.size),
            "root": (head.frontier, self.frontier.pack()),
            "time of the last event": (head.recorded_at, self.recorded_at),
            "number of streams": (head.streams, len(self.streams)),
            "number of streams with events": (len(self.streams), len(self.versions)),
        }
        for name, (claimed, found) in claims.items():
            if claimed != found:
                shown = "" if isinstance(claimed, bytes) else f": {claimed} claimed, {found} found"
                raise self._difference(f"the {name} in the trial's row does not fit its events{shown}")

    def _difference(self, what: str) -> DifferenceError:
        return DifferenceError(f"{self.head.code}: {what}")


def _unlike(found: Sequence[Any], expected: Sequence[Any]) -> str:
    """Return the name of a plain column that differs from the payload."""
    names = ("known_on" if name == "reported_on" else name for name in IndexColumns._fields)
    name, wrong, right = next(each for each in zip(names, found, expected, strict=True) if each[1] != each[2])
    said = "nothing" if right is None else right
    return f"column {name} is {'empty' if wrong is None else wrong}; the payload says {said}"
