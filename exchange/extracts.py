"""What an extract says against what the log holds of an earlier one: new, changed, gone, or the same.

Pure: facts of one history and its entries in, drafts out. Three things are kept apart: what the
log took from an earlier extract (its ids begin with the prefix of the import), what people changed
by hand since, and what the new extract says. A change by hand is never undone by an extract that
merely repeats its old value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from trialog.domain.timeline import EventInForce, facts_of
from trialog.events.entry import Draft, LogEntry, derived_id
from trialog.events.kinds import (
    CohortOpened,
    EventCorrected,
    EventRetracted,
    SubjectDied,
    SubjectEnrolled,
    TrialEvent,
    TrialRegistered,
)
from trialog.events.registry import build, name_of, to_payload
from trialog.events.words import about as subject_of
from trialog.events.words import sentence
from trialog.exchange.fact import ImportedFact

_NOT_COMPARED: Final = ("source", "reported_on")
_CAME_BACK: Final = re.compile(r"\+[0-9]+$")


@dataclass(frozen=True)
class ExtractContext:
    """What an import says of itself.

    Attributes:
        prefix: Of its ids, for example ``sdtm``.
        day: Day on which the extract knew its facts; None for the day of recording.
        today: Day of recording, the day of corrections where ``day`` is None.
        reason: Why something is corrected or retracted: the extract's name.
        datasets: What the extract is whole of; facts from other data sets are not missed.
        silent: Fields by topic of which the extract says nothing when they are unknown or missing in it.
    """

    prefix: str
    day: str | None
    today: str
    reason: str
    datasets: frozenset[str]
    silent: Mapping[str, frozenset[str]] = field(default_factory=dict)


Action = Literal["new", "corrected", "retracted"]


@dataclass(frozen=True, slots=True)
class Change:
    """Something to append.

    Attributes:
        action: Why.
        dataset: Which data set says so.
        kind: Name of the kind of event that is new, corrected or retracted.
        draft: What to append.
    """

    action: Action
    dataset: str
    kind: str
    draft: Draft


@dataclass
class ExtractComparison:
    """What to do about one history.

    Attributes:
        changes: What to append.
        same: Facts that the log holds already, by data set.
        told: What changes of a history that the log held, in words.
        kept: Why something that differs was left as it is: changed by hand, or in contradiction.
    """

    changes: list[Change] = field(default_factory=list)
    same: Counter[str] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def drafts(self) -> list[Draft]:
        """Everything to append; retractions and corrections first."""
        order = ("retracted", "corrected", "new")
        return [change.draft for change in sorted(self.changes, key=lambda each: order.index(each.action))]


@dataclass(frozen=True)
class _Standing:
    """An event of an earlier extract, as that extract and its successors left it.

    Attributes:
        by_extract: As the extracts say.
        now: As it stands, with what people changed.
    """

    key: str
    by_extract: EventInForce
    now: EventInForce

    @property
    def dataset(self) -> str:
        """Which data set said so."""
        return dataset_of(self.key)


def dataset_of(event_id: str) -> str:
    """Return the data set that an imported event's id or key names; the trial and its arms come from DM."""
    name = event_id.split(":")[1]
    return "DM" if name in ("TRIAL", "ARM") else name


def compare(facts: Sequence[ImportedFact], entries: Sequence[LogEntry], about: ExtractContext) -> ExtractComparison:
    """Return what makes a history say what an extract says.

    A record is recognised by its key; records that were merely numbered anew are recognised by what they say.

    Args:
        facts: What the extract says of this history; none when it no longer knows the subject.
        entries: The history in the log.
        about: The import.
    """
    found = ExtractComparison()
    if not entries:
        nothing: set[str] = set()
        for fact in facts:
            _add(fact, nothing, about, found)
        return found
    standing, taken = _standing(entries, about.prefix)
    by_hand = _by_hand(entries, about.prefix)
    wanted = [fact for fact in facts if not _recorded_by_hand(fact, by_hand, found)]
    unmatched: list[ImportedFact] = []
    left = dict(standing)
    for each in wanted:
        held = left.get(each.key)
        fact = each if held is None else _completed(each, held.by_extract.event, about)
        if held is not None and _unchanged(held.by_extract.event, fact.event):
            del left[fact.key]
            _note_same(held, found)
        else:
            unmatched.append(fact)
    unmatched = _renumbered(unmatched, left, found)
    for fact in unmatched:
        held = left.pop(fact.key, None)
        if held is None:
            _add(fact, taken, about, found)
            found.told.append(f"new: {sentence(fact.event)}")
        elif type(held.by_extract.event) is not type(fact.event):
            _retract(held, about, found)
            _add(fact, taken, about, found)
        else:
            _correct(held, fact, about, found)
    for held in left.values():
        # A subject that the extract no longer knows is gone with everything, whatever data sets it has.
        if held.dataset in about.datasets or not facts:
            _retract(held, about, found)
    return found


def _standing(entries: Sequence[LogEntry], prefix: str) -> tuple[dict[str, _Standing], set[str]]:
    """Return the events of earlier extracts that stand by them, by key, and every id that is taken."""
    mine = [entry for entry in entries if entry.event_id.startswith(f"{prefix}:")]
    now = {fact.entry.event_id: fact for fact in facts_of(entries)}
    standing = {}
    for fact in facts_of(mine):
        if fact.stands:
            key = _CAME_BACK.sub("", fact.entry.event_id)
            standing[key] = _Standing(key, fact, now[fact.entry.event_id])
    return standing, {entry.event_id for entry in entries}


def _by_hand(entries: Iterable[LogEntry], prefix: str) -> list[EventInForce]:
    return [
        fact for fact in facts_of(tuple(entries)) if fact.stands and not fact.entry.event_id.startswith(f"{prefix}:")
    ]


def _recorded_by_hand(fact: ImportedFact, by_hand: Sequence[EventInForce], found: ExtractComparison) -> bool:
    """Tell whether somebody recorded a fact that a history has once, before the extract had it."""
    if not any(_says_the_same_once(fact.event, other.event) for other in by_hand):
        return False
    found.same[fact.dataset] += 1
    return True


def _says_the_same_once(event: TrialEvent, other: TrialEvent) -> bool:
    match event, other:
        case TrialRegistered(), TrialRegistered():
            return True
        case CohortOpened(cohort=mine), CohortOpened(cohort=theirs):
            return mine == theirs
        case SubjectEnrolled(occurred_on=mine), SubjectEnrolled(occurred_on=theirs):
            return mine == theirs and event.cohort == other.cohort
        case SubjectDied(occurred_on=mine), SubjectDied(occurred_on=theirs):
            return mine == theirs
        case _:
            return False


def _content(event: TrialEvent) -> dict[str, Any]:
    """Return what an event says, without where it is written and since when it is known."""
    fields = event.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in fields.items() if name not in _NOT_COMPARED}


def _completed(fact: ImportedFact, before: TrialEvent, about: ExtractContext) -> ImportedFact:
    """Return a fact with what an earlier extract said where this one is silent."""
    silent = about.silent.get(fact.event.TOPIC, frozenset())
    old = {name: value for name in silent if (value := getattr(before, name, None)) is not None}
    missing = {name: value for name, value in old.items() if getattr(fact.event, name, None) in (None, "unknown")}
    return replace(fact, event=fact.event.model_copy(update=missing)) if missing else fact


def _unchanged(before: TrialEvent, now: TrialEvent) -> bool:
    """Tell whether an extract says what an earlier one said; a registration is never changed by an import."""
    return isinstance(now, TrialRegistered) or _content(before) == _content(now)


def _note_same(held: _Standing, found: ExtractComparison) -> None:
    found.same[held.dataset] += 1
    if not held.now.stands:
        found.kept.append(f"{held.key}: retracted by hand at position {_last(held.now)}; the extract still has it")
    elif _content(held.now.event) != _content(held.by_extract.event):
        found.kept.append(f"{held.key}: corrected by hand at position {_last(held.now)}; the extract has the old value")


def _last(fact: EventInForce) -> int:
    changed = [*fact.corrections, *([fact.retraction] if fact.retraction else [])]
    return max(entry.position for entry in changed)


def _renumbered(
    facts: Sequence[ImportedFact], left: dict[str, _Standing], found: ExtractComparison
) -> list[ImportedFact]:
    """Match what was merely numbered anew: the same words under another key of the same data set."""
    if not left:
        return list(facts)
    same: dict[tuple[str, str, str], list[str]] = {}
    for key, held in left.items():
        same.setdefault(_words(held.dataset, held.by_extract.event), []).append(key)
    rest = []
    for fact in facts:
        keys = same.get(_words(fact.dataset, fact.event))
        if keys:
            _note_same(left.pop(keys.pop(0)), found)
        else:
            rest.append(fact)
    return rest


def _words(dataset: str, event: TrialEvent) -> tuple[str, str, str]:
    return dataset, event.TOPIC, repr(sorted(_content(event).items(), key=lambda each: each[0]))


def _add(fact: ImportedFact, taken: set[str], about: ExtractContext, found: ExtractComparison) -> None:
    event_id, number = fact.key, 1
    while event_id in taken:
        number += 1
        event_id = f"{fact.key}+{number}"
    taken.add(event_id)
    draft = Draft(_reported(fact.event, about), event_id, None, fact.where)
    found.changes.append(Change("new", fact.dataset, name_of(fact.event), draft))


def _reported(event: TrialEvent, about: ExtractContext) -> TrialEvent:
    return event if about.day is None else event.model_copy(update={"reported_on": about.day})


def _correct(held: _Standing, fact: ImportedFact, about: ExtractContext, found: ExtractComparison) -> None:
    was, said, now = _content(held.by_extract.event), _content(fact.event), _content(held.now.event)
    if now == said and held.now.stands:
        found.same[held.dataset] += 1  # somebody put it right before the extract did
        return
    if not held.now.stands or now != was:
        found.kept.append(
            f"{held.key}: changed by hand at position {_last(held.now)}, and otherwise in the extract: "
            f"{_difference(now, said)}; correct it by hand"
        )
        return
    changes = {name: said.get(name) for name in {*was, *said} if was.get(name) != said.get(name)}
    ordered = {name: changes[name] for name in sorted(changes)}
    moved = ", ".join(f"{name} {was.get(name, 'nothing')} -> {said.get(name, 'nothing')}" for name in ordered)
    found.told.append(f"corrected: {name_of(fact.event)} {subject_of(fact.event)}: {moved}")
    draft = _amendment(EventCorrected, held, about, {"changes": ordered, "source": fact.event.source}, fact.where)
    found.changes.append(Change("corrected", held.dataset, name_of(fact.event), draft))


def _difference(now: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    names = sorted(name for name in {*now, *said} if now.get(name) != said.get(name))
    return ", ".join(f"{name} {now.get(name)} in the log, {said.get(name)} in the extract" for name in names)


def _retract(held: _Standing, about: ExtractContext, found: ExtractComparison) -> None:
    if not held.now.stands:
        return
    found.told.append(f"retracted: {sentence(held.now.event)}")
    draft = _amendment(EventRetracted, held, about, {"source": about.reason}, f"{held.key} is gone")
    found.changes.append(Change("retracted", held.dataset, name_of(held.now.event), draft))


def _amendment(
    kind: type[TrialEvent], held: _Standing, about: ExtractContext, fields: dict[str, Any], where: str
) -> Draft:
    given = {
        "occurred_on": about.day or about.today,
        "target": held.by_extract.entry.event_id,
        "reason": about.reason,
        **fields,
    }
    if about.day is not None:
        given["reported_on"] = about.day
    event = build(kind, given)
    return Draft(event, f"{about.prefix}:amend:{derived_id(event.TOPIC, to_payload(event))}", None, where)
