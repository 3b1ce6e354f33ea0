"""Decide one independent part of a series under given terms: first by law, then with increasing effort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from trialog.audit.deciding import km_patterns as kaplan
from trialog.audit.deciding import to_date_solver as paths
from trialog.audit.deciding.curve_search import try_curves
from trialog.audit.deciding.history import ExampleHistory, ExampleSubject, satisfies
from trialog.audit.deciding.model import HistoryModel
from trialog.audit.deciding.quick_search import try_simple
from trialog.audit.deciding.solver import MISSING, Effort, Outcome, installed
from trialog.audit.laws.survival import breaches
from trialog.audit.laws.violation import LawViolation
from trialog.audit.reading.claims import COUNTED, Series
from trialog.audit.reading.constraints import Component, ConstraintProblem, NumericClaim, question
from trialog.audit.reading.lengths import united
from trialog.audit.reading.terms import Terms

MOST_SUBJECTS: Final = 50
"""If the number of subjects is not stated, the numbers tried are 2 to this."""

MOST_EXACT: Final = 16
"""Most subjects for which the general model also finds extremes."""

CURVES: Final = 0.6
"""Share of the remaining time for a search for curves through the announced figures."""

CURVES_OF_FEW: Final = 0.15
"""The same share if the general model decides."""

MOST_MODELLED: Final = 60
"""Most subjects of a component for which each gets its own variable."""


@dataclass(frozen=True)
class Decision:
    """The result for one component.

    Attributes:
        outcome: "yes", "no" or "unknown".
        history: With "yes": the history.
        numbers: With "yes": subjects by group, stated or assumed.
        breach: With "no": the law that is broken, if a law decided.
        why: With "unknown": why it is not known.
    """

    outcome: Outcome
    history: ExampleHistory | None = None
    numbers: Mapping[int, int] | None = None
    breach: LawViolation | None = None
    why: str = ""


def decide(series: Series, component: Component, terms: Terms, effort: Effort, *, plain: bool = False) -> Decision:
    """Decide whether some history gives every figure and fact of a component.

    The cutoff of an undated release is searched first among the days of the series. ``plain`` is for a
    component that was shown to be possible: a fixed amount of work to find a simple history to show.
    """
    undated = (series.releases[claim.release] for claim in component.claims)
    if terms.late and any(release.announced is None and release.stated is None for release in undated):
        early = _decide_component(series, component, replace(terms, late=False), effort, plain)
        if early.outcome == "yes":
            return early
    return _decide_component(series, component, terms, effort, plain)


def _decide_component(series: Series, component: Component, terms: Terms, effort: Effort, plain: bool) -> Decision:
    asked = question(series, component, terms)
    broken = breaches(asked, series)
    if broken:
        return Decision("no", breach=broken[0])
    unknown = [group for group in component.groups if asked.numbers[group] is None]
    if not unknown:
        return _decide(series, asked, effort, plain)
    reasons = set()
    for n in _candidates(series, component, terms):
        assumed = question(series, component, terms, dict.fromkeys(unknown, n))
        found = _decide(series, assumed, effort, plain)
        if found.outcome == "yes":
            return found
        if found.outcome == "unknown":
            reasons.add(found.why)
            if effort.left <= 0 or found.why == MISSING or plain:
                return found
    labels = ", ".join(series.groups[group].label for group in unknown)
    why = f"n of {labels} is not stated, and no n from 2 to {MOST_SUBJECTS} was found to do"
    return Decision("unknown", why=min(reasons, default=why))


def _candidates(series: Series, component: Component, terms: Terms) -> range:
    """Return the numbers of subjects to try.

    Figures that n subjects can give, 2 n can give too (each subject twice), so 1 need not be tried.
    """
    curves = any(claim.is_defined and terms.estimator_of(claim) == "kaplan-meier" for claim in component.claims)
    return range(2, (kaplan.MOST_SUBJECTS if curves else MOST_SUBJECTS) + 1)


def _decide(series: Series, asked: ConstraintProblem, effort: Effort, plain: bool) -> Decision:
    numbers = {group: n for group, n in asked.numbers.items() if n is not None}
    broken = breaches(asked, series)
    if broken:
        return Decision("no", breach=broken[0])
    if plain:
        return replace(_plainly(asked, effort), numbers=numbers)
    simple = try_simple(asked)
    if simple is not None:
        return Decision("yes", simple, numbers)
    if not asked.wide and any(_needs_curve(part) for part in asked.parts):
        few = all(_n(asked, part) <= kaplan.MOST_SUBJECTS for part in asked.parts if _needs_curve(part))
        found = try_curves(asked, effort, CURVES_OF_FEW if few else CURVES)
        if found is not None:
            return Decision("yes", found, numbers)
    if not installed():
        return Decision("unknown", why=MISSING)
    if effort.left <= 0:
        effort.hurried = True
        return Decision("unknown", why="the time is over")
    counted = _by_counting(asked, effort)
    if counted.outcome != "unknown":
        return replace(counted, numbers=numbers)
    return replace(_by_model(asked, effort), numbers=numbers)


def _plainly(asked: ConstraintProblem, effort: Effort) -> Decision:
    """Return a history of the general model, which can choose among histories, if it finds one soon."""
    if not installed() or not is_exact(asked):
        return Decision("unknown")
    return _checked(asked, *HistoryModel(asked).decide(effort, plain=True))


def _by_counting(asked: ConstraintProblem, effort: Effort) -> Decision:
    """Decide by the counting model of to-date medians: exact if the series has no other figures."""
    histories = []
    whole = True
    for group, endpoint in paths.medians_of_one_group(asked):
        outcome, history = paths.decide(asked, group, endpoint, effort)
        if outcome == "no":
            return Decision("no")
        if history is not None:
            histories.append(history)
        whole = whole and outcome == "yes" and paths.is_alone(asked, group)
    open_cutoffs = any(first < last for first, last in asked.cutoffs.values())
    if not whole or not histories or (open_cutoffs and len(asked.numbers) > 1):
        return Decision("unknown")
    merged = histories[0]
    for history in histories[1:]:
        merged = merged.merged(history)
    if set(merged.people) == set(asked.numbers) and satisfies(merged, asked):
        return Decision("yes", merged)
    return Decision("unknown")


def _by_model(asked: ConstraintProblem, effort: Effort) -> Decision:
    """Decide by the general model: exact as long as no Kaplan-Meier figure counts more than eight subjects."""
    total = sum(asked.size(group) for group in asked.numbers)
    curves = [part for part in asked.parts if _needs_curve(part)]
    large = [part for part in curves if _n(asked, part) > kaplan.MOST_SUBJECTS]
    if not large:
        if total > MOST_MODELLED:
            return Decision("unknown", why=f"{total} subjects that facts tie together are more than {MOST_MODELLED}")
        return _checked(asked, *HistoryModel(asked).decide(effort, 0.9))
    for attempt in _incomplete(asked, total, effort):
        if attempt.outcome == "yes":
            return attempt
    n = max(_n(asked, part) for part in large)
    return Decision(
        "unknown", why=f"a Kaplan-Meier figure of {n} subjects is decided exactly only up to {kaplan.MOST_SUBJECTS}"
    )


def is_exact(asked: ConstraintProblem) -> bool:
    """Tell whether the general model decides a question by itself, and in a short time."""
    if None in asked.numbers.values():
        return False
    curves = [_n(asked, part) for part in asked.parts if _needs_curve(part)]
    total = sum(asked.size(group) for group in asked.numbers)
    return total <= MOST_EXACT and max(curves, default=0) <= kaplan.MOST_SUBJECTS


def _needs_curve(part: NumericClaim) -> bool:
    return part.may_be_kaplan_meier and part.quantity in ("median", "rate", "lower limit", "upper limit")


def _n(asked: ConstraintProblem, part: NumericClaim) -> int:
    return sum(asked.counted(group, part.release) for group in part.groups)


def _checked(asked: ConstraintProblem, outcome: Outcome, history: ExampleHistory | None) -> Decision:
    """Return the solver's result; ignore a history that does not give the figures."""
    if outcome == "yes" and (history is None or not satisfies(history, asked)):
        return Decision("unknown", why="the solver's history did not give the figures")
    return Decision(outcome, history, why="the time is over" if outcome == "unknown" else "")


def _incomplete(asked: ConstraintProblem, total: int, effort: Effort) -> Iterator[Decision]:
    """Yield attempts to find a history of a restricted kind; none of them can say "no"."""
    if total <= MOST_MODELLED:
        yield _checked(asked, *HistoryModel(asked, settled=True).decide(effort, 0.3))
    if len(asked.numbers) == 1 and asked.left_out is None and asked.added is None:
        for core_n in range(kaplan.MOST_SUBJECTS, 1, -1):
            core = _core(asked, core_n)
            if core is not None:
                found = _checked(core, *HistoryModel(core).decide(effort, 0.3))
                if found.outcome == "yes" and found.history is not None:
                    history = _multiplied(found.history, asked, core_n)
                    if satisfies(history, asked):
                        yield replace(found, history=history)


def _core(asked: ConstraintProblem, core_n: int) -> ConstraintProblem | None:
    """Return the same question for fewer subjects, each representing several; None if there is no such question.

    A curve stays the same if every subject is repeated k times, and subjects who are lost on their first day
    do not change it.
    """
    ((group, n),) = asked.numbers.items()
    assert n is not None  # noqa: S101  # every number is known here
    times, rest = divmod(n, core_n)
    if times == 0 or (rest and not asked.lost):
        return None
    parts = []
    for part in asked.parts:
        if part.deaths is not None:
            return None
        if _needs_curve(part) and part.quantity in ("median", "rate"):
            if rest and part.not_reached and part.low is not None:
                return None
            parts.append(part)
        elif part.quantity in COUNTED:
            low, high = part.low or 0, n if part.high is None else part.high
            if part.quantity != "dead":
                low, high = n - high, n - low
            quantity = "dead" if part.quantity != "progression-free" else part.quantity
            if quantity == "progression-free":
                return None
            parts.append(replace(part, quantity="dead", ranges=united([(-(-low // times), high // times)])))
        elif rest or part.quantity not in ("median", "shortest", "longest"):
            return None
        else:
            parts.append(part)
    return replace(asked, numbers={group: core_n}, parts=tuple(parts))


def _multiplied(history: ExampleHistory, asked: ConstraintProblem, core_n: int) -> ExampleHistory:
    """Return a history in which each subject of a core is repeated, and the rest are lost at once."""
    ((group, n),) = asked.numbers.items()
    assert n is not None  # noqa: S101
    times, rest = divmod(n, core_n)
    people = [person for person in history.people[group] for _ in range(times)]
    first = people[0].entry
    people += [ExampleSubject(first, first, lost=True)] * rest
    return replace(history, people={group: tuple(people)})
