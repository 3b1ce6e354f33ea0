"""The database of a log: many trials, each an append-only sequence of entries; sessions, replay, cached arrays.

May import `events` and `log/trust`. What only one database does is in `sqlite` or `postgresql`.
How an entry is hashed belongs to `log/trust`, whether the log is damaged to `log/checks`.
"""
