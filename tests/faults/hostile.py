"""Texts that a file, a line, a date or an id may hold by mistake or on purpose: taken, or refused in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from trialog.events.dates import FIRST_YEAR, LAST_YEAR, span
from trialog.events.errors import EventError, TableError
from trialog.events.kinds import ID_FORM
from trialog.events.registry import build, from_payload, kind_named, to_payload
from trialog.exchange.json_lines import draft_of
from trialog.exchange.tables.delimited import read_delimited

SEED: Final = 20_261_122
LONGEST_COMPLAINT: Final = 1_000
"""Characters; a file's own text must not fill a screen."""

NASTY: Final = st.sampled_from(
    ['"', "'", ",", ";", "\t", "\r", "\n", "\0", "\ufeff", "\u2028", "\ud800", "=1+1", "@", "\\", "{", "}", "[", "]",
     "NaN", "1e999", "-0", "null", "true", "٣", "－", "2017-03-17", "2017-02-30", "0000", "9999-12-31", "../",
     "'; DROP TABLE event; --", "\u202e", "e\u0301"]
)  # fmt: skip
TEXTS: Final = st.lists(st.one_of(NASTY, st.text(st.characters(), max_size=8)), max_size=12).map("".join)
BYTES: Final = st.one_of(st.binary(max_size=200), TEXTS.map(lambda text: text.encode(errors="surrogatepass")))
LINE: Final = {"event": "subject-died", "subject": "001", "occurred_on": "2017-03-17", "source": "EDC", "id": "x"}
VALUES: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


def _one_line(error: Exception) -> None:
    assert len(str(error).splitlines()) == 1, str(error)
    assert len(str(error)) < LONGEST_COMPLAINT


def csv_file(folder: Path, content: bytes) -> None:
    """Any bytes as a file of separated values: rows as wide as the header, or one line."""
    file = folder / "any.csv"
    file.write_bytes(content)
    try:
        table = read_delimited(file)
        for row in table:
            assert len(row) == len(table.names)
    except TableError as error:
        _one_line(error)


def json_line(_folder: Path, line: bytes) -> None:
    """Any bytes as a line of events: an event that the log stores and reads back, or one line."""
    try:
        _, draft = draft_of(line, "any.jsonl:1")
    except EventError as refused:
        _one_line(refused)
        return
    assert from_payload(draft.event.TOPIC, to_payload(draft.event)) == draft.event


def date_text(_folder: Path, text: str) -> None:
    """Any text as a date: days between 1900 and 2199 that the text itself names, or one line."""
    try:
        first, last = span(text)
    except ValueError as error:
        _one_line(error)
        return
    assert text.isascii()
    epoch = date(1970, 1, 1).toordinal()
    assert date.fromordinal(first + epoch).isoformat().startswith(text)
    assert date.fromordinal(last + epoch).isoformat().startswith(text)
    assert FIRST_YEAR <= date.fromordinal(first + epoch).year <= LAST_YEAR


def id_text(_folder: Path, text: str) -> None:
    """Any text as a subject's id: kept as it is if it has the form of one, else one line."""
    fields = {"subject": text, "occurred_on": "2016-01-01", "source": "EDC"}
    try:
        event = build(kind_named("subject-died"), fields)
    except EventError as error:
        _one_line(error)
        assert not re.fullmatch(ID_FORM.strip("^$"), text)
        return
    assert re.fullmatch(ID_FORM.strip("^$"), text)
    assert event.stream == f"subject/{text}"


def _changed_line(change: tuple[str, Any]) -> bytes:
    return json.dumps(LINE | {change[0]: change[1]}).encode()


Check = Callable[[Path, Any], None]
CHECKS: Final[dict[str, tuple[Check, st.SearchStrategy[Any]]]] = {
    "CSV": (csv_file, BYTES),
    "JSON": (
        json_line,
        st.one_of(BYTES, st.tuples(st.one_of(st.sampled_from([*LINE, "by", "trial", "private"]), TEXTS), VALUES).map(
            _changed_line)),
    ),
    "dates": (date_text, st.one_of(TEXTS, st.from_regex(r"[0-9]{4}(-[0-9]{2}){0,2}", fullmatch=True))),
    "ids": (id_text, st.one_of(TEXTS, st.from_regex(ID_FORM))),
}  # fmt: skip


def examples(folder: Path, what: str, count: int) -> dict[str, int | float | str]:
    """Try a check on that many examples.

    Raises:
        AssertionError: One broke the promise.
    """
    check, strategy = CHECKS[what]
    tried = 0

    @seed(SEED)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def each(value: Any) -> None:
        nonlocal tried
        tried += 1
        check(folder, value)

    each()
    return {"examples": tried, "broken": 0, "seed": SEED}
