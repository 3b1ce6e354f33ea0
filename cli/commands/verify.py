"""``trialog verify``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from trialog.application.answers.trust import KeptPart, VerifyAnswer
from trialog.cli.options import EachTrialOption, JsonOption, LogOption, PublicKeysOption
from trialog.cli.printing import tables as show
from trialog.cli.printing.progress import progress_bar
from trialog.cli.session import asking, warn_of_hidden_trials


def verify(
    since: Annotated[
        list[str] | None,
        typer.Option(
            "--since",
            metavar="CHECKPOINT",
            help="Checkpoint that the log must extend: a file, or the announcement or number it was kept with; "
            "repeatable.",
        ),
    ] = None,
    key: PublicKeysOption = None,
    json: JsonOption = False,
    trial: EachTrialOption = None,
    log: LogOption = None,
) -> int:
    """Recompute everything that the log claims, and name the first difference of each trial.

    Recomputed are each event's hash, its plain columns, order, versions and times, each trial's root, the
    checkpoints kept in the log, and the columns kept beside it; and every row of the log belongs to one of its
    trials. With --trial that one is verified, whatever is wrong with others, and the file is not looked at as a
    whole. What the owner of a database changed
    together with everything that follows from it shows only against a checkpoint that was kept elsewhere:
    give that file with --since. Exit code 1 at a difference.
    """
    with asking(log, trial) as asked:
        if trial is None:
            warn_of_hidden_trials(asked, "verified are")
        with progress_bar("verifying", quiet=json) as progress:
            answer = asked.verify(since=since or (), keys=key or (), on_progress=progress)
    if json:
        show.answer_as_json(answer)
    else:
        _print(answer, one_trial=trial is not None)
    for difference in answer.differences or ():
        show.note(f"trialog: {difference}")
    return answer.exit_code


def _print(answer: VerifyAnswer, *, one_trial: bool) -> None:
    for each in answer.trials:
        show.lines(
            f"{each.trial}: {each.size} events verified, root {each.root}, "
            f"{each.kept_checkpoints} kept checkpoints hold{_vouched(each.kept)}"
        )
    for checkpoint in answer.extends or ():
        code = checkpoint.origin.split("/", 2)[-1]
        show.lines(f"{code}: extends the checkpoint of {checkpoint.size} events, {checkpoint.root}")
    if not answer.verified:
        return
    if one_trial:
        show.lines("the file as a whole was not looked at; trialog verify without --trial does that")
    if not answer.trials:
        show.lines("the log is empty")
    elif not answer.extends:
        show.lines("compared with nothing outside of the log; --since CHECKPOINT does that")


def _vouched(kept: Sequence[KeptPart]) -> str:
    """Return what vouches for the checkpoints that a log keeps, as the end of a line."""
    signatures = Counter(each.status for one in kept for each in one.signatures)
    stamps = Counter(one.stamp for one in kept if one.stamp)
    said = [f"{count} signature{'s' * (count > 1)}: {status}" for status, count in signatures.items()]
    said += [f"{count} time stamp{'s' * (count > 1)}: {status}" for status, count in stamps.items()]
    return f" ({', '.join(said)})" if said else ""
