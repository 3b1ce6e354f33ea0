"""Portfolio: many trials at once. Their events as Parquet, one fold over each trial, engines that run it.

May import `exchange`, `projections`, `domain` and `events`, never `log`: a worker needs no database. Reading logs
to export them, and asking on behalf of a user, belongs to `application`.
"""
