"""What the words of a release commit its sponsor to: rules from a quotation to parts of a definition.

Each rule has its own sentence, which stays beside the figure as the reason of the inference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

_ONGOING: Final = re.compile(
    r"\b(?:ongoing|to[- ]date|so far|(?:have|has) already"
    r"|continu(?:e|es|ing) to (?:increase|extend|grow|rise|experience)|still (?:increasing|growing|rising))\b",
    re.IGNORECASE,
)
_KAPLAN_MEIER: Final = re.compile(
    r"\bkaplan[- ]?meier\b|\bK-?M\b(?= (?:estimate|median|analysis|curve))", re.IGNORECASE
)
_ESTIMATED: Final = re.compile(r"\bestimat(?:e|ed|es|ion)\b", re.IGNORECASE)
_NOT_A_MEDIAN: Final = re.compile(
    r"\b(?:not (?:yet )?(?:evaluable|estimable|mature)|premature|immature|too early)\b", re.IGNORECASE
)
_ORIGIN: Final = re.compile(
    r"\bfrom (?:the )?(?:time of |date of |day of )?"
    r"(first dose|randomi[sz]ation|enrol?lment|surgery|diagnosis|relapse|progression)\b",
    re.IGNORECASE,
)
_SUBJECTS: Final = re.compile(r"\bn\s*=\s*([0-9]{1,6})\b", re.IGNORECASE)
_IN_SUBJECTS: Final = re.compile(
    r"\b(?:in|across|among) (?:the |all |its |our )*(?:first )?([0-9]{1,6}) "
    r"(?:(?:evaluable|enrolled|treated|dosed|randomi[sz]ed) )?(?:patients|subjects)\b",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(r"\b(?:about|approximately|approx\.?|around|roughly|circa)\s+(?:a\s+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """What a quotation says of an estimator.

    Attributes:
        estimator: None where it says nothing.
        ongoing: It says that the figure was still growing.
        rule: Why.
    """

    estimator: Literal["to-date", "kaplan-meier"] | None = None
    ongoing: bool = False
    rule: str = ""


def estimator_said(quote: str) -> Said:
    """Return what a quotation commits the sponsor to.

    Args:
        quote: The words beside the figure.
    """
    growing = _ONGOING.search(quote)
    if named := _KAPLAN_MEIER.search(quote):
        return Said("kaplan-meier", bool(growing), f"the words name the estimator: {named[0]!r}")
    if growing:
        return Said("to-date", True, f"{growing[0]!r}: the number was still growing, as a plain median of times so far")
    if estimated := _ESTIMATED.search(quote):
        return Said("kaplan-meier", False, f"{estimated[0]!r}: an estimate of a median is a Kaplan-Meier median")
    return Said()


def says_no_median_yet(words: str) -> bool:
    """Tell whether words say that a median cannot be given yet ("not yet evaluable", "premature")."""
    return _NOT_A_MEDIAN.search(words) is not None


def origin_said(quote: str) -> str | None:
    """Return the only time origin that a quotation names; None where it names none, or several."""
    named = {found.lower() for found in _ORIGIN.findall(quote)}
    return named.pop() if len(named) == 1 else None


def subjects_said(quote: str) -> tuple[int, str] | None:
    """Return the only number of subjects that a quotation gives, and its words; None for none, or for several."""
    for form in (_SUBJECTS, _IN_SUBJECTS):
        named = {int(found[1]): found[0] for found in form.finditer(quote)}
        if len(named) == 1:
            n, words = named.popitem()
            return (n, words) if n else None
        if named:
            return None
    return None


def approximately(quote: str, digits: str) -> bool:
    """Tell whether a quotation qualifies a number ("approximately 10 and 18 months")."""
    for found in re.finditer(rf"(?<![0-9.]){re.escape(digits)}(?![0-9.]*[0-9])", quote):
        before = quote[: found.start()]
        # "approximately 10 and 18 months": the word goes with each number of its list.
        before = re.sub(r"(?:[0-9.]+\s*(?:,|and|to|or)\s*)+$", "", before)
        if _ABOUT.search(before):
            return True
    return False
