"""Releases: which rows form one release and share a data cutoff, and which releases may share one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from trialog.audit.reading.claims import ClaimedRelease
from trialog.events.dates import span
from trialog.exchange.register.row_reading import RowReading

Key = tuple[str, ...]


def release_key(reading: RowReading, rank: int) -> Key:
    """Return a key that identifies a row's release.

    Rows of one day, cutoff, name and source are one release. An undated row without a name, a cutoff or an address is a
    release by itself: nothing says that it shares its data with another.

    Args:
        reading: The row.
        rank: Its rank among the rows.
    """
    name, day, cutoff = reading.row.get("announcement"), reading.announced_on or "", reading.data_cutoff or ""
    source = reading.row.get("source")
    if day or cutoff or name:
        return (name, day, cutoff, source)
    return (name, day, cutoff, source, str(rank))


def bundle_key(reading: RowReading, rank: int) -> Key:
    """Return the key shared by releases that may have one data cutoff: their day, or else their name or source."""
    day, cutoff = reading.announced_on or "", reading.data_cutoff or ""
    if day or cutoff:
        return (day, cutoff)
    name, source = reading.row.get("announcement"), reading.row.get("source") or reading.row.get("url")
    return (name, source) if name or source else (str(rank),)


@dataclass
class Releases:
    """The releases of a series, collected row by row."""

    listed: list[ClaimedRelease] = field(default_factory=list)
    _known: dict[Key, int] = field(default_factory=dict)
    _bundles: dict[Key, int] = field(default_factory=dict)

    def of(self, reading: RowReading, rank: int) -> int:
        """Return the place of a row's release; add it if it is new."""
        key, together = release_key(reading, rank), bundle_key(reading, rank)
        if key not in self._known:
            self._known[key] = len(self.listed)
            bundle = self._bundles.setdefault(together, len(self.listed))
            self.listed.append(_release(reading, bundle))
        return self._known[key]

    def told_apart(self) -> tuple[ClaimedRelease, ...]:
        """Return the releases, each with whether it is the only one of its day."""
        days = [release.announced for release in self.listed]
        return tuple(
            replace(release, alone=release.announced is None or days.count(release.announced) == 1)
            for release in self.listed
        )


def _release(reading: RowReading, bundle: int) -> ClaimedRelease:
    announced, stated = reading.announced_on, reading.data_cutoff
    words = announced or ("undated" if not stated else f"undated, cutoff {stated}")
    return ClaimedRelease(span(announced) if announced else None, span(stated) if stated else None, words, bundle)
