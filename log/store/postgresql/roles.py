"""Roles in a PostgreSQL log: writers append and readers read, each only the trials granted to them.

The owner of the tables runs it; running it again restores this state. A login
gets one of the two roles, and a row in ``access`` for each trial (``*`` for all).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from trialog.log.store.schema import EVENT_COLUMNS

TABLES: Final = ("log", "trial", "stream", "event", "checkpoint")

ROLES_SQL: Final = f"""
-- Roles of a trialog log. Run as the owner of its tables, with search_path on its schema.
DO $$
DECLARE
  here text := current_schema();
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['trialog_reader', 'trialog_writer'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    END IF;
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO trialog_reader, trialog_writer', here);
  EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC, trialog_reader, trialog_writer', here);
  EXECUTE format('CREATE TABLE IF NOT EXISTS %I.access (login name, trial text, PRIMARY KEY (login, trial))', here);
  -- Every name is qualified: nobody's temporary table can stand in for this one.
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION %1$I.trialog_may(code text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT EXISTS (SELECT FROM %1$I.access WHERE login = session_user AND trial IN (code, ''*''))'
  $f$, here);
  -- The numbers of a login's trials, looked up once for a statement and not for each of its rows.
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION %1$I.trialog_trials() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT CASE WHEN EXISTS (SELECT FROM %1$I.access WHERE login = session_user AND trial = ''*'')
                    THEN ARRAY(SELECT number FROM %1$I.trial)
                    ELSE ARRAY(SELECT number FROM %1$I.access JOIN %1$I.trial ON trial.code = access.trial
                                WHERE login = session_user) END'
  $f$, here);
END $$;
REVOKE ALL ON access, {", ".join(TABLES)} FROM PUBLIC, trialog_reader, trialog_writer;
REVOKE ALL ON SEQUENCE trial_number FROM PUBLIC, trialog_reader, trialog_writer;
GRANT SELECT ON {", ".join(TABLES)} TO trialog_reader, trialog_writer;
-- By column: who was connected (event.login) is set by the database alone.
GRANT INSERT ({", ".join(EVENT_COLUMNS)}) ON event TO trialog_writer;
GRANT INSERT ON trial, stream, checkpoint TO trialog_writer;
GRANT UPDATE (size, recorded_at, streams, frontier) ON trial TO trialog_writer;
GRANT USAGE ON SEQUENCE trial_number TO trialog_writer;
ALTER TABLE trial ENABLE ROW LEVEL SECURITY;
ALTER TABLE stream ENABLE ROW LEVEL SECURITY;
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
ALTER TABLE checkpoint ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS by_trial ON trial;
DROP POLICY IF EXISTS by_trial ON stream;
DROP POLICY IF EXISTS by_trial ON event;
DROP POLICY IF EXISTS by_trial ON checkpoint;
CREATE POLICY by_trial ON trial USING (trialog_may(code)) WITH CHECK (trialog_may(code));
CREATE POLICY by_trial ON stream USING (stream.trial = ANY ((SELECT trialog_trials())::integer[]));
CREATE POLICY by_trial ON event USING (event.trial = ANY ((SELECT trialog_trials())::integer[]));
CREATE POLICY by_trial ON checkpoint USING (checkpoint.trial = ANY ((SELECT trialog_trials())::integer[]));
-- Then, for each login:
--   CREATE ROLE alice LOGIN;  GRANT trialog_writer TO alice;
--   INSERT INTO access (login, trial) VALUES ('alice', 'NCT01234567');
"""  # noqa: S608  # names of the schema


def apply_roles(connection: Connection) -> None:
    """Set up the roles of a log on a server.

    Args:
        connection: In a transaction that may write, as the owner of the tables.
    """
    # psycopg reads a percent sign as a placeholder.
    connection.exec_driver_sql(ROLES_SQL.replace("%", "%%"))
