from __future__ import annotations

import json

import pytest

from tests.builders import Bench, died, enrolled
from trialog.events.errors import EventError
from trialog.exchange.json_lines import as_fields, draft_of

LINE = '{"event":"subject-died","trial":"T","subject":"a","occurred_on":"2017-03-17","source":"EDC","id":"d1","by":"x"}'


def test_a_line_is_an_event_with_its_envelope() -> None:
    trial, draft = draft_of(LINE, "log.jsonl:3")

    assert trial == "T"
    assert (draft.event_id, draft.actor, draft.where) == ("d1", "x", "log.jsonl:3")
    assert draft.event.TOPIC == "subject-died/1"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{}", "log.jsonl:3: field 'event' is missing"),
        ('{"event":"died"}', "log.jsonl:3: unknown kind of event 'died'; did you mean 'subject-died'?"),
        ('{"event":"subject-died/2"}', "log.jsonl:3: unknown kind of event 'subject-died/2'; did you mean"),
        (LINE.replace("d1", "d 1"), "log.jsonl:3: id 'd 1' is not allowed"),
        (LINE.replace('"T"', "7"), "log.jsonl:3: trial: expected a text, found 7"),
        (
            LINE.replace('"subject":', '"subjct":'),
            "log.jsonl:3: subject-died: unknown field 'subjct'; did you mean 'subject'?",
        ),
        ("x" * 1_000_001, "log.jsonl:3: 1000001 bytes in one line"),
    ],
)
def test_a_wrong_line_says_where_and_what(line: str, complaint: str) -> None:
    with pytest.raises(EventError) as refused:
        draft_of(line, "log.jsonl:3")

    assert str(refused.value).startswith(complaint)


@pytest.mark.parametrize(
    ("line", "complaints"),
    [
        pytest.param(
            '{"event":"subject-died","subject":"a b&","occured_on":"2020-01-01","id":"&"}',
            ["id '&' is not allowed", "field 'source' is missing", "subject: 'a b&' is not allowed",
             "unknown field 'occured_on'; did you mean 'occurred_on'?"],
            id="a field and its envelope",
        ),
        pytest.param('{"event":"died","trial":7,"by":8}',
                     ["trial: expected a text", "by: expected a text", "unknown kind of event"], id="an unknown kind"),
        pytest.param('{"event":"subject-died","subject":"1","occurred_on":"2020-13-01","source":"s","private":3,"x":1}',
                     ["private: expected an object", "'2020-13-01' is not a day", "unknown field 'x'"], id="a date"),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_with_a_line_is_said_at_once(line: str, complaints: list[str]) -> None:
    with pytest.raises(EventError) as refused:
        draft_of(line, "f:1")

    said = str(refused.value)
    assert said.startswith("f:1: ")
    assert "\n" not in said
    assert [each for each in complaints if each not in said] == []
    assert "'occurred_on' is missing" not in said


def test_what_the_log_prints_can_be_appended_elsewhere(bench: Bench) -> None:
    receipt = bench.append(enrolled("a", "2017-01-01"), died("a", "2017-03-17", event_id="d1"))
    lines = [json.dumps(as_fields(entry, "T")) for entry in receipt.appended]

    again = [draft_of(strip(line), "x")[1] for line in lines]

    assert [draft.event for draft in again] == [entry.event for entry in receipt.appended]


def strip(line: str) -> str:
    fields = json.loads(line)
    return json.dumps({name: value for name, value in fields.items() if name not in ("position", "recorded_at")})
