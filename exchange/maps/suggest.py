"""A proposal of a map for a table, from its header and its rows; what the table does not decide is a question.

A question stands under ``questions`` with the word TODO, and a map in which TODO stands anywhere is refused: nothing is
imported under a constant that nobody meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from trialog.exchange.maps.guesses import (
    ALIVE,
    DEAD,
    LOST,
    MISSING,
    WITHDRAWN,
    DayForms,
    bare,
    cohort_column,
    day_forms,
    subject_column,
)
from trialog.exchange.tables.table import Row, Table, text_of

ROWS_LOOKED_AT: Final = 10_000
_NOT_USED: Final = re.compile(r"birth|brth|dob|withdr|discont|drop.?out|off.?study|screen|diagnos|recist|scan|assess")
_ROLES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("subject-died", re.compile(r"death|died|dth|dod|deceas")),
    ("progression-found", re.compile(r"prog|pfs|relapse|recur|pd.?dat")),
    ("response-assessed", re.compile(r"resp|rsdtc")),
    (
        "end of treatment",
        re.compile(r"trte|last.?dose|(end|stop|discont).*(treat|trt|dos)|(treat|trt|dos).*(end|stop)|exen"),
    ),
    ("subject-enrolled", re.compile(r"rand|enrol|regist|inclusion|accept|consent|rfst|icf|entry")),
    ("dose-administered", re.compile(r"dose|infus|treat|trt|tx|exst|start")),
    ("subject-seen-alive", re.compile(r"last|lst|fu\b|fu[._]|follow|contact|seen|visit|alive|stop|end")),
)
_ENROLLED_BEST: Final = ("rand", "enrol", "regist", "inclusion", "accept", "entry", "rfst", "consent", "icf")
_STATUS: Final = re.compile(r"status|event|cnsr|censor|dead|died|vital|fustat")
_TIME: Final = re.compile(r"time|days|months|weeks|aval|survival|duration")
_BEST_TIMES: Final = re.compile(r"^(time|futime|aval|os[._]?(time|months|days)|days_to_(death|last.*))$")
_RESPONSES: Final = frozenset({"CR", "PR", "SD", "PD", "NE", "SCR", "VGPR", "MR"})
_SEXES: Final = {"f": "F", "female": "F", "w": "F", "m": "M", "male": "M", "u": "U"}
_NOMINAL: Final = "2000-01-01"


@dataclass
class _Draft:
    """What was found out about a table."""

    names: Sequence[str]
    seen: dict[str, list[str]]
    rows: int
    days: dict[str, DayForms] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    questions: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def day(self, column: str) -> str:
        """Return the day of a column as YAML."""
        self.used.add(column)
        forms = self.days[column]
        if not forms.formats:
            return f"{{column: {_quoted(column)}}}"
        listed = ", ".join(_quoted(each) for each in forms.formats)
        return f"{{column: {_quoted(column)}, format: {f'[{listed}]' if len(forms.formats) > 1 else listed}}}"

    def of_role(self, role: str) -> list[str]:
        """Return the columns of days of a role."""
        return [column for column, each in self.roles.items() if each == role]


def suggested(table: Table, name: str) -> str:
    """Return the text of a map for a table.

    Args:
        table: Its header and its rows (the first ten thousand) are looked at.
        name: Short name of the map.
    """
    rows = list(islice(iter(table), ROWS_LOOKED_AT))
    draft = _Draft(table.names, {column: _values(rows, at) for at, column in enumerate(table.names)}, len(rows))
    _find_days(draft)
    subject = subject_column(table.names, draft.seen)
    if subject:
        draft.used.add(subject)
    events = _events(draft, len(rows))
    missing = ", ".join(_quoted(word) for word in ("", *sorted(_missing(rows))))
    who = f"{{column: {_quoted(subject)}}}" if subject else "{record: true}  # no column looks like an id"
    lines = [
        f"# A draft from the header and the first {len(rows)} rows; read every line before you import.",
        f"map: {name}",
        "about: a table that was proposed",
        f"missing: [{missing}]",
        f"trial: {{code: TODO, title: TODO, on: {_NOMINAL}}}",
        f"subject: {who}",
    ]
    if draft.questions:
        lines += ["questions:  # answer each, change the rules below, and take its line out"]
        lines += [f"  - {_quoted(each)}" for each in draft.questions]
    lines += ["events:", *events]
    lines += [f"# {each}" for each in draft.remarks]
    lines.append(f"# columns not used: {', '.join(column for column in table.names if column not in draft.used)}")
    return "\n".join(lines) + "\n"


def _find_days(draft: _Draft) -> None:
    for column, values in draft.seen.items():
        forms = day_forms(values)
        if forms is None:
            continue
        draft.days[column] = forms
        plain = column.lower()
        role = next((role for role, form in _ROLES if form.search(plain)), "")
        if _NOT_USED.search(plain) and role not in ("subject-died", "subject-enrolled"):
            draft.remarks.append(f"{column} holds days and is not used: neither a death nor a contact by its name")
        elif not role:
            draft.remarks.append(f"{column} holds days and is not used: its name says nothing; a rule may use it")
        else:
            draft.roles[column] = role
        if forms.question and column in draft.roles:
            draft.questions.append(f"{column}: {forms.question}")


def _events(draft: _Draft, rows: int) -> list[str]:
    """Return the rules for the events that a row becomes."""
    status = _status_columns(draft)
    lines = _enrollment(draft, rows)
    for column in draft.of_role("dose-administered"):
        set_ = '{amount: {constant: "1"}, unit: {constant: dose}}  # the amount is not known: one dose'
        lines += _rule("dose-administered", draft.day(column), _present(draft, column), set_)
    for column in draft.of_role("progression-found"):
        lines += _rule("progression-found", draft.day(column), _present(draft, column))
    for column in draft.of_role("end of treatment"):
        lines += _rule(
            "subject-seen-alive", draft.day(column), _present(draft, column), "{contact: {constant: treatment}}"
        )
    deaths, contacts = draft.of_role("subject-died"), draft.of_role("subject-seen-alive")
    for column in deaths:
        lines += _rule("subject-died", draft.day(column), _present(draft, column))
    for column in contacts:
        if status and not deaths:
            lines += _ended(draft, draft.day(column), status[0], _present(draft, column))
        else:
            lines += _rule("subject-seen-alive", draft.day(column), _present(draft, column))
    if not draft.days:
        lines += _by_time(draft, status)
    if deaths and status:
        _ask_dead_without_day(draft, status[0])
    _best_response(draft)
    return lines


def _enrollment(draft: _Draft, rows: int) -> list[str]:
    candidates = draft.of_role("subject-enrolled")
    best = min(candidates, key=_enrollment_rank, default=None)
    remark = ""
    if best is None:
        doses = draft.of_role("dose-administered")
        best = doses[0] if doses else None
        remark = f"no day of enrollment: {best} stands for it" if best else ""
    for column in candidates:
        if column != best:
            draft.remarks.append(f"{column} is not used: {best} is the day of enrollment")
    fields = [f"cohort: {_cohort(draft, rows)}", *_described(draft)]
    set_ = f"{{{', '.join(fields)}}}"
    if best is not None:
        return _rule("subject-enrolled", draft.day(best), "", set_, remark)
    if draft.days:
        draft.questions.append("TODO: no column looks like the day of enrollment or of a first dose: which day is it?")
        return _rule("subject-enrolled", "{column: TODO}", "", set_)
    return _rule("subject-enrolled", f"{{constant: {_NOMINAL}}}", "", set_, "times are counted from this nominal day")


def _enrollment_rank(column: str) -> int:
    plain = column.lower()
    return next((place for place, word in enumerate(_ENROLLED_BEST) if word in plain), len(_ENROLLED_BEST))


def _cohort(draft: _Draft, rows: int) -> str:
    column = cohort_column(draft.names, draft.seen, rows)
    if column is None:
        draft.remarks.append("no column looks like a cohort: all subjects are in one, called all")
        return "{constant: all}"
    draft.used.add(column)
    return f"{{column: {_quoted(column)}}}"


def _described(draft: _Draft) -> list[str]:
    found = []
    for column, values in draft.seen.items():
        if bare(column) in ("age", "ageyears") and values and all(_is_number(value) for value in values):
            draft.used.add(column)
            found.append(f"age: {{column: {_quoted(column)}, as: floor}}")
            break
    for column, values in draft.seen.items():
        words = sorted(set(values))
        if bare(column) in ("sex", "gender") and words and all(word.lower() in _SEXES for word in words):
            draft.used.add(column)
            meant = ", ".join(f"{_quoted(word)}: {_SEXES[word.lower()]}" for word in words)
            found.append(f"sex: {{column: {_quoted(column)}, values: {{{meant}}}, otherwise: U}}")
            break
    return found


def _status_columns(draft: _Draft) -> list[str]:
    found = [
        column
        for column, values in draft.seen.items()
        if _STATUS.search(column.lower()) and column not in draft.days and 0 < len(set(values)) <= 12
    ]
    for column in found:
        draft.remarks.append(f"{column} has the values: {', '.join(sorted(set(draft.seen[column]))[:12])}")
    return found


def _by_time(draft: _Draft, status: list[str]) -> list[str]:
    """Return the rules of a table that has a time instead of days."""
    times = sorted(
        (column for column, values in draft.seen.items() if _TIME.search(column.lower()) and _are_numbers(values)),
        key=lambda column: not _BEST_TIMES.search(column.lower()),
    )
    if not times:
        return []
    draft.used.add(times[0])
    unit = next((word for word in ("months", "weeks") if word in times[0].lower()), "days")
    day = f"{{column: {_quoted(times[0])}, unit: {unit}, from: {_NOMINAL}}}"
    if not status:
        draft.questions.append("TODO: no column says who died")
        return _rule("subject-seen-alive", day)
    return _ended(draft, day, status[0], "")


def _ended(draft: _Draft, day: str, status: str, present: str) -> list[str]:
    """Return the rules for the end of a subject's time: dead and alive by listed words, the others asked."""
    draft.used.add(status)
    words = sorted(set(draft.seen[status]))
    dead = [word for word in words if word.lower() in DEAD]
    alive = [word for word in words if word.lower() in ALIVE]
    unknown = [word for word in words if word not in (*dead, *alive) and word.lower() not in (*LOST, *WITHDRAWN)]
    if not dead and not alive and words in (["0", "1"], ["1", "2"]):
        # CNSR is 0 for an event; elsewhere the larger of two numbers mostly means dead.
        events = words[::-1] if status.lower().startswith(("cnsr", "censor")) else words
        alive, dead, unknown = [events[0]], [events[1]], []
        draft.questions.append(f"TODO: is {dead[0]} the word for a death in {status}, and {alive[0]} for alive?")
    if unknown:
        listed = ", ".join(unknown[:8])
        draft.questions.append(f"TODO: do these words of {status} mean dead or alive: {listed}?")
    lines = []
    for event, mine in (("subject-died", dead), ("subject-seen-alive", alive)):
        if mine:
            listed = _quoted(mine[0]) if len(mine) == 1 else f"[{', '.join(map(_quoted, mine))}]"
            said = f"{{column: {_quoted(status)}, is: {listed}}}"
            lines += _rule(event, day, f"[{said}, {present}]" if present else said)
    for known, reason in ((LOST, "lost to follow-up"), (WITHDRAWN, "withdrawal by subject")):
        found = [word for word in words if word.lower() in known]
        if found:
            said = f"{{column: {_quoted(status)}, is: [{', '.join(map(_quoted, found))}]}}"
            left = f"{{reason: {{constant: {reason}}}}}"
            lines += _rule("subject-left", day, f"[{said}, {present}]" if present else said, left)
    return lines


def _ask_dead_without_day(draft: _Draft, status: str) -> None:
    """Note that a status stands beside the days of death: a subject who is dead without a day must not seem alive."""
    words = {word for word in draft.seen[status] if word.lower() in DEAD}
    if words:
        draft.remarks.append(
            f"{status} ({', '.join(sorted(words))}) is not used: deaths are those with a day; check that each has one"
        )


def _best_response(draft: _Draft) -> None:
    """Offer a best response without a day as a question that blocks nothing: it counts, and has no time."""
    dated = draft.of_role("response-assessed")
    for column, values in draft.seen.items():
        words = {value.upper() for value in values}
        if column not in draft.days and words and words <= _RESPONSES and re.search(r"resp|bor", column.lower()):
            listed = ", ".join(sorted(words))
            day = f"{dated[0]} may be its day" if dated else "no column has its day"
            draft.remarks.append(
                f"{column} ({listed}): TODO: a best response needs a day and criteria (response-assessed); {day}; "
                "until then it is not imported"
            )


def _rule(event: str, day: str, when: str = "", set_: str = "", remark: str = "") -> list[str]:
    lines = [f"  - event: {event}{f'  # {remark}' if remark else ''}"]
    if when:
        lines.append(f"    when: {when}")
    lines.append(f"    on: {day}")
    if set_:
        lines.append(f"    set: {set_}")
    return lines


def _present(draft: _Draft, column: str) -> str:
    """Return the condition that a column has a value; none where every row has one."""
    full = len(draft.seen[column]) == draft.rows
    return "" if full else f"{{column: {_quoted(column)}, present: true}}"


def _values(rows: Iterable[Row], at: int) -> list[str]:
    return [text for row in rows if (text := text_of(row[at]).strip()).lower() not in MISSING]


def _missing(rows: Iterable[Row]) -> set[str]:
    return {text for row in rows for cell in row if (text := text_of(cell).strip()) and text.lower() in MISSING}


def _are_numbers(values: Sequence[str]) -> bool:
    return bool(values) and all(map(_is_number, values))


def _is_number(value: str) -> bool:
    return re.fullmatch(r"-?\d+([.,]\d+)?", value) is not None


def _quoted(text: str | None) -> str:
    """Return a text as YAML, in quotes unless it is a plain word."""
    text = text or ""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", text):
        return text
    inside = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'
