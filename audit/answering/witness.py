"""An example history as events that can be appended to a log, and the proof that it gives every figure.

The source of every event of a constructed subject says that the subject is constructed. The announcements are
added with their real words, each with the definition and the cutoff under which the audit read it, marked as
inferred. A history is shown only after every figure was recomputed from its events.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from trialog.audit.deciding.history import ExampleHistory, ExampleSubject
from trialog.audit.reading.claims import COUNTED, Claim, ClaimGroup, Rows, Series
from trialog.audit.reading.constraints import LIMITS
from trialog.audit.reading.terms import Terms
from trialog.events.announced_figure import AnnouncedFigure, Inference
from trialog.events.dates import iso
from trialog.events.definition import Definition
from trialog.events.kinds import (
    CohortOpened,
    DoseAdministered,
    ProgressionFound,
    ResponseAssessed,
    SubjectDied,
    SubjectEnrolled,
    SubjectLeft,
    SubjectSeenAlive,
    TrialEvent,
    TrialRegistered,
)
from trialog.events.registry import build, name_of
from trialog.exchange.register.register import releases_of
from trialog.exchange.register.row_reading import RowReading

SOURCE: Final = "reconstruction: constructed by audit, not real subjects"
BY: Final = "trialog audit"
PREFIX: Final = "audit/"
LONGEST_LABEL: Final = 64
_REGISTRY_CODE: Final = re.compile(r"\b(?:NCT\d{8}|ISRCTN\d{8}|\d{4}-\d{6}-\d{2})\b")

Line = dict[str, Any]
"""An event as a line for ``trialog append``."""


def trial_code(series: Series) -> str:
    """Return the code of the constructed trial: the registry's if the rows contain one, else their first words."""
    words = sorted({reading.trial for reading in series.readings.values() if reading.trial})
    found = _REGISTRY_CODE.search(words[0]) if words else None
    if found:
        return found[0]
    return re.sub(r"[^A-Za-z0-9.]+", "-", words[0])[:60].strip("-.") if words else "AUDITED"


class Witness:
    """A history that gives every figure of a series, as events.

    Args:
        series: The claims.
        terms: Terms under which they were read.
        rows: Rows of the claims to include.
        history: The constructed subjects.
    """

    def __init__(self, series: Series, terms: Terms, rows: Rows, history: ExampleHistory) -> None:
        self.series, self.terms, self.history = series, terms, history
        self.claims = [claim for claim in series.claims if claim.row in rows]
        self.trial = trial_code(series)
        self.labels = _labels(series.groups, history)

    def lines(self) -> list[Line]:
        """Return the events, in the order of their days."""
        subjects = [event for group in sorted(self.history.people) for event in self._group(group)]
        subjects.sort(key=lambda event: str(event.occurred_on))
        return [self._line(event) for event in (self._registration(), *subjects, *self._announcements())]

    def events(self) -> list[TrialEvent]:
        """Return the registration, the subjects' events and the announcements."""
        subjects = [event for group in sorted(self.history.people) for event in self._group(group)]
        return [self._registration(), *subjects, *self._announcements()]

    def _line(self, event: TrialEvent) -> Line:
        fields = event.model_dump(mode="json", exclude_none=True)
        return {"event": name_of(event), "trial": self.trial, **fields, "by": BY}

    def _registration(self) -> TrialEvent:
        words = sorted({reading.trial for reading in self.series.readings.values() if reading.trial})
        starts = [person.entry for people in self.history.people.values() for person in people]
        starts += list(self.history.starts.values())
        day = iso(min(starts)) if starts else iso(0)
        return build(
            TrialRegistered,
            {
                "title": f"{words[0] if words else 'Audited series'} (constructed subjects)"[:500],
                "occurred_on": day,
                "reported_on": day,
                "source": SOURCE,
                "default_definition": self._plain_definition().as_dict(),
            },
        )

    def _plain_definition(self) -> Definition:
        definition, given = self.terms.definition, self.terms.given
        return replace(
            definition,
            origin=definition.origin if "origin" in given else "enrollment",
            population=definition.population if "population" in given else "enrolled",
        )

    def _cutoff(self, claim: Claim) -> int:
        return self.history.cutoffs[self.terms.release_of(self.series, claim)]

    def _group(self, group: int) -> Iterable[TrialEvent]:
        label = self.labels[group]
        start = self.history.starts.get(group, min(person.entry for person in self.history.people[group]))
        yield _event(CohortOpened, start, cohort=label)
        mine = [claim for claim in self.claims if group in claim.groups]
        releases = {self.terms.release_of(self.series, claim): self._cutoff(claim) for claim in mine}
        definition = self._plain_definition()
        dosed = definition.population != "not dosed" and (
            "first dose" in (definition.origin, self.series.groups[group].origin)
            or definition.population in ("dosed", "evaluable")
            or any(self.series.figure(claim.row).counted == "dosed" for claim in mine)
        )
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", label).strip("-.") or "cohort"
        width = len(str(len(self.history.people[group])))
        for number, person in enumerate(self.history.people[group], 1):
            yield from self._subject(f"{slug}-{number:0{max(2, width)}}", label, person, releases, mine, dosed=dosed)

    def _subject(
        self,
        subject: str,
        cohort: str,
        person: ExampleSubject,
        releases: Mapping[int, int],
        claims: list[Claim],
        *,
        dosed: bool,
    ) -> Iterable[TrialEvent]:
        entry = person.entry
        yield _event(SubjectEnrolled, entry, subject=subject, cohort=cohort, randomised_on=iso(entry), evaluable=True)
        if dosed:
            yield _event(DoseAdministered, entry, subject=subject, amount="1", unit="dose")
        assessed = any(claim.endpoint == "pfs" for claim in claims)
        yield from _contacts(subject, person, releases, assessed=assessed)
        if person.progressed is not None:
            yield _event(ProgressionFound, person.progressed, subject=subject)
        if person.end is not None and person.lost:
            yield _event(SubjectLeft, person.end, subject=subject, reason="lost to follow-up")
        elif person.end is not None:
            yield _event(SubjectDied, person.end, subject=subject)

    def _announcements(self) -> Iterable[TrialEvent]:
        """Return the announcements with the figures that were checked, read as the audit read them."""
        by_number = {self.series.readings[claim.row].row.number: claim for claim in self.claims}
        readings = [self._as_read(self.series.readings[claim.row], claim) for claim in by_number.values()]
        for release in releases_of(readings):
            name = (PREFIX + release.name)[:LONGEST_LABEL].strip()
            yield release.made.model_copy(update={"announcement": name})
            for figure in release.figures.values():
                yield figure.model_copy(update={"announcement": name})

    def _as_read(self, reading: RowReading, claim: Claim) -> RowReading:
        figure = reading.figure
        definition = self._plain_definition()
        read: dict[str, Any] = {
            "cohorts": tuple(self.labels[group] for group in claim.groups),
            "everyone": None,
            "estimator": self.terms.estimator_of(claim),
            "origin": definition.origin,
            "origin_words": None,
            "counted": definition.population,
            "censoring": self.terms.censoring_of(claim),
            "month": self.terms.month_of(claim.row, claim.month),
            "ties": self.terms.ties_of(claim),
            "data_cutoff": iso(self._cutoff(claim)),
        }
        if (counting := self.terms.lengths_of(claim.row, claim.month, claim.counting)[0].counting) == "inclusive":
            read["counting"] = counting
        if figure.lower is not None or figure.upper is not None or claim.quantity in LIMITS:
            read["conf_type"] = self.terms.conf_types_of(claim)[0]
            read["level"] = f"{Decimal(repr(100 * self.terms.levels_of(claim)[0])).normalize():f}"
        if claim.quantity in COUNTED:
            read = {name: read[name] for name in ("cohorts", "everyone", "data_cutoff")}
        rules = {
            name: "as the audit reads it"
            for name, value in read.items()
            if value is not None and value != getattr(figure, name)
        }
        if "origin" in rules and figure.origin_words is not None:
            rules["origin"] = f"the constructed subjects' enrollment stands for {figure.origin_words}"
        kept = tuple(each for each in figure.inferred if each.field not in read)
        inferred = (*kept, *(Inference(field=name, rule=rule) for name, rule in sorted(rules.items())))
        changed: AnnouncedFigure = figure.model_copy(update={**read, "inferred": inferred})
        return replace(reading, figure=changed)


def _contacts(
    subject: str, person: ExampleSubject, releases: Mapping[int, int], *, assessed: bool
) -> Iterable[TrialEvent]:
    """Yield the events that show a subject alive, or free of progression, by each cutoff.

    Args:
        subject: Its name.
        person: The constructed subject.
        releases: Cutoffs by release.
        assessed: Whether a figure asks for progression.
    """
    until = max(releases.values()) + 1 if person.end is None else person.end
    seen, free = dict(person.seen), dict(person.assessed)
    made: set[tuple[int, bool]] = set()
    for release, cutoff in sorted(releases.items(), key=lambda item: item[1]):
        contacts = [(seen.get(release, free.get(release, cutoff)), False)]
        if assessed:
            contacts = [(free.get(release, cutoff), True)] + ([(seen[release], False)] if release in seen else [])
        for day, by_assessment in contacts:
            if not person.entry < day < until or (day, by_assessment) in made:
                continue
            made.add((day, by_assessment))
            if by_assessment and (person.progressed is None or day < person.progressed):
                event = _event(ResponseAssessed, day, subject=subject, criteria="RECIST 1.1", category="SD")
            else:
                event = _event(SubjectSeenAlive, day, subject=subject, contact="other")
            # A contact that was unknown at an earlier release becomes known for this one.
            yield event if day == cutoff else event.model_copy(update={"reported_on": iso(cutoff)})


def _event(kind: type[TrialEvent], day: int, **fields: Any) -> TrialEvent:
    on = iso(day)
    return build(kind, {"occurred_on": on, "reported_on": on, "source": SOURCE, **fields})


def _labels(groups: tuple[ClaimGroup, ...], history: ExampleHistory) -> Mapping[int, str]:
    """Return a unique cohort label for each group: its words, shortened if they do not make a valid label."""
    labels: dict[int, str] = {}
    for group in sorted(history.people):
        words = re.sub(r"[^A-Za-z0-9 ._+/-]+", " ", groups[group].label)
        plain = " ".join(words.split()).strip(" ._+/-")[:LONGEST_LABEL].rstrip(" ._+/-") or "cohort"
        label, number = plain, 2
        while label in labels.values():
            label, number = f"{plain[: LONGEST_LABEL - 4].rstrip()} {number}", number + 1
        labels[group] = label
    return labels
