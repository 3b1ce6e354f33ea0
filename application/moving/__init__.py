"""Whole logs written elsewhere and put back: copy, backup, export, import.

May import everything below ``application`` and ``application/answers``; never prints.
How entries are moved belongs to ``log/moving``.
"""
