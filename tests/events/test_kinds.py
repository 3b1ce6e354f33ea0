from __future__ import annotations

import json
from typing import Any

import pytest

from trialog.events import kinds
from trialog.events import registry as catalogue
from trialog.events.errors import EventError
from trialog.events.index_columns import IndexColumns, columns_of, unit_code
from trialog.events.vocabulary import CATEGORIES, response_code, response_of_code

DEATH = {"subject": "001-003", "occurred_on": "2017-03-17", "source": "EDC, form DTH"}


def test_every_topic_and_number_that_a_log_may_hold() -> None:
    """Once a log holds them they can never change; a new meaning takes a new line."""
    assert {kind.TOPIC: kind.KIND for kind in catalogue.KINDS} == {
        "trial-registered/1": 1,
        "cohort-opened/1": 2,
        "cohort-closed/1": 3,
        "subject-enrolled/1": 4,
        "dose-administered/1": 5,
        "response-assessed/1": 6,
        "progression-found/1": 7,
        "subject-seen-alive/1": 8,
        "subject-left/1": 9,
        "subject-died/1": 10,
        "evaluability-decided/1": 11,
        "event-corrected/1": 12,
        "event-retracted/1": 13,
        "announcement-made/1": 14,
        "figure-announced/1": 15,
        "announcement-withdrawn/1": 16,
        "assessment-not-understood/1": 30,
        "extract-imported/1": 31,
        "progression-ruled-out/1": 32,
        "subject-redacted/1": 40,
    }


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        pytest.param(
            "subject-died/1",
            '{"occurred_on":"2017-03","source":"EDC","subject":"001-003","cause":"disease"}',
            id="death with a partial date",
        ),
        pytest.param(
            "dose-administered/1",
            '{"occurred_on":"2017-03-17","reported_on":"2017-03-20","source":"EDC","subject":"001-003",'
            '"amount":"18.75","unit":"mCi/m2","route":"intravenous","duration_minutes":"30","dose_number":1}',
            id="dose with every field",
        ),
        pytest.param(
            "event-corrected/1",
            '{"occurred_on":"2017-04-01","source":"query 12","target":"abc","target_stream":"subject/001-003",'
            '"reason":"typing error","changes":{"occurred_on":"2017-03-18","cause":null}}',
            id="correction that removes a field",
        ),
        pytest.param(
            "figure-announced/1",
            '{"source":"release","announcement":"2017-11-07","figure":{"figure":"mOS-1","measure":"median-os",'
            '"value":"26.2","unit":"months","comparator":"=","ongoing":true,"cohorts":["1"],"external":false,'
            '"words":"ongoing mOS","inferred":[]}}',
            id="figure of an undated release",
        ),
    ],
)
def test_stored_bytes_read_back_to_the_same_bytes(kind: str, payload: str) -> None:
    event = catalogue.from_payload(kind, payload.encode())

    assert catalogue.to_payload(event) == payload.encode()


@pytest.mark.parametrize(
    ("kind", "fields", "complaint"),
    [
        (kinds.SubjectDied, {**DEATH, "casue": "disease"},
         "subject-died: unknown field 'casue'; did you mean 'cause'? Known: occurred_on, reported_on, source, "
         "subject, cause, related"),
        (kinds.SubjectDied, {"subject": "001-003", "source": "EDC"}, "subject-died: field 'occurred_on' is missing"),
        (kinds.SubjectDied, {**DEATH, "occurred_on": "17.3.2017"},
         "subject-died: occurred_on: '17.3.2017' is not a date; expected YYYY-MM-DD, or YYYY-MM or YYYY where only "
         "that is known"),
        (kinds.SubjectDied, {**DEATH, "reported_on": "2017-03"},
         "subject-died: reported_on: '2017-03' is not a complete date; expected YYYY-MM-DD"),
        (kinds.SubjectDied, {**DEATH, "cause": "desease"},
         "subject-died: cause: 'desease' is not known; did you mean 'disease'? expected 'disease', 'adverse event', "
         "'other' or 'unknown'"),
        (kinds.SubjectDied, {**DEATH, "subject": "Jane Doe"},
         "subject-died: subject: 'Jane Doe' is not allowed here; expected at most 128 letters, digits and "
         ". _ : / + -, starting with a letter or digit"),
        (kinds.SubjectDied, {**DEATH, "source": ""},
         "subject-died: source: string should have at least 1 character, found ''"),
        (kinds.ResponseAssessed, {**DEATH, "criteria": "IMWG 2016", "category": "VGRP"},
         "response-assessed: category 'VGRP' is not one of IMWG 2016; did you mean 'VGPR'? Known: sCR, CR, VGPR, PR, "
         "MR, SD, PD, NE"),
        (kinds.ResponseAssessed, {**DEATH, "criteria": "RECIST 1.1", "category": "MR"},
         "response-assessed: category 'MR' is not one of RECIST 1.1; did you mean 'PR'? Known: CR, PR, SD, "
         "NON-CR/NON-PD, PD, NE"),
        (kinds.DoseAdministered, {**DEATH, "amount": "12,5", "unit": "mCi/m2"},
         "dose-administered: amount: '12,5' is not allowed here; expected a plain decimal number such as 12.5"),
        (kinds.DoseAdministered, {**DEATH, "amount": "12.5"}, "dose-administered: field 'unit' is missing"),
        (kinds.CohortOpened, {"occurred_on": "2015-04", "source": "s", "cohort": "1", "planned_dose": "12.5"},
         "cohort-opened: a planned dose needs an amount and a unit, for example 12.5 and mCi/m2"),
        (kinds.SubjectLeft, {**DEATH, "reason": "lost"},
         "subject-left: reason: 'lost' is not known; expected 'lost to follow-up', 'withdrawal by subject', "
         "'completed', 'physician decision', 'adverse event', 'progressive disease', 'protocol deviation', "
         "'study terminated by sponsor' or 'other'"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_what_was_expected(
    kind: type[kinds.TrialEvent], fields: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(EventError) as refused:
        catalogue.build(kind, fields)

    assert str(refused.value) == complaint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "not a JSON object"),
        ("[]", "expected a JSON object"),
        ('{"a":1,"a":2}', "key 'a' stands twice"),
        ('{"a":NaN}', "NaN is not a number"),
        ('{"a":{"b":1,"b":2}}', "key 'b' stands twice"),
        ("[" * 100_000, "not a JSON object"),
    ],
)
def test_json_that_could_be_read_in_two_ways_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(EventError, match=complaint):
        catalogue.parse_json(text)


def test_a_number_keeps_its_digits() -> None:
    fields = {**DEATH, "amount": 18.75, "unit": "mCi/m2"}

    dose = catalogue.build(kinds.DoseAdministered, fields)

    assert json.loads(catalogue.to_payload(dose))["amount"] == "18.75"


def test_an_unknown_topic_never_becomes_code() -> None:
    with pytest.raises(EventError, match="unknown kind of event 'os:system' in the log"):
        catalogue.from_payload("os:system", b"{}")


def test_response_codes_come_back() -> None:
    codes = {
        response_code(criteria, category, evaluator, confirmed): (criteria, category, evaluator, confirmed)
        for criteria, categories in CATEGORIES.items()
        for category in categories
        for evaluator in ("investigator", "independent")
        for confirmed in (None, True, False)
    }

    assert len(codes) == (8 + 6 + 5) * 2 * 3
    assert all(response_of_code(code) == words for code, words in codes.items())


def test_plain_columns_hold_what_replay_reads() -> None:
    dose = catalogue.build(kinds.DoseAdministered, {**DEATH, "amount": "18.75", "unit": "mCi/m2"})

    assert columns_of(dose) == IndexColumns(5, 17242, 17242, None, unit_code("mCi/m2"), 18.75)
    assert columns_of(catalogue.build(kinds.SubjectDied, {**DEATH, "occurred_on": "2017-03"}))[:3] == (
        10,
        17226,
        17256,
    )
