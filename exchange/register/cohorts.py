"""The cohort of an announced figure as people write it: ``1+2``, ``ITT``, ``comparators``, whole phrases."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from trialog.events.definition import Population
from trialog.events.kinds import LABEL_FORM

_LABEL: Final = re.compile(LABEL_FORM)
_JOINED: Final = re.compile(r"[A-Za-z0-9.]{1,16}(?:\s*[+&]\s*[A-Za-z0-9.]{1,16})+")
_MEMBERS: Final = r"[A-Za-z0-9.]{1,16}(?:\s*(?:[+&,]|\band\b)\s*[A-Za-z0-9.]{1,16})+"
_POOL: Final = re.compile(
    rf"(?:pool(?:ed)?(?: of)?:?\s+)?(?P<word>cohorts|parts|arms|groups|stages)\s+(?P<of>{_MEMBERS})(?:\s*,?\s*pooled)?"
    rf"|pool(?:ed)?(?: of)?:?\s+(?P<plain>{_MEMBERS})|(?P<before>{_MEMBERS})\s*,?\s*\(?pooled\)?",
    re.IGNORECASE,
)
_ARM: Final = re.compile(
    r"(?:arm|combination|combo)(?: of)?:?\s+(?P<of>[A-Za-z0-9. +&/-]+[+&][A-Za-z0-9. +&/-]+)"
    r"|(?P<before>[A-Za-z0-9. +&/-]+[+&][A-Za-z0-9. +&/-]+?)\s+(?:arm|combination|combo)",
    re.IGNORECASE,
)
_COHORT_WORD: Final = re.compile(r"(?:cohorts?|cohort no\.?)\s+(?=[A-Za-z0-9])", re.IGNORECASE)
_EXTERNAL: Final = re.compile(
    r"(?:comparators?|(?:external|historical|other|published|literature)\b.*(?:controls?|trials?|data|studies))",
    re.IGNORECASE,
)
_EVERYONE: Final = re.compile(
    r"(?:all(?: (?:cohorts|subjects|patients))?|overall|total|itt|intention[- ]to[- ]treat|fas|full analysis set)",
    re.IGNORECASE,
)
_EVALUABLE: Final = re.compile(r"\b(?:evaluable|mitt|per[- ]protocol)\b", re.IGNORECASE)
_DOSED: Final = re.compile(r"\b(?:treated|dosed|safety (?:set|population))\b", re.IGNORECASE)
_ENROLLED: Final = re.compile(r"\b(?:itt|intention[- ]to[- ]treat|enrolled|randomi[sz]ed|fas)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Cohorts:
    """Whom a figure counts.

    Attributes:
        labels: Cohorts, pooled when several.
        joined: The words, where they are labels with a plus between them and nothing says whether they are a pool
            or an arm that gets both; `pools.resolved` decides it from the other rows.
        population: Words that name no cohort; None where there are none.
        external: Another trial's subjects.
        everyone: Every cohort of the trial counts.
        counted: Population of the definition that the words name.
        rules: How the words were read, by the field that follows from them.
    """

    labels: tuple[str, ...] = ()
    joined: str | None = None
    population: str | None = None
    external: bool = False
    everyone: bool = False
    counted: Population | None = None
    rules: dict[str, str] = field(default_factory=dict)


def read_cohort(text: str) -> Cohorts:
    """Return whom the words of a cohort cell name.

    Args:
        text: For example ``1``, ``1+2+3``, ``cohorts A and B``, ``arm A+B``, ``ITT, both arms``, ``comparators``.
    """
    if not text:
        return Cohorts()
    counted, rules = _population(text)
    if _EXTERNAL.fullmatch(text):
        return Cohorts(population=text, external=True, rules={"external": f"{text!r} are another trial's subjects"})
    if _EVERYONE.fullmatch(text):
        rules["everyone"] = f"{text!r}: every cohort of the trial counts"
        return Cohorts(population=text, everyone=True, counted=counted, rules=rules)
    if pool := _pool(text):
        rules["cohorts"] = f"{text!r} is a pool of {' and '.join(pool)}"
        return Cohorts(labels=pool, counted=counted, rules=rules)
    if (arm := _ARM.fullmatch(text)) and _LABEL.fullmatch(label := (arm["of"] or arm["before"]).strip()):
        rules["cohorts"] = f"{text!r} is an arm of its own, {label!r}"
        return Cohorts(labels=(label,), counted=counted, rules=rules)
    plain = _COHORT_WORD.sub("", text, count=1) if _COHORT_WORD.match(text) else text
    if _JOINED.fullmatch(plain):
        labels = tuple(label.strip() for label in re.split(r"[+&]", plain))
        return Cohorts(labels=labels, joined=plain, counted=counted, rules=rules)
    if _LABEL.fullmatch(plain):
        if plain != text:
            rules["cohorts"] = f"{text!r} is cohort {plain!r}"
        return Cohorts(labels=(plain,), counted=counted, rules=rules)
    return Cohorts(population=text, counted=counted, rules=rules)


def _pool(text: str) -> tuple[str, ...]:
    """Return the labels of words that say without doubt that they pool cohorts; none for other words."""
    found = _POOL.fullmatch(text)
    if found is None:
        return ()
    labels = [label.strip() for label in re.split(r"[+&,]|\band\b", found["of"] or found["plain"] or found["before"])]
    labels = [label for label in labels if label]
    word = (found["word"] or "cohorts").lower().removesuffix("s")
    return tuple(labels if word == "cohort" else (f"{word} {label}" for label in labels))


def _population(text: str) -> tuple[Population | None, dict[str, str]]:
    for form, population in ((_EVALUABLE, "evaluable"), (_DOSED, "dosed"), (_ENROLLED, "enrolled")):
        if form.search(text):
            return population, {"counted": f"{text!r} names {population} subjects"}  # type: ignore[return-value]
    return None, {}
