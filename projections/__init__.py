"""What follows from the log: facts on two time axes, figures, and their comparison with announcements.

May import `domain`, `events` and NumPy; arrays in, figures out. Reading the log belongs to `log` and `application`,
files to `exchange`, words for an answer to `application/answers`.

For times that come from anywhere, this package offers its estimators directly: arrays of
whole days in, frozen results out, each result with the definition that it follows.

>>> from trialog.projections import survival
>>> found = survival([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
>>> found.n, found.deaths, found.median, found.median_lower, found.median_upper
(11, 7, 31.0, 18.0, None)

A name is loaded when it is first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from trialog.events.definition import KAPLAN_MEIER, TO_DATE, Definition
    from trialog.projections.estimators.curve import Curve, Landmark, RestrictedMean
    from trialog.projections.estimators.history import MedianHistory, history
    from trialog.projections.estimators.log_rank import LogRank, log_rank
    from trialog.projections.estimators.proportion import Proportion, clopper_pearson
    from trialog.projections.estimators.survival import Quantile, Survival, follow_up, restricted_mean, survival
    from trialog.projections.estimators.to_date import to_date_median

__all__ = [
    "KAPLAN_MEIER",
    "TO_DATE",
    "Curve",
    "Definition",
    "Landmark",
    "LogRank",
    "MedianHistory",
    "Proportion",
    "Quantile",
    "RestrictedMean",
    "Survival",
    "clopper_pearson",
    "follow_up",
    "history",
    "log_rank",
    "restricted_mean",
    "survival",
    "to_date_median",
]

_HOMES: Final = {
    "trialog.events.definition": ("KAPLAN_MEIER", "TO_DATE", "Definition"),
    "trialog.projections.estimators.curve": ("Curve", "Landmark", "RestrictedMean"),
    "trialog.projections.estimators.history": ("MedianHistory", "history"),
    "trialog.projections.estimators.log_rank": ("LogRank", "log_rank"),
    "trialog.projections.estimators.proportion": ("Proportion", "clopper_pearson"),
    "trialog.projections.estimators.survival": ("Quantile", "Survival", "follow_up", "restricted_mean", "survival"),
    "trialog.projections.estimators.to_date": ("to_date_median",),
}
_HOME: Final = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load one of the names above (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the names that can be asked for."""
    return sorted({*globals(), *__all__})
