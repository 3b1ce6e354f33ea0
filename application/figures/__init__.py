"""Questions about figures: each takes one state of a trial, or a file of durations, and gives a typed answer.

May import everything below ``application`` and ``application/answers``; never prints. What a figure is belongs to
``projections``; what a log holds, event by event, to ``application/listing``.
"""
