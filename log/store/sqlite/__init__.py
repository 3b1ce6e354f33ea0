"""What only a log in an SQLite file does.

May import what `log/store` may import. What both databases do belongs to `log/store`.
"""
