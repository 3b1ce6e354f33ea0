"""Triggers by which a PostgreSQL log refuses changes, deletions, gaps and wrong times, whatever program writes to it.

The owner of the database can drop these triggers; then only a checkpoint stored elsewhere reveals a change.
"""

from __future__ import annotations

from typing import Final

from trialog.log.store.postgresql.append import PROMPT_SECONDS

_REFUSING: Final = {
    "event": "events are immutable: append a correction or a retraction instead",
    "stream": "streams are immutable",
    "checkpoint": "checkpoints are immutable",
    "log": "what the log says of itself is immutable",
}

POSTGRES_SETUP: Final = (
    "CREATE SEQUENCE trial_number AS integer OWNED BY trial.number",
    # The connected login, independent of the event's actor; no grant lets a writer set it.
    "ALTER TABLE event ADD COLUMN login text NOT NULL DEFAULT session_user",
    """
    CREATE FUNCTION trialog_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_ARGV[0];
    END $$
    """,
    # One check covers all rows of a statement: a trigger for each row would cost more than the insert. The entry before
    # the new ones is looked up by ORDER BY and LIMIT, never as a maximum or by position. A session plans these queries
    # once, perhaps for the few events of a new log. There, any index that begins with the trial seems as good as the
    # right one, and the plan would scan the whole trial from then on. ORDER BY forces the right index. In a stream, the
    # entry before the new ones must be the one that was last before; if not, the new ones are not the last. A single
    # event has a separate, faster check, because most appends are of one event.
    f"""
    CREATE FUNCTION trialog_events_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      added record;
      head record;
      wrong text;
    BEGIN
      SELECT min(trial) AS trial, max(trial) AS other, min(position) AS low, max(position) AS high, count(*) AS rows,
             min(stream) AS stream, max(stream) AS last_stream, min(version) AS version,
             min(recorded_at) AS earliest, max(recorded_at) AS latest
        INTO added FROM appended;
      IF added.rows = 0 THEN
        RETURN NULL;
      END IF;
      SELECT size, recorded_at INTO head FROM trial WHERE number = added.trial;
      IF added.trial <> added.other THEN
        wrong := 'events of several trials at once';
      ELSIF added.low IS DISTINCT FROM head.size + 1 OR added.rows <> added.high - added.low + 1 THEN
        wrong := 'position is not the next one of the log';
      ELSIF added.last_stream > (SELECT number FROM stream WHERE stream.trial = added.trial
                                  ORDER BY number DESC LIMIT 1) THEN
        wrong := 'stream is not in the log';
      ELSIF added.rows = 1 THEN
        IF added.version <> coalesce(1 + (SELECT version FROM event
                                           WHERE trial = added.trial AND stream = added.stream
                                           ORDER BY version DESC OFFSET 1 LIMIT 1),
                                         greatest(least(added.version, 1), 0)) THEN
          wrong := 'version is not the next one of the stream';
        END IF;
      ELSIF EXISTS (SELECT FROM (SELECT stream, min(version) AS low, max(version) AS high, count(*) AS rows
                                   FROM appended GROUP BY stream) AS its
                     WHERE rows <> high - low + 1
                        OR low <> coalesce(1 + (SELECT version FROM event
                                                 WHERE event.trial = added.trial AND event.stream = its.stream
                                                 ORDER BY version DESC OFFSET its.rows LIMIT 1),
                                               greatest(least(its.low, 1), 0))) THEN
        wrong := 'version is not the next one of the stream';
      ELSIF added.earliest <> added.latest
            AND EXISTS (SELECT FROM (SELECT recorded_at - lag(recorded_at) OVER (ORDER BY position) AS after
                                       FROM appended) AS its
                         WHERE after < 0) THEN
        wrong := 'the time of recording goes back';
      END IF;
      -- The owner may bring in a log from elsewhere, times included; nobody else chooses a time. Seconds may pass
      -- between a writer's look at the clock and its call.
      IF wrong IS NULL
         AND (added.earliest < greatest(head.recorded_at,
                                        trialog_microseconds(transaction_timestamp() - interval '{PROMPT_SECONDS} s'))
              OR added.latest > greatest(head.recorded_at, trialog_microseconds(clock_timestamp())))
         AND NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        wrong := 'the time of recording is not now';
      END IF;
      IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = wrong;
      END IF;
      RETURN NULL;
    END $$
    """,  # noqa: S608  # a number of ours
    """
    CREATE FUNCTION trialog_microseconds(moment timestamptz) RETURNS bigint LANGUAGE sql STABLE
    RETURN (extract(epoch FROM moment) * 1000000)::bigint
    """,
    """
    CREATE FUNCTION trialog_trial_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      newest record;
    BEGIN
      IF NEW.number <> OLD.number OR NEW.code <> OLD.code OR NEW.origin <> OLD.origin OR NEW.size < OLD.size
         OR NEW.recorded_at < OLD.recorded_at OR NEW.streams < OLD.streams THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
          MESSAGE = 'a trial cannot shrink, change its name or go back in time';
      END IF;
      SELECT position, recorded_at INTO newest FROM event
       WHERE trial = NEW.number ORDER BY position DESC LIMIT 1;
      IF NEW.size <> coalesce(newest.position, 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
          MESSAGE = 'the size of a trial is the number of its events';
      END IF;
      IF NEW.streams <> OLD.streams
         AND NEW.streams <> coalesce((SELECT number FROM stream WHERE trial = NEW.number
                                       ORDER BY number DESC LIMIT 1), 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
          MESSAGE = 'the streams of a trial are those that it has';
      END IF;
      IF NEW.recorded_at <> coalesce(newest.recorded_at, 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
          MESSAGE = 'the time of a trial is that of its last event';
      END IF;
      IF (NEW.frontier <> OLD.frontier AND NEW.size = OLD.size)
         OR length(NEW.frontier) <> 32 * length(replace(NEW.size::bit(64)::text, '0', '')) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
          MESSAGE = 'the edge of the tree changes only with an append, and fits the size';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION trialog_streams_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM (SELECT trial, min(number) AS low, max(number) AS high, count(*) AS rows
                                FROM appended GROUP BY trial) AS added
                  WHERE rows <> high - low + 1
                     OR low IS DISTINCT FROM (SELECT streams + 1 FROM trial WHERE trial.number = added.trial)) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
          MESSAGE = 'stream is not the next one of the log';
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION trialog_checkpoint_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      head record;
    BEGIN
      SELECT size, origin INTO head FROM trial WHERE number = NEW.trial;
      IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM checkpoint WHERE trial = NEW.trial) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
          MESSAGE = 'checkpoint is not the next one of the log';
      END IF;
      IF head.size IS NULL OR NEW.size > head.size THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
          MESSAGE = 'checkpoint is of a larger log than this one';
      END IF;
      IF NOT starts_with(NEW.note, head.origin || E'\n' || NEW.size || E'\n' || encode(NEW.root, 'base64') || E'\n')
         OR NEW.note !~ E'^([^\n]+\n)+(\n(\u2014 [^ \n]+ [A-Za-z0-9+/=]+\n)+)?$' THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
          MESSAGE = 'the note is not a checkpoint of this trial';
      END IF;
      RETURN NEW;
    END $$
    """,
    # A guard must never read a writer's temporary table that has the name of one of ours.
    """
    DO $$
    DECLARE
      guard text;
    BEGIN
      FOREACH guard IN ARRAY ARRAY['trialog_events_in_order', 'trialog_streams_in_order', 'trialog_trial_only_grows',
                                   'trialog_checkpoint_in_order']
      LOOP
        EXECUTE format('ALTER FUNCTION %s() SET search_path = pg_catalog, %I, pg_temp', guard, current_schema());
        EXECUTE format('ALTER FUNCTION %s() SET enable_seqscan = off SET enable_sort = off SET jit = off', guard);
      END LOOP;
    END $$
    """,
)
"""Statements that PostgreSQL needs before its triggers, in this order."""

POSTGRES_GUARDS: Final[dict[str, str]] = {
    **{
        f"{table}_not_changed": f"BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT "
        f"EXECUTE FUNCTION trialog_refuse('{why}')"
        for table, why in _REFUSING.items()
    },
    **{
        f"{table}_not_emptied": f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
        f"EXECUTE FUNCTION trialog_refuse('{why}')"
        for table, why in (_REFUSING | {"trial": "a trial cannot leave its log"}).items()
    },
    "trial_not_deleted": "BEFORE DELETE ON trial FOR EACH STATEMENT "
    "EXECUTE FUNCTION trialog_refuse('a trial cannot leave its log')",
    "trial_begins_empty": "BEFORE INSERT ON trial FOR EACH ROW "
    "WHEN (NEW.size <> 0 OR NEW.recorded_at <> 0 OR NEW.streams <> 0 OR NEW.frontier <> '') "
    "EXECUTE FUNCTION trialog_refuse('a trial begins empty')",
    "trial_only_grows": "BEFORE UPDATE ON trial FOR EACH ROW EXECUTE FUNCTION trialog_trial_only_grows()",
    "event_appended_in_order": "AFTER INSERT ON event REFERENCING NEW TABLE AS appended FOR EACH STATEMENT "
    "EXECUTE FUNCTION trialog_events_in_order()",
    "stream_appended_in_order": "AFTER INSERT ON stream REFERENCING NEW TABLE AS appended FOR EACH STATEMENT "
    "EXECUTE FUNCTION trialog_streams_in_order()",
    "checkpoint_appended_in_order": "BEFORE INSERT ON checkpoint FOR EACH ROW "
    "EXECUTE FUNCTION trialog_checkpoint_in_order()",
}
"""Triggers of a PostgreSQL log, by name; each fires even in a session with the replica role."""


def postgres_guard(name: str) -> tuple[str, str]:
    """Return the two statements that set up a guard."""
    table = name.partition("_")[0]
    return (
        f"CREATE TRIGGER {name} {POSTGRES_GUARDS[name]}",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    )
