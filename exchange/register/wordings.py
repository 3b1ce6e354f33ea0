"""What the words of a release commit its sponsor to: rules from a quotation to parts of a definition.

Each rule has its own sentence, which stays beside the figure as the reason of the inference. A rule is ``firm``
where the words qualify the figure itself ("ongoing median"), and not where they stand only near it ("ongoing study").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

_MEDIAN: Final = (
    r"(?:(?:median|mean|average)(?:\s+(?:overall|progression[- ]free))?(?:\s+survival|\s+OS|\s+PFS)?"
    r"(?:\s*\((?:mOS|mPFS|OS|PFS)\))?|mOS|mPFS)"
)
_NUMBER: Final = r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?:days?|weeks?|mos?\.?|months?|years?)"
_BETWEEN: Final = r"(?:(?:overall|estimated|observed|interim|preliminary|current|updated)\s+)*"
_SO_FAR: Final = r"(?:to[- ]date|so far)\b"
_GROWS: Final = (
    r"(?:continu(?:e|es|ed|ing) to (?:increase|extend|grow|rise|climb|improve)"
    r"|still (?:increasing|growing|rising|climbing)|and (?:climbing|counting|rising|growing|still growing))"
)
_ASIDE: Final = r"(?!who|which|that\b|treatment|therap|study|trial|dos|enrol|accru|follow)"
"""Words after which a verb need not belong to the median."""
_ONGOING: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\bongoing\s+{_BETWEEN}{_MEDIAN}(?!\s+follow)",
        rf"{_NUMBER}(?:\s+of\s+{_MEDIAN})?[\s,]*\(?{_SO_FAR}",
        rf"\b{_MEDIAN}[\s,]*\(?{_SO_FAR}",
        rf"\b(?:has|have) already (?:achieved|reached|experienced|shown|attained)\s+(?:an?\s+)?{_BETWEEN}{_MEDIAN}",
        rf"\b{_MEDIAN}\b(?:{_ASIDE}[^.;,]){{0,60}}?\b{_GROWS}",
        rf"\b{_MEDIAN} (?:is|remains) (?:still )?ongoing\b",
        rf"\bcontinu(?:e|es|ing) to (?:extend|increase|experience|grow)\s+(?:the\s+|an?\s+)?{_BETWEEN}{_MEDIAN}",
        rf"{_NUMBER}[\s,]*\(?(?:and|still) (?:climbing|counting|rising|growing|increasing|ongoing)\b",
        rf"{_NUMBER}[\s,]*\((?:ongoing|{_SO_FAR})\)",
        r"\A\W*(?:ongoing|to[- ]date|so far|still (?:increasing|growing|rising))\W*\Z",
    )
)
_WORD: Final = re.compile(
    r"\b(?:ongoing|to[- ]date|so far|(?:have|has) already|continu(?:e|es|ed|ing) to [a-z]+|(?:still|and) [a-z]+ing)\b",
    re.IGNORECASE,
)
"""The words that say it, within the words that they qualify."""

_KAPLAN_MEIER: Final = re.compile(
    r"\bkaplan[- ]?meier\b|\bK-?M\b(?= (?:estimate|median|analysis|curve))", re.IGNORECASE
)
_ESTIMATED: Final = re.compile(r"\bestimat(?:e|ed|es|ion)\b", re.IGNORECASE)
_LIMITS: Final = re.compile(r"\b(?:CI|confidence (?:interval|limits?))\b", re.IGNORECASE)
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
_CLAUSES: Final = re.compile(
    r"\b(?:versus|vs\.?|compared (?:with|to)|as compared|against|whereas|while|than|respectively)(?=\W)|;|\.\s",
    re.IGNORECASE,
)
_OTHER_ARM: Final = re.compile(
    r"\b(?:control|placebo|comparator|standard[- ]of[- ]care|soc|untreated|historical|other (?:arm|group|cohort))\b",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(r"\b(?:about|approximately|approx\.?|around|roughly|circa)\s+(?:a\s+)?$", re.IGNORECASE)
_SPREAD: Final = re.compile(r"\b(?:range[ds]?|min(?:imum)?\s*[-,/]?\s*max(?:imum)?)\b", re.IGNORECASE)
_LEVEL: Final = re.compile(
    r"\b([0-9]{2}(?:\.[0-9]{1,2})?)\s*%\s*(?:two-sided\s+)?(?:CI|confidence (?:interval|limits?))", re.IGNORECASE
)


@dataclass(frozen=True)
class Said:
    """What a quotation says of an estimator.

    Attributes:
        estimator: None where it says nothing.
        ongoing: It says that the figure was still growing.
        rule: Why.
        firm: Whether the words name or qualify the figure itself; else they only suggest.
    """

    estimator: Literal["to-date", "kaplan-meier"] | None = None
    ongoing: bool = False
    rule: str = ""
    firm: bool = False


def estimator_said(quote: str, digits: str | None = None) -> Said:
    """Return what a quotation commits the sponsor to.

    Args:
        quote: The words beside the figure.
        digits: The announced number; "10.5 months to date" says nothing of another number.
    """
    growing = next(_growing(quote, digits), None)
    if named := _KAPLAN_MEIER.search(quote):
        return Said("kaplan-meier", growing is not None, f"the words name the estimator: {named[0]!r}", firm=True)
    if growing is not None and _LIMITS.search(quote):
        return Said(ongoing=True, rule=f"{growing!r}, beside confidence limits: the words leave the estimator open")
    if growing is not None:
        rule = f"{growing!r}: the number was still growing, as a plain median of times so far"
        return Said("to-date", True, rule, firm=True)
    if estimated := _ESTIMATED.search(quote):
        return Said("kaplan-meier", False, f"{estimated[0]!r}: an estimate of a median is a Kaplan-Meier median")
    return Said()


def _growing(quote: str, digits: str | None) -> Iterator[str]:
    """Yield the words that say of the figure itself that it was still growing."""
    for form in _ONGOING:
        for found in form.finditer(quote):
            number = found.groupdict().get("number")
            before = quote[: found.start()][-40:].lower()
            if number is not None and ((digits is not None and number != digits) or "follow" in before):
                continue
            word = _WORD.search(found[0])
            yield (word or found)[0].strip(" ,.(")


def says_no_median_yet(words: str) -> bool:
    """Tell whether words say that a median cannot be given yet ("not yet evaluable", "premature")."""
    return _NOT_A_MEDIAN.search(words) is not None


def origin_said(quote: str) -> str | None:
    """Return the only time origin that a quotation names; None where it names none, or several."""
    named = {found.lower() for found in _ORIGIN.findall(quote)}
    return named.pop() if len(named) == 1 else None


def subjects_said(quote: str, digits: str | None = None, cohort: str = "") -> tuple[int, str] | None:
    """Return the only number of subjects that a quotation gives for a figure, and its words.

    Where the words compare arms, the number counts only if it stands in the clause of the figure, and where the
    clause of the number names another arm it does not count.

    Args:
        quote: The words beside the figure.
        digits: The announced number.
        cohort: Whom the row counts, as worded.
    """
    clauses = [clause for clause in _CLAUSES.split(quote) if clause and clause.strip()]
    mine = [clause for clause in clauses if digits is not None and _has_number(clause, digits)]
    if len(clauses) > 1 and len(mine) != 1 and (mine or digits is not None):
        # The figure stands in no clause, or in several: only words that count all of them would do.
        mine = []
    chosen = mine[0] if len(mine) == 1 else quote if len(clauses) <= 1 or digits is None else ""
    for form in (_SUBJECTS, _IN_SUBJECTS):
        named = {int(found[1]): found[0] for found in form.finditer(chosen)}
        if len(named) > 1:
            return None
        if named:
            n, words = named.popitem()
            another_arm = _OTHER_ARM.search(chosen) is not None and _OTHER_ARM.search(cohort) is None
            return (n, words) if n and not another_arm else None
    return None


def _has_number(words: str, digits: str) -> bool:
    return re.search(rf"(?<![0-9.]){re.escape(digits)}(?!\.?[0-9])", words) is not None


def approximately(quote: str, digits: str) -> bool:
    """Tell whether a quotation qualifies a number ("approximately 10 and 18 months")."""
    for found in re.finditer(rf"(?<![0-9.]){re.escape(digits)}(?![0-9.]*[0-9])", quote):
        before = quote[: found.start()]
        # "approximately 10 and 18 months": the word goes with each number of its list.
        before = re.sub(r"(?:[0-9.]+\s*(?:,|and|to|or)\s*)+$", "", before)
        if _ABOUT.search(before):
            return True
    return False


@dataclass(frozen=True)
class PairSaid:
    """What a quotation says of two numbers in brackets behind a figure.

    Attributes:
        kind: None where the words do not say.
        level: Coverage of limits, in percent.
        rule: Why.
    """

    kind: Literal["limits", "range"] | None = None
    level: str | None = None
    rule: str = ""


def pair_said(quote: str, low: str, high: str) -> PairSaid:
    """Return whether words call two numbers limits or a range; they have to give the same two numbers.

    Args:
        quote: The words beside the figure.
        low: The first number, as printed.
        high: The second.
    """
    pair = (
        rf"[:,=(\[\s]*{re.escape(low)}\+?\s*(?:months|%)?\s*(?:-|\u2013|\u2014|to|,|;|and)\s*{re.escape(high)}(?![0-9])"
    )
    if found := re.search(_LEVEL.pattern + pair, quote, re.IGNORECASE):
        return PairSaid("limits", found[1], f"the words call them limits: {found[0]!r}")
    if found := re.search(_LIMITS.pattern + pair, quote, re.IGNORECASE):
        return PairSaid("limits", None, f"the words call them limits: {found[0]!r}")
    if found := re.search(_SPREAD.pattern + r"(?:\s+(?:of|from))?" + pair, quote, re.IGNORECASE):
        before = quote[: found.start()][-30:].lower()
        if "follow" not in before:
            return PairSaid("range", None, f"the words call them a range: {found[0]!r}")
    return PairSaid()


def level_said(quote: str) -> str | None:
    """Return the only level of confidence limits that a quotation names, in percent."""
    named = set(_LEVEL.findall(quote))
    return named.pop() if len(named) == 1 else None
