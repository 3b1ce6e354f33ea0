"""Another application, built with `eventsourcing`, follows the log of a trial: it opens a review for every death.

    python examples/following/reviews.py LOG REVIEWS.db [--after POSITION]

The application keeps events of its own, in a database of its own, in the library's usual way. With them it stores how
far it has read, in one transaction: run it again, after a crash too, and each death still has one review.
"""

from __future__ import annotations

import argparse
from functools import singledispatchmethod
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import LocalNotificationLog
from eventsourcing.domain import Aggregate, event
from eventsourcing.system import ProcessApplication

import trialog
from trialog.events.entry import LogEntry
from trialog.events.kinds import EventCorrected, EventRetracted, SubjectDied
from trialog.log.store.trial_log import EventMapper

SECTION = 100
"""Entries in one reading."""


class Review(Aggregate):
    """The review of a death, by a committee."""

    @event("Opened")
    def __init__(self, death: str, subject: str, died_on: str) -> None:
        self.death = death
        self.subject = subject
        self.died_on = died_on
        self.dropped_because = ""

    @event("Corrected")
    def correct(self, died_on: str) -> None:
        """Take over another day of death."""
        self.died_on = died_on

    @event("Dropped")
    def drop(self, reason: str) -> None:
        """Drop the review: the death was retracted."""
        self.dropped_because = reason

    @staticmethod
    def create_id(death: str) -> UUID:
        """Return the id of the review of a death, which is named by the id of its event."""
        return uuid5(NAMESPACE_URL, f"review/{death}")


class Reviews(ProcessApplication[UUID]):
    """Reviews of all deaths that the logs of trials hold."""

    pull_section_size = SECTION

    def follow_trial(self, log: trialog.Log, trial: str | None = None, after: int | None = None) -> None:
        """Read what is new in a trial's log; by default what is behind the last entry that was read."""
        recorder = log.recorder(trial)
        origin = recorder.checkpoint().origin  # the log's name, unlike that of any other log
        self.follow(origin, LocalNotificationLog(recorder, SECTION))
        self.mappers[origin] = EventMapper()
        self.pull_and_process(origin, start=after)

    @singledispatchmethod
    def policy(self, domain_event, processing_event):  # type: ignore[no-untyped-def,override]
        """Do nothing with what is not an entry of a trial's log."""

    @policy.register
    def _(self, entry: LogEntry, processing_event):  # type: ignore[no-untyped-def]
        match entry.event:
            case SubjectDied() as death:
                review = Review(entry.event_id, death.subject, death.occurred_on or "")
                processing_event.collect_events(review)
            case EventRetracted() | EventCorrected() as change:
                review_id = Review.create_id(change.target)
                if review_id not in self.repository:
                    return  # it is about another kind of event
                review = self.repository.get(review_id)
                if isinstance(change, EventRetracted):
                    review.drop(change.reason)
                elif "occurred_on" in change.changes:
                    review.correct(str(change.changes["occurred_on"]))
                processing_event.collect_events(review)

    def all(self) -> list[Review]:
        """Return every review, in the order in which they were opened."""
        opened = self.recorder.select_notifications(None, 1_000_000, topics=[_OPENED])
        return [self.repository.get(each.originator_id) for each in opened]


_OPENED = f"{Review.__module__}:Review.Opened"


def main() -> None:
    """Follow the log that is named, and list the reviews."""
    given = argparse.ArgumentParser(description="Open a review for each death in a trial's log.")
    given.add_argument("log", help="file or URL of the log")
    given.add_argument("reviews", help="file of this application; it is made if there is none")
    given.add_argument("--after", type=int, help="position behind which to begin, instead of the last one read")
    asked = given.parse_args()
    env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": asked.reviews}
    with Reviews(env) as reviews, trialog.open_log(asked.log) as log:
        reviews.follow_trial(log, after=asked.after)
        for review in reviews.all():
            dropped = f", dropped: {review.dropped_because}" if review.dropped_because else ""
            print(f"review of {review.subject}, died {review.died_on}{dropped}")
        print(f"read up to position {reviews.recorder.max_tracking_id(log.recorder().checkpoint().origin)}")


if __name__ == "__main__":
    main()
