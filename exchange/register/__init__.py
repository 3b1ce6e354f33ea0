"""Announced figures from a file: rows as a person transcribed them, read into typed figures.

Nothing of a row is lost: its cells stay beside what was read from them, and whatever the
words do not say themselves is marked as inferred, with the rule.
May import `exchange` and `events`. Judging the figures belongs to `audit`, recording them to `application/recording`.
"""
