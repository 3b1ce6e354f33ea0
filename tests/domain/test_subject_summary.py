"""Judging by a subject's standing gives what judging its whole history gives, in the same words."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import Bench, assessed, corrected, died, dosed, draft, enrolled, progressed, retracted, seen
from trialog.application.recording.append_session import AppendSession
from trialog.application.recording.receipt import RefusedError
from trialog.domain.subject_summary import Outline, SubjectSummary
from trialog.events.entry import Draft
from trialog.events.index_columns import columns_of

DATES = st.sampled_from(["2016-01-01", "2016-01-20", "2016-02", "2016-02-10", "2016", "2016-03-01", "2017"])


@st.composite
def sayings(draw: st.DrawFn) -> list[list[Draft]]:
    """Return batches of what may be said of two subjects, sensible or not."""
    number = 0
    batches = []
    for _ in range(draw(st.integers(1, 5))):
        batch = []
        for _ in range(draw(st.integers(1, 4))):
            number += 1
            subject, on, own = draw(st.sampled_from(["a", "b"])), draw(DATES), f"x{number}"
            target = f"x{draw(st.integers(1, number))}"
            batch.append(
                draw(
                    st.sampled_from(
                        [
                            enrolled(subject, on, draw(st.sampled_from("AAAB")), event_id=own),
                            enrolled(subject, "2016-01-01", event_id=own),
                            died(subject, on, event_id=own),
                            dosed(subject, on, event_id=own),
                            seen(subject, on, event_id=own),
                            assessed(subject, on, "PR", event_id=own),
                            progressed(subject, on, event_id=own),
                            draft("subject-left", on, subject=subject, reason="completed", event_id=own),
                            draft("evaluability-decided", on, subject=subject, evaluable=True, event_id=own),
                            corrected(target, {"occurred_on": draw(DATES)}, event_id=own),
                            retracted(target, event_id=own),
                        ]
                    )
                )
            )
        batches.append(batch)
    return batches


def said(tracker: AppendSession, batch: list[Draft], *, whole: bool) -> list[str] | tuple[int, ...]:
    try:
        return tuple(entry.position for entry in tracker.append(batch, doubts=whole).appended)
    except RefusedError as refused:
        return list(refused.lines)


@settings(max_examples=150, deadline=None)
@given(sayings(), st.data())
def test_a_standing_accepts_and_refuses_as_the_whole_history_does(
    batches: list[list[Draft]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        one, two = Bench(Path(folder), name="one.db"), Bench(Path(folder), name="two.db")
        for batch in batches:
            assert said(one.tracker, batch, whole=False) == said(two.tracker, batch, whole=True)
            if data.draw(st.booleans(), "a session of its own for the next batch"):
                one.tracker = AppendSession(one.log, one.tracker.trial, "tester")
        one.log.close()
        two.log.close()


E1, D1 = enrolled("a", "2016-01-01"), died("a", "2016-03")


@pytest.mark.parametrize(
    ("history", "sound", "is_conclusive"),
    [
        pytest.param([], False, True, id="nobody"),
        pytest.param([E1], True, True, id="enrolled"),
        pytest.param([enrolled("a", "2016-01-01", "B")], False, True, id="in a cohort that nobody opened"),
        pytest.param([seen("a", "2016-02-01")], False, True, id="seen and not enrolled"),
        pytest.param([E1, D1, seen("a", "2016-03-31")], True, True, id="seen on the last day that the death can mean"),
        pytest.param([E1, seen("a", "2016-04"), D1], False, True, id="seen after the death"),
        pytest.param([D1, enrolled("a", "2016-04-01")], False, True, id="died before enrollment"),
        pytest.param([enrolled("a", "2016-01-01", randomised_on="2016-04-01"), D1], False, True,
                     id="randomised after the death"),
        pytest.param([enrolled("a", "2016-01-01", randomised_on="2016-01-02"), D1], True, True,
                     id="randomised before the death"),
        pytest.param([E1, D1, draft("evaluability-decided", "2016-09-09", subject="a", evaluable=True)], True, True,
                     id="a decision may come after the death"),
        pytest.param([E1, E1], False, False, id="enrolled twice"),
        pytest.param([E1, D1, D1], False, False, id="died twice"),
        pytest.param([E1, retracted("x")], False, False, id="amended"),
    ],
)  # fmt: skip
def test_what_a_standing_knows(history: list[Draft], sound: bool, is_conclusive: bool) -> None:
    columns = [(columns_of(each.event), each.event) for each in history]
    found = SubjectSummary().after(
        Outline.of(event, plain.occurred_first or 0, plain.occurred_last or 0) for plain, event in columns
    )

    assert (found.version, found.is_sound({"A"}), found.is_conclusive) == (len(history), sound, is_conclusive)


def asked(bench: Bench, *drafts: Draft) -> list[str]:
    """Append, and return the tables that were read meanwhile."""
    statements: list[str] = []
    with bench.log.engine.connect() as kept:
        raw = kept.connection.driver_connection
    raw.set_trace_callback(statements.append)  # type: ignore[union-attr]
    bench.tracker.append(drafts, doubts=False)
    raw.set_trace_callback(None)  # type: ignore[union-attr]
    return [text.split("\n")[1].strip() for text in statements if text.startswith("SELECT")]


WHERE_THE_LOG_STANDS = "FROM trial"


def test_a_session_that_knows_a_subject_reads_nothing_of_it_again(bench: Bench) -> None:
    bench.tracker.append([enrolled("a", "2016-01-01")], doubts=False)

    assert asked(bench, seen("a", "2016-02-01")) == [WHERE_THE_LOG_STANDS]


def test_who_is_enrolled_is_not_asked_for(bench: Bench) -> None:
    bench.tracker.append([enrolled("z", "2016-01-01")], doubts=False)
    some = [enrolled(f"{number}", "2016-01-01") for number in range(20)]
    some += [seen(f"{number}", "2016-02-01") for number in range(20)]

    assert asked(bench, *some) == [WHERE_THE_LOG_STANDS]
    # Unless the log says that it has some of it.
    assert len(asked(bench, *some)) > 2
    assert asked(bench, seen("z", "2016-03-01"))[1:] != []
    assert asked(bench, seen("z", "2016-04-01")) == [WHERE_THE_LOG_STANDS]
