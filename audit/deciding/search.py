"""Find the definition that makes a whole series possible, or else the figures that conflict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from trialog.audit.deciding.decide import Decision, decide
from trialog.audit.deciding.history import ExampleHistory, satisfies
from trialog.audit.deciding.readings import every_reading, readings_of
from trialog.audit.deciding.solver import Effort, Outcome
from trialog.audit.laws.arithmetic import arithmetic
from trialog.audit.laws.survival import breaches
from trialog.audit.laws.violation import LawViolation
from trialog.audit.reading.claims import Rows, Series
from trialog.audit.reading.constraints import Component, components, question
from trialog.audit.reading.terms import Terms
from trialog.events.definition import Definition, Estimator

ONE_READING: Final = 1 / 5
"""Share of the remaining time that one reading may take."""


@dataclass(frozen=True)
class Attempt:
    """One reading of a series and its outcome.

    Attributes:
        terms: Terms under which the figures were read.
        outcome: Whether some history gives them all.
        history, numbers: With "yes": the history and the subjects of each group.
        breaches: With "no": the violated laws, if a law decided.
        why: With "unknown": why it is not known.
    """

    terms: Terms
    outcome: Outcome
    history: ExampleHistory | None = None
    numbers: dict[int, int] = field(default_factory=dict)
    breaches: tuple[LawViolation, ...] = ()
    why: str = ""


Confirmation = Callable[[Attempt], str]
"""Give the reason why a history that was found is not confirmed; empty if it is."""


@dataclass(frozen=True)
class Conflict:
    """Figures and facts that cannot all be true.

    Attributes:
        rows: The smallest such set that was found.
        reason: One sentence.
        minimal: Whether each set with one of them left out was shown to be possible.
        needs_lag: As in `LawViolation`.
    """

    rows: Rows
    reason: str
    minimal: bool
    needs_lag: int | None = None


class Auditor:
    """Decide questions about a series and cache the decisions.

    Args:
        series: The claims.
        effort: Time limit and counters.
        definition: Parts that hold for every figure; ``given`` names them.
        given: Names of those parts; empty to search.
        cutoffs: How open the data cutoffs are, as in `Terms`.
    """

    def __init__(
        self,
        series: Series,
        effort: Effort,
        definition: Definition | None = None,
        given: frozenset[str] = frozenset(),
        cutoffs: Literal["as said", "free"] = "as said",
    ) -> None:
        self.series, self.effort = series, effort
        self.arithmetic = arithmetic(series)
        self._known: dict[tuple[Rows, tuple[int, ...], Terms], Decision] = {}
        self.readings = tuple(readings_of(series, definition, given, cutoffs))
        self.every = every_reading(series, definition, given, cutoffs)

    @property
    def rows(self) -> Rows:
        """Every row that can be true or false, and those that say how many subjects there are."""
        return self.series.rows | frozenset(self.series.context) if self.series.rows else self.series.rows

    def decide(self, component: Component, terms: Terms, *, plain: bool = False) -> Decision:
        """Decide one component, once; ``plain`` asks for a simpler history, if one is found soon."""
        key = (component.rows, component.groups, terms)
        known = self._known.get(key)
        if plain:
            plainer = decide(self.series, component, terms, self.effort, plain=True)
            if plainer.outcome == "yes":
                return plainer
        if known is None:
            known = decide(self.series, component, terms, self.effort)
            if known.outcome != "unknown" or self.effort.left > 0:
                self._known[key] = known
        return known

    def attempt(self, rows: Rows, terms: Terms, *, plain: bool = False) -> Attempt:
        """Decide some rows under given terms; ``plain`` asks for a simple history to show."""
        found = [breach for breach in self.arithmetic if rows.issuperset(breach.rows)]
        if found:
            return Attempt(terms, "no", breaches=tuple(found))
        history, why, unknown = None, "", False
        numbers: dict[int, int] = {}
        for component in components(self.series, terms, rows):
            decision = self.decide(component, terms, plain=plain)
            if decision.outcome == "no":
                broken_law = (decision.breach,) if decision.breach is not None else ()
                return Attempt(terms, "no", breaches=broken_law)
            if decision.outcome == "unknown":
                unknown, why = True, why or decision.why
            elif decision.history is not None:
                history = decision.history if history is None else history.merged(decision.history)
                numbers |= dict(decision.numbers or {})
        if unknown:
            return Attempt(terms, "unknown", why=why)
        return Attempt(terms, "yes", history or ExampleHistory({}, {}), numbers)

    def excluded(self, rows: Rows) -> bool:
        """Tell whether some rows were shown to be impossible even if all definitions are allowed together."""
        return all(self.attempt(rows, terms).outcome == "no" for terms in self.every)

    def search(self, rows: Rows, missed: Confirmation = lambda _: "") -> tuple[Attempt, ...]:
        """Try one reading after the other, the plainest first, until one is possible.

        Args:
            rows: Which rows.
            missed: Tells by other means which figures a history misses; a reading is possible only if none is missed.

        Returns:
            The attempts. The last one is possible if any is. All are impossible only if it was shown that no
            definition makes the rows possible, even with a separate definition for each row.
        """
        tried: list[Attempt] = []
        every = {terms.common: terms for terms in self.every}
        kinds: dict[tuple[str, ...], bool] = {}
        for terms in self.readings:
            kind = terms.common
            if kind not in kinds and tried:
                kinds[kind] = self._breaks_a_law(rows, every[kind])
            if kinds.get(kind):
                continue
            with self.effort.hurrying(ONE_READING if tried else 1.0):
                tried.append(self._confirmed(self.attempt(rows, terms), missed))
            if tried[-1].outcome == "yes":
                return tuple(tried)
            if tried[-1].outcome == "no" and not any(attempt.terms.common == kind for attempt in tried[:-1]):
                kinds[kind] = self.attempt(rows, every[kind]).outcome == "no"
        if all(kinds.get(kind) for kind in every) or self.excluded(rows):
            return tuple(self._impossible(rows, tried[0]))
        if all(attempt.outcome == "no" for attempt in tried):
            why = "no definition that was tried gives them all; one that differs from row to row was not excluded"
            tried.append(Attempt(self.readings[0], "unknown", why=why))
        return tuple(tried)

    def _breaks_a_law(self, rows: Rows, terms: Terms) -> bool:
        """Tell whether some rows break a law under given terms, without searching for a history."""
        return any(rows.issuperset(breach.rows) for breach in self.arithmetic) or any(
            breaches(question(self.series, component, terms), self.series)
            for component in components(self.series, terms, rows)
        )

    @staticmethod
    def _confirmed(attempt: Attempt, missed: Confirmation) -> Attempt:
        why = missed(attempt) if attempt.outcome == "yes" else ""
        return replace(attempt, outcome="unknown", why=why) if why else attempt

    def _impossible(self, rows: Rows, first: Attempt) -> Iterator[Attempt]:
        """Yield the plainest reading of each kind and the law that it breaks, for rows that no reading allows."""
        attempts = {terms.common: self.attempt(rows, terms) for terms in self.every}
        for terms in self.readings:
            found = attempts.pop(terms.common, None)
            if found is not None:
                breaches = first.breaches if terms == first.terms and first.breaches else found.breaches
                yield Attempt(terms, "no", breaches=breaches)

    def outcome(self, rows: Rows) -> Outcome:
        """Tell whether some reading makes some rows possible; "no" only if all are shown not to."""
        if self.excluded(rows):
            return "no"
        return "yes" if self.search(rows)[-1].outcome == "yes" else "unknown"

    def conflict(self) -> Conflict:
        """Return a minimal set of rows that no reading makes possible.

        Call this only if the outcome of all rows is "no".
        """
        start, breach = self._start()
        for row in self._least_first(start):
            if len(start) > 1 and self.excluded(start - {row}):
                start -= {row}
        minimal = len(start) == 1 or all(self.outcome(start - {row}) == "yes" for row in start)
        if breach is not None and frozenset(breach.rows) == start:
            return Conflict(start, breach.reason, minimal, breach.needs_lag)
        for found in self.attempt(start, self.readings[0]).breaches:
            if frozenset(found.rows) == start:
                return Conflict(start, found.reason, minimal, found.needs_lag)
        return Conflict(start, self._in_words(start), minimal)

    def _start(self) -> tuple[Rows, LawViolation | None]:
        """Return rows that are impossible together, as few as can be found cheaply."""
        for breach in self._breaches():
            if self.excluded(frozenset(breach.rows)):
                return frozenset(breach.rows), breach
        for component in components(self.series, self.readings[0]):
            if self.excluded(component.rows):
                return component.rows, None
        return self.rows, None

    def also(self, rows: Rows, found: Attempt) -> tuple[Terms, ...]:
        """Return the other readings under which the history that was found also gives every figure."""
        if found.history is None:
            return ()
        others = (terms for terms in self.readings if terms != found.terms and terms.bundled == found.terms.bundled)
        return tuple(
            terms
            for terms in others
            if all(
                satisfies(found.history, question(self.series, component, terms, dict(found.numbers)))
                for component in components(self.series, terms, rows)
            )
        )

    def _breaches(self) -> Iterator[LawViolation]:
        terms = self.readings[0]
        yield from self.arithmetic
        found = [
            breach
            for component in components(self.series, terms)
            for breach in breaches(question(self.series, component, terms), self.series)
        ]
        yield from sorted(found, key=lambda breach: (len(breach.rows), -breach.excess, breach.reason))

    def _least_first(self, rows: Rows) -> Sequence[int]:
        """Return rows in the order in which they are tried without: facts, counts, undated and late rows first."""
        facts = {fact.row for fact in self.series.facts}
        claims = {claim.row: claim for claim in self.series.claims}

        def weight(row: int) -> tuple[int, int, int]:
            claim = claims.get(row)
            if row in facts or claim is None:
                return (0, 0, row)
            release = self.series.releases[claim.release]
            day = max(release.stated or release.announced or (0, 0))
            return (2 if claim.quantity == "median" else 1, 1 if day else 0, row)

        return sorted(rows, key=weight)

    def _in_words(self, rows: Rows) -> str:
        claims = [claim for claim in self.series.claims if claim.row in rows]
        groups = {group for claim in claims for group in claim.groups}
        labels = ", ".join(self.series.groups[group].label for group in sorted(groups))
        sizes = [self.series.groups[group].n for group in groups]
        subjects = "any number of" if None in sizes else str(sum(n or 0 for n in sizes))
        return f"cohort {labels}: no history of {subjects} subjects gives these {len(rows)} statements together"


def single_definitions(auditor: Auditor) -> tuple[Attempt, ...]:
    """Return the outcome of one estimator for every figure, if rows of the same subjects state different ones."""
    terms = auditor.readings[0]
    for component in components(auditor.series, terms):
        stated = {claim.estimator for claim in component.claims if claim.is_defined and not claim.not_reached}
        if {"to-date", "kaplan-meier"} <= stated:
            break
    else:
        return ()
    given = terms.given | {"estimator"}
    both: tuple[Estimator, ...] = ("to-date", "kaplan-meier")
    return tuple(
        auditor.attempt(auditor.rows, replace(terms, definition=replace(terms.definition, estimator=each), given=given))
        for each in both
    )
