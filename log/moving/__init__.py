"""Whole logs in and out: copy, export, restore.

May import `events` and the other folders of `log`.
Tables made from a log belong to `application/exporting`; what a user asks, to `application/moving`.
"""
