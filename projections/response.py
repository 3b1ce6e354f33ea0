"""Best overall response and the rates that count it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trialog.events.errors import QuestionError
from trialog.events.vocabulary import CATEGORIES, CRITERIA, EVALUATORS, Criteria, Evaluator
from trialog.projections.asof import State

RATES: Final[Mapping[str, Mapping[Criteria, str]]] = {
    "ORR": {"IMWG 2016": "PR", "RECIST 1.1": "PR", "Lugano": "PR"},
    "CBR": {"IMWG 2016": "MR", "RECIST 1.1": "SD", "Lugano": "SD"},
    "DCR": {"IMWG 2016": "SD", "RECIST 1.1": "NON-CR/NON-PD", "Lugano": "SD"},
}
"""The worst category that each rate still counts.

ORR: partial response or better. CBR: in myeloma minimal response or better; elsewhere as DCR.
DCR: stable disease or better.
"""


@dataclass(frozen=True)
class Rate:
    """A share of subjects.

    Attributes:
        name: ORR, CBR or DCR.
        counts: The worst category counted, "or better".
        responders, n: Subjects who reached it, and subjects in the population.
    """

    name: str
    counts: str
    responders: int
    n: int

    @property
    def share(self) -> float | None:
        """Responders of n, between 0 and 1; None for nobody."""
        return self.responders / self.n if self.n else None


@dataclass(frozen=True)
class Responses:
    """Best overall response of a group, as assessed.

    Attributes:
        criteria, evaluator: By which, and by whom; assessments of others play no part.
        categories: Subjects for each category, best first.
        not_assessed: Subjects without any assessment.
        rates: ORR, CBR, DCR over all subjects of the population.
    """

    criteria: Criteria
    evaluator: Evaluator
    categories: Mapping[str, int]
    not_assessed: int
    rates: tuple[Rate, ...]


def criteria_in_use(state: State, evaluator: Evaluator = "investigator") -> tuple[Criteria, ...]:
    """Return the sets of criteria by which an evaluator assessed anybody by the cutoff."""
    code = state.assessments.code
    mine = code[code // 10 % 10 == EVALUATORS.index(evaluator)]
    return tuple(CRITERIA[place] for place in np.unique(mine // 10_000).tolist())


def best_responses(state: State, criteria: Criteria, evaluator: Evaluator = "investigator") -> NDArray[np.int64]:
    """Return each subject's best category up to and including the first progression.

    Returns:
        Place in the criteria's list of categories, shape (subjects,); -1 for no assessment.
    """
    seen = state.assessments
    wanted = (seen.code // 10_000 == CRITERIA.index(criteria)) & (seen.code // 10 % 10 == EVALUATORS.index(evaluator))
    wanted &= seen.day <= state.progressed[seen.subject]
    none = len(CATEGORIES[criteria])
    best = np.full(len(state), none, np.int64)
    np.minimum.at(best, seen.subject[wanted], seen.code[wanted] // 100 % 100)
    best[best == none] = -1
    return best


def responses(
    state: State,
    who: NDArray[np.bool_],
    criteria: Criteria,
    evaluator: Evaluator = "investigator",
) -> Responses:
    """Return the best responses and the rates of a group.

    Args:
        state: As of a cutoff and a known-at day.
        who: Which subjects count, shape (subjects,).
        criteria: By which.
        evaluator: By whom.
    """
    if who.shape != (len(state),):
        raise QuestionError(f"expected one truth value for each of {len(state)} subjects, found {who.shape}")
    known = CATEGORIES[criteria]
    best = best_responses(state, criteria, evaluator)[who]
    counts = np.bincount(best + 1, minlength=len(known) + 1).tolist()
    n = int(who.sum())
    rates = []
    for name, limits in RATES.items():
        worst = known.index(limits[criteria])
        rates.append(Rate(name, limits[criteria], sum(counts[1 : worst + 2]), n))
    return Responses(criteria, evaluator, dict(zip(known, counts[1:], strict=True)), counts[0], tuple(rates))
