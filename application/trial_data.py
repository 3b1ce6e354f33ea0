"""Read from a log everything that figures need of one trial."""

from __future__ import annotations

from trialog.domain.history import StreamHistory
from trialog.events.errors import QuestionError
from trialog.events.kinds import ANNOUNCEMENT_PREFIX, IMPORT_STREAM, TRIAL_STREAM
from trialog.log.store.array_cache import cache_folder, columns_of_log
from trialog.log.store.database import Database
from trialog.log.store.trial_log import EventMapper
from trialog.projections.trial_data import TrialData


def load(log: Database, code: str) -> TrialData:
    """Read one state of a trial from its log.

    Raises:
        QuestionError: The log does not hold that trial.
        LogError: The log cannot be read.
    """
    recorder = log.recorder(code)
    replay = recorder.replay()
    columns = columns_of_log(replay, cache_folder(log))
    streams = [*replay.streams_named(ANNOUNCEMENT_PREFIX), *replay.streams_named(IMPORT_STREAM)]
    if not columns.size:
        known = ", ".join(head.code for head in log.trials()) or "none yet"
        raise QuestionError(f"no trial {code!r} in this log; it holds: {known}")
    mapper = EventMapper()
    stored = recorder.entries_of([TRIAL_STREAM, *streams])
    histories = {
        stream: StreamHistory(
            stream,
            # What was appended since the columns were read is not part of this state.
            tuple(mapper.to_domain_event(row) for row in rows if row.position <= columns.size),
        )
        for stream, rows in stored.items()
    }
    trial_history = histories.pop(TRIAL_STREAM, StreamHistory(TRIAL_STREAM))
    import_history = histories.pop(IMPORT_STREAM, StreamHistory(IMPORT_STREAM))
    return TrialData(
        code=code,
        columns=columns,
        trial_history=trial_history,
        announcement_histories={
            stream.removeprefix(ANNOUNCEMENT_PREFIX): history for stream, history in histories.items()
        },
        import_history=import_history,
    )
