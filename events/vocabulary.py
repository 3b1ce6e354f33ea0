"""The closed word lists of the log, each with the codes that replay uses.

A list only ever grows at its end: the place of a word in its list is its code in
the log's plain columns, so moving a word would change the meaning of old rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, Literal, get_args

from trialog.events.errors import EventError

Criteria = Literal["IMWG 2016", "RECIST 1.1", "Lugano"]
Evaluator = Literal["investigator", "independent"]
Confirmation = Literal["as assessed", "confirmed"]
Sex = Literal["F", "M", "U"]
LeftReason = Literal[
    "lost to follow-up",
    "withdrawal by subject",
    "completed",
    "physician decision",
    "adverse event",
    "progressive disease",
    "protocol deviation",
    "study terminated by sponsor",
    "other",
]
ContactKind = Literal["visit", "phone", "laboratory", "imaging", "registry", "other", "adverse event", "treatment"]
ProgressionBasis = Literal["imaging", "laboratory", "clinical", "unknown"]
DeathCause = Literal["disease", "adverse event", "other", "unknown"]

CATEGORIES: Final[dict[Criteria, tuple[str, ...]]] = {
    "IMWG 2016": ("sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE"),
    "RECIST 1.1": ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"),
    "Lugano": ("CR", "PR", "SD", "PD", "NE"),
}
"""Categories of each set of criteria, best first; NE (not evaluable) is last and separate.

IMWG 2016: Kumar 2016, Lancet Oncol 17:e328. RECIST 1.1: Eisenhauer 2009, Eur J Cancer 45:228.
Lugano: Cheson 2014, J Clin Oncol 32:3059.
"""

CRITERIA: Final[tuple[Criteria, ...]] = get_args(Criteria)
EVALUATORS: Final[tuple[Evaluator, ...]] = get_args(Evaluator)
CONFIRMATIONS: Final[tuple[Confirmation, ...]] = get_args(Confirmation)
EVALUATOR_WORDS: Final[dict[Evaluator, str]] = {"investigator": "the investigator", "independent": "independent review"}
LEFT_REASONS: Final[tuple[LeftReason, ...]] = get_args(LeftReason)
PROGRESSION_BASES: Final[tuple[ProgressionBasis, ...]] = get_args(ProgressionBasis)

_CONFIRMED: Final = {None: 0, True: 1, False: 2}
_CONFIRMED_BACK: Final = (None, True, False)


def suggestion(word: str, known: tuple[str, ...] | list[str]) -> str:
    """Return the end of a refusal: the nearest known word, if any, and the list of all words."""
    folded = {each.casefold(): each for each in known}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.5)
    hint = f"; did you mean {folded[near[0]]!r}? Known" if near else "; known"
    return f"{hint}: {', '.join(known)}"


def check_category(criteria: Criteria, category: str) -> None:
    """Refuse a category that its criteria do not have.

    Raises:
        EventError: The category is unknown to the criteria; the text suggests the nearest.
    """
    known = CATEGORIES[criteria]
    if category not in known:
        raise EventError(f"category {category!r} is not one of {criteria}{suggestion(category, known)}")


def response_code(criteria: Criteria, category: str, evaluator: Evaluator, confirmed: bool | None) -> int:
    """Return the whole number that represents an assessment in the log's plain columns.

    Read from the right: confirmed (0 not stated, 1 yes, 2 no), evaluator, category (two digits), criteria.
    """
    place = CATEGORIES[criteria].index(category)
    code = CRITERIA.index(criteria) * 100 + place
    return (code * 10 + EVALUATORS.index(evaluator)) * 10 + _CONFIRMED[confirmed]


def progression_code(fields: Mapping[str, str]) -> int:
    """Return the number that represents a progression found outside an assessment.

    Read from the right: basis, evaluator. It is computed from the payload; the log's plain columns do not have it.
    """
    evaluator = fields.get("evaluator", "investigator")
    return EVALUATORS.index(evaluator) * 10 + PROGRESSION_BASES.index(fields.get("basis", "unknown"))


def response_of_code(code: int) -> tuple[Criteria, str, Evaluator, bool | None]:
    """Return criteria, category, evaluator and confirmed of a `response_code`."""
    code, confirmed = divmod(code, 10)
    code, evaluator = divmod(code, 10)
    criteria_place, place = divmod(code, 100)
    criteria = CRITERIA[criteria_place]
    return criteria, CATEGORIES[criteria][place], EVALUATORS[evaluator], _CONFIRMED_BACK[confirmed]
