"""Data sets made of a log for other programs, each with a manifest that says what it rests on.

May import everything below ``application`` and ``application/answers``; never prints. The rows are computed in
``projections``; the forms of files are those of ``exchange/tables``. Whole logs belong to ``application/moving``.
"""
