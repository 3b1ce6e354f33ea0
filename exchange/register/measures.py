"""The name of a measure as people write it: ``mOS``, ``mOS_from_surgery``, ``OS_over_36m``, ``SD_count``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeVar

from trialog.events.announced_figure import Comparator
from trialog.events.definition import Origin
from trialog.events.measures import MEASURES, MeasureWord
from trialog.events.vocabulary import Confirmation, Evaluator
from trialog.exchange.register.units import read_heading

W = TypeVar("W", bound=str)
Role = Literal["figure", "subjects", "first entry", "opened", "closed", "after cohort", "status", "words"]
"""What a row can serve for.

``figure``: a number that subjects give. ``subjects``: how many subjects a cohort has. ``first entry``,
``opened``, ``closed``: days of a cohort. ``after cohort``: months between the starts of two cohorts.
``status``: the release says in words where a median stands. ``words``: kept, and nothing is computed of it.
"""


@dataclass(frozen=True)
class Meaning:
    """What the name of a measure says.

    Attributes:
        measure: What is measured.
        role: What the row can serve for.
        origin: Time origin that the name states.
        origin_words: The same as worded, where the log has no such day.
        at, at_unit: Landmark of a rate.
        category: Response category.
        evaluator: Whose assessments count, if the name says it ("ORR by BICR").
        confirmation: Whether responses are confirmed, if the name says it ("confirmed ORR").
        level: Coverage of a limit, in percent.
        comparator: How the number is meant, where the name says it ("low end").
        cohort: The other cohort of ``after cohort``.
        pair: What two numbers in brackets behind the value are, where the name says it ("mOS (95% CI)").
        unit: Unit that the name gives ("mOS, months").
        rule: How the name was read, where that is not plain.
    """

    measure: MeasureWord = "other"
    role: Role = "words"
    origin: Origin | None = None
    origin_words: str | None = None
    at: str | None = None
    at_unit: str | None = None
    category: str | None = None
    evaluator: Evaluator | None = None
    confirmation: Confirmation | None = None
    level: str | None = None
    comparator: Comparator | None = None
    cohort: str | None = None
    pair: Literal["limits", "range"] | None = None
    unit: str | None = None
    rule: str = ""


_ENDPOINTS: Final = {
    "os": "os",
    "overall survival": "os",
    "survival": "os",
    "pfs": "pfs",
    "progression free survival": "pfs",
    "ttp": "ttp",
    "time to progression": "ttp",
    "dor": "dor",
    "duration of response": "dor",
    "fu": "follow-up",
    "follow up": "follow-up",
    "followup": "follow-up",
}
_ENDPOINT: Final = "(?P<endpoint>" + "|".join(sorted(_ENDPOINTS, key=len, reverse=True)) + ")"
_ORIGINS: Final[dict[str, Origin]] = {
    **dict.fromkeys(("randomisation", "randomization"), "randomisation"),
    **dict.fromkeys(("enrollment", "enrolment"), "enrollment"),
    **dict.fromkeys(("first dose", "first treatment", "dosing", "treatment start", "start of treatment"), "first dose"),
}
_AT_UNITS: Final = {"d": "days", "w": "weeks", "m": "months", "y": "years"}
_LANDMARK: Final = (
    r"(?P<at>[0-9]{1,5}(?:\.[0-9]{1,3})?)\s*(?P<unit>d(?:ays?)?|w(?:(?:ee)?ks?)?|m(?:o(?:nths?|s)?)?|y(?:(?:ea)?rs?)?)?"
)
_CATEGORIES: Final = {"scr": "sCR"} | {name: name.upper() for name in ("cr", "vgpr", "pr", "mr", "sd", "pd")}
_CATEGORY: Final = "(?P<category>" + "|".join(_CATEGORIES) + ")"

_REVIEW: Final = r"bicr|icr|irc|irr|(?:blinded )?(?:independent|central)(?: central)?(?: review)?"
_LOCAL: Final = r"(?:inv|investigators?|local)(?: (?:assessed|assessment|review))?"
_EVALUATORS: Final[Mapping[Evaluator, str]] = {
    "independent": rf"\(?\b(?:(?:by|per) )?(?:{_REVIEW})\b\)?",
    "investigator": rf"\(?\b(?:(?:by|per) )?{_LOCAL}\b\)?",
}
"""How a name says whose assessments count."""
_CONFIRMATIONS: Final[Mapping[Confirmation, str]] = {
    "as assessed": r"\(?\b(?:unconfirmed|as assessed)\b\)?",
    "confirmed": r"\(?\bconfirmed\b\)?|\bc(?=orr\b)",
}
"""How a name says whether responses are confirmed. Unconfirmed: the best response as assessed counts."""

Reader = Callable[[re.Match[str]], Meaning]


def _median(found: re.Match[str]) -> Meaning:
    return Meaning(_of("median", found), "figure", **origin_of(found.groupdict().get("origin")))


def _status(found: re.Match[str]) -> Meaning:
    return Meaning(_of("median", found), "status")


def _limit(found: re.Match[str]) -> Meaning:
    side = "lower" if found["side"] in ("low", "lower", "lcl", "ll") else "upper"
    level = found.groupdict().get("level") or found.groupdict().get("before")
    return Meaning(f"{_of('median', found)}-{side}", "figure", level=level)


def _end(found: re.Match[str]) -> Meaning:
    low = found["side"] in ("low", "min", "minimum")
    rule = f"the name says that it is the {'low' if low else 'high'} end of a range"
    return Meaning(_of("median", found), "figure", comparator=">=" if low else "<=", rule=rule)


def _rate(found: re.Match[str]) -> Meaning:
    unit = found["unit"] or "m"
    rule = "" if found["unit"] else f"the landmark {found['at']} is read in months"
    measure: Any = f"{_ENDPOINTS[found['endpoint']]}-rate"
    return Meaning(measure, "figure", at=found["at"], at_unit=_AT_UNITS[unit[0]], rule=rule)


def _mean(found: re.Match[str]) -> Meaning:
    return Meaning(_of("mean", found), "figure")


def _category(found: re.Match[str]) -> Meaning:
    return Meaning("count-best-response", "figure", category=_CATEGORIES[found["category"]])


def _after_cohort(found: re.Match[str]) -> Meaning:
    return Meaning(role="after cohort", cohort=found["cohort"])


def _of(statistic: str, found: re.Match[str]) -> Any:
    return f"{statistic}-{_ENDPOINTS[found['endpoint']]}"


def _day(role: Role) -> Reader:
    return lambda _: Meaning(role=role)


def _plain(measure: MeasureWord) -> Reader:
    return lambda _: _meaning(measure)


def _meaning(measure: MeasureWord) -> Meaning:
    return Meaning(measure, "figure" if MEASURES[measure].sizes_cohort is None else "subjects")


_M: Final = rf"(?:m|median )\s*{_ENDPOINT}"
_LINES: Final = r"prior (?:lines|treatments|therapies)"
_COUNT: Final = r"(?: (?:count|n))?"

_READERS: Final[tuple[tuple[str, Reader], ...]] = (
    (rf"{_M} (?:status|trend|note|guidance|comment)", _status),
    (
        rf"{_M} (?:(?P<before>[0-9][0-9])\s*)?(?:ci|limit)\s*(?P<level>[0-9][0-9])? (?P<side>low|lower|high|upper)",
        _limit,
    ),
    (rf"{_M} (?P<side>lcl|ucl|ll|ul)", _limit),
    (rf"{_M} (?P<side>low|high|min|minimum|max|maximum)", _end),
    (rf"{_M} range", _median),
    (rf"{_M}(?: from (?P<origin>.+))?", _median),
    (rf"{_ENDPOINT} median(?: from (?P<origin>.+))?", _median),
    (rf"(?:mean|average|avg) {_ENDPOINT}", _mean),
    (rf"{_ENDPOINT} (?:mean|average|avg)", _mean),
    (rf"{_ENDPOINT} (?:over|at|beyond|rate(?: at)?|past) {_LANDMARK}", _rate),
    (rf"{_ENDPOINT} ?{_LANDMARK}(?: rate)?", _rate),
    (rf"{_LANDMARK} {_ENDPOINT}(?: rate)?", _rate),
    (r"(?:os|survival) (?:rate|landmark)", _plain("os-rate")),
    (r"pfs (?:rate|landmark)", _plain("pfs-rate")),
    (r"(?:shortest|minimum|min) os|os (?:shortest|minimum|min)", _plain("shortest-os")),
    (r"(?:longest|maximum|max) os|os (?:longest|maximum|max)", _plain("longest-os")),
    (r"os range|range os", _plain("range-os")),
    (r"(?:alive|survivor|surviving) (?:share|percent|pct|rate|proportion)", _plain("alive-share")),
    (r"(?:dead|death|died) (?:share|percent|pct|rate|proportion)", _plain("dead-share")),
    (rf"(?:n )?(?:alive|followed|surviving|survivors){_COUNT}", _plain("count-alive")),
    (rf"(?:n )?(?:dead|deaths?|died){_COUNT}", _plain("count-dead")),
    (rf"(?:n )?(?:still )?(?:in pfs|progression free){_COUNT}", _plain("count-progression-free")),
    (r"n|n (?:enrolled|subjects|patients|randomi[sz]ed)", _plain("count-enrolled")),
    (rf"enrolled{_COUNT}", _plain("count-enrolled")),
    (rf"(?:n )?(?:dosed|treated){_COUNT}", _plain("count-dosed")),
    (rf"(?:n )?evaluable{_COUNT}", _plain("count-evaluable")),
    (rf"(?:n )?{_CATEGORY} (?:count|n)", _category),
    (rf"n {_CATEGORY}", _category),
    (r"orr|(?:objective|overall) response(?: rate)?", _plain("orr")),
    (r"cbr|clinical benefit(?: rate)?", _plain("cbr")),
    (r"dcr|disease control(?: rate)?", _plain("dcr")),
    (r"cr rate|complete response rate", _plain("cr-rate")),
    (rf"(?:mean|average) {_LINES}|{_LINES} (?:mean|average)", _plain("mean-prior-lines")),
    (rf"median {_LINES}|{_LINES} median", _plain("median-prior-lines")),
    (r"(?:planned )?dose", _plain("planned-dose")),
    (r"first (?:dose|(?:patient|subject) (?:dosed|treated))(?: date)?", _day("first entry")),
    (r"dosing (?:started|initiated)(?: date)?", _day("first entry")),
    (r"first (?:(?:patient|subject) (?:in|enrolled)|enrolled|enrol?lment)(?: date)?", _day("first entry")),
    (
        r"(?:cohort|arm|enrol?lment) (?:opened|open|initiated|started|start)(?: by .+)?(?: date)?",
        _day("opened"),
    ),
    (r"(?:cohort|arm|enrol?lment) (?:completed|complete|closed|full)(?: date)?", _day("closed")),
    (r"last (?:patient|subject) (?:in|enrolled)(?: date)?", _day("closed")),
    (r"cohort (?:start|opened|initiated) after (?:cohort )?(?P<cohort>.+)", _after_cohort),
)


def origin_of(words: str | None) -> dict[str, Any]:
    """Return the time origin that some words name, as fields of a `Meaning`."""
    if not words:
        return {}
    known = _ORIGINS.get(words.removeprefix("the ").strip())
    return {"origin": known} if known else {"origin_words": words}


def read_measure(name: str) -> Meaning:
    """Return what the name of a measure says; names that are not known are kept as words."""
    if name in MEASURES and name != "other":
        return _meaning(name)
    heading = read_heading(name)
    meaning = _read_name(heading.words)
    return replace(meaning, pair=heading.pair, unit=heading.unit, level=meaning.level or heading.level)


def _read_name(name: str) -> Meaning:
    plain = " ".join(name.replace("_", " ").replace("-", " ").lower().split())
    # "count alive", "number of deaths": the same as "n alive", "n deaths".
    plain = re.sub(r"^(?:count|number)(?: of)? ", "n ", plain)
    meaning = _plain_meaning(plain)
    if meaning.role != "words":
        return meaning
    evaluator, plain = _said(_EVALUATORS, plain.replace(",", " "))
    confirmation, plain = _said(_CONFIRMATIONS, plain)
    meaning = _plain_meaning(plain)
    return (
        replace(meaning, evaluator=evaluator, confirmation=confirmation)
        if MEASURES[meaning.measure].assessed
        else Meaning()
    )


def _plain_meaning(plain: str) -> Meaning:
    for form, reader in _READERS:
        found = re.fullmatch(form, plain)
        if found is not None:
            meaning = reader(found)
            return meaning if meaning.measure in MEASURES else Meaning()
    return Meaning()


def _said(wordings: Mapping[W, str], plain: str) -> tuple[W | None, str]:
    """Return which of some words a name says, and the name without it; None if it says none."""
    for word, form in wordings.items():
        rest, count = re.subn(form, " ", plain)
        if count == 1:
            return word, " ".join(rest.split())
    return None, plain
