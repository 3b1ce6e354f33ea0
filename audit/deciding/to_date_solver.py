"""To-date medians of one group, decided exactly for any number of subjects.

A subject's time so far rises with the calendar until death and is then constant, while the median rises at
most as fast as the calendar. So a subject starts below the median, may pass it once upwards (alive) and once
downwards (dead), and never again. Subjects are therefore interchangeable: it is enough to count how many are in
each place at each cutoff and how many move between places from one cutoff to the next. With seven places, at most
30 moves between two cutoffs, and conditions that compare the medians of neighboring cutoffs, this decides 50
subjects and ten cutoffs in a tenth of a second; a model with a variable for each subject does not finish.

Let M1 <= M2 be the two middle values (equal for an odd number), y = - entry day the diagonal on which a living
subject moves, Y1 = M1 - cutoff and Y2 = M2 - cutoff the diagonals of the middle values, and S the survival from
entry. Then a time is min(S, y + cutoff), and the places are

    rising  y < Y1, S open          below M1, still alive or not
    alive1  y = Y1, S >= M1         at M1 by being alive
    alive2  y = Y2, S >= M2         at M2 by being alive
    above   y > Y2, S > M2          above M2
    dead1   S = M1, y >= Y1         at M1 by a death
    dead2   S = M2, y >= Y2         at M2 by a death
    below   S < M1                  below M1 for good

From one cutoff to the next Y1 and Y2 never rise, and M1 and M2 never fall. So the constraints of a place on y and
S follow from the last cutoff alone, and every sequence of moves is the history of a possible subject.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any, Final, Literal

from trialog.audit.deciding.history import ExampleHistory, ExampleSubject
from trialog.audit.deciding.solver import Effort, Outcome
from trialog.audit.reading.claims import Days
from trialog.audit.reading.constraints import ConstraintProblem

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver

Place = Literal["rising", "alive1", "alive2", "above", "dead1", "dead2", "below"]
PLACES: Final[tuple[Place, ...]] = ("rising", "alive1", "alive2", "above", "dead1", "dead2", "below")
SECOND: Final = ("alive2", "dead2")
"""Places at the second middle value, which an odd number of subjects does not have."""

MOST_ORDERS: Final = 24
"""Most orders of cutoffs that are tried if their days are open."""


@dataclass(frozen=True)
class Stop:
    """The to-date median of a group at one release.

    Attributes:
        release: Place in the series.
        low, high: In half days; None if unbounded.
        cutoff: Days that the cutoff may have.
    """

    release: int
    low: int | None
    high: int | None
    cutoff: Days


def stops_of(question: ConstraintProblem, group: int, endpoint: str) -> list[Stop]:
    """Return the to-date medians of a group, one for each release, in the order of their cutoffs."""
    found: dict[int, Stop] = {}
    for part in question.of_group(group):
        if part.quantity != "median" or not part.is_to_date or part.endpoint != endpoint:
            continue
        known = found.get(part.release, Stop(part.release, None, None, question.cutoffs[part.release]))
        lows = [low for low in (known.low, part.low) if low is not None]
        highs = [high for high in (known.high, part.high) if high is not None]
        found[part.release] = Stop(
            part.release, max(lows, default=None), min(highs, default=None), question.cutoffs[part.release]
        )
    return sorted(found.values(), key=lambda stop: (stop.cutoff, stop.release))


def is_alone(question: ConstraintProblem, group: int) -> bool:
    """Tell whether nothing is stated of a group but to-date medians of one endpoint and days of entry."""
    parts = [part for part in question.parts if group in part.groups]
    plain = all(
        part.groups == (group,)
        and part.quantity == "median"
        and part.is_to_date
        and part.deaths is None
        and part.endpoint == parts[0].endpoint
        for part in parts
    )
    tied = any(group in (gap.group, gap.other) for gap in question.gaps)
    return bool(parts) and plain and not tied


def decide(
    question: ConstraintProblem, group: int, endpoint: str, effort: Effort
) -> tuple[Outcome, ExampleHistory | None]:
    """Decide whether some history of a group gives its to-date medians.

    "no" holds regardless of other claims about the group. "yes" comes with a history that gives these medians and
    the days of entry. "unknown" means that time ran out, or that too many orders of the cutoffs are possible.
    """
    models = _models(question, group, endpoint)
    if models is None:
        return "unknown", None
    outcome: Outcome = "no"
    for paths in models:
        found, solver = effort.solve(paths.model, 0.5)
        if found == "yes":
            history = paths.history(solver, group, endpoint, _latest(question, group, "first entry"))
            opened_by = _latest(question, group, "opened")
            if opened_by is not None:
                history = replace(history, starts={group: min(opened_by, history.starts[group])})
            return "yes", history
        if found == "unknown":
            outcome = "unknown"
    return outcome, None


def farthest(
    question: ConstraintProblem, group: int, release: int, which: Literal["earliest", "latest"], effort: Effort
) -> tuple[Outcome, int | None]:
    """Return the earliest or the latest cutoff that a release of a group's to-date medians can have.

    Call this only for a group that `is_alone`.
    """
    models = _models(question, group, question.of_group(group)[0].endpoint)
    if models is None:
        return "unknown", None
    days = []
    for paths in models:
        cutoff = paths.cutoff_of(release)
        (paths.model.minimize if which == "earliest" else paths.model.maximize)(cutoff)
        found, solver = effort.solve(paths.model, 0.5)
        if found == "unknown":
            return "unknown", None
        if found == "yes":
            days.append(int(solver.value(cutoff)))
    if not days:
        return "no", None
    return "yes", min(days) if which == "earliest" else max(days)


def _models(question: ConstraintProblem, group: int, endpoint: str) -> Iterator[_Paths] | None:
    """Return a model for each order of the cutoffs; None if these models do not decide."""
    if any(pair is not None and pair[0] == group for pair in (question.left_out, question.added)):
        return None
    stops = stops_of(question, group, endpoint)
    n = question.numbers[group]
    if not stops or not n:
        return None
    orders = list(_orders(stops))
    if len(orders) > MOST_ORDERS:
        return None
    opened, closed = _entry_days(question, group)
    return (_Paths(n, order, opened, closed) for order in orders)


def _orders(stops: Sequence[Stop]) -> Iterator[list[Stop]]:
    """Yield the possible orders of the cutoffs."""
    settled = all(one.cutoff[1] <= other.cutoff[0] for one, other in pairwise(stops))
    if settled:
        yield list(stops)
        return
    seen = 0
    for order in permutations(stops):
        if all(one.cutoff[0] <= other.cutoff[1] for place, one in enumerate(order) for other in order[place + 1 :]):
            seen += 1
            yield list(order)
            if seen > MOST_ORDERS:
                return


def _entry_days(question: ConstraintProblem, group: int) -> tuple[int | None, int | None]:
    opened = [start.days[0] for start in question.starts if start.group == group and start.kind != "closed"]
    closed = [start.days[1] for start in question.starts if start.group == group and start.kind == "closed"]
    return max(opened, default=None), min(closed, default=None)


def _latest(question: ConstraintProblem, group: int, kind: Literal["first entry", "opened"]) -> int | None:
    """Return the day by which a group's first subject entered, or by which it was open; None if not stated."""
    by = [start.days[1] for start in question.starts if start.group == group and start.kind == kind]
    return min(by, default=None)


Level = Any
"""An expression of the solver: a variable, a sum or a number."""


class _Paths:
    """The counting model for one order of the cutoffs."""

    def __init__(self, n: int, stops: list[Stop], opened: int | None, closed: int | None) -> None:
        from ortools.sat.python import cp_model

        self.n, self.stops, self.opened = n, stops, opened
        self.model: CpModel = cp_model.CpModel()
        self.odd = n % 2 == 1
        self.places = [place for place in PLACES if not (self.odd and place in SECOND)]
        self._cutoffs()
        self.last_entry: Level = self.cutoff[0]
        if closed is not None:
            self.last_entry = self.model.new_int_var(-(10**7), 10**7, "last entry")
            self.model.add(self.last_entry <= self.cutoff[0])
            self.model.add(self.last_entry <= closed)
            if opened is not None:
                self.model.add(self.last_entry >= opened)
        self._levels()
        self._places()
        self.moves = [self._moves(k) for k in range(len(stops) - 1)]

    def cutoff_of(self, release: int) -> Level:
        """Return the cutoff of a release."""
        return next(cutoff for stop, cutoff in zip(self.stops, self.cutoff, strict=True) if stop.release == release)

    def _cutoffs(self) -> None:
        model = self.model
        self.cutoff: list[Level] = [
            stop.cutoff[0] if stop.cutoff[0] == stop.cutoff[1] else model.new_int_var(*stop.cutoff, "cutoff")
            for stop in self.stops
        ]
        for one, other in pairwise(self.cutoff):
            if not (isinstance(one, int) and isinstance(other, int)):
                model.add(one <= other)

    def _levels(self) -> None:
        """Add the middle values of each cutoff, limited by the announced values and the law."""
        model, ceiling = self.model, self._ceiling()
        self.first: list[Level] = []
        self.second: list[Level] = []
        for stop, cutoff in zip(self.stops, self.cutoff, strict=True):
            one = model.new_int_var(0, ceiling, "M1")
            other = one if self.odd else model.new_int_var(0, ceiling, "M2")
            if not self.odd:
                model.add(one <= other)
            model.add_linear_constraint(
                one + other, 0 if stop.low is None else stop.low, 2 * ceiling if stop.high is None else stop.high
            )
            if self.opened is not None:
                model.add(other <= cutoff - self.opened)
            self.first.append(one)
            self.second.append(other)
        for k in range(len(self.stops) - 1):
            for level in (self.first, self.second):
                model.add(level[k + 1] >= level[k])
                model.add(level[k + 1] - level[k] <= self.cutoff[k + 1] - self.cutoff[k])

    def _ceiling(self) -> int:
        span = self.stops[-1].cutoff[1] - self.stops[0].cutoff[0]
        return sum(max(stop.high or 0, stop.low or 0) for stop in self.stops) + span + 1

    def _gate(self, count: Level, conditions: list[Any]) -> None:
        """Force a count to zero unless all conditions hold."""
        if not conditions:
            return
        open_ = self.model.new_bool_var("")
        self.model.add(count == 0).only_enforce_if(~open_)
        for condition in conditions:
            self.model.add(condition).only_enforce_if(open_)

    def _places(self) -> None:
        model, half = self.model, self.n // 2
        self.count = [{place: model.new_int_var(0, self.n, place) for place in self.places} for _ in self.stops]
        for count in self.count:
            model.add(sum(count.values()) == self.n)
            under = count["rising"] + count["below"]
            if self.odd:
                model.add(under <= half)
                model.add(count["above"] <= half)
            else:
                model.add(under + count["alive1"] + count["dead1"] == half)
                model.add(count["alive1"] + count["dead1"] >= 1)
                model.add(count["alive2"] + count["dead2"] >= 1)
        first = self.count[0]
        # At the first cutoff: no time is negative, and no subject entered before the opening.
        self._gate(first["rising"], [self.first[0] - 1 >= self.cutoff[0] - self.last_entry])
        self._gate(first["below"], [self.first[0] >= 1])
        self._gate(first["alive1"], [self.first[0] >= self.cutoff[0] - self.last_entry])
        if not self.odd:
            self._gate(first["alive2"], [self.second[0] >= self.cutoff[0] - self.last_entry])
        if self.opened is not None:
            self._gate(first["above"], [self.second[0] + 1 <= self.cutoff[0] - self.opened])

    def _moves(self, k: int) -> dict[tuple[Place, Place], Level]:
        """Add the numbers of subjects that move between places from one cutoff to the next."""
        model = self.model
        moves: dict[tuple[Place, Place], Level] = {}
        for (place, other), conditions in self._rules(k).items():
            if place in self.places and other in self.places:
                moves[place, other] = count = model.new_int_var(0, self.n, "")
                self._gate(count, conditions)
        for place in self.places:
            model.add(self.count[k][place] == sum(count for (start, _), count in moves.items() if start == place))
            model.add(self.count[k + 1][place] == sum(count for (_, end), count in moves.items() if end == place))
        return moves

    def _rules(self, k: int) -> Mapping[tuple[Place, Place], list[Any]]:
        """Return every possible move after cutoff k, with its conditions."""
        m1, m2, n1, n2 = self.first[k], self.second[k], self.first[k + 1], self.second[k + 1]
        days = self.cutoff[k + 1] - self.cutoff[k]
        # The time of the last subject to enter: a smaller time requires a death.
        young, younger = self.cutoff[k] - self.last_entry, self.cutoff[k + 1] - self.last_entry
        return {
            ("rising", "rising"): [n1 - 1 >= younger],
            ("rising", "alive1"): [n1 - m1 <= days - 1, n1 >= younger],
            ("rising", "alive2"): [n2 - m1 <= days - 1, n2 >= younger],
            ("rising", "above"): [n2 - m1 <= days - 2, m1 - 1 >= young],
            ("rising", "dead1"): [n1 - m1 <= days - 1, m1 - 1 >= young],
            ("rising", "dead2"): [n2 - m1 <= days - 1, m1 - 1 >= young],
            ("rising", "below"): [n1 >= 1],
            ("alive1", "alive1"): [n1 - m1 == days],
            ("alive1", "alive2"): [n2 - m1 == days],
            ("alive1", "above"): [n2 - m1 <= days - 1],
            ("alive1", "dead1"): [],
            ("alive1", "dead2"): [n2 - m1 <= days],
            ("alive1", "below"): [n1 >= m1 + 1],
            ("alive2", "alive1"): [n1 - m2 == days],
            ("alive2", "alive2"): [n2 - m2 == days],
            ("alive2", "above"): [n2 - m2 <= days - 1],
            ("alive2", "dead1"): [n1 >= m2],
            ("alive2", "dead2"): [],
            ("alive2", "below"): [n1 >= m2 + 1],
            ("above", "above"): [],
            ("above", "dead1"): [n1 >= m2 + 1],
            ("above", "dead2"): [n2 >= m2 + 1],
            ("above", "below"): [n1 >= m2 + 2],
            ("dead1", "dead1"): [n1 == m1],
            ("dead1", "dead2"): [n2 == m1],
            ("dead1", "below"): [n1 >= m1 + 1],
            ("dead2", "dead1"): [n1 == m2],
            ("dead2", "dead2"): [n2 == m2],
            ("dead2", "below"): [n1 >= m2 + 1],
            ("below", "below"): [],
        }

    def history(self, solver: CpSolver, group: int, endpoint: str, first_by: int | None) -> ExampleHistory:
        """Return subjects whose moves add up to the solver's counts."""
        cutoffs = [int(solver.value(cutoff)) for cutoff in self.cutoff]
        first = [int(solver.value(level)) for level in self.first]
        second = [int(solver.value(level)) for level in self.second]
        last_entry = int(solver.value(self.last_entry))
        waiting = {place: int(solver.value(count)) for place, count in self.count[0].items()}
        walks: list[list[Place]] = [[place] for place in self.places for _ in range(waiting[place])]
        for moves in self.moves:
            left = {move: int(solver.value(count)) for move, count in moves.items()}
            for walk in walks:
                end = next(end for (start, end), count in left.items() if start == walk[-1] and count)
                left[walk[-1], end] -= 1
                walk.append(end)
        # One day more than the greatest median that the model allows counts as above.
        earliest = cutoffs[0] - self._ceiling() - 1 if self.opened is None else self.opened
        people = []
        for walk in walks:
            bounds = _Bounds(earliest, last_entry)
            for place, cutoff, m1, m2 in zip(walk, cutoffs, first, second, strict=True):
                bounds.stand(place, cutoff, m1, m2)
            people.append(bounds)
        if first_by is not None and not any(bounds.entry_high <= first_by for bounds in people):
            # Shift entry days so that the earliest possible subject enters first.
            able = next((bounds for bounds in people if bounds.entry_low <= first_by), None)
            if able is not None:
                able.entry_high = first_by
        made = sorted((bounds.person(endpoint) for bounds in people), key=_by_days)
        return ExampleHistory(
            {group: tuple(made)},
            {stop.release: cutoff for stop, cutoff in zip(self.stops, cutoffs, strict=True)},
            {group: min(person.entry for person in made)},
        )


def _by_days(person: ExampleSubject) -> tuple[int, int]:
    return person.entry, 10**7 if person.end is None else person.end


class _Bounds:
    """Entry days and survival times still possible for one subject."""

    def __init__(self, earliest: int, latest: int) -> None:
        self.entry_low, self.entry_high = earliest, latest
        self.time_low, self.time_high = 0, 10**7

    def stand(self, place: Place, cutoff: int, m1: int, m2: int) -> None:
        """Narrow the bounds to those of a place at a cutoff."""
        match place:
            case "rising":
                self._enter(low=cutoff - m1 + 1)
            case "alive1":
                self._enter(cutoff - m1, cutoff - m1)
                self._live(low=m1)
            case "alive2":
                self._enter(cutoff - m2, cutoff - m2)
                self._live(low=m2)
            case "above":
                self._enter(high=cutoff - m2 - 1)
                self._live(low=m2 + 1)
            case "dead1":
                self._enter(high=cutoff - m1)
                self._live(m1, m1)
            case "dead2":
                self._enter(high=cutoff - m2)
                self._live(m2, m2)
            case "below":
                self._live(high=m1 - 1)

    def _enter(self, low: int = -(10**7), high: int = 10**7) -> None:
        self.entry_low, self.entry_high = max(self.entry_low, low), min(self.entry_high, high)

    def _live(self, low: int = 0, high: int = 10**7) -> None:
        self.time_low, self.time_high = max(self.time_low, low), min(self.time_high, high)

    def person(self, endpoint: str) -> ExampleSubject:
        """Return a subject within the bounds: entered as late as they allow, and alive if they allow it."""
        assert self.entry_low <= self.entry_high and self.time_low <= self.time_high  # noqa: S101, PT018
        end = None if self.time_high == 10**7 else self.entry_high + self.time_high
        if endpoint == "pfs":
            return ExampleSubject(self.entry_high, None, progressed=end)
        return ExampleSubject(self.entry_high, end)


def medians_of_one_group(question: ConstraintProblem) -> list[tuple[int, str]]:
    """Return each group and endpoint with announced to-date medians."""
    found = {
        (part.groups[0], part.endpoint)
        for part in question.parts
        if len(part.groups) == 1 and part.quantity == "median" and part.is_to_date
    }
    return sorted(found)
