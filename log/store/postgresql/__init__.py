"""What only a log on a PostgreSQL server does: guards, roles, the one call of an append.

May import what `log/store` may import; psycopg is loaded only if a log is on a server.
What both databases do belongs to `log/store`.
"""
