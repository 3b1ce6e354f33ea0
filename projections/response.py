"""Best overall response and the rates that count it, as assessed and confirmed.

The assessments of one chosen evaluator are never mixed with those of another. Assessments count
from the time origin on; earlier ones are baseline. Of several assessments on one day the worst counts;
NE counts only if it is the only one. Assessments after the first progression are ignored. The rules
of confirmation are in `trialog.projections.confirmation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trialog.events.arrays import NO_DAY, Days
from trialog.events.errors import QuestionError
from trialog.events.vocabulary import CATEGORIES, CRITERIA, Confirmation, Criteria, Evaluator
from trialog.projections.confirmation import PLAIN_RULE, ResponseRule, Visit, counted_visits
from trialog.projections.estimators.proportion import clopper_pearson
from trialog.projections.state.as_of import State
from trialog.projections.state.placing import earliest

RATES: Final[Mapping[str, Mapping[Criteria, str]]] = {
    "ORR": {"IMWG 2016": "PR", "RECIST 1.1": "PR", "Lugano": "PR"},
    "CBR": {"IMWG 2016": "MR", "RECIST 1.1": "NON-CR/NON-PD", "Lugano": "SD"},
    "DCR": {"IMWG 2016": "SD", "RECIST 1.1": "NON-CR/NON-PD", "Lugano": "SD"},
    "CR": {"IMWG 2016": "CR", "RECIST 1.1": "CR", "Lugano": "CR"},
}
"""The worst category that each rate still counts.

ORR: partial response or better. CBR: in myeloma minimal response or better; elsewhere as DCR.
DCR: stable disease or better. In RECIST 1.1 that includes NON-CR/NON-PD, which replaces stable disease if
nothing could be measured, as {admiralonco} counts it (``derive_param_clinbenefit``). CR: complete response or better.
"""

SHOWN: Final = ("ORR", "CBR", "DCR")
"""The rates that a table of responses gives."""


def rate_in_words(name: str) -> str:
    """Return the categories of a rate for each set of criteria: ``MR or better (IMWG 2016), SD or better (Lugano)``."""
    worst = {criteria: f"{category} or better" for criteria, category in RATES[name].items()}
    if len(set(worst.values())) == 1:
        return next(iter(worst.values()))
    return ", ".join(f"{words} ({criteria})" for criteria, words in worst.items())


@dataclass(frozen=True)
class Rate:
    """A share of subjects with exact limits.

    Attributes:
        name: ORR, CBR, DCR or CR.
        counts: The worst category counted, "or better".
        responders, n: Subjects who reached it, and subjects in the population.
        level: Coverage of the limits.
    """

    name: str
    counts: str
    responders: int
    n: int
    level: float = 0.95

    @property
    def share(self) -> float | None:
        """Responders of n, between 0 and 1; None without subjects."""
        return self.responders / self.n if self.n else None

    @property
    def limits(self) -> tuple[float, float]:
        """Exact (Clopper-Pearson) limits of the share."""
        found = clopper_pearson(self.responders, self.n, self.level)
        return found.lower, found.upper


@dataclass(frozen=True)
class Responses:
    """Best overall response of a group.

    Attributes:
        criteria, evaluator: Criteria and evaluator; assessments by others are ignored.
        confirmation: ``as assessed`` or ``confirmed``.
        rule: Rule for confirmation, in words.
        categories: Subjects for each category, best first.
        not_assessed: Subjects without any assessment.
        n: Subjects of the population.
        every_rate: ORR, CBR, DCR and CR over all of them, by name.
    """

    criteria: Criteria
    evaluator: Evaluator
    confirmation: Confirmation
    rule: str
    categories: Mapping[str, int]
    not_assessed: int
    n: int
    every_rate: Mapping[str, Rate]

    @property
    def rates(self) -> tuple[Rate, ...]:
        """The rates that a table of responses gives."""
        return tuple(self.every_rate[name] for name in SHOWN)


@dataclass(frozen=True, eq=False)
class Best:
    """Each subject's best response, shape (subjects,), and the visits that it follows from.

    Attributes:
        category: Place in the criteria's list of categories; -1 for no assessment.
        on: First day on which that category was found; ``NO_DAY`` for none.
        response_on: First day of a partial response or better; ``NO_DAY`` for none.
        progressed_on: First day of a PD that counts; ``NO_DAY`` for none.
        visits: Those that count, each with the category that it counts as.
    """

    category: NDArray[np.int64]
    on: Days
    response_on: Days
    progressed_on: Days
    visits: Visits


@dataclass(frozen=True, eq=False)
class Visits:
    """One category for each subject and day, in this order; shape (visits,)."""

    subject: NDArray[np.int32]
    day: Days
    category: NDArray[np.int64]
    confirmed: NDArray[np.bool_]

    def some(self, chosen: NDArray[np.bool_]) -> Visits:
        """Return some of them."""
        return Visits(self.subject[chosen], self.day[chosen], self.category[chosen], self.confirmed[chosen])


def criteria_in_use(
    state: State, evaluator: Evaluator = "investigator", who: NDArray[np.bool_] | None = None
) -> tuple[Criteria, ...]:
    """Return the sets of criteria by which an evaluator assessed any of some subjects by the cutoff.

    Args:
        state: As of a cutoff and a known-at day.
        evaluator: Whose assessments count.
        who: Which subjects, shape (subjects,) [default: all].
    """
    mine = state.assessments.by(evaluator)
    if who is not None:
        mine &= who[state.assessments.subject]
    return tuple(CRITERIA[place] for place in np.unique(state.assessments.code[mine] // 10_000).tolist())


def assessed(state: State, evaluator: Evaluator) -> NDArray[np.bool_]:
    """Return which subjects an evaluator assessed by the cutoff, by any criteria, shape (subjects,)."""
    who = np.zeros(len(state), bool)
    who[state.assessments.subject[state.assessments.by(evaluator)]] = True
    return who


def assessed_by(state: State, criteria: Criteria, evaluator: Evaluator) -> NDArray[np.bool_]:
    """Return which subjects an evaluator assessed by a set of criteria by the cutoff, shape (subjects,)."""
    seen = state.assessments
    who = np.zeros(len(state), bool)
    who[seen.subject[seen.by(evaluator) & (seen.code // 10_000 == CRITERIA.index(criteria))]] = True
    return who


def best_responses(
    state: State, criteria: Criteria, evaluator: Evaluator = "investigator", origin: Days | None = None
) -> NDArray[np.int64]:
    """Return each subject's best category as assessed, up to and including the first progression.

    Returns:
        Place in the criteria's list of categories, shape (subjects,); -1 for no assessment.
    """
    return best_of(state, criteria, evaluator, origin=origin).category


def best_of(
    state: State,
    criteria: Criteria,
    evaluator: Evaluator = "investigator",
    confirmation: Confirmation = "as assessed",
    rule: ResponseRule = PLAIN_RULE,
    origin: Days | None = None,
    found: Days | None = None,
) -> Best:
    """Return each subject's best response.

    Args:
        state: As of a cutoff and a known-at day.
        criteria: By which.
        evaluator: By whom.
        confirmation: Whether it must be confirmed.
        rule: What that means.
        origin: Day from which on assessments count, and from which the duration of stable disease runs, shape
            (subjects,) [default: enrollment].
        found: Day of a progression that was found outside an assessment [default: by the same evaluator, from
            the origin on].
    """
    start = state.enrolled if origin is None else origin
    progressed = state.progressions.first(evaluator, start) if found is None else found
    visits = _visits(state, criteria, evaluator, start)
    if confirmation == "confirmed":
        visits = _confirmed(state, visits, criteria, rule, progressed)
    else:
        visits = _until_progression(visits, criteria, progressed)
    count, known = len(state), CATEGORIES[criteria]
    progressive = visits.category == known.index("PD")
    counted = _without_early_stability(visits, criteria, rule, start)
    none = len(known)
    best = np.full(count, none, np.int64)
    np.minimum.at(best, visits.subject, counted)
    reached = counted == best[visits.subject]
    best[best == none] = -1
    enough = counted <= known.index(RATES["ORR"][criteria])
    return Best(
        category=best,
        on=earliest(visits.subject[reached], visits.day[reached], count),
        response_on=earliest(visits.subject[enough], visits.day[enough], count),
        progressed_on=earliest(visits.subject[progressive], visits.day[progressive], count),
        visits=visits,
    )


def _visits(state: State, criteria: Criteria, evaluator: Evaluator, since: Days) -> Visits:
    """Return the worst category of each day from the origin on; NE only if the day has no other."""
    seen = state.assessments
    mine = np.flatnonzero(
        (seen.code // 10_000 == CRITERIA.index(criteria)) & seen.by(evaluator) & (seen.day >= since[seen.subject])
    )
    subject, day, code = seen.subject[mine], seen.day[mine], seen.code[mine]
    if not mine.size:
        return Visits(subject, day, code, code == 1)
    begins = np.flatnonzero(np.append(True, (np.diff(subject) != 0) | (np.diff(day) != 0)))
    not_evaluable = CATEGORIES[criteria].index("NE")
    category = code // 100 % 100
    worst = np.maximum.reduceat(np.where(category == not_evaluable, -1, category), begins)
    worst[worst < 0] = not_evaluable
    lengths = np.diff(np.append(begins, mine.size))
    # The source's word "confirmed" counts only if it is said of the category that counts.
    claimed = (code % 10 == 1) & (category == np.repeat(worst, lengths))
    return Visits(subject[begins], day[begins], worst, np.logical_or.reduceat(claimed, begins))


def _until_progression(visits: Visits, criteria: Criteria, progressed: Days) -> Visits:
    """Return the visits up to the first progression, by assessment or found otherwise."""
    first = progressed.copy()
    found = visits.category == CATEGORIES[criteria].index("PD")
    np.minimum.at(first, visits.subject[found], visits.day[found])
    return visits.some(visits.day <= first[visits.subject])


def _without_early_stability(visits: Visits, criteria: Criteria, rule: ResponseRule, origin: Days) -> NDArray[np.int64]:
    """Return the categories for a best response: stable disease that is too early is not evaluable."""
    if criteria != "RECIST 1.1" or not rule.sd_days:
        return visits.category
    known = CATEGORIES[criteria]
    stable = np.isin(visits.category, (known.index("SD"), known.index("NON-CR/NON-PD")))
    early = visits.day < origin[visits.subject].astype(np.int64) + rule.sd_days
    return np.where(stable & early, known.index("NE"), visits.category)


def _confirmed(state: State, visits: Visits, criteria: Criteria, rule: ResponseRule, progressed: Days) -> Visits:
    known = CATEGORIES[criteria]
    sure = np.minimum(progressed, state.died)
    rows = [
        (subject, visit.day, known.index(visit.category))
        for subject, seen in _by_subject(visits, known)
        for visit in counted_visits(seen, criteria, rule, None if sure[subject] == NO_DAY else int(sure[subject]))
    ]
    subject, day, category = np.array(rows, np.int64).reshape(-1, 3).T
    return Visits(subject.astype(np.int32), day.astype(np.int32), category, np.ones(len(rows), bool))


def _by_subject(daily: Visits, known: tuple[str, ...]) -> Iterator[tuple[int, list[Visit]]]:
    if not daily.subject.size:
        return
    begins = np.flatnonzero(np.append(True, np.diff(daily.subject) != 0)).tolist()
    rows = list(zip(daily.day.tolist(), daily.category.tolist(), daily.confirmed.tolist(), strict=True))
    ends = [*begins[1:], len(rows)]
    for begin, end in zip(begins, ends, strict=True):
        yield (
            int(daily.subject[begin]),
            [Visit(day, known[category], confirmed) for day, category, confirmed in rows[begin:end]],
        )


def responses(
    state: State,
    who: NDArray[np.bool_],
    criteria: Criteria,
    evaluator: Evaluator = "investigator",
    *,
    confirmation: Confirmation = "as assessed",
    rule: ResponseRule = PLAIN_RULE,
    origin: Days | None = None,
    found: Days | None = None,
    level: float = 0.95,
) -> Responses:
    """Return the best responses and the rates of a group.

    Args:
        state: As of a cutoff and a known-at day.
        who: Which subjects count, shape (subjects,).
        criteria: By which.
        evaluator: By whom.
        confirmation: Whether a response must be confirmed.
        rule: What that means.
        origin: As in `best_of`.
        found: As in `best_of`.
        level: Coverage of the limits.
    """
    if who.shape != (len(state),):
        raise QuestionError(f"expected one truth value for each of {len(state)} subjects, found {who.shape}")
    known = CATEGORIES[criteria]
    best = best_of(state, criteria, evaluator, confirmation, rule, origin, found).category[who]
    counts = np.bincount(best + 1, minlength=len(known) + 1).tolist()
    n = int(who.sum())
    rates = {
        name: Rate(name, limits[criteria], int(responding(best, name, criteria).sum()), n, level)
        for name, limits in RATES.items()
    }
    return Responses(
        criteria=criteria,
        evaluator=evaluator,
        confirmation=confirmation,
        rule=rule.words(criteria, confirmation),
        categories=dict(zip(known, counts[1:], strict=True)),
        not_assessed=counts[0],
        n=n,
        every_rate=rates,
    )


def responding(best: NDArray[np.int64], rate: str, criteria: Criteria) -> NDArray[np.bool_]:
    """Return which best responses, by their place in the list of categories, a rate counts."""
    enough: NDArray[np.bool_] = (best >= 0) & (best <= CATEGORIES[criteria].index(RATES[rate][criteria]))
    return enough
