"""Histories as short as the thought they show."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from trialog.application.recording.append_session import AppendSession
from trialog.application.recording.receipt import Receipt
from trialog.application.trial_data import load
from trialog.events.dates import day_number
from trialog.events.entry import Draft
from trialog.events.registry import build, kind_named
from trialog.log.store.database import Database
from trialog.projections.trial_data import TrialData

TRIAL = "NCT00000001"


def draft(event: str, on: str | None = "2020-01-01", **fields: Any) -> Draft:
    """Return an event; ``event_id`` and ``where`` go to the draft, everything else to the event."""
    event_id, where = fields.pop("event_id", None), fields.pop("where", "")
    given = {"source": "test", **fields}
    if on is not None:
        given["occurred_on"] = on
    return Draft(build(kind_named(event), given), event_id, None, where)


def registered(on: str = "2015-01-01", **fields: Any) -> Draft:
    return draft("trial-registered", on, title="A trial", **fields)


def opened(cohort: str = "A", on: str = "2015-01-01", **fields: Any) -> Draft:
    return draft("cohort-opened", on, cohort=cohort, **fields)


def enrolled(subject: str, on: str, cohort: str = "A", **fields: Any) -> Draft:
    return draft("subject-enrolled", on, subject=subject, cohort=cohort, **fields)


def dosed(subject: str, on: str, amount: str = "10", unit: str = "mg", **fields: Any) -> Draft:
    return draft("dose-administered", on, subject=subject, amount=amount, unit=unit, **fields)


def seen(subject: str, on: str, **fields: Any) -> Draft:
    return draft("subject-seen-alive", on, subject=subject, **fields)


def assessed(subject: str, on: str, category: str, criteria: str = "IMWG 2016", **fields: Any) -> Draft:
    return draft("response-assessed", on, subject=subject, criteria=criteria, category=category, **fields)


def progressed(subject: str, on: str, **fields: Any) -> Draft:
    return draft("progression-found", on, subject=subject, **fields)


def died(subject: str, on: str, **fields: Any) -> Draft:
    return draft("subject-died", on, subject=subject, **fields)


def corrected(target: str, changes: dict[str, Any], on: str = "2020-01-01", **fields: Any) -> Draft:
    return draft("event-corrected", on, target=target, changes=changes, reason="typing error", **fields)


def retracted(target: str, on: str = "2020-01-01", **fields: Any) -> Draft:
    return draft("event-retracted", on, target=target, reason="wrong subject", **fields)


class Bench:
    """A new log with one trial and one cohort, for appending and asking."""

    def __init__(self, folder: Path, now: str = "2024-01-01", name: str = "log.db", *, at: str | None = None) -> None:
        self.instant = day_number(now) * 86_400_000_000
        self.place = folder / name
        self.log = Database.create(at or str(self.place), clock=lambda: self.instant)
        self.tracker = AppendSession(self.log, TRIAL, "tester")
        self.tracker.append([registered(), opened()])

    def today(self, day: str) -> None:
        """Set the log's clock to the beginning of a day."""
        self.instant = day_number(day) * 86_400_000_000

    def append(self, *drafts: Draft) -> Receipt:
        return self.tracker.append(drafts)

    def append_all(self, drafts: Iterable[Draft]) -> Receipt:
        return self.tracker.append(drafts)

    def data(self) -> TrialData:
        return load(self.log, TRIAL)


def day(text: str) -> int:
    """Return the number of a day."""
    return day_number(text)
