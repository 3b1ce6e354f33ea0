"""The log itself: one database, many trials, each an append-only sequence of events.

Besides the read models this is the one place that knows a database.
"""
