"""What an import read, whatever form it came in: facts of the trial, facts of each subject, and the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from trialog.exchange.fact import ImportedFact
from trialog.exchange.import_report import ImportReport


class FactSource(Protocol):
    """A source of facts, read from its files once, asked for a subject at a time.

    Attributes:
        prefix: First part of every key, for example ``sdtm``.
        account: What became of each record.
        datasets: Data sets of which the files are a whole extract: what they no longer hold is gone.
        held: Subjects of whom nothing new is imported, because their records contradict each other.
        joint: Data sets that speak in events of another one; an extract that lacks one which an earlier had is
            refused, because those events would seem to have changed.
        silent: Fields of a kind of event, by topic, of which this extract says nothing when it does not know them.
    """

    prefix: str
    account: ImportReport
    datasets: frozenset[str]
    held: frozenset[str]
    joint: frozenset[str]
    silent: Mapping[str, frozenset[str]]

    @property
    def trial(self) -> str | None:
        """Code of the trial that the files state; None where they state none."""

    def trial_facts(self) -> list[ImportedFact]:
        """Return the registration of the trial and its cohorts."""

    def subjects(self) -> Iterator[tuple[str, list[ImportedFact]]]:
        """Yield each enrolled subject with its facts, enrollment first, then by day."""
