"""The kinds of event: what can happen in a trial, in the past tense, dated and sourced.

Each class is one kind. The log stores it under the name ``TOPIC``, which never changes;
a changed meaning is a new topic with the next version, never a changed class.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from trialog.events import dates
from trialog.events.announced_figure import AnnouncedFigure
from trialog.events.definition import PARTS, Definition
from trialog.events.vocabulary import (
    ContactKind,
    Criteria,
    DeathCause,
    Evaluator,
    LeftReason,
    ProgressionBasis,
    Sex,
    check_category,
)

LABEL_FORM: Final = r"^[A-Za-z0-9](?:[A-Za-z0-9 ._+/-]{0,62}[A-Za-z0-9._+/-])?$"
ID_FORM: Final = r"^[A-Za-z0-9](?:[A-Za-z0-9._:/+-]{0,127})$"
TARGET_FORM: Final = r"^(?:#[0-9]{1,18}|[A-Za-z0-9][A-Za-z0-9._:/+-]{0,127})$"


SEALED_FORM: Final = r"^[A-Za-z0-9+/]+={0,2}$"


def _clinical_date(text: str) -> str:
    dates.span(text)
    return text


def _complete_date(text: str) -> str:
    dates.day_number(text)
    return text


def _as_text(amount: Any) -> Any:
    """Read a JSON number as the text that was written, so that no digit is lost or invented."""
    if isinstance(amount, (int, float, Decimal)) and not isinstance(amount, bool):
        return str(amount)
    return amount


def _definition(given: Any) -> Any:
    """Read a mapping of parts as a definition, which itself refuses unknown words."""
    if not isinstance(given, dict):
        return given
    unknown = set(given) - set(PARTS)
    if unknown:
        raise ValueError(f"{min(unknown)!r} is not a part of a definition; known: {', '.join(PARTS)}")
    return Definition(**given)


ClinicalDate = Annotated[str, AfterValidator(_clinical_date)]
"""``2017-03-17``, ``2017-03`` or ``2017``; or an interval with both ends, ``2017-03-02/2017-03-20``."""

CompleteDate = Annotated[str, AfterValidator(_complete_date)]
"""``2017-03-17``."""

Label = Annotated[str, Field(pattern=LABEL_FORM)]
"""A name of at most 64 letters, digits, spaces and ``. _ + / -``."""

SubjectId = Annotated[str, Field(pattern=ID_FORM)]
"""A pseudonymous id (CDISC USUBJID) of at most 128 letters, digits and ``. _ : / + -``."""

ShortText = Annotated[str, Field(min_length=1, max_length=500)]
Amount = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^\d{1,12}(\.\d{1,9})?$")]
"""A decimal number without sign or exponent, stored with the digits that were written."""

Unit = Annotated[str, Field(pattern=r"^[A-Za-zµ%][A-Za-z0-9µ%/^.*-]{0,23}$")]


class TrialEvent(BaseModel):
    """One dated, sourced fact about a trial.

    Attributes:
        occurred_on: Day it happened in the clinic, as far as it is known.
        reported_on: Day on which the source knew it, if earlier than its recording.
        source: Where it is documented: a document and page, an EDC query, a release.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)

    TOPIC: ClassVar[str] = ""
    KIND: ClassVar[int] = 0
    """The number of the kind in the log's plain columns; never reused."""

    occurred_on: Annotated[ClinicalDate, Field(description="Day it happened.")]
    reported_on: Annotated[CompleteDate, Field(description="Day the source knew it.")] | None = None
    source: Annotated[ShortText, Field(description="Where it is written.")]

    @property
    def stream(self) -> str:
        """The stream of the log that this event belongs to."""
        raise NotImplementedError


class _AboutTrial(TrialEvent):
    @property
    def stream(self) -> str:
        return TRIAL_STREAM


class _AboutSubject(TrialEvent):
    subject: Annotated[SubjectId, Field(description="Pseudonymous subject id (USUBJID).")]
    sealed: Annotated[str, Field(pattern=SEALED_FORM, min_length=80, max_length=500_000)] | None = None
    """Private texts under the subject's own key; the log seals them when the event is appended."""

    @property
    def stream(self) -> str:
        return SUBJECT_PREFIX + self.subject


TRIAL_STREAM: Final = "trial"
REDACTION_STREAM: Final = "redaction"
IMPORT_STREAM: Final = "import"
SUBJECT_PREFIX: Final = "subject/"
ANNOUNCEMENT_PREFIX: Final = "announcement/"


class TrialRegistered(_AboutTrial):
    """The trial began to be tracked (CDISC TS)."""

    TOPIC: ClassVar[str] = "trial-registered/1"
    KIND: ClassVar[int] = 1

    title: Annotated[ShortText, Field(description="Title of the trial.")]
    sponsor: Annotated[ShortText, Field(description="Sponsor.")] | None = None
    indication: Annotated[ShortText, Field(description="Disease under treatment.")] | None = None
    default_definition: (
        Annotated[
            Definition,
            BeforeValidator(_definition),
            Field(description="Definition that its figures follow unless they state another."),
        ]
        | None
    ) = None


class CohortOpened(_AboutTrial):
    """A dose-escalation cohort or arm opened for enrollment (CDISC TA, ARMCD)."""

    TOPIC: ClassVar[str] = "cohort-opened/1"
    KIND: ClassVar[int] = 2

    cohort: Annotated[Label, Field(description="Label of the cohort.")]
    arm: Annotated[ShortText, Field(description="Name of the arm in words (ARM).")] | None = None
    planned_dose: Annotated[Amount, Field(description="Total planned dose.")] | None = None
    planned_unit: Annotated[Unit, Field(description="Unit of the planned dose, for example mCi/m2.")] | None = None
    fractions: Annotated[int, Field(ge=1, le=1000, description="Doses over which it is divided.")] | None = None
    planned_n: Annotated[int, Field(ge=1, description="Planned number of subjects.")] | None = None

    @model_validator(mode="after")
    def _dose_with_unit(self) -> Self:
        if (self.planned_dose is None) != (self.planned_unit is None):
            raise ValueError("a planned dose needs an amount and a unit, for example 12.5 and mCi/m2")
        return self


class CohortClosed(_AboutTrial):
    """A cohort stopped enrolling."""

    TOPIC: ClassVar[str] = "cohort-closed/1"
    KIND: ClassVar[int] = 3

    cohort: Annotated[Label, Field(description="Label of the cohort.")]


class SubjectEnrolled(_AboutSubject):
    """A subject was assigned to a cohort (CDISC DM, DS)."""

    TOPIC: ClassVar[str] = "subject-enrolled/1"
    KIND: ClassVar[int] = 4

    cohort: Annotated[Label, Field(description="Cohort of the subject.")]
    consent_on: Annotated[ClinicalDate, Field(description="Day of consent.")] | None = None
    randomised_on: Annotated[ClinicalDate, Field(description="Day of randomisation.")] | None = None
    prior_lines: Annotated[int, Field(ge=0, le=99, description="Prior lines of therapy.")] | None = None
    age: Annotated[int, Field(ge=0, le=120, description="Age in years.")] | None = None
    sex: Annotated[Sex, Field(description="F, M or U for unknown.")] | None = None
    evaluable: Annotated[bool, Field(description="Whether the subject is evaluable.")] | None = None
    not_evaluable_why: Annotated[ShortText, Field(description="Why the subject is not evaluable.")] | None = None


class DoseAdministered(_AboutSubject):
    """A dose was given (CDISC EX)."""

    TOPIC: ClassVar[str] = "dose-administered/1"
    KIND: ClassVar[int] = 5

    amount: Annotated[Amount, Field(description="Amount given.")]
    unit: Annotated[Unit, Field(description="Unit of the amount, for example mCi/m2.")]
    route: Annotated[ShortText, Field(description="Route, for example intravenous.")] | None = None
    duration_minutes: Annotated[Amount, Field(description="Duration of the infusion in minutes.")] | None = None
    dose_number: Annotated[int, Field(ge=1, le=9999, description="Number of the dose, from 1.")] | None = None


class ResponseAssessed(_AboutSubject):
    """The disease was assessed against response criteria (CDISC RS, OVRLRESP)."""

    TOPIC: ClassVar[str] = "response-assessed/1"
    KIND: ClassVar[int] = 6

    criteria: Annotated[Criteria, Field(description="IMWG 2016, RECIST 1.1 or Lugano.")]
    category: Annotated[str, Field(description="Category of the criteria, for example PR.")]
    evaluator: Annotated[Evaluator, Field(description="investigator or independent.")] = "investigator"
    confirmed: Annotated[bool, Field(description="Whether the assessment is confirmed.")] | None = None

    @model_validator(mode="after")
    def _category_of_criteria(self) -> Self:
        check_category(self.criteria, self.category)
        return self


class ProgressionFound(_AboutSubject):
    """The disease was found to have progressed, outside a response assessment."""

    TOPIC: ClassVar[str] = "progression-found/1"
    KIND: ClassVar[int] = 7

    basis: Annotated[ProgressionBasis, Field(description="imaging, laboratory, clinical or unknown.")] = "unknown"
    evaluator: Annotated[Evaluator, Field(description="investigator or independent.")] = "investigator"


class ProgressionRuledOut(_AboutSubject):
    """An assessment found no progression; its category is not stated (ADTTE's last assessment).

    It ends no time and counts for no response; an open time to progression is censored on its day.
    """

    TOPIC: ClassVar[str] = "progression-ruled-out/1"
    KIND: ClassVar[int] = 32

    evaluator: Annotated[Evaluator, Field(description="investigator or independent.")] = "investigator"


class SubjectSeenAlive(_AboutSubject):
    """A contact showed the subject to be alive (CDISC SS)."""

    TOPIC: ClassVar[str] = "subject-seen-alive/1"
    KIND: ClassVar[int] = 8

    contact: Annotated[
        ContactKind,
        Field(description="visit, phone, laboratory, imaging, registry, adverse event, treatment or other."),
    ] = "visit"


class SubjectLeft(_AboutSubject):
    """The subject left the study alive (CDISC DS, NCOMPLT)."""

    TOPIC: ClassVar[str] = "subject-left/1"
    KIND: ClassVar[int] = 9

    reason: Annotated[LeftReason, Field(description="Why, for example lost to follow-up.")]


class SubjectDied(_AboutSubject):
    """The subject died, from any cause (CDISC DM.DTHDTC, DD)."""

    TOPIC: ClassVar[str] = "subject-died/1"
    KIND: ClassVar[int] = 10

    cause: Annotated[DeathCause, Field(description="disease, adverse event, other or unknown.")] = "unknown"
    related: Annotated[bool, Field(description="Whether related to treatment.")] | None = None


class AssessmentNotUnderstood(_AboutSubject):
    """An assessment was made whose result the import could not read; figures that it could change say so.

    It counts neither as an assessment nor as a contact: no figure counts it.
    """

    TOPIC: ClassVar[str] = "assessment-not-understood/1"
    KIND: ClassVar[int] = 30

    criteria: Annotated[ShortText, Field(description="Name of the criteria, as written.")] | None = None
    result: Annotated[ShortText, Field(description="The result, as written.")] | None = None
    evaluator: Annotated[Evaluator, Field(description="investigator or independent.")] | None = None
    """Who assessed; None if unknown, so that it could be either."""

    dated: Annotated[bool, Field(description="Whether the day is known.")] = True
    """If it is not, ``occurred_on`` is the day of enrollment: the earliest possible day."""

    why: Annotated[ShortText, Field(description="Why it was not understood.")]


class EvaluabilityDecided(_AboutSubject):
    """The subject was taken into the evaluable population, or out of it (ADSL flags)."""

    TOPIC: ClassVar[str] = "evaluability-decided/1"
    KIND: ClassVar[int] = 11

    evaluable: Annotated[bool, Field(description="In the evaluable population, or out of it.")]
    why: Annotated[ShortText, Field(description="Why.")] | None = None


class _AboutEvent(TrialEvent):
    """A statement about an earlier event; it has no day of its own in the clinic.

    ``occurred_on`` is the day on which the mistake was corrected.
    """

    target: Annotated[str, Field(pattern=TARGET_FORM)]
    """Id of the amended event; in a draft also ``#17`` for the event at position 17."""

    target_stream: str = ""
    """Stream of that event; the log sets it when the event is appended."""

    reason: Annotated[ShortText, Field(description="Why the earlier event was wrong.")]

    @property
    def stream(self) -> str:
        return self.target_stream


class EventCorrected(_AboutEvent):
    """Some fields of an earlier event were wrong; these are the right ones."""

    TOPIC: ClassVar[str] = "event-corrected/1"
    KIND: ClassVar[int] = 12

    changes: Annotated[dict[str, Any], Field(min_length=1)]


class EventRetracted(_AboutEvent):
    """An earlier event should never have been recorded."""

    TOPIC: ClassVar[str] = "event-retracted/1"
    KIND: ClassVar[int] = 13


class _AboutAnnouncement(TrialEvent):
    announcement: Annotated[Label, Field(description="Short name of the announcement.")]

    @property
    def stream(self) -> str:
        return ANNOUNCEMENT_PREFIX + self.announcement


class AnnouncementMade(_AboutAnnouncement):
    """The sponsor made a public statement; its figures follow as events of their own.

    ``occurred_on`` is the day of the release: partial, or absent if it is not known.
    """

    TOPIC: ClassVar[str] = "announcement-made/1"
    KIND: ClassVar[int] = 14

    occurred_on: ClinicalDate | None = None  # type: ignore[assignment]  # some releases are undated
    title: Annotated[ShortText, Field(description="Title of the release.")]
    url: Annotated[str, Field(max_length=1000, description="Where it can be read.")] | None = None
    data_cutoff: Annotated[ClinicalDate, Field(description="Data cutoff that its figures follow.")] | None = None
    data_cutoff_inferred: (
        Annotated[ShortText, Field(description="Why the data cutoff is what it is, if the release does not say.")]
        | None
    ) = None


class FigureAnnounced(_AboutAnnouncement):
    """An announcement stated a figure."""

    TOPIC: ClassVar[str] = "figure-announced/1"
    KIND: ClassVar[int] = 15

    occurred_on: ClinicalDate | None = None  # type: ignore[assignment]  # undated, if its announcement is
    figure: AnnouncedFigure


class AnnouncementWithdrawn(_AboutAnnouncement):
    """The sponsor withdrew a release."""

    TOPIC: ClassVar[str] = "announcement-withdrawn/1"
    KIND: ClassVar[int] = 16

    reason: Annotated[ShortText, Field(description="Why it was withdrawn.")]


class ExtractImported(TrialEvent):
    """The account of data that an import left out and a figure could miss; nothing happened in the clinic.

    ``occurred_on`` is the day of the extract. The latest account of an extract counts; one that names nothing
    says that nothing is missing any more.
    """

    TOPIC: ClassVar[str] = "extract-imported/1"
    KIND: ClassVar[int] = 31

    extract: Annotated[Label, Field(description="Which series of extracts: sdtm, adtte, or the name of a map.")]
    what: Annotated[ShortText, Field(description="The extract in words, with its day or file.")]
    subjects: Annotated[int, Field(ge=0, description="Subjects of the extract.")]
    left_out: dict[str, ShortText] = Field(default_factory=dict, description="Subjects left out, and why.")
    records: dict[str, int] = Field(default_factory=dict, description="Reasons, and records left out for each.")
    accepted: Annotated[bool, Field(description="Whether the user accepted that.")] = False
    endpoints: tuple[str, ...] | None = Field(default=None, description="Parameters of an ADTTE; null: not one.")
    """An ADTTE states only its own parameters; endpoints that it lacks are not computed from it."""

    @property
    def stream(self) -> str:
        """The stream of the log for all accounts of the trial."""
        return IMPORT_STREAM

    @property
    def is_complete(self) -> bool:
        """Whether nothing was left out, and every endpoint is known."""
        return not self.left_out and not self.records


class SubjectRedacted(TrialEvent):
    """A subject's private texts were made permanently unreadable; who requested it, and why (ICH E6(R3) 4.2.2).

    It has a separate stream: nothing happened in the clinic, so no figure may change.
    """

    TOPIC: ClassVar[str] = "subject-redacted/1"
    KIND: ClassVar[int] = 40

    subject: Annotated[SubjectId, Field(description="Pseudonymous subject id (USUBJID).")]
    reason: Annotated[ShortText, Field(description="Why.")]
    authority: Annotated[ShortText, Field(description="Who asked for it, and on what ground.")]

    @property
    def stream(self) -> str:
        """The stream of the log for all redactions of the trial."""
        return REDACTION_STREAM
