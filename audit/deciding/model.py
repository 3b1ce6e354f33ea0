"""The general model: a variable for each subject, for all figures and facts that tie subjects together.

The variable is survival from entry, not the day of death: the solver then decides small cohorts in hundredths
of a second. For each figure every subject gets a position (below, first middle, second middle, above). A
Kaplan-Meier figure assigns its subjects to sorted places and reads the rest from the tables of `km_patterns`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

from trialog.audit.deciding import km_patterns as kaplan
from trialog.audit.deciding.history import ExampleHistory, ExampleSubject
from trialog.audit.deciding.solver import Effort, Outcome
from trialog.audit.reading.claims import Days, Endpoint
from trialog.audit.reading.constraints import LIMITS, ConstraintProblem, NumericClaim
from trialog.events.announced_figure import Window

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver

PLAIN: Final = ("mean", "shortest", "longest", "alive", "dead", "progression-free")
"""Quantities that are not figures of a curve."""

Expr = Any
"""An expression of the solver."""

MOST_WORK: Final = 0.5
"""Work limit in the solver's own unit (some seconds) for an extreme or a simpler history."""

FAR: Final = 10**6
"""Days: wider than any window, for variables that are bounded by other constraints."""


@dataclass(frozen=True)
class ObservedSubject:
    """One subject as a figure sees it.

    Attributes:
        time: Days from entry, as of the cutoff.
        ended: Whether they ended in the endpoint.
        counted: Whether the figure counts the subject; None if always.
    """

    time: Expr
    ended: Expr
    counted: Expr | None


class HistoryModel:
    """The subjects of a question, and all constraints on them.

    Args:
        question: Question in which the number of subjects of every group is known.
        settled: Forbid censoring before the last death of a figure. Kaplan-Meier figures are then plain ranks,
        for any number of subjects; a "no" of such a model proves nothing.
    """

    def __init__(self, question: ConstraintProblem, *, settled: bool = False) -> None:
        from ortools.sat.python import cp_model

        self.question, self.settled = question, settled
        self.model: CpModel = cp_model.CpModel()
        self.first_day, self.last_day = _frame(question)
        self.span = self.last_day - self.first_day
        self.cutoff = {
            release: days[0] if days[0] == days[1] else self.model.new_int_var(*days, f"cutoff {release}")
            for release, days in sorted(question.cutoffs.items())
        }
        self.entry: dict[int, list[Expr]] = {}
        self.survival: dict[int, list[Expr]] = {}
        self.lost: dict[int, list[Expr]] = {}
        self.free: dict[int, list[Expr]] = {}
        self.progressed: dict[int, list[Expr]] = {}
        self.start: dict[int, Expr] = {}
        self._out: dict[tuple[int, int], list[Expr] | None] = {}
        self._seen: dict[tuple[int, int, Endpoint, bool], list[ObservedSubject]] = {}
        self._ranked: dict[tuple[tuple[int, ...], int, Endpoint, int], Expr] = {}
        for group in sorted(question.numbers):
            self._subjects(group)
        for part in question.parts:
            self._part(part)
        self._facts()
        self._implied()

    # Subjects

    def _subjects(self, group: int) -> None:
        model, size = self.model, self.question.size(group)
        releases = {part.release for part in self.question.parts if group in part.groups}
        self.entry[group] = [model.new_int_var(self.first_day, self.last_day, "entry") for _ in range(size)]
        self.survival[group] = [model.new_int_var(0, self.span + 1, "survival") for _ in range(size)]
        to_date = [part for part in self.question.parts if part.may_be_to_date or part.quantity in PLAIN]
        can_be_lost = any(part.last_known_alive for part in to_date) and not self.settled
        self.lost[group] = [model.new_bool_var("lost") if can_be_lost else 0 for _ in range(size)]
        if any(part.endpoint == "pfs" and group in part.groups for part in self.question.parts):
            self.free[group] = [model.new_int_var(0, self.span + 1, "progression-free") for _ in range(size)]
            self.progressed[group] = [model.new_bool_var("progressed") for _ in range(size)]
            for free, progressed, survival in zip(
                self.free[group], self.progressed[group], self.survival[group], strict=True
            ):
                model.add(free <= survival)
                model.add(free == survival).only_enforce_if(~progressed)
        self.start[group] = model.new_int_var(self.first_day, self.last_day, "start")
        for entry in self.entry[group]:
            model.add(self.start[group] <= entry)
        for release in sorted(releases):
            out = self._left_out(group, release)
            for place, entry in enumerate(self.entry[group]):
                constraint = model.add(entry <= self.cutoff[release])
                if out is not None:
                    constraint.only_enforce_if(~out[place])
        if not any(pair is not None and pair[0] == group for pair in (self.question.left_out, self.question.added)):
            for one, other in pairwise(self.entry[group]):
                model.add(one <= other)

    def _left_out(self, group: int, release: int) -> list[Expr] | None:
        """Return the subject of a group that a release leaves out; None if it counts all of them."""
        question = self.question
        if question.left_out is not None and question.left_out[0] == group:
            key = (group, release if release == question.left_out[1] else -1)
            leaves = release == question.left_out[1]
        elif question.added is not None and question.added[0] == group:
            leaves = release != question.added[1]
            key = (group, -2)
        else:
            return None
        if not leaves:
            return None
        if key not in self._out:
            out = [self.model.new_bool_var("left out") for _ in range(question.size(group))]
            self.model.add_exactly_one(out)
            self._out[key] = out
        return self._out[key]

    def _observed(self, group: int, release: int, endpoint: Endpoint, *, free: bool) -> list[ObservedSubject]:
        """Return the subjects of a group as of a cutoff.

        Args:
            group: Place of the group.
            release: Release whose cutoff is used.
            endpoint: What ends a time.
            free: Let the time of a living subject end on any day; it was last known alive on that day (assessed, for
            progression-free survival); otherwise it ends at the cutoff.
        """
        key = (group, release, endpoint, free)
        if key in self._seen:
            return self._seen[key]
        model, cutoff = self.model, self.cutoff[release]
        length = self.survival[group] if endpoint == "os" else self.free[group]
        out = self._left_out(group, release)
        found = []
        for place, (entry, until) in enumerate(zip(self.entry[group], length, strict=True)):
            time = model.new_int_var(0, self.span, "time")
            over = model.new_bool_var("over")
            counted = None if out is None else ~out[place]
            given = [] if counted is None else [counted]
            model.add(time <= until)
            model.add(time <= cutoff - entry).only_enforce_if(given)
            ended = self._ended(group, place, endpoint, over)
            model.add(time == until).only_enforce_if([ended if free else over, *given])
            if not free:
                model.add(time == cutoff - entry).only_enforce_if([~over, *given])
            model.add(until <= cutoff - entry).only_enforce_if([over, *given])
            model.add(until >= cutoff - entry + 1).only_enforce_if([~over, *given])
            found.append(ObservedSubject(time, ended, counted))
        self._seen[key] = found
        if free:
            self._later_contacts(key, found)
        return found

    def _later_contacts(self, key: tuple[int, int, Endpoint, bool], found: list[ObservedSubject]) -> None:
        """Constrain last contacts: none lies before a contact that was known at an earlier release."""
        group, release, endpoint, _ = key
        for (other_group, other, other_endpoint, free), earlier in self._seen.items():
            if not free or other == release or (other_group, other_endpoint) != (group, endpoint):
                continue
            ordered = [(other, earlier, release, found), (release, found, other, earlier)]
            for first, before, second, after in ordered:
                if self.question.cutoffs[first][1] <= self.question.cutoffs[second][0]:
                    for one, more in zip(before, after, strict=True):
                        given = [each.counted for each in (one, more) if each.counted is not None]
                        self.model.add(more.time >= one.time).only_enforce_if(given)

    def _ended(self, group: int, place: int, endpoint: Endpoint, over: Expr) -> Expr:
        """Return whether a finished time ended in the endpoint; it may have ended in a loss to follow-up."""
        model, lost = self.model, self.lost[group][place]
        if isinstance(lost, int):
            return over
        ended = model.new_bool_var("ended")
        if endpoint == "os":
            model.add_bool_and(over, ~lost).only_enforce_if(ended)
            model.add_bool_or(~over, lost).only_enforce_if(~ended)
        else:
            progressed = self.progressed[group][place]
            event = model.new_bool_var("event")
            model.add_bool_or(progressed, ~lost).only_enforce_if(event)
            model.add_bool_and(~progressed, lost).only_enforce_if(~event)
            model.add_bool_and(over, event).only_enforce_if(ended)
            model.add_bool_or(~over, ~event).only_enforce_if(~ended)
        return ended

    def _counted(self, part: NumericClaim) -> list[ObservedSubject]:
        return [
            observed
            for group in part.groups
            for observed in self._observed(group, part.release, part.endpoint, free=self._is_free(part))
        ]

    def _is_free(self, part: NumericClaim) -> bool:
        """Tell whether the times of a figure's living subjects end when they were last known alive."""
        return part.last_known_alive and part.is_kaplan_meier and part.quantity not in PLAIN and not self.settled

    # Figures

    def _part(self, part: NumericClaim) -> None:
        seen = self._counted(part)
        ended = [each.ended if each.counted is None else self._both(each.ended, each.counted) for each in seen]
        n = sum(self.question.counted(group, part.release) for group in part.groups)
        if part.deaths is not None:
            self.model.add(sum(ended) == part.deaths)
        match part.quantity:
            case "dead":
                self._bound(sum(ended), part)
            case "alive" | "progression-free":
                self._bound(n - sum(ended), part)
            case "mean":
                self._bound(sum(self._if_counted(observed) for observed in seen), part)
            case "shortest":
                self._bound(self._rank(part, 0), part)
            case "longest":
                self._bound(self._rank(part, n - 1), part)
            case "rate" if len(part.estimators) > 1:
                pass  # either a share of the subjects or one of the curve: not constrained
            case "rate" if part.is_to_date:
                self._bound(sum(self._survives(observed, part) for observed in seen), part)
            case "median" if part.is_to_date:
                self._to_date_median(part, n)
            case _ if self.settled:
                self._settled(part, n, ended)
            case _:
                self._kaplan_meier(part, n)

    def _bound(self, value: Expr, part: NumericClaim, given: Sequence[Expr] = ()) -> None:
        """Constrain a number to the values that a figure may mean, if some conditions hold."""
        from ortools.sat.python import cp_model

        if not part.ranges:
            self.model.add_bool_or([~each for each in given])
            return
        ends = [(-FAR * FAR if low is None else low, FAR * FAR if high is None else high) for low, high in part.ranges]
        domain = cp_model.Domain.from_intervals([list(each) for each in ends])
        self.model.add_linear_expression_in_domain(value, domain).only_enforce_if(list(given))

    def _both(self, ended: Expr, counted: Expr) -> Expr:
        both = self.model.new_bool_var("")
        self.model.add_bool_and(ended, counted).only_enforce_if(both)
        self.model.add_bool_or(~ended, ~counted).only_enforce_if(~both)
        return both

    def _if_counted(self, observed: ObservedSubject) -> Expr:
        if observed.counted is None:
            return observed.time
        time = self.model.new_int_var(0, self.span, "")
        self.model.add(time == observed.time).only_enforce_if(observed.counted)
        self.model.add(time == 0).only_enforce_if(~observed.counted)
        return time

    def _survives(self, observed: ObservedSubject, part: NumericClaim) -> Expr:
        """Return whether a subject is known to be alive after the deaths on the day of a landmark."""
        model, survives = self.model, self.model.new_bool_var("survives")
        # Of several landmarks use the first, which survivors of a later one also reached; then omit the upper bound.
        landmark = part.landmarks[0]
        given = [] if observed.counted is None else [observed.counted]
        if observed.counted is not None:
            model.add_implication(~observed.counted, ~survives)
        # A death on the day of the landmark does not count as survival; a censoring on that day does.
        model.add(observed.time >= landmark + 1).only_enforce_if([survives, observed.ended])
        model.add(observed.time >= landmark).only_enforce_if([survives, ~observed.ended])
        model.add(observed.time <= landmark).only_enforce_if([~survives, observed.ended, *given])
        model.add(observed.time <= landmark - 1).only_enforce_if([~survives, ~observed.ended, *given])
        return survives

    def _to_date_median(self, part: NumericClaim, n: int) -> None:
        self._bound(self._rank(part, (n - 1) // 2) + self._rank(part, n // 2), part)

    def _rank(self, part: NumericClaim, rank: int) -> Expr:
        """Return the time with ``rank`` times below it (ties may count on either side)."""
        key = (part.groups, part.release, part.endpoint, rank + FAR * self._is_free(part))
        if key in self._ranked:
            return self._ranked[key]
        model, seen = self.model, self._counted(part)
        value = model.new_int_var(0, self.span, f"rank {rank}")
        self._ranked[key] = value
        n = sum(self.question.counted(group, part.release) for group in part.groups)
        under: list[Expr] = []
        at: list[Expr] = []
        over: list[Expr] = []
        for observed in seen:
            lits: list[Expr] = [model.new_bool_var("") for _ in range(3)]
            model.add(observed.time <= value).only_enforce_if(lits[0])
            model.add(observed.time == value).only_enforce_if(lits[1])
            model.add(observed.time >= value).only_enforce_if(lits[2])
            model.add_exactly_one(lits if observed.counted is None else [*lits, ~observed.counted])
            for some, lit in zip((under, at, over), lits, strict=True):
                some.append(lit)
        model.add(sum(under) == rank)
        model.add_exactly_one(at)
        model.add(sum(over) == n - 1 - rank)
        return value

    # Kaplan-Meier

    def _settled(self, part: NumericClaim, n: int, ended: Sequence[Expr]) -> None:
        """Add a Kaplan-Meier figure as plain ranks: censored subjects have lived longer than the last death."""
        model, seen = self.model, self._counted(part)
        last = model.new_int_var(0, self.span, "last death")
        for observed in seen:
            given = [] if observed.counted is None else [observed.counted]
            model.add(observed.time <= last).only_enforce_if([observed.ended, *given])
            model.add(observed.time >= last).only_enforce_if([~observed.ended, *given])
        deaths = sum(ended)
        if part.quantity in ("lower limit", "upper limit"):
            plain = kaplan.ranks_without_censoring(n, part.levels[0], part.conf_types[0])
            ranks = plain[part.quantity == "upper limit"]
            if part.not_reached:
                model.add(deaths <= (n if ranks is None else ranks[0]))
            elif ranks is None:
                model.add_bool_or([])
            else:
                model.add(deaths >= ranks[1] + 1)
                self._bound(self._rank(part, ranks[0]) + self._rank(part, ranks[1]), part)
        elif part.not_reached:
            model.add(2 * deaths <= n)
            if part.low is not None:
                self._to_date_median(part, n)
        elif part.quantity == "rate":
            self._bound(sum(self._survives(observed, part) for observed in seen), part)
            model.add(last >= part.landmarks[-1])
        elif part.quantity == "median" and part.high is None:
            # If the median is not reached, at least half are alive: a lower bound.
            reached = model.new_bool_var("reached")
            model.add(2 * deaths <= n - 1).only_enforce_if(~reached)
            model.add(deaths >= n // 2 + 1).only_enforce_if(reached)
            if part.low is not None:
                middle = self._rank(part, (n - 1) // 2) + self._rank(part, n // 2)
                model.add(middle >= part.low).only_enforce_if(reached)
        else:
            model.add(deaths >= n // 2 + 1)
            self._to_date_median(part, n)

    def _kaplan_meier(self, part: NumericClaim, n: int) -> None:
        if n > kaplan.MOST_SUBJECTS:
            raise ValueError(f"{n} subjects in a Kaplan-Meier figure")
        times, died = self._sorted(part, n)
        if part.quantity == "rate":
            self._kaplan_meier_rate(part, times, died)
            return
        tables = _tables(part, n, wide=self.question.wide)
        if part.quantity in LIMITS and not self.question.wide:
            self._one_death_a_day(times, died)
        if part.not_reached:
            open_ends = [pattern for table in tables for pattern, places in table if places is None]
            self._not_reached(part, n, died, list(dict.fromkeys(open_ends)))
            return
        # A lower bound applies only if the median is not reached.
        unbounded = part.high is None and part.quantity == "median"
        one, other = (self.model.new_int_var(0, n - 1, "place") for _ in range(2))
        reached = self.model.new_bool_var("reached")
        rows: dict[tuple[int, ...], None] = {}
        for pattern, places in (each for table in tables for each in table):
            if places is not None:
                rows[*pattern, places[0], places[1], 1] = None
            elif unbounded:
                rows[*pattern, 0, 0, 0] = None
        self.model.add_allowed_assignments([*died, one, other, reached], [list(row) for row in rows])
        doubled = []
        for place in (one, other):
            value = self.model.new_int_var(0, self.span, "")
            self.model.add_element(place, times, value)
            doubled.append(value)
        self._bound(sum(doubled), part, [reached])

    def _one_death_a_day(self, times: list[Expr], died: list[Expr]) -> None:
        """Forbid two deaths of a figure on one day, because the tables of limits assume single deaths."""
        for place, (one, other) in enumerate(pairwise(times)):
            self.model.add(other >= one + 1).only_enforce_if([died[place], died[place + 1]])

    def _not_reached(self, part: NumericClaim, n: int, died: list[Expr], open_ends: Sequence[kaplan.Pattern]) -> None:
        if part.quantity != "median":
            self.model.add_allowed_assignments(died, open_ends)
            return
        self.model.add_allowed_assignments(died, kaplan.not_reached(n))
        if part.low is not None:
            # The final median is at least the plain median of the times so far.
            self._to_date_median(part, n)

    def _kaplan_meier_rate(self, part: NumericClaim, times: list[Expr], died: list[Expr]) -> None:
        """Add a rate of the curve: not too low at the first possible landmark, not too high at the last."""
        assert part.window is not None  # noqa: S101  # a rate has it
        first, last = part.landmarks[0], part.landmarks[-1]
        if first == last:
            self._rate_within(part.window, first, times, died)
        else:
            self._rate_within(replace(part.window, upper=None), first, times, died)
            self._rate_within(replace(part.window, lower=None), last, times, died)

    def _rate_within(self, window: Window, landmark: int, times: list[Expr], died: list[Expr]) -> None:
        by_then = []
        for time in times:
            over = self.model.new_bool_var("")
            self.model.add(time <= landmark).only_enforce_if(over)
            self.model.add(time >= landmark + 1).only_enforce_if(~over)
            by_then.append(over)
        count = self.model.new_int_var(0, len(times), "")
        self.model.add(count == sum(by_then))
        rows = []
        for pattern, levels in kaplan.survival_after(len(times)):
            for place, level in enumerate(levels):
                percent = 100 * level
                if window.holds(Decimal(percent.numerator) / Decimal(percent.denominator)):
                    rows.append([*pattern, place])
        self.model.add_allowed_assignments([*died, count], rows)

    def _sorted(self, part: NumericClaim, n: int) -> tuple[list[Expr], list[Expr]]:
        """Return the sorted times of a figure, deaths first within a day, and whether each is a death."""
        key = (part.groups, part.release, part.endpoint, -1 - part.last_known_alive)
        if key in self._ranked:
            found: tuple[list[Expr], list[Expr]] = self._ranked[key]
            return found
        model, seen = self.model, self._counted(part)
        times = [model.new_int_var(0, self.span, "sorted") for _ in range(n)]
        died = [model.new_bool_var("died") for _ in range(n)]
        keys = [2 * time + 1 - dead for time, dead in zip(times, died, strict=True)]
        for one, other in pairwise(keys):
            model.add(one <= other)
        chosen = [[model.new_bool_var("") for _ in range(n)] for _ in seen]
        for observed, row in zip(seen, chosen, strict=True):
            model.add_exactly_one(row if observed.counted is None else [*row, ~observed.counted])
            for place, here in enumerate(row):
                model.add(times[place] == observed.time).only_enforce_if(here)
                model.add(died[place] == observed.ended).only_enforce_if(here)
        for place in range(n):
            model.add_exactly_one(row[place] for row in chosen)
        self._ranked[key] = (times, died)
        return times, died

    # Facts, and consequences of all constraints

    def _facts(self) -> None:
        model = self.model
        for start in self.question.starts:
            entries = self.entry[start.group]
            first, last = start.days
            match start.kind:
                case "first entry":
                    earliest = model.new_int_var(first, last, "first entry")
                    model.add_min_equality(earliest, entries)
                    model.add(self.start[start.group] == earliest)
                case "opened":
                    model.add_linear_constraint(self.start[start.group], first, last)
                case "closed":
                    for entry in entries:
                        model.add(entry <= last)
        for gap in self.question.gaps:
            between = self.start[gap.group] - self.start[gap.other]
            if gap.low is not None:
                model.add(between >= gap.low)
            if gap.high is not None:
                model.add(between <= gap.high)

    def _implied(self) -> None:
        """Add the law for each order statistic. It is redundant, but saves the solver most of its work."""
        changed = {pair[0] for pair in (self.question.left_out, self.question.added) if pair is not None}
        # Times until the last contact may rise by more than one day a day.
        ranked = [(key, value) for key, value in self._ranked.items() if 0 <= key[3] < FAR]
        for (groups, release, endpoint, rank), value in ranked:
            if changed.intersection(groups):
                continue
            for (groups2, release2, endpoint2, rank2), later in ranked:
                if (groups2, endpoint2, rank2) != (groups, endpoint, rank) or release == release2:
                    continue
                if self.question.cutoffs[release][1] <= self.question.cutoffs[release2][0]:
                    self.model.add(later >= value)
                    self.model.add(later - value <= self.cutoff[release2] - self.cutoff[release])

    # Answers

    def decide(
        self, effort: Effort, share: float = 1.0, *, plain: bool = False
    ) -> tuple[Outcome, ExampleHistory | None]:
        """Decide the question; "yes" comes with a history.

        ``plain`` spends a fixed amount of work on finding a simple history.
        """
        outcome, solver = effort.solve(self.model, share, work=MOST_WORK if plain else None)
        if outcome != "yes":
            return outcome, None
        return outcome, self.plainer(solver, effort) if plain else self.history(solver)

    def farthest(
        self, release: int, which: Literal["earliest", "latest"], effort: Effort, share: float = 1.0
    ) -> tuple[Outcome, int | None]:
        """Return the earliest or the latest cutoff that a release can have."""
        cutoff = self.cutoff[release]
        (self.model.minimize if which == "earliest" else self.model.maximize)(cutoff)
        outcome, solver = effort.solve(self.model, share, work=MOST_WORK)
        if outcome != "yes":
            return outcome, None
        return outcome, int(solver.value(cutoff))

    def plainer(self, solver: CpSolver, effort: Effort) -> ExampleHistory:
        """Return a history near the one that was found, with fewer deaths and fewer days at the ends of ranges.

        Entries are moved towards even steps, progressions towards the announced mean or median. The amount of
        work is fixed, so that the same question always gets the same history.
        """
        found = self.history(solver)
        hinted = [*self.cutoff.values(), *self.start.values()]
        for some in (self.entry, self.survival, self.free, self.progressed):
            hinted += [variable for variables in some.values() for variable in variables]
        for variable in hinted:
            if not isinstance(variable, int):
                self.model.add_hint(variable, solver.value(variable))
        self.model.minimize(sum(self._oddness()))
        better = effort.improve(self.model, MOST_WORK)
        return found if better is None else self.history(better)

    def _oddness(self) -> Iterator[Expr]:
        """Yield the terms of the objective: deaths, and distances of entries and progressions from their targets."""
        for group, entries in self.entry.items():
            starts = [start for start in self.question.starts if start.group == group]
            first = max([self.first_day, *(start.days[0] for start in starts if start.kind != "closed")])
            cutoffs = [self.question.cutoffs[part.release][0] for part in self.question.parts if group in part.groups]
            last = min([*cutoffs, *(start.days[1] for start in starts if start.kind == "closed")])
            for place, entry in enumerate(entries):
                yield self._off(entry, first + (last - first) * (2 * place + 1) // (2 * len(entries)))
                dies = self.model.new_bool_var("dies")
                self.model.add(self.survival[group][place] >= self.span + 1).only_enforce_if(~dies)
                yield 100 * dies
            for part in self.question.of_group(group):
                if part.endpoint == "pfs" and part.quantity in ("mean", "median") and part.low and part.high:
                    shares = 2 * len(entries) if part.quantity == "mean" else 4
                    yield from (self._off(free, (part.low + part.high) // shares) for free in self.free[group])
                    break

    def _off(self, variable: Expr, target: int) -> Expr:
        off = self.model.new_int_var(0, 2 * self.span + 2, "off")
        self.model.add(off >= variable - target)
        self.model.add(off >= target - variable)
        return off

    def history(self, solver: CpSolver) -> ExampleHistory:
        """Return the subjects of the solver's solution."""
        cutoffs = {release: int(solver.value(cutoff)) for release, cutoff in self.cutoff.items()}
        last = max(cutoffs.values())
        people = {}
        for group, entries in self.entry.items():
            found = [self._person(solver, group, place, last) for place in range(len(entries))]
            people[group] = tuple(sorted(found, key=lambda person: (person.entry, person.end or FAR)))
        return ExampleHistory(people, cutoffs, {group: int(solver.value(start)) for group, start in self.start.items()})

    def _person(self, solver: CpSolver, group: int, place: int, last: int) -> ExampleSubject:
        entry = int(solver.value(self.entry[group][place]))
        end: int | None = entry + int(solver.value(self.survival[group][place]))
        lost = bool(solver.value(self.lost[group][place]))
        progressed = None
        if group in self.free and solver.value(self.progressed[group][place]):
            progressed = entry + int(solver.value(self.free[group][place]))
            progressed = None if progressed > last else progressed
        if end is not None and end > last:
            end, lost = None, False
        skips = set()
        for release in self.cutoff:
            out = self._left_out(group, release)
            if out is not None and solver.value(out[place]):
                skips.add(release)
        seen, assessed = ([*self._contacts(solver, group, place, endpoint)] for endpoint in ("os", "pfs"))
        return ExampleSubject(entry, end, lost, progressed, frozenset(skips), tuple(seen), tuple(assessed))

    def _contacts(self, solver: CpSolver, group: int, place: int, endpoint: str) -> Iterator[tuple[int, int]]:
        """Yield for each release the last day on which a living subject was known alive, or free of progression."""
        entry = int(solver.value(self.entry[group][place]))
        for (group_seen, release, endpoint_seen, free), observed in sorted(self._seen.items()):
            if free and (group_seen, endpoint_seen) == (group, endpoint) and not solver.value(observed[place].ended):
                yield release, entry + int(solver.value(observed[place].time))


def _tables(part: NumericClaim, n: int, *, wide: bool) -> list[tuple[tuple[kaplan.Pattern, kaplan.Places], ...]]:
    """Return the tables of a median or a limit, one for each definition that it may have."""
    if part.quantity == "median":
        return [kaplan.median_places(n, part.ties)]
    upper = part.quantity == "upper limit"
    kinds = [(level, conf_type) for conf_type in part.conf_types for level in part.levels]
    if wide:
        return [kaplan.limit_may_stand(n, level, conf_type, upper=upper) for level, conf_type in kinds]
    return [kaplan.limit_places(n, level, conf_type, part.ties, upper=upper) for level, conf_type in kinds]


def _frame(question: ConstraintProblem) -> Days:
    """Return the first and the last day of a question's histories.

    A subject who entered more than the longest claimed time (twice that, for a mean of two) before the first
    cutoff is above every figure from the first cutoff on, so entry on the first day gives the same figures.
    """
    first = min(days[0] for days in question.cutoffs.values())
    last = max(days[1] for days in question.cutoffs.values())
    longest = 1
    for part in question.parts:
        for bound in (part.low, part.high, *(2 * landmark for landmark in part.landmarks)):
            if bound is not None and part.quantity not in ("alive", "dead", "progression-free"):
                longest = max(longest, bound)
    earliest = first - longest - 1
    days = [start.days[0] for start in question.starts]
    return min([earliest, *days]), last
