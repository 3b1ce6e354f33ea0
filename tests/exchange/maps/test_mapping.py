"""Maps: what is checked before a row is read, and what rows become."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.extracts import DATA, LATEST, a_table
from trialog.application.recording.import_table import shipped_maps as shipped
from trialog.events.errors import EventError, TableError
from trialog.events.kinds import SubjectSeenAlive
from trialog.events.provenance import Reference
from trialog.exchange.fact import stated
from trialog.exchange.maps.apply import TableReading
from trialog.exchange.maps.model import map_of
from trialog.exchange.maps.suggest import suggested
from trialog.exchange.statement_buffer import Spool
from trialog.exchange.tables.formats import open_table

ROOT = Path(__file__).parents[3]
SMALL = """\
map: small
missing: ["", "NA"]
trial: {code: T, title: A trial, on: 2020-01-01}
subject: {column: id, form: "S-{:0>3}"}
skip:
  - when: {column: status, is: withdrawn}
    reason: consent was withdrawn
events:
  - event: subject-enrolled
    on: {column: start, format: ["%d.%m.%Y", "%m/%Y"]}
    set: {cohort: {column: arm, values: {a: A, b: B}}, age: {column: age, as: floor}}
  - event: subject-died
    when: [{column: status, is: [dead, deceased]}, {column: days, present: true}]
    on: {column: days, unit: days, from: 2020-01-01}
"""
ROW = {"id": "7", "start": "02.01.2020", "arm": "a", "age": "63.9", "status": "alive", "days": "30"}


def read(*rows: dict[str, str], text: str = SMALL, **options: Any) -> TableReading:
    return TableReading(
        a_table("t", rows), map_of(text, "small.yaml"), "t.csv", "ab" * 32, latest_day=LATEST, **options
    )


def events(found: TableReading, subject: str) -> list[dict[str, Any]]:
    facts = dict(found.subjects())[subject]
    return [{"event": fact.event.TOPIC[:-2], **fact.event.model_dump(exclude_none=True, exclude={"subject", "source"})} for fact in facts]  # fmt: skip


def reasons(found: TableReading) -> dict[str, int]:
    return {reason: listed.count for reason, listed in found.account.of("small").left_out.items()}


def test_a_row_becomes_the_events_whose_conditions_it_fits() -> None:
    found = read(ROW, {**ROW, "id": "8", "arm": "b", "start": "03/2020", "age": "NA", "status": "dead"})

    assert events(found, "S-007") == [
        {"event": "subject-enrolled", "occurred_on": "2020-01-02", "cohort": "A", "age": 63}
    ]
    assert events(found, "S-008") == [
        {"event": "subject-enrolled", "occurred_on": "2020-03", "cohort": "B"},
        {"event": "subject-died", "occurred_on": "2020-01-31", "cause": "unknown"},
    ]
    fact = dict(found.subjects())["S-008"][1]
    assert fact.event.source == "t.csv sha256:abababababababab small RECORD=2"
    assert [each.event.occurred_on for each in found.trial_facts()] == ["2020-01-01", "2020-01-02", "2020-03"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "withdrawn"}, "consent was withdrawn"),
        ({"id": ""}, "the subject's id is missing or not allowed"),
        ({"id": "a b"}, "the subject's id is missing or not allowed"),
        ({"start": ""}, "start is missing: no day"),
        ({"start": "2020-01-02"}, "start is not a day as the map expects it"),
        ({"start": "31.02.2020"}, "start is not a day as the map expects it"),
        ({"start": "02.01.2099"}, "start lies after 2026-01-01, the day of the extract"),
        ({"arm": "c"}, "arm: 'c' is not among the values of the map: a, b"),
        ({"arm": ""}, "subject-enrolled: field 'cohort' is missing"),
        ({"age": "old"}, "age is not a number"),
        ({"age": "500"}, "subject-enrolled: age: input should be less than or equal to 120, found 500"),
        ({"status": "dead", "days": "soon"}, "days is not a day as the map expects it"),
    ],
)
def test_a_row_that_cannot_be_an_event_is_left_out_with_the_reason(change: dict[str, str], reason: str) -> None:
    assert reasons(read(ROW, {**ROW, "id": "8", **change})) == {reason: 1}


@pytest.mark.parametrize(
    ("unit", "time", "day"),
    [
        ("days", "30", "2000-01-31"),
        ("days", "-3", "1999-12-29"),
        ("weeks", "2", "2000-01-15"),
        ("months", "1", "2000-01-31"),
        ("months", "11.9", "2000-12-28"),
        ("years", "1", "2000-12-31"),
    ],
    ids=str,
)
def test_a_time_is_counted_from_a_nominal_day_in_rounded_days(unit: str, time: str, day: str) -> None:
    """11.9 months are 362.2 days, one month 30.4, one year 365.25; 31 December 2000 is day 365 of a leap year."""
    text = SMALL.replace("unit: days, from: 2020-01-01", f"unit: {unit}, from: 2000-01-01").replace(
        '{column: start, format: ["%d.%m.%Y", "%m/%Y"]}', "{constant: 1990}"
    )

    assert events(read({**ROW, "status": "dead", "days": time}, text=text), "S-007")[1]["occurred_on"] == day


def test_an_event_that_two_rows_state_is_one_and_two_of_a_day_are_told_apart() -> None:
    text = (
        SMALL
        + "  - event: dose-administered\n    on: {column: dosed}\n    set: {amount: {column: mg}, unit: {constant: mg}}\n"
    )
    dosed = {**ROW, "dosed": "2020-02-01", "mg": "5"}

    found = read(dosed, dosed, {**dosed, "mg": "7"}, text=text)

    assert [(fact.key, getattr(fact.event, "amount", None)) for fact in dict(found.subjects())["S-007"]] == [
        ("table:small:S-007:subject-enrolled", None),
        ("table:small:S-007:dose-administered:2020-02-01", "5"),
        ("table:small:S-007:dose-administered:2020-02-01/2", "7"),
    ]
    remark = found.account.of("small").remarks["says the same as an earlier row; taken once"]
    assert remark.count == 3  # the second dose, and the enrollment twice


def test_what_each_row_repeats_of_a_subject_is_taken_once_and_what_differs_is_told_apart() -> None:
    other = {**ROW, "arm": "b"}

    found = read(ROW, {**ROW, "id": "8"}, other, ROW, other)

    facts = dict(found.subjects())
    assert [(fact.key, getattr(fact.event, "cohort", None)) for fact in facts["S-007"]] == [
        ("table:small:S-007:subject-enrolled", "A"),
        ("table:small:S-007:subject-enrolled/2", "B"),
    ]
    assert [fact.key for fact in facts["S-008"]] == ["table:small:S-008:subject-enrolled"]
    remark = found.account.of("small").remarks["says the same as an earlier row; taken once"]
    assert remark.records == ["t.csv small RECORD=4", "t.csv small RECORD=5"]
    assert found.account.of("small").used == 5


def test_every_row_with_a_wrong_field_is_left_out_whatever_rows_were_accepted_before() -> None:
    old = {**ROW, "age": "500"}

    found = read(ROW, old, {**ROW, "id": "8"}, {**old, "id": "9"}, {**old, "id": "10"})

    assert reasons(found) == {"subject-enrolled: age: input should be less than or equal to 120, found 500": 3}
    assert set(dict(found.subjects())) == {"S-007", "S-008"}


def test_each_fact_can_count_as_known_on_its_own_day() -> None:
    found = read({**ROW, "status": "dead", "start": "01/2020"}, own_days=True)

    assert [each["reported_on"] for each in events(found, "S-007")] == ["2020-01-31", "2020-01-31"]


def test_a_table_without_a_column_of_the_map_is_refused() -> None:
    with pytest.raises(TableError, match=r"t\.csv: no column 'status', which map small needs; its columns are: id"):
        read({"id": "1"})


def test_a_table_of_which_nothing_fits_is_refused() -> None:
    with pytest.raises(TableError, match="no row gives an event by map small: 1 rows: start is missing: no day"):
        read({**ROW, "start": ""})


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        pytest.param("map: small", "map: S", "small.yaml: map: 'S' is not allowed; expected the form", id="name"),
        pytest.param("map: small", "", "small.yaml: map: this key is missing", id="no name"),
        pytest.param("missing:", "mising:", "small.yaml: mising: this key is not known here", id="unknown key"),
        pytest.param("code: T", "code: TODO", "small.yaml: trial: TODO still stands in this draft", id="a draft"),
        pytest.param("subject-died", "subject-dead", "event 'subject-dead' is not one that a map can make; did you mean 'subject-died'?", id="event"),
        pytest.param("subject-died", "event-retracted", "event 'event-retracted' is not one that a map can make", id="amendment"),
        pytest.param("cohort: {column: arm, values: {a: A, b: B}}", "evaluable: {constant: yes, as: truth}", "subject-enrolled needs field 'cohort'", id="field missing"),
        pytest.param("age: {", "agee: {", "subject-enrolled has no field 'agee'; did you mean 'age'?", id="field unknown"),
        pytest.param("as: floor", "as: int", "set.age.as: input should be 'text', 'whole', 'floor' or 'truth'", id="type"),
        pytest.param("is: withdrawn", "isnt: withdrawn", "small.yaml: skip.0.when.0.isnt: this key is not known here", id="condition"),
        pytest.param("{column: status, is: withdrawn}", "{column: status}", "a condition on 'status' needs one of: is, is_not, present", id="empty condition"),
        pytest.param("unit: days, ", "", "a time needs both its unit and the day that it counts from", id="no unit"),
        pytest.param("from: 2020-01-01", "from: 2020", "from: 2020 must be a complete date", id="partial origin"),
        pytest.param("S-{:0>3}", "S-{0.__class__}", "expected text around one {}, for example jasa-{:0>3}", id="a form that reaches in"),
        pytest.param("S-{:0>3}", "S", "expected text around one {}", id="a form without a place"),
        pytest.param("{column: days, unit", "{constant: 2020, column: days, unit", "a day needs one of: column, constant", id="two days"),
    ],
)  # fmt: skip
def test_a_wrong_map_is_refused_before_a_row_is_read(old: str, new: str, complaint: str) -> None:
    assert old in SMALL
    with pytest.raises(EventError) as refused:
        map_of(SMALL.replace(old, new, 1), "small.yaml")

    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: &x [1]\nb: *x\n", r"m\.yaml:2: an alias \(\*\) is not allowed in a map"),
        ("a: 1\na: 2\n", r"m\.yaml:2: key 'a' stands twice"),
        ("map: !!python/object/apply:os.system [echo]\n", r"m\.yaml: (map: .*|.* this key is missing)"),
        ("a: [1\n", r"m\.yaml:2: not YAML: .*"),
        ("[" * 200 + "]" * 200, r"m\.yaml: nested more than 20 levels deep"),
        ("just text", r"m\.yaml: expected a map with the keys map, subject, events"),
        ("", r"m\.yaml: expected a map with the keys"),
        ("a: b\n" * 300_000, r"m\.yaml: 1500000 characters; a map has at most 1000000"),
    ],
    ids=["alias", "key twice", "tag", "open list", "deep", "text", "empty", "huge"],
)
def test_yaml_that_is_more_than_a_map_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(EventError, match=complaint):
        map_of(text, "m.yaml")


def test_words_of_yaml_stay_words() -> None:
    text = SMALL.replace("values: {a: A, b: B}", "values: {no: NO, 1: 'on'}")

    assert dict(map_of(text, "x").events[0].set_["cohort"].values or {}) == {"no": "NO", "1": "on"}


# -- the maps that come with trialog ------------------------------------------------------


def test_every_shipped_map_is_one_and_is_called_like_its_file() -> None:
    names = sorted(
        entry.name for entry in files("trialog.cli").joinpath("maps").iterdir() if entry.name.endswith("yaml")
    )

    assert [f"{name}.yaml" for name in shipped()] == names


def shipped_reading(name: str, file: Path) -> TableReading:
    return TableReading(open_table(file), shipped()[name], file.name, "0" * 64, latest_day=LATEST)


def count(found: TableReading) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _, facts in found.subjects():
        for fact in facts:
            kind = fact.event.TOPIC.partition("/")[0]
            counts[kind] = counts.get(kind, 0) + 1
    return counts


@pytest.mark.parametrize(
    ("name", "file", "counts", "left_out"),
    [
        # 103 candidates, 69 of them transplanted, 75 died (Crowley & Hu 1977).
        ("jasa", ROOT / "examples/jasa/jasa.csv",
         {"subject-enrolled": 103, "dose-administered": 69, "subject-died": 75, "subject-seen-alive": 28}, 0),
        # 660 samples: 363 living and 118 deceased with days, 179 without (counted with awk).
        ("tcga-clinical", DATA / "tcga-lung/data_clinical.txt",
         {"subject-enrolled": 481, "subject-died": 118, "subject-seen-alive": 363}, 179),
        # 434 courses, three of which stand twice (sort -u).
        ("tcga-treatment", DATA / "tcga-lung/data_timeline_treatment.txt", {"dose-administered": 431}, 0),
        ("ggswim-infusions", DATA / "ggswim/infusion_events.csv", {"dose-administered": 18}, 0),
        ("ggswim-end", DATA / "ggswim/end_study_events.csv", {"subject-died": 1, "subject-left": 6}, 0),
        # 204 subjects, 159 deaths (announced.csv of kmdata: 68 and 136 subjects, 63 and 96 events).
        ("kmdata-months", DATA / "kmdata/CONCUR_2A.csv",
         {"subject-enrolled": 204, "subject-died": 159, "subject-seen-alive": 45}, 0),
    ],
)  # fmt: skip
def test_a_shipped_map_reads_its_table(name: str, file: Path, counts: dict[str, int], left_out: int) -> None:
    found = shipped_reading(name, file)

    assert count(found) == counts
    assert sum(listed.count for listed in found.account.of(name).left_out.values()) == left_out


# -- drafts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "lines"),
    [
        (ROOT / "examples/jasa/jasa.csv",
         ["subject: {column: id}", "    on: {column: accept.dt}", "    when: {column: fustat, is: \"1\"}", "    on: {column: fu.date}"]),
        (DATA / "survival/lung.csv",
         ["subject: {record: true}  # no column looks like an id", "    on: {column: time, unit: days, from: 2000-01-01}"]),
        (DATA / "tcga-lung/data_clinical.txt",
         ["subject: {column: PATIENT_ID}", "missing: [\"\", NA]", "    when: {column: OS_STATUS, is: DECEASED}"]),
    ],
)  # fmt: skip
def test_a_draft_finds_id_days_and_status(file: Path, lines: list[str]) -> None:
    draft = suggested(open_table(file), "draft").splitlines()

    assert set(lines) <= set(draft)


@pytest.mark.parametrize(
    "file",
    sorted([*DATA.rglob("*.csv"), *DATA.rglob("*.txt"), ROOT / "examples/jasa/jasa.csv"]),
    ids=lambda path: path.name,
)
def test_every_draft_is_a_map_once_the_trial_is_named(file: Path) -> None:
    draft = suggested(open_table(file), "draft").replace("TODO", "Named")

    assert map_of(draft, "draft").name == "draft"


def test_a_draft_lists_only_columns_that_it_does_not_use() -> None:
    draft = suggested(
        a_table("t", [{"time": "3", "event": "1", "site": "A"}, {"time": "5", "event": "0", "site": "B"}]), "d"
    )

    assert "# columns not used: site\n" in draft


# -- the spool -----------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 99)), max_size=60), st.integers(0, 70))
def test_statements_come_back_by_subject_in_their_order_from_memory_or_from_files(
    given_: list[tuple[str, int]], most: int
) -> None:
    spool, expected = Spool(most), dict[str, list[str]]()
    for subject, number in given_:
        reference = Reference("t.csv", "0" * 16, "T", number)
        spool.add(
            subject, stated(f"k:{number}", "T", SubjectSeenAlive, "2020-01-01", {"subject": subject}, [reference])
        )
        expected.setdefault(subject, []).append(f"k:{number}")
    try:
        for _ in range(2):
            groups = {subject: [each.key for each in some] for subject, some in spool.groups()}
            assert groups == expected
        assert len(spool) == len(given_)
    finally:
        spool.close()
