"""What stands behind the number of an announced value: limits, ranges, shares, numbers of subjects, remarks.

``(95% CI 11.1-19.1)``, ``[range 2.3 to 40.8+]``, ``(5/7)``, ``(n=7)``, ``and climbing``. Each part is read by one
rule. A part that no rule knows leaves the whole cell unread, so that no cell is read by half.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

NUMBER: Final = r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?"
NOT_ESTIMABLE: Final = (
    r"(?:n\.?\s?[rea]\.?|nyr|inf(?:inity)?|\u221e"
    r"|(?:not|cannot be) (?:yet )?(?:been )?"
    r"(?:reached|estimable|evaluable|estimated|attained|calculable|calculated|available|applicable|determined))"
)
"""Words for an end that the data do not give."""

_UNIT: Final = r"(?:\s*(?:%|percent|days?|weeks?|wks?|w|mos?\.?|months?|m|years?|yrs?|y))?"
_PAIR: Final = (
    rf"[(\[]?\s*(?P<low>{NUMBER}|{NOT_ESTIMABLE}|-)(?P<low_plus>\+?){_UNIT}\s*(?:-|to|,|;|through|until)\s*"
    rf"(?P<high>{NUMBER}|{NOT_ESTIMABLE}|-{{1,2}}|\?)?(?P<high_plus>\+?){_UNIT}\s*[)\]]?"
)
_SIDED: Final = r"(?:(?:exact|(?:two|one|2|1)[- ]?sided)\s+)?"
_LEVEL: Final = (
    rf"{_SIDED}(?:(?P<level>[0-9]{{2}}(?:\.[0-9]{{1,2}})?)\s*%?[,]?\s*)?{_SIDED}"
    r"(?:ci|c\.i\.|cl|confidence (?:interval|limits?|bounds?))"
    r"(?:\s*\(?(?P<after>[0-9]{2}(?:\.[0-9]{1,2})?)\s*%\)?)?"
)
_SPREAD: Final = r"(?:range|min(?:imum)?\s*(?:[-,/]|to|and)?\s*max(?:imum)?)"

_LIMITS: Final = tuple(
    re.compile(form)
    for form in (rf"{_LEVEL}\s*[:=,]?\s*{_PAIR}", rf"{_PAIR}\s*[,;:]?\s*{_LEVEL}", rf"{_LEVEL}\s*[:=]?\s*\({_PAIR}")
)
_RANGE: Final = tuple(re.compile(form) for form in (rf"{_SPREAD}\s*[:=,]?\s*{_PAIR}", rf"{_PAIR}\s*[,;:]?\s*{_SPREAD}"))
_UNNAMED: Final = re.compile(_PAIR)
_SUBJECTS: Final = re.compile(r"n\s*=\s*([0-9]{1,6})|([0-9]{1,6}) (?:evaluable |treated )?(?:patients|subjects)")
_FRACTION: Final = re.compile(r"([0-9]{1,6})\s*(?:/|of|out of)\s*([0-9]{1,6})(?: (?:patients|subjects))?")
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*(?:%|percent|per cent)")
_EVENTS: Final = re.compile(
    r"(?:([0-9]{1,6}) (?:events?|deaths?)|(?:events?|deaths?)\s*[:=]?\s*([0-9]{1,6}))(?: \([0-9.]+\s*%\))?"
)
_NOT_REACHED: Final = re.compile(rf"(?:median )?(?:still )?{NOT_ESTIMABLE}")
_GROWING: Final = re.compile(
    r"(?:and |still |and still )?(?:ongoing|climbing|growing|rising|counting|increasing|continuing|extending)"
    r"|to[- ]date|so far"
)
_KAPLAN_MEIER: Final = re.compile(r"(?:by )?(?:kaplan[- ]?meier|k-?m)(?: estimate| method| analysis)?")
_REMARK: Final = re.compile(
    r"(?:p|hr|sd|se|sem|iqr|interquartile range|q1[-, ]*q3|hazard ratio|data cut-?off|median|mean|estimated|interim"
    r"|maturity|footnote|\+/-|\u00b1|itt|mitt|preliminary|approximate(?:ly)?|investigator|bicr|irc|confirmed"
    r"|unconfirmed|immature|mature)\b[^()\[\]]*|[a-z]|\u00b1.*"
)


@dataclass(frozen=True)
class BracketEnds:
    """Two numbers behind a value.

    Attributes:
        low, high: With their printed digits; None for an end that is open (not estimable, a dash).
        low_plus, high_plus: A plus marks it as the time so far of a living subject.
    """

    low: str | None = None
    high: str | None = None
    low_plus: bool = False
    high_plus: bool = False


@dataclass(frozen=True)
class Behind:
    """What stands behind the number of a value.

    Attributes:
        limits: Confidence limits.
        level: Their coverage, in percent.
        spread: The least and the greatest value.
        unclear: Two numbers of which the cell does not say what they are.
        count, n: Of a fraction ``5/7``; ``n`` of ``n=7`` as well.
        share: A percentage beside the number.
        deaths: Of ``12 events``.
        not_reached: "not reached" beside a bound.
        ongoing: "and climbing", "to date".
        kaplan_meier: The estimator is named.
        remarks: What is read and plays no part: a p value, a standard deviation.
    """

    limits: BracketEnds | None = None
    level: str | None = None
    spread: BracketEnds | None = None
    unclear: BracketEnds | None = None
    count: int | None = None
    n: int | None = None
    share: str | None = None
    deaths: int | None = None
    not_reached: bool = False
    ongoing: bool = False
    kaplan_meier: bool = False
    remarks: tuple[str, ...] = ()


NOTHING: Final = Behind()


def read_behind(text: str) -> Behind | None:
    """Return what the words behind a number say; None where some of them cannot be read.

    Args:
        text: Lower case, single blanks, plain dashes; for example ``(95% ci 11.1-19.1) and climbing``.
    """
    found = NOTHING
    for piece, bracketed in _pieces(text):
        read = Behind(share=piece) if bracketed and re.fullmatch(NUMBER, piece) else _read_piece(piece)
        if read is None:
            return None
        joined = _joined(found, read)
        if joined is None:
            return None
        found = joined
    return found


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the brackets of a text and what stands between them, without the brackets, and whether it had them."""
    rest = text.strip(" ,;:")
    while rest:
        if rest[0] in "([":
            end = _closing(rest)
            yield rest[1:end].strip(), True
            rest = rest[end + 1 :].strip(" ,;:.")
        else:
            end = min((rest.find(sign) for sign in "([;" if sign in rest), default=len(rest))
            yield rest[:end].strip(" ,;:"), False
            rest = rest[end:].strip(" ,;:")


def _closing(text: str) -> int:
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0:
            return place
    return len(text)


def _read_piece(piece: str) -> Behind | None:
    """Return what one piece says, whole or by its parts at commas and semicolons."""
    whole = _read_whole(piece)
    if whole is not None:
        return whole
    for sign in (";", ", ", " and ", " with "):
        head, found, tail = piece.partition(sign)
        while found:
            first, second = _read_whole(head.strip()), _read_piece(tail.strip())
            if first is not None and second is not None:
                return _joined(first, second)
            more, found, tail = tail.partition(sign)
            head = f"{head}{sign}{more}"
    return None


def _read_whole(piece: str) -> Behind | None:  # noqa: PLR0912  # one branch for each form
    piece = piece.strip(" .")
    if not piece:
        return NOTHING
    for form in _LIMITS:
        if found := form.fullmatch(piece):
            return Behind(limits=_ends(found), level=found["level"] or found["after"])
    for form in _RANGE:
        if found := form.fullmatch(piece):
            return Behind(spread=_ends(found))
    if found := _SUBJECTS.fullmatch(piece):
        return Behind(n=int(found[1] or found[2]))
    if found := _FRACTION.fullmatch(piece):
        return Behind(count=int(found[1]), n=int(found[2]))
    if found := _PERCENT.fullmatch(piece):
        return Behind(share=found[1])
    if found := _EVENTS.fullmatch(piece):
        return Behind(deaths=int(found[1] or found[2]))
    if _NOT_REACHED.fullmatch(piece):
        return Behind(not_reached=True)
    if _GROWING.fullmatch(piece):
        return Behind(ongoing=True)
    if _KAPLAN_MEIER.fullmatch(piece):
        return Behind(kaplan_meier=True)
    if (found := _UNNAMED.fullmatch(piece)) and not _is_dash(piece):
        ends = _ends(found)
        if ends.low_plus or ends.high_plus:
            return Behind(spread=ends)
        # An end that is open or not estimable is one of limits; a range has both of its ends.
        return Behind(unclear=ends) if ends.low and ends.high else Behind(limits=ends)
    if _REMARK.fullmatch(piece):
        return Behind(remarks=(piece,))
    return None


def _is_dash(piece: str) -> bool:
    return not re.search("[0-9a-z]", piece)


def _ends(found: re.Match[str]) -> BracketEnds:
    low, high = (found[end] if re.fullmatch(NUMBER, found[end] or "") else None for end in ("low", "high"))
    return BracketEnds(low, high, bool(found["low_plus"]), bool(found["high_plus"]))


def _joined(one: Behind, other: Behind) -> Behind | None:
    """Return what two pieces say together; None where both give the same thing differently."""
    both = {}
    for each in fields(Behind):
        first, second, blank = getattr(one, each.name), getattr(other, each.name), getattr(NOTHING, each.name)
        if each.name == "remarks":
            both[each.name] = first + second
        elif first in (blank, second):
            both[each.name] = second
        elif second == blank:
            both[each.name] = first
        else:
            return None
    return Behind(**both)
