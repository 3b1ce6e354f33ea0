"""Questions about what a log holds: trials, events, one subject's timeline, announcements.

May import everything below ``application`` and ``application/answers``; computes no figure and never prints.
Questions about figures belong to ``application/figures``.
"""
