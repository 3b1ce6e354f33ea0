"""The constraint solver of an audit: OR-tools' CP-SAT, an optional part of the installation."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver

MISSING = "the solver is not installed; get it with: pip install 'trialog[audit]'"

SHORTEST = 0.5
"""Least number of seconds for a model."""

Outcome = Literal["yes", "no", "unknown"]


@cache
def installed() -> bool:
    """Tell whether the solver is installed."""
    return find_spec("ortools") is not None


@dataclass
class Effort:
    """Time limit, seed and counters of an audit.

    Attributes:
        seconds: Limit for everything together.
        seed: Seed of the solver's random choices; the same file, seed and version give the same example history.
        begun: When it began, on the clock of `time.monotonic`.
        solved: Models solved so far.
        hurried: Whether the limit cut a decision short.
        each: Limit in seconds for one model, so that one of many attempts does not use up the time of all.
    """

    seconds: float = 60.0
    seed: int = 0
    begun: float = field(default_factory=time.monotonic)
    solved: int = 0
    hurried: bool = False
    each: float = math.inf

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.seconds - (time.monotonic() - self.begun)

    @contextmanager
    def hurrying(self, share: float) -> Iterator[None]:
        """Limit each model solved in this context to a share of the time that is left now."""
        before, self.each = self.each, min(self.each, max(SHORTEST, self.left * share))
        try:
            yield
        finally:
            self.each = before

    @contextmanager
    def within(self, share: float) -> Iterator[None]:
        """Limit all work in this context to a share of the time that is left now, and to the limit of one model."""
        kept = self.left - min(self.left * share, self.each)
        self.seconds -= kept
        try:
            yield
        finally:
            self.seconds += kept

    def improve(self, model: CpModel, work: float) -> CpSolver | None:
        """Return the best solution of a model with an objective that a fixed amount of work finds, if any."""
        from ortools.sat.python import cp_model

        solver = self._solver()
        solver.parameters.max_deterministic_time = work
        status = solver.solve(model)
        return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None

    def _solver(self) -> CpSolver:
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        # One worker: two runs give the same answer, on any number of cores.
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self.seed
        return solver

    def solve(self, model: CpModel, share: float = 1.0, work: float | None = None) -> tuple[Outcome, CpSolver]:
        """Decide a model.

        Args:
            model: With or without an objective; with one, "yes" means that its best value was found.
            share: Share of the remaining seconds.
            work: Limit in the solver's own unit of work, which does not depend on the machine.
        """
        from ortools.sat.python import cp_model

        solver = self._solver()
        solver.parameters.max_time_in_seconds = max(0.01, min(self.left * share, self.each))
        if work is not None:
            solver.parameters.max_deterministic_time = work
        status = solver.solve(model)
        self.solved += 1
        if status == cp_model.OPTIMAL or (status == cp_model.FEASIBLE and not model.has_objective()):
            return "yes", solver
        if status == cp_model.INFEASIBLE:
            return "no", solver
        if status == cp_model.MODEL_INVALID:
            raise AssertionError(model.validate())
        self.hurried = self.hurried or work is None
        return "unknown", solver
