"""History, replay and snapshot give one answer to one question: every measure, at every cutoff, of several logs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import TRIAL
from tests.projections.changes.test_changes import recorded
from tests.projections.changes.test_every_day import Said, trials
from tests.stories.test_promises import BEGIN, DAYS
from trialog.application.trial_data import load
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.dates import iso
from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
from trialog.events.errors import QuestionError
from trialog.events.kinds import AnnouncementMade
from trialog.events.measures import MEASURES
from trialog.exchange.json_lines import draft_of
from trialog.log.store.database import Database
from trialog.projections.announced.verdict import Verdict, verdict
from trialog.projections.changes.course import Course, by_cutoff
from trialog.projections.changes.events import excerpt
from trialog.projections.cohort_figures import GroupFigures, Wanted, group_figures
from trialog.projections.measures import MeasureAnswer, MeasureQuestion, answer
from trialog.projections.measures.figure import Figure
from trialog.projections.state.as_of import State
from trialog.projections.trial_data import Announcement, TrialData

ROOT = Path(__file__).parents[3]
LOGS = {
    "demo": ROOT / "application/demo/clr131.jsonl",
    "three cohorts": ROOT / "examples/three-cohorts.jsonl",
    "small": ROOT / "tests/data/commands/small.jsonl",
    "nobody assessed": ROOT / "tests/data/commands/nobody-assessed.jsonl",
}
AT = 182
"""Day of every landmark."""

LATER = BEGIN + 10 * 365
COMPUTED = tuple(word for word, measure in MEASURES.items() if measure.kind != "words")


@cache
def data_of(name: str) -> TrialData:
    from trialog.application.recording.append_session import AppendSession

    drafts = [draft_of(line, "")[1] for line in LOGS[name].read_text(encoding="utf-8").splitlines() if line]
    with TemporaryDirectory() as folder, Database.create(f"{folder}/log.db") as log:
        AppendSession(log, TRIAL, "tester").append(drafts)
        return load(log, TRIAL)


def question_of(measure: str, cohort: str, definition: Definition, **more: Any) -> MeasureQuestion:
    row = MEASURES[measure]
    at = AT if row.landmark else None
    return MeasureQuestion(measure, (cohort,), definition, at=at, category="PR" if row.category else None, **more)


def cutoffs_of(data: TrialData) -> list[int]:
    """Return each day on which anything happened, and the days beside it."""
    days = {int(day) + step for day in np.unique(data.columns.first).tolist() for step in (-1, 0, 1)}
    return sorted(days)


def asked(data: TrialData, question: MeasureQuestion, state: State) -> MeasureAnswer:
    try:
        return answer(state, question, data.trial(state.known_at))
    except QuestionError as error:
        return MeasureAnswer(None, None, None, 0, 0, why=str(error))


def replayed(data: TrialData, question: MeasureQuestion, cutoff: int, known_at: int, value: Decimal | None) -> Verdict:
    """Announce a value with all its digits at a cutoff, and compare it with the log."""
    row, definition = question.row, question.followed
    unit = {"time": "days", "share": "percent", "count": "count"}.get(row.kind, "count")
    if row.kind == "time" and definition.month == "calendar":
        unit = "months"
    number = Decimal(0) if value is None else value
    if row.statistic == "planned dose":
        unit = "mCi/m2"
    digits = f"{number:.9f}" if row.kind in ("time", "share", "number") else f"{number:.0f}"
    fields: dict[str, Any] = {
        "figure": "f", "measure": question.measure, "words": "w", "unit": unit, "cohorts": list(question.cohorts or ()),
        "estimator": definition.estimator, "origin": definition.origin, "counted": definition.population,
        "censoring": definition.censoring, "month": definition.month, "counting": definition.counting,
        "value": digits, "data_cutoff": iso(cutoff), "category": question.category,
    }  # fmt: skip
    if row.landmark:
        fields |= {"at": str(AT), "at_unit": "days"}
    if row.assessed:
        fields |= {"evaluator": question.evaluator, "confirmation": question.confirmation}
    figure = AnnouncedFigure.model_validate({name: part for name, part in fields.items() if part is not None})
    made = AnnouncementMade(announcement="r", title="t", source="s", occurred_on=iso(known_at))
    return verdict(data, Announcement("r", 1, made, (figure,)), figure, known_at)


def shown(group: GroupFigures, question: MeasureQuestion) -> Any:
    """Return what a snapshot shows of a measure; `NotImplemented` if it shows nothing of it."""
    confirmed = question.confirmation == "confirmed"
    counts = group.counts
    match question.measure:
        case "median-os":
            return group.to_date if question.definition.estimator == "to-date" else group.kaplan_meier
        case "median-follow-up":
            return group.follow_up
        case "os-rate":
            return group.landmarks[0].survival if counts.enrolled else None
        case "orr" | "cbr" | "dcr":
            tables = group.confirmed if confirmed else group.responses
            name = question.measure.upper()
            return next((rate.share for table in tables for rate in table.rates if rate.name == name), NotImplemented)
        case "count-best-response":
            return next((table.categories["PR"] for table in group.responses), NotImplemented)
        case "mean-prior-lines":
            return counts.prior_lines_mean
        case "median-prior-lines":
            return counts.prior_lines_median
        case "count-enrolled" | "count-dosed" | "count-evaluable" | "count-alive" | "count-dead" as word:
            return int(getattr(counts, word.removeprefix("count-")))
        case "median-pfs" | "median-ttp" | "median-dor":
            endpoint = question.row.endpoint or ""
            begins = question.ends[0]
            found = [each for each in group.endpoints if endpoint in each.name and each.begins == begins]
            return found[0] if found and question.definition.estimator == "kaplan-meier" else NotImplemented
        case _:
            return NotImplemented


def check_replay(data: TrialData, question: MeasureQuestion, cutoff: int, found: MeasureAnswer) -> None:
    value = in_announced_unit(found, question)
    outcome = replayed(data, question, cutoff, LATER, value)
    if found.why:
        # Whatever was announced: the reason that the computation has is the one that replay gives.
        assert (outcome.status, outcome.why) == ("not computable", found.why)
        return
    assert outcome.rebuilt is not None, outcome.why
    if value is None:
        assert outcome.rebuilt.value is None
        return
    assert outcome.status == "reproduced", (question.measure, value, outcome.rebuilt)
    assert outcome.rebuilt.value is not None
    assert float(outcome.rebuilt.value) == pytest.approx(float(value), rel=1e-12)
    assert outcome.rebuilt.assessed == found.assessed


def in_announced_unit(found: MeasureAnswer, question: MeasureQuestion) -> Decimal | None:
    if found.value is None:
        return None
    if question.kind == "share":
        return Decimal(repr(100 * found.value))
    if question.kind == "time" and question.followed.month == "calendar":
        return Decimal(repr(found.value)) / 1000
    return Decimal(repr(found.value))


def check_snapshot(group: GroupFigures, question: MeasureQuestion, found: MeasureAnswer) -> bool:
    """Compare with what a snapshot shows, and tell whether it shows the measure."""
    seen = shown(group, question)
    if seen is NotImplemented:
        return False
    if isinstance(seen, Figure):
        assert (seen.value, seen.lower, seen.upper, seen.n, seen.events) == (
            found.value, found.lower, found.upper, found.n, found.events
        )  # fmt: skip
    elif not found.why:
        # A rate by several sets of criteria is refused, and shown by each of them.
        assert seen == found.value
    return True


def check_history(course: Course, cutoff: int, found: MeasureAnswer) -> None:
    at = cutoff - int(course.day[0])
    values = (None if np.isnan(each[at]) else float(each[at]) for each in (course.value, course.lower, course.upper))
    assert tuple(values) == (found.value, found.lower, found.upper), iso(cutoff)
    assert (int(course.n[at]), int(course.events[at])) == (found.n, found.events)
    assert (None if course.assessed is None else int(course.assessed[at])) == found.assessed


def shown_group(state: State, question: MeasureQuestion) -> GroupFigures:
    wanted = Wanted(landmarks=(AT,), confirmed=True, evaluator=question.evaluator)
    return group_figures(state, "group", question.cohorts, question.definition, wanted)


@pytest.mark.parametrize("definition", [KAPLAN_MEIER, TO_DATE], ids=["kaplan-meier", "to-date"])
@pytest.mark.parametrize("log", LOGS)
def test_every_measure_is_one_figure_at_every_cutoff(log: str, definition: Definition) -> None:
    data = data_of(log)
    cutoffs = cutoffs_of(data)
    announced = set(cutoffs[:: len(cutoffs) // 4])
    compared = set()
    for cohort in tuple(data.trial().cohorts)[:2]:
        questions = [question_of(measure, cohort, definition) for measure in COMPUTED]
        mine = excerpt(data.columns, (cohort,))
        courses = {
            question.measure: by_cutoff(mine, question, cutoffs[0], cutoffs[-1], None)
            for question in questions
            if question.row.history
        }
        for cutoff in cutoffs:
            state = data.as_of(cutoff)
            group = shown_group(state, questions[0])
            for question in questions:
                found = asked(data, question, state)
                if question.measure in courses:
                    check_history(courses[question.measure], cutoff, found)
                if check_snapshot(group, question, found):
                    compared.add(question.measure)
                if cutoff in announced:
                    check_replay(data, question, cutoff, found)
    assert len(compared) >= (10 if log == "nobody assessed" else 13)


@settings(max_examples=60)
@given(
    trials(),
    st.sampled_from(COMPUTED),
    st.sampled_from([KAPLAN_MEIER, TO_DATE, replace(TO_DATE, origin="first dose", population="evaluable", month="28"),
                     replace(KAPLAN_MEIER, month="calendar", counting="inclusive", population="dosed")]),
    st.sampled_from(["investigator", "independent"]),
    st.sampled_from(["as assessed", "confirmed"]),
    st.integers(0, DAYS),
)  # fmt: skip
def test_every_measure_of_any_log_is_one_figure(
    said: Said, measure: str, definition: Definition, evaluator: Any, confirmation: Any, offset: int
) -> None:
    with TemporaryDirectory() as folder:
        data = recorded(folder, said)
    question = question_of(measure, "A", definition, evaluator=evaluator, confirmation=confirmation)
    cutoff = BEGIN + offset
    state = data.as_of(cutoff, LATER)

    found = asked(data, question, state)

    check_replay(data, question, cutoff, found)
    check_snapshot(shown_group(state, question), question, found)


@pytest.mark.parametrize("measure", list(MEASURES))
def test_what_is_announced_is_recomputed_or_refused_for_a_true_reason(measure: str) -> None:
    data = data_of("small")
    cutoff = cutoffs_of(data)[-1]
    if measure == "other":
        figure = AnnouncedFigure(figure="f", measure="other", value="3", unit="count", cohorts=("1",), words="w")
        made = AnnouncementMade(announcement="r", title="t", source="s", occurred_on=iso(LATER))
        assert verdict(data, Announcement("r", 1, made, (figure,)), figure, LATER).why == "no rule computes 'other'"
        return
    question = question_of(measure, "1", KAPLAN_MEIER)
    found = asked(data, question, data.as_of(cutoff, LATER))
    outcome = replayed(data, question, cutoff, LATER, in_announced_unit(found, question))

    assert outcome.status in ("reproduced", "differs")
    assert outcome.rebuilt is not None
