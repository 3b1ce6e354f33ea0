"""What only a log on a PostgreSQL server does: guards, roles, the one call of an append.

May import what `log/store` may import; the only place that imports psycopg. What both databases do is in `log/store`.
"""
