"""What protects this log, and what does not?"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any, cast

from trialog.application.answers.trust import DoctorAnswer, FindingPart
from trialog.application.keys import keys_if_named
from trialog.events.version import __version__

if TYPE_CHECKING:
    from trialog.log.store.database import Database


def doctor(database: Database) -> DoctorAnswer:
    """Return versions, settings and guards, and what they guarantee; nothing is changed.

    The keys of private texts are looked at too if the environment names their folder.
    """
    from trialog.log.checks.doctor import BAD, GOOD, Finding, examine, examine_keys

    keys = keys_if_named()
    findings = [
        Finding("trialog, Python", f"{__version__}, {platform.python_version()}", GOOD, ""),
        *examine(database),
        *(examine_keys(keys) if keys else ()),
    ]
    return DoctorAnswer(
        log=database.shown,
        healthy=all(each.verdict != BAD for each in findings),
        findings=[FindingPart(**cast("dict[str, Any]", each._asdict())) for each in findings],
    )
