"""Which histories are refused, each with the sentence that says why; and which are accepted with a note."""

from __future__ import annotations

import pytest

from tests.builders import (
    TRIAL,
    Bench,
    assessed,
    corrected,
    died,
    dosed,
    draft,
    enrolled,
    opened,
    progressed,
    registered,
    retracted,
    seen,
)
from trialog.application.recording.append_session import AppendSession
from trialog.application.recording.receipt import RefusedError
from trialog.events.entry import Draft

ENROLLED = enrolled("a", "2016-01-01", event_id="e1")
DEAD = died("a", "2017-03-17", event_id="d1")


@pytest.mark.parametrize(
    ("history", "refused", "why"),
    [
        pytest.param([], died("a", "2017-03-17"), "unknown subject a; enroll it first: trialog enroll", id="subject"),
        pytest.param([], enrolled("a", "2016-01-01", "B"),
                     "unknown cohort 'B'; open are: A; open it first: trialog open-cohort", id="cohort"),
        pytest.param([ENROLLED], enrolled("a", "2016-01-02"),
                     "subject a is enrolled already, in cohort 'A' since 2016-01-01", id="enrolled twice"),
        pytest.param([ENROLLED, DEAD], died("a", "2017-03-18"),
                     "subject a has died already, on 2017-03-17; correct that event (position 4) instead of "
                     "recording a second death", id="second death"),
        pytest.param([ENROLLED], died("a", "2015-12-31"),
                     "subject a died on 2015-12-31, before enrollment on 2016-01-01", id="death before enrollment"),
        pytest.param([ENROLLED, DEAD], dosed("a", "2017-03-18"),
                     "a dose of subject a on 2017-03-18 is after the death on 2017-03-17 (position 4); one of the "
                     "two dates is wrong", id="dose after death"),
        pytest.param([ENROLLED, DEAD], assessed("a", "2017-04", "PR"),
                     "a response assessment of subject a on 2017-04 is after the death", id="response after death"),
        pytest.param([ENROLLED, DEAD], seen("a", "2018"), "a contact of subject a on 2018 is after the death",
                     id="seen after death"),
        pytest.param([ENROLLED, DEAD], progressed("a", "2017-03-18"), "a progression of subject a", id="progression"),
        pytest.param([ENROLLED, DEAD], draft("subject-left", "2017-03-18", subject="a", reason="completed"),
                     "leaving the study of subject a", id="left after death"),
        pytest.param([ENROLLED, seen("a", "2017-05-01")], DEAD,
                     "a contact of subject a on 2017-05-01 is after the death on 2017-03-17 (position 5)",
                     id="death before a contact that is known"),
        pytest.param([], enrolled("a", "2024-01-03"),
                     "subject-enrolled: occurred on 2024-01-03, after the day of recording; the latest day accepted "
                     "now is 2024-01-01", id="tomorrow"),
        pytest.param([ENROLLED], seen("a", "2017-01-01", reported_on="2024-02-01"),
                     "subject-seen-alive: reported on 2024-02-01, after the day of recording", id="reported tomorrow"),
        pytest.param([ENROLLED], seen("a", "2017-01-01", reported_on="2016-12-31"),
                     "subject-seen-alive: reported on 2016-12-31, before it occurred on 2017-01-01", id="known before"),
        pytest.param([], registered("2015-02-01"), f"trial '{TRIAL}' is registered already, at position 1",
                     id="trial twice"),
        pytest.param([], opened("A", "2015-02-01"), "cohort 'A' is open already, since 2015-01-01", id="cohort twice"),
        pytest.param([], draft("cohort-closed", "2016-01-01", cohort="B"), "unknown cohort 'B'", id="closing nothing"),
        pytest.param([], draft("cohort-closed", "2014-12-31", cohort="A"),
                     "cohort 'A' closed on 2014-12-31, before it opened on 2015-01-01", id="closed before opened"),
        pytest.param([draft("cohort-closed", "2016-01-01", cohort="A")], draft("cohort-closed", "2016-02", cohort="A"),
                     "cohort 'A' is closed already, since 2016-01-01", id="closed twice"),
        pytest.param([ENROLLED], corrected("d9", {"occurred_on": "2017"}),
                     f"no event 'd9' in the log of {TRIAL}; expected its id, or # and its position", id="no target"),
        pytest.param([ENROLLED], corrected("#99", {"occurred_on": "2017"}), "no event '#99'", id="no position"),
        pytest.param([ENROLLED, DEAD, retracted("d1")], corrected("d1", {"cause": "disease"}),
                     "event 'd1' was retracted at position 5; record the right event instead", id="correct retracted"),
        pytest.param([ENROLLED, DEAD, retracted("d1")], retracted("d1", "2020-02-02"),
                     "event 'd1' was retracted at position 5", id="retract twice"),
        pytest.param([ENROLLED, DEAD, retracted("d1", event_id="r1")], retracted("r1"),
                     "a retraction cannot be retracted; record the event again", id="retract a retraction"),
        pytest.param([ENROLLED, DEAD, corrected("d1", {"cause": "disease"}, event_id="c1")],
                     corrected("c1", {"reason": "x"}), "position 5 is itself an amendment (event-corrected)",
                     id="correct a correction"),
        pytest.param([ENROLLED, DEAD], corrected("d1", {"occurred_on": "2015-01-01"}),
                     "subject a died on 2015-01-01, before enrollment on 2016-01-01", id="correction breaks a rule"),
        pytest.param([ENROLLED, DEAD], corrected("d1", {"occured_on": "2017"}),
                     "subject-died: unknown field 'occured_on'; did you mean 'occurred_on'?", id="misspelt field"),
        pytest.param([ENROLLED, DEAD], corrected("d1", {"subject": "b"}),
                     "field 'subject' cannot be corrected; retract the event and record the right one instead",
                     id="another subject"),
        pytest.param([ENROLLED, DEAD], corrected("d1", {"occurred_on": "2025-01-01"}),
                     "event-corrected: moves the event to 2025-01-01, after the day of recording", id="into the future"),
        pytest.param([ENROLLED, DEAD], retracted("e1"),
                     "subject a would have events and no enrollment; retract those at positions 4 first",
                     id="retract enrollment"),
        pytest.param([ENROLLED, retracted("e1")], DEAD, "unknown subject a; enroll it first: trialog enroll",
                     id="after a retracted enrollment"),
        pytest.param([ENROLLED], retracted("#2"), "cohort 'A' has enrolled subjects and cannot be taken back",
                     id="retract a cohort in use"),
        pytest.param([], draft("figure-announced", None, announcement="x", figure={
            "figure": "f", "measure": "median-os", "value": "1", "unit": "months", "words": "w"}),
            "unknown announcement 'x'; record it first: trialog announce", id="figure of nothing"),
        pytest.param([draft("announcement-made", "2017-11-07", announcement="x", title="t")],
                     draft("announcement-withdrawn", "2017-11-06", announcement="x", reason="r"),
                     "announcement 'x' withdrawn on 2017-11-06, before it was made on 2017-11-07", id="withdrawn early"),
    ],
)  # fmt: skip
def test_refused(bench: Bench, history: list[Draft], refused: Draft, why: str) -> None:
    bench.append_all(history)
    before = bench.log.recorder(TRIAL).head()

    with pytest.raises(RefusedError) as refusal:
        bench.append(refused)

    assert str(refusal.value).startswith(why)
    assert "\n" not in str(refusal.value)
    assert bench.log.recorder(TRIAL).head() == before


def test_an_unknown_trial_is_refused(bench: Bench) -> None:
    tracker = AppendSession(bench.log, "OTHER", "tester")

    with pytest.raises(RefusedError, match="unknown trial 'OTHER'; register it first: trialog register"):
        tracker.append([enrolled("a", "2016-01-01")])

    assert [head.code for head in bench.log.trials()] == [TRIAL]


@pytest.mark.parametrize(
    "accepted",
    [
        pytest.param([ENROLLED, DEAD, dosed("a", "2017-03-17")], id="dose on the day of death"),
        pytest.param([ENROLLED, died("a", "2017-03"), seen("a", "2017-03-30")], id="the month may still allow it"),
        pytest.param([DEAD, seen("a", "2016-05-01"), ENROLLED], id="any order within one append"),
        pytest.param([ENROLLED, died("a", "2016-01-01")], id="death on the day of enrollment"),
        pytest.param([ENROLLED, died("a", "2016")], id="death in the year of enrollment"),
        pytest.param([ENROLLED, DEAD, retracted("d1"), died("a", "2018-01-01")], id="another death after a retraction"),
        pytest.param([ENROLLED, DEAD, corrected("d1", {"occurred_on": "2018-01-01"}), seen("a", "2017-05-01")],
                     id="contact before the corrected death"),
        pytest.param([ENROLLED, DEAD, corrected("d1", {"cause": "disease"}, event_id="c1"), retracted("c1")],
                     id="a correction can be retracted"),
        pytest.param([ENROLLED, DEAD, draft("evaluability-decided", "2018-01-01", subject="a", evaluable=True)],
                     id="evaluability is decided on paper, after death too"),
    ],
)  # fmt: skip
def test_accepted(bench: Bench, accepted: list[Draft]) -> None:
    assert len(bench.append_all(accepted).appended) == len(accepted)


@pytest.mark.parametrize(
    ("history", "notes"),
    [
        pytest.param([ENROLLED, assessed("a", "2016-01-05", "SD")],
                     ["subject a was assessed SD on 2016-01-05; no dose is recorded"], id="response without dose"),
        pytest.param([ENROLLED, dosed("a", "2016-01-08"), assessed("a", "2016-01-07", "SD")],
                     ["subject a was assessed SD on 2016-01-07; the first dose was on 2016-01-08"],
                     id="response before dose"),
        pytest.param([ENROLLED, dosed("a", "2015-12-31")],
                     ["subject a was dosed on 2015-12-31, before enrollment on 2016-01-01"], id="dose before enrollment"),
        pytest.param([ENROLLED, seen("a", "2016-06-29")], [], id="180 days are no gap"),
        pytest.param([ENROLLED, seen("a", "2016-06-30")],
                     ["nothing is known of subject a for 181 days, from 2016-01-01 to 2016-06-30"], id="181 days are"),
        pytest.param([opened("P", "2015-01-01", planned_dose="100", planned_unit="mg"), enrolled("p", "2016-01-01", "P"),
                      dosed("p", "2016-01-02", "110"), dosed("p", "2016-01-03", "90")], [], id="10 % off is on plan"),
        pytest.param([opened("P", "2015-01-01", planned_dose="100", planned_unit="mg"), enrolled("p", "2016-01-01", "P"),
                      dosed("p", "2016-01-02", "111")],
                     ["subject p was given 111 mg, +11 % against the planned 100"], id="11 % off is not"),
        pytest.param([opened("P", "2015-01-01", planned_dose="100", planned_unit="mg", fractions=2),
                      enrolled("p", "2016-01-01", "P"), dosed("p", "2016-01-02", "50")], [], id="half of two fractions"),
        pytest.param([opened("P", "2015-01-01", planned_dose="100", planned_unit="mg"), enrolled("p", "2016-01-01", "P"),
                      dosed("p", "2016-01-02", "100", "g")],
                     ["subject p was given 100 g; cohort 'P' is planned in mg"], id="another unit"),
        pytest.param([draft("cohort-closed", "2015-12-31", cohort="A"), ENROLLED],
                     ["subject a enrolled on 2016-01-01 in cohort 'A', closed on 2015-12-31"], id="closed cohort"),
    ],
)  # fmt: skip
def test_accepted_with_a_note_that_stays(bench: Bench, history: list[Draft], notes: list[str]) -> None:
    receipt = bench.append_all(history)

    assert [doubt.message for doubt in receipt.doubts] == notes
    subject = next(d.event.stream for d in history if d.event.stream.startswith("subject/"))
    cohorts = bench.tracker.history("trial").trial.cohorts
    assert [doubt.message for doubt in bench.tracker.history(subject).doubts(cohorts)] == notes
