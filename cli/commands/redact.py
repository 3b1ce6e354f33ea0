"""``trialog redact`` and ``trialog private``."""

from __future__ import annotations

from typing import Annotated

import typer

from trialog.cli.options import (
    ByOption,
    JsonOption,
    KeysOption,
    LogOption,
    MasterKeyFileOption,
    TrialOption,
    actor,
)
from trialog.cli.printing import tables as show
from trialog.cli.session import asking


def redact(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Subject id.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    authority: Annotated[str, typer.Option("--authority", help="Who asked for it, and on what ground.")],
    source: Annotated[str, typer.Option("--source", envvar="TRIALOG_SOURCE", help="Where it is written.")],
    on: Annotated[str | None, typer.Option("--on", help="Day of the decision [default: today].")] = None,
    keys: KeysOption = None,
    by: ByOption = None,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Make a subject's private texts unreadable for ever, in this log and in every copy of it.

    The decision is recorded as an event, then the subject's key is destroyed. No event changes: every
    checkpoint and every proof holds as before, and no figure moves. Backups of the key folder must go too.
    """
    with asking(log, trial) as asked:
        answer = asked.redact(
            subject, reason=reason, authority=authority, source=source, by=actor(by), on=on, keys=keys
        )
    if json:
        show.answer_as_json(answer)
        return
    what = "its key is destroyed" if answer.key_destroyed else "it had no key here"
    show.lines(f"{answer.trial} #{answer.position}  subject-redacted {subject}: {what}")
    show.lines(f"log: {answer.log.size} events, root {answer.log.root}")


def private(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Subject id.")],
    keys: KeysOption = None,
    master_key_file: MasterKeyFileOption = None,
    trial: TrialOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Show a subject's private texts, for those who hold its key."""
    with asking(log, trial) as asked:
        answer = asked.private_texts(subject, keys=keys, master_key_file=master_key_file)
    if json:
        show.answer_as_json(answer)
        return
    show.table(
        ("#", "event", "name", "text"),
        ((each["position"], each["event"], each["name"], each["text"]) for each in answer.rows()),
        long=(3,),
    )
