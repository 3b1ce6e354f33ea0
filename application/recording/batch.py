"""Drafts of one or several trials that are appended together, and the account of what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from trialog.application.arguments import who_records
from trialog.application.keys import keys_if_named, sign_if_possible
from trialog.application.recording.append_session import AppendSession, Share, append_together
from trialog.application.recording.receipt import Receipt
from trialog.domain.findings import HistoryWarning
from trialog.events.entry import Draft
from trialog.events.errors import EventError

if TYPE_CHECKING:
    from trialog.log.store.database import Database

MOST_WARNINGS: Final = 5
"""Warnings that are given in words; the others are counted."""


class Batch:
    """Drafts by trial, in the order in which they are added.

    Args:
        default_trial: Trial of drafts that name none.
    """

    def __init__(self, default_trial: str | None) -> None:
        self._default_trial = default_trial
        self.size = 0
        self.by_trial: dict[str, tuple[list[Draft], list[int]]] = {}

    def add(self, trial: str | None, draft: Draft) -> None:
        """Add a draft.

        Raises:
            EventError: It names no trial, and there is no default.
        """
        code = trial or self._default_trial
        if code is None:
            where = f"{draft.where}: " if draft.where else ""
            raise EventError(f"{where}field 'trial' is missing; name it there or with --trial")
        drafts, numbers = self.by_trial.setdefault(code, ([], []))
        drafts.append(draft)
        numbers.append(self.size)
        self.size += 1


class BatchAppend:
    """Appends batches, each in one transaction over all its trials.

    Args:
        database: An open log.
        by: Who records, for drafts that do not say; the login name if None.
        dry_run: Judge only.

    Attributes:
        appended: New events by trial.
    """

    def __init__(self, database: Database, by: str | None, *, dry_run: bool) -> None:
        self._database = database
        self._dry_run = dry_run
        self._by = who_records(by)
        self._sign, self._keys = sign_if_possible(), keys_if_named()
        self._sessions: dict[str, AppendSession] = {}
        self._read = 0
        self._duplicates = 0
        self._warnings: list[str] = []
        self._warning_count = 0
        self.appended: dict[str, int] = {}

    def append(self, batch: Batch, *, warnings: bool) -> dict[str, Receipt]:
        """Append a batch, or refuse all of it; return the receipt of each trial.

        Args:
            batch: Of drafts.
            warnings: Look for warnings too.

        Raises:
            RefusedError: At least one event cannot be appended; the text has a line for each.
            LogError: The log cannot be written.
        """
        self._read += batch.size
        shares = [Share(self._session(code), drafts, numbers) for code, (drafts, numbers) in batch.by_trial.items()]
        if not shares:
            return {}
        receipts = dict(
            zip(
                batch.by_trial,
                append_together(self._database, shares, dry_run=self._dry_run, doubts=warnings),
                strict=True,
            )
        )
        for code, receipt in receipts.items():
            self.appended[code] = self.appended.get(code, 0) + len(receipt.appended)
            self._duplicates += len(receipt.duplicates)
            self.note(receipt.doubts)
        return receipts

    def note(self, warnings: Iterable[HistoryWarning]) -> None:
        """Keep the first few warnings, and count all."""
        for each in warnings:
            if self._warning_count < MOST_WARNINGS:
                self._warnings.append(each.message)
            self._warning_count += 1

    def session_of(self, code: str) -> AppendSession:
        """Return the session that appends to a trial."""
        return self._session(code)

    def answer_fields(self) -> dict[str, Any]:
        """Return the fields of `AppendFileAnswer`."""
        return {
            "read": self._read,
            "appended": sum(self.appended.values()),
            "already_in_the_log": self._duplicates,
            "by_trial": self.appended,
            "notes": self._warning_count,
            "dry_run": self._dry_run,
            "warnings": tuple(self._warnings),
        }

    def _session(self, code: str) -> AppendSession:
        found = self._sessions.get(code)
        if found is None:
            found = self._sessions[code] = AppendSession(
                self._database, code, self._by, sign=self._sign, keys=self._keys
            )
        return found
