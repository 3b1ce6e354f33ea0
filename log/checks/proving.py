"""Proofs of a log, made from its stored leaves in one pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from trialog.events.errors import DifferenceError, EvidenceError, QuestionError
from trialog.log.store.database import Database
from trialog.log.store.queries import select_entries
from trialog.log.store.replay import Replay
from trialog.log.store.rows import entry_of, head_of
from trialog.log.store.schema import EVENT
from trialog.log.trust.checkpoint import Checkpoint
from trialog.log.trust.merkle import Frontier
from trialog.log.trust.proof_files import ConsistencyProof, InclusionProof
from trialog.log.trust.proofs import Span, consistency_spans, inclusion_spans, roots_of_spans
from trialog.log.trust.signed_notes import Note


def prove_event(log: Database, code: str, event: str, note: Note) -> InclusionProof:
    """Return the proof that a trial's log contains an event.

    Args:
        log: An open log.
        code: The trial's code.
        event: Position, with or without ``#`` before it, or id.
        note: The checkpoint to which the proof leads; the log must extend it.

    Raises:
        QuestionError: The log has no such event.
        EvidenceError: The checkpoint is older than the event, or of another log.
        DifferenceError: The stored leaves do not lead to the checkpoint.
    """
    checkpoint = Checkpoint.of(note)
    with log.reading() as connection:
        head = head_of(connection, code)
        position = event.removeprefix("#")
        condition = EVENT.c.position == int(position) if position.isdecimal() else EVENT.c.event_id == event
        row = connection.execute(select_entries(head.number).where(condition)).one_or_none()
        if row is None:
            raise QuestionError(f"no event {event!r} in the log of {code}; trialog log lists ids and positions")
        entry = entry_of(row)
        if entry.position > checkpoint.size:
            raise EvidenceError(
                f"the checkpoint is of {checkpoint.size} events; the event at position {entry.position} came later"
            )
    framed = entry.leaf_input(head.origin)
    path = _path(Replay(log, head), checkpoint, inclusion_spans(entry.position - 1, checkpoint.size))
    entry.check(code, head.origin)
    proof = InclusionProof(framed, path, note)
    proof.check()
    return proof


def prove_extension(log: Database, code: str, old: int, note: Note) -> ConsistencyProof:
    """Return the proof that a checkpoint of a trial's log extends the log's first ``old`` entries.

    Raises:
        EvidenceError: The old size is larger than the new one, or the checkpoint is of another log.
        DifferenceError: The stored leaves do not lead to the checkpoint.
    """
    checkpoint = Checkpoint.of(note)
    replay = log.recorder(code).replay()
    return ConsistencyProof(old, _path(replay, checkpoint, consistency_spans(old, checkpoint.size)), note)


def _path(replay: Replay, checkpoint: Checkpoint, spans: list[Span]) -> tuple[bytes, ...]:
    """Check that the leaves give the checkpoint's root, and return the roots of sub-trees."""
    head = replay.head
    if checkpoint.origin != head.origin:
        raise EvidenceError(f"the checkpoint is of the log {checkpoint.origin}; here is {head.origin}")
    if checkpoint.size > head.size:
        raise DifferenceError(
            f"{head.code}: the log has {head.size} events and the checkpoint {checkpoint.size}: events are missing"
        )
    frontier = Frontier()

    def watched() -> Iterator[bytes]:
        for leaf in replay.leaves(last=checkpoint.size):
            frontier.append(leaf)
            yield leaf

    leaves = watched()
    roots = tuple(roots_of_spans(leaves, spans))
    deque(leaves, maxlen=0)
    if frontier.root() != checkpoint.root:
        raise DifferenceError(f"{head.code}: the stored leaves do not lead to the checkpoint; run trialog verify")
    return roots
