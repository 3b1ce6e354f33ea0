"""Comparison of cohorts: log-rank test, and difference of medians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialog.events.definition import Definition
from trialog.events.errors import QuestionError
from trialog.events.measures import Endpoint
from trialog.projections.estimators.log_rank import LogRank, log_rank_of
from trialog.projections.measures.figure import Figure
from trialog.projections.times import Times


@dataclass(frozen=True)
class Difference:
    """Median of one group minus the median of another.

    Attributes:
        group, reference: Labels.
        value: In the unit of the medians; None if one of them is not reached.
    """

    group: str
    reference: str
    value: float | None


@dataclass(frozen=True)
class GroupComparison:
    """How groups differ in one endpoint.

    Attributes:
        endpoint: What ends a time.
        definition: Of all groups' times.
        test: Log-rank test over all groups.
        differences: Each group against the first.
    """

    endpoint: Endpoint
    definition: Definition
    test: LogRank
    differences: tuple[Difference, ...]


def compare(labels: Sequence[str], groups: Sequence[Times], medians: Sequence[Figure]) -> GroupComparison:
    """Compare the times of groups.

    Args:
        labels: Of the groups.
        groups: Times under one definition.
        medians: Their medians.

    Raises:
        QuestionError: There is nothing to compare.
    """
    if len(groups) < 2:
        raise QuestionError("a comparison needs two cohorts or more; name them with --cohort, without --pool")
    lengths, ended = (np.concatenate([getattr(of, name) for of in groups]) for name in ("length", "ended"))
    place = np.repeat(np.arange(len(groups)), [of.n for of in groups])
    first = medians[0]
    return GroupComparison(
        endpoint=groups[0].endpoint,
        definition=groups[0].definition,
        test=log_rank_of(lengths, ended, place, tuple(labels)),
        differences=tuple(
            Difference(label, labels[0], _difference(each, first))
            for label, each in zip(labels[1:], medians[1:], strict=True)
        ),
    )


def _difference(one: Figure, other: Figure) -> float | None:
    return None if one.value is None or other.value is None else one.value - other.value
