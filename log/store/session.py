"""A session's memory of a log between two appends, which saves queries."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final, NamedTuple, Self

from trialog.log.store.rows import Head

FRESH_SECONDS: Final = 1.0
"""How long a server's time is estimated by this machine's clock; afterwards the server is asked again."""


MOST_STREAMS: Final = 200_000
"""Streams whose numbers a session remembers, some hundred bytes each."""


class LastSeenHead(NamedTuple):
    """The last known head of a trial's log, and the server's time then.

    Attributes:
        head: The head.
        asked: The server's time, microseconds since 1970-01-01 UTC; 0 for a file, which has none.
        heard: Reading of this machine's monotonic clock when the answer arrived, in seconds.
        dated: Wall-clock reading; unlike the monotonic clock it advances during sleep.
    """

    head: Head
    asked: int
    heard: float
    dated: float

    @classmethod
    def at(cls, head: Head, asked: int) -> Self:
        """Make one from a head and a time that a server has just sent."""
        return cls(head, asked, time.monotonic(), time.time())

    def is_fresh(self) -> bool:
        """Return whether it is recent enough to estimate the server's time."""
        return time.monotonic() - self.heard < FRESH_SECONDS and abs(time.time() - self.dated) < FRESH_SECONDS

    def now(self) -> int:
        """Estimate the server's time, late by network latency, assuming that both clocks run at the same rate."""
        return self.asked + int(1e6 * (time.monotonic() - self.heard))


class SessionCache:
    """The head of a trial's log after the session's last append, and the known numbers of streams.

    The memory is valid only for the head that the session left. If the last append found that head unchanged, the
    session assumes that it is the only writer and does not query the head. If the assumption is wrong, the server
    refuses the append, because the size or the tree differs, and the session then queries the head.
    """

    def __init__(self) -> None:
        self._left: LastSeenHead | None = None
        self._alone = False
        self._numbers: dict[str, int] = {}

    def recall(self) -> LastSeenHead | None:
        """Return the log's head, or None if the server must be asked."""
        return self._left if self._left is not None and self._alone and self._left.is_fresh() else None

    def numbers_at(self, head: Head) -> Mapping[str, int]:
        """Return the number of each known stream, if the log has this head."""
        if self._left is None or self._left.head != head:
            self._numbers.clear()
        return self._numbers

    def keep(self, found: LastSeenHead, left: LastSeenHead, numbers: Mapping[str, int]) -> None:
        """Remember the heads before and after a transaction, and the streams that it found or made."""
        self._alone = self._left is not None and self._left.head == found.head
        self._left = left
        if len(self._numbers) + len(numbers) > MOST_STREAMS:
            self._numbers.clear()
        self._numbers.update(numbers)
