"""trialog: an event-sourced timeline tracker for clinical trials.

>>> import trialog
>>> log = trialog.open_log("trial.db")  # doctest: +SKIP
>>> log.snapshot(as_of="2017-11-07", known_at="2017-11-07")  # doctest: +SKIP

The sub-packages live in the folders of the same names at the top of the
repository; the links beside this file let a development checkout import them
under one name, as an installed wheel does. A name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from trialog.events.version import __version__

if TYPE_CHECKING:
    from trialog.application.audit import audit_figures
    from trialog.application.check import check_figures
    from trialog.application.demo.make import make_demo
    from trialog.application.figures.estimate import estimate
    from trialog.application.opening import Log, create_log, open_log
    from trialog.application.schemas import schema
    from trialog.application.trust.proofs import check_proof
    from trialog.events.definition import Definition


__all__ = [
    "Definition",
    "Log",
    "__version__",
    "audit_figures",
    "check_figures",
    "check_proof",
    "create_log",
    "estimate",
    "make_demo",
    "open_log",
    "schema",
]

_HOME: Final = {
    "Definition": "trialog.events.definition",
    "Log": "trialog.application.opening",
    "audit_figures": "trialog.application.audit",
    "check_figures": "trialog.application.check",
    "check_proof": "trialog.application.trust.proofs",
    "create_log": "trialog.application.opening",
    "estimate": "trialog.application.figures.estimate",
    "make_demo": "trialog.application.demo.make",
    "open_log": "trialog.application.opening",
    "schema": "trialog.application.schemas",
}


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
