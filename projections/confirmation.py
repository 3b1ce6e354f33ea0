"""The category as which each assessment of a subject counts if responses must be confirmed.

Rules followed:

- RECIST 1.1 (Eisenhauer 2009, Eur J Cancer 45:228, table 3) as {admiralonco} programs it
  (``derive_param_confirmed_bor``): CR is confirmed by a CR, PR by a CR or PR, at least 28
  days later, with at most one NE and nothing worse in between; an unconfirmed CR or PR is
  SD, or NE if SD has not lasted long enough.
- IMWG 2016 (Kumar 2016, Lancet Oncol 17:e328): two consecutive assessments confirm every
  category of response and PD, without a minimum interval; two different categories confirm the
  worse of the two; NE between them is skipped; stable disease needs no confirmation;
  an unconfirmed response is SD, an unconfirmed PD is NE. A progression recorded as its own
  event, and death, need no confirmation.
- Lugano (Cheson 2014, J Clin Oncol 32:3059): no confirmation.

Assessments after the first progression are ignored. An assessment is confirmed if its
source says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from trialog.events.errors import QuestionError
from trialog.events.vocabulary import CATEGORIES, Confirmation, Criteria


class Visit(NamedTuple):
    """The finding of one evaluator on one day.

    Attributes:
        day: Days from 1970-01-01.
        category: Of the criteria.
        confirmed: Whether its source says that it is confirmed.
    """

    day: int
    category: str
    confirmed: bool = False


@dataclass(frozen=True)
class ResponseRule:
    """Numbers of the confirmation rule; see the docstring of this module.

    Attributes:
        confirm_days: Least number of days between a response and its confirmation (RECIST 1.1).
        most_ne: Most NE assessments allowed between them (RECIST 1.1).
        sd_days: Days from the origin after which stable disease counts as such (RECIST 1.1). Protocols
        say 42 or 56; the log does not contain this number, so there is no minimum unless one is given.
    """

    confirm_days: int = 28
    most_ne: int = 1
    sd_days: int = 0

    def __post_init__(self) -> None:
        """Refuse a value that is not a number of days."""
        for name, value in vars(self).items():
            if value < 0:
                raise QuestionError(f"{name} {value} is wrong; expected 0 or more")

    def words(self, criteria: Criteria, confirmation: Confirmation) -> str:
        """Return the rule as one phrase."""
        parts = []
        if confirmation == "confirmed":
            parts.append(_WORDS[criteria].format(rule=self))
        if criteria == "RECIST 1.1" and self.sd_days:
            parts.append(f"SD from day {self.sd_days} on")
        return "; ".join(parts) or "best category found"


_WORDS: Final[dict[Criteria, str]] = {
    "RECIST 1.1": "CR, PR confirmed {rule.confirm_days} days later or more, {rule.most_ne} NE allowed in between",
    "IMWG 2016": "confirmed by the next assessment, NE passed over",
    "Lugano": "needs no confirmation",
}

PLAIN_RULE: Final = ResponseRule()
"""28 days, one NE, stable disease without a minimum."""


def confirmable(criteria: Criteria) -> bool:
    """Tell whether a set of criteria defines confirmation."""
    return criteria != "Lugano"


def confirms_progression(criteria: Criteria) -> bool:
    """Tell whether a set of criteria asks for the confirmation of a progression."""
    return criteria == "IMWG 2016"


def counted_visits(
    visits: Sequence[Visit], criteria: Criteria, rule: ResponseRule = PLAIN_RULE, progression: int | None = None
) -> list[Visit]:
    """Return the visits that count, each with the category that it counts as under the confirmation rule.

    Args:
        visits: At most one for each day, days ascending, visits after a PD included.
        criteria: Response criteria that define confirmation.
        rule: Its numbers.
        progression: Day of a progression or death that needs no confirmation.
    """
    within = [visit for visit in visits if progression is None or visit.day <= progression]
    return _COUNTED[criteria](within, rule, progression is not None)


def confirmed_visits(
    visits: Sequence[Visit],
    criteria: Criteria,
    rule: ResponseRule = PLAIN_RULE,
    origin: int = 0,
    progression: int | None = None,
) -> list[Visit]:
    """Return the visits that count for the best response: stable disease that is too early is NE.

    Args:
        visits: As in `counted_visits`.
        criteria: As in `counted_visits`.
        rule: As in `counted_visits`.
        origin: Day from which the duration of stable disease runs.
        progression: As in `counted_visits`.
    """
    return [
        visit._replace(category="NE") if is_too_early(visit, criteria, rule, origin) else visit
        for visit in counted_visits(visits, criteria, rule, progression)
    ]


def is_too_early(visit: Visit, criteria: Criteria, rule: ResponseRule, origin: int) -> bool:
    """Tell whether stable disease has not lasted long enough to be called so."""
    stable = criteria == "RECIST 1.1" and visit.category in ("SD", "NON-CR/NON-PD")
    return stable and rule.sd_days > 0 and visit.day < origin + rule.sd_days


def _until_pd(visits: Sequence[Visit]) -> list[Visit]:
    end = next((place for place, visit in enumerate(visits, 1) if visit.category == "PD"), len(visits))
    return list(visits[:end])


def _lugano(visits: Sequence[Visit], _rule: ResponseRule, _progressed: bool) -> list[Visit]:
    return _until_pd(visits)


def _recist(visits: Sequence[Visit], rule: ResponseRule, _progressed: bool) -> list[Visit]:
    counted = _until_pd(visits)
    return [
        visit._replace(category="SD")
        if visit.category in ("CR", "PR") and not (visit.confirmed or _recist_confirms(counted[place:], rule))
        else visit
        for place, visit in enumerate(counted)
    ]


def _recist_confirms(visits: Sequence[Visit], rule: ResponseRule) -> bool:
    """Tell whether the first visit's response is confirmed by the visits after it."""
    first, *later = visits
    enough = ("CR",) if first.category == "CR" else ("CR", "PR")
    seen: list[str] = []
    for visit in later:
        # A PR after a CR confirms nothing.
        if visit.category not in (*enough, "NE") or (visit.category == "PR" and "CR" in seen):
            return False
        seen.append(visit.category)
        if visit.category in enough and visit.day >= first.day + rule.confirm_days:
            return seen.count("NE") <= rule.most_ne
    return False


def _imwg(visits: Sequence[Visit], _rule: ResponseRule, progressed: bool) -> list[Visit]:
    known = CATEGORIES["IMWG 2016"]
    evaluated = [visit for visit in visits if visit.category != "NE"]
    followers = dict(pairwise(evaluated))
    counted: list[Visit] = []
    for visit in visits:
        follower = followers.get(visit)
        category = visit.category
        if category == "PD":
            confirmed = visit.confirmed or (progressed if follower is None else follower.category == "PD")
            if confirmed:
                return [*counted, visit]
            category = "NE"
        elif category not in ("SD", "NE") and not visit.confirmed:
            shared = "PD" if follower is None else max(category, follower.category, key=known.index)
            category = "SD" if shared == "PD" else shared
        counted.append(visit._replace(category=category))
    return counted


_COUNTED: Final[dict[Criteria, Callable[[Sequence[Visit], ResponseRule, bool], list[Visit]]]] = {
    "IMWG 2016": _imwg,
    "RECIST 1.1": _recist,
    "Lugano": _lugano,
}
