"""A first draft of a map, guessed from a table's header and its first rows; a person completes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from trialog.exchange.dtc import clinical_date
from trialog.exchange.tables.table import Row, Table, text_of

ROWS_LOOKED_AT: Final = 200
_SUBJECT: Final = ("usubjid", "subjid", "subject", "patientid", "ptid", "participantid", "caseid", "id")
_ROLES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("subject-died", re.compile(r"death|died|dth|dod")),
    ("progression-found", re.compile(r"prog|pfs|relapse|recur")),
    ("response-assessed", re.compile(r"resp|rsdtc|assess")),
    ("subject-enrolled", re.compile(r"enrol|accept|rand|consent|regist|inclusion|rfst|diagnos")),
    ("dose-administered", re.compile(r"dose|infus|treat|trt|tx|exst|start")),
    ("subject-seen-alive", re.compile(r"last|fu\b|fu[._]|follow|contact|seen|visit|alive|stop|end")),
)
_STATUS: Final = re.compile(r"status|event|cnsr|censor|death|dead|died|vital|fustat")
_TIME: Final = re.compile(r"time|days|months|weeks|aval|survival|duration")
_BEST_TIMES: Final = re.compile(r"^(time|futime|aval|os[._]?(time|months|days)|days_to_(death|last.*))$")
_BIRTH: Final = re.compile(r"birth|brth|dob")
_DEAD: Final = re.compile(r"dead|deceas|died|death", re.IGNORECASE)
_FIELDS: Final = {
    "subject-enrolled": {"cohort": "{constant: all}"},
    "dose-administered": {"amount": '{constant: "1"}', "unit": "{constant: dose}"},
    "response-assessed": {"criteria": "{constant: RECIST 1.1}", "category": "{column: TODO}"},
}


def suggested(table: Table, name: str) -> str:
    """Return the text of a map for a table, with a remark wherever a person must decide.

    Args:
        table: Its header and first rows are looked at.
        name: Short name of the map.
    """
    rows = list(islice(iter(table), ROWS_LOOKED_AT))
    seen = {column: _values(rows, at) for at, column in enumerate(table.names)}
    subject = _subject(table.names, seen)
    days = {
        column: _role(column)
        for column, values in seen.items()
        if _are_days(values) and not _BIRTH.search(_plain(column))
    }
    times = sorted(
        (column for column, values in seen.items() if _TIME.search(_plain(column)) and _are_numbers(values)),
        key=lambda column: not _BEST_TIMES.search(_plain(column)),
    )
    status = [
        column
        for column, values in seen.items()
        if _STATUS.search(_plain(column)) and column not in days and 0 < len(set(values)) <= 8
    ]
    missing = ", ".join(_quoted(word) for word in ("", *sorted(_missing(rows))))
    who = f"{{column: {_quoted(subject)}}}" if subject else "{record: true}  # no column looks like an id"
    lines = [
        f"# A draft from the header and the first {len(rows)} rows; read every line before you import.",
        f"map: {name}",
        "about: TODO",
        f"missing: [{missing}]",
        "trial: {code: TODO, title: TODO, on: 2000-01-01}",
        f"subject: {who}",
        "events:",
    ]
    if "subject-enrolled" not in days.values():
        lines += _rule("subject-enrolled", "{constant: 2000-01-01}", "no column looks like the day of enrollment")
    for column, role in days.items():
        day, present = f"{{column: {_quoted(column)}}}", f"{{column: {_quoted(column)}, present: true}}"
        if role == "subject-seen-alive" and status:
            lines += _ended(day, status[0], seen)
        else:
            lines += _rule(role, day, when=present)
    if not days and times:
        unit = next((word for word in ("months", "weeks") if word in _plain(times[0])), "days")
        day = f"{{column: {_quoted(times[0])}, unit: {unit}, from: 2000-01-01}}"
        if status:
            lines += _ended(day, status[0], seen)
        else:
            lines += _rule("subject-seen-alive", day, "no column says who died")
    ends = bool(status) and ("subject-seen-alive" in days.values() or (not days and bool(times)))
    used = {subject, *days, *([] if days else times[:1]), *(status[:1] if ends else [])}
    lines.append(f"# columns not used: {', '.join(column for column in table.names if column not in used)}")
    for column in status:
        lines.append(f"# {column} has the values: {', '.join(sorted(set(seen[column]))[:8])}")
    return "\n".join(lines) + "\n"


def _values(rows: Iterable[Row], at: int) -> list[str]:
    return [text for row in rows if (text := text_of(row[at]).strip()) and text not in ("NA", ".", "null")]


def _missing(rows: Iterable[Row]) -> set[str]:
    return {text for row in rows for cell in row if (text := text_of(cell).strip()) in ("NA", ".", "null", "NULL")}


def _plain(name: str) -> str:
    return name.lower()


def _subject(names: Sequence[str], seen: dict[str, list[str]]) -> str | None:
    """Return the column that looks most like a subject's id."""
    bare = {re.sub(r"[^a-z]", "", name.lower()): name for name in reversed(names)}
    for word in _SUBJECT:
        if word in bare and seen[bare[word]]:
            return bare[word]
    return None


def _are_days(values: Sequence[str]) -> bool:
    """Tell whether all values are whole ISO dates; a column of bare years is no date."""
    if not values or not all(len(value) >= 7 for value in values):
        return False
    try:
        return all(clinical_date(value) is not None for value in values)
    except ValueError:
        return False


def _are_numbers(values: Sequence[str]) -> bool:
    return bool(values) and all(re.fullmatch(r"-?\d+(\.\d+)?", value) for value in values)


def _role(column: str) -> str:
    name = _plain(column)
    return next((role for role, form in _ROLES if form.search(name)), "subject-seen-alive")


def _rule(event: str, day: str, remark: str = "", when: str = "") -> list[str]:
    lines = [f"  - event: {event}{f'  # {remark}' if remark else ''}"]
    if when:
        lines.append(f"    when: {when}")
    lines.append(f"    on: {day}")
    fields = _FIELDS.get(event)
    if fields:
        listed = ", ".join(f"{name}: {value}" for name, value in fields.items())
        lines.append(f"    set: {{{listed}}}  # TODO")
    return lines


def _ended(day: str, status: str, seen: dict[str, list[str]]) -> list[str]:
    """Return the rules for the end of a subject's time: dead by one word of the status, else seen alive."""
    words = sorted(set(seen[status]))
    plain = _plain(status)
    # CNSR is 0 for an event; elsewhere the larger of two numbers mostly means dead.
    guess = words[0] if plain.startswith(("cnsr", "censor")) else words[-1]
    dead = next((word for word in words if _DEAD.search(word)), guess)
    column, word = _quoted(status), _quoted(dead)
    remark = f"TODO: is {dead} the word for a death?"
    return [
        *_rule("subject-died", day, remark, f"{{column: {column}, is: {word}}}"),
        *_rule("subject-seen-alive", day, "", f"{{column: {column}, is_not: {word}}}"),
    ]


def _quoted(text: str | None) -> str:
    """Return a text as YAML, in quotes unless it is a plain word."""
    text = text or ""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", text):
        return text
    inside = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'
