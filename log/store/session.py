"""What a session remembers of a log between two appends, so that it need not ask again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final, NamedTuple, Self

from trialog.log.store.rows import Head

FRESH_SECONDS: Final = 1.0
"""How long this machine's clock carries on a server's; afterwards the server is asked again."""


MOST_STREAMS: Final = 200_000
"""Streams whose numbers a session remembers, some hundred bytes each."""


class LastSeenHead(NamedTuple):
    """Where a trial's log stood, and what time it was on its server.

    Attributes:
        head: Where it stood.
        asked: The server's time, microseconds since 1970-01-01 UTC; 0 for a file, which has none.
        heard: Reading of this machine's steady clock when the answer was there, in seconds.
        dated: That of its other clock, which goes on while it sleeps.
    """

    head: Head
    asked: int
    heard: float
    dated: float

    @classmethod
    def at(cls, head: Head, asked: int) -> Self:
        """Return where a server just said that a log stands."""
        return cls(head, asked, time.monotonic(), time.time())

    def is_fresh(self) -> bool:
        """Tell whether the server's time can still be told from it."""
        return time.monotonic() - self.heard < FRESH_SECONDS and abs(time.time() - self.dated) < FRESH_SECONDS

    def now(self) -> int:
        """Return the server's time, behind it by the way of its answer, as far as both clocks run alike."""
        return self.asked + int(1e6 * (time.monotonic() - self.heard))


class SessionCache:
    """Where a session left a trial's log, and the numbers of streams that it knows there.

    What is remembered is true of the log exactly as the session left it, told by its head. Where nobody else was seen
    to write, the server is not even asked whether that is where it stands: it refuses an append that rests on a size or
    a tree that it does not have, and then it is asked.
    """

    def __init__(self) -> None:
        self._left: LastSeenHead | None = None
        self._alone = False
        self._numbers: dict[str, int] = {}

    def recall(self) -> LastSeenHead | None:
        """Return where the log stands, None where the server must be asked."""
        return self._left if self._left is not None and self._alone and self._left.is_fresh() else None

    def numbers_at(self, head: Head) -> Mapping[str, int]:
        """Return the number of each stream that is known where the log stands there."""
        if self._left is None or self._left.head != head:
            self._numbers.clear()
        return self._numbers

    def keep(self, found: LastSeenHead, left: LastSeenHead, numbers: Mapping[str, int]) -> None:
        """Remember where a transaction found the log, where it left it, and the streams that it found or made."""
        self._alone = self._left is not None and self._left.head == found.head
        self._left = left
        if len(self._numbers) + len(numbers) > MOST_STREAMS:
            self._numbers.clear()
        self._numbers.update(numbers)
