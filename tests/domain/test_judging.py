"""The judge without a log: a past and drafts in, entries or refusals out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import assessed, corrected, died, dosed, enrolled, opened, registered, retracted, seen
from trialog.domain.history import StreamHistory
from trialog.domain.judging import (
    EventInLog,
    Identified,
    Judged,
    Past,
    identify,
    judge,
    refused_lines,
    without_duplicates,
)
from trialog.domain.subject_summary import Outline, SubjectSummary
from trialog.events.dates import day_number
from trialog.events.entry import Draft, LogEntry
from trialog.events.index_columns import columns_of
from trialog.events.kinds import SUBJECT_PREFIX, TRIAL_STREAM
from trialog.events.registry import to_payload

NOW = day_number("2024-01-01") * 86_400_000_000
EMPTY = Past("T", 0, StreamHistory(TRIAL_STREAM), {}, {})


def outline_of(entry: LogEntry) -> Outline:
    columns = columns_of(entry.event)
    return Outline.of(entry.event, columns.occurred_first or 0, columns.occurred_last or 0)


class Trial:
    """A trial's log in memory."""

    def __init__(self, *drafts: Draft) -> None:
        self.entries: list[LogEntry] = []
        assert self.say(*drafts) == []

    def known(self) -> dict[str, EventInLog]:
        return {
            each.event_id: EventInLog(each.position, each.stream, each.event.TOPIC, (to_payload(each.event),))
            for each in self.entries
        }

    def past(self, drafts: Identified, *, whole: bool) -> Past:
        histories = {
            stream: StreamHistory(stream, tuple(each for each in self.entries if each.stream == stream))
            for stream in [*drafts.streams(), TRIAL_STREAM]
        }
        trial = histories.pop(TRIAL_STREAM)
        if whole:
            return Past("T", len(self.entries), trial, {}, histories)
        summaries = {
            stream: summary
            for stream, history in histories.items()
            if stream.startswith(SUBJECT_PREFIX)
            and (summary := SubjectSummary().after(map(outline_of, history.entries))).is_conclusive
        }
        return Past("T", len(self.entries), trial, summaries, histories)

    def judged(self, *drafts: Draft, whole: bool = True) -> tuple[Identified, Judged]:
        known = self.known()
        found = without_duplicates(identify(drafts, known, "T"), known, len(self.entries))
        return found, judge(self.past(found, whole=whole), found, NOW, "me")

    def say(self, *drafts: Draft, whole: bool = True) -> list[str]:
        """Append what is sound; return the refusals otherwise."""
        _, judged = self.judged(*drafts, whole=whole)
        assert not judged.undecided
        if judged.refusals:
            return refused_lines(judged.refusals)
        self.entries += judged.entries
        return []


def test_entries_get_the_next_positions_and_versions() -> None:
    trial = Trial(registered(), opened())
    _, judged = trial.judged(enrolled("a", "2016-01-01"), seen("a", "2016-02-01"), enrolled("b", "2016-01-01"))

    assert [(each.position, each.stream, each.version) for each in judged.entries] == [
        (3, "subject/a", 1),
        (4, "subject/a", 2),
        (5, "subject/b", 1),
    ]
    assert [(row.stream, row.version) for row in judged.rows] == [
        (each.stream, each.version) for each in judged.entries
    ]
    assert {each.actor for each in judged.entries} == {"me"}
    assert {each.recorded_at for each in judged.entries} == {NOW}


def test_a_refusal_names_its_draft_and_its_stream() -> None:
    trial = Trial(registered(), opened())
    _, judged = trial.judged(enrolled("a", "2016-01-01"), died("b", "2016-01-01", where="f:2"))

    assert [(each.number, each.stream) for each in judged.refusals] == [(1, "subject/b")]
    assert judged.refusals[0].message.startswith("f:2: unknown subject b")


def test_a_summary_that_does_not_suffice_asks_for_the_history() -> None:
    trial = Trial(registered(), opened(), enrolled("a", "2016-01-01"))
    drafts = identify([died("a", "2015-01-01")], {}, "T")
    past = trial.past(drafts, whole=False)
    without = Past(past.trial, past.size, past.trial_history, past.summaries, {})

    assert judge(without, drafts, NOW, "me").undecided == ["subject/a"]
    assert judge(past, drafts, NOW, "me").undecided == []
    assert judge(past, drafts, NOW, "me").refusals != []


def test_a_cohort_that_is_taken_back_asks_for_those_with_subjects() -> None:
    trial = Trial(registered(), opened("A", event_id="o"))
    drafts = identify([retracted("o")], trial.known(), "T")
    past = trial.past(drafts, whole=True)

    assert judge(past, drafts, NOW, "me").needs_enrolled
    full = Past(past.trial, past.size, past.trial_history, {}, past.histories, {"subject/a": "A"})
    assert [each.message for each in judge(full, drafts, NOW, "me").refusals] == [
        "cohort 'A' has enrolled subjects and cannot be taken back"
    ]
    free = Past(past.trial, past.size, past.trial_history, {}, past.histories, {"subject/a": "B"})
    assert judge(free, drafts, NOW, "me").refusals == []


def test_an_unregistered_trial_takes_nothing() -> None:
    drafts = identify([opened("A"), opened("B")], {}, "T")

    assert (
        refused_lines(judge(EMPTY, drafts, NOW, "me").refusals)
        == ["unknown trial 'T'; register it first: trialog register"] * 2
    )


def test_a_draft_that_repeats_an_earlier_one_is_a_duplicate() -> None:
    first, second = enrolled("a", "2016-01-01"), seen("a", "2016-02-01")
    found = without_duplicates(identify([first, second, first], {}, "T"), {}, 10)

    assert [each.number for each in found.fresh] == [0, 1]
    assert [(each.draft, each.position) for each in found.duplicates] == [(first, 11)]


DAYS = st.sampled_from(["2016-01-01", "2016-02", "2016-02-10", "2016", "2017"])


@st.composite
def sayings(draw: st.DrawFn) -> list[list[Draft]]:
    """Return batches about two subjects, sensible or not."""
    number, batches = 0, []
    for _ in range(draw(st.integers(1, 4))):
        batch = []
        for _ in range(draw(st.integers(1, 3))):
            number += 1
            subject, on, own = draw(st.sampled_from("ab")), draw(DAYS), f"x{number}"
            target = f"x{draw(st.integers(1, number))}"
            batch.append(
                draw(
                    st.sampled_from(
                        [
                            enrolled(subject, "2016-01-01", draw(st.sampled_from("AB")), event_id=own),
                            died(subject, on, event_id=own),
                            dosed(subject, on, event_id=own),
                            assessed(subject, on, "PR", event_id=own),
                            corrected(target, {"occurred_on": on}, event_id=own),
                            retracted(target, event_id=own),
                        ]
                    )
                )
            )
        batches.append(batch)
    return batches


@settings(max_examples=200, deadline=None)
@given(sayings())
def test_summaries_and_whole_histories_give_the_same_answer(batches: list[list[Draft]]) -> None:
    by_summary, by_history = Trial(registered(), opened()), Trial(registered(), opened())
    for batch in batches:
        assert by_summary.say(*batch, whole=False) == by_history.say(*batch, whole=True)
    assert by_summary.entries == by_history.entries
