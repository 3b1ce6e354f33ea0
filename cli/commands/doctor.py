"""``trialog doctor``."""

from __future__ import annotations

import platform

from trialog.application.keys import keys_if_named
from trialog.cli.options import JsonOption, LogOption
from trialog.cli.printing import tables as show
from trialog.cli.session import opened
from trialog.events.version import __version__


def doctor(json: JsonOption = False, log: LogOption = None) -> int:
    """Say what protects this log and what does not: versions, settings, guards, and what they guarantee.

    Exit code 1 when something is bad. Nothing is changed; trialog verify looks at the events themselves.
    """
    from trialog.log.checks.doctor import BAD, GOOD, Finding, examine, examine_keys

    keys = keys_if_named()
    with opened(log) as found:
        findings = [
            Finding("trialog, Python", f"{__version__}, {platform.python_version()}", GOOD, ""),
            *examine(found),
            *(examine_keys(keys) if keys else ()),
        ]
        place = found.shown
    bad = [each for each in findings if each.verdict == BAD]
    if json:
        show.as_json({"log": place, "healthy": not bad, "findings": [each._asdict() for each in findings]})
    else:
        show.table(
            ("", "what", "found", "means"), ((each[2], each[0], each[1], each[3]) for each in findings), long=(3,)
        )
        count = f"{len(bad)} thing{'s' if len(bad) > 1 else ''} to mend" if bad else "nothing to mend"
        show.lines(f"{place}: {count}")
    return 1 if bad else 0
