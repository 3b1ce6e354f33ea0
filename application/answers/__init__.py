"""Answers: typed, frozen results of every question, the same for Python, ``--json`` and pages.

May import words from ``events`` and result types from the floors below; computes nothing.
How an answer is found belongs to the module of its question, one floor up in ``application``.
"""
